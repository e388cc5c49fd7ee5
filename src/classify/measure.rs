//! What measures models, which ones, and on which data.

use std::collections::{BTreeMap, BTreeSet};

use super::calls::predicts;
use super::names::normalize;
use super::uses::Uses;
use super::{Candidate, statement_at};
use crate::dataflow::{CallEvent, Definition, Graph, ObjectId, StatementFacts};
use crate::knowledge::Purpose;
use crate::syntax::ParsedCell;
use crate::syntax::ast::{Expr, ExprKind, StmtKind};

/// Words in a name that make its value a measure.
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

/// Attributes in which a fitted model keeps how good it is.
const OWN_SCORES: [&str; 3] = ["best_score_", "oob_score_", "inertia_"];

/// Whether a statement measures: by a known metric, a model's own `score`, or into a name that says so.
pub(crate) fn is_measure(facts: &StatementFacts) -> bool {
    facts.calls.iter().any(measures) || into_telling_name(facts)
}

/// `rmse = np.sqrt(…)`: into a name that says so; predictions are none, nor what is made where a model is fitted.
fn into_telling_name(facts: &StatementFacts) -> bool {
    let number = |name: &String| facts.types.get(name).is_none_or(|t| t == "float" || t == "int");
    let named = |name: &String| name.to_lowercase().split('_').any(|word| WORDS.contains(&word)) && number(name);
    let otherwise = |call: &CallEvent| call.span.is_some() && (predicts(call) || call.purpose == Some(Purpose::Fit));
    !facts.calls.is_empty()
        && !facts.calls.iter().any(otherwise)
        && facts.binds.iter().any(|(name, binding)| binding.definition == Definition::Data && named(name))
}

fn measures(call: &CallEvent) -> bool {
    call.purpose == Some(Purpose::Metric) || matches!(call.method.as_deref(), Some("score" | "evaluate"))
}

/// What is known about measuring the candidates of a notebook.
pub(super) struct Measures<'a> {
    cells: &'a [ParsedCell],
    graph: &'a Graph,
    candidates: &'a [Candidate],
    /// Which statements use which candidates.
    pub(super) uses: Uses,
    /// Which statements measure something.
    measuring: Vec<bool>,
    /// What candidates predicted, and from what.
    predictions: BTreeMap<ObjectId, BTreeSet<ObjectId>>,
    /// What each candidate was fitted on.
    fitted_on: Vec<BTreeSet<ObjectId>>,
}

impl<'a> Measures<'a> {
    pub(super) fn of(cells: &'a [ParsedCell], graph: &'a Graph, candidates: &'a [Candidate]) -> Self {
        let mut predictions: BTreeMap<ObjectId, BTreeSet<ObjectId>> = BTreeMap::new();
        let mut fitted_on = vec![BTreeSet::new(); candidates.len()];
        let mut of_object: BTreeMap<ObjectId, usize> = BTreeMap::new();
        for (index, candidate) in candidates.iter().enumerate() {
            of_object.extend(candidate.objects.iter().map(|object| (*object, index)));
        }
        for call in graph.statements.iter().flat_map(|facts| &facts.calls) {
            let Some(candidate) = call.receiver_objects.iter().find_map(|object| of_object.get(object)) else {
                continue;
            };
            if call.purpose == Some(Purpose::Fit) || call.method.as_deref() == Some("fit") {
                fitted_on[*candidate].extend(training_data(call));
            }
            if predicts(call) {
                for result in call.result.iter().filter(|result| !of_object.contains_key(result)) {
                    predictions.entry(*result).or_default().extend(call.arguments.iter().flat_map(|(_, o)| o));
                }
            }
        }
        let mut found = Self {
            cells,
            graph,
            candidates,
            uses: Uses::of(graph, candidates),
            measuring: Vec::new(),
            predictions,
            fitted_on,
        };
        found.measuring =
            graph.statements.iter().map(|facts| is_measure(facts) || found.by_own_function(facts)).collect();
        found
    }

    /// What a candidate was fitted on.
    pub(super) fn fitted_on(&self, candidate: usize) -> &BTreeSet<ObjectId> {
        &self.fitted_on[candidate]
    }

    /// Whether a statement measures something.
    pub(super) fn measures(&self, statement: usize) -> bool {
        self.measuring[statement]
    }

    /// `smape(y_test, predicted)`: a function of the notebook, or one that nobody knows, that is given predictions and
    /// something to compare them with.
    fn by_own_function(&self, facts: &StatementFacts) -> bool {
        facts.calls.iter().any(|call| {
            let predicted = |objects: &Vec<ObjectId>| objects.iter().any(|id| self.predictions.contains_key(id));
            let own = call.purpose.is_none() && call.method.is_none() && call.receiver_type.is_none();
            let library =
                call.function.as_deref().is_some_and(|name| name.contains('.') || name.starts_with("builtins"));
            own && !library
                && call.span.is_some()
                && call.arguments.len() >= 2
                && call.arguments.iter().any(|(_, objects)| predicted(objects))
                && call.arguments.iter().any(|(_, objects)| !objects.is_empty() && !predicted(objects))
        })
    }

    /// The candidates that a statement is about, without those that another one of them is made of.
    pub(super) fn about(&self, statement: usize, parts: &[BTreeSet<usize>]) -> Vec<usize> {
        let used: Vec<usize> = self.uses.of_statement(statement, self.candidates.len()).collect();
        used.iter().copied().filter(|one| !used.iter().any(|other| parts[*other].contains(one))).collect()
    }

