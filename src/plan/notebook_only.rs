//! What has a meaning in a notebook only: showing something below a cell, setting up the notebook, its commands.

use super::edit::Edits;
use super::imports::Needed;
use crate::analysis::Analysis;
use crate::dataflow::{Definition, Graph, StatementFacts};
use crate::knowledge::{Purpose, knowledge};
use crate::syntax::ast::{Expr, ExprKind, Span, Stmt, StmtKind};
use crate::syntax::{At, ParsedCell, command};

/// The function that shows a value below a cell.
const DISPLAY: &str = "display";

/// What of a notebook's code a package does without.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NotebookOnly {
    /// The notebook has a `display` of its own.
    own_display: bool,
}

impl NotebookOnly {
    pub(super) fn of(graph: &Graph) -> Self {
        let own = |facts: &StatementFacts| facts.binds.get(DISPLAY).is_some_and(|b| b.definition != Definition::Import);
        Self { own_display: graph.statements.iter().any(own) }
    }

    /// Leaves out of a statement's body what only shows something or sets up the notebook; a command that a package can't run
    /// raises with the given reason instead.
    pub(super) fn leave_out(self, cell: &ParsedCell, statement: &Stmt, reason: &str, edits: &mut Edits) {
        // A branch of which nothing is left is none.
        let empty_branch = match &statement.kind {
            StmtKind::If { body, orelse, .. } if orelse.iter().all(|inner| self.is_left_out(cell, inner)) => {
                body.last().zip(orelse.last()).map(|(above, last)| Span { start: above.span.end, end: last.span.end })
            }
            _ => None,
        };
        if let Some(branch) = empty_branch {
            edits.replace(branch, "");
        }
        for body in statement.bodies() {
            if body.first().zip(empty_branch).is_some_and(|(first, branch)| branch.contains(first.span)) {
                continue;
            }
            let gone = body.iter().filter(|inner| self.is_left_out(cell, inner)).count();
            for inner in body {
                if self.is_left_out(cell, inner) {
                    match line_of(cell, statement, inner).filter(|_| gone < body.len()) {
                        Some(line) => edits.replace(line, ""),
                        None => edits.replace(inner.span, "pass"),
                    };
                } else if inner.bodies().is_empty() && self.commands(cell, inner) > 0 {
                    edits.replace(
                        inner.span,
                        format!("raise NotImplementedError({})", super::config::toml_string(reason)),
                    );
                } else {
                    self.leave_out(cell, inner, reason, edits);
                }
            }
        }
    }

    /// Whether a statement does nothing but show something, or set up the notebook.
    pub(super) fn is_left_out(self, cell: &ParsedCell, statement: &Stmt) -> bool {
        let StmtKind::Expr(value) = &statement.kind else { return false };
        if let Some(magic) = command(cell, value) {
            return magic.is_harmless();
        }
        let ExprKind::Call { function, arguments } = &value.kind else { return false };
        !self.own_display
            && function.dotted().as_deref() == Some(&[DISPLAY])
            && arguments.iter().all(|argument| is_quiet(&argument.value))
    }
}

/// Questions to whoever runs the notebook become environment variables: without one, the package stops. Whether the
/// statement asks nothing any more.
pub(super) fn answer_from_environment(analysis: &Analysis, at: At, edits: &mut Edits, needed: &mut Needed) -> bool {
    let taken = analysis
        .graph
        .statements
        .iter()
        .any(|facts| facts.binds.get("os").is_some_and(|binding| binding.definition != Definition::Import));
    let questions = crate::rules::questions(analysis, at);
    let mut left = questions.len();
    for question in questions {
        let Some(variable) = question.variable.filter(|_| !taken) else { continue };
        if edits.replace(question.span, format!("os.environ[\"{variable}\"]")) {
            needed.lines.insert("import os".to_owned());
            left -= 1;
        }
    }
    left == 0
}

/// Whether evaluating an expression does nothing else: no calls but those that look at a table.
fn is_quiet(value: &Expr) -> bool {
    let mut quiet = true;
    value.walk(&mut |inner| match &inner.kind {
        ExprKind::Call { function, .. } => {
            let ExprKind::Attribute { attribute, .. } = &function.kind else {
                quiet = false;
                return;
            };
            let fact = knowledge().method("pandas.DataFrame", attribute);
            let looks = fact.is_some_and(|fact| fact.purpose == Some(Purpose::Inspect) && fact.draws.is_none());
            quiet &= looks || matches!(attribute.as_str(), "head" | "tail");
        }
        ExprKind::Await(_) | ExprKind::Named { .. } => quiet = false,
        _ => {}
    });
    quiet
}

