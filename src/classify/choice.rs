//! Choosing the production model among the candidates.

use std::collections::{BTreeMap, BTreeSet};

use super::candidates::name_of;
use super::evidence::describe_place;
use super::marks::Mark;
use super::measure::{Measures, predicts};
use super::names::Names;
use super::run_time::{self, Pick};
use super::scores::{self, Score};
use super::{Candidate, Choice, Confidence, Decision, Model, prose};
use crate::dataflow::{CallEvent, DependencyKind, Graph, ObjectId, StatementFacts};
use crate::knowledge::{Kind, Purpose, knowledge};
use crate::notebook::Notebook;
use crate::syntax::ParsedCell;
use crate::syntax::ast::{Expr, ExprKind, StmtKind};

/// The kinds of evidence: each outweighs all below it together. `fixtures/decisions/README.md` tells why.
mod kinds {
    /// It is written to a file, or logged to a registry.
    pub(super) const SAVED: u32 = 1 << 13;
    /// What it predicts, or learned, is written to a file.
    pub(super) const SUBMITTED: u32 = 1 << 12;
    /// The notebook's text calls it the final one, the best, the chosen one.
    pub(super) const PRAISED: u32 = 1 << 11;
    /// It is not one of a loop that tries settings, and not there for a picture alone.
    pub(super) const DELIBERATE: u32 = 1 << 10;
    /// It is not only a part of a later one: a member of an ensemble, a model whose output another one learns from.
    pub(super) const WHOLE: u32 = 1 << 9;
    /// It is fitted, rather than only validated.
    pub(super) const FITTED: u32 = 1 << 8;
    /// Something can reach it at the end: it was not only there for a look.
    pub(super) const REACHABLE: u32 = 1 << 7;
    /// It is fitted on all rows, after one of its kind was on a part of them.
    pub(super) const REFITTED: u32 = 1 << 6;
    /// It has the best value of the metric that the notebook prints for most candidates.
    pub(super) const BEST: u32 = 1 << 5;
    /// Its variable says so.
    pub(super) const NAMED: u32 = 1 << 4;
    /// It is the last one that is measured.
    pub(super) const EVALUATED: u32 = 1 << 3;
    /// It is the last one that predicts, or of which something is shown.
    pub(super) const USED: u32 = 1 << 2;
    /// A search found its settings.
    pub(super) const TUNED: u32 = 1 << 1;

    /// Evidence that decides by itself.
    pub(super) const STRONG: u32 = SAVED | SUBMITTED | PRAISED;
    /// Evidence of which two kinds have to agree: who is measured last is mostly used last, too.
    pub(super) const WEAK: [u32; 5] = [REFITTED, BEST, NAMED, EVALUATED | USED, TUNED];
}
use kinds::{
    BEST, DELIBERATE, EVALUATED, FITTED, NAMED, PRAISED, REACHABLE, REFITTED, SAVED, STRONG, SUBMITTED, TUNED, USED,
    WEAK, WHOLE,
};

/// Weighs the evidence and chooses.
pub(super) fn choose(
    notebook: &Notebook,
    cells: &[ParsedCell],
    graph: &Graph,
    candidates: &mut [Candidate],
    choice: &Choice,
    marked: &BTreeMap<usize, Mark>,
) -> Option<Model> {
    let parts = parts(graph, candidates);
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
        let others = pick.candidates.len() - 1;
        let place = describe_place(cells, graph.statements[pick.statement].at);
        evidence.push(format!("`{}` is picked when the notebook runs, in {place}, among {}", pick.name, others + 1));
        let confidence = if best & (SAVED | SUBMITTED) == 0 { Confidence::Medium } else { Confidence::High };
        let picked = Some(graph.statements[pick.statement].at);
        return Some(Model { candidate: index, decision: Decision::Evident, confidence, evidence, picked });
    }
    let (decision, confidence) = sure(candidates, index, &parts);
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
            && rival.first_fit < chosen.fit_statement
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

