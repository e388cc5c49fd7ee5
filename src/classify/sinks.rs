//! What the production run exists for.

use super::candidates::name_of;
use super::model::{Uses, is_measure, saves, weights};
use super::{Candidate, Sink, SinkKind};
use crate::dataflow::{Graph, StatementFacts};
use crate::knowledge::{Purpose, knowledge};

/// The sinks, given the production model.
pub(super) fn find(graph: &Graph, candidates: &[Candidate], model: Option<usize>) -> Vec<Sink> {
    let mut sinks = Vec::new();
    let weights = weights(graph);
    let chosen = model.map(|index| &candidates[index]);
    let uses = Uses::of(graph, candidates);
    let needed = chosen.map(|candidate| graph.slice([candidate.fit_statement]));
    for (index, facts) in graph.statements.iter().enumerate() {
        // Another candidate's work is none of production's, unless the production model is made of it.
        let others = || {
            candidates.iter().enumerate().any(|(i, other)| {
                Some(i) != model
                    && needed.as_ref().is_none_or(|needed| !needed.contains(&other.fit_statement))
                    && uses.has(index, i)
                    && graph.slice([index]).contains(&other.fit_statement)
            })
        };
        let uses_chosen = || model.is_some_and(|model| uses.has(index, model));
        if writes_model(facts) {
            let other_models = |call: &crate::dataflow::CallEvent| {
                candidates.iter().enumerate().any(|(i, c)| {
                    // One that the production model is made with is a part of it.
                    let part = needed.as_ref().is_some_and(|needed| needed.contains(&c.fit_statement));
                    Some(i) != model && !part && saves(call, c, &weights)
                })
            };
            let ours =
                facts.calls.iter().filter(|c| c.purpose == Some(Purpose::SaveModel)).any(|call| {
                    chosen.is_some_and(|candidate| saves(call, candidate, &weights)) || !other_models(call)
                });
            if ours {
                sinks.push(Sink { statement: index, kind: SinkKind::SavedModel });
            }
        } else if writes_file(facts) && (uses_chosen() || !others()) {
            sinks.push(Sink { statement: index, kind: SinkKind::WrittenFile });
        } else if let Some(candidate) = chosen {
            if index == candidate.fit_statement {
                sinks.push(Sink { statement: index, kind: SinkKind::Fit });
            } else if index > candidate.fit_statement && is_reported_metric(graph, index) && uses_chosen() && !others()
            {
                sinks.push(Sink { statement: index, kind: SinkKind::Metric });
            }
        }
    }
    if sinks.is_empty() {
        sinks.extend(last_result(graph).map(|statement| Sink { statement, kind: SinkKind::Result }));
    }
    sinks
}

/// What a slice starts from: the sinks and, where a table itself is the result, everything that made it what it is.
pub(super) fn roots(graph: &Graph, sinks: &[Sink]) -> Vec<usize> {
    let mut roots: Vec<usize> = sinks.iter().map(|sink| sink.statement).collect();
    for sink in sinks.iter().filter(|sink| sink.kind == SinkKind::Result) {
        let objects = graph.statements[sink.statement].objects.values().flatten();
        roots.extend(objects.flat_map(|id| &graph.objects[*id].mutated).filter(|index| **index <= sink.statement));
    }
    roots
}

fn writes_model(facts: &StatementFacts) -> bool {
    facts.calls.iter().any(|call| call.purpose == Some(Purpose::SaveModel))
}

/// Writes data (pictures are for the eye).
fn writes_file(facts: &StatementFacts) -> bool {
    facts.calls.iter().any(|call| call.purpose == Some(Purpose::Save))
        || facts.files.iter().any(|file| {
            file.written
                && matches!(file.purpose, Some(Purpose::Save | Purpose::SaveModel))
                && !is_picture(file.path.as_deref())
        })
}

fn is_picture(path: Option<&str>) -> bool {
    path.is_some_and(|path| {
        let lower = path.to_lowercase();
        [".png", ".jpg", ".jpeg", ".svg", ".pdf", ".gif"].iter().any(|end| lower.ends_with(end))
    })
}

/// Prints or displays a measured value, rather than drawing it.
fn is_reported_metric(graph: &Graph, index: usize) -> bool {
    let facts = &graph.statements[index];
    let has = |purpose: Purpose| facts.calls.iter().any(|call| call.purpose == Some(purpose));
    let shown = facts.displayed || has(Purpose::Display) || has(Purpose::Log);
    if has(Purpose::Plot) || !shown {
        return false;
    }
    is_measure(facts)
        || graph.dependencies_of(index).any(|d| {
            // The value was bound before: `acc = accuracy_score(…)`, then `print(acc)`.
            let from = &graph.statements[d.from];
            !d.mutation && is_measure(from) && from.binds.contains_key(&d.name) && !is_data(from, &d.name)
        })
}

fn is_data(facts: &StatementFacts, name: &str) -> bool {
    facts.types.get(name).is_some_and(|t| {
        matches!(t.as_str(), "pandas.DataFrame" | "pandas.Series")
            || knowledge().kind(t).is_some_and(crate::knowledge::Kind::predicts)
    })
}

/// Without a model and without files: the last table that the notebook makes.
fn last_result(graph: &Graph) -> Option<usize> {
    let is_table = |facts: &StatementFacts| {
        facts.types.iter().any(|(name, t)| facts.binds.contains_key(name) && t.starts_with("pandas."))
    };
    let last = graph.statements.iter().rposition(is_table)?;
    // What changes that table afterwards belongs to it.
    let objects: Vec<usize> = graph.statements[last].objects.values().flatten().copied().collect();
    let name = name_of(graph, last, &objects)?;
    let after = graph.statements.iter().rposition(|facts| facts.mutates.contains(&name));
    Some(after.filter(|index| *index > last).unwrap_or(last))
}
