//! What the production run exists for.

mod measured;
mod predicted;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::choice::{saves, weights};
use super::measure::Measures;
use super::{Candidate, Sink, SinkKind, results};
use crate::dataflow::{CallEvent, DependencyKind, Graph, StatementFacts};
use crate::knowledge::{Purpose, shorten};
use crate::syntax::ParsedCell;

/// The sinks, and why other statements that look like some are none; given the production model, and whether somebody has
/// marked anything as production.
pub(super) fn find(
    cells: &[ParsedCell],
    graph: &Graph,
    candidates: &[Candidate],
    model: Option<usize>,
    marked: bool,
) -> (Vec<Sink>, BTreeMap<usize, String>) {
    let search = Search::of(cells, graph, candidates, model);
    let mut sinks: Vec<Sink> = (0..graph.statements.len())
        .filter_map(|index| search.output(index).map(|kind| Sink { statement: index, kind }))
        .collect();
    if let Some(chosen) = search.chosen {
        sinks.push(Sink { statement: chosen.fit_statement, kind: SinkKind::Fit });
        let metrics = search.metrics();
        let written = sinks.iter().any(|sink| sink.kind != SinkKind::Fit && search.uses_chosen(sink.statement));
        if metrics.is_empty() && !written {
            sinks.extend(
                search.predictions().into_iter().map(|statement| Sink { statement, kind: SinkKind::Prediction }),
            );
        }
        sinks.extend(metrics.into_iter().map(|statement| Sink { statement, kind: SinkKind::Metric }));
    }
    sinks.sort_by_key(|sink| sink.statement);
    sinks.dedup_by_key(|sink| sink.statement);
    if sinks.is_empty() && !marked {
        sinks.extend(results::find(graph).into_iter().map(|statement| Sink { statement, kind: SinkKind::Result }));
    }
    let passed_over = search.passed_over(&sinks);
    (sinks, passed_over)
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

struct Search<'a> {
    graph: &'a Graph,
    candidates: &'a [Candidate],
    model: Option<usize>,
    chosen: Option<&'a Candidate>,
    measures: Measures<'a>,
    /// What the production model's fit needs.
    needed: BTreeSet<usize>,
    /// Statements whose values another one reads.
    read: BTreeSet<usize>,
    /// What has been found out about whom statements are about: it is asked often, and a slice is long.
    about_others: Vec<OnceCell<bool>>,
    /// Statements that use what was loaded again from a file that the notebook itself has saved.
    reloaded: BTreeSet<usize>,
}

impl<'a> Search<'a> {
    fn of(cells: &'a [ParsedCell], graph: &'a Graph, candidates: &'a [Candidate], model: Option<usize>) -> Self {
        let chosen = model.map(|index| &candidates[index]);
        let needed = chosen.map(|candidate| graph.slice([candidate.fit_statement])).unwrap_or_default();
        let measures = Measures::of(cells, graph, candidates);
        let read = graph.dependencies.iter().filter(|d| d.kind != DependencyKind::State).map(|d| d.from).collect();
        let about_others = vec![OnceCell::new(); graph.statements.len()];
        Self { graph, candidates, model, chosen, measures, needed, read, about_others, reloaded: reloaded(graph) }
    }

    fn uses_chosen(&self, index: usize) -> bool {
        self.model.is_some_and(|model| self.measures.uses.has(index, model))
    }

    /// Another candidate's work is none of production's, unless the production model is made of it.
    fn is_about_others(&self, index: usize) -> bool {
        *self.about_others[index].get_or_init(|| {
            let used = self.measures.uses.of_statement(index, self.candidates.len());
            let mut rivals = used
                .filter(|i| Some(*i) != self.model && !self.needed.contains(&self.candidates[*i].fit_statement))
                .peekable();
            if rivals.peek().is_none() {
                return false;
            }
            let slice = self.graph.slice([index]);
            rivals.any(|rival| slice.contains(&self.candidates[rival].fit_statement))
        })
    }

    /// What a statement leaves behind in a file.
    fn output(&self, index: usize) -> Option<SinkKind> {
        let facts = &self.graph.statements[index];
        if facts.calls.iter().any(|call| call.purpose == Some(Purpose::SaveModel)) {
            return self.saves_ours(facts).then_some(SinkKind::SavedModel);
        }
        (writes_file(facts) && (self.uses_chosen(index) || !self.is_about_others(index)))
            .then_some(SinkKind::WrittenFile)
    }

    /// Whether it saves the production model, or something that belongs to no other.
    fn saves_ours(&self, facts: &StatementFacts) -> bool {
        let weights = weights(self.graph);
        let of_another = |call: &CallEvent| {
            self.candidates.iter().enumerate().any(|(i, c)| {
                // One that the production model is made with is a part of it.
                Some(i) != self.model && !self.needed.contains(&c.fit_statement) && saves(call, c, &weights)
            })
        };
        // A checkpoint saves only what a fit gives it to watch.
        let checkpoint = |call: &CallEvent| {
            call.method.is_none()
                && call.function.as_deref().is_some_and(|name| shorten(name).starts_with(char::is_uppercase))
        };
        facts.calls.iter().filter(|call| call.purpose == Some(Purpose::SaveModel)).any(|call| {
            self.chosen.is_some_and(|candidate| saves(call, candidate, &weights))
                || (!checkpoint(call) && !of_another(call))
        })
    }
}

/// What depends on a model that was saved and is loaded again by the same path: a check that saving works.
fn reloaded(graph: &Graph) -> BTreeSet<usize> {
    let mut saved: BTreeSet<&str> = BTreeSet::new();
    let mut found = BTreeSet::new();
    for (index, facts) in graph.statements.iter().enumerate() {
        let loads = facts.calls.iter().any(|call| call.purpose == Some(Purpose::LoadModel));
        let path = |written: bool| {
            facts.files.iter().filter(move |file| file.written == written).filter_map(|file| file.path.as_deref())
        };
        if loads && path(false).any(|path| saved.contains(path)) {
            found.insert(index);
        }
        saved.extend(path(true));
        if graph
            .dependencies_of(index)
            .any(|d| d.needed && !d.mutation && found.contains(&d.from) && d.kind == DependencyKind::Data)
        {
            found.insert(index);
        }
    }
    found
}

/// Writes data (pictures are for the eye).
fn writes_file(facts: &StatementFacts) -> bool {
    let pictures = facts.files.iter().any(|file| file.written && is_picture(file.path.as_deref()));
    facts.calls.iter().any(|call| call.purpose == Some(Purpose::Save)) && !pictures
        || facts.files.iter().any(|file| {
            file.written
                && matches!(file.purpose, Some(Purpose::Save | Purpose::SaveModel))
                && !is_picture(file.path.as_deref())
        })
}

/// Whether a path is a picture's.
pub(super) fn is_picture(path: Option<&str>) -> bool {
    const ENDS: [&str; 7] = [".png", ".jpg", ".jpeg", ".svg", ".pdf", ".dot", ".eps"];
    path.is_some_and(|path| {
        let lower = path.to_lowercase();
        ENDS.iter().any(|end| lower.ends_with(end))
    })
}