    /// Prints or displays a value, rather than drawing it.
    pub(super) fn shows(&self, statement: usize) -> bool {
        let facts = &self.graph.statements[statement];
        let has = |purpose: Purpose| facts.calls.iter().any(|call| call.purpose == Some(purpose));
        let prints = has(Purpose::Display) || has(Purpose::Log);
        // A helper that prints a measured value and draws besides.
        let text = |call: &CallEvent| call.span.is_none() && call.function.as_deref() == Some("builtins.print");
        let measured = facts.calls.iter().any(measures) && facts.calls.iter().any(text);
        (facts.displayed || prints) && (!has(Purpose::Plot) || measured)
    }

    /// Whether what a statement measures is how well a candidate knows the very data that it was fitted on.
    pub(super) fn on_training_data(&self, statement: usize, candidate: usize) -> bool {
        let facts = &self.graph.statements[statement];
        let fitted_on = &self.fitted_on[candidate];
        let mut measured = 0;
        let mut known = 0;
        for call in facts.calls.iter().filter(|call| measures(call)) {
            for (_, objects) in &call.arguments {
                let inputs: BTreeSet<ObjectId> = objects
                    .iter()
                    .flat_map(|object| match self.predictions.get(object) {
                        Some(inputs) => inputs.iter().copied().collect::<Vec<_>>(),
                        None => vec![*object],
                    })
                    .collect();
                if !inputs.is_empty() {
                    measured += 1;
                    known += usize::from(inputs.is_subset(fitted_on));
                }
            }
        }
        // Slices of one array are one object to the analysis; their names tell them apart.
        let text = self.text(statement);
        (measured > 0 && measured == known && !says_held_out(text)) || says_training(text)
    }

    /// Shows something, or hands it to a function of which nothing is known and whose result nobody takes: that may print.
    pub(super) fn may_show(&self, statement: usize) -> bool {
        const DRAWS: [&str; 4] = ["plot", "draw", "show", "visual"];
        let draws = |name: &str| DRAWS.iter().any(|word| name.to_lowercase().contains(word));
        let facts = &self.graph.statements[statement];
        let alone = facts.value.is_some() && facts.binds.is_empty();
        let unknown = |call: &CallEvent| {
            call.unknown && call.span.is_some() && call.method.is_none() && !call.function.as_deref().is_some_and(draws)
        };
        self.shows(statement) || (alone && facts.calls.iter().any(unknown) && !draws(self.text(statement)))
    }

    /// `grid.best_score_`, `forest.oob_score_`: a statement that shows what a model says of itself.
    pub(super) fn tells_own_score(&self, statement: usize) -> bool {
        let node = statement_at(self.cells, self.graph, statement);
        let mut tells = false;
        if let Some(node) = node.filter(|_| self.shows(statement)) {
            node.walk_expressions(&mut |expression| {
                if let ExprKind::Attribute { attribute, .. } = &expression.kind {
                    tells |= OWN_SCORES.contains(&attribute.as_str());
                }
            });
        }
        tells
    }

    /// The text of a statement.
    pub(super) fn text(&self, statement: usize) -> &'a str {
        let at = self.graph.statements[statement].at;
        let cell = self.cells.get(at.cell);
        cell.and_then(|cell| Some(cell.text(cell.statements.get(at.statement)?.span))).unwrap_or_default()
    }

    /// `for threshold in (0.3, 0.4, 0.5): print(f1_score(…))`: a loop over settings that only prints.
    pub(super) fn tries_settings(&self, statement: usize) -> bool {
        let node = statement_at(self.cells, self.graph, statement);
        match node.map(|node| &node.kind) {
            Some(StmtKind::For { iter, .. }) => is_settings(iter),
            _ => false,
        }
    }
}

/// The data that a fit learns from, without what it only watches.
fn training_data(call: &CallEvent) -> impl Iterator<Item = ObjectId> {
    const WATCHED: [&str; 6] = ["validation_data", "eval_set", "evals", "valid_sets", "callbacks", "X_val"];
    let given = call.arguments.iter().filter(|(keyword, _)| keyword.as_deref().is_none_or(|k| !WATCHED.contains(&k)));
    given.flat_map(|(_, objects)| objects).copied()
}

/// Whether a text is about training data: it names the training and neither test nor validation.
pub(super) fn says_training(text: &str) -> bool {
    let training = |word: &String| matches!(data_word(word), "train" | "training" | "trn");
    normalize(text).iter().any(training) && !says_held_out(text)
}

/// Whether a text names data that a model has not been fitted on.
fn says_held_out(text: &str) -> bool {
    const HELD_OUT: [&str; 14] = [
        "test",
        "testing",
        "tst",
        "val",
        "valid",
        "validation",
        "holdout",
        "oof",
        "eval",
        "cv",
        "dev",
        "unseen",
        "split",
        "fold",
    ];
    normalize(text).iter().any(|word| HELD_OUT.contains(&data_word(word)))
}

/// `xtrain` and `ytrain` are about training as `X_train` is.
fn data_word(word: &str) -> &str {
    word.strip_prefix(['x', 'y']).filter(|rest| rest.len() > 2).unwrap_or(word)
}

/// Literal settings, or a range of them.
fn is_settings(iter: &Expr) -> bool {
    match &iter.kind {
        ExprKind::List(items) | ExprKind::Tuple(items) => {
            !items.is_empty() && items.iter().all(|item| matches!(item.kind, ExprKind::Int(_) | ExprKind::Float(_)))
        }
        ExprKind::Call { function, .. } => {
            matches!(function.dotted().as_deref(), Some([.., "range" | "arange" | "linspace" | "logspace"]))
        }
        _ => false,
    }
}
