//! The lock: what came from where, for programs. `contract.md` defines the format.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::order::OrderKind;
use crate::plan::{ModulePlan, PackagePlan, Return, StagePlan};
use crate::render::{FileTree, names, pipeline};
use crate::syntax::At;

/// The lock's file name, in the package's root.
pub const FILE_NAME: &str = "nb2pkg.lock";

/// The format that this version writes.
pub const SCHEMA: &str = "nb2pkg.lock/1";

/// A package's lock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lock {
    /// The format.
    pub schema: String,
    /// The notebooks the package comes from, in pipeline order.
    #[serde(rename = "notebook")]
    pub notebooks: Vec<Notebook>,
    /// What reproduces the notebook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<Pipeline>,
    /// The production model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Model>,
    /// The stages, in the order in which they are called; one entry a call.
    #[serde(rename = "stage", skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Stage>,
    /// Values that the notebook only prints or displays.
    #[serde(rename = "result", skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<Measured>,
    /// The generated files.
    #[serde(rename = "file", skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// Files that the notebook saves, where they became others.
    #[serde(rename = "artefact", skip_serializing_if = "Vec::is_empty")]
    pub artefacts: Vec<Artefact>,
}

/// A notebook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notebook {
    /// Its path, relative to the package's root.
    pub path: String,
    /// The hash of its code, as by [`code_sha256`].
    pub code_sha256: String,
    /// `executed` where the program does not have the file's order of cells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The code cells' indices in the program's order, where that is not the file's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<usize>,
}

impl Notebook {
    /// The notebook that a plan was made from.
    #[must_use]
    pub fn of_plan(plan: &PackagePlan) -> Self {
        let executed = plan.order.kind == OrderKind::Executed;
        Self {
            path: plan.notebook_path.clone(),
            code_sha256: plan.code_sha256.clone(),
            order: executed.then(|| plan.order.kind.name().to_owned()),
            cells: if executed { plan.order.cells.clone() } else { Vec::new() },
        }
    }
}

/// The function that runs all stages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pipeline {
    /// Its module.
    pub module: String,
    /// Its name.
    pub function: String,
}

/// The production model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Model {
    /// Its class.
    pub estimator: String,
    /// The notebook's variable.
    pub variable: String,
    /// The function of the stage that fits it.
    pub stage: String,
    /// `evident`, `chosen` or `open`.
    pub decision: String,
}

/// A call of a stage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stage {
    /// Its module.
    pub module: String,
    /// Its function.
    pub function: String,
    /// The notebook's variables that it takes.
    pub params: Vec<String>,
    /// The parts of the configuration that it takes.
    pub config: Vec<String>,
    /// The notebook's variables that it returns.
    pub returns: Vec<String>,
    /// Where each is in what it returns, where that doesn't go without saying.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<String>>,
    /// Where the notebook has these values.
    pub at: Places,
    /// The index of its notebook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notebook: Option<usize>,
}

/// One place for all values, or one for each: pairs of code cell and statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Places {
    /// One for all.
    One([usize; 2]),
    /// One for each.
    Each(Vec<[usize; 2]>),
}

impl Default for Places {
    fn default() -> Self {
        Self::Each(Vec::new())
    }
}

/// A value that the notebook only prints or displays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Measured {
    /// Its name.
    pub name: String,
    /// The function of the stage that returns it.
    pub stage: String,
    /// Where it is in what the stage returns.
    pub field: String,
    /// What the notebook evaluates, after `at`.
    pub expression: String,
    /// The statement: code cell and index.
    pub at: [usize; 2],
}

/// A generated file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct File {
    /// Its path in the package.
    pub path: String,
    /// The hash of its content, as generated.
    pub sha256: String,
}

/// A file that replaces files of the notebook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Artefact {
    /// Its path.
    pub path: String,
    /// The notebook's files.
    pub replaces: Vec<String>,
}