impl NotebookOnly {
    /// How many of the notebook's own commands are left in a statement.
    pub(super) fn commands(self, cell: &ParsedCell, statement: &Stmt) -> usize {
        self.count(cell, statement, &|value| {
        matches!(&value.kind, ExprKind::Call { function, .. } if function.dotted().as_deref() == Some(&["get_ipython"]))
    })
    }

    /// Whether a statement is one of the notebook's own commands, or a block of it asks one what to do: a command that only
    /// stands in a block raises there, so that the other branches work.
    pub(super) fn commands_in_heads(self, cell: &ParsedCell, statement: &Stmt) -> bool {
        let inner: Vec<&Stmt> = statement.bodies().into_iter().flatten().collect();
        let below: usize = inner.iter().map(|inner| self.commands(cell, inner)).sum();
        self.commands(cell, statement) > below
            || inner.iter().any(|inner| !inner.bodies().is_empty() && self.commands_in_heads(cell, inner))
    }

    /// Whether a statement shows something that is not left out.
    pub(super) fn displays(self, cell: &ParsedCell, statement: &Stmt) -> bool {
        self.count(cell, statement, &|value| matches!(&value.kind, ExprKind::Name(name) if name == DISPLAY)) > 0
    }

    fn count(self, cell: &ParsedCell, statement: &Stmt, wanted: &dyn Fn(&Expr) -> bool) -> usize {
        if self.is_left_out(cell, statement) {
            return 0;
        }
        let mut found = 0;
        for expression in statement.expressions() {
            expression.walk(&mut |value| found += usize::from(wanted(value)));
        }
        let inner = statement.bodies().into_iter().flatten();
        found + inner.map(|inner| self.count(cell, inner, wanted)).sum::<usize>()
    }
}

/// The whole line of a statement with the line break above it, if it has the line for itself.
fn line_of(cell: &ParsedCell, outer: &Stmt, inner: &Stmt) -> Option<Span> {
    let text = &cell.source.python;
    let start = text[..inner.span.start].rfind('\n')?;
    let before = &text[start..inner.span.start];
    let rest = text[inner.span.end..].lines().next().unwrap_or_default();
    let alone = before.trim().is_empty() && (rest.trim().is_empty() || rest.trim_start().starts_with('#'));
    let end = (inner.span.end + rest.trim_end().len()).min(outer.span.end.max(inner.span.end));
    (alone && start >= outer.span.start).then_some(Span { start, end })
}

#[cfg(test)]
mod tests {
    use super::super::edit::statement_code;
    use super::*;
    use crate::ipython::transform;
    use crate::syntax::parse_cell;

    fn rest(source: &str) -> String {
        let cell = parse_cell(0, 0, transform(source));
        let mut edits = Edits::default();
        NotebookOnly::default().leave_out(&cell, &cell.statements[0], "no shell", &mut edits);
        statement_code(&cell, &cell.statements[0], &edits)
    }

    #[test]
    fn what_only_shows_or_sets_up_is_left_out() {
        for (source, expected) in [
            ("def f(d):\n    display(d.head())  # look\n    return d", "def f(d):\n    return d"),
            ("def f(d):\n    %matplotlib inline\n    return d\n", "def f(d):\n    return d"),
            ("if a:\n    display(a)\nelse:\n    b = 1", "if a:\n    pass\nelse:\n    b = 1"),
            ("if a:\n    b = 1\nelse:\n    display(a)\n", "if a:\n    b = 1"),
            ("for a in b:\n    c(a)\n    display(a)", "for a in b:\n    c(a)"),
            ("for a in b: c(a); display(a)", "for a in b: c(a); pass"),
        ] {
            assert_eq!(rest(source), expected, "{source}");
        }
    }

    #[test]
    fn what_does_more_stays() {
        for source in ["for a in b:\n    display(fit(a))", "def f():\n    return display", "with a:\n    show(b)"] {
            assert_eq!(rest(source), source);
        }
    }

    #[test]
    fn commands_raise() {
        let source = "def f():\n    files = !ls\n    return files";
        assert_eq!(rest(source), "def f():\n    raise NotImplementedError(\"no shell\")\n    return files");
    }
}
