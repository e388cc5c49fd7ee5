//! Secrets in code, prose and outputs.

use super::context::Context;
use super::registry::declare_rule;
use super::secret::{Secret, known_secrets, secrets_in_cell};
use super::{Finding, Place};
use crate::notebook::{CellKind, Output};

declare_rule! {
    /// A key, token or password that anybody who has the notebook can read.
    SECRET_IN_NOTEBOOK = {
        name: "secret-in-notebook",
        code: "P104",
        summary: "A key, token or password is in the notebook",
        level: Error,
        docs: "secret_in_notebook.md",
        check: Some(check),
    }
}

const HELP: &str = "revoke it, read it from an environment variable, and remove it from the repository's history";

pub(super) fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    for cell in &context.analysis.cells {
        for secret in secrets_in_cell(cell) {
            let span = crate::syntax::ast::Span { start: secret.range.start, end: secret.range.end };
            let lines = cell.lines(span);
            let statement = cell.statements.iter().position(|statement| statement.span.contains(span));
            let place = Place { statement, ..context.lines(cell.index, lines) };
            findings.push(SECRET_IN_NOTEBOOK.finding(Some(place), message(&secret), HELP));
        }
    }
    for cell in &context.analysis.notebook.cells {
        let index = match cell.kind {
            CellKind::Code(index) => Some(index),
            CellKind::Markdown | CellKind::Raw => None,
        };
        let place = |line| Place { cell: index, position: Some(cell.position), statement: None, lines: (line, line) };
        if index.is_none() {
            for secret in known_secrets(&cell.source) {
                let line = cell.source[..secret.range.start].matches('\n').count() + 1;
                findings.push(SECRET_IN_NOTEBOOK.finding(Some(place(line)), message(&secret), HELP));
            }
        }
        for output in &cell.outputs {
            let (Output::Stream { text, .. } | Output::Display { text, .. } | Output::Error { value: text, .. }) =
                output;
            for secret in known_secrets(text) {
                let message = format!("the output shows {}", secret.kind);
                findings.push(SECRET_IN_NOTEBOOK.finding(Some(place(1)), message, "revoke it and clear the output"));
            }
        }
    }
}

/// Says what it is and where, never the value.
fn message(secret: &Secret) -> String {
    match &secret.name {
        Some(name) => format!("`{name}` holds what looks like {}", secret.kind),
        None => format!("there is what looks like {}", secret.kind),
    }
}

/// The same for a file that is no notebook.
#[must_use]
pub fn in_text(text: &str) -> Vec<Finding> {
    known_secrets(text)
        .iter()
        .map(|secret| {
            let line = text[..secret.range.start].matches('\n').count() + 1;
            let place = Place { cell: None, position: None, statement: None, lines: (line, line) };
            SECRET_IN_NOTEBOOK.finding(Some(place), message(secret), HELP)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{analyse, by_rule, cell, of_cells};

    #[test]
    fn code_is_searched_and_values_are_not_echoed() {
        for source in [
            "api_key = 'AKIAIOSFODNN7EXAMPLQ'",
            "connect(password='hunter2!')",
            "import os\nos.environ['DB_PASSWORD'] = 'hunter2!'",
            "settings = {'password': 'hunter2!'}",
            "def connect(password='hunter2!'):\n    pass",
        ] {
            let found = by_rule(&[source], "secret-in-notebook");
            assert_eq!(found.len(), 1, "{source}");
            let said = format!("{found:?}");
            assert!(!said.contains("hunter2") && !said.contains("AKIA"), "{said}");
        }
    }

    #[test]
    fn outputs_are_searched() {
        let notebook = of_cells(&[cell("show()", Some(1), &["key AKIAIOSFODNN7EXAMPLQ\n"])]);
        let found = analyse(&notebook).findings;
        assert!(found.iter().any(|finding| finding.message.contains("output")), "{found:?}");
    }

    #[test]
    fn ordinary_values_are_quiet() {
        let source = "key = 'customer_id'\ntoken = '<unk>'\ndf.merge(other, key='id')\npassword = os.environ['PW']";
        assert_eq!(by_rule(&[source], "secret-in-notebook"), []);
    }
}
