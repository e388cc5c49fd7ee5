//! The Python programs that run a notebook and its package, each in a process of its own, and compare their values.
//!
//! They are embedded so that the binary carries them. Nothing here runs them: that is for whoever asks for it.

/// The programs by file name. They import each other, so they have to lie in one folder; `compare.py` is the one to run.
pub const PROGRAMS: [(&str, &str); 4] = [
    ("compare.py", include_str!("compare.py")),
    ("record.py", include_str!("record.py")),
    ("picture.py", include_str!("picture.py")),
    ("difference.py", include_str!("difference.py")),
];
