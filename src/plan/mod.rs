//! From decisions to a package: stages, functions, configuration, imports, requirements. Pure and total; what can't be
//! placed is listed, never dropped.

mod build;
mod config;
mod constants;
mod cuts;
mod definitions;
mod edit;
mod formula;
mod imports;
mod kinds;
mod liveness;
mod names;
mod notebook_only;
mod requirements;
mod results;
mod returns;
mod slice;
mod stage;
mod stages;
#[cfg(test)]
mod tests;
mod types;
mod wording;

pub use build::{PlanInput, plan};
pub use slice::slice_script;

use crate::order::Order;
use crate::rules::Finding;
use crate::syntax::At;

/// Everything that a package is rendered from.
#[derive(Clone, Debug, Default)]
pub struct PackagePlan {
    /// The distribution's name (`customer-churn`).
    pub distribution: String,
    /// The import package's name (`customer_churn`).
    pub package: String,
    /// The notebook's title or file name, for people.
    pub title: String,
    /// One sentence about the package.
    pub description: String,
    /// The notebook's file name.
    pub notebook_name: String,
    /// The notebook's path relative to the package's root, with `/`.
    pub notebook_path: String,
    /// SHA-256 over the notebook's code (contract: `code_sha256`).
    pub code_sha256: String,
    /// The order of the notebook's cells that the package follows.
    pub order: Order,
    /// The modules with stages and definitions, in the order in which they are first needed.
    pub modules: Vec<ModulePlan>,
    /// The calls of `run()`, in order.
    pub calls: Vec<StageCall>,
    /// The configuration's sections; empty if nothing is worth tuning.
    pub config: Vec<ConfigSection>,
    /// What the package needs to be installed with.
    pub requirements: Vec<Requirement>,
    /// The production model.
    pub model: Option<ModelPlan>,
    /// Values that the notebook prints and the package returns.
    pub results: Vec<ResultPlan>,
    /// Files that production reads.
    pub inputs: Vec<FilePlan>,
    /// Files that production writes.
    pub outputs: Vec<FilePlan>,
    /// The cells that fetch what production reads, in words; empty if none do.
    pub fetched_by: String,
    /// What came up while planning.
    pub findings: Vec<Finding>,
    /// Where each production statement went.
    pub origins: Vec<Origin>,
    /// Names of the scaffolding that no name of the notebook collides with.
    pub scaffold: Scaffold,
}

/// Names that the scaffolding uses inside of stages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaffold {
    /// The parameter with the configuration's section.
    pub config: String,
    /// The dictionary of measured values.
    pub metrics: String,
    /// The module's logger.
    pub logger: String,
}

impl Default for Scaffold {
    fn default() -> Self {
        Self { config: "config".to_owned(), metrics: "metrics".to_owned(), logger: "logger".to_owned() }
    }
}

/// One module of the package.
#[derive(Clone, Debug, Default)]
pub struct ModulePlan {
    /// Its name without `.py` (`split`).
    pub name: String,
    /// Its docstring, one sentence.
    pub docstring: String,
    /// Import statements, one a line, unsorted (the renderer sorts and groups them).
    pub imports: Vec<String>,
    /// Functions, classes and constants of the notebook that are used here, as Python code, in order.
    pub definitions: Vec<Definition>,
    /// The stages in this module.
    pub stages: Vec<StagePlan>,
    /// Whether the code uses `logger`.
    pub logs: bool,
}

/// A function, class or constant moved from the notebook.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// Its code, from column 0.
    pub code: String,
    /// Where it was.
    pub at: At,
}

/// A stage: one function.
#[derive(Clone, Debug, Default)]
pub struct StagePlan {
    /// The function's name (`split_data`).
    pub function: String,
    /// The first line of its docstring.
    pub docstring: String,
    /// Further lines of the docstring, from the markdown above; may be empty.
    pub description: String,
    /// Its parameters besides the configuration.
    pub params: Vec<Param>,
    /// The section of the configuration it takes (`split`), if any.
    pub config: Option<String>,
    /// The body, from column 0, without the `return`.
    pub body: Vec<Block>,
    /// What it returns.
    pub returns: Vec<Return>,
    /// Values that it measures, returned as `metrics`.
    pub results: Vec<ResultPlan>,
    /// The name of the class that holds the results, where there is more than one.
    pub result_class: Option<String>,
    /// Positions (among all cells) of the cells it comes from, for people.
    pub cells: Vec<usize>,
}