fn weigh(
    notebook: &Notebook,
    cells: &[ParsedCell],
    graph: &Graph,
    candidates: &mut [Candidate],
    parts: &[BTreeSet<usize>],
) {
    let mut found: Vec<(usize, u32, String)> = Vec::new();
    found.extend(written(cells, graph, candidates));
    let names = Names::of(graph, candidates);
    let praise = prose::read(notebook, cells, candidates, &names);
    found.extend(praise.into_iter().map(|praise| (praise.candidate, PRAISED, praise.evidence)));
    let measures = Measures::of(cells, graph, candidates);
    let scores = scores::read(notebook, cells, graph, candidates, &measures, &names, parts);
    found.extend(evaluated(cells, graph, candidates, &measures, parts));
    found.extend(best_score(&scores, candidates, parts));
    found.extend(refitted(cells, graph, candidates, &measures));
    let end = graph.statements.len();
    let used_later: Vec<bool> = candidates
        .iter()
        .enumerate()
        .map(|(index, c)| (c.fit_statement + 1..end).any(|statement| measures.uses.has(statement, index)))
        .collect();
    drop(measures);
    let end = end.saturating_sub(1);
    let wholes: Vec<bool> = candidates.iter().map(|c| !c.settings_tried && !draws_only(cells, graph, c)).collect();
    for (index, (candidate, scores)) in candidates.iter_mut().zip(scores).enumerate() {
        let variable = candidate.variable.to_lowercase();
        if ["final", "best", "chosen", "production", "winner"].iter().any(|word| variable.contains(word)) {
            found.push((index, NAMED, format!("named `{}`", candidate.variable)));
        }
        if candidate.qualified.as_deref().and_then(|t| knowledge().kind(t)) == Some(Kind::Search)
            || candidate.estimator.contains("Search")
        {
            found.push((index, TUNED, "tuned by a search".to_owned()));
        }
        let member = parts.iter().zip(&wholes).any(|(of, whole)| *whole && of.contains(&index));
        let reachable = used_later[index] || name_of(graph, end, &candidate.objects).is_some();
        let drawn =
            graph.statements[candidate.fit_statement].calls.iter().any(|call| call.purpose == Some(Purpose::Plot));
        let reachable = reachable && !draws_only(cells, graph, candidate);
        candidate.score = [
            (!candidate.settings_tried && (reachable || !drawn), DELIBERATE),
            (!member, WHOLE),
            (!candidate.validated_only, FITTED),
            (reachable, REACHABLE),
        ]
        .iter()
        .filter(|(holds, _)| *holds)
        .map(|(_, kind)| kind)
        .sum();
        candidate.scores = scores;
    }
    found.sort_by_key(|(_, kind, _)| std::cmp::Reverse(*kind));
    for (index, kind, evidence) in found {
        candidates[index].score |= kind;
        if !evidence.is_empty() && !candidates[index].evidence.contains(&evidence) {
            candidates[index].evidence.push(evidence);
        }
    }
    for candidate in candidates.iter_mut() {
        if candidate.settings_tried {
            candidate.evidence.push("one of a loop that tries settings".to_owned());
        }
        if candidate.validated_only {
            candidate.evidence.push("validated, never fitted".to_owned());
        }
        let shown: Vec<String> = candidate.scores.iter().take(3).map(describe).collect();
        if !shown.is_empty() && candidate.score & BEST == 0 {
            candidate.evidence.push(shown.join(", "));
        }
    }
}

fn describe(score: &Score) -> String {
    format!("{score} in cell {}", score.position)
}

