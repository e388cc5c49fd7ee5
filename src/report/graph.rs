//! The dependency graph between cells, thinned to what a picture needs.

use std::collections::{BTreeMap, BTreeSet};

use super::summary::Summary;
use crate::dataflow::DependencyKind;

/// One cell uses what another made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// The cell that made it, as an index among the code cells.
    pub(super) from: usize,
    /// The cell that uses it.
    pub(super) to: usize,
    /// What it uses: names, files, ambient state.
    pub(super) names: BTreeSet<String>,
    /// Whether production follows it.
    pub(super) production: bool,
    /// Whether no longer path says the same.
    pub(super) essential: bool,
}

/// The edges between cells, ordered by where they begin and end. Imports are no edges here: every cell has them.
pub(super) fn edges(summary: &Summary<'_>) -> Vec<Edge> {
    let graph = &summary.analysis.graph;
    let roles = &summary.analysis.classification.statements;
    let ranks = ranks(summary);
    let rank = |cell: usize| ranks.get(cell).copied().unwrap_or(cell);
    let kept = |index: usize| roles.get(index).is_some_and(|verdict| verdict.role.is_kept());
    let mut found: BTreeMap<(usize, usize), Edge> = BTreeMap::new();
    for dependency in graph.dependencies.iter().filter(|d| d.kind != DependencyKind::Import) {
        let (from, to) = (graph.statements[dependency.from].at.cell, graph.statements[dependency.to].at.cell);
        if rank(from) >= rank(to) {
            continue;
        }
        let new = Edge { from, to, names: BTreeSet::new(), production: false, essential: false };
        let edge = found.entry((from, to)).or_insert(new);
        edge.names.insert(dependency.name.clone());
        edge.production |= dependency.needed && kept(dependency.from) && kept(dependency.to);
    }
    let mut edges: Vec<Edge> = found.into_values().collect();
    edges.sort_by_key(|edge| (rank(edge.from), rank(edge.to)));
    let ends: Vec<Ends> =
        edges.iter().map(|e| Ends { from: rank(e.from), to: rank(e.to), production: e.production }).collect();
    let production: Vec<bool> = essential(&ends, summary.cells.len(), true);
    let all: Vec<bool> = essential(&ends, summary.cells.len(), false);
    for (number, edge) in edges.iter_mut().enumerate() {
        edge.essential = if edge.production { production[number] } else { all[number] };
    }
    edges
}

/// For each cell its place in the program.
fn ranks(summary: &Summary<'_>) -> Vec<usize> {
    let order = &summary.analysis.order.cells;
    let mut ranks = vec![0; order.len()];
    for (rank, cell) in order.iter().enumerate() {
        ranks[*cell] = rank;
    }
    ranks
}

/// An edge between places in the program.
struct Ends {
    from: usize,
    to: usize,
    production: bool,
}

/// Which edges no path of other edges replaces. Edges go forward, so the program's order is a topological one.
fn essential(edges: &[Ends], cells: usize, production: bool) -> Vec<bool> {
    let words = cells.div_ceil(64);
    let mut reached: Vec<Vec<u64>> = vec![vec![0; words]; cells];
    let mut kept = vec![false; edges.len()];
    for from in (0..cells).rev() {
        let start = edges.partition_point(|edge| edge.from < from);
        let end = edges.partition_point(|edge| edge.from <= from);
        let mut own = vec![0_u64; words];
        for number in start..end {
            let edge = &edges[number];
            if production && !edge.production {
                continue;
            }
            let (word, bit) = (edge.to / 64, 1_u64 << (edge.to % 64));
            if own[word] & bit == 0 {
                kept[number] = true;
                own[word] |= bit;
                for (mine, theirs) in own.iter_mut().zip(&reached[edge.to]) {
                    *mine |= theirs;
                }
            }
        }
        reached[from] = own;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: usize, to: usize, production: bool) -> Ends {
        Ends { from, to, production }
    }

    #[test]
    fn what_a_longer_path_says_is_not_essential() {
        let edges = [edge(0, 1, true), edge(0, 2, true), edge(1, 2, false), edge(2, 70, true)];
        assert_eq!(essential(&edges, 71, false), [true, false, true, true]);
        assert_eq!(essential(&edges, 71, true), [true, true, false, true]);
    }
}
