//! The production slice alone, as one script with the notebook's lines untouched.

use super::edit::{Edits, comments_above, statement_code};
use super::names::cells_phrase;
use crate::analysis::Analysis;
use crate::classify::describe_place;
use crate::order::OrderKind;

/// Production's statements, in order, each cell's under a line that names it.
#[must_use]
pub fn slice_script(analysis: &Analysis) -> String {
    let mut script = String::new();
    let mut current = None;
    let mut positions = Vec::new();
    for (facts, verdict) in analysis.graph.statements.iter().zip(&analysis.classification.statements) {
        if !verdict.is_packaged() {
            continue;
        }
        let (Some(cell), Some(statement)) = (analysis.cell(facts.at.cell), analysis.statement(facts.at)) else {
            continue;
        };
        if current != Some(facts.at.cell) {
            current = Some(facts.at.cell);
            positions.push(cell.position);
            script.push_str(&format!("\n# {}\n", describe_place(&analysis.cells, facts.at)));
        }
        for comment in comments_above(cell, statement) {
            script.push_str(&comment);
            script.push('\n');
        }
        let code = statement_code(cell, statement, &Edits::default());
        if code.contains("get_ipython()") {
            script.push_str("# Not Python, left out: ");
            script.push_str(&code.replace('\n', "\n# "));
        } else {
            script.push_str(&code);
        }
        script.push('\n');
    }
    let order = match analysis.order.kind {
        OrderKind::File => "",
        OrderKind::Executed => ", in the order in which they ran",
    };
    format!("\"\"\"The production slice of a notebook: {}{order}.\"\"\"\n{script}", cells_phrase(&positions))
}
