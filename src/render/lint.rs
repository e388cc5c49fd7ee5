//! Which of ruff's style rules a notebook's code may break: they are silenced for its module, so that the generated
//! project starts clean and new code is held to all rules.

use super::names::is_identifier;
use super::text::occurrences;

/// Rules that notebooks often break, and what such lines contain (`^`: begin with). Judged by the text alone: a rule too
/// many does no harm.
const HABITS: &[(&str, &[&str])] = &[
    ("B006", &["=[]", "={}", "=list()", "=dict()"]),
    ("B007", &["^for "]),
    ("B023", &["lambda"]),
    ("B028", &["warn("]),
    ("B009", &["getattr("]),
    ("B904", &["^raise "]),
    ("B905", &["zip("]),
    ("E711", &["== None", "!= None"]),
    ("E712", &["== True", "== False", "!= True", "!= False"]),
    ("E721", &["type("]),
    ("E722", &["^except:"]),
    ("E731", &["= lambda"]),
    ("E741", &["^l = ", "^I = ", "^O = ", " l, ", ", l ", " l in ", "lambda l"]),
    // Formulas name modules within a text.
    ("F401", &[" ~ "]),
    ("F403", &[" import *"]),
    ("F405", &[" import *"]),
    ("SIM102", &["^if "]),
    ("SIM105", &["^except"]),
    ("SIM108", &["^else:"]),
    ("SIM113", &["+= 1"]),
    ("SIM115", &["open("]),
    ("SIM117", &["^with "]),
    ("SIM118", &[".keys()"]),
    ("SIM210", &["True if "]),
    ("SIM905", &["\".split(", "'.split("]),
    ("SIM910", &[", None)"]),
    ("UP006", &["List[", "Dict[", "Tuple[", "Set["]),
    ("UP008", &["super("]),
    ("UP015", &["open("]),
    ("UP030", &[".format("]),
    ("UP031", &["\" %", "' %"]),
    ("UP032", &[".format("]),
    (
        "UP035",
        &["import List", "import Dict", "import Tuple", "import Set", ", List", ", Dict", ", Tuple", "import Callable"],
    ),
    ("UP045", &["Optional["]),
];

/// The rules that `code` may break.
pub(super) fn habits(code: &str) -> Vec<&'static str> {
    let lines: Vec<&str> = code.lines().map(str::trim_start).collect();
    let matches = |pattern: &str| {
        lines.iter().any(|line| match pattern.strip_prefix('^') {
            Some(start) => line.starts_with(start),
            None => line.contains(pattern),
        })
    };
    let mut rules: Vec<&str> = HABITS
        .iter()
        .filter(|(_, patterns)| patterns.iter().any(|pattern| matches(pattern)))
        .map(|(rule, _)| *rule)
        .collect();
    let plain = |line: &&str| (line.contains("f\"") || line.contains("f'")) && !line.contains('{');
    rules.extend(lines.iter().any(plain).then_some("F541"));
    // Imports inside of functions are as the notebook has them.
    let inner =
        |line: &&str| line.starts_with(' ') && ["import ", "from "].iter().any(|w| line.trim_start().starts_with(w));
    let imports: Vec<&str> = code.lines().filter(inner).collect();
    rules.extend((!imports.is_empty()).then_some("I001"));
    rules.extend(
        imports.iter().any(|line| line.trim_start().starts_with("import ") && line.contains(',')).then_some("E401"),
    );
    rules.extend(functions(code).iter().any(|function| binds_in_vain(function)).then_some("F841"));
    rules.sort_unstable();
    rules
}

/// The parts of `code` that begin at column 0 with a definition.
fn functions(code: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for line in code.lines() {
        if ["def ", "async def ", "class "].iter().any(|start| line.starts_with(start)) {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    parts
}

/// Whether a function binds a name that it never reads.
fn binds_in_vain(function: &str) -> bool {
    let bound = |line: &'_ str| line.trim_start().split_once(" = ").map(|(name, _)| name.to_owned());
    // `a, b = 1, 2` binds in vain too; what a call returns in one piece does not count.
    let each = |names: String| names.split(", ").map(str::to_owned).collect::<Vec<_>>();
    let names: Vec<String> =
        function.lines().skip(1).filter_map(bound).flat_map(each).filter(|name| is_identifier(name)).collect();
    names.iter().any(|name| occurrences(function, name) == names.iter().filter(|other| *other == name).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_code_may_break() {
        assert_eq!(habits("def f(x):\n    for a, b in zip(x, x):\n        pass\n"), ["B007", "B905"]);
        assert_eq!(habits("def f():\n    x = g(f\"a\")\n    y = 1\n    return y\n"), ["F541", "F841"]);
        assert!(habits("df = load([a for a in b])\n").is_empty());
    }
}
