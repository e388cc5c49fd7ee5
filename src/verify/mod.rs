//! Running a notebook and its package and comparing their values: what is to be run, and what came out.
//!
//! Python programs do the running, each side in a process of its own; they are embedded so that the binary carries them.
//! Nothing here starts them: `nb2pkg verify` does.

mod report;
mod task;

pub use report::{Event, FileRow, Frame, Outcome, Row, Stopped, ValueRow, Verdict};
pub use task::{CellTask, Options, Place, StageTask, Task, cells, places, stages};

/// The programs by file name. They import each other, so they have to lie in one folder; [`ENTRY`] is the one to run.
pub const PROGRAMS: [(&str, &str); 12] = [
    ("supervise.py", include_str!("supervise.py")),
    ("scratch.py", include_str!("scratch.py")),
    ("record.py", include_str!("record.py")),
    ("notebook.py", include_str!("notebook.py")),
    ("seeds.py", include_str!("seeds.py")),
    ("shell.py", include_str!("shell.py")),
    ("answers.py", include_str!("answers.py")),
    ("package.py", include_str!("package.py")),
    ("failure.py", include_str!("failure.py")),
    ("picture.py", include_str!("picture.py")),
    ("compare.py", include_str!("compare.py")),
    ("difference.py", include_str!("difference.py")),
];

/// The program that takes a [`Task`] and tells [`Event`]s.
pub const ENTRY: &str = "supervise.py";

/// The format of the report.
pub const SCHEMA: &str = "nb2pkg.verify/1";
