//! Which statements use which candidates.

use std::collections::{BTreeMap, BTreeSet};

use super::Candidate;
use crate::dataflow::{DependencyKind, Graph, ObjectId};

/// Which statements use which candidates as they are after their fit: themselves, or through a prediction. For each group
/// of 64 candidates, a bit for each candidate by statement: a long notebook fits many models, and each use reaches far.
pub(super) struct Uses(Vec<Vec<u64>>);

impl Uses {
    /// Finds out for all at once, for a long notebook asks often.
    pub(super) fn of(graph: &Graph, candidates: &[Candidate]) -> Self {
        let mut touching: BTreeMap<ObjectId, BTreeSet<usize>> =
            candidates.iter().flat_map(|candidate| &candidate.objects).map(|id| (*id, BTreeSet::new())).collect();
        for (index, facts) in graph.statements.iter().enumerate() {
            for call in &facts.calls {
                for id in call.receiver_objects.iter().chain(call.arguments.iter().flat_map(|(_, objects)| objects)) {
                    if let Some(statements) = touching.get_mut(id) {
                        statements.insert(index);
                    }
                }
            }
        }
        Self(candidates.chunks(64).map(|group| Self::of_group(graph, group, &touching)).collect())
    }

    fn of_group(graph: &Graph, group: &[Candidate], touching: &BTreeMap<ObjectId, BTreeSet<usize>>) -> Vec<u64> {
        let mut uses = vec![0_u64; graph.statements.len()];
        // Those that are fitted by then; their uses before are no uses of the fitted model.
        let mut fitted = vec![0_u64; graph.statements.len()];
        for (index, candidate) in group.iter().enumerate() {
            let bit = 1 << index;
            uses[candidate.fit_statement] |= bit;
            for statement in candidate.objects.iter().filter_map(|id| touching.get(id)).flatten() {
                uses[*statement] |= bit;
            }
            fitted[candidate.first_fit()..].iter_mut().for_each(|known| *known |= bit);
        }
        // Predictions made in earlier statements, after the fit; dependencies are ordered by the statement that depends.
        for dependency in &graph.dependencies {
            if dependency.needed && dependency.kind != DependencyKind::State {
                uses[dependency.to] |= uses[dependency.from] & fitted[dependency.from];
            }
        }
        uses
    }

    /// Whether a statement uses a candidate.
    pub(super) fn has(&self, statement: usize, candidate: usize) -> bool {
        self.0[candidate / 64][statement] & (1 << (candidate % 64)) != 0
    }

    /// The candidates that a statement uses.
    pub(super) fn of_statement(&self, statement: usize, candidates: usize) -> impl Iterator<Item = usize> {
        (0..candidates).filter(move |candidate| self.has(statement, *candidate))
    }
}
