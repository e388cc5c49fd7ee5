//! Words for reviewers: where something is, and why a statement is what it is.

use crate::dataflow::{Dependency, DependencyKind, Graph, StatementFacts};
use crate::knowledge::{Purpose, knowledge};
use crate::syntax::ast::{Stmt, StmtKind};
use crate::syntax::{At, ParsedCell};

/// `cell 7`: the position among all cells, as people count.
#[must_use]
pub fn describe_place(cells: &[ParsedCell], at: At) -> String {
    let position = cells.get(at.cell).map_or(at.cell, |cell| cell.position);
    format!("cell {position}")
}

/// For each statement the dependencies on it, in the graph's order.
pub(super) fn readers(graph: &Graph) -> Vec<Vec<&Dependency>> {
    let mut found = vec![Vec::new(); graph.statements.len()];
    for dependency in &graph.dependencies {
        found[dependency.from].push(dependency);
    }
    found
}

/// What a statement that only changes settings does.
fn why_configured(facts: &StatementFacts) -> String {
    let configuring = facts.calls.iter().filter(|call| call.purpose == Some(Purpose::Configure));
    let mut packages = configuring.filter_map(|call| {
        let function = call.function.as_deref()?;
        let root = function.split('.').next().unwrap_or_default();
        Some(if root == "google" { "google.colab" } else { root })
    });
    let shows = |package: &str| knowledge().library(package).is_some_and(|library| library.shows);
    match packages.find(|package| !shows(package)) {
        Some(package) => format!("sets up {package}"),
        None => "configures how things are displayed".to_owned(),
    }
}

/// Why a statement outside of the slice is left out.
pub(super) fn why_left_out(
    statement: &Stmt,
    facts: &StatementFacts,
    readers: &[&Dependency],
    kept: &dyn Fn(usize) -> bool,
) -> String {
    match &statement.kind {
        StmtKind::Import(_) | StmtKind::ImportFrom { .. } => {
            return if readers.is_empty() { "imported and never used" } else { "imported for exploration only" }
                .to_owned();
        }
        StmtKind::FunctionDef(_) | StmtKind::ClassDef(_) => {
            return if readers.is_empty() { "defined and never used" } else { "used by exploration only" }.to_owned();
        }
        _ => {}
    }
    let purposes: Vec<Purpose> = facts.calls.iter().filter_map(|call| call.purpose).collect();
    let has = |purpose: Purpose| purposes.contains(&purpose);
    if purposes.iter().all(|p| matches!(p, Purpose::Configure | Purpose::Seed)) && has(Purpose::Configure) {
        return why_configured(facts);
    }
    if has(Purpose::Fit) || has(Purpose::TrainStep) {
        return "fits a model that is not the production model".to_owned();
    }
    if has(Purpose::SaveModel) {
        return "saves a model that is not the production model".to_owned();
    }
    if has(Purpose::Save) {
        return "writes a file that belongs to exploration".to_owned();
    }
    if has(Purpose::Validate) {
        return "compares candidates by validation".to_owned();
    }
    if has(Purpose::Plot) {
        let saved = facts.files.iter().any(|file| file.written);
        return if saved { "saves a plot" } else { "draws a plot" }.to_owned();
    }
    if has(Purpose::Metric) {
        return "measures something other than the final result".to_owned();
    }
    if facts.binds.is_empty() && facts.mutates.is_empty() {
        if facts.displayed || has(Purpose::Display) || has(Purpose::Inspect) {
            return "only displays".to_owned();
        }
        if has(Purpose::Time) {
            return "only measures time or versions".to_owned();
        }
        if has(Purpose::Seed) {
            return "seeds a generator that production does not draw from".to_owned();
        }
        return "changes nothing that production uses".to_owned();
    }
    let names: Vec<String> =
        facts.binds.keys().chain(&facts.mutates).filter(|n| *n != "*").map(|n| format!("`{n}`")).take(3).collect();
    let names = names.join(", ");
    if readers.is_empty() {
        return format!("{names} is never used afterwards");
    }
    if readers.iter().any(|reader| kept(reader.to)) {
        return format!("production does not need this change of {names}");
    }
    format!("{names} is used by exploration only")
}

/// Why a statement in the slice is needed, given one that needs it.
pub(super) fn why_needed(
    cells: &[ParsedCell],
    graph: &Graph,
    readers: &[&Dependency],
    kept: &dyn Fn(usize) -> bool,
) -> String {
    let user = readers.iter().find(|d| d.needed && kept(d.to));
    let Some(user) = user else { return "needed by production".to_owned() };
    let place = describe_place(cells, graph.statements[user.to].at);
    match user.kind {
        DependencyKind::State => format!("sets {} for {place}", user.name),
        DependencyKind::File => match user.name.trim_matches(['<', '>']).trim_start_matches("file:") {
            "?" => format!("may write a file for {place}"),
            folder if folder.ends_with('/') => format!("makes `{folder}` for {place}"),
            path => format!("writes `{path}` for {place}"),
        },
        _ if user.mutation => format!("changes `{}`, which {place} uses", user.name),
        _ => format!("`{}` is used by {place}", user.name),
    }
}

#[cfg(test)]
mod tests {
    use crate::analysis::Analysis;
    use crate::classify::Choice;

    #[test]
    fn settings_that_are_no_display_are_named() {
        let cells = [
            "from google.colab import drive",
            "drive.mount('/content/drive')",
            "import pandas as pd\npd.set_option('display.width', 90)",
            "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.savefig('line.png')",
        ];
        let cells: Vec<_> = cells
            .iter()
            .map(|source| serde_json::json!({"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": null}))
            .collect();
        let notebook =
            serde_json::json!({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}).to_string();
        let analysis = Analysis::of_notebook(notebook.as_bytes(), &Choice::default()).expect("a notebook");
        let why: Vec<&str> = analysis.classification.statements.iter().map(|verdict| &*verdict.evidence[0]).collect();
        assert_eq!((why[1], why[3]), ("sets up google.colab", "configures how things are displayed"));
        assert_eq!((why[5], why[6]), ("draws a plot", "saves a plot"));
    }
}
