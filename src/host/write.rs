//! Writing generated files: all of them or none, and never over what somebody else wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::resolve;
use crate::diagnostics::Failure;
use crate::lock::sha256;

/// What is known of the files that an earlier extraction wrote.
#[derive(Clone, Debug, Default)]
pub struct Previous {
    /// Path and SHA-256 of each file as it was generated.
    pub files: BTreeMap<String, String>,
    /// Files that are ours whatever they hold: the lock itself.
    pub own: BTreeSet<String>,
    /// Whether files that were generated before and are not now stay.
    pub keep_stale: bool,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files that are new or changed.
    pub changed: Vec<String>,
    /// Files that held the same text already.
    pub unchanged: Vec<String>,
    /// Files that were generated before, are not now, and had no edits.
    pub removed: Vec<String>,
    /// Files that were generated before, are not now, and stay because somebody edited them.
    pub kept: Vec<String>,
}

/// Writes a tree of files (path with `/` to text) into a folder. A file that exists is only replaced if an earlier
/// extraction wrote it and nobody edited it since.
///
/// # Errors
///
/// If a file would be lost, or if writing fails; then the folder is as it was before.
pub fn write_tree(root: &Path, tree: &BTreeMap<String, String>, previous: &Previous) -> Result<Written, Failure> {
    let root = real_root(root)?;
    if root.exists() && !root.is_dir() {
        return Err(Failure::new(format!("`{}` is a file, not a folder", root.display()))
            .hint("choose another folder with `-o DIR`"));
    }
    let mut written = Written::default();
    for (path, text) in tree {
        match state(&root, path)? {
            State::Missing => written.changed.push(path.clone()),
            State::Text(found) if found == text.as_bytes() => written.unchanged.push(path.clone()),
            State::Text(found) => {
                may_replace(&root, path, &found, previous)?;
                written.changed.push(path.clone());
            }
        }
    }
    let stale = previous.files.iter().filter(|(path, _)| !previous.keep_stale && !tree.contains_key(*path));
    for (path, hash) in stale {
        // A lock is a file that anybody can edit: only plain paths below the folder are believed.
        let Ok(State::Text(found)) = state(&root, path) else { continue };
        if sha256(&found) == *hash {
            written.removed.push(path.clone());
        } else {
            written.kept.push(path.clone());
        }
    }
    commit(&root, tree, &written)
        .map_err(|error| Failure::new(format!("`{}` can't be written: {error}", root.display())))?;
    Ok(written)
}

/// Writes one file that does not exist yet.
///
/// # Errors
///
/// If it exists with another text, or if writing fails.
pub fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    let path = real_root(path)?;
    if path.exists() {
        if fs::read(&path).is_ok_and(|found| found == text.as_bytes()) {
            return Ok(());
        }
        return Err(Failure::new(format!("`{}` exists already", path.display()))
            .hint("remove it first, or leave `-o` out and redirect the output"));
    }
    let folder = super::folder(&path);
    let attempt = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let staged = tempfile::Builder::new().prefix(".nb2pkg-").tempdir_in(folder)?;
        let file = staged.path().join("file");
        fs::write(&file, text)?;
        fs::rename(file, &path)
    };
    attempt().map_err(|error| Failure::new(format!("`{}` can't be written: {error}", path.display())))
}

/// The folder itself, where the path is a link to one.
fn real_root(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize().or_else(|_| resolve(path))
}

enum State {
    Missing,
    Text(Vec<u8>),
}

/// What is at a path of the tree.
fn state(root: &Path, path: &str) -> Result<State, Failure> {
    let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    if !plain || path.is_empty() {
        return Err(Failure::new(format!("`{path}` is not a path inside the package")));
    }
    let mut at = root.to_owned();
    let mut parts = Path::new(path).components().peekable();
    while let Some(part) = parts.next() {
        at.push(part);
        let Ok(found) = at.symlink_metadata() else { return Ok(State::Missing) };
        let expected = if parts.peek().is_some() { found.is_dir() } else { found.is_file() };
        if !expected {
            let what = if found.is_symlink() { "a symbolic link" } else { "in the way of a generated file" };
            return Err(Failure::new(format!("`{}` is {what}", at.display()))
                .hint("move it away, or choose another folder with `-o DIR`"));
        }
    }
    super::read(&at).map(State::Text)
}

fn may_replace(root: &Path, path: &str, found: &[u8], previous: &Previous) -> Result<(), Failure> {
    if previous.own.contains(path) {
        return Ok(());
    }
    let shown = root.join(path);
    match previous.files.get(path) {
        Some(hash) if sha256(found) == *hash => Ok(()),
        Some(_) => Err(Failure::new(format!("`{}` was edited since nb2pkg wrote it", shown.display())).hint(
            "extract into another folder with `-o DIR` and compare, or remove the file to have it written again",
        )),
        None => Err(Failure::new(format!("`{}` was not generated by nb2pkg", shown.display()))
            .hint("choose another folder with `-o DIR`, or move the file away")),
    }
}

/// Writes everything beside its place first, then moves it; undoes the moves if one fails.
fn commit(root: &Path, tree: &BTreeMap<String, String>, written: &Written) -> io::Result<()> {
    if written.changed.is_empty() && written.removed.is_empty() {
        return Ok(());
    }
    let fresh = !root.exists();
    let beside = if fresh { root.parent().unwrap_or(root) } else { root };
    fs::create_dir_all(beside)?;
    let staging = tempfile::Builder::new().prefix(".nb2pkg-").tempdir_in(beside)?;
    let (new, old) = (staging.path().join("new"), staging.path().join("old"));
    fs::create_dir(&new)?;
    for path in &written.changed {
        let target = new.join(path);
        fs::create_dir_all(target.parent().unwrap_or(&new))?;
        fs::write(&target, tree.get(path).map_or("", String::as_str))?;
    }
    if fresh {
        return fs::rename(&new, root);
    }
    let mut moves = Moves::default();
    let result = moves.run(root, &new, &old, written);
    if result.is_err() {
        moves.undo();
    } else {
        remove_empty_folders(root, &written.removed);
    }
    result
}

