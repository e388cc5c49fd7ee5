//! Choosing the production model among the candidates.

mod kinds;
mod last;
mod weigh;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::describe_place;
use super::marks::Mark;
use super::run_time::{self, Pick};
use super::{Candidate, Choice, Confidence, Decision, Model};
use crate::dataflow::{DependencyKind, Graph};
use crate::notebook::Notebook;
use crate::syntax::ParsedCell;
use kinds::{DELIBERATE, EVALUATED, FITTED, PRAISED, REFITTED, SAVED, STRONG, SUBMITTED, USED, WEAK};
use weigh::weigh;

/// Weighs the evidence and chooses.
pub(super) fn choose(
    notebook: &Notebook,
    cells: &[ParsedCell],
    graph: &Graph,
    candidates: &mut [Candidate],
    choice: &Choice,
    marked: &BTreeMap<usize, Mark>,
) -> Option<Model> {
    let mut parts = parts(graph, candidates);
    for (last, others) in written::blends(graph, candidates) {
        let place = describe_place(cells, candidates[last].fit);
        let whole = format!("written together with `{}` of {place}", candidates[last].variable);
        for other in others {
            if !parts[other].contains(&last) {
                candidates[other].evidence.push(whole.clone());
                parts[last].insert(other);
            }
        }
    }
    let picks = run_time::find(cells, graph, candidates);
    weigh(notebook, cells, graph, candidates, &parts);
    if let Some(asked) = asked_for(cells, candidates, choice, marked) {
        return Some(asked);
    }
    // Among equals the last one.
    let best = candidates.iter().map(|candidate| candidate.score).max()?;
    let index = candidates.iter().rposition(|candidate| candidate.score == best)?;
    let mut evidence = candidates[index].evidence.clone();
    if let Some(pick) = picked(&picks, candidates, index) {
        let place = describe_place(cells, graph.statements[pick.statement].at);
        evidence.push(format!(
            "`{}` is picked when the notebook runs, in {place}, among {}",
            pick.name,
            pick.candidates.len()
        ));
        let confidence = if best & (SAVED | SUBMITTED) == 0 { Confidence::Medium } else { Confidence::High };
        let picked = Some(graph.statements[pick.statement].at);
        return Some(Model { candidate: index, decision: Decision::Evident, confidence, evidence, picked });
    }
    let (decision, confidence) = sure(candidates, index, &parts);
    if evidence.is_empty() && decision == Decision::Evident && candidates.len() > 1 {
        evidence.push("the others try settings, are only validated, or are parts of it".to_owned());
    }
    if candidates.len() == 1 {
        evidence.push("the only model that is fitted".to_owned());
    } else if decision == Decision::Open {
        evidence.push(format!("the best guess among {} models", candidates.len()));
    }
    Some(Model { candidate: index, decision, confidence, evidence, picked: None })
}

/// What a person asked for: by name, by cell, or by a mark.
fn asked_for(
    cells: &[ParsedCell],
    candidates: &[Candidate],
    choice: &Choice,
    marked: &BTreeMap<usize, Mark>,
) -> Option<Model> {
    let chosen = |index: usize, reason: String| {
        let mut evidence = vec![reason];
        evidence.extend(candidates[index].evidence.iter().cloned());
        let (decision, confidence) = (Decision::Chosen, Confidence::High);
        Model { candidate: index, decision, confidence, evidence, picked: None }
    };
    if let Some(wanted) = &choice.model {
        let by_name = |c: &Candidate| {
            c.variable == *wanted || c.estimator == *wanted || [&c.qualified, &c.label].contains(&&Some(wanted.clone()))
        };
        let number = wanted.trim().trim_start_matches("cell").trim().parse::<usize>().ok();
        let position = |c: &Candidate| cells.get(c.fit.cell).map(|cell| cell.position);
        let by_cell = |c: &Candidate| number.is_some() && position(c) == number;
        let best_of = |matches: &dyn Fn(&Candidate) -> bool| {
            let of = candidates.iter().enumerate().filter(|(_, c)| matches(c));
            of.max_by_key(|(index, c)| (c.score, *index)).map(|(index, _)| index)
        };
        if let Some(index) = candidates.iter().rposition(by_name).or_else(|| best_of(&by_cell)) {
            return Some(chosen(index, format!("`{wanted}` was asked for")));
        }
    }
    let index = candidates.iter().rposition(|candidate| marked.contains_key(&candidate.fit_statement))?;
    Some(chosen(index, marked[&candidates[index].fit_statement].evidence()))
}

