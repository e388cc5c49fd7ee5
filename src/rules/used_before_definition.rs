//! Names that are read above the cell that defines them.

use super::context::Context;
use super::registry::declare_rule;
use super::undefined_name::{by_name, elsewhere};
use super::{Finding, Place};
use crate::order::OrderKind;

declare_rule! {
    /// A name that is read, from top to bottom, before anything defines it.
    USED_BEFORE_DEFINITION = {
        name: "used-before-definition",
        code: "H102",
        summary: "A name is read above the cell that defines it",
        level: Error,
        docs: "used_before_definition.md",
        check: Some(check),
    }
}

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    let graph = &context.analysis.graph;
    for (undefined, others) in by_name(context, |undefined| undefined.defined_later.is_some()) {
        let Some(later) = undefined.defined_later.and_then(|later| graph.statements.get(later)) else { continue };
        let Some(facts) = graph.statements.get(undefined.statement) else { continue };
        let definition = context.cell_name(later.at.cell);
        let (name, line) = (&undefined.name, undefined.line);
        if context.analysis.order.kind == OrderKind::Executed {
            findings.push(USED_BEFORE_DEFINITION.decision(
                context.is_kept(undefined.statement),
                context.place(facts.at).map(|place| Place { lines: (line, line), ..place }),
                format!("`{name}` is read here, and {definition}, which defines it, ran later{}", elsewhere(others)),
                format!("run {definition} and then this cell again, or keep to the file's order with `--order file`"),
            ));
            continue;
        }
        let help = if later.at.cell == facts.at.cell {
            "move the definition above what reads it; the package runs from top to bottom".to_owned()
        } else {
            format!("move the definition from {definition} above this cell; the package runs from top to bottom")
        };
        findings.push(USED_BEFORE_DEFINITION.decision(
            context.is_kept(undefined.statement),
            context.place(facts.at).map(|place| Place { lines: (line, line), ..place }),
            format!("`{name}` is read here and defined only in {definition}{}", elsewhere(others)),
            help,
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{borrowed, by_rule, churn};

    #[test]
    fn a_later_definition_is_named() {
        let mut cells = churn("X = X.fillna(median)");
        cells.push("median = 3".to_owned());
        let found = by_rule(&borrowed(&cells), "used-before-definition");
        assert!(found[0].blocking && found[0].message.contains("cell 7"), "{found:?}");
    }

    #[test]
    fn definitions_above_are_quiet() {
        let found = by_rule(&["def f():\n    return late", "late = 1", "print(f())"], "used-before-definition");
        assert_eq!(found, []);
    }
}
