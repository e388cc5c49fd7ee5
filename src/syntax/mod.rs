//! From a cell's text to a typed syntax tree. The only module that knows tree-sitter.

use std::fmt;

pub mod ast;
mod command;
mod kind;
mod lower;
mod mask;
mod parse;
mod tree;
mod validate;

pub use command::command;
pub use parse::{parse_cell, parse_module};

use crate::ipython::CellSource;
use ast::{Span, Stmt};

/// The place of a statement: code cell and statement, both counted from 0, as in the machine interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    /// Index among the code cells.
    pub cell: usize,
    /// Index among the cell's top-level statements.
    pub statement: usize,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.cell, self.statement)
    }
}

/// A code cell with its statements.
#[derive(Clone, Debug)]
pub struct ParsedCell {
    /// Index among the code cells.
    pub index: usize,
    /// Index among all cells: what people count.
    pub position: usize,
    /// The cell's text and magics.
    pub source: CellSource,
    /// The top-level statements; none if the cell can't be trusted.
    pub statements: Vec<Stmt>,
    /// Comments that stand on lines of their own or behind code, in order.
    pub comments: Vec<Span>,
    /// Multi-line string tokens: lines that begin inside one must keep their indentation.
    pub strings: Vec<Span>,
    /// Whether the analysis may rely on the statements.
    pub trust: Trust,
}

/// Whether a cell could be read as Python 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It could.
    Whole,
    /// It could not: the 1-based line and the reason. The cell is carried verbatim and never half-analysed.
    Opaque { line: usize, reason: String, python2: bool },
}

impl ParsedCell {
    /// The text of a span.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.source.python.get(span.range()).unwrap_or_default()
    }

    /// The 1-based line of a byte offset.
    #[must_use]
    pub fn line(&self, offset: usize) -> usize {
        let end = offset.min(self.source.python.len());
        self.source.python.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count() + 1
    }

    /// The first and last 1-based line of a span.
    #[must_use]
    pub fn lines(&self, span: Span) -> (usize, usize) {
        (self.line(span.start), self.line(span.end.max(span.start + 1) - 1))
    }
}
