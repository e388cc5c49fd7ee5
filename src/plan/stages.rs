//! Cutting production into stages: contiguous runs of statements that do one kind of work.

use std::collections::BTreeSet;

use super::constants::{is_movable_constant, is_plain_estimator};
use super::cuts::cut;
use super::definitions::definition_name;
use super::kinds::kinds;
use crate::analysis::Analysis;
use crate::dataflow::{DependencyKind, free_names};

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
    pub(super) fn functions(self) -> &'static [&'static str] {
        match self {
            Self::Load => &["load_data", "read_data", "load_inputs"],
            Self::Clean => &["clean_data", "prepare_data", "clean_tables"],
            Self::Features => &["build_features", "make_features", "derive_features"],
            Self::Split => &["split_data", "split_sets", "make_split"],
            Self::Train => &["train_model", "fit_model", "train_estimator"],
            Self::Evaluate => &["evaluate_model", "score_model", "measure_model"],
            Self::Predict => &["make_predictions", "predict_targets", "apply_model"],
            Self::Save => &["save_artifacts", "write_artifacts", "store_artifacts"],
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
    let mut found: Vec<Segment> = Vec::new();
    for (index, kind) in kinds(analysis, &working) {
        match found.last_mut() {
            Some(last) if !begins_new(last.kind, kind) => last.statements.push(index),
            _ => found.push(Segment { kind, statements: vec![index] }),
        }
    }
    bring_estimators_down(analysis, &mut found);
    let mut found = cut_all(analysis, found);
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

/// Cuts long stages. A last part that begins under a heading of its own and ends amid a cell belongs to what goes on there.
fn cut_all(analysis: &Analysis, segments: Vec<Segment>) -> Vec<Segment> {
    let cell = |index: &usize| analysis.graph.statements[*index].at.cell;
    let mut found: Vec<Segment> = Vec::new();
    let mut carried: Vec<usize> = Vec::new();
    let mut waiting = segments.into_iter().peekable();
    while let Some(mut segment) = waiting.next() {
        let mut parts = cut(analysis, Segment { kind: segment.kind, statements: segment.statements.clone() });
        if segment.kind == StageKind::Clean
            && parts.len() > 1
            && let Some(next) = waiting.peek().filter(|next| next.kind == StageKind::Features)
            && parts.last().and_then(|part| part.statements.last()).map(cell) == next.statements.first().map(cell)
        {
            let after = parts.pop().map(|part| part.statements).unwrap_or_default();
            segment.statements = after;
        } else {
            segment.statements.clear();
        }
        if let Some(first) = parts.first_mut() {
            first.statements.splice(0..0, carried.drain(..));
        }
        carried = segment.statements;
        found.extend(parts);
    }
    found
}

/// An estimator that an earlier stage only makes is made by the first stage that uses it.
fn bring_estimators_down(analysis: &Analysis, segments: &mut Vec<Segment>) {
    let made: Vec<usize> = segments
        .iter()
        .flat_map(|segment| segment.statements.iter().copied())
        .filter(|index| is_plain_estimator(analysis, *index))
        .collect();
    for index in made.into_iter().rev() {
        let Some(home) = segments.iter().position(|segment| segment.statements.contains(&index)) else { continue };
        let needs = |statement: &usize| {
            analysis.graph.dependencies_of(*statement).any(|d| d.from == index && d.kind == DependencyKind::Data)
        };
        let later = segments[home..].iter().position(|segment| segment.statements.iter().any(needs));
        let Some(target) = later.map(|steps| home + steps).filter(|target| *target > home) else { continue };
        // Nothing between may name it: the name might be bound anew there, or read by code that was not followed.
        let names: BTreeSet<String> = analysis.graph.statements[index].binds.keys().cloned().collect();
        let mentions = |other: &usize| *other > index && mentions(analysis, *other, &names);
        if segments[home..target].iter().flat_map(|segment| &segment.statements).any(mentions) {
            continue;
        }
        segments[home].statements.retain(|other| *other != index);
        let statements = &mut segments[target].statements;
        let place = statements.iter().position(needs).unwrap_or(0);
        statements.insert(place, index);
    }
    segments.retain(|segment| !segment.statements.is_empty());
    // Two stages of a kind may have come together.
    segments.dedup_by(|later, earlier| {
        let same = earlier.kind == later.kind && earlier.kind != StageKind::Load;
        if same {
            earlier.statements.append(&mut later.statements);
        }
        same
    });
}

/// Whether a statement binds, deletes or reads one of these names.
fn mentions(analysis: &Analysis, index: usize, names: &BTreeSet<String>) -> bool {
    let facts = &analysis.graph.statements[index];
    let read = || analysis.statement(facts.at).map(|s| free_names(std::slice::from_ref(s))).unwrap_or_default();
    facts.binds.keys().any(|name| names.contains(name))
        || !facts.deletes.is_disjoint(names)
        || !read().is_disjoint(names)
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