/// Lines of a stage's body that come from one statement.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The code, from column 0.
    pub code: String,
    /// Comments from above the statement, from column 0.
    pub comments: Vec<String>,
    /// Where it was; none for lines that the tool added.
    pub at: Option<At>,
}

/// A parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its type as Python spells it (`pd.DataFrame`, `Any`).
    pub annotation: String,
    /// Whether the body has to copy it first, and how (`copy()`).
    pub copy: Option<String>,
}

/// A value that a stage returns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Return {
    /// The name in the notebook, and in the stage.
    pub name: String,
    /// Its type as Python spells it.
    pub annotation: String,
    /// Where the notebook has this value.
    pub at: At,
    /// Whether a later stage reads it (otherwise it is returned for the caller and for comparison).
    pub used: bool,
    /// Columns that the notebook's table has by then and the package's has not, since only exploration reads them.
    pub without: Vec<String>,
}

impl Return {
    /// The value in the notebook that it is to be compared with, as an expression.
    #[must_use]
    pub fn place(&self) -> String {
        if self.without.is_empty() {
            return self.name.clone();
        }
        let columns: Vec<String> = self.without.iter().map(|column| format!("{column:?}")).collect();
        format!("{0}.loc[:, ~{0}.columns.isin([{1}])]", self.name, columns.join(", "))
    }
}

/// One call in `run()`.
#[derive(Clone, Debug, Default)]
pub struct StageCall {
    /// The module's name.
    pub module: String,
    /// The function's name.
    pub function: String,
}

/// A section of the configuration: one frozen dataclass.
#[derive(Clone, Debug, Default)]
pub struct ConfigSection {
    /// Its name in TOML and in `Config` (`split`).
    pub name: String,
    /// The dataclass (`SplitConfig`).
    pub class: String,
    /// Its docstring.
    pub docstring: String,
    /// Its values.
    pub fields: Vec<ConfigField>,
}

/// One value of the configuration.
#[derive(Clone, Debug, Default)]
pub struct ConfigField {
    /// Its name.
    pub name: String,
    /// Its type as Python spells it (`int`, `tuple[str, ...]`).
    pub annotation: String,
    /// Its value as TOML.
    pub toml: String,
    /// Where it was.
    pub at: At,
    /// The cell's position, for people.
    pub position: usize,
    /// How the file is used, if the value is a path.
    pub path: Option<PathUse>,
}

/// How a path in the configuration is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathUse {
    /// It is read.
    Input,
    /// It is written.
    Output,
}

/// A requirement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// The distribution's name.
    pub distribution: String,
    /// The version specifier (`>=2.2`), or empty.
    pub specifier: String,
    /// Import names that need it, for mypy's overrides.
    pub imports: Vec<String>,
}

/// The production model, for the lock.
#[derive(Clone, Debug, Default)]
pub struct ModelPlan {
    /// The class, qualified where known.
    pub estimator: String,
    /// The notebook's variable.
    pub variable: String,
    /// The function of the stage that fits it.
    pub stage: String,
    /// `evident`, `chosen` or `open`.
    pub decision: String,
}

impl ModelPlan {
    /// The variable that is the model, or that holds it.
    #[must_use]
    pub fn holder(&self) -> &str {
        holder(&self.variable)
    }
}

/// The variable that a place begins with: `models` of `models[i]`, `self` of `self.model`.
fn holder(place: &str) -> &str {
    place.split(['[', '.']).next().unwrap_or(place)
}

/// A value that the notebook only prints or displays, and the package returns.
#[derive(Clone, Debug, Default)]
pub struct ResultPlan {
    /// Its name among the metrics.
    pub name: String,
    /// The function of the stage that returns it.
    pub stage: String,
    /// Where it is in what the stage returns.
    pub field: String,
    /// What the notebook evaluates, after `at`.
    pub expression: String,
    /// The statement.
    pub at: At,
    /// What the notebook printed, if it can be told.
    pub printed: Option<String>,
}

/// A file that production reads or writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePlan {
    /// The path as the notebook wrote it.
    pub path: String,
    /// Where.
    pub at: At,
    /// `section.field` of the configuration, if it went there.
    pub config: Option<String>,
}

/// Where a production statement went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The statement.
    pub at: At,
    /// The module's name.
    pub module: String,
    /// The function; empty for the module's level.
    pub function: String,
}
