//! Cutting production into stages: contiguous runs of statements that do one kind of work.

use std::collections::{BTreeMap, BTreeSet};

use super::constants::is_movable_constant;
use super::definitions::definition_name;
use crate::analysis::Analysis;
use crate::dataflow::{CallEvent, DependencyKind, StatementFacts, free_names};
use crate::knowledge::{Kind, Purpose, knowledge};

/// The kinds of work, in the order in which they usually come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum StageKind {
    Load,
    Clean,
    Features,
    Split,
    Train,
    Evaluate,
    Predict,
    Save,
}

impl StageKind {
    /// The module that holds stages of this kind.
    pub(super) fn module(self) -> &'static str {
        match self {
            Self::Load => "data",
            Self::Clean => "clean",
            Self::Features => "features",
            Self::Split => "split",
            Self::Train => "train",
            Self::Evaluate => "evaluate",
            Self::Predict => "predict",
            Self::Save => "artifacts",
        }
    }

    /// The section of the configuration.
    pub(super) fn section(self) -> &'static str {
        match self {
            Self::Train => "model",
            other => other.module(),
        }
    }

    /// Names for the function, the best first.
    pub(super) fn functions(self) -> [&'static str; 3] {
        match self {
            Self::Load => ["load_data", "read_data", "load_inputs"],
            Self::Clean => ["clean_data", "prepare_data", "clean_tables"],
            Self::Features => ["build_features", "make_features", "derive_features"],
            Self::Split => ["split_data", "split_sets", "make_split"],
            Self::Train => ["train_model", "fit_model", "train_estimator"],
            Self::Evaluate => ["evaluate_model", "score_model", "measure_model"],
            Self::Predict => ["make_predictions", "predict_targets", "apply_model"],
            Self::Save => ["save_artifacts", "write_artifacts", "store_artifacts"],
        }
    }

    /// What it does, as the first line of a docstring.
    pub(super) fn docstring(self) -> &'static str {
        match self {
            Self::Load => "Load the data",
            Self::Clean => "Clean the data",
            Self::Features => "Build the features",
            Self::Split => "Split the data",
            Self::Train => "Train the model",
            Self::Evaluate => "Evaluate the model",
            Self::Predict => "Predict with the model",
            Self::Save => "Save the results",
        }
    }

    /// A kind that is a stage of its own wherever it comes.
    fn is_strong(self) -> bool {
        matches!(self, Self::Load | Self::Split | Self::Train)
    }
}

/// A run of statements.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) kind: StageKind,
    /// Indices of the graph's statements, in the program's order.
    pub(super) statements: Vec<usize>,
}

/// Cuts statements (imports and moved definitions are not among them) into segments. The order of the statements is
/// kept, but for constants, which go to the first segment that reads them.
pub(super) fn segments(analysis: &Analysis, statements: &[usize]) -> Vec<Segment> {
    let (constants, working): (Vec<usize>, Vec<usize>) =
        statements.iter().partition(|index| is_movable_constant(analysis, **index));
    let kinds = kinds(analysis, &working);
    let mut found: Vec<Segment> = Vec::new();
    for index in working {
        let kind = kinds[&index];
        match found.last_mut() {
            Some(last) if !begins_new(last.kind, kind) => last.statements.push(index),
            _ => found.push(Segment { kind, statements: vec![index] }),
        }
    }
    for constant in constants.into_iter().rev() {
        let names = readers_by_name(analysis, constant);
        let reads = |statement: &usize| {
            analysis.graph.dependencies_of(*statement).any(|d| d.from == constant)
                || analysis
                    .statement(analysis.graph.statements[*statement].at)
                    .is_some_and(|s| !free_names(std::slice::from_ref(s)).is_disjoint(&names))
        };
        let target = found.iter().position(|segment| segment.statements.iter().any(reads));
        match target {
            Some(segment) => found[segment].statements.insert(0, constant),
            None => {
                if let Some(first) = found.first_mut() {
                    first.statements.insert(0, constant);
                } else {
                    found.push(Segment { kind: StageKind::Clean, statements: vec![constant] });
                }
            }
        }
    }
    found
}

/// A constant's name, and the names of the definitions whose code reads it.
fn readers_by_name(analysis: &Analysis, constant: usize) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = analysis.graph.statements[constant].binds.keys().cloned().collect();
    let definitions: Vec<(&str, BTreeSet<String>)> = analysis
        .cells
        .iter()
        .flat_map(|cell| &cell.statements)
        .filter_map(|s| Some((definition_name(s)?, free_names(std::slice::from_ref(s)))))
        .collect();
    loop {
        let before = names.len();
        for (name, free) in &definitions {
            if !free.is_disjoint(&names) {
                names.insert((*name).to_owned());
            }
        }
        if names.len() == before {
            return names;
        }
    }
}

