//! Production or exploration, and which model is the one: decisions with their evidence.

mod calls;
mod candidates;
mod choice;
mod companions;
mod evidence;
mod fetch;
mod marks;
mod measure;
mod names;
mod prose;
mod results;
mod roles;
mod run_time;
mod scores;
mod sinks;
mod uses;

use std::collections::BTreeSet;

use crate::dataflow::{Graph, ObjectId};
use crate::notebook::Notebook;
use crate::order::OrderKind;
use crate::syntax::ast::Stmt;
use crate::syntax::{At, ParsedCell};

pub use evidence::describe_place;
pub(crate) use marks::WORDS;
pub use marks::{Contradiction, Mark, Marks, Source, Why, WithoutEffect, Word};
pub(crate) use measure::is_measure;
pub use scores::Score;

/// What a person asked for.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// The production model: its variable, its estimator's class, the name that the notebook gives it, or the position of
    /// the cell that fits it.
    pub model: Option<String>,
    /// Cells to keep as production (`[tool.nb2pkg]`), by their position among all cells.
    pub production_cells: BTreeSet<usize>,
    /// The same for exploration.
    pub exploration_cells: BTreeSet<usize>,
    /// The order of the cells; by default what the notebook shows decides.
    pub order: Option<OrderKind>,
}

/// The decisions about a notebook.
#[derive(Clone, Debug, Default)]
pub struct Classification {
    /// One for each statement of the graph, in its order.
    pub statements: Vec<Verdict>,
    /// The production model; none if the notebook fits none for a purpose.
    pub model: Option<Model>,
    /// All models that the notebook fits, the chosen one included, in order of their fit.
    pub candidates: Vec<Candidate>,
    /// The statements that production exists for.
    pub sinks: Vec<Sink>,
    /// What people say explicitly.
    pub marks: Marks,
}

/// A statement's role and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Its role.
    pub role: Role,
    /// Why, in words for a reviewer; the strongest reason first.
    pub evidence: Vec<String>,
    /// Whether production needs it done once before a package runs, and not by the package: a download of its data.
    pub beforehand: bool,
}

impl Verdict {
    /// Whether the package has it.
    #[must_use]
    pub fn is_packaged(&self) -> bool {
        self.role.is_kept() && !self.beforehand
    }
}

/// Production or exploration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// In the package.
    Production,
    /// Left out.
    Exploration,
    /// One compound statement whose body has both; in the package.
    Mixed,
}

impl Role {
    /// Its name in the machine interface.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Exploration => "exploration",
            Self::Mixed => "mixed",
        }
    }

    /// Whether production needs it.
    #[must_use]
    pub fn is_kept(self) -> bool {
        self != Self::Exploration
    }
}

/// The production model.
#[derive(Clone, Debug)]
pub struct Model {
    /// Which of the candidates.
    pub candidate: usize,
    /// How it was decided.
    pub decision: Decision,
    /// How sure the choice is.
    pub confidence: Confidence,
    /// Why this one; the strongest reason first.
    pub evidence: Vec<String>,
    /// Where the notebook picks one of several when it runs, if it does.
    pub picked: Option<At>,
}

/// How the production model was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The notebook says so.
    Evident,
    /// A person said so.
    Chosen,
    /// A best guess among equals: to be confirmed.
    Open,
}

impl Decision {
    /// Its name in the machine interface.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Evident => "evident",
            Self::Chosen => "chosen",
            Self::Open => "open",
        }
    }
}

/// How sure a choice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// A guess.
    Low,
    /// Likely.
    Medium,
    /// Hardly any doubt.
    High,
}

impl Confidence {
    /// Its name in the machine interface.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A model that the notebook fits.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The variable that holds it, or the expression it is reached by (`models["rf"]`).
    pub variable: String,
    /// The estimator's class, without its module (`GradientBoostingClassifier`); `?` if it is not known.
    pub estimator: String,
    /// The class with its module, if known.
    pub qualified: Option<String>,
    /// What the notebook calls it: the key in a dictionary of models, the text beside it.
    pub label: Option<String>,
    /// The statement that fits it (the last one, if several do).
    pub fit: At,
    /// The same as an index of the graph's statements.
    pub fit_statement: usize,
    /// All statements that fit it, in order.
    pub fits: Vec<usize>,
    /// Its objects in the graph.
    pub objects: Vec<ObjectId>,
    /// Whether it is one of a loop that tries settings.
    pub settings_tried: bool,
    /// Whether it is never fitted by itself, only validated.
    pub validated_only: bool,
    /// The values that the notebook shows of it, the last one of each metric.
    pub scores: Vec<Score>,
    /// What speaks for it and what became of it.
    pub evidence: Vec<String>,
    /// How strong the evidence is.
    pub score: u32,
}

impl Candidate {
    /// The first statement that fits it.
    #[must_use]
    pub fn first_fit(&self) -> usize {
        self.fits.first().copied().unwrap_or(self.fit_statement)
    }
}

/// What to call a candidate so that nothing else is meant: its variable, or its class where several share the variable
/// or it is reached by an expression.
#[must_use]
pub fn telling_name<'a>(candidate: &'a Candidate, all: &[Candidate]) -> &'a str {
    let plain = candidate.variable.chars().all(|c| c.is_alphanumeric() || c == '_');
    let variables = all.iter().filter(|other| other.variable == candidate.variable).count();
    let classes = all.iter().filter(|other| other.estimator == candidate.estimator).count();
    if (plain && variables == 1) || classes > 1 || candidate.estimator == "?" {
        &candidate.variable
    } else {
        &candidate.estimator
    }
}

/// A statement that the production run exists for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sink {
    /// Index of the statement in the graph.
    pub statement: usize,
    /// What makes it one.
    pub kind: SinkKind,
}

/// What makes a statement a sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SinkKind {
    /// A person marked it.
    Mark,
    /// It saves the model or something fitted.
    SavedModel,
    /// It writes a file.
    WrittenFile,
    /// It fits the production model.
    Fit,
    /// It measures the production model.
    Metric,
    /// It predicts with the production model, and nothing measures or writes more than that.
    Prediction,
    /// It makes what a notebook without a model and without files exists for: a final table, definitions, last values.
    Result,
}

/// The statement of the graph with this index, as it stands in its cell.
fn statement_at<'a>(cells: &'a [ParsedCell], graph: &Graph, index: usize) -> Option<&'a Stmt> {
    let at = graph.statements.get(index)?.at;
    cells.get(at.cell)?.statements.get(at.statement)
}

/// Decides.
#[must_use]
pub fn classify(notebook: &Notebook, cells: &[ParsedCell], graph: &Graph, choice: &Choice) -> Classification {
    roles::decide(notebook, cells, graph, choice)
}
