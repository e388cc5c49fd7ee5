//! What the Python programs are asked to do.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diagnostics::Failure;
use crate::ipython;
use crate::lock::{self, Lock, Places};
use crate::notebook::Notebook;

/// Everything that the programs need to know.
#[derive(Clone, Debug, Serialize)]
pub struct Task {
    /// The folder for all that is made on the way.
    pub scratch: String,
    /// The folder to copy for each run.
    pub root: String,
    /// The notebook's folder, relative to `root`, with `/`.
    pub folder: String,
    /// Folders that are not copied.
    pub leave_out: Vec<String>,
    /// Where the package is imported from; `None` for where the interpreter has it.
    pub import_from: Option<String>,
    /// The function to call.
    pub pipeline: lock::Pipeline,
    /// The stages, in the order in which it calls them.
    pub stages: Vec<StageTask>,
    /// The values to compare.
    pub places: Vec<Place>,
    /// The files of the package that replace files of the notebook.
    pub replaces: BTreeMap<String, String>,
    /// The notebook's code cells in the order in which they run.
    pub cells: Vec<CellTask>,
    /// How it is done.
    #[serde(flatten)]
    pub options: Options,
}

/// How the comparison is done.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Options {
    /// Most seconds for one run.
    pub timeout: f64,
    /// The relative difference up to which numbers are close.
    pub rtol: f64,
    /// Whether the notebook never runs a second time.
    pub once: bool,
    /// What global random generators are seeded with before a run; `None` for not at all.
    pub seed: Option<u32>,
    /// Whether scratch files stay.
    pub keep: bool,
}

/// A call of a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StageTask {
    id: usize,
    module: String,
    function: String,
    params: Vec<String>,
}

/// A value that notebook and package both have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Its index in the report.
    pub id: usize,
    /// The variable, or the result's name.
    pub name: String,
    /// What the notebook evaluates for it.
    pub expression: String,
    /// The statement after which it does: code cell and index.
    pub at: [usize; 2],
    /// The index of the stage that returns it.
    pub stage: usize,
    /// Where it is in what the stage returns; `None` for the order or the name.
    pub field: Option<String>,
}

/// A code cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CellTask {
    /// Its index among the code cells.
    pub index: usize,
    /// Its index among all cells, as a person counts.
    pub position: usize,
    /// Its Python, on the lines of its source: each magic is the call that IPython makes of it.
    pub text: String,
    /// Whether the author expects that it fails.
    pub may_fail: bool,
}

/// The stages of a lock.
#[must_use]
pub fn stages(lock: &Lock) -> Vec<StageTask> {
    let of = |(id, stage): (usize, &lock::Stage)| StageTask {
        id,
        module: stage.module.clone(),
        function: stage.function.clone(),
        params: stage.params.clone(),
    };
    lock.stages.iter().enumerate().map(of).collect()
}

/// The values that a lock lists for its first notebook: what its stages return, and what it only prints.
///
/// # Errors
///
/// If the lock contradicts itself: somebody edited it.
pub fn places(lock: &Lock) -> Result<Vec<Place>, Failure> {
    let mut found = Vec::new();
    for (index, stage) in lock.stages.iter().enumerate() {
        if stage.notebook.unwrap_or_default() != 0 {
            continue;
        }
        let at = match &stage.at {
            Places::One(at) => vec![*at; stage.returns.len()],
            Places::Each(each) => each.clone(),
        };
        let fields = stage.fields.as_ref();
        if at.len() != stage.returns.len() || fields.is_some_and(|fields| fields.len() != at.len()) {
            return Err(edited(&format!(
                "stage `{}` needs one entry of `at` and of `fields` for each of `returns`",
                stage.function
            )));
        }
        found.extend(stage.returns.iter().zip(at).enumerate().map(|(entry, (name, at))| Place {
            id: 0,
            name: name.clone(),
            expression: name.clone(),
            at,
            stage: index,
            field: fields.map(|fields| fields[entry].clone()),
        }));
    }
    for result in &lock.results {
        let is_its = |stage: &lock::Stage| {
            result.stage == stage.function || result.stage == format!("{}.{}", stage.module, stage.function)
        };
        let Some(index) = lock.stages.iter().rposition(is_its) else {
            return Err(edited(&format!(
                "result `{}` names the stage `{}`, which there is not",
                result.name, result.stage
            )));
        };
        if lock.stages[index].notebook.unwrap_or_default() == 0 {
            found.push(Place {
                id: 0,
                name: result.name.clone(),
                expression: result.expression.clone(),
                at: result.at,
                stage: index,
                field: Some(result.field.clone()),
            });
        }
    }
    found.iter_mut().enumerate().for_each(|(id, place)| place.id = id);
    Ok(found)
}

/// The code cells of a notebook in the order in which its program runs.
///
/// # Errors
///
/// If the lock lists a cell that the notebook does not have.
pub fn cells(notebook: &Notebook, lock: &lock::Notebook) -> Result<Vec<CellTask>, Failure> {
    let all: Vec<CellTask> = notebook
        .code_cells()
        .enumerate()
        .map(|(index, cell)| CellTask {
            index,
            position: cell.position,
            text: ipython::transform(&cell.source).python,
            may_fail: cell.tags.iter().any(|tag| tag == "raises-exception"),
        })
        .collect();
    if lock.order.is_none() || lock.cells.is_empty() {
        return Ok(all);
    }
    let in_turn = lock.cells.iter().map(|index| {
        let cell = all.get(*index).cloned();
        cell.ok_or_else(|| edited(&format!("it runs code cell {index}, and the notebook has {}", all.len())))
    });
    in_turn.collect()
}

fn edited(what: &str) -> Failure {
    Failure::new(format!("{} contradicts itself: {what}", lock::FILE_NAME))
        .hint("restore it, or extract the package again into an empty folder")
}
