//! The comparison for people.

use std::collections::BTreeMap;

use super::super::inspect::count;
use super::record::Comparison;
use crate::diagnostics::Style;
use crate::verify::{Row, Verdict};

/// How wide the column of verdicts is.
const WIDTH: usize = 10;

/// A line for each value and file, where and how they differ, and how many are which.
pub(super) fn render(comparison: &Comparison<'_>) -> String {
    let outcome = comparison.outcome;
    let mut lines: Vec<String> = outcome.notes.iter().map(|note| format!("note: {note}")).collect();
    // What a package that stopped did not come to says nothing.
    let stopped = outcome.stopped.is_some();
    for value in comparison.values().filter(|value| !stopped || value.row.verdict != Verdict::Missing) {
        let at = Style::Faint.paint(&format!("(cell {})", value.position));
        lines.push(format!("{} {} -> {}  {at}", verdict(value.row.verdict), value.stage, value.name));
        lines.extend(details(value.row));
    }
    for file in &outcome.files {
        let moved = file.package_path.as_ref().map(|path| format!(" (in the package {path})")).unwrap_or_default();
        let (shown, only) = match file.row.verdict {
            Verdict::NotebookOnly => (format!("{:WIDTH$}", "-"), ", which only the notebook writes"),
            Verdict::PackageOnly => (format!("{:WIDTH$}", "-"), ", which only the package writes"),
            other => (verdict(other), ""),
        };
        lines.push(format!("{shown} file {}{moved}{only}", file.path));
        lines.extend(details(&file.row));
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    if !stopped {
        lines.push(totals(comparison));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Where the sides differ, and why the verdict is as it is.
fn details(row: &Row) -> Vec<String> {
    let indent = " ".repeat(WIDTH + 1);
    let mut lines = Vec::new();
    if let (Some(place), Some(notebook), Some(package)) = (&row.place, &row.notebook, &row.package) {
        let at = if place.is_empty() { String::new() } else { format!("{place}: ") };
        lines.push(format!("{indent}{at}{notebook} in the notebook, {package} in the package"));
    }
    lines.extend(row.why.as_ref().map(|why| Style::Faint.paint(&format!("{indent}{why}"))));
    lines
}

fn verdict(verdict: Verdict) -> String {
    let style = match verdict {
        Verdict::Equal | Verdict::Close => Style::Good,
        Verdict::Different | Verdict::Missing => Style::Error,
        Verdict::Unstable | Verdict::Unclear => Style::Warning,
        Verdict::NotebookOnly | Verdict::PackageOnly => Style::Faint,
    };
    style.paint(&format!("{:WIDTH$}", verdict.name()))
}

fn totals(comparison: &Comparison<'_>) -> String {
    let outcome = comparison.outcome;
    let values = tally(outcome.values.iter().map(|row| row.row.verdict));
    let files = tally(outcome.files.iter().map(|row| row.row.verdict));
    let mut parts = vec![format!("{}: {values}", count(outcome.values.len(), "value"))];
    if !outcome.files.is_empty() {
        parts.push(format!("{}: {files}", count(outcome.files.len(), "file")));
    }
    let wrong = comparison.rows().filter(|row| row.verdict.is_wrong()).count();
    let result = if wrong > 0 {
        Style::Error.paint("The package does not compute what the notebook computes.")
    } else if comparison.failure().is_some() {
        return parts.join("; ");
    } else {
        Style::Good.paint("The package computes what the notebook computes.")
    };
    let unstable = comparison.rows().any(|row| row.verdict == Verdict::Unstable);
    let hint = if unstable && comparison.task.options.seed.is_none() {
        "\nUnstable values can mostly be compared with `--seed 0`: the notebook does not seed its random numbers."
    } else {
        ""
    };
    format!("{}\n{result}{hint}", parts.join("; "))
}

fn tally(verdicts: impl Iterator<Item = Verdict>) -> String {
    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    verdicts.for_each(|verdict| *counts.entry(verdict).or_default() += 1);
    if counts.is_empty() {
        return "none".to_owned();
    }
    counts.iter().map(|(verdict, number)| format!("{number} {}", verdict.name())).collect::<Vec<_>>().join(", ")
}
