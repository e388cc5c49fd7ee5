//! Why a file can't be read as a notebook, in words for the person who has it.

use thiserror::Error;

/// Why a file can't be read as a Python notebook. The message is one line; [`NotebookError::hint`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotebookError {
    /// No bytes, or nothing but blanks.
    #[error("the file is empty")]
    Empty,
    /// UTF-16 or UTF-32, from its byte-order mark or zero bytes.
    #[error("the file is stored as {0}, notebooks are UTF-8")]
    Encoding(&'static str),
    /// Not UTF-8, at this 1-based line.
    #[error("line {line} of the file is not UTF-8")]
    NotUtf8 {
        /// 1-based line in the file.
        line: usize,
    },
    /// Not JSON, with the parser's reason.
    #[error("not valid JSON at line {line}, column {column}: {reason}")]
    NotJson {
        /// 1-based line in the file.
        line: usize,
        /// 1-based column, in bytes.
        column: usize,
        /// What the parser says.
        reason: String,
        /// What the file is instead, if that can be seen.
        looks_like: LooksLike,
    },
    /// JSON, but without cells.
    #[error("not a notebook: it has no list of cells, and seems to be {seems}")]
    NotNotebook {
        /// What it seems to be, with an article.
        seems: String,
    },
    /// nbformat 1 or 2.
    #[error("the notebook has nbformat {major}, from before 2013; 3 and 4 can be read")]
    TooOld {
        /// nbformat's major version.
        major: u64,
    },
    /// The kernel speaks another language.
    #[error("the notebook's language is {language}, not Python")]
    NotPython {
        /// The language, or the kernel's name, as stored.
        language: String,
    },
    /// No code cell has any code.
    #[error("the notebook has no code")]
    NoCode,
}

/// What a file that is not JSON is instead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LooksLike {
    /// Nothing that can be told.
    #[default]
    Unknown,
    /// JSON that stops in the middle.
    Truncated,
    /// A pointer that Git LFS left where the file should be.
    LfsPointer,
    /// A file with Git's conflict markers.
    MergeConflict,
    /// A web page, usually GitHub's view of the notebook.
    Html,
    /// A Python script.
    Script,
    /// A compressed file.
    Archive,
}

impl NotebookError {
    /// What the person can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Empty => "save the notebook again, or get it from version control".to_owned(),
            Self::Encoding(name) => format!("convert it: `iconv -f {name} -t UTF-8 notebook.ipynb`"),
            Self::NotUtf8 { .. } => "open it in Jupyter and save it again: that writes UTF-8".to_owned(),
            Self::NotJson { looks_like, .. } => looks_like.hint().to_owned(),
            Self::NotNotebook { .. } => "give a Jupyter notebook (`.ipynb`, nbformat 3 or 4)".to_owned(),
            Self::TooOld { .. } => "upgrade it: `jupyter nbconvert --to notebook --nbformat 4 notebook.ipynb`".to_owned(),
            Self::NotPython { .. } => {
                "only Python notebooks can become Python packages; if the code is Python, correct `metadata.kernelspec` \
                 by choosing a Python kernel in Jupyter and saving"
                    .to_owned()
            }
            Self::NoCode => "nothing can be extracted: all code cells are empty, or there are none".to_owned(),
        }
    }
}

impl LooksLike {
    fn hint(self) -> &'static str {
        match self {
            Self::Unknown => "repair the JSON there, or get the notebook from version control",
            Self::Truncated => "the file ends too early: save or download it again",
            Self::LfsPointer => "this is a Git LFS pointer, not the notebook: run `git lfs pull`",
            Self::MergeConflict => {
                "resolve the merge conflict first (`<<<<<<<` to `>>>>>>>`), for example with `nbdime mergetool`"
            }
            Self::Html => "this is a web page: download the notebook itself (on GitHub with \"Raw\")",
            Self::Script => "this is Python, not a notebook: `jupytext --to ipynb` makes one of a script",
            Self::Archive => "this is a compressed file: unpack it first",
        }
    }

    /// Judges a file by how it begins and by the lines that Git leaves in it.
    pub(super) fn of(text: &str) -> Self {
        let start = text.trim_start();
        let begins = |word: &str| start.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
        if start.starts_with("version https://git-lfs") {
            Self::LfsPointer
        } else if begins("<!doctype") || begins("<html") || begins("<?xml") {
            Self::Html
        } else if start.starts_with("PK\u{3}\u{4}") {
            Self::Archive
        } else if text.lines().any(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ")) {
            Self::MergeConflict
        } else if ["import ", "from ", "#", "\"\"\"", "def ", "%"].iter().any(|word| start.starts_with(word)) {
            Self::Script
        } else {
            Self::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_json() {
        for (text, expected) in [
            ("version https://git-lfs.github.com/spec/v1\noid", LooksLike::LfsPointer),
            ("\n<!DOCTYPE html>", LooksLike::Html),
            ("{\n<<<<<<< HEAD\n", LooksLike::MergeConflict),
            ("import os", LooksLike::Script),
            ("{,", LooksLike::Unknown),
        ] {
            assert_eq!(LooksLike::of(text), expected, "{text}");
        }
    }
}