/// Whether work of a kind begins a new stage after work of another.
fn begins_new(current: StageKind, next: StageKind) -> bool {
    if current == next {
        return false;
    }
    next > current || next.is_strong() || current == StageKind::Save
}

fn kinds(analysis: &Analysis, statements: &[usize]) -> BTreeMap<usize, StageKind> {
    let model_fit = analysis
        .classification
        .model
        .as_ref()
        .map(|model| analysis.classification.candidates[model.candidate].fit_statement);
    let split = statements.iter().copied().find(|i| own_kind(analysis, *i, None, None) == Some(StageKind::Split));
    let own: Vec<Option<StageKind>> =
        statements.iter().map(|index| own_kind(analysis, *index, split, model_fit)).collect();
    let mut kinds = BTreeMap::new();
    let mut previous: Option<StageKind> = None;
    for (place, index) in statements.iter().enumerate() {
        let kind =
            own[place].or_else(|| kind_of_reader(analysis, statements, &own, place)).or(previous).or_else(|| {
                let following = own[place..].iter().flatten().next().copied();
                following.filter(|kind| *kind <= StageKind::Clean)
            });
        let kind = kind.unwrap_or(StageKind::Features);
        previous = Some(kind);
        kinds.insert(*index, kind);
    }
    kinds
}

/// The kind of the next statement that says what it is, if it reads this one: parameters belong to what they are for.
fn kind_of_reader(
    analysis: &Analysis,
    statements: &[usize],
    own: &[Option<StageKind>],
    place: usize,
) -> Option<StageKind> {
    let index = statements[place];
    for later in place + 1..statements.len() {
        let reads = analysis
            .graph
            .dependencies_of(statements[later])
            .any(|d| d.from == index && d.kind == DependencyKind::Data);
        if let Some(kind) = own[later] {
            return reads.then_some(kind);
        }
        if reads {
            return kind_of_reader(analysis, statements, own, later);
        }
    }
    None
}

/// What a statement's calls say about its kind of work.
fn own_kind(analysis: &Analysis, index: usize, split: Option<usize>, model_fit: Option<usize>) -> Option<StageKind> {
    let facts = &analysis.graph.statements[index];
    let has = |purpose: Purpose| facts.calls.iter().any(|call| call.purpose == Some(purpose));
    let after_split = split.is_some_and(|split| index > split);
    let fitted = model_fit.is_some_and(|fit| index > fit);
    if has(Purpose::SaveModel) || has(Purpose::Save) {
        return Some(StageKind::Save);
    }
    if Some(index) == model_fit || has(Purpose::TrainStep) {
        return Some(StageKind::Train);
    }
    if has(Purpose::Split) {
        return Some(StageKind::Split);
    }
    if has(Purpose::Load) || has(Purpose::LoadModel) {
        return Some(StageKind::Load);
    }
    if has(Purpose::Metric) || has(Purpose::Validate) {
        return Some(StageKind::Evaluate);
    }
    if has(Purpose::Fit) {
        let trains = facts.calls.iter().any(fits_model);
        return Some(if trains || after_split { StageKind::Train } else { StageKind::Features });
    }
    if fitted && has(Purpose::Predict) {
        return Some(if followed_by_metric(analysis, index) { StageKind::Evaluate } else { StageKind::Predict });
    }
    if has(Purpose::Build) || constructs(facts, &|kind| kind.predicts() || kind == Kind::Optimizer) {
        return Some(StageKind::Train);
    }
    if fitted {
        return None;
    }
    if constructs(facts, &|kind| kind == Kind::Transformer) {
        return Some(if after_split { StageKind::Train } else { StageKind::Features });
    }
    if has(Purpose::Feature) || has(Purpose::Transform) {
        return Some(if after_split { StageKind::Train } else { StageKind::Features });
    }
    if has(Purpose::Clean) {
        return Some(StageKind::Clean);
    }
    None
}

fn fits_model(call: &CallEvent) -> bool {
    call.purpose == Some(Purpose::Fit)
        && call.receiver_type.as_deref().is_some_and(|t| knowledge().kind(t).is_some_and(Kind::predicts))
}

fn constructs(facts: &StatementFacts, wanted: &dyn Fn(Kind) -> bool) -> bool {
    facts.calls.iter().any(|call| {
        let class = call.function.as_deref().filter(|_| call.method.is_none());
        class.and_then(|name| knowledge().kind(name)).is_some_and(wanted)
    })
}

/// Whether some production statement measures what this one predicts.
fn followed_by_metric(analysis: &Analysis, index: usize) -> bool {
    analysis.graph.statements.iter().enumerate().skip(index + 1).any(|(later, facts)| {
        analysis.classification.statements[later].role.is_kept()
            && facts.calls.iter().any(|call| call.purpose == Some(Purpose::Metric))
            && analysis.graph.dependencies_of(later).any(|d| d.from == index)
    })
}
