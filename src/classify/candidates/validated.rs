//! Estimators that are only ever validated: `cross_val_score(LogisticRegression(), X, y)`.

use std::collections::BTreeSet;

use super::super::Candidate;
use super::make;
use crate::dataflow::{Graph, ObjectId, library_class};
use crate::knowledge::{Kind, Purpose, knowledge};

pub(super) fn find(graph: &Graph, fitted: &[Candidate]) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for (index, facts) in graph.statements.iter().enumerate() {
        for call in facts.calls.iter().filter(|call| call.purpose == Some(Purpose::Validate)) {
            // Everything that can be reached from an argument is listed; the estimator itself is what nothing else
            // of the list holds.
            let given: Vec<ObjectId> = call.arguments.iter().flat_map(|(_, objects)| objects).copied().collect();
            let predicts = |id: &ObjectId| {
                let type_name = graph.objects[*id].type_name.as_deref().unwrap_or_default();
                knowledge().kind(library_class(type_name)).is_some_and(Kind::predicts)
            };
            let models: Vec<ObjectId> = given.into_iter().filter(predicts).collect();
            for id in &models {
                let part = models.iter().any(|other| other != id && holds(graph, *other, *id));
                let known = fitted.iter().any(|candidate| candidate.objects.contains(id));
                if part || known {
                    continue;
                }
                let mut candidate = make(graph, index, facts, graph.objects[*id].type_name.clone(), vec![*id], None);
                candidate.validated_only = true;
                found.push(candidate);
            }
        }
    }
    found
}

/// Whether an object holds another one, at whatever depth.
fn holds(graph: &Graph, whole: ObjectId, part: ObjectId) -> bool {
    let mut seen = BTreeSet::from([whole]);
    let mut waiting = vec![whole];
    while let Some(next) = waiting.pop() {
        for held in &graph.objects[next].held {
            if *held == part {
                return true;
            }
            if seen.len() < 256 && seen.insert(*held) {
                waiting.push(*held);
            }
        }
    }
    false
}
