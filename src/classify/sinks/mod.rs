//! What the production run exists for.

mod measured;
mod predicted;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::calls::{Weights, is_picture, saves, weights};
use super::measure::Measures;
use super::{Candidate, Sink, SinkKind, results};
use crate::dataflow::{CallEvent, DependencyKind, Graph, ObjectId, StatementFacts};
use crate::knowledge::{Purpose, shorten};
use crate::syntax::{ParsedCell, Trust};

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
    let broken = broken(cells, graph, &sinks);
    if sinks.is_empty() && !marked {
        sinks.extend(results::find(graph).into_iter().map(|statement| Sink { statement, kind: SinkKind::Result }));
    }
    sinks.retain(|sink| !broken.contains_key(&sink.statement));
    let mut passed_over = search.passed_over(&sinks);
    passed_over.extend(broken);
    (sinks, passed_over)
}

/// The sinks that can't be computed, for they read names which nothing defines: what is left of cells that were deleted.
/// None if that is all that there is.
fn broken(cells: &[ParsedCell], graph: &Graph, sinks: &[Sink]) -> BTreeMap<usize, String> {
    let missing: BTreeMap<usize, &str> =
        graph.undefined.iter().rev().map(|read| (read.statement, read.name.as_str())).collect();
    let mut found = BTreeMap::new();
    // Cells that can't be read, and scripts, may define anything.
    let anything = |cell: &ParsedCell| cell.trust != Trust::Whole || cell.source.python.contains("globals()");
    let unseen = cells.iter().any(anything) || graph.statements.iter().any(|facts| !facts.opaque.is_empty());
    if missing.is_empty() || unseen {
        return found;
    }
    for sink in sinks.iter().filter(|sink| !matches!(sink.kind, SinkKind::Fit | SinkKind::Mark)) {
        if let Some(name) = missing.get(&sink.statement) {
            found.insert(sink.statement, format!("can't be computed: nothing defines `{name}`"));
        }
    }
    if found.len() < sinks.len() { found } else { BTreeMap::new() }
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
    cells: &'a [ParsedCell],
    graph: &'a Graph,
    weights: Weights,
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
        Self {
            cells,
            graph,
            weights: weights(graph),
            candidates,
            model,
            chosen,
            measures,
            needed,
            read,
            about_others,
            reloaded: reloaded(graph, candidates),
        }
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
        let weights = &self.weights;
        let of_another = |call: &CallEvent| {
            self.candidates.iter().enumerate().any(|(i, c)| {
                // One that the production model is made with is a part of it.
                Some(i) != self.model && !self.needed.contains(&c.fit_statement) && saves(call, c, weights)
            })
        };
        // A checkpoint saves only what a fit gives it to watch.
        let checkpoint = |call: &CallEvent| {
            call.method.is_none()
                && call.function.as_deref().is_some_and(|name| shorten(name).starts_with(char::is_uppercase))
        };
        facts.calls.iter().filter(|call| call.purpose == Some(Purpose::SaveModel)).any(|call| {
            self.chosen.is_some_and(|candidate| saves(call, candidate, weights))
                || (!checkpoint(call) && !of_another(call))
        })
    }
}

/// What depends on a model that was saved and is loaded again by the same path, to see that saving works: with data that
/// the model has had before.
fn reloaded(graph: &Graph, candidates: &[Candidate]) -> BTreeSet<usize> {
    let mut saved: BTreeSet<&str> = BTreeSet::new();
    let mut loaded: BTreeSet<ObjectId> = BTreeSet::new();
    let mut known: BTreeSet<ObjectId> = BTreeSet::new();
    let mut found = BTreeSet::new();
    for (index, facts) in graph.statements.iter().enumerate() {
        let loads = facts.calls.iter().filter(|call| call.purpose == Some(Purpose::LoadModel));
        let path = |written: bool| {
            facts.files.iter().filter(move |file| file.written == written).filter_map(|file| file.path.as_deref())
        };
        if path(false).any(|path| saved.contains(path)) {
            let before = loaded.len();
            loaded.extend(loads.flat_map(|call| &call.result));
            if loaded.len() > before {
                found.insert(index);
            }
        }
        saved.extend(path(true));
        let given = |call: &CallEvent| -> Vec<ObjectId> {
            call.arguments.iter().flat_map(|(_, objects)| objects).copied().filter(|id| !loaded.contains(id)).collect()
        };
        let fresh = facts.calls.iter().any(|call| {
            let data = given(call);
            call.receiver_objects.iter().any(|id| loaded.contains(id))
                && !data.is_empty()
                && !data.iter().any(|id| known.contains(id))
        });
        let depends = || {
            let mut data = graph.dependencies_of(index).filter(|d| d.needed && !d.mutation);
            data.any(|d| found.contains(&d.from) && d.kind == DependencyKind::Data)
        };
        if !fresh && depends() {
            found.insert(index);
        }
        for call in facts.calls.iter().filter(|call| {
            let own = |id: &ObjectId| candidates.iter().any(|c| c.objects.contains(id)) && !loaded.contains(id);
            call.receiver_objects.iter().any(own) || call.purpose == Some(Purpose::Metric)
        }) {
            known.extend(given(call));
        }
        // What was held out from the data that it was fitted on is nothing new either.
        for id in facts.calls.iter().filter(|call| call.purpose == Some(Purpose::Split)).flat_map(|call| &call.result) {
            known.extend(graph.objects[*id].held.iter().chain([id]));
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
