//! Cells that ran in another order than they stand in.

use std::collections::BTreeMap;

use super::Finding;
use super::context::{Context, enumerate};
use super::registry::declare_rule;
use crate::dataflow::{Definition, StatementFacts};

declare_rule! {
    /// Execution counts that do not rise from top to bottom.
    OUT_OF_ORDER_EXECUTION = {
        name: "out-of-order-execution",
        code: "H101",
        summary: "Cells ran in another order than they stand in",
        level: Warning,
        docs: "out_of_order_execution.md",
        check: Some(check),
    }
}

/// How many changed reads a message names.
const NAMED: usize = 3;

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    let counts: BTreeMap<usize, u64> = context
        .analysis
        .notebook
        .code_cells()
        .enumerate()
        .filter(|(_, cell)| !cell.source.trim().is_empty())
        .filter_map(|(index, cell)| Some((index, cell.execution_count?)))
        .collect();
    let mut pairs = counts.iter().zip(counts.iter().skip(1));
    let Some(((above, _), (below, _))) = pairs.find(|((_, first), (_, second))| second <= first) else { return };
    let changed = changed_reads(context, &counts);
    let effect = if changed.is_empty() {
        "no value in production seems to depend on it".to_owned()
    } else {
        let more = changed.len().saturating_sub(NAMED);
        let mut named = enumerate(&changed[..changed.len().min(NAMED)]);
        if more > 0 {
            named = format!("{named}; and {more} more");
        }
        format!("top to bottom, production reads other values: {named}")
    };
    let lines = (1, 1);
    findings.push(OUT_OF_ORDER_EXECUTION.finding(
        Some(context.lines(*below, lines)),
        format!("{} ran before {}: {effect}", context.cell_name(*below), context.cell_name(*above)),
        "restart the kernel, run all cells from top to bottom, and compare the results",
    ));
}

/// Where production's names would come from another cell if the cells were in the order in which they ran.
fn changed_reads(context: Context<'_>, counts: &BTreeMap<usize, u64>) -> Vec<String> {
    let mut changed = Vec::new();
    for reader in context.production() {
        let Some(read_at) = counts.get(&reader.facts.at.cell) else { continue };
        for name in &reader.facts.reads {
            let binders = context.analysis.graph.statements.iter().filter(|facts| facts.binds.contains_key(name));
            // Importing a module again gives the same module.
            let binders = binders.filter(|facts| facts.binds[name].definition != Definition::Import);
            let others: Vec<&StatementFacts> = binders.filter(|facts| facts.at.cell != reader.facts.at.cell).collect();
            let in_file = others.iter().filter(|facts| facts.at < reader.facts.at).map(|facts| facts.at.cell).max();
            let in_time = others
                .iter()
                .filter_map(|facts| Some((*counts.get(&facts.at.cell)?, facts.at.cell)))
                .filter(|(count, _)| count < read_at)
                .max()
                .map(|(_, cell)| cell);
            let (Some(in_file), Some(in_time)) = (in_file, in_time) else { continue };
            let described = format!(
                "`{name}` in {} came from {}, not from {}",
                context.cell_name(reader.facts.at.cell),
                context.cell_name(in_time),
                context.cell_name(in_file)
            );
            if in_file != in_time && !changed.contains(&described) {
                changed.push(described);
            }
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::super::testing::{analyse, borrowed, by_rule, cell, churn, of_cells};

    fn ran(order: &[usize], between: &str) -> Vec<crate::rules::Finding> {
        let cells: Vec<_> =
            churn(between).iter().zip(order).map(|(code, count)| cell(code, Some(*count), &[])).collect();
        let found = analyse(&of_cells(&cells)).findings;
        found.into_iter().filter(|finding| finding.rule == "out-of-order-execution").collect()
    }

    #[test]
    fn the_first_step_back_is_named() {
        let found = ran(&[1, 2, 9, 4, 5, 6, 7], "print(1)");
        assert_eq!(found.len(), 1);
        assert!(found[0].message.starts_with("cell 3 ran before cell 2"), "{found:?}");
    }

    #[test]
    fn reads_that_change_are_named() {
        let found = ran(&[1, 2, 9, 4, 5, 6, 7], "X = X.fillna(0)");
        assert!(found[0].message.contains("`X` in cell 3 came from cell 1, not from cell 2"), "{found:?}");
    }

    #[test]
    fn rising_counts_are_quiet_even_with_gaps() {
        assert_eq!(ran(&[1, 2, 5, 6, 7, 20, 21], "print(1)"), []);
        assert_eq!(by_rule(&borrowed(&churn("print(1)")), "out-of-order-execution"), []);
    }
}
