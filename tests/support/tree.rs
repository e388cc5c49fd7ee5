//! Folders as values: read, written and compared in one piece.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use similar::TextDiff;

/// A difference longer than this tells no more than its beginning.
const MOST_LINES: usize = 120;

/// The files of a folder by their path in it, with `/` on every system.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tree(BTreeMap<String, Vec<u8>>);

impl Tree {
    /// Reads all files below a folder; a folder that does not exist has none.
    pub(crate) fn read(root: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        if root.exists() {
            tree.collect(root, "")?;
        }
        Ok(tree)
    }

    fn collect(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                self.collect(&entry.path(), &format!("{path}/"))?;
            } else {
                self.0.insert(path, fs::read(entry.path())?);
            }
        }
        Ok(())
    }

    /// Leaves out files whose path the predicate rejects.
    pub(crate) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.0.retain(|path, _| keep(path));
    }

    /// Makes a folder hold these files.
    pub(crate) fn write(&self, root: &Path) -> io::Result<()> {
        for (path, content) in &self.0 {
            let target = root.join(path);
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(target, content)?;
        }
        Ok(())
    }

    /// Makes a folder hold these files and no others.
    pub(crate) fn replace(&self, root: &Path) -> io::Result<()> {
        if root.exists() {
            fs::remove_dir_all(root)?;
        }
        self.write(root)
    }

    /// Where another tree differs from this, the expected one; `None` where it does not.
    pub(crate) fn difference(&self, actual: &Self) -> Option<String> {
        let mut report = String::new();
        for (path, content) in &self.0 {
            match actual.0.get(path) {
                None => writeln!(report, "missing: {path}").expect("writing to a string"),
                Some(other) if other != content => {
                    report.push_str(&file_difference(path, content, other));
                }
                Some(_) => {}
            }
        }
        for path in actual.0.keys().filter(|path| !self.0.contains_key(*path)) {
            writeln!(report, "not expected: {path}").expect("writing to a string");
        }
        (!report.is_empty()).then_some(report)
    }
}

/// A unified diff of two files, or one line where they are not text.
fn file_difference(path: &str, expected: &[u8], actual: &[u8]) -> String {
    let (Ok(expected), Ok(actual)) = (str::from_utf8(expected), str::from_utf8(actual)) else {
        return format!("differs, and is not text: {path}\n");
    };
    let diff = TextDiff::from_lines(expected, actual);
    let whole = diff
        .unified_diff()
        .context_radius(3)
        .header(&format!("expected/{path}"), &format!("actual/{path}"))
        .to_string();
    let lines = whole.lines().count();
    if lines <= MOST_LINES {
        return whole;
    }
    let mut shown = whole.lines().take(MOST_LINES).collect::<Vec<_>>().join("\n");
    writeln!(shown, "\n… {} more lines of difference in {path}", lines - MOST_LINES).expect("writing to a string");
    shown
}
