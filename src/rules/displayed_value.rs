//! Production that reads what IPython remembers.

use std::collections::BTreeSet;

use super::Finding;
use super::context::Context;
use super::registry::declare_rule;
use crate::dataflow::{free_names, is_history};

declare_rule! {
    /// Production reads a displayed value or an input through IPython's history.
    DISPLAYED_VALUE_IN_PRODUCTION = {
        name: "displayed-value-in-production",
        code: "P106",
        summary: "Production reads a value that only IPython remembers",
        level: Warning,
        docs: "displayed_value.md",
        check: Some(check),
    }
}

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    let graph = &context.analysis.graph;
    let bound: BTreeSet<&String> = graph.statements.iter().flat_map(|facts| facts.binds.keys()).collect();
    for statement in context.production() {
        let at = statement.facts.at;
        let Some(node) = context.analysis.statement(at) else { continue };
        for name in free_names(std::slice::from_ref(node)) {
            if !is_history(&name) || bound.contains(&name) {
                continue;
            }
            findings.push(DISPLAYED_VALUE_IN_PRODUCTION.decision(
                true,
                context.place(at),
                format!("production reads `{name}`, which only IPython has: the package stops there"),
                "bind the value to a name in the cell that displays it, and read that".to_owned(),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{borrowed, by_rule, churn};

    #[test]
    fn history_in_production_blocks() {
        for read in ["_", "Out[3]"] {
            let cells = churn(&format!("X = X.fillna({read})"));
            let found = by_rule(&borrowed(&cells), "displayed-value-in-production");
            assert!(found.len() == 1 && found[0].blocking, "{read}: {found:?}");
        }
    }

    #[test]
    fn exploration_and_names_of_ones_own_are_quiet() {
        for code in ["print(_)", "for _ in range(3):\n    X = X.fillna(0)", "_ = 0\nX = X.fillna(_)"] {
            assert_eq!(by_rule(&borrowed(&churn(code)), "displayed-value-in-production"), [], "{code}");
        }
    }
}
