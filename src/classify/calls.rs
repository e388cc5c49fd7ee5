//! What calls do with models: they predict, save, hand weights over.

use std::collections::{BTreeMap, BTreeSet};

use super::Candidate;
use crate::dataflow::{CallEvent, Graph, ObjectId};
use crate::knowledge::Purpose;

/// Methods that predict by their names, besides those that begin with `predict`.
const PREDICTS: [&str; 6] =
    ["decision_function", "score_samples", "forecast", "fit_predict", "get_forecast", "get_prediction"];

/// Whether a call predicts.
pub(super) fn predicts(call: &CallEvent) -> bool {
    call.purpose == Some(Purpose::Predict)
        || call.method.as_deref().is_some_and(|method| method.starts_with("predict") || PREDICTS.contains(&method))
        || is_called_forward(call)
}

/// Whether a call is a network's forward pass: `net(batch)`.
pub(super) fn is_called_forward(call: &CallEvent) -> bool {
    let called = call.receiver_type.is_some() || (call.function.is_none() && !call.receiver_objects.is_empty());
    matches!(call.method.as_deref(), Some("forward" | "__call__"))
        || (call.method.is_none() && called && call.purpose != Some(Purpose::Fit))
}

/// Whether a saving call is given the candidate, or something that holds it.
pub(super) fn saves(call: &CallEvent, candidate: &Candidate, weights: &Weights) -> bool {
    let given = call.arguments.iter().flat_map(|(_, objects)| objects).chain(&call.receiver_objects);
    // A checkpoint is itself what saves.
    let made = call.result.iter().filter(|_| call.method.is_none());
    given.chain(made).any(|object| {
        candidate.objects.contains(object)
            || weights.get(object).is_some_and(|owners| owners.iter().any(|owner| candidate.objects.contains(owner)))
    })
}

/// Weights taken out of models (`model.state_dict()`), and the models they were taken out of.
pub(super) type Weights = BTreeMap<ObjectId, BTreeSet<ObjectId>>;

/// Finds all weights that are taken out of something, and what saves them while a model is fitted: checkpoints.
pub(super) fn weights(graph: &Graph) -> Weights {
    let mut found = Weights::new();
    for call in graph.statements.iter().flat_map(|facts| &facts.calls).filter(|c| c.purpose == Some(Purpose::Fit)) {
        let callbacks = call.arguments.iter().filter(|(keyword, _)| keyword.as_deref() == Some("callbacks"));
        for object in callbacks.flat_map(|(_, objects)| objects) {
            found.entry(*object).or_default().extend(&call.receiver_objects);
        }
    }
    for call in graph.statements.iter().flat_map(|facts| &facts.calls) {
        if matches!(
            call.method.as_deref(),
            Some("state_dict" | "get_weights" | "get_booster" | "parameters" | "to_json")
        ) {
            for result in &call.result {
                found.entry(*result).or_default().extend(&call.receiver_objects);
            }
        }
    }
    found
}

/// Whether a path is a picture's.
pub(super) fn is_picture(path: Option<&str>) -> bool {
    const ENDS: [&str; 7] = [".png", ".jpg", ".jpeg", ".svg", ".pdf", ".dot", ".eps"];
    path.is_some_and(|path| {
        let lower = path.to_lowercase();
        ENDS.iter().any(|end| lower.ends_with(end))
    })
}

/// The last global name, up to a statement, that was bound to one of the objects.
pub(super) fn name_of(graph: &Graph, index: usize, objects: &[ObjectId]) -> Option<String> {
    graph.statements[..=index].iter().rev().find_map(|facts| {
        let mut names = facts
            .objects
            .iter()
            .filter(|(name, bound)| facts.binds.contains_key(*name) && bound.iter().any(|id| objects.contains(id)));
        names.next().map(|(name, _)| name.clone())
    })
}
