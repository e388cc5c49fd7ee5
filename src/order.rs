//! The orders that a notebook's cells have: in the file, and by their execution counts.

use std::collections::BTreeMap;

use crate::notebook::Notebook;
use crate::syntax::ast::{Stmt, StmtKind};
use crate::syntax::{ParsedCell, Trust};

/// Which order the program has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderKind {
    /// That in which the cells stand in the file.
    #[default]
    File,
    /// That in which the cells ran in the saved session, by their execution counts.
    Executed,
}

impl OrderKind {
    /// Its name in the machine interface and in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Executed => "executed",
        }
    }

    /// The order of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::File, Self::Executed].into_iter().find(|kind| kind.name() == name)
    }
}

/// The order of a program's cells, and why it is this one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// Which one.
    pub kind: OrderKind,
    /// The indices of all code cells, in the order in which the program runs them.
    pub cells: Vec<usize>,
    /// Why, in words for a reviewer: a clause without a full stop.
    pub reason: String,
    /// Somebody asked for the executed order, and this is why there is none; the order is the file's then.
    pub refused: Option<String>,
}

impl Order {
    /// The file's order of so many cells.
    #[must_use]
    pub fn of_file(cells: usize, reason: impl Into<String>) -> Self {
        Self { kind: OrderKind::File, cells: (0..cells).collect(), reason: reason.into(), refused: None }
    }

    /// Whether the program runs a code cell after another one.
    #[must_use]
    pub fn runs_after(&self, cell: usize, other: usize) -> bool {
        let place = |wanted: usize| self.cells.iter().position(|cell| *cell == wanted);
        place(cell) > place(other)
    }

    /// What the order is and why, as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let order = match self.kind {
            OrderKind::File => "in which they stand in the file",
            OrderKind::Executed => "in which they ran",
        };
        let reason = if self.reason.is_empty() { String::new() } else { format!(": {}", self.reason) };
        format!("The program has the cells in the order {order}{reason}.")
    }
}

/// The order in which the cells ran.
///
/// A cell without a count stays behind the cell above it: where it stands among its neighbours is all that is known of
/// it. So does a cell that only imports and ran again later: the modules are the same ones, and its first run is what
/// others relied on.
///
/// # Errors
///
/// If the counts give no order; the reason in words.
pub fn executed(notebook: &Notebook, cells: &[ParsedCell]) -> Result<Vec<usize>, String> {
    let counts = counts(notebook, cells);
    if counts.is_empty() {
        return Err("no cell has an execution count".to_owned());
    }
    let mut first: BTreeMap<u64, usize> = BTreeMap::new();
    for (cell, count) in &counts {
        if let Some(other) = first.insert(*count, *cell) {
            let (above, below) = (cells[other].position, cells[*cell].position);
            return Err(format!(
                "cells {above} and {below} both have the execution count {count}, so not all are of one session"
            ));
        }
    }
    let mut groups: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let mut above = 0;
    for cell in cells {
        above = match counts.get(&cell.index) {
            Some(count) if only_imports(cell) => above.min(*count),
            Some(count) => *count,
            None => above,
        };
        groups.entry(above).or_default().push(cell.index);
    }
    Ok(groups.into_values().flatten().collect())
}

fn only_imports(cell: &ParsedCell) -> bool {
    let imports = |statement: &Stmt| matches!(statement.kind, StmtKind::Import(_) | StmtKind::ImportFrom { .. });
    cell.trust == Trust::Whole && cell.statements.iter().all(imports)
}

/// The execution counts of cells that do something, by their index.
///
/// Some tools write 0 for a cell that never ran; kernels count from 1.
pub(crate) fn counts(notebook: &Notebook, cells: &[ParsedCell]) -> BTreeMap<usize, u64> {
    let does = |cell: &ParsedCell| !cell.statements.is_empty() || cell.trust != Trust::Whole;
    let count = |cell: &ParsedCell| notebook.cells.get(cell.position)?.execution_count.filter(|count| *count > 0);
    cells.iter().filter(|cell| does(cell)).filter_map(|cell| Some((cell.index, count(cell)?))).collect()
}
