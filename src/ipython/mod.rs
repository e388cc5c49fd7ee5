//! IPython's syntax: magics, shell lines and help requests are found and set aside, so that what is left is Python.

use std::collections::BTreeMap;

mod automagic;
mod cell;
mod cleanup;
mod fstring;
mod help;
mod lexer;
mod literal;
mod magic;
mod structure;
mod text;
mod tokenize;

pub use cell::transform;
pub use lexer::{LogicalLine, logical_lines};

/// A code cell after the IPython transformation.
#[derive(Clone, Debug, Default)]
pub struct CellSource {
    /// Python text with the same line numbers as the cell: each magic, shell line or help request became the call that
    /// IPython makes of it (`get_ipython().run_line_magic('matplotlib', 'inline')`).
    pub python: String,
    /// What was set aside, in order.
    pub magics: Vec<Magic>,
    /// Transparent cell magics (`%%time`) that were dropped from above the body.
    pub transparent: Vec<String>,
    /// Why the text can't be Python at all, found while reading lines: an indentation error, an unclosed bracket.
    pub problem: Option<Problem>,
}

/// Why a cell can't be read as Python 3, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// 1-based line in the cell.
    pub line: usize,
    /// What is wrong, for a person, without a final stop.
    pub message: String,
}

/// One line or cell in IPython's own syntax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Magic {
    /// 1-based first line in the cell.
    pub line: usize,
    /// 1-based last line in the cell.
    pub end_line: usize,
    /// What kind it is.
    pub kind: MagicKind,
    /// The magic's name (`matplotlib`, `bash`), or empty for shell lines and help.
    pub name: String,
    /// What follows the name on its line; the command of a shell line.
    pub arguments: String,
    /// A cell magic's body.
    pub body: Option<String>,
}

/// The kinds of IPython syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MagicKind {
    /// `%name arguments`
    Line,
    /// `%%name arguments` and a body
    Cell,
    /// `!command`, `!!command`
    Shell,
    /// `name?`, `?name`
    Help,
    /// A magic's name without `%`: `pip install x`, `cd /tmp`
    Automagic,
}

/// Commands that change how the notebook looks or is set up, not what it computes.
const HARMLESS: &[&str] = &[
    "autoreload",
    "capture",
    "conda",
    "config",
    "load_ext",
    "matplotlib",
    "memit",
    "notify",
    "pip",
    "prun",
    "pylab",
    "reload_ext",
    "time",
    "timeit",
    "mamba",
    "uv",
];

impl Magic {
    /// Whether it asks for help, installs something, or changes how the notebook looks or is set up: a package does
    /// without it.
    #[must_use]
    pub fn is_harmless(&self) -> bool {
        match self.kind {
            MagicKind::Help => true,
            MagicKind::Shell => {
                let first = self.arguments.split_whitespace().next().unwrap_or_default();
                let installs = self.arguments.contains("-m pip ") || first.starts_with("pip");
                installs || HARMLESS.contains(&first)
            }
            // As a call, `%%time` has the cell's code in a string.
            MagicKind::Cell if cell::TRANSPARENT.contains(&self.name.as_str()) => false,
            MagicKind::Line | MagicKind::Cell | MagicKind::Automagic => HARMLESS.contains(&self.name.as_str()),
        }
    }
}

impl CellSource {
    /// The magics by the line on which they start.
    #[must_use]
    pub fn magics_by_line(&self) -> BTreeMap<usize, &Magic> {
        self.magics.iter().map(|magic| (magic.line, magic)).collect()
    }
}
