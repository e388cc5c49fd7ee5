//! What the production run exists for.

use std::collections::{BTreeMap, BTreeSet};

use super::choice::{saves, weights};
use super::measure::{Measures, predicts};
use super::{Candidate, Sink, SinkKind, results};
use crate::dataflow::{CallEvent, Graph, StatementFacts};
use crate::knowledge::{Kind, Purpose, knowledge, shorten};
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
    /// Statements that use what was loaded again from a file that the notebook itself has saved.
    reloaded: BTreeSet<usize>,
}

impl<'a> Search<'a> {
    fn of(cells: &'a [ParsedCell], graph: &'a Graph, candidates: &'a [Candidate], model: Option<usize>) -> Self {
        let chosen = model.map(|index| &candidates[index]);
        let needed = chosen.map(|candidate| graph.slice([candidate.fit_statement])).unwrap_or_default();
        let measures = Measures::of(cells, graph, candidates);
        Self { graph, candidates, model, chosen, measures, needed, reloaded: reloaded(graph) }
    }

    fn uses_chosen(&self, index: usize) -> bool {
        self.model.is_some_and(|model| self.measures.uses.has(index, model))
    }

    /// Another candidate's work is none of production's, unless the production model is made of it.
    fn is_about_others(&self, index: usize) -> bool {
        let rival = |(i, other): &(usize, &Candidate)| {
            Some(*i) != self.model
                && !self.needed.contains(&other.fit_statement)
                && self.measures.uses.has(index, *i)
                && self.graph.slice([index]).contains(&other.fit_statement)
        };
        self.candidates.iter().enumerate().any(|one| rival(&one))
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

    /// The statements that measure the production model for somebody to see. What it knows of its own training data
    /// counts only where nothing else is measured.
    fn metrics(&self) -> Vec<usize> {
        let Some(chosen) = self.chosen else { return Vec::new() };
        let after = self.metrics_since(chosen.fit_statement);
        // Measured on held-out rows, then fitted once more on all of them.
        if after.is_empty() { self.metrics_since(chosen.first_fit) } else { after }
    }

    fn metrics_since(&self, fit: usize) -> Vec<usize> {
        let Some(model) = self.model else { return Vec::new() };
        let after = fit + 1..self.graph.statements.len();
        let ours =
            |index: &usize| self.uses_chosen(*index) && !self.is_about_others(*index) && !self.reloaded.contains(index);
        let found: Vec<usize> =
            after.filter(|index| self.is_shown_metric(*index) || self.is_drawn_metric(*index)).filter(ours).collect();
        let held_out: Vec<usize> =
            found.iter().copied().filter(|index| !self.is_about_training(*index, model)).collect();
        // Validation alone holds nothing out of the data that the model itself was fitted on.
        let validates = |index: &usize| {
            self.graph.statements[*index].calls.iter().any(|call| call.purpose == Some(Purpose::Validate))
        };
        let found = if held_out.iter().all(validates) { found } else { held_out };
        let settled: Vec<usize> = found.iter().copied().filter(|index| !self.measures.tries_settings(*index)).collect();
        if !settled.is_empty() {
            return settled;
        }
        if found.is_empty() { self.own_scores() } else { found }
    }

    /// Whether what a statement measures, or shows of what was measured before, is about training data.
    fn is_about_training(&self, index: usize, model: usize) -> bool {
        self.measures.on_training_data(index, model)
            || self.measured_in(index).iter().any(|from| self.measures.on_training_data(*from, model))
    }

    /// Why statements that look like results are none.
    fn passed_over(&self, sinks: &[Sink]) -> BTreeMap<usize, String> {
        let mut found = BTreeMap::new();
        let is_sink = |index: usize| sinks.iter().any(|sink| sink.statement == index);
        for (index, facts) in self.graph.statements.iter().enumerate().filter(|(index, _)| !is_sink(*index)) {
            let loads = facts.calls.iter().any(|call| call.purpose == Some(Purpose::LoadModel));
            let metric = || self.is_shown_metric(index) || self.is_drawn_metric(index);
            let why = if self.reloaded.contains(&index) {
                if loads { "loads what the notebook itself has saved" } else { "uses what was saved and loaded again" }
            } else if !self.uses_chosen(index) || self.is_about_others(index) || !metric() {
                continue;
            } else if self.model.is_some_and(|model| self.is_about_training(index, model)) {
                "measures on training data, where held-out data are measured, too"
            } else if self.measures.tries_settings(index) {
                "tries settings of the production model"
            } else {
                continue;
            };
            found.insert(index, why.to_owned());
        }
        found
    }

    /// Prints or displays a measured value, rather than drawing it.
    fn is_shown_metric(&self, index: usize) -> bool {
        if !self.measures.may_show(index) {
            return false;
        }
        let validates = self.graph.statements[index].calls.iter().any(|call| call.purpose == Some(Purpose::Validate));
        // Validation beside the fit tells how good the model is; elsewhere it compares.
        let beside = self.chosen.is_some_and(|chosen| chosen.fit.cell == self.graph.statements[index].at.cell);
        self.measures.measures(index) || (validates && beside) || !self.measured_in(index).is_empty()
    }

    /// Where the values that a statement reads were measured: `acc = accuracy_score(…)`, then `print(acc)`; also into a
    /// list, in a loop.
    fn measured_in(&self, index: usize) -> Vec<usize> {
        self.graph
            .dependencies_of(index)
            .filter(|d| {
                let from = &self.graph.statements[d.from];
                self.measures.measures(d.from)
                    && (from.binds.contains_key(&d.name) || d.mutation)
                    && !is_data(from, &d.name)
            })
            .map(|d| d.from)
            .collect()
    }

    /// A value that is measured for a picture or a table: `cm = confusion_matrix(…)`, then a heat map.
    fn is_drawn_metric(&self, index: usize) -> bool {
        let facts = &self.graph.statements[index];
        let curve = |call: &CallEvent| call.function.as_deref().is_some_and(|name| name.ends_with("_curve"));
        let metric = facts.calls.iter().any(|call| call.purpose == Some(Purpose::Metric) && !curve(call));
        metric
            && !facts.binds.is_empty()
            && !self.is_for_a_picture(index)
            && self
                .graph
                .dependencies
                .iter()
                .any(|d| d.from == index && d.kind != crate::dataflow::DependencyKind::State)
    }

    /// What the model says of itself.
    fn own_scores(&self) -> Vec<usize> {
        (0..self.graph.statements.len())
            .filter(|index| {
                // Also of the search that found its settings.
                let part = || {
                    let used = self.measures.uses.of_statement(*index, self.candidates.len());
                    used.into_iter().any(|one| self.needed.contains(&self.candidates[one].fit_statement))
                };
                self.measures.tells_own_score(*index)
                    && (self.uses_chosen(*index) || part())
                    && !self.is_about_others(*index)
            })
            .collect()
    }

    /// What the model predicts, where nothing measures it and nothing is written.
    fn predictions(&self) -> Vec<usize> {
        let (Some(model), Some(chosen)) = (self.model, self.chosen) else { return Vec::new() };
        let predicting: Vec<usize> = (chosen.fit_statement + 1..self.graph.statements.len())
            .filter(|index| {
                let facts = &self.graph.statements[*index];
                let ours = |call: &CallEvent| {
                    predicts(call) && call.receiver_objects.iter().any(|object| chosen.objects.contains(object))
                };
                let plots = facts
                    .calls
                    .iter()
                    .any(|call| call.purpose == Some(Purpose::Plot) || call.method.as_deref() == Some("plot"));
                facts.calls.iter().any(ours)
                    && !plots
                    && !self.reloaded.contains(index)
                    && !self.is_about_others(*index)
                    && (self.measures.shows(*index) || !self.is_for_a_picture(*index))
            })
            .collect();
        if predicting.is_empty() {
            return self.shown_last();
        }
        let shown = (chosen.fit_statement + 1..self.graph.statements.len()).filter(|index| {
            self.measures.shows(*index)
                && self.measures.uses.has(*index, model)
                && !self.is_about_others(*index)
                && self.graph.dependencies_of(*index).any(|d| {
                    predicting.contains(&d.from) || self.graph.slice([d.from]).iter().any(|n| predicting.contains(n))
                })
        });
        let mut found: Vec<usize> = predicting.iter().copied().chain(shown).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// What the last cell shows of a model that never predicts: a summary, what a sampler found.
    fn shown_last(&self) -> Vec<usize> {
        let Some(chosen) = self.chosen else { return Vec::new() };
        let summary = |call: &CallEvent| call.method.as_deref().is_some_and(|method| method.contains("summary"));
        let look = |call: &CallEvent| matches!(call.purpose, Some(Purpose::Inspect | Purpose::Plot)) && !summary(call);
        let looks = |index: usize| {
            let facts = &self.graph.statements[index];
            self.measures.text(index).contains(".shape") || facts.calls.iter().any(look)
        };
        let shown: Vec<usize> = (chosen.fit_statement + 1..self.graph.statements.len())
            .filter(|index| self.measures.may_show(*index) && !looks(*index))
            .filter(|index| self.uses_chosen(*index) && !self.is_about_others(*index) && !self.reloaded.contains(index))
            .collect();
        let last = shown.last().map(|index| self.graph.statements[*index].at.cell);
        shown.into_iter().filter(|index| Some(self.graph.statements[*index].at.cell) == last).collect()
    }

    /// Predictions for a grid of points that nobody measured are there to be drawn.
    fn is_for_a_picture(&self, index: usize) -> bool {
        const GRIDS: [&str; 6] = ["meshgrid", "linspace", "mgrid", "arange", "ogrid", "logspace"];
        let needed = self.chosen.map(|chosen| chosen.fit_statement);
        self.graph
            .slice([index])
            .into_iter()
            .filter(|i| needed.is_none_or(|fit| *i > fit) || !self.needed.contains(i))
            .any(|i| {
                self.graph.statements[i].calls.iter().any(|call| {
                    call.span.is_some()
                        && call.function.as_deref().is_some_and(|name| GRIDS.iter().any(|grid| name.ends_with(grid)))
                })
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
        if graph.dependencies_of(index).any(|d| {
            d.needed && !d.mutation && found.contains(&d.from) && d.kind == crate::dataflow::DependencyKind::Data
        }) {
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

fn is_data(facts: &StatementFacts, name: &str) -> bool {
    facts.types.get(name).is_some_and(|t| {
        matches!(t.as_str(), "pandas.DataFrame" | "pandas.Series") || knowledge().kind(t).is_some_and(Kind::predicts)
    })
}
