//! Cells that are no Python 3.

use std::collections::BTreeSet;

use super::Finding;
use super::context::{Context, enumerate};
use super::registry::declare_rule;
use crate::syntax::{ParsedCell, Trust};

declare_rule! {
    /// A cell that can't be read as Python 3.
    CODE_NOT_UNDERSTOOD = {
        name: "code-not-understood",
        code: "X101",
        summary: "A cell can't be read as Python 3",
        level: Warning,
        docs: "code_not_understood.md",
        check: Some(check),
    }
}

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    for cell in context.analysis.opaque_cells() {
        let Trust::Opaque { line, reason, python2 } = &cell.trust else { continue };
        let names = names_that_production_reads(context, cell);
        let effect = if names.is_empty() {
            String::new()
        } else {
            let shown: Vec<String> = names.iter().take(3).map(|name| format!("`{name}`")).collect();
            format!("; it mentions {}, which production reads further down", enumerate(&shown))
        };
        // Nobody can decide for production what can't be read.
        let marked = context.analysis.classification.marks.cells.get(&cell.index).filter(|mark| mark.is_production());
        let marked = marked.map(|mark| format!(", though {}", mark.evidence())).unwrap_or_default();
        let language = if *python2 { "this cell is Python 2" } else { "this cell is no Python 3" };
        findings.push(CODE_NOT_UNDERSTOOD.decision(
            !names.is_empty() || !marked.is_empty(),
            Some(context.lines(cell.index, (*line, *line))),
            format!("{language}{marked}: {reason}{effect}"),
            "it is left out as it is: repair it or remove it",
        ));
    }
}

/// Names at the beginning of the cell's lines (where something would be bound or changed) that production reads later.
fn names_that_production_reads(context: Context<'_>, cell: &ParsedCell) -> BTreeSet<String> {
    let first_words = cell.source.python.lines().filter_map(|line| {
        let line = line.trim_start();
        let end = line.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(line.len());
        (!line.starts_with(|c: char| c.is_ascii_digit()) && end > 0).then(|| &line[..end])
    });
    let words: BTreeSet<&str> = first_words.collect();
    context
        .production()
        .filter(|statement| context.analysis.order.runs_after(statement.facts.at.cell, cell.index))
        .flat_map(|statement| &statement.facts.reads)
        .filter(|name| words.contains(name.as_str()))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{borrowed, by_rule, churn};

    #[test]
    fn a_broken_cell_that_may_matter_blocks() {
        let found = by_rule(&borrowed(&churn("X = X.fillna(0\n")), "code-not-understood");
        assert!(found[0].blocking && found[0].message.contains("`X`"), "{found:?}");
    }

    #[test]
    fn a_broken_cell_that_can_t_matter_does_not() {
        let found = by_rule(&borrowed(&churn("SELECT * FROM customers WHERE")), "code-not-understood");
        assert!(!found[0].blocking, "{found:?}");
    }

    #[test]
    fn a_broken_cell_that_is_marked_as_production_blocks() {
        let found = by_rule(&borrowed(&churn("# nb2pkg: production\nSELECT * FROM customers")), "code-not-understood");
        assert!(found[0].blocking && found[0].message.contains("marked `# nb2pkg: production`"), "{found:?}");
    }

    #[test]
    fn python_is_quiet() {
        assert_eq!(by_rule(&borrowed(&churn("%time X.head()")), "code-not-understood"), []);
    }
}
