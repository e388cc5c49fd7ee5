//! Reading notebooks: lenient about what real notebooks contain, strict about what can be trusted.

mod any;
mod error;
mod heading;
mod language;
mod output;
mod repair;
mod schema;

pub use error::{LooksLike, NotebookError};
pub use heading::{headings, without_tags};
pub use schema::parse;

/// A notebook, whatever version of nbformat it was stored in.
#[derive(Clone, Debug)]
pub struct Notebook {
    /// nbformat's major and minor version, as stored.
    pub format: (u64, u64),
    /// The kernel's language, in lower case; `python` if the notebook does not say.
    pub language: String,
    /// All cells, in order.
    pub cells: Vec<Cell>,
}

/// One cell.
#[derive(Clone, Debug)]
pub struct Cell {
    /// 0-based among all cells: what people count.
    pub position: usize,
    /// What kind of cell it is.
    pub kind: CellKind,
    /// The cell's id, from nbformat 4.5 on.
    pub id: Option<String>,
    /// The source with `\n` line ends and without a byte-order mark.
    pub source: String,
    /// The source as stored: what the lock's hash is taken over.
    pub stored: String,
    /// `metadata.tags`
    pub tags: Vec<String>,
    /// How often the kernel had executed anything when it ran this cell.
    pub execution_count: Option<u64>,
    /// What it printed and displayed.
    pub outputs: Vec<Output>,
}

/// The kind of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// A code cell, with its 0-based index among the code cells (empty ones count): what machines count.
    Code(usize),
    /// Prose.
    Markdown,
    /// Anything else.
    Raw,
}

/// One output of a code cell, reduced to text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Text printed to `stdout` or `stderr`.
    Stream { name: String, text: String },
    /// A displayed value: its `text/plain` form (empty if there is none) and its other MIME types.
    Display { text: String, other: Vec<String> },
    /// An exception.
    Error { name: String, value: String },
}

impl Notebook {
    /// The code cells, in order; the position in this list is the machine's cell index.
    pub fn code_cells(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| matches!(cell.kind, CellKind::Code(_)))
    }
}
