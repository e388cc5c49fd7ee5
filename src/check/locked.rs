//! Locks on disk.

use std::collections::BTreeSet;
use std::path::Path;

use crate::diagnostics::Failure;
use crate::host::{self, Previous};
use crate::lock::{self, Lock};

/// Reads the text of a lock.
///
/// # Errors
///
/// If it is not TOML, or of a version that nothing here knows.
pub fn parse(text: &str) -> Result<Lock, String> {
    let lock = lock::parse(text).map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())?;
    match lock.schema.as_str() {
        lock::SCHEMA => Ok(lock),
        "" => Err("it names no schema".to_owned()),
        other => Err(format!("it has the schema `{other}`, this version of nb2pkg knows `{}`", lock::SCHEMA)),
    }
}

/// The lock of a package; none if the folder has none.
///
/// # Errors
///
/// If there is one that can't be read.
pub fn of_package(root: &Path) -> Result<Option<Lock>, Failure> {
    let path = root.join(lock::FILE_NAME);
    let Some(text) = host::read_text(&path)? else { return Ok(None) };
    parse(&text).map(Some).map_err(|reason| {
        Failure::new(format!("`{}` can't be used: {reason}", path.display()))
            .hint("restore it from version control, or extract into another folder with `-o DIR`")
    })
}

/// What a lock says about the files on disk.
#[must_use]
pub fn previous(lock: &Lock, keep_stale: bool) -> Previous {
    Previous {
        files: lock.files.iter().map(|file| (file.path.clone(), file.sha256.clone())).collect(),
        own: BTreeSet::from([lock::FILE_NAME.to_owned()]),
        keep_stale,
    }
}
