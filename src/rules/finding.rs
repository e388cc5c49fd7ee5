//! Findings: what a reviewer should know.

use serde::Serialize;

/// Something a reviewer should know, with a rule, a place and a way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's kebab-case name: its identity.
    pub rule: &'static str,
    /// The rule's short code, for tools that want one.
    pub code: &'static str,
    /// How much it matters.
    pub level: Level,
    /// Whether the package can't be trusted before somebody decides.
    pub blocking: bool,
    /// Where it is.
    pub place: Option<Place>,
    /// What is the matter, one sentence.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// `check` fails.
    Error,
    /// Somebody should look.
    Warning,
    /// Good to know.
    Info,
}

impl Level {
    /// Its name in the machine interface.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// A place in a notebook, or in a file that is no notebook.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Index among the code cells; none for a file that is no notebook.
    pub cell: Option<usize>,
    /// Index among all cells: what people count.
    pub position: Option<usize>,
    /// The statement in the cell, if it is about one.
    pub statement: Option<usize>,
    /// First and last line, from 1, in the cell or file.
    pub lines: (usize, usize),
}
