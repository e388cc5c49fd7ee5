//! Configuration: `nb2pkg.toml`, or `[tool.nb2pkg]` in `pyproject.toml`. The nearest one, upwards from a notebook, holds.
//!
//! ```toml
//! [tool.nb2pkg]
//! model = "rf"                     # a variable or an estimator's class
//! exclude = ["archive/"]           # as in .gitignore
//!
//! [tool.nb2pkg.rules]
//! network-read = "ignore"
//!
//! [tool.nb2pkg.notebooks."notebooks/churn.ipynb"]
//! model = "gb"
//! production = [12]                # positions or ids of cells
//! exploration = ["3f6a01b2"]
//! order = "executed"               # or "file": the order in which the cells make up the program
//! ```

mod parse;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use parse::parse;

use crate::classify::Choice;
use crate::diagnostics::Failure;
use crate::host;
use crate::notebook::Notebook;
use crate::order::OrderKind;
use crate::rules::{Finding, Level};

/// The configuration that holds for a folder and what is below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The folder that holds it; patterns and notebooks are relative to it.
    pub folder: PathBuf,
    /// For every notebook.
    pub all: Settings,
    /// For single notebooks, by path with `/`.
    pub notebooks: BTreeMap<String, Settings>,
    /// The levels of rules that are not the usual ones.
    pub rules: BTreeMap<String, Setting>,
    /// Files that `check` leaves out.
    pub exclude: Vec<String>,
}

/// What may be said about a notebook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The production model: a variable or an estimator's class.
    pub model: Option<String>,
    /// Cells that are production.
    pub production: Vec<CellName>,
    /// Cells that are exploration.
    pub exploration: Vec<CellName>,
    /// The order of the cells.
    pub order: Option<OrderKind>,
}

/// How a cell is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellName {
    /// By its position among all cells, from 0.
    Position(usize),
    /// By its id.
    Id(String),
}

/// The level that somebody gave a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Its findings have this level.
    Level(Level),
    /// Its findings are left out.
    Ignore,
}

impl Config {
    /// The nearest configuration upwards from a folder; the empty one if there is none.
    ///
    /// # Errors
    ///
    /// If a file can't be read or understood.
    pub fn discover(folder: &Path) -> Result<Self, Failure> {
        let folder = host::resolve(folder)?;
        for folder in folder.ancestors() {
            for (name, table) in [("nb2pkg.toml", false), ("pyproject.toml", true)] {
                let path = folder.join(name);
                let Some(text) = host::read_text(&path)? else { continue };
                if let Some(config) = parse(&text, table, &path)? {
                    return Ok(Self { folder: folder.to_owned(), ..config });
                }
            }
        }
        Ok(Self::default())
    }

    /// What holds for a notebook: its own settings, else those for all.
    #[must_use]
    pub fn settings(&self, notebook: &Path) -> Settings {
        let own = host::resolve(notebook)
            .ok()
            .and_then(|path| self.notebooks.get(&host::relative(&self.folder, &path)))
            .cloned()
            .unwrap_or_default();
        let or = |own: Vec<CellName>, all: &Vec<CellName>| if own.is_empty() { all.clone() } else { own };
        Settings {
            model: own.model.or_else(|| self.all.model.clone()),
            production: or(own.production, &self.all.production),
            exploration: or(own.exploration, &self.all.exploration),
            order: own.order.or(self.all.order),
        }
    }

    /// Gives findings the levels that somebody chose, and drops those of ignored rules.
    ///
    /// A name that production reads and nothing defines stays: no setting makes a package of it.
    pub fn apply(&self, findings: &mut Vec<Finding>) {
        findings.retain_mut(|finding| match self.rules.get(finding.rule) {
            Some(Setting::Ignore) => crate::rules::stops_extraction(finding),
            Some(Setting::Level(level)) => {
                finding.level = *level;
                true
            }
            None => true,
        });
    }
}

impl Settings {
    /// The same as the classification wants it: positions only.
    ///
    /// # Errors
    ///
    /// If the notebook has no cell of that name.
    pub fn choice(&self, notebook: Option<&Notebook>) -> Result<Choice, Failure> {
        let position = |name: &CellName| match name {
            CellName::Position(position) => Ok(*position),
            CellName::Id(id) => notebook
                .and_then(|notebook| notebook.cells.iter().find(|cell| cell.id.as_ref() == Some(id)))
                .map(|cell| cell.position)
                .ok_or_else(|| {
                    Failure::new(format!("the configuration names the cell `{id}`, which the notebook has not"))
                }),
        };
        Ok(Choice {
            model: self.model.clone(),
            production_cells: self.production.iter().map(position).collect::<Result<_, _>>()?,
            exploration_cells: self.exploration.iter().map(position).collect::<Result<_, _>>()?,
            order: self.order,
        })
    }

    /// Whether a cell is named by its id, so that the notebook has to be read first.
    #[must_use]
    pub fn names_ids(&self) -> bool {
        self.production.iter().chain(&self.exploration).any(|name| matches!(name, CellName::Id(_)))
    }
}
