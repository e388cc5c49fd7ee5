//! Models that are fitted by a call: `model.fit(…)`, `xgb.train(…)`, `train(net, …)`.

use std::collections::BTreeSet;

use super::super::Candidate;
use super::super::calls::name_of;
use super::{is_place, make};
use crate::dataflow::{CallEvent, Graph, ObjectId, StatementFacts, library_class};
use crate::knowledge::{Kind, Purpose, knowledge};

/// Methods that fit by their names, whatever they are called on.
const FITS: [&str; 4] = ["fit", "train_on_batch", "fit_generator", "partial_fit"];

pub(super) fn fitted(graph: &Graph, index: usize, facts: &StatementFacts, call: &CallEvent) -> Vec<Candidate> {
    let method = call.method.as_deref();
    let own_training = method == Some("train") && !call.arguments.is_empty() && is_own_class(call);
    let by_name = call.purpose.is_none() && method.is_some_and(|name| FITS.contains(&name));
    let fits = call.purpose == Some(Purpose::Fit) || by_name || own_training;
    if !fits || matches!(method, Some("fit_transform" | "fit_resample")) {
        return Vec::new();
    }
    if !call.fits.is_empty() {
        return elsewhere(graph, index, facts, call);
    }
    if method.is_none() {
        return by_function(graph, index, facts, call).into_iter().collect();
    }
    // Several objects (a loop over models) are several candidates.
    let receivers: Vec<Option<ObjectId>> = if call.receiver_objects.is_empty() {
        vec![None]
    } else {
        call.receiver_objects.iter().copied().map(Some).collect()
    };
    let one = receivers.len() == 1;
    receivers
        .into_iter()
        .filter_map(|object| {
            let type_name = object
                .and_then(|id| graph.objects[id].type_name.clone())
                .or_else(|| call.receiver_type.clone().filter(|_| one));
            if !may_predict(graph, index, call, type_name.as_deref(), object) {
                return None;
            }
            let mut objects: Vec<ObjectId> = object.into_iter().collect();
            if one {
                objects.extend(call.result.iter().copied());
                objects.sort_unstable();
                objects.dedup();
            }
            // A name inside of a function is nobody's but the function's.
            let text = call.receiver.clone().filter(|text| is_place(text));
            let text = match call.span {
                Some(_) => text,
                None => name_of(graph, index, &objects).or(text),
            };
            Some(make(graph, index, facts, type_name, objects, text))
        })
        .collect()
}

/// What finds topics or factors, fitted by whatever method.
pub(super) fn finds_topics(graph: &Graph, index: usize, facts: &StatementFacts, call: &CallEvent) -> Vec<Candidate> {
    let is_topic_model = |id: &ObjectId| {
        let type_name = graph.objects[*id].type_name.as_deref();
        type_name.and_then(|t| knowledge().type_fact(t)).is_some_and(|fact| fact.topics)
    };
    let found = call.receiver_objects.iter().filter(|id| call.purpose == Some(Purpose::Fit) && is_topic_model(id));
    found.map(|id| make(graph, index, facts, graph.objects[*id].type_name.clone(), vec![*id], None)).collect()
}

/// What is fitted is another object than what fits: `trainer.fit(network)`, the results of a statistical model.
fn elsewhere(graph: &Graph, index: usize, facts: &StatementFacts, call: &CallEvent) -> Vec<Candidate> {
    let result = call.fits.iter().all(|id| call.result.contains(id));
    let estimator = |id: ObjectId| {
        // Results are known by the model that they are of.
        let own = graph.objects[id].type_name.clone();
        if result { call.receiver_type.clone().or(own) } else { own }
    };
    let may = |type_name: Option<&str>| type_name.and_then(|t| knowledge().kind(t)).is_none_or(Kind::predicts);
    if result {
        let type_name = call.fits.first().and_then(|id| estimator(*id));
        let mut objects: Vec<ObjectId> = call.receiver_objects.iter().chain(&call.fits).copied().collect();
        objects.sort_unstable();
        objects.dedup();
        return vec![make(graph, index, facts, type_name, objects, None)];
    }
    let models = call.fits.iter().filter(|id| may(graph.objects[**id].type_name.as_deref()));
    models.map(|id| make(graph, index, facts, estimator(*id), vec![*id], None)).collect()
}

/// `xgb.train(…)`: the result is the model; `train(net, batches)` of a module beside the notebook: what it is given is.
fn by_function(graph: &Graph, index: usize, facts: &StatementFacts, call: &CallEvent) -> Option<Candidate> {
    if let Some(given) = call.receiver_objects.first() {
        let type_name = graph.objects[*given].type_name.clone();
        let objects: Vec<ObjectId> = call.receiver_objects.iter().chain(&call.result).copied().collect();
        return Some(make(graph, index, facts, type_name, objects, None));
    }
    let type_name = call.result.first().and_then(|id| graph.objects[*id].type_name.clone());
    let is_model = type_name.as_deref().is_some_and(|t| knowledge().kind(t).is_some_and(Kind::predicts));
    is_model.then(|| make(graph, index, facts, type_name, call.result.clone(), None))
}

fn is_own_class(call: &CallEvent) -> bool {
    call.receiver_type.as_deref().is_some_and(|t| t.starts_with("notebook:") && !t.contains('<'))
}

/// Whether a receiver of `fit` is a model rather than something that only prepares data.
fn may_predict(
    graph: &Graph,
    index: usize,
    call: &CallEvent,
    type_name: Option<&str>,
    object: Option<ObjectId>,
) -> bool {
    match type_name.and_then(|t| knowledge().kind(library_class(t))) {
        Some(Kind::Pipeline) => object.is_none_or(|id| !only_transforms(graph, id)),
        Some(kind) => kind.predicts(),
        None => {
            let names = ["Scaler", "Encoder", "Vectorizer", "Imputer", "Tokenizer", "Binarizer", "Transformer", "PCA"];
            let prepares = type_name.is_some_and(|t| {
                let class = t.split('<').next().unwrap_or(t);
                names.iter().any(|name| class.ends_with(name))
            });
            object.is_some_and(|id| predicts_later(graph, index, id)) || (!prepares && call.arguments.len() >= 2)
        }
    }
}

/// A pipeline whose last step only prepares data is no model.
fn only_transforms(graph: &Graph, pipeline: ObjectId) -> bool {
    let mut kinds = Vec::new();
    let mut waiting = vec![pipeline];
    let mut seen = BTreeSet::new();
    while let Some(next) = waiting.pop() {
        if !seen.insert(next) || seen.len() > 64 {
            continue;
        }
        for held in &graph.objects[next].held {
            if let Some(kind) = graph.objects[*held].type_name.as_deref().and_then(|t| knowledge().kind(t)) {
                kinds.push(kind);
            }
            waiting.push(*held);
        }
    }
    kinds.contains(&Kind::Transformer) && !kinds.iter().any(|kind| kind.predicts() && *kind != Kind::Pipeline)
}

fn predicts_later(graph: &Graph, index: usize, object: ObjectId) -> bool {
    graph.statements[index..].iter().flat_map(|facts| &facts.calls).any(|call| {
        call.receiver_objects.contains(&object)
            && matches!(
                call.method.as_deref(),
                Some("predict" | "predict_proba" | "decision_function" | "score" | "forecast" | "evaluate" | "test")
            )
    })
}
