//! What `ARCHITECTURE.md` promises about the sources themselves, where the compiler and clippy can't see to it.

use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// Nobody reads a longer file in one go.
const LONGEST: usize = 700;
/// Where the outside world is reached.
const HOST: [&str; 3] = ["src/host.rs", "src/host/", "src/knowledge/build.rs"];

/// A source file: its path from the root with `/`, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// Whether the file holds nothing but tests, by the name that `mod` gives it.
    fn is_test(&self) -> bool {
        ["tests.rs", "testing.rs"].iter().any(|name| self.path.ends_with(&format!("/{name}")))
            || self.path.contains("/tests/")
    }

    fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| if place.ends_with('/') { self.path.starts_with(place) } else { self.path == *place })
    }

    /// The lines of code, numbered from 1: no comments, and nothing from the module of tests on, which stands last.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .take_while(|line| !line.starts_with("#[cfg(test)]"))
            .enumerate()
            .map(|(index, line)| (index + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Where the code holds a word.
    fn places(&self, word: &str) -> impl Iterator<Item = String> {
        self.code().filter(move |(_, line)| holds(line, word)).map(|(number, _)| format!("{}:{number}", self.path))
    }
}

/// Whether a line holds a word that is not part of a longer one.
fn holds(line: &str, word: &str) -> bool {
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word)
        .any(|(at, _)| !joins(line[..at].chars().next_back()) && !joins(line[at + word.len()..].chars().next()))
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files_below(&path, found) } else { found.push(path) }
    }
}

fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    files_below(&Path::new(ROOT).join("src"), &mut paths);
    paths.sort();
    let rust = paths.iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let sources: Vec<Source> = rust
        .map(|path| {
            let shown = path.strip_prefix(ROOT).expect("below the root").to_string_lossy().replace('\\', "/");
            Source { path: shown, text: fs::read_to_string(path).expect("UTF-8") }
        })
        .collect();
    assert!(sources.len() > 50, "the sources were not found");
    sources
}

/// Where any of the words stands outside of the places that are meant for it.
fn strays(words: &[&str], places: &[&str]) -> Vec<String> {
    let sources = sources();
    let outside = sources.iter().filter(|source| !source.is_test() && !source.is_in(places));
    outside.flat_map(|source| words.iter().flat_map(|word| source.places(word))).collect()
}

#[test]
fn only_syntax_knows_tree_sitter() {
    let strays = strays(&["tree_sitter", "tree_sitter_python"], &["src/syntax/"]);
    assert!(strays.is_empty(), "tree_sitter is for src/syntax/: {strays:?}");
}

#[test]
fn only_one_file_knows_the_formatter() {
    let strays = strays(&["ruff_python_formatter"], &["src/render/format.rs"]);
    assert!(strays.is_empty(), "ruff_python_formatter is for src/render/format.rs: {strays:?}");
}

#[test]
fn only_the_host_reaches_out() {
    // `env!` and what comes with the program are fixed when it is built.
    let words = ["std::fs", "std::env", "fs::read", "fs::write", "std::process::Command", "std::net"];
    let strays = strays(&words, &HOST);
    assert!(strays.is_empty(), "files and the environment are for src/host.rs: {strays:?}");
    // Several names of std at once would hide from the words above.
    let imports = |source: &Source| -> Vec<String> {
        let grouped = source.code().filter(|(_, line)| line.starts_with("use std::{"));
        let named = grouped.filter(|(_, line)| holds(line, "fs") || holds(line, "env"));
        named.map(|(number, _)| format!("{}:{number}", source.path)).collect()
    };
    let strays: Vec<String> =
        sources().iter().filter(|source| !source.is_test() && !source.is_in(&HOST)).flat_map(imports).collect();
    assert!(strays.is_empty(), "files and the environment are for src/host.rs: {strays:?}");
}

#[test]
fn nothing_depends_on_time_or_chance() {
    let words = ["SystemTime", "Instant", "HashMap", "HashSet", "RandomState"];
    let strays = strays(&words, &[]);
    assert!(strays.is_empty(), "the same input gives the same bytes, whenever and wherever: {strays:?}");
}

/// Only the command line prints; a library that does can't be used by anything else.
#[test]
fn only_the_command_line_prints() {
    let words =
        ["println!", "print!", "eprintln!", "eprint!", "std::io::stdout", "anstream::stdout", "anstream::stderr"];
    let strays: Vec<String> = strays(&words, &["src/cli/", "src/main.rs", "src/knowledge/build.rs"]);
    assert!(strays.is_empty(), "printing is for src/cli/: {strays:?}");
}

#[test]
fn files_are_short_enough_to_be_read() {
    let mut long = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        if lines > LONGEST {
            long.push(format!("{} has {lines} lines", source.path));
        }
    }
    assert!(long.is_empty(), "split these, {LONGEST} lines are enough: {long:?}");
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent: Vec<String> =
        sources().into_iter().filter(|source| !source.text.starts_with("//! ")).map(|source| source.path).collect();
    assert!(silent.is_empty(), "these begin without `//!`: {silent:?}");
}

#[test]
fn every_rule_is_documented() {
    for rule in nb2pkg::rules::registry() {
        let name = rule.name;
        assert!(
            rule.docs.starts_with(&format!("# {name} ({})\n", rule.code)),
            "{name}: the title of its documentation"
        );
        for section in ["\n## What it does\n", "\n## Why it matters\n", "\n## Example\n"] {
            assert!(rule.docs.contains(section), "{name}: its documentation has no section {}", section.trim());
        }
        assert!(!rule.summary.is_empty() && !rule.summary.ends_with('.'), "{name}: its summary");
    }
}

/// A rule's documentation that nothing includes would never be read.
#[test]
fn every_documentation_belongs_to_a_rule() {
    let mut paths = Vec::new();
    files_below(&Path::new(ROOT).join("src/rules"), &mut paths);
    let pages: Vec<PathBuf> =
        paths.into_iter().filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    assert!(!pages.is_empty());
    for page in pages {
        let text = fs::read_to_string(&page).expect("UTF-8");
        let used = nb2pkg::rules::registry().iter().any(|rule| rule.docs == text);
        assert!(used, "{} belongs to no rule", page.display());
    }
}

/// A new library is a new file: its name stands in no list.
#[test]
fn knowledge_files_are_found_by_looking() {
    let mut paths = Vec::new();
    files_below(&Path::new(ROOT).join("src/knowledge"), &mut paths);
    let files: Vec<String> = paths
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    assert!(files.len() > 10, "{files:?}");
    let mut listed = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        for file in &files {
            listed.extend(
                source
                    .code()
                    .filter(|(_, line)| line.contains(&format!("{file}\"")))
                    .map(|(number, _)| format!("{}:{number} names {file}", source.path)),
            );
        }
    }
    assert!(listed.is_empty(), "{listed:?}");
}