/// Why a lock could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{FILE_NAME} is no valid TOML: {0}")]
pub struct ParseError(#[from] toml::de::Error);

/// Reads a lock; keys that this version doesn't know are ignored.
///
/// # Errors
///
/// If it is no TOML, or a value has another type.
pub fn parse(text: &str) -> Result<Lock, ParseError> {
    Ok(toml::from_str(text)?)
}

impl Lock {
    /// The lock's text.
    ///
    /// # Errors
    ///
    /// If TOML can't hold it: a bug.
    pub fn to_toml(&self) -> anyhow::Result<String> {
        toml::to_string(self).context("the lock can't be written")
    }
}

/// The lock of a package with these files.
///
/// # Errors
///
/// If the plan calls a stage that it doesn't have: a bug.
pub fn of_plan(plan: &PackagePlan, tree: &FileTree) -> anyhow::Result<Lock> {
    let stages = pipeline::called(plan)?;
    let fields: BTreeMap<&str, &StagePlan> =
        stages.iter().map(|(_, stage)| (stage.function.as_str(), *stage)).collect();
    let field = |name: &str, stage: &str| match fields.get(stage) {
        Some(stage) if names::is_bundle(stage) => format!("{}.{name}", names::metrics_field(stage)),
        _ => name.to_owned(),
    };
    Ok(Lock {
        schema: SCHEMA.to_owned(),
        notebooks: vec![Notebook::of_plan(plan)],
        pipeline: Some(Pipeline { module: format!("{}.pipeline", plan.package), function: "run".to_owned() }),
        model: plan.model.as_ref().map(|model| Model {
            estimator: model.estimator.clone(),
            variable: model.variable.clone(),
            stage: model.stage.clone(),
            decision: model.decision.clone(),
        }),
        stages: stages.iter().map(|(module, stage)| stage_of(plan, module, stage)).collect(),
        results: plan
            .results
            .iter()
            .map(|result| Measured {
                name: result.name.clone(),
                stage: result.stage.clone(),
                field: field(&result.name, &result.stage),
                expression: result.expression.clone(),
                at: pair(result.at),
            })
            .collect(),
        files: tree
            .iter()
            .filter(|(path, _)| *path != FILE_NAME)
            .map(|(path, text)| File { path: path.clone(), sha256: sha256(text.as_bytes()) })
            .collect(),
        artefacts: Vec::new(),
    })
}

fn stage_of(plan: &PackagePlan, module: &ModulePlan, stage: &StagePlan) -> Stage {
    let returns: Vec<String> = stage.returns.iter().map(Return::place).collect();
    // The names of fields say where values are, unless one was renamed, or the metrics travel beside a single value.
    let fields = names::result_fields(stage);
    let said = names::is_bundle(stage) && (fields != returns || returns.len() == 1);
    let places: Vec<[usize; 2]> = stage.returns.iter().map(|value| pair(value.at)).collect();
    let last = || stage.body.iter().rev().find_map(|block| block.at).map(pair);
    Stage {
        module: format!("{}.{}", plan.package, module.name),
        function: stage.function.clone(),
        params: stage.params.iter().map(|param| param.name.clone()).collect(),
        config: stage.config.iter().map(|section| format!("config.{section}")).collect(),
        returns,
        fields: said.then_some(fields),
        at: match places.as_slice() {
            [] => last().map_or_else(Places::default, Places::One),
            [first, rest @ ..] if rest.iter().all(|place| place == first) => Places::One(*first),
            _ => Places::Each(places),
        },
        notebook: None,
    }
}

fn pair(at: At) -> [usize; 2] {
    [at.cell, at.statement]
}

/// The hash of a notebook's code: over all code cells' sources as stored, joined by empty lines.
pub fn code_sha256<'a>(stored_sources: impl Iterator<Item = &'a str>) -> String {
    let sources: Vec<&str> = stored_sources.collect();
    sha256(sources.join("\n\n").as_bytes())
}

/// SHA-256 in lower-case hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |hex, byte| hex + &format!("{byte:02x}"))
}