/// Who is saved, and whose predictions are written.
fn written(cells: &[ParsedCell], graph: &Graph, candidates: &[Candidate]) -> Vec<(usize, u32, String)> {
    let mut found = Vec::new();
    let weights = weights(graph);
    for (index, facts) in graph.statements.iter().enumerate() {
        let place = describe_place(cells, facts.at);
        let mut saves_model = false;
        for call in facts.calls.iter().filter(|call| call.purpose == Some(Purpose::SaveModel)) {
            for (number, candidate) in candidates.iter().enumerate() {
                let checkpoint = call.method.is_none() && call.result.iter().any(|id| weights.contains_key(id));
                if (checkpoint || candidate.fit_statement <= index) && saves(call, candidate, &weights) {
                    saves_model = true;
                    let by = readable(call.function.as_deref().unwrap_or("a call"));
                    found.push((number, SAVED, format!("saved by `{by}` in {place}")));
                }
            }
        }
        // Pictures and code tell nothing.
        let telling =
            |path: Option<&str>| !super::sinks::is_picture(path) && path.is_none_or(|path| !path.ends_with(".py"));
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
    found
}

fn readable(function: &str) -> &str {
    let dots: Vec<usize> = function.match_indices('.').map(|(at, _)| at).collect();
    match dots.as_slice() {
        [.., before, _] if function.len() > 30 => &function[before + 1..],
        _ => function,
    }
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

/// Who is measured last, and who predicts last.
fn evaluated(
    cells: &[ParsedCell],
    graph: &Graph,
    candidates: &[Candidate],
    measures: &Measures<'_>,
    parts: &[BTreeSet<usize>],
) -> Vec<(usize, u32, String)> {
    let mut found = Vec::new();
    // A loop that tries settings measures all of them; that is no evaluation of the last one.
    let counts = |statement: usize, candidate: &usize| {
        let one = &candidates[*candidate];
        one.fit_statement <= statement && !(one.settings_tried && one.fit_statement == statement)
    };
    let last = |holds: &dyn Fn(usize) -> bool| {
        (0..graph.statements.len()).rev().filter(|statement| holds(*statement)).find_map(|statement| {
            // What is about several at once, a loop over all of them, tells nothing of its last one.
            let mut about = measures.about(statement, parts);
            if about.len() > 1 {
                about.retain(|candidate| touches(&graph.statements[statement], &candidates[*candidate]));
            }
            match about.as_slice() {
                [only] if counts(statement, only) => Some((statement, *only)),
                _ => None,
            }
        })
    };
    let measured = last(&|statement| measures.measures(statement) || measures.tells_own_score(statement));
    // Fitted once more under the same name, an earlier model's score is no longer the last word.
    let replaced = |(statement, candidate): &(usize, usize)| {
        let one = &candidates[*candidate];
        candidates.iter().any(|other| {
            let again = other.variable == one.variable && other.estimator == one.estimator && !other.settings_tried;
            again && other.first_fit > *statement && !draws_only(cells, graph, other) && !in_loop(cells, graph, other)
        })
    };
    let measured = measured.filter(|measured| !replaced(measured));
    if let Some((statement, candidate)) = measured {
        let place = describe_place(cells, graph.statements[statement].at);
        found.push((candidate, EVALUATED, format!("evaluated last, in {place}")));
    }
    let saves = |statement: usize| {
        graph.statements[statement].calls.iter().any(|call| call.purpose == Some(Purpose::SaveModel))
    };
    let fits = |statement: usize| candidates.iter().any(|candidate| candidate.fit_statement == statement);
    let uses = |statement: usize| {
        let shows = measures.shows(statement) && !saves(statement) && !fits(statement);
        graph.statements[statement].calls.iter().any(predicts) || shows
    };
    // What is fitted after the last use speaks against it.
    let last_fit =
        candidates.iter().filter(|candidate| !candidate.settings_tried && !draws_only(cells, graph, candidate));
    let last_fit = last_fit.map(|candidate| candidate.fit_statement).max().unwrap_or(0);
    let used = last(&uses).filter(|(statement, _)| *statement >= last_fit).or_else(|| {
        // Or it is the only one that ever predicts.
        let predicting: BTreeSet<usize> = (0..graph.statements.len())
            .filter(|statement| graph.statements[*statement].calls.iter().any(predicts))
            .flat_map(|statement| measures.about(statement, parts))
            .collect();
        let only = predicting.first().copied().filter(|_| predicting.len() == 1)?;
        last(&|statement| graph.statements[statement].calls.iter().any(predicts)).filter(|(_, one)| *one == only)
    });
    if let Some((statement, candidate)) = used {
        let place = describe_place(cells, graph.statements[statement].at);
        // Who is measured last is mostly used last: said once.
        let known = measured.is_some_and(|(_, other)| other == candidate);
        found.push((candidate, USED, if known { String::new() } else { format!("used last, in {place}") }));
    }
    found
}

/// Whether a statement itself has to do with a model, rather than with what it predicted.
fn touches(facts: &StatementFacts, candidate: &Candidate) -> bool {
    facts.calls.iter().any(|call| {
        let given = call.arguments.iter().flat_map(|(_, objects)| objects);
        call.receiver_objects.iter().chain(given).any(|object| candidate.objects.contains(object))
    })
}

/// Whether a model is fitted in a loop.
fn in_loop(cells: &[ParsedCell], graph: &Graph, candidate: &Candidate) -> bool {
    let at = graph.statements[candidate.fit_statement].at;
    let node = cells.get(at.cell).and_then(|cell| cell.statements.get(at.statement));
    matches!(node.map(|node| &node.kind), Some(StmtKind::For { .. } | StmtKind::While { .. }))
}

/// Whether a model is fitted by a call for a picture: `kmf.fit(T, E).plot()`, `plot_boundary(svm)`.
fn draws_only(cells: &[ParsedCell], graph: &Graph, candidate: &Candidate) -> bool {
    const DRAWS: [&str; 5] = ["plot", "draw", "show", "visual", "interact"];
    let at = graph.statements[candidate.fit_statement].at;
    let node = cells.get(at.cell).and_then(|cell| cell.statements.get(at.statement));
    let Some(StmtKind::Expr(Expr { kind: ExprKind::Call { function, .. }, .. })) = node.map(|node| &node.kind) else {
        return false;
    };
    let name = match &function.kind {
        ExprKind::Attribute { attribute, .. } => attribute,
        ExprKind::Name(name) => name,
        _ => return false,
    };
    DRAWS.iter().any(|word| name.to_lowercase().contains(word))
}

/// Who is fitted on the rows that were split before, after one of the same class was fitted on a part of them.
fn refitted(
    cells: &[ParsedCell],
    graph: &Graph,
    candidates: &[Candidate],
    measures: &Measures<'_>,
) -> Option<(usize, u32, String)> {
    let calls = || graph.statements.iter().flat_map(|facts| &facts.calls);
    let splits: Vec<&CallEvent> = calls().filter(|call| call.purpose == Some(Purpose::Split)).collect();
    let whole: BTreeSet<ObjectId> =
        splits.iter().flat_map(|call| &call.arguments).flat_map(|(_, objects)| objects).copied().collect();
    let part: BTreeSet<ObjectId> = splits
        .iter()
        .flat_map(|call| &call.result)
        .flat_map(|id| graph.objects[*id].held.iter().chain([id]))
        .filter(|id| !whole.contains(id))
        .copied()
        .collect();
    let index = (0..candidates.len()).rev().find(|index| {
        let data = measures.fitted_on(*index);
        !data.is_empty() && data.iter().any(|id| whole.contains(id)) && !data.iter().any(|id| part.contains(id))
    })?;
    let candidate = &candidates[index];
    let earlier = candidates.iter().enumerate().any(|(other, one)| {
        one.estimator == candidate.estimator
            && one.first_fit < candidate.fit_statement
            && measures.fitted_on(other).iter().any(|id| part.contains(id))
    });
    let place = describe_place(cells, candidate.fit);
    earlier.then(|| (index, REFITTED, format!("fitted again on all rows in {place}")))
}

/// Who has the best value of the metric that the notebook shows for most of its candidates.
fn best_score(scores: &[Vec<Score>], candidates: &[Candidate], parts: &[BTreeSet<usize>]) -> Vec<(usize, u32, String)> {
    let member = |index: usize| parts.iter().any(|of| of.contains(&index));
    let best = scores::best(scores, &|index| !candidates[index].settings_tried && !member(index));
    let found = best.into_iter().map(|(candidate, score)| {
        let word = if scores::more_is_better(score.metric) { "highest" } else { "lowest" };
        (candidate, BEST, format!("has the {word} {}", describe(&score)))
    });
    found.collect()
}
