//! Finding in the written files the lines that came from a statement. The plan's code went through a formatter since: it
//! is searched for without anything that a formatter changes.

use std::collections::BTreeMap;

use super::diff::number;
use super::tokens::{Kind, tokens};
use crate::plan::{Block, PackagePlan, StagePlan};

/// Generated lines that came from one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The module's name.
    pub(super) module: String,
    /// The function; empty at the module's level.
    pub(super) function: String,
    /// The path of the file and the first line's number in it, if the lines were found there.
    pub(super) file: Option<(String, usize)>,
    /// The lines, from column 0.
    pub(super) code: String,
}

/// Generated lines by statement.
pub(super) type Pieces = BTreeMap<crate::syntax::At, Vec<Piece>>;

/// All generated lines that came from statements.
pub(super) fn pieces(plan: &PackagePlan, files: &BTreeMap<String, String>) -> Pieces {
    let mut found = Pieces::new();
    for module in &plan.modules {
        let path = format!("src/{}/{}.py", plan.package, module.name);
        let file = files.get(&path).map(|text| Squeezed::of(text));
        let file = file.as_ref();
        let place = Place { path: &path, module: &module.name, file };
        for definition in &module.definitions {
            let range = file.and_then(|file| file.find(&definition.code, 0));
            found.entry(definition.at).or_default().push(place.piece("", range, &definition.code));
        }
        for stage in &module.stages {
            let ranges = file.map(|file| ranges(file, stage)).unwrap_or_default();
            for (number, block) in stage.body.iter().enumerate() {
                let Some(at) = block.at else { continue };
                let lines: Vec<&str> = block.comments.iter().chain([&block.code]).map(String::as_str).collect();
                let code = lines.join(
                    "
",
                );
                let own = found.entry(at).or_default();
                match ranges.get(number).map(Vec::as_slice) {
                    None | Some([]) => own.push(place.piece(&stage.function, None, &code)),
                    Some(many) => {
                        own.extend(many.iter().map(|range| place.piece(&stage.function, Some(*range), &code)));
                    }
                }
            }
        }
    }
    found
}

/// More lines than this do not follow until a bracket closes: then it stands in a string.
const MAX_OPEN: usize = 60;

/// First and last line, from 0.
type Range = (usize, usize);

/// The module that is looked at.
struct Place<'a> {
    path: &'a str,
    module: &'a str,
    file: Option<&'a Squeezed<'a>>,
}

impl Place<'_> {
    fn piece(&self, function: &str, range: Option<Range>, code: &str) -> Piece {
        let found = self.file.zip(range);
        Piece {
            module: self.module.to_owned(),
            function: function.to_owned(),
            file: found.map(|(_, (first, _))| (self.path.to_owned(), first + 1)),
            code: found.map_or_else(|| code.to_owned(), |(file, (first, last))| dedent(&file.lines[first..=last])),
        }
    }
}

/// The lines of each block of a stage.
fn ranges(file: &Squeezed<'_>, stage: &StagePlan) -> Vec<Vec<Range>> {
    let start = format!("def {}(", stage.function);
    let Some(start) = file.lines.iter().position(|line| line.starts_with(&start)) else { return Vec::new() };
    let mut from = start + 1;
    let mut found: Vec<Vec<Range>> = Vec::new();
    for block in &stage.body {
        let mut range: Vec<Range> = file.find(&block.code, from).into_iter().collect();
        if range.is_empty() {
            range = results(file, stage, block, from);
        }
        if let Some((_, last)) = range.last() {
            from = last + 1;
        }
        found.push(range);
    }
    // One that the formatter changed beyond recognition is what lies between its neighbours.
    for at in 1..found.len().saturating_sub(1) {
        if let ([.., (_, before)], [], [(after, _), ..]) = (&found[at - 1][..], &found[at][..], &found[at + 1][..])
            && let Some(first) = (before + 1..*after).find(|line| !file.lines[*line].trim().is_empty())
            && first_word(file.lines[first]) == first_word(&stage.body[at].code)
        {
            found[at] = vec![(first, after - 1)];
        }
    }
    for range in found.iter_mut().flatten() {
        while range.0 > from_comment(file, range.0) {
            range.0 -= 1;
        }
        while range.1 > range.0 && file.lines[range.1].trim().is_empty() {
            range.1 -= 1;
        }
    }
    found
}

fn first_word(code: &str) -> &str {
    let code = code.trim_start();
    &code[..code.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(code.len())]
}

/// The lines with the values that a block measures, where they became entries of a dictionary. Neighbours are one range.
fn results(file: &Squeezed<'_>, stage: &StagePlan, block: &Block, from: usize) -> Vec<Range> {
    let mut found: Vec<Range> = Vec::new();
    for result in stage.results.iter().filter(|result| Some(result.at) == block.at) {
        let entry = format!("\"{}\":", result.name);
        let line = (from..file.lines.len()).find(|line| file.lines[*line].contains(&entry));
        let Some(first) = line else { continue };
        let last = file.balanced(first, first);
        match found.last_mut() {
            Some(before) if before.1 + 1 == first => before.1 = last,
            _ => found.push((first, last)),
        }
    }
    found
}

