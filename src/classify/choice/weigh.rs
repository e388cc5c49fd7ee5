//! What speaks for each candidate.

use std::collections::BTreeSet;

use super::super::calls::name_of;
use super::super::measure::Measures;
use super::super::names::{Names, normalize};
use super::super::scores::{self, Score};
use super::super::{Candidate, prose};
use super::kinds::{BEST, DELIBERATE, FITTED, NAMED, PRAISED, REACHABLE, TUNED, WHOLE};
use super::last::{best_score, draws_only, evaluated, refitted};
use super::written::written;
use crate::dataflow::Graph;
use crate::knowledge::{Kind, Purpose, knowledge};
use crate::notebook::Notebook;
use crate::syntax::ParsedCell;

/// Weighs the evidence for all candidates.
pub(super) fn weigh(
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
    let only_drawn: Vec<bool> = candidates.iter().map(|candidate| draws_only(cells, graph, candidate)).collect();
    let wholes: Vec<bool> =
        candidates.iter().zip(&only_drawn).map(|(candidate, drawn)| !candidate.settings_tried && !drawn).collect();
    for (index, (candidate, scores)) in candidates.iter_mut().zip(scores).enumerate() {
        let telling = ["final", "best", "chosen", "production", "winner"];
        if normalize(&candidate.variable).iter().any(|word| telling.contains(&word.as_str())) {
            found.push((index, NAMED, format!("named `{}`", candidate.variable)));
        }
        if candidate.qualified.as_deref().and_then(|t| knowledge().kind(t)) == Some(Kind::Search)
            || candidate.estimator.contains("Search")
        {
            found.push((index, TUNED, "tuned by a search".to_owned()));
        }
        let member = parts.iter().zip(&wholes).any(|(of, whole)| *whole && of.contains(&index));
        let drawn =
            graph.statements[candidate.fit_statement].calls.iter().any(|call| call.purpose == Some(Purpose::Plot));
        let in_use = used_later[index] || name_of(graph, end, &candidate.objects).is_some();
        let reachable = in_use && !only_drawn[index];
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
        let shown: Vec<String> = candidate.scores.iter().take(3).map(Score::describe).collect();
        if !shown.is_empty() && candidate.score & BEST == 0 {
            candidate.evidence.push(shown.join(", "));
        }
    }
}