/// How sure the choice of a candidate is.
fn sure(candidates: &[Candidate], index: usize, parts: &[BTreeSet<usize>]) -> (Decision, Confidence) {
    let chosen = &candidates[index];
    let strong = chosen.score & STRONG;
    if candidates.len() == 1 {
        let known = strong != 0 || chosen.score & (EVALUATED | USED) != 0;
        return (Decision::Evident, if known { Confidence::High } else { Confidence::Medium });
    }
    // What this one is made of is no rival, nor is the trial of it that was fitted on a part of the rows.
    let trial = |rival: &Candidate| {
        chosen.score & REFITTED != 0
            && rival.estimator == chosen.estimator
            && rival.first_fit() < chosen.fit_statement
            && !rival.settings_tried
    };
    let mut rivals: Vec<&Candidate> = candidates
        .iter()
        .enumerate()
        .filter(|(other, rival)| *other != index && !parts[index].contains(other) && !trial(rival))
        .map(|(_, rival)| rival)
        .collect();
    // Strong evidence decides by itself; the next kind of it among those that share the first.
    for kind in [SAVED, SUBMITTED, PRAISED].into_iter().filter(|kind| strong & kind != 0) {
        let first = strong < kind << 1;
        rivals.retain(|rival| rival.score & kind != 0);
        if rivals.is_empty() {
            let high = first && kind >= SUBMITTED;
            return (Decision::Evident, if high { Confidence::High } else { Confidence::Medium });
        }
    }
    if strong != 0 {
        return (Decision::Open, Confidence::Low);
    }
    if rivals.iter().all(|rival| rival.score & (DELIBERATE | FITTED) != DELIBERATE | FITTED) {
        return (Decision::Evident, Confidence::Medium);
    }
    let ahead = |kind: &&u32| chosen.score & **kind != 0 && rivals.iter().all(|rival| rival.score & **kind == 0);
    if WEAK.iter().filter(ahead).count() >= 2 {
        return (Decision::Evident, Confidence::Medium);
    }
    (Decision::Open, Confidence::Low)
}

/// The pick at run time that a candidate came out of, if nothing but that tells it from the others.
fn picked<'a>(picks: &'a [Pick], candidates: &[Candidate], index: usize) -> Option<&'a Pick> {
    let pick = picks.iter().rev().find(|pick| pick.candidates.contains(&index))?;
    let strong = |candidate: &Candidate| candidate.score & (SAVED | SUBMITTED);
    let equal = pick.candidates.iter().all(|other| strong(&candidates[*other]) == strong(&candidates[index]));
    let outside = (0..candidates.len()).filter(|other| !pick.candidates.contains(other));
    let ahead = outside.map(|other| strong(&candidates[other])).max().unwrap_or(0) < strong(&candidates[index]);
    (equal && (ahead || strong(&candidates[index]) == 0)).then_some(pick)
}

/// For each candidate, the others that it is made with: those that its fit depends on.
fn parts(graph: &Graph, candidates: &[Candidate]) -> Vec<BTreeSet<usize>> {
    candidates
        .iter()
        .map(|candidate| {
            let needs = data_slice(graph, candidate.fit_statement);
            let others = candidates.iter().enumerate();
            others
                .filter(|(_, c)| c.fit_statement != candidate.fit_statement && needs.contains(&c.fit_statement))
                .map(|(index, _)| index)
                .collect()
        })
        .collect()
}

/// What a statement needs through values; the draws of a seeded generator are no part of a model.
fn data_slice(graph: &Graph, statement: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::from([statement]);
    let mut waiting = vec![statement];
    while let Some(next) = waiting.pop() {
        for dependency in graph.dependencies_of(next).filter(|d| d.needed && d.kind != DependencyKind::State) {
            if found.insert(dependency.from) {
                waiting.push(dependency.from);
            }
        }
    }
    found
}
