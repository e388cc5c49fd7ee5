//! Models that are saved and loaded again: the same model under another name.

use std::collections::BTreeMap;

use super::super::Candidate;
use super::super::calls::{saves, weights};
use crate::dataflow::Graph;
use crate::knowledge::Purpose;

/// Gives each candidate the objects that are loaded from the files which it was saved to.
pub(super) fn add(graph: &Graph, candidates: &mut [Candidate]) {
    let weights = weights(graph);
    let mut saved: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, facts) in graph.statements.iter().enumerate() {
        let path = |written: bool| {
            facts.files.iter().filter(move |file| file.written == written).filter_map(|file| file.path.as_deref())
        };
        for call in facts.calls.iter().filter(|call| call.purpose == Some(Purpose::LoadModel)) {
            if let Some(candidate) = path(false).find_map(|path| saved.get(path)) {
                candidates[*candidate].objects.extend(&call.result);
            }
        }
        let saving = facts.calls.iter().filter(|call| call.purpose == Some(Purpose::SaveModel));
        for call in saving {
            let whom = candidates.iter().position(|c| c.first_fit() <= index && saves(call, c, &weights));
            if let Some(candidate) = whom {
                saved.extend(path(true).map(|path| (path, candidate)));
            }
        }
    }
}
