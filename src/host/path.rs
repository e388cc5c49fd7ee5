//! Paths as generated files hold them: relative, with `/`, and the same whatever the working directory.

use std::path::{Component, Path, PathBuf};

use crate::diagnostics::Failure;

/// The absolute path with symbolic links in its existing folders resolved. The last part may be missing, or be a link
/// itself: a notebook keeps the name by which it was given.
///
/// # Errors
///
/// If the working directory can't be read.
pub fn resolve(path: &Path) -> Result<PathBuf, Failure> {
    let absolute = std::path::absolute(path)
        .map_err(|error| Failure::new(format!("`{}` is not a usable path: {error}", path.display())))?;
    let mut missing = Vec::new();
    let mut existing = absolute.as_path();
    // `..` has to be resolved by the file system, since what it means depends on links.
    while let (Some(parent), Some(name)) = (existing.parent(), existing.components().next_back()) {
        if let Component::Normal(name) = name {
            missing.push(name.to_owned());
            existing = parent;
        } else {
            break;
        }
        if let Ok(found) = existing.canonicalize() {
            return Ok(missing.iter().rev().fold(found, |path, name| path.join(name)));
        }
    }
    Ok(absolute.canonicalize().unwrap_or(absolute))
}

/// The folder of a file; `.` where the path is a name only.
#[must_use]
pub fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The way from one resolved folder to a resolved path, with `/`. Across drives, where there is none, the file's name.
#[must_use]
pub fn relative(from: &Path, to: &Path) -> String {
    let start: Vec<Component<'_>> = from.components().collect();
    let end: Vec<Component<'_>> = to.components().collect();
    let shared = start.iter().zip(&end).take_while(|(a, b)| a == b).count();
    let shown = |component: &Component<'_>| component.as_os_str().to_string_lossy().into_owned();
    if shared == 0 {
        return end.last().map(shown).unwrap_or_default();
    }
    let up = std::iter::repeat_n("..".to_owned(), start.len() - shared);
    let parts: Vec<String> = up.chain(end[shared..].iter().map(shown)).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_go_up_and_down() {
        let way = |from: &str, to: &str| relative(Path::new(from), Path::new(to));
        assert_eq!(way("/a/pkg", "/a/notebooks/n.ipynb"), "../notebooks/n.ipynb");
        assert_eq!(way("/a/pkg", "/a/pkg/n.ipynb"), "n.ipynb");
        assert_eq!(way("/a", "/a"), ".");
    }

    #[test]
    fn a_path_that_does_not_exist_yet_is_resolved_as_far_as_it_does() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let real = folder.path().canonicalize().expect("it exists");
        let path = folder.path().join("new/../fresh/pkg");
        assert!(resolve(&path).expect("resolved").starts_with(&real));
        assert_eq!(resolve(&folder.path().join("a/b")).expect("resolved"), real.join("a/b"));
    }

    #[cfg(unix)]
    #[test]
    fn links_in_folders_are_followed_and_the_name_is_kept() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let real = folder.path().canonicalize().expect("it exists");
        std::fs::create_dir(real.join("there")).expect("created");
        std::os::unix::fs::symlink(real.join("there"), real.join("here")).expect("linked");
        assert_eq!(resolve(&real.join("here/n.ipynb")).expect("resolved"), real.join("there/n.ipynb"));
    }
}
