//! Who is measured last, used last, fitted last on everything, and who has the best score.

use std::collections::BTreeSet;

use super::super::calls::predicts;
use super::super::evidence::describe_place;
use super::super::measure::Measures;
use super::super::scores::{self, Score};
use super::super::{Candidate, statement_at};
use super::kinds::{BEST, EVALUATED, REFITTED, USED};
use crate::dataflow::{CallEvent, Graph, ObjectId, StatementFacts};
use crate::knowledge::Purpose;
use crate::syntax::ParsedCell;
use crate::syntax::ast::{Expr, ExprKind, StmtKind};

/// Who is measured last, and who predicts last.
pub(super) fn evaluated(
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
            again && other.first_fit() > *statement && !draws_only(cells, graph, other) && !in_loop(cells, graph, other)
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
    let node = statement_at(cells, graph, candidate.fit_statement);
    matches!(node.map(|node| &node.kind), Some(StmtKind::For { .. } | StmtKind::While { .. }))
}

/// Whether a model is fitted by a call for a picture: `kmf.fit(T, E).plot()`, `plot_boundary(svm)`.
pub(super) fn draws_only(cells: &[ParsedCell], graph: &Graph, candidate: &Candidate) -> bool {
    const DRAWS: [&str; 5] = ["plot", "draw", "show", "visual", "interact"];
    let node = statement_at(cells, graph, candidate.fit_statement);
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
pub(super) fn refitted(
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
            && one.first_fit() < candidate.fit_statement
            && measures.fitted_on(other).iter().any(|id| part.contains(id))
    });
    let place = describe_place(cells, candidate.fit);
    earlier.then(|| (index, REFITTED, format!("fitted again on all rows in {place}")))
}

/// Who has the best value of the metric that the notebook shows for most of its candidates.
pub(super) fn best_score(
    scores: &[Vec<Score>],
    candidates: &[Candidate],
    parts: &[BTreeSet<usize>],
) -> Vec<(usize, u32, String)> {
    let member = |index: usize| parts.iter().any(|of| of.contains(&index));
    let best = scores::best(scores, &|index| !candidates[index].settings_tried && !member(index));
    let found = best.into_iter().map(|(candidate, score)| {
        let word = if scores::more_is_better(score.metric) { "highest" } else { "lowest" };
        (candidate, BEST, format!("has the {word} {}", score.describe()))
    });
    found.collect()
}
