//! The dependency graph for Graphviz: a cluster for each cell, a node for each statement.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::source_line;
use crate::analysis::Analysis;
use crate::classify::Role;
use crate::dataflow::DependencyKind;
use crate::diagnostics::shorten;

pub(super) fn render(analysis: &Analysis) -> String {
    let mut text = String::from(
        "digraph notebook {\n  rankdir=TB;\n  node [shape=box, style=\"rounded,filled\", fontname=\"monospace\", fontsize=10];\n  \
         edge [fontsize=9];\n",
    );
    for cell in &analysis.cells {
        // Writing to a string can't fail.
        let _ = writeln!(text, "  subgraph cluster_{} {{\n    label=\"cell {}\";", cell.index, cell.position);
        let statements = analysis.graph.statements.iter().zip(&analysis.classification.statements).enumerate();
        for (index, (facts, verdict)) in statements.filter(|(_, (facts, _))| facts.at.cell == cell.index) {
            let line = analysis.statement(facts.at).map_or(1, |statement| cell.line(statement.span.start));
            let first = source_line(analysis, cell.index, line).trim();
            let colour = match verdict.role {
                Role::Production => "#d7f0d7",
                Role::Exploration => "#eeeeee",
                Role::Mixed => "#fbeec2",
            };
            let _ = writeln!(text, "    s{index} [label={}, fillcolor=\"{colour}\"];", quote(&shorten(first, 44)));
        }
        text.push_str("  }\n");
    }
    for ((from, to), (names, needed, state)) in edges(analysis) {
        let style = match (needed, state) {
            (false, _) => ", style=dotted",
            (true, true) => ", style=dashed",
            (true, false) => "",
        };
        let _ = writeln!(text, "  s{from} -> s{to} [label={}{style}];", quote(&shorten(&names.join(", "), 30)));
    }
    text.push_str("}\n");
    text
}

/// One edge for each pair of statements: its names, whether it is needed, whether it is only through ambient state.
fn edges(analysis: &Analysis) -> BTreeMap<(usize, usize), (Vec<&str>, bool, bool)> {
    let mut edges: BTreeMap<(usize, usize), (Vec<&str>, bool, bool)> = BTreeMap::new();
    for dependency in &analysis.graph.dependencies {
        let state = matches!(dependency.kind, DependencyKind::State | DependencyKind::File);
        let edge = edges.entry((dependency.from, dependency.to)).or_insert((Vec::new(), false, true));
        if !edge.0.contains(&dependency.name.as_str()) {
            edge.0.push(&dependency.name);
        }
        edge.1 |= dependency.needed;
        edge.2 &= state;
    }
    edges
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
