//! `nb2pkg check [PATHS]`

use std::fmt::Write as _;

use serde::Serialize;

use super::args::{CheckArgs, Format};
use super::inspect::count;
use super::{ExitStatus, Verbosity, note, print, print_json};
use crate::check::{Located, Report, check};
use crate::diagnostics::{FindingRecord, Style, place, record};
use crate::host;
use crate::rules::Level;

/// From how many notebooks on a person wants to hear that something happens.
const MANY: usize = 500;

#[derive(Serialize)]
struct CheckRecord {
    schema: &'static str,
    notebooks: usize,
    packages: usize,
    findings: Vec<FindingRecord>,
}

pub(super) fn run(args: &CheckArgs, verbosity: Verbosity) -> anyhow::Result<ExitStatus> {
    let report = check(&args.paths, |notebooks| {
        if notebooks >= MANY && verbosity != Verbosity::Quiet && host::is_watched() {
            note(&format!("checking {notebooks} notebooks"));
        }
    })?;
    match args.format {
        Format::Text => print(&text(&report, verbosity))?,
        Format::Json => print_json(&CheckRecord {
            schema: "nb2pkg.check/1",
            notebooks: report.notebooks,
            packages: report.packages,
            findings: report.findings.iter().map(|located| record(Some(&located.path), &located.finding)).collect(),
        })?,
    }
    Ok(if report.is_clean() { ExitStatus::Clean } else { ExitStatus::Findings })
}

fn text(report: &Report, verbosity: Verbosity) -> String {
    let mut text = String::new();
    let mut path = None;
    for located in &report.findings {
        if path.is_some_and(|before| before != &located.path) {
            text.push('\n');
        }
        path = Some(&located.path);
        text.push_str(&line(located));
    }
    if verbosity == Verbosity::Quiet {
        return text;
    }
    if !report.findings.is_empty() {
        text.push('\n');
    }
    let seen = format!("{} and {} checked", count(report.notebooks, "notebook"), count(report.packages, "package"));
    let found: Vec<String> = [(Level::Error, "error"), (Level::Warning, "warning"), (Level::Info, "note")]
        .into_iter()
        .map(|(level, noun)| (report.count(level), level, noun))
        .filter(|(number, ..)| *number > 0)
        .map(|(number, level, noun)| Style::of(level).paint(&count(number, noun)))
        .collect();
    let result = if found.is_empty() { Style::Good.paint("nothing found") } else { found.join(", ") };
    // Writing to a string can't fail.
    let _ = writeln!(text, "{seen}: {result}");
    text
}

fn line(located: &Located) -> String {
    let finding = &located.finding;
    let at = place(finding.place.as_ref());
    let at = if at.is_empty() { String::new() } else { format!(":{at}") };
    let path = Style::Strong.paint(&format!("{}{at}", located.path));
    let level = Style::of(finding.level).paint(finding.level.name());
    let rule = Style::Faint.paint(&format!("({})", finding.rule));
    let mut line = format!("{path}: {level}: {} {rule}\n", finding.message);
    if !finding.help.is_empty() {
        let _ = writeln!(line, "  {}", Style::Literal.paint(&format!("help: {}", finding.help)));
    }
    line
}
