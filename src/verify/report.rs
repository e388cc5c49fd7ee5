//! What the Python programs tell.

use serde::{Deserialize, Serialize};

/// One line of the supervisor's output.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The interpreter works.
    Python {
        /// Its version.
        version: String,
        /// Its absolute path.
        executable: String,
        /// Whether the programs can't be run by it; nothing follows then.
        too_old: bool,
    },
    /// The folder is about to be copied.
    Copy {
        /// How many bytes.
        bytes: u64,
        /// How many files.
        files: u64,
    },
    /// A run begins.
    Run {
        /// `notebook` or `package`.
        side: String,
        /// Which run, from 1.
        number: u64,
    },
    /// A run goes on.
    Progress {
        /// `notebook` or `package`.
        side: String,
        /// How long it has been running.
        seconds: f64,
        /// Where it is, in words; empty before it has begun.
        at: String,
    },
    /// A run has ended.
    Ran {
        /// `notebook` or `package`.
        side: String,
        /// Which run, from 1.
        number: u64,
        /// How long it took.
        seconds: f64,
    },
    /// All is done, or nothing more can be.
    Report {
        /// What came out.
        report: Box<Outcome>,
    },
}

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Outcome {
    /// Why not everything could be run.
    pub stopped: Option<Stopped>,
    /// What a reader should know besides.
    pub notes: Vec<String>,
    /// The values, one for each place of the task.
    pub values: Vec<ValueRow>,
    /// The files.
    pub files: Vec<FileRow>,
    /// A traceback of the programs themselves.
    pub bug: Option<String>,
}

/// Why a side could not be run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stopped {
    /// `notebook`, `package` or `copy`.
    pub side: String,
    /// `error`, `module`, `file`, `input`, `timeout`, `crash` or `space`.
    pub reason: String,
    /// One line.
    pub message: String,
    /// The frames, innermost last.
    pub frames: Vec<Frame>,
    /// Where it was, where there are no frames.
    pub at: String,
    /// The last output, where that is all there is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub log: String,
    /// Shell lines and magics that were not run before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_run: Vec<String>,
    /// The module that is not installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// Whether the package is that the missing module would be in.
    #[serde(skip_serializing)]
    pub parent_installed: bool,
    /// The file that does not exist, as the code has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Whether its folder does.
    #[serde(skip_serializing)]
    pub folder_exists: bool,
    /// How many bytes the copy needs.
    #[serde(skip_serializing)]
    pub needed: u64,
    /// How many bytes there are.
    #[serde(skip_serializing)]
    pub free: u64,
}

/// A frame of a traceback.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Frame {
    /// The cell, counted among all cells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<usize>,
    /// A file below the copied folder, or anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A file of the package, from where it is imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// A file of an installed library.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// The line, from 1.
    pub line: usize,
    /// The function.
    pub function: String,
    /// The line's text.
    pub text: String,
}

/// How the sides relate in one respect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The same.
    Equal,
    /// The same but for rounding.
    Close,
    /// Not the same.
    Different,
    /// One side has no value.
    Missing,
    /// Two runs of the notebook differ.
    Unstable,
    /// Nothing in it can be compared.
    Unclear,
    /// A file that only the notebook writes: exploration, mostly.
    #[serde(rename = "only in the notebook")]
    NotebookOnly,
    /// A file that only the package writes.
    #[serde(rename = "only in the package")]
    PackageOnly,
}

impl Verdict {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Close => "close",
            Self::Different => "different",
            Self::Missing => "missing",
            Self::Unstable => "unstable",
            Self::Unclear => "unclear",
            Self::NotebookOnly => "only in the notebook",
            Self::PackageOnly => "only in the package",
        }
    }

    /// Whether the package is the same here.
    #[must_use]
    pub fn is_same(self) -> bool {
        matches!(self, Self::Equal | Self::Close)
    }

    /// Whether the package is wrong here.
    #[must_use]
    pub fn is_wrong(self) -> bool {
        matches!(self, Self::Different | Self::Missing)
    }
}

/// The verdict on a value or file, and what is known about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// How the sides relate.
    pub verdict: Verdict,
    /// The first place that differs.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "where")]
    pub place: Option<String>,
    /// What the notebook has there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notebook: Option<String>,
    /// What the package has there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// Why the verdict is as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// The verdict on a value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ValueRow {
    /// The place's index in the task.
    pub id: usize,
    /// The verdict.
    #[serde(flatten)]
    pub row: Row,
}

/// The verdict on a written file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRow {
    /// Its path in the copied folder.
    pub path: String,
    /// The package's path, where it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package_path: Option<String>,
    /// The verdict.
    #[serde(flatten)]
    pub row: Row,
}
