//! Finding files in a repository.

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, WalkBuilder};

use crate::diagnostics::Failure;

/// Folders that hold nothing that somebody of the repository wrote.
const SKIPPED: &[&str] = &["__pycache__", "node_modules", "site-packages", ".ipynb_checkpoints", "virtual_documents"];

/// Paths to leave out, in the syntax of `.gitignore`.
#[derive(Clone, Debug)]
pub struct Excludes(Gitignore);

impl Excludes {
    /// Patterns relative to a folder.
    ///
    /// # Errors
    ///
    /// If a pattern can't be understood.
    pub fn new(folder: &Path, patterns: &[String]) -> Result<Self, Failure> {
        let mut builder = GitignoreBuilder::new(folder);
        for pattern in patterns {
            builder
                .add_line(None, pattern)
                .map_err(|error| Failure::new(format!("`{pattern}` is not a pattern: {error}")))?;
        }
        builder.build().map(Self).map_err(|error| Failure::new(format!("`exclude` can't be used: {error}")))
    }

    /// Whether a file is left out.
    #[must_use]
    pub fn matches(&self, path: &Path) -> bool {
        path.starts_with(self.0.path()) && self.0.matched_path_or_any_parents(path, false).is_ignore()
    }
}

/// The files below a folder, or the file itself, sorted. `.gitignore` files are honoured; hidden folders, virtual
/// environments, checkpoints and caches are left out, and what belongs to one machine only (a global gitignore) is not
/// asked, so that everybody gets the same list.
///
/// # Errors
///
/// If the path does not exist.
pub fn walk(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    if root.is_file() {
        return Ok(vec![root.to_owned()]);
    }
    if !root.is_dir() {
        return Err(Failure::new(format!("`{}` does not exist", root.display())));
    }
    let walker = WalkBuilder::new(root)
        .require_git(false)
        .git_global(false)
        .git_exclude(false)
        .filter_entry(is_wanted)
        .sort_by_file_path(Path::cmp)
        .build();
    Ok(walker
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .map(DirEntry::into_path)
        .collect())
}

fn is_wanted(entry: &DirEntry) -> bool {
    let folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    if !folder || entry.depth() == 0 {
        return true;
    }
    let skipped = entry.file_name().to_str().is_some_and(|name| SKIPPED.contains(&name));
    !skipped && !entry.path().join("pyvenv.cfg").is_file()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("created");
            fs::write(path, "*.tmp.ipynb\n").expect("written");
        }
        folder
    }

    #[test]
    fn ignored_files_and_environments_are_left_out() {
        let folder = tree(&[
            ".gitignore",
            "b.ipynb",
            "a/c.ipynb",
            "a/x.tmp.ipynb",
            "a/.ipynb_checkpoints/c-checkpoint.ipynb",
            "env/pyvenv.cfg",
            "env/lib/y.py",
        ]);
        let found = walk(folder.path()).expect("walked");
        let names: Vec<&Path> = found.iter().filter_map(|path| path.strip_prefix(folder.path()).ok()).collect();
        assert_eq!(names, [Path::new("a/c.ipynb"), Path::new("b.ipynb")]);
    }

    #[test]
    fn excludes_work_like_gitignore() {
        let excludes =
            Excludes::new(Path::new("/r"), &["archive/".to_owned(), "*_old.ipynb".to_owned()]).expect("valid");
        assert!(excludes.matches(Path::new("/r/archive/a.ipynb")));
        assert!(excludes.matches(Path::new("/r/x/b_old.ipynb")));
        assert!(!excludes.matches(Path::new("/r/x/b.ipynb")));
        assert!(!excludes.matches(Path::new("/elsewhere/archive/a.ipynb")));
    }

    #[test]
    fn a_missing_path_is_an_error() {
        assert!(walk(Path::new("/nowhere/at/all")).is_err());
    }
}
