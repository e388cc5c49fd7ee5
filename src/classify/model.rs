//! Choosing the production model among the candidates.

use std::collections::{BTreeMap, BTreeSet};

use super::candidates::name_of;
use super::evidence::describe_place;
use super::{Candidate, Choice, Confidence, Decision, Model};
use crate::dataflow::{CallEvent, Definition, DependencyKind, Graph, ObjectId, StatementFacts};
use crate::knowledge::Purpose;
use crate::notebook::{CellKind, Notebook};
use crate::syntax::ParsedCell;

/// What each kind of evidence weighs. Only the order matters: saved, submitted, named, evaluated last, tuned.
const SAVED: u32 = 1000;
const SUBMITTED: u32 = 600;
const NAMED: u32 = 200;
const PRAISED: u32 = 120;
const EVALUATED: u32 = 40;
const TUNED: u32 = 20;

/// Weighs the evidence and chooses.
pub(super) fn choose(
    notebook: &Notebook,
    cells: &[ParsedCell],
    graph: &Graph,
    candidates: &mut [Candidate],
    choice: &Choice,
) -> Option<Model> {
    weigh(notebook, cells, graph, candidates);
    let best = candidates.iter().map(|candidate| candidate.score).max()?;
    if let Some(wanted) = &choice.model {
        let matches =
            |c: &Candidate| c.variable == *wanted || c.estimator == *wanted || c.qualified.as_ref() == Some(wanted);
        if let Some(index) = candidates.iter().rposition(matches) {
            let mut evidence = vec![format!("`{wanted}` was asked for")];
            evidence.extend(candidates[index].evidence.iter().cloned());
            return Some(Model {
                candidate: index,
                decision: Decision::Chosen,
                confidence: Confidence::High,
                evidence,
            });
        }
    }
    // Among equals the last one.
    let index = candidates.iter().rposition(|candidate| candidate.score == best)?;
    let rivals = candidates.iter().filter(|c| c.score == best).count();
    let strong = best >= PRAISED;
    let second = candidates.iter().enumerate().filter(|(i, _)| *i != index).map(|(_, c)| c.score).max();
    let also_strong = second.is_some_and(|score| best >= SAVED && score >= SAVED || best < SAVED && score >= SUBMITTED);
    let (decision, confidence) = if candidates.len() == 1 {
        (Decision::Evident, if strong { Confidence::High } else { Confidence::Medium })
    } else if strong && !also_strong && rivals == 1 {
        (Decision::Evident, if best >= SUBMITTED { Confidence::High } else { Confidence::Medium })
    } else {
        (Decision::Open, Confidence::Low)
    };
    let mut evidence = candidates[index].evidence.clone();
    if candidates.len() == 1 {
        evidence.push("the only model that is fitted".to_owned());
    } else if decision == Decision::Open {
        evidence.push(format!("the best guess among {} models", candidates.len()));
    }
    Some(Model { candidate: index, decision, confidence, evidence })
}

