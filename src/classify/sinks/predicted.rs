//! What the production model predicts, where nothing measures it and nothing is written.

use super::super::calls::predicts;
use super::Search;
use crate::dataflow::CallEvent;
use crate::knowledge::Purpose;

impl Search<'_> {
    /// What the model predicts, where nothing measures it and nothing is written.
    pub(super) fn predictions(&self) -> Vec<usize> {
        let (Some(model), Some(chosen)) = (self.model, self.chosen) else { return Vec::new() };
        let predicting: Vec<usize> = (chosen.fit_statement + 1..self.graph.statements.len())
            .filter(|index| {
                let facts = &self.graph.statements[*index];
                let ours = |call: &CallEvent| {
                    predicts(call) && call.receiver_objects.iter().any(|object| chosen.objects.contains(object))
                };
                let plots = facts.calls.iter().any(|call| call.purpose == Some(Purpose::Plot) || plots(call));
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
        let look = |call: &CallEvent| {
            (matches!(call.purpose, Some(Purpose::Inspect | Purpose::Plot)) || plots(call)) && !summary(call)
        };
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
    pub(super) fn is_for_a_picture(&self, index: usize) -> bool {
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

/// Draws, by its name: `results.plot_diagnostics()`, `shap.plots.bar(…)`.
fn plots(call: &CallEvent) -> bool {
    call.method.as_deref().is_some_and(|method| method.contains("plot"))
        || call
            .function
            .as_deref()
            .is_some_and(|name| name.split('.').any(|part| part == "plots" || part.starts_with("plot_")))
}