/// Renames that were made, so that they can be unmade.
#[derive(Default)]
struct Moves {
    made: Vec<(PathBuf, PathBuf)>,
    folders: Vec<PathBuf>,
}

impl Moves {
    fn run(&mut self, root: &Path, new: &Path, old: &Path, written: &Written) -> io::Result<()> {
        for path in written.changed.iter().chain(&written.removed) {
            if root.join(path).exists() {
                self.rename(&root.join(path), &old.join(path))?;
            }
        }
        for path in &written.changed {
            self.rename(&new.join(path), &root.join(path))?;
        }
        Ok(())
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let mut missing: Vec<&Path> = to.ancestors().skip(1).take_while(|folder| !folder.exists()).collect();
        while let Some(folder) = missing.pop() {
            fs::create_dir(folder)?;
            self.folders.push(folder.to_owned());
        }
        fs::rename(from, to)?;
        self.made.push((from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn undo(self) {
        for (from, to) in self.made.iter().rev() {
            // Nothing better can be done if this fails too; the error that led here is reported.
            let _ = fs::rename(to, from);
        }
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

fn remove_empty_folders(root: &Path, removed: &[String]) {
    for path in removed {
        for folder in root.join(path).ancestors().skip(1).take_while(|folder| *folder != root) {
            // Only empty folders can be removed this way.
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    fn previous(files: &[(&str, &str)]) -> Previous {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), sha256(text.as_bytes()))).collect();
        Previous { files, own: BTreeSet::from(["nb2pkg.lock".to_owned()]), keep_stale: false }
    }

    fn on_disk(root: &Path) -> BTreeMap<String, String> {
        super::super::walk(root)
            .expect("walked")
            .iter()
            .map(|path| {
                let name = path.strip_prefix(root).expect("below").to_string_lossy().replace('\\', "/");
                (name, fs::read_to_string(path).expect("text"))
            })
            .collect()
    }

    #[test]
    fn a_new_folder_gets_everything_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("deep/pkg");
        let files = tree(&[("a.txt", "1"), ("src/p/b.py", "2")]);
        write_tree(&root, &files, &Previous::default()).expect("written");
        assert_eq!(on_disk(&root), files);
        assert_eq!(fs::read_dir(folder.path().join("deep")).expect("read").count(), 1);
    }

    #[test]
    fn a_foreign_file_is_never_replaced() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("README.md"), "mine").expect("written");
        let error = write_tree(folder.path(), &tree(&[("README.md", "theirs"), ("new.py", "")]), &Previous::default())
            .expect_err("refused");
        assert!(error.message.contains("README.md") && error.message.contains("not generated"), "{error}");
        assert_eq!(on_disk(folder.path()), tree(&[("README.md", "mine")]));
    }

    #[test]
    fn unedited_files_are_replaced_and_stale_ones_removed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let first = [("keep.py", "1"), ("old/gone.py", "2"), ("old/edited.py", "3"), ("nb2pkg.lock", "l1")];
        write_tree(folder.path(), &tree(&first), &Previous::default()).expect("written");
        fs::write(folder.path().join("old/edited.py"), "by hand").expect("written");
        let second = tree(&[("keep.py", "4"), ("nb2pkg.lock", "l2")]);
        let written = write_tree(folder.path(), &second, &previous(&first[..3])).expect("written");
        assert_eq!(written.removed, ["old/gone.py"]);
        assert_eq!(written.kept, ["old/edited.py"]);
        let expected = tree(&[("keep.py", "4"), ("nb2pkg.lock", "l2"), ("old/edited.py", "by hand")]);
        assert_eq!(on_disk(folder.path()), expected);
    }

    #[test]
    fn an_edited_file_stops_everything() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_tree(folder.path(), &tree(&[("a.py", "by hand"), ("b.py", "1")]), &Previous::default()).expect("written");
        let error = write_tree(
            folder.path(),
            &tree(&[("a.py", "2"), ("b.py", "2")]),
            &previous(&[("a.py", "1"), ("b.py", "1")]),
        )
        .expect_err("refused");
        assert!(error.message.contains("edited"), "{error}");
        assert_eq!(on_disk(folder.path()), tree(&[("a.py", "by hand"), ("b.py", "1")]));
    }

    #[test]
    fn paths_that_leave_the_package_are_not_believed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("pkg");
        fs::create_dir(&root).expect("created");
        fs::write(folder.path().join("precious"), "x").expect("written");
        write_tree(&root, &tree(&[("a", "1")]), &previous(&[("../precious", "x")])).expect("written");
        assert!(folder.path().join("precious").exists());
        assert!(write_tree(&root, &tree(&[("../b", "1")]), &Previous::default()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_written_through() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("pkg");
        fs::create_dir_all(&root).expect("created");
        fs::create_dir(folder.path().join("elsewhere")).expect("created");
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), root.join("src")).expect("linked");
        assert!(write_tree(&root, &tree(&[("src/a.py", "1")]), &Previous::default()).is_err());
    }

    #[test]
    fn a_file_in_place_of_the_folder_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("pkg");
        fs::write(&root, "").expect("written");
        assert!(write_tree(&root, &tree(&[("a", "1")]), &Previous::default()).is_err());
    }
}
