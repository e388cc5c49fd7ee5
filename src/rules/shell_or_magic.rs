//! Shell lines, magics and other languages that production needs.

use super::Finding;
use super::context::{Context, Statement};
use super::registry::declare_rule;
use crate::ipython::{Magic, MagicKind};
use crate::syntax::ParsedCell;
use crate::syntax::ast::StmtKind;

declare_rule! {
    /// Production depends on something that only IPython runs.
    SHELL_OR_MAGIC_IN_PRODUCTION = {
        name: "shell-or-magic-in-production",
        code: "P103",
        summary: "Production depends on a shell line, a magic or another language",
        level: Warning,
        docs: "shell_or_magic.md",
        check: Some(check),
    }
}

/// Shell commands that make no file.
const LOOKING: &[&str] = &[
    "cat", "cd", "df", "du", "file", "find", "free", "grep", "head", "ls", "pwd", "rm", "stat", "tail", "tree", "wc",
    "which",
];

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    for statement in context.production() {
        for magic in magics(context, statement) {
            let what = describe(magic);
            findings.push(SHELL_OR_MAGIC_IN_PRODUCTION.decision(
                true,
                context.place(statement.facts.at),
                format!("production depends on {what}, which runs in a notebook only"),
                "write it in Python, or make what it does a step before the package runs",
            ));
        }
    }
    for (facts, verdict) in context.analysis.graph.statements.iter().zip(&context.analysis.classification.statements) {
        if verdict.beforehand {
            findings.push(SHELL_OR_MAGIC_IN_PRODUCTION.finding(
                context.place(facts.at),
                verdict.evidence.join("; "),
                "the package does not run it: do it once, before the package runs",
            ));
        }
    }
    for cell in &context.analysis.cells {
        for magic in &cell.source.magics {
            outside(context, cell, magic, findings);
        }
    }
}

/// The commands of a statement that matter.
fn magics<'a>(context: Context<'a>, statement: Statement<'a>) -> Vec<&'a Magic> {
    let at = statement.facts.at;
    let (Some(cell), Some(code)) = (context.analysis.cell(at.cell), context.analysis.statement(at)) else {
        return Vec::new();
    };
    let lines = cell.lines(code.span);
    let within = |magic: &&Magic| magic.line >= lines.0 && magic.line <= lines.1;
    cell.source.magics.iter().filter(within).filter(|magic| !magic.is_harmless()).collect()
}

fn describe(magic: &Magic) -> String {
    match magic.kind {
        MagicKind::Shell => {
            let command = magic.arguments.split_whitespace().next().unwrap_or_default();
            format!("the shell command `{command}`")
        }
        MagicKind::Cell => format!("the `%%{}` cell", magic.name),
        MagicKind::Line | MagicKind::Automagic | MagicKind::Help => format!("`%{}`", magic.name),
    }
}

/// A command outside of production that makes what production reads: a file, a module.
fn outside(context: Context<'_>, cell: &ParsedCell, magic: &Magic, findings: &mut Vec<Finding>) {
    let place = Some(context.lines(cell.index, (magic.line, magic.end_line)));
    if magic.kind == MagicKind::Cell && matches!(magic.name.as_str(), "writefile" | "file") {
        let file = magic.arguments.split_whitespace().next_back().unwrap_or_default();
        let module = file.strip_suffix(".py").map(|path| path.trim_start_matches("./").replace('/', "."));
        if let Some(module) = module.filter(|module| imports(context, module)) {
            findings.push(SHELL_OR_MAGIC_IN_PRODUCTION.decision(
                true,
                place,
                format!("production imports `{module}`, which this cell writes to a file"),
                "keep the module beside the package, or put its code into a cell",
            ));
        }
        return;
    }
    let makes = !LOOKING.contains(&magic.arguments.split_whitespace().next().unwrap_or_default());
    if magic.kind != MagicKind::Shell || magic.is_harmless() || !makes {
        return;
    }
    let told = context.analysis.graph.of_cell(cell.index).iter().any(|facts| {
        let verdict = context.analysis.graph.index_of(facts.at);
        let verdict = verdict.and_then(|index| context.analysis.classification.statements.get(index));
        let lines = context.place(facts.at).map_or((0, 0), |place| place.lines);
        verdict.is_some_and(|v| v.beforehand) && magic.line >= lines.0 && magic.line <= lines.1
    });
    if told {
        return;
    }
    let command = &magic.arguments;
    let mut files = context.production().flat_map(|statement| &statement.facts.files).filter(|file| !file.written);
    let named = files.find_map(|file| {
        let path = file.path.as_deref()?;
        let name = path.rsplit('/').next().filter(|name| name.len() > 3)?;
        command.split(|c: char| c.is_whitespace() || "/'\"=".contains(c)).any(|word| word == name).then_some(path)
    });
    if let Some(path) = named {
        findings.push(SHELL_OR_MAGIC_IN_PRODUCTION.finding(
            place,
            format!("production reads `{path}`, which {} seems to make", describe(magic)),
            "the package does not run it: make the file before the package runs",
        ));
    }
}

/// Whether production imports a module of this name.
fn imports(context: Context<'_>, module: &str) -> bool {
    context.production().filter_map(|statement| context.analysis.statement(statement.facts.at)).any(|statement| {
        match &statement.kind {
            StmtKind::Import(names) => names.iter().any(|alias| alias.name == module),
            StmtKind::ImportFrom { module: from, .. } => from == module,
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{borrowed, by_rule, churn};

    const RULE: &str = "shell-or-magic-in-production";

    #[test]
    fn a_shell_line_that_production_reads_blocks() {
        let cells: Vec<String> = churn("")
            .iter()
            .map(|code| code.replace("df = pd", "name = !ls\ndf = pd").replace("'data.csv'", "name[0]"))
            .collect();
        let found = by_rule(&borrowed(&cells), RULE);
        assert!(found.iter().any(|finding| finding.blocking && finding.message.contains("`ls`")), "{found:?}");
    }

    #[test]
    fn a_module_that_a_cell_writes_blocks() {
        let mut cells = churn("from tools import clean\nX = clean(X)");
        cells.insert(0, "%%writefile tools.py\ndef clean(x):\n    return x".to_owned());
        let found = by_rule(&borrowed(&cells), RULE);
        assert!(found.iter().any(|finding| finding.blocking && finding.message.contains("`tools`")), "{found:?}");
    }

    #[test]
    fn a_download_of_the_data_is_told() {
        let mut cells = churn("");
        cells.insert(0, "!wget https://x.org/data.csv".to_owned());
        let found = by_rule(&borrowed(&cells), RULE);
        assert!(found.len() == 1 && !found[0].blocking, "{found:?}");
    }

    #[test]
    fn calls_that_stand_for_commands_are_those_commands() {
        let mut cells = churn("get_ipython().run_line_magic('matplotlib', 'inline')");
        cells.insert(0, "get_ipython().system('wget https://x.org/data.csv')".to_owned());
        let found = by_rule(&borrowed(&cells), RULE);
        assert!(found.len() == 1 && found[0].message.contains("`wget`"), "{found:?}");
    }

    #[test]
    fn setting_up_is_quiet() {
        let cells = churn("%matplotlib inline\n!pip install pandas\n%time X.head()\n!ls");
        assert_eq!(by_rule(&borrowed(&cells), RULE), []);
    }
}
