//! One at a time, across threads and across `cargo test` processes.

use std::fs::{self, File};
use std::path::Path;

/// Holds a lock until it is dropped.
pub(crate) struct FileLock(#[expect(dead_code, reason = "closing the file releases the lock")] File);

impl FileLock {
    /// Waits for the lock that a file stands for.
    ///
    /// Every call opens the file anew, so that threads of one process exclude each other too.
    pub(crate) fn acquire(path: &Path) -> Result<Self, String> {
        let open = || {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            let file = File::create(path)?;
            file.lock()?;
            Ok::<_, std::io::Error>(file)
        };
        open().map(Self).map_err(|error| format!("can't lock {}: {error}", path.display()))
    }
}
