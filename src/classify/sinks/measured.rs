//! What measures the production model, and what only looks like it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Sink, statement_at};
use super::Search;
use crate::dataflow::{CallEvent, DependencyKind, StatementFacts};
use crate::knowledge::{Kind, Purpose, knowledge};
use crate::syntax::ast::{ExprKind, StmtKind};

impl Search<'_> {
    /// The statements that measure the production model for somebody to see. What it knows of its own training data
    /// counts only where nothing else is measured.
    pub(super) fn metrics(&self) -> Vec<usize> {
        let Some(chosen) = self.chosen else { return Vec::new() };
        let after = self.metrics_since(chosen.fit_statement);
        // Measured on held-out rows, then fitted once more on all of them.
        if after.is_empty() { self.metrics_since(chosen.first_fit()) } else { after }
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
    pub(super) fn passed_over(&self, sinks: &[Sink]) -> BTreeMap<usize, String> {
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
    /// list, in a loop; also what was computed from it: `errors = 1 - acc`.
    fn measured_in(&self, index: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut waiting = vec![index];
        let mut seen = BTreeSet::new();
        while let Some(next) = waiting.pop() {
            for dependency in self.graph.dependencies_of(next).filter(|d| d.kind == DependencyKind::Data) {
                let from = &self.graph.statements[dependency.from];
                let value = from.binds.contains_key(&dependency.name) || dependency.mutation;
                if !value || is_data(from, &dependency.name) || !seen.insert(dependency.from) {
                    continue;
                }
                if self.measures.measures(dependency.from) {
                    found.push(dependency.from);
                } else if from.calls.is_empty() && self.computes_from(dependency.from) {
                    waiting.push(dependency.from);
                }
            }
        }
        found
    }

    /// Whether a statement takes a part of a value, or calculates: `hits = confusion[1, 1]`, `wrong = 1 - right`. What is
    /// looked up by a measured value, a name by the place of the best score, is no measure.
    fn computes_from(&self, index: usize) -> bool {
        match statement_at(self.cells, self.graph, index).map(|node| &node.kind) {
            Some(StmtKind::Assign { value, .. }) => match &value.kind {
                ExprKind::Subscript { .. } | ExprKind::Binary { .. } | ExprKind::Unary { .. } => {
                    let mut by_place = false;
                    value.walk(&mut |part| {
                        let ExprKind::Subscript { index, .. } = &part.kind else { return };
                        by_place |= matches!(index.kind, ExprKind::Name(_));
                    });
                    !by_place
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// A value that is measured for a picture or a table: `cm = confusion_matrix(…)`, then a heat map.
    fn is_drawn_metric(&self, index: usize) -> bool {
        let facts = &self.graph.statements[index];
        let curve = |call: &CallEvent| call.function.as_deref().is_some_and(|name| name.ends_with("_curve"));
        let metric = facts.calls.iter().any(|call| call.purpose == Some(Purpose::Metric) && !curve(call));
        metric && !facts.binds.is_empty() && !self.is_for_a_picture(index) && self.read.contains(&index)
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
}

fn is_data(facts: &StatementFacts, name: &str) -> bool {
    facts.types.get(name).is_some_and(|t| {
        matches!(t.as_str(), "pandas.DataFrame" | "pandas.Series") || knowledge().kind(t).is_some_and(Kind::predicts)
    })
}
