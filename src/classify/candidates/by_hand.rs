//! Models that are trained by a loop of the notebook's own.

use std::collections::BTreeSet;

use super::super::Candidate;
use super::super::calls::is_called_forward;
use super::make;
use crate::dataflow::{CallEvent, Graph, ObjectId, StatementFacts, library_class};
use crate::knowledge::{Kind, Purpose, knowledge};

/// A training loop: something steps, something goes backward; the models are what is called forward.
pub(super) fn trained(graph: &Graph, index: usize, facts: &StatementFacts) -> Vec<Candidate> {
    let steps = facts
        .calls
        .iter()
        .any(|c| c.method.as_deref() == Some("step") || c.purpose == Some(Purpose::TrainStep) && !goes_backward(c));
    if !(steps && facts.calls.iter().any(goes_backward)) {
        return Vec::new();
    }
    let named: BTreeSet<ObjectId> =
        graph.statements[..=index].iter().flat_map(|f| f.objects.values().flatten().copied()).collect();
    let mut found: Vec<ObjectId> = Vec::new();
    for call in facts.calls.iter().filter(|call| is_forward(call)) {
        for id in &call.receiver_objects {
            // Of a class that nobody knows, what is switched to training is a network.
            let unknown = graph.objects[*id].type_name.is_none() && call.method.as_deref() == Some("train");
            if (is_network(graph, *id) || unknown) && named.contains(id) && !found.contains(id) {
                found.push(*id);
            }
        }
    }
    // A network of networks is trained as a whole.
    let parts: BTreeSet<ObjectId> = found.iter().flat_map(|id| graph.objects[*id].held.iter().copied()).collect();
    found
        .into_iter()
        .filter(|id| !parts.contains(id))
        .map(|id| make(graph, index, facts, graph.objects[id].type_name.clone(), vec![id], None))
        .collect()
}

fn goes_backward(call: &CallEvent) -> bool {
    matches!(call.method.as_deref(), Some("backward" | "apply_gradients"))
}

fn is_forward(call: &CallEvent) -> bool {
    is_called_forward(call) || matches!(call.method.as_deref(), Some("train" | "parameters" | "zero_grad"))
}

fn is_network(graph: &Graph, id: ObjectId) -> bool {
    graph.objects[id].type_name.as_deref().is_some_and(|t| {
        // What measures the distance is called forward, too, and learns nothing.
        if t.ends_with("Loss") {
            return false;
        }
        knowledge().kind(library_class(t)) == Some(Kind::Network) || (t.starts_with("notebook:") && !t.contains('<'))
    })
}
