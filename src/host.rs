//! The outside world. No other module reads files, the environment or the working directory; `clippy.toml` sees to it.

#![expect(clippy::disallowed_methods, reason = "this is the module that the others are sent to")]

mod path;
mod process;
mod walk;
mod write;

use std::fs;
use std::io::{ErrorKind, IsTerminal as _};
use std::path::{Path, PathBuf};

pub use path::{folder, relative, resolve};
pub use process::{Ended, Interpreter, interpreter, run_python, scratch};
pub use walk::{Excludes, walk};
pub use write::{Previous, Written, write_file, write_tree};

use crate::diagnostics::Failure;

/// Reads a file.
///
/// # Errors
///
/// If it can't be read.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| {
        let shown = path.display();
        match error.kind() {
            ErrorKind::NotFound => Failure::new(format!("`{shown}` does not exist")),
            ErrorKind::PermissionDenied => {
                Failure::new(format!("`{shown}` can't be read: permission denied")).hint("check the file's permissions")
            }
            _ if path.is_dir() => Failure::new(format!("`{shown}` is a folder")),
            _ => Failure::new(format!("`{shown}` can't be read: {error}")),
        }
    })
}

/// Reads a file if it exists.
///
/// # Errors
///
/// If it exists and can't be read as text.
pub fn read_text(path: &Path) -> Result<Option<String>, Failure> {
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = read(path)?;
    String::from_utf8(bytes).map(Some).map_err(|_| Failure::new(format!("`{}` is not UTF-8 text", path.display())))
}

/// Whether a path is a folder.
#[must_use]
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Whether a path is a file.
#[must_use]
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// The working directory.
///
/// # Errors
///
/// If it was removed or may not be read.
pub fn working_directory() -> Result<PathBuf, Failure> {
    std::env::current_dir().map_err(|error| Failure::new(format!("the working directory can't be read: {error}")))
}

/// Whether a person watches standard error.
#[must_use]
pub fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

/// How many columns a person's screen has: as `COLUMNS` says, else as the terminal does if output goes to one; none where
/// neither is there.
#[must_use]
pub fn screen_width(is_terminal: bool) -> Option<usize> {
    let asked = std::env::var("COLUMNS").ok().and_then(|text| text.trim().parse().ok()).filter(|width| *width > 0);
    let terminal = || terminal_size::terminal_size().filter(|_| is_terminal);
    asked.or_else(|| terminal().map(|(width, _)| usize::from(width.0)))
}

/// How many threads are worth starting.
#[must_use]
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