fn weigh(notebook: &Notebook, cells: &[ParsedCell], graph: &Graph, candidates: &mut [Candidate]) {
    let weights = weights(graph);
    for (index, facts) in graph.statements.iter().enumerate() {
        let place = describe_place(cells, facts.at);
        for call in &facts.calls {
            if call.purpose == Some(Purpose::SaveModel) {
                for candidate in
                    candidates.iter_mut().filter(|c| saves(call, c, &weights) && c.fit_statement < index + 1)
                {
                    let by = call.function.as_deref().unwrap_or("a call");
                    say(candidate, SAVED, format!("saved by `{}` in {place}", readable(by)));
                }
            }
        }
        let writes = facts.files.iter().find(|file| file.written && file.purpose != Some(Purpose::Plot));
        let saves_model = facts.calls.iter().any(|call| call.purpose == Some(Purpose::SaveModel));
        if let Some(file) = writes.filter(|_| !saves_model) {
            let ancestors = graph.slice([index]);
            let to = file.path.as_deref().map_or_else(|| "a file".to_owned(), |path| format!("`{path}`"));
            let fitted: Vec<usize> =
                (0..candidates.len()).filter(|i| ancestors.contains(&candidates[*i].fit_statement)).collect();
            if let Some(index) = last_predictor(graph, candidates, &ancestors) {
                say(&mut candidates[index], SUBMITTED, format!("its predictions are written to {to} in {place}"));
            } else if let [only] = fitted.as_slice() {
                say(&mut candidates[*only], SUBMITTED, format!("what it learned is written to {to} in {place}"));
            }
        }
    }
    let prose = prose(notebook);
    let uses = Uses::of(graph, candidates);
    let measures: Vec<usize> =
        (0..graph.statements.len()).filter(|index| is_measure(&graph.statements[*index])).collect();
    let mut last_evaluated = None;
    let end = graph.statements.len().saturating_sub(1);
    for (index, candidate) in candidates.iter_mut().enumerate() {
        // A model that nothing can reach after its fit was there for a look: among equals it comes last.
        candidate.score += u32::from(name_of(graph, end, &candidate.objects).is_some());
        let variable = candidate.variable.to_lowercase();
        if ["final", "best", "chosen", "production", "winner"].iter().any(|word| variable.contains(word)) {
            say(candidate, NAMED, format!("named `{}`", candidate.variable));
        }
        let near = cells.get(candidate.fit.cell).map_or(0, |cell| cell.position.saturating_sub(2));
        if let Some(position) = praised(&prose, candidate, near) {
            say(candidate, PRAISED, format!("named as the best in the text of cell {position}"));
        }
        if candidate.estimator.contains("SearchCV") || candidate.estimator.contains("Search") {
            say(candidate, TUNED, "tuned by a search".to_owned());
        }
        if let Some(statement) = evaluated(&measures, &uses, index, candidate)
            && last_evaluated.is_none_or(|(known, _)| statement >= known)
        {
            last_evaluated = Some((statement, index));
        }
    }
    if let Some((statement, index)) = last_evaluated {
        let place = describe_place(cells, graph.statements[statement].at);
        say(&mut candidates[index], EVALUATED, format!("evaluated last, in {place}"));
    }
}

fn say(candidate: &mut Candidate, weight: u32, evidence: String) {
    if !candidate.evidence.contains(&evidence) {
        // The same kind of evidence twice weighs once.
        candidate.score = (candidate.score % weight) + weight.max(candidate.score - candidate.score % weight);
        candidate.evidence.push(evidence);
    }
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
    given.into_iter().any(|object| {
        candidate.objects.contains(object)
            || weights.get(object).is_some_and(|owners| owners.iter().any(|owner| candidate.objects.contains(owner)))
    })
}

/// Weights taken out of models (`model.state_dict()`), and the models they were taken out of.
pub(super) type Weights = BTreeMap<ObjectId, BTreeSet<ObjectId>>;

/// Finds all weights that are taken out of something.
pub(super) fn weights(graph: &Graph) -> Weights {
    let mut found = Weights::new();
    for call in graph.statements.iter().flat_map(|facts| &facts.calls) {
        if matches!(call.method.as_deref(), Some("state_dict" | "get_weights" | "get_booster" | "parameters")) {
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
            let predicts = call.purpose == Some(Purpose::Predict)
                || matches!(call.method.as_deref(), Some("predict" | "predict_proba" | "forecast" | "transform"));
            if !predicts {
                return None;
            }
            candidates.iter().rposition(|c| {
                c.fit_statement <= *index && c.objects.iter().any(|object| call.receiver_objects.contains(object))
            })
        })
    })
}

/// The last of the statements that measure which measures a candidate: a metric whose ancestors predict with it, or its
/// own `score`.
fn evaluated(measures: &[usize], uses: &Uses, index: usize, candidate: &Candidate) -> Option<usize> {
    let mut after = measures.iter().copied().rev().take_while(|statement| *statement >= candidate.fit_statement);
    after.find(|statement| uses.has(*statement, index))
}

/// Whether a statement measures: by a known metric, a model's own `score`, or into a name that says so.
pub(crate) fn is_measure(facts: &StatementFacts) -> bool {
    const WORDS: [&str; 14] = [
        "acc",
        "accuracy",
        "rmse",
        "mse",
        "mae",
        "mape",
        "rmsle",
        "r2",
        "f1",
        "auc",
        "precision",
        "recall",
        "score",
        "error",
    ];
    let measures = |call: &CallEvent| {
        call.purpose == Some(Purpose::Metric) || matches!(call.method.as_deref(), Some("score" | "evaluate"))
    };
    let number = |name: &String| facts.types.get(name).is_none_or(|t| t == "float" || t == "int");
    let named = |name: &String| name.to_lowercase().split('_').any(|word| WORDS.contains(&word)) && number(name);
    facts.calls.iter().any(measures)
        || (!facts.calls.is_empty() && facts.binds.iter().any(|(n, b)| b.definition == Definition::Data && named(n)))
}

