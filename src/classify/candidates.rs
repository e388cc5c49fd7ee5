//! The models that a notebook fits.

use std::collections::BTreeSet;

use super::Candidate;
use crate::dataflow::{CallEvent, Graph, ObjectId, StatementFacts};
use crate::knowledge::{Kind, Purpose, knowledge, shorten};

/// All models that are fitted, in order of their (last) fit.
pub(super) fn find(graph: &Graph) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for (index, facts) in graph.statements.iter().enumerate() {
        for call in &facts.calls {
            for candidate in fitted(graph, index, facts, call) {
                add(&mut found, candidate);
            }
        }
        if let Some(candidate) = trained_by_hand(graph, index, facts) {
            add(&mut found, candidate);
        }
    }
    found.sort_by_key(|candidate| candidate.fit_statement);
    found
}

/// Fitted again, a model stays one candidate.
fn add(found: &mut Vec<Candidate>, candidate: Candidate) {
    let same = found.iter_mut().find(|known| {
        // A loop makes one object for each time that the analysis goes round it.
        let in_loop = known.fit_statement == candidate.fit_statement
            && known.variable == candidate.variable
            && known.estimator == candidate.estimator;
        in_loop || known.objects.iter().any(|object| candidate.objects.contains(object))
    });
    match same {
        Some(known) => {
            known.fit = candidate.fit;
            known.fit_statement = candidate.fit_statement;
            known.objects.extend(candidate.objects);
            known.objects.sort_unstable();
            known.objects.dedup();
            if candidate.variable != "?" {
                known.variable = candidate.variable;
            }
        }
        None => found.push(candidate),
    }
}

fn fitted(graph: &Graph, index: usize, facts: &StatementFacts, call: &CallEvent) -> Vec<Candidate> {
    let method = call.method.as_deref();
    let fits = call.purpose == Some(Purpose::Fit) || matches!(method, Some("fit" | "train_on_batch" | "fit_generator"));
    if !fits || matches!(method, Some("fit_transform" | "fit_resample")) {
        return Vec::new();
    }
    if method.is_none() {
        // `xgb.train(…)`: the result is the model.
        let type_name = call.result.first().and_then(|id| graph.objects[*id].type_name.clone());
        let is_model = type_name.as_deref().is_some_and(|t| knowledge().kind(t).is_some_and(Kind::predicts));
        if !is_model {
            return Vec::new();
        }
        let candidate = make(graph, index, facts, type_name, call.result.clone(), None);
        return vec![candidate];
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
            // What is fitted may be another object than what fits: the results of a statistical model.
            let kind = type_name.as_deref().and_then(|t| knowledge().kind(t));
            let separate = kind == Some(Kind::Predictor)
                && !call.result.is_empty()
                && call.result.iter().all(|result| !call.receiver_objects.contains(result))
                && !facts.binds.is_empty();
            let text = call.receiver.clone().filter(|text| is_place(text) && !separate);
            Some(make(graph, index, facts, type_name, objects, text))
        })
        .collect()
}

/// Whether a receiver of `fit` is a model rather than something that only prepares data.
fn may_predict(
    graph: &Graph,
    index: usize,
    call: &CallEvent,
    type_name: Option<&str>,
    object: Option<ObjectId>,
) -> bool {
    let library = type_name.map(|t| match t.split_once('<') {
        Some((_, base)) if t.starts_with("notebook:") => base.trim_end_matches('>'),
        _ => t,
    });
    match library.and_then(|t| knowledge().kind(t)) {
        Some(Kind::Pipeline) => object.is_none_or(|id| !only_transforms(graph, id)),
        Some(kind) => kind.predicts(),
        None => {
            let names = ["Scaler", "Encoder", "Vectorizer", "Imputer", "Tokenizer", "Binarizer", "Transformer", "PCA"];
            if type_name.is_some_and(|t| names.iter().any(|n| t.contains(n))) {
                return false;
            }
            call.arguments.len() >= 2 || object.is_some_and(|id| predicts_later(graph, index, id))
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
                Some("predict" | "predict_proba" | "decision_function" | "score" | "forecast" | "evaluate")
            )
    })
}

/// A training loop: something steps, something goes backward; the model is what is called forward.
fn trained_by_hand(graph: &Graph, index: usize, facts: &StatementFacts) -> Option<Candidate> {
    let steps = facts.calls.iter().any(|c| c.method.as_deref() == Some("step"));
    let backward = facts.calls.iter().any(|c| matches!(c.method.as_deref(), Some("backward" | "apply_gradients")));
    if !(backward && (steps || facts.calls.iter().any(|c| c.purpose == Some(Purpose::TrainStep)))) {
        return None;
    }
    let is_network = |id: &ObjectId| {
        graph.objects[*id].type_name.as_deref().is_some_and(|t| {
            let library = t.split_once('<').map_or(t, |(_, base)| base.trim_end_matches('>'));
            knowledge().kind(library) == Some(Kind::Network) || (t.starts_with("notebook:") && !t.contains('<'))
        })
    };
    let forward = |c: &&CallEvent| {
        matches!(c.method.as_deref(), Some("forward" | "__call__" | "train" | "parameters" | "zero_grad"))
            || (c.method.is_none() && c.receiver_type.is_some())
    };
    let named: BTreeSet<ObjectId> =
        graph.statements[..=index].iter().flat_map(|f| f.objects.values().flatten().copied()).collect();
    let objects: Vec<ObjectId> = facts
        .calls
        .iter()
        .filter(forward)
        .flat_map(|c| c.receiver_objects.iter().copied())
        .filter(|id| is_network(id) && named.contains(id))
        .collect();
    let object = *objects.first()?;
    let type_name = graph.objects[object].type_name.clone();
    Some(make(graph, index, facts, type_name, vec![object], None))
}

fn make(
    graph: &Graph,
    index: usize,
    facts: &StatementFacts,
    type_name: Option<String>,
    objects: Vec<ObjectId>,
    text: Option<String>,
) -> Candidate {
    let shown = type_name.map(|t| clean_type(&t));
    let variable = text
        .or_else(|| name_of(graph, index, &objects))
        .or_else(|| facts.binds.keys().next().cloned())
        .unwrap_or_else(|| "?".to_owned());
    Candidate {
        variable,
        estimator: shown.as_deref().map_or_else(|| "?".to_owned(), |t| shorten(t).to_owned()),
        qualified: shown.filter(|t| t.contains('.')),
        fit: facts.at,
        fit_statement: index,
        objects,
        evidence: Vec::new(),
        score: 0,
    }
}

/// A class as people name it: without what the analysis adds for the notebook's own.
fn clean_type(type_name: &str) -> String {
    let own = type_name.strip_prefix("notebook:").unwrap_or(type_name);
    own.split('<').next().unwrap_or(own).to_owned()
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

/// `model`, `models["rf"]`, `self.model`: text that can be evaluated again without running anything.
fn is_place(text: &str) -> bool {
    !text.is_empty() && text.len() < 60 && !text.contains(['(', '\n', '='])
}
