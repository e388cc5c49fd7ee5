//! The models that a notebook fits.

mod by_hand;
mod fits;
mod labels;
mod reloads;
mod sweeps;
mod validated;

use std::collections::BTreeMap;

use super::Candidate;
use super::calls::name_of;
use crate::dataflow::{Graph, ObjectId, StatementFacts};
use crate::knowledge::shorten;
use crate::syntax::ParsedCell;

/// All models that are fitted, in order of their (last) fit.
pub(super) fn find(cells: &[ParsedCell], graph: &Graph) -> Vec<Candidate> {
    let mut found = Found::default();
    for (index, facts) in graph.statements.iter().enumerate() {
        for call in &facts.calls {
            for candidate in fits::fitted(graph, index, facts, call) {
                found.add(candidate);
            }
        }
        for candidate in by_hand::trained(graph, index, facts) {
            found.add(candidate);
        }
    }
    // What is only validated is a candidate where nothing else of it is.
    for candidate in validated::find(graph, &found.candidates) {
        found.add(candidate);
    }
    if found.candidates.is_empty() {
        for (index, facts) in graph.statements.iter().enumerate() {
            for candidate in facts.calls.iter().flat_map(|call| fits::finds_topics(graph, index, facts, call)) {
                found.add(candidate);
            }
        }
    }
    let mut candidates = found.candidates;
    reloads::add(graph, &mut candidates);
    candidates.sort_by_key(|candidate| candidate.fit_statement);
    sweeps::mark(cells, graph, &mut candidates);
    labels::give(cells, graph, &mut candidates);
    candidates
}

#[derive(Default)]
struct Found {
    candidates: Vec<Candidate>,
    /// Which candidate an object belongs to.
    of_object: BTreeMap<ObjectId, usize>,
}

impl Found {
    /// Fitted again, a model stays one candidate.
    fn add(&mut self, candidate: Candidate) {
        let same = candidate.objects.iter().find_map(|object| self.of_object.get(object).copied()).or_else(|| {
            // A loop makes one object for each time that the analysis goes round it.
            let in_loop = |known: &Candidate| {
                known.fit_statement == candidate.fit_statement
                    && known.variable == candidate.variable
                    && known.estimator == candidate.estimator
            };
            self.candidates.iter().position(in_loop)
        });
        let index = same.unwrap_or(self.candidates.len());
        self.of_object.extend(candidate.objects.iter().map(|object| (*object, index)));
        let Some(known) = same.map(|index| &mut self.candidates[index]) else {
            self.candidates.push(candidate);
            return;
        };
        known.fit = candidate.fit;
        known.fit_statement = candidate.fit_statement;
        known.fits.extend(candidate.fits);
        known.objects.extend(candidate.objects);
        known.objects.sort_unstable();
        known.objects.dedup();
        if candidate.variable != "?" {
            known.variable = candidate.variable;
        }
    }
}

fn make(
    graph: &Graph,
    index: usize,
    facts: &StatementFacts,
    type_name: Option<String>,
    objects: Vec<ObjectId>,
    text: Option<String>,
) -> Candidate {
    let shown = type_name.map(|t| clean_type(&t));
    let variable = text
        .or_else(|| name_of(graph, index, &objects))
        .or_else(|| facts.binds.keys().next().cloned())
        .unwrap_or_else(|| "?".to_owned());
    Candidate {
        variable,
        estimator: shown.as_deref().map_or_else(|| "?".to_owned(), |t| shorten(t).to_owned()),
        qualified: shown.filter(|t| t.contains('.')),
        label: None,
        fit: facts.at,
        fit_statement: index,
        fits: vec![index],
        objects,
        settings_tried: false,
        validated_only: false,
        scores: Vec::new(),
        evidence: Vec::new(),
        score: 0,
    }
}

/// A class as people name it: without what the analysis adds for the notebook's own.
fn clean_type(type_name: &str) -> String {
    let own = type_name.strip_prefix("notebook:").unwrap_or(type_name);
    own.split('<').next().unwrap_or(own).to_owned()
}

/// `model`, `models["rf"]`, `self.model`: text that can be evaluated again without running anything.
fn is_place(text: &str) -> bool {
    !text.is_empty() && text.len() < 60 && !text.contains(['(', '\n', '='])
}