/// Which statements use which candidates as they are after their fit: themselves, or through a prediction. For each group
/// of 64 candidates, a bit for each candidate by statement: a long notebook fits many models, and each use reaches far.
pub(super) struct Uses(Vec<Vec<u64>>);

impl Uses {
    /// Finds out for all at once, for a long notebook asks often.
    pub(super) fn of(graph: &Graph, candidates: &[Candidate]) -> Self {
        let mut touching: BTreeMap<ObjectId, BTreeSet<usize>> =
            candidates.iter().flat_map(|candidate| &candidate.objects).map(|id| (*id, BTreeSet::new())).collect();
        for (index, facts) in graph.statements.iter().enumerate() {
            for call in &facts.calls {
                for id in call.receiver_objects.iter().chain(call.arguments.iter().flat_map(|(_, objects)| objects)) {
                    if let Some(statements) = touching.get_mut(id) {
                        statements.insert(index);
                    }
                }
            }
        }
        Self(candidates.chunks(64).map(|group| Self::of_group(graph, group, &touching)).collect())
    }

    fn of_group(graph: &Graph, group: &[Candidate], touching: &BTreeMap<ObjectId, BTreeSet<usize>>) -> Vec<u64> {
        let mut uses = vec![0_u64; graph.statements.len()];
        // Those that are fitted by then; their uses before are no uses of the fitted model.
        let mut fitted = vec![0_u64; graph.statements.len()];
        for (index, candidate) in group.iter().enumerate() {
            let bit = 1 << index;
            uses[candidate.fit_statement] |= bit;
            for statement in candidate.objects.iter().filter_map(|id| touching.get(id)).flatten() {
                uses[*statement] |= bit;
            }
            fitted[candidate.fit_statement..].iter_mut().for_each(|known| *known |= bit);
        }
        // Predictions made in earlier statements, after the fit; dependencies are ordered by the statement that depends.
        for dependency in &graph.dependencies {
            if dependency.kind != DependencyKind::State {
                uses[dependency.to] |= uses[dependency.from] & fitted[dependency.from];
            }
        }
        uses
    }

    /// Whether a statement uses a candidate.
    pub(super) fn has(&self, statement: usize, candidate: usize) -> bool {
        self.0[candidate / 64][statement] & (1 << (candidate % 64)) != 0
    }
}

/// Sentences of the markdown cells that praise something, with their cells' positions.
fn prose(notebook: &Notebook) -> Vec<(usize, String)> {
    const PRAISE: [&str; 12] = [
        "final model",
        "best model",
        "chosen",
        "we choose",
        "we chose",
        "production",
        "winner",
        "go with",
        "deploy",
        "performs best",
        "performed best",
        "best performing",
    ];
    notebook
        .cells
        .iter()
        .filter(|cell| cell.kind == CellKind::Markdown)
        .flat_map(|cell| {
            cell.source.split(['.', '\n', '!']).map(move |sentence| (cell.position, sentence.to_lowercase()))
        })
        .filter(|(_, sentence)| PRAISE.iter().any(|word| sentence.contains(word)))
        .collect()
}

/// Where the text names a candidate in praise: beside its fit or later, for an introduction only announces.
fn praised(prose: &[(usize, String)], candidate: &Candidate, from: usize) -> Option<usize> {
    let class = spaced(&candidate.estimator);
    let stem = class.trim_end_matches(" classifier").trim_end_matches(" regressor").to_owned();
    let initials: String = class.split(' ').filter_map(|word| word.chars().next()).collect();
    let variable = candidate.variable.to_lowercase();
    prose.iter().rev().filter(|(position, _)| *position >= from).find_map(|(position, sentence)| {
        let words: Vec<&str> = sentence.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let named = (stem.len() > 3 && sentence.contains(&stem))
            || (initials.len() >= 2 && words.contains(&initials.as_str()))
            || (variable.len() > 2 && variable != "model" && words.contains(&variable.as_str()));
        named.then_some(*position)
    })
}

/// `RandomForestClassifier` as `random forest classifier`.
fn spaced(class: &str) -> String {
    let mut text = String::new();
    let letters: Vec<char> = class.chars().collect();
    for (index, letter) in letters.iter().enumerate() {
        let starts_word = letter.is_uppercase()
            && index > 0
            && (letters[index - 1].is_lowercase() || letters.get(index + 1).is_some_and(|next| next.is_lowercase()));
        if starts_word {
            text.push(' ');
        }
        text.extend(letter.to_lowercase());
    }
    text
}
