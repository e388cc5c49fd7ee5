//! One notebook (or module) through all phases that only read: the value that every verb starts from.

mod program;

use crate::classify::{Choice, Classification};
use crate::dataflow::Graph;
use crate::ipython;
use crate::notebook::{self, CellKind, Notebook, NotebookError};
use crate::order::Order;
use crate::rules::Finding;
use crate::syntax::{At, ParsedCell, Trust, ast, parse_cell, parse_module};
use program::Program;

/// What is known of a notebook.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The notebook; for a module, one of a single code cell.
    pub notebook: Notebook,
    /// Its code cells, parsed, as they stand in the file.
    pub cells: Vec<ParsedCell>,
    /// The order in which the program runs them.
    pub order: Order,
    /// Its dependency graph; statements are in the program's order.
    pub graph: Graph,
    /// The graph of the order in which the cells ran, where that is another one and not the program's.
    pub executed: Option<Graph>,
    /// Roles, candidates, the production model.
    pub classification: Classification,
    /// What a reviewer should know.
    pub findings: Vec<Finding>,
}

impl Analysis {
    /// Reads and analyses a notebook.
    ///
    /// # Errors
    ///
    /// If it can't be read as a notebook of Python 3; see [`NotebookError`].
    pub fn of_notebook(bytes: &[u8], choice: &Choice) -> Result<Self, NotebookError> {
        let notebook = notebook::parse(bytes)?;
        let cells: Vec<ParsedCell> = notebook
            .cells
            .iter()
            .filter_map(|cell| match cell.kind {
                CellKind::Code(index) => Some(parse_cell(index, cell.position, ipython::transform(&cell.source))),
                CellKind::Markdown | CellKind::Raw => None,
            })
            .collect();
        Ok(Self::assemble(notebook, cells, choice))
    }

    /// Analyses a Python module as a notebook of one cell.
    #[must_use]
    pub fn of_module(text: &str) -> Self {
        let cell = notebook::Cell {
            position: 0,
            kind: CellKind::Code(0),
            id: None,
            source: text.to_owned(),
            stored: text.to_owned(),
            tags: Vec::new(),
            execution_count: None,
            outputs: Vec::new(),
        };
        let notebook = Notebook { format: (4, 5), language: "python".to_owned(), cells: vec![cell] };
        Self::assemble(notebook, vec![parse_module(text)], &Choice::default())
    }

    fn assemble(notebook: Notebook, cells: Vec<ParsedCell>, choice: &Choice) -> Self {
        let Program { order, graph, classification, executed } = program::program(&notebook, &cells, choice);
        let mut analysis = Self { notebook, cells, order, graph, executed, classification, findings: Vec::new() };
        analysis.findings = crate::rules::run(&analysis);
        analysis
    }

    /// The cell with this index among the code cells.
    #[must_use]
    pub fn cell(&self, index: usize) -> Option<&ParsedCell> {
        self.cells.get(index)
    }

    /// The statement at a place.
    #[must_use]
    pub fn statement(&self, at: At) -> Option<&ast::Stmt> {
        self.cells.get(at.cell)?.statements.get(at.statement)
    }

    /// The text of the statement at a place.
    #[must_use]
    pub fn text(&self, at: At) -> &str {
        match (self.cell(at.cell), self.statement(at)) {
            (Some(cell), Some(statement)) => cell.text(statement.span),
            _ => "",
        }
    }

    /// The position among all cells, as people count, of a code cell.
    #[must_use]
    pub fn position(&self, cell: usize) -> usize {
        self.cell(cell).map_or(cell, |cell| cell.position)
    }

    /// The code cells that can't be read as Python 3.
    pub fn opaque_cells(&self) -> impl Iterator<Item = &ParsedCell> {
        self.cells.iter().filter(|cell| cell.trust != Trust::Whole)
    }
}