/// The line above, if it is a comment.
fn from_comment(file: &Squeezed<'_>, line: usize) -> usize {
    let above = line.checked_sub(1).filter(|above| file.lines[*above].trim_start().starts_with('#'));
    above.unwrap_or(line)
}

/// A file without what a formatter changes.
struct Squeezed<'a> {
    lines: Vec<&'a str>,
    text: String,
    /// The line of each byte of `text`.
    line_of: Vec<usize>,
}

impl<'a> Squeezed<'a> {
    fn of(file: &'a str) -> Self {
        let lines = file.lines().collect();
        let (text, line_of) = squeeze(file);
        Self { lines, text, line_of }
    }

    /// The lines of a piece of code, searched for from a line on.
    fn find(&self, code: &str, from: usize) -> Option<Range> {
        let (wanted, _) = squeeze(code);
        let start = self.line_of.partition_point(|line| *line < from);
        let at = start + self.text.get(start..)?.find(&wanted)?;
        let last = (at + wanted.len()).checked_sub(1).filter(|_| !wanted.is_empty())?;
        let (first, last) = (self.line_of[at], self.line_of[last]);
        Some((first, self.balanced(first, last)))
    }

    /// The last line, or the one below that closes what is still open then.
    fn balanced(&self, first: usize, last: usize) -> usize {
        let open = |line: &str| {
            line.chars().fold(0_i32, |open, c| match c {
                '(' | '[' | '{' => open + 1,
                ')' | ']' | '}' => open - 1,
                _ => open,
            })
        };
        let mut depth: i32 = self.lines[first..=last].iter().map(|line| open(line)).sum();
        for (number, line) in self.lines.iter().enumerate().skip(last + 1).take(MAX_OPEN) {
            if depth <= 0 {
                break;
            }
            depth += open(line);
            if depth <= 0 {
                return number;
            }
        }
        last
    }
}

/// The code without what a formatter changes: layout, quotes, brackets around lines, how numbers are written. With the line
/// of each byte, from 0.
fn squeeze(code: &str) -> (String, Vec<usize>) {
    let (mut text, mut line_of, mut line) = (String::new(), Vec::new(), 0);
    for token in tokens(code) {
        let own = if token.kind == Kind::Number { number(token.text) } else { token.text.to_owned() };
        for c in own.chars() {
            line += usize::from(c == '\n');
            if !c.is_whitespace() && !matches!(c, '(' | ')' | ',' | ';' | '"' | '\'' | '\\') {
                text.push(c.to_ascii_lowercase());
                line_of.resize(text.len(), line);
            }
        }
    }
    (text, line_of)
}

fn dedent(lines: &[&str]) -> String {
    let indents = lines.iter().filter(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start().len());
    let indent = indents.min().unwrap_or(0);
    let lines: Vec<&str> = lines.iter().map(|line| line.get(indent..).unwrap_or_else(|| line.trim_start())).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{ModulePlan, ResultPlan};
    use crate::syntax::At;

    fn block(statement: usize, code: &str) -> Block {
        Block { code: code.to_owned(), comments: Vec::new(), at: Some(At { cell: 0, statement }) }
    }

    #[test]
    fn what_a_formatter_changes_is_squeezed_out() {
        assert_eq!(squeeze("f(1., .5, 'a')").0, squeeze("f(\n    1.0,\n    0.5,\n    \"A\",\n)").0);
        assert_eq!(squeeze("a\n(b)").1, [0, 1]);
    }

    #[test]
    fn formatted_lines_are_found() {
        let body =
            vec![block(0, "x = f(a,'b')"), block(1, "y = 1."), block(2, "z = x"), block(3, "gone()"), block(4, "m")];
        let at = At { cell: 0, statement: 4 };
        let results = vec![ResultPlan { name: "auc".to_owned(), at, ..ResultPlan::default() }];
        let stage = StagePlan { function: "run_all".to_owned(), body, results, ..StagePlan::default() };
        let module = ModulePlan { name: "data".to_owned(), stages: vec![stage], ..ModulePlan::default() };
        let plan = PackagePlan { package: "pkg".to_owned(), modules: vec![module], ..PackagePlan::default() };
        let text = "z = x\n\n\ndef run_all():\n    # why\n    x = f(\n        a,\n        \"b\",\n    )\n    y = 1.0\n    z = x\n    \
                    return {\n        \"auc\": f(\n            x,\n        ),\n    }\n";
        let files = BTreeMap::from([("src/pkg/data.py".to_owned(), text.to_owned())]);
        let found = pieces(&plan, &files);
        let of = |statement: usize| &found[&At { cell: 0, statement }][0];
        assert_eq!(of(0).code, "# why\nx = f(\n    a,\n    \"b\",\n)");
        assert_eq!(of(0).file, Some(("src/pkg/data.py".to_owned(), 5)));
        assert_eq!(of(1).code, "y = 1.0");
        assert_eq!(of(2).file, Some(("src/pkg/data.py".to_owned(), 11)));
        assert_eq!(
            (of(4).file.clone(), of(4).code.as_str()),
            (Some(("src/pkg/data.py".to_owned(), 13)), "\"auc\": f(\n    x,\n),")
        );
        assert_eq!((of(3).file.clone(), of(3).code.as_str()), (None, "gone()"));
    }
}
