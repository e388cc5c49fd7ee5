//! Who is saved, and whose predictions are written.

use std::collections::BTreeSet;

use super::super::Candidate;
use super::super::calls::{is_picture, predicts, saves, weights};
use super::super::evidence::describe_place;
use super::data_slice;
use super::kinds::{SAVED, SUBMITTED};
use crate::dataflow::Graph;
use crate::knowledge::Purpose;
use crate::syntax::ParsedCell;

/// Who is saved, and whose predictions are written.
pub(super) fn written(cells: &[ParsedCell], graph: &Graph, candidates: &[Candidate]) -> Vec<(usize, u32, String)> {
    let mut found = Vec::new();
    let mut checkpoints = Vec::new();
    let weights = weights(graph);
    for (index, facts) in graph.statements.iter().enumerate() {
        let place = describe_place(cells, facts.at);
        let mut saves_model = false;
        for call in facts.calls.iter().filter(|call| call.purpose == Some(Purpose::SaveModel)) {
            for (number, candidate) in candidates.iter().enumerate() {
                let checkpoint = call.method.is_none() && call.result.iter().any(|id| weights.contains_key(id));
                if checkpoint && saves(call, candidate, &weights) {
                    checkpoints.push((number, format!("kept by a checkpoint in {place}")));
                } else if candidate.fit_statement <= index && saves(call, candidate, &weights) {
                    saves_model = true;
                    let by = readable(call.function.as_deref().unwrap_or("a call"));
                    found.push((number, SAVED, format!("saved by `{by}` in {place}")));
                }
            }
        }
        // Pictures and code tell nothing.
        let telling = |path: Option<&str>| !is_picture(path) && path.is_none_or(|path| !path.ends_with(".py"));
        let file = facts
            .files
            .iter()
            .find(|file| file.written && file.purpose != Some(Purpose::Plot) && telling(file.path.as_deref()));
        let Some(file) = file.filter(|_| !saves_model) else { continue };
        let ancestors = graph.slice([index]);
        let to = file.path.as_deref().map_or_else(|| "a file".to_owned(), |path| format!("`{path}`"));
        let fitted: Vec<usize> =
            (0..candidates.len()).filter(|i| ancestors.contains(&candidates[*i].fit_statement)).collect();
        if let Some(number) = last_predictor(graph, candidates, &ancestors) {
            found.push((number, SUBMITTED, format!("its predictions are written to {to} in {place}")));
            // What is picked when it runs may be any of them.
            let objects = &candidates[number].objects;
            let fit = candidates[number].fit_statement;
            for (other, candidate) in candidates.iter().enumerate() {
                let same_call = candidate.fit_statement == fit && candidate.variable == candidates[number].variable;
                if other != number && same_call && !candidate.objects.iter().any(|id| objects.contains(id)) {
                    found.push((other, SUBMITTED, format!("its predictions are written to {to} in {place}")));
                }
            }
        } else if let [only] = fitted.as_slice() {
            found.push((*only, SUBMITTED, format!("what it learned is written to {to} in {place}")));
        }
    }
    // A checkpoint is a part of training: it counts as saving where nothing else is kept.
    let kind = if found.is_empty() { SAVED } else { 0 };
    found.extend(checkpoints.into_iter().map(|(number, evidence)| (number, kind, evidence)));
    found
}

/// The candidates whose predictions go into one file together: the last one, and the others.
pub(super) fn blends(graph: &Graph, candidates: &[Candidate]) -> Vec<(usize, BTreeSet<usize>)> {
    let mut found = Vec::new();
    for (index, facts) in graph.statements.iter().enumerate() {
        if !facts.files.iter().any(|file| file.written && !is_picture(file.path.as_deref())) {
            continue;
        }
        let ancestors = data_slice(graph, index);
        let predicts_in = |candidate: &Candidate| {
            let later = ancestors.range(candidate.fit_statement..);
            later
                .flat_map(|index| &graph.statements[*index].calls)
                .any(|call| predicts(call) && call.receiver_objects.iter().any(|id| candidate.objects.contains(id)))
        };
        let fitted = (0..candidates.len()).filter(|i| ancestors.contains(&candidates[*i].fit_statement));
        let members: BTreeSet<usize> = fitted.filter(|i| predicts_in(&candidates[*i])).collect();
        let statements: BTreeSet<usize> = members.iter().map(|i| candidates[*i].fit_statement).collect();
        if statements.len() < 2 {
            continue;
        }
        if let Some(last) = last_predictor(graph, candidates, &ancestors).filter(|last| members.contains(last)) {
            let others = members.into_iter().filter(|other| *other != last).collect();
            found.push((last, others));
        }
    }
    found
}

fn readable(function: &str) -> &str {
    let dots: Vec<usize> = function.match_indices('.').map(|(at, _)| at).collect();
    match dots.as_slice() {
        [.., before, _] if function.len() > 30 => &function[before + 1..],
        _ => function,
    }
}

/// The candidate which made the last prediction among some statements.
fn last_predictor(graph: &Graph, candidates: &[Candidate], statements: &BTreeSet<usize>) -> Option<usize> {
    statements.iter().rev().find_map(|index| {
        graph.statements[*index].calls.iter().rev().find_map(|call| {
            if !predicts(call) && call.method.as_deref() != Some("transform") {
                return None;
            }
            candidates.iter().rposition(|c| {
                // pycaret's `predict_model(model, data)` takes the model first.
                let first = call.arguments.first().filter(|_| call.method.is_none()).map(|(_, objects)| &objects[..]);
                let by = call.receiver_objects.iter().chain(first.unwrap_or_default());
                c.fit_statement <= *index && by.into_iter().any(|object| c.objects.contains(object))
            })
        })
    })
}
