//! Configuration: `nb2pkg.toml`, or `[tool.nb2pkg]` in `pyproject.toml`. The nearest one, upwards from a notebook, holds.
//!
//! ```toml
//! [tool.nb2pkg]
//! model = "rf"                     # a variable, a class, a key in a dictionary of models, or "cell 24"
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

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use parse::parse;

use crate::classify::Choice;
use crate::diagnostics::{Failure, nearest, ranges};
use crate::host;
use crate::notebook::{CellKind, Notebook};
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
    /// The production model: its variable, its class, the name that the notebook gives it, or the position of the cell that
    /// fits it.
    pub model: Option<String>,
    /// Cells that are production.
    pub production: Vec<CellName>,
    /// Cells that are exploration.
    pub exploration: Vec<CellName>,
    /// The order of the cells.
    pub order: Option<OrderKind>,
    /// Whether the cells were named for all notebooks rather than for this one.
    pub cells_are_for_all: bool,
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
        let cells_are_for_all = own.production.is_empty() && own.exploration.is_empty();
        let or = |own: Vec<CellName>, all: &Vec<CellName>| if own.is_empty() { all.clone() } else { own };
        Settings {
            model: own.model.or_else(|| self.all.model.clone()),
            production: or(own.production, &self.all.production),
            exploration: or(own.exploration, &self.all.exploration),
            order: own.order.or(self.all.order),
            cells_are_for_all,
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
    /// If the notebook has no code cell of that name; the hints say what it has.
    pub fn choice(&self, notebook: &Notebook, path: &Path) -> Result<Choice, Failure> {
        let positions = |names: &[CellName]| -> Result<BTreeSet<usize>, Failure> {
            names.iter().map(|name| self.position(name, notebook, path)).collect()
        };
        Ok(Choice {
            model: self.model.clone(),
            production_cells: positions(&self.production)?,
            exploration_cells: positions(&self.exploration)?,
            order: self.order,
        })
    }

    /// The same where no cell is named, so that the notebook need not be read first.
    #[must_use]
    pub fn choice_without_cells(&self) -> Option<Choice> {
        let none = self.production.is_empty() && self.exploration.is_empty();
        none.then(|| Choice { model: self.model.clone(), order: self.order, ..Choice::default() })
    }

    fn position(&self, name: &CellName, notebook: &Notebook, path: &Path) -> Result<usize, Failure> {
        let cells = &notebook.cells;
        let (named, found) = match name {
            CellName::Position(position) => (format!("cell {position}"), cells.get(*position)),
            CellName::Id(id) => (format!("the cell `{id}`"), cells.iter().find(|cell| cell.id.as_ref() == Some(id))),
        };
        let failure = match found {
            Some(cell) if matches!(cell.kind, CellKind::Code(_)) => return Ok(cell.position),
            Some(_) => Failure::new(format!(
                "{}: the configuration names {named}, which holds text and no code",
                path.display()
            )),
            None => Failure::new(format!("{}: the configuration names {named}, and there is none", path.display())),
        };
        let ids = || cells.iter().filter_map(|cell| cell.id.as_deref());
        let near = match name {
            CellName::Id(id) => nearest(id, ids()),
            CellName::Position(_) => None,
        };
        let code = ranges(&notebook.code_cells().map(|cell| cell.position).collect());
        let failure = match (near, name) {
            (Some(near), _) => failure.hint(format!("did you mean `{near}`?")),
            (None, CellName::Id(_)) if ids().next().is_none() => {
                failure.hint(format!("its cells have no ids; those with code are at the positions {code}"))
            }
            _ => failure.hint(format!("the cells with code are {code}, counted from 0")),
        };
        Err(if self.cells_are_for_all {
            failure.hint("name the cells of one notebook under `[tool.nb2pkg.notebooks.\"PATH\"]`")
        } else {
            failure
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::notebook;

    fn choose(settings: &Settings) -> Result<Choice, Failure> {
        let cells = json!([
            {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Loans"},
            {"cell_type": "code", "id": "load", "metadata": {}, "source": "x = 1", "outputs": [], "execution_count": 1},
        ]);
        let text = json!({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).to_string();
        settings.choice(&notebook::parse(text.as_bytes()).expect("a notebook"), Path::new("loans.ipynb"))
    }

    #[test]
    fn cells_are_named_by_position_or_id() {
        let production = vec![CellName::Position(1), CellName::Id("load".to_owned())];
        let choice = choose(&Settings { production, ..Settings::default() }).expect("cells that are there");
        assert_eq!(choice.production_cells, [1].into());
    }

    #[test]
    fn cells_that_are_not_there_are_refused_with_what_is() {
        for (name, message, hint) in [
            (CellName::Position(2), "loans.ipynb: the configuration names cell 2, and there is none", "code are 1,"),
            (CellName::Position(0), "names cell 0, which holds text and no code", "code are 1,"),
            (CellName::Id("laod".to_owned()), "names the cell `laod`, and there is none", "did you mean `load`?"),
        ] {
            let settings = Settings { exploration: vec![name], cells_are_for_all: true, ..Settings::default() };
            let failure = choose(&settings).expect_err("refused");
            assert!(failure.message.contains(message), "{failure}");
            assert!(failure.hints[0].contains(hint) && failure.hints[1].contains("notebooks"), "{failure:?}");
        }
    }
}
