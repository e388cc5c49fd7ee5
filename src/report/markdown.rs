//! What `REVIEW.md` says: short enough for a pull request, and readable as plain text.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::summary::{FateKind, Summary, Went, cells_phrase, grouped, sentence};
use crate::diagnostics::ranges;
use crate::rules::{Finding, Place};
use crate::syntax::Trust;

/// More rows than this are summed up.
const MAX_ROWS: usize = 40;
/// More places of one finding are only counted.
const MAX_PLACES: usize = 12;
/// More runners-up than this are only counted.
const MAX_RIVALS: usize = 5;

/// What the template gets.
#[derive(Serialize)]
pub(super) struct Context {
    title: String,
    package: String,
    notebook: String,
    cells: usize,
    counts: String,
    written: bool,
    blockers: Vec<String>,
    model: Vec<String>,
    order: Option<String>,
    decisions: Vec<Row>,
    more_decisions: usize,
    went: Vec<(String, String)>,
    left: Vec<String>,
    results: Vec<[String; 3]>,
    files: Vec<String>,
    notes: Vec<String>,
    more_notes: usize,
}

#[derive(Serialize)]
struct Row {
    level: &'static str,
    rule: String,
    cell: String,
    what: String,
    way_out: String,
}

pub(super) fn context(summary: &Summary<'_>, files: &BTreeMap<String, String>) -> Context {
    let plan = summary.plan;
    let (decisions, notes) = (grouped(&summary.decisions), grouped(&summary.notes));
    Context {
        title: summary.mask.text(&line(&plan.title)),
        package: plan.package.clone(),
        notebook: plan.notebook_path.clone(),
        cells: summary.analysis.notebook.cells.len(),
        counts: summary.counts(),
        written: summary.written,
        blockers: summary.blockers().map(|finding| note(&(finding, finding.place.iter().collect()))).collect(),
        model: model(summary),
        order: summary.order().map(|order| line(&order)),
        decisions: decisions.iter().take(MAX_ROWS).map(row).collect(),
        more_decisions: decisions.len().saturating_sub(MAX_ROWS),
        went: went(summary),
        left: left_out(summary),
        results: results(summary, files),
        files: file_list(summary),
        notes: notes.iter().take(MAX_ROWS).map(note).collect(),
        more_notes: notes.len().saturating_sub(MAX_ROWS),
    }
}

/// Text on one line, in which only backquotes mean something.
fn line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let escaped =
        |(number, part): (usize, &str)| if number % 2 == 1 { part.to_owned() } else { part.replace('<', "\\<") };
    text.split('`').enumerate().map(escaped).collect::<Vec<_>>().join("`")
}

/// Text in a table's cell.
fn table_cell(text: &str) -> String {
    line(text).replace('|', "\\|")
}

// -------------------------------------------------------------------- the model

fn model(summary: &Summary<'_>) -> Vec<String> {
    let classification = &summary.analysis.classification;
    let Some((model, chosen)) =
        classification.model.as_ref().and_then(|m| Some((m, classification.candidates.get(m.candidate)?)))
    else {
        return vec!["The notebook fits no model: what it makes is in its tables and files.".to_owned()];
    };
    let mut parts = vec![format!(
        "The production model is **{}**, `{}` in cell {} ({}, confidence {}).",
        chosen.estimator,
        chosen.variable,
        summary.analysis.position(chosen.fit.cell),
        super::html::decision_words(model.decision),
        model.confidence.name()
    )];
    if !model.evidence.is_empty() {
        parts.push(format!("Why: {}.", line(&summary.mask.text(&model.evidence.join("; ")))));
    }
    let rivals: Vec<String> = summary
        .rivals()
        .iter()
        .map(|(estimator, variable, position, evidence)| {
            let why = if evidence.is_empty() { String::new() } else { format!(", {}", evidence.join(", ")) };
            format!("{estimator} (`{variable}`, cell {position}{why})")
        })
        .collect();
    if !rivals.is_empty() {
        let more = rivals.len().saturating_sub(MAX_RIVALS);
        let shown = rivals[..rivals.len() - more].join("; ");
        let more = if more == 0 { String::new() } else { format!("; and {more} more") };
        parts.push(format!("Not chosen: {shown}{more}."));
    }
    parts
}

// -------------------------------------------------------------------- findings

/// A finding and all of its places.
type Grouped<'a> = (&'a Finding, Vec<&'a Place>);

/// `3:2`, as everywhere in this report: cell and line.
fn place(place: &Place) -> String {
    let (first, last) = place.lines;
    let lines = if first == last { first.to_string() } else { format!("{first}-{last}") };
    place.position.map_or(format!("line {lines}"), |position| format!("{position}:{lines}"))
}

fn places(places: &[&Place]) -> String {
    let mut names: Vec<String> = places.iter().take(MAX_PLACES).map(|p| place(p)).collect();
    if places.len() > MAX_PLACES {
        names.push(format!("{} more", places.len() - MAX_PLACES));
    }
    if names.is_empty() { "-".to_owned() } else { names.join(", ") }
}

fn row((finding, own): &Grouped<'_>) -> Row {
    Row {
        level: if finding.blocking { "blocking" } else { finding.level.name() },
        rule: format!("{} {}", finding.code, finding.rule),
        cell: places(own),
        what: table_cell(&sentence(&finding.message)),
        way_out: table_cell(&sentence(&finding.help)),
    }
}

fn note((finding, own): &Grouped<'_>) -> String {
    let at = if own.is_empty() { String::new() } else { format!("{}: ", places(own)) };
    line(&format!("{} {}: {at}{} {}", finding.code, finding.rule, sentence(&finding.message), sentence(&finding.help)))
}

// -------------------------------------------------------------------- cells

fn went(summary: &Summary<'_>) -> Vec<(String, String)> {
    let mut rows: BTreeMap<Went, BTreeSet<usize>> = BTreeMap::new();
    let mut settings: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for statement in summary.cells.iter().flat_map(|cell| &cell.statements) {
        let position = summary.analysis.position(statement.at.cell);
        for went in &statement.went {
            match went {
                Went::Setting(name) => settings.entry(name).or_default().insert(position),
                // One row for all imports.
                Went::Imports(_) => rows.entry(Went::Imports(String::new())).or_default().insert(position),
                Went::Before | Went::Code { .. } => rows.entry(went.clone()).or_default().insert(position),
            };
        }
    }
    let mut list: Vec<(String, String)> = Vec::new();
    for (went, cells) in &rows {
        let name = if matches!(went, Went::Imports(_) | Went::Before) { went.to_string() } else { format!("`{went}`") };
        list.push((ranges(cells), name));
    }
    if !settings.is_empty() {
        let cells: BTreeSet<usize> = settings.values().flatten().copied().collect();
        let names: Vec<String> = settings.keys().map(|name| format!("`{name}`")).collect();
        list.push((ranges(&cells), format!("configuration: {}", names.join(", "))));
    }
    list
}

/// `Draws a plot: cells 3-5; lines 9:2-4`
fn left_out(summary: &Summary<'_>) -> Vec<String> {
    // By reason, in order of the first cell: whole cells, and lines of others.
    let mut groups: Vec<(String, Cells)> = Vec::new();
    for (cell, fate) in summary.analysis.cells.iter().zip(&summary.cells) {
        if let Trust::Opaque { line: number, reason, .. } = &cell.trust {
            let reason = format!("not Python 3: {}", summary.mask.text(&line(reason)));
            group(&mut groups, reason).insert(cell.position, Some(BTreeSet::from([*number])));
        }
        for statement in fate.statements.iter().filter(|statement| !statement.role.is_kept()) {
            let lines = group(&mut groups, general(&statement.why))
                .entry(cell.position)
                .or_insert_with(|| Some(BTreeSet::new()));
            if let Some(lines) = lines {
                lines.extend(statement.lines.0..=statement.lines.1);
            }
        }
        let reasons: BTreeSet<String> = fate.statements.iter().map(|s| general(&s.why)).collect();
        if fate.statements.iter().all(|s| !s.role.is_kept()) && reasons.len() == 1 && fate.kind == FateKind::Left {
            for (_, cells) in &mut groups {
                cells.entry(cell.position).and_modify(|lines| *lines = None);
            }
        }
    }
    groups
        .iter()
        .map(|(reason, cells)| {
            let whole: BTreeSet<usize> =
                cells.iter().filter(|(_, lines)| lines.is_none()).map(|(cell, _)| *cell).collect();
            let mut parts: Vec<String> = Vec::new();
            if !whole.is_empty() {
                parts.push(cells_phrase(&whole));
            }
            let partly = |(cell, lines): (&usize, &Option<BTreeSet<usize>>)| {
                Some(format!("{cell}:{}", ranges(lines.as_ref()?).replace(", ", &format!(", {cell}:"))))
            };
            let partly: Vec<String> = cells.iter().filter_map(partly).collect();
            if !partly.is_empty() {
                parts.push(partly.join(", "));
            }
            format!("{}: {}", sentence(reason).trim_end_matches('.'), parts.join("; "))
        })
        .collect()
}

type Cells = BTreeMap<usize, Option<BTreeSet<usize>>>;

fn group(groups: &mut Vec<(String, Cells)>, reason: String) -> &mut Cells {
    let at = groups.iter().position(|(known, _)| *known == reason).unwrap_or_else(|| {
        groups.push((reason, BTreeMap::new()));
        groups.len() - 1
    });
    &mut groups[at].1
}

/// A reason without the names that it begins with, so that equal reasons come together.
fn general(reason: &str) -> String {
    let after = reason.starts_with('`').then(|| reason.split_once("` is ")).flatten().map(|(_, rest)| rest);
    let text = after.unwrap_or(reason);
    let text = text.split_once(" this change of `").map_or(text.to_owned(), |(start, _)| format!("{start} the change"));
    if text.is_empty() { "production does not need it".to_owned() } else { text }
}

// -------------------------------------------------------------------- results and files

fn results(summary: &Summary<'_>, files: &BTreeMap<String, String>) -> Vec<[String; 3]> {
    let plan = summary.plan;
    plan.results
        .iter()
        .map(|result| {
            let printed =
                result.printed.as_deref().map_or_else(|| "-".to_owned(), |text| table_cell(&summary.mask.text(text)));
            let module = plan.calls.iter().find(|call| call.function == result.stage).map(|call| call.module.as_str());
            let place = module.map_or_else(|| result.stage.clone(), |module| format!("{module}.{}", result.stage));
            let test = test_of(result, files).map(|path| format!(", compared in `{path}`")).unwrap_or_default();
            [
                format!("{} (cell {})", table_cell(&result.name), summary.analysis.position(result.at.cell)),
                printed,
                format!("returned by `{place}`{test}"),
            ]
        })
        .collect()
}

/// The test that mentions both a result's name and the number that the notebook printed.
pub(super) fn test_of<'a>(result: &crate::plan::ResultPlan, files: &'a BTreeMap<String, String>) -> Option<&'a str> {
    let printed = result.printed.as_deref()?;
    let number = printed.trim_end_matches('0').trim_end_matches('.');
    files
        .iter()
        .filter(|(path, _)| path.starts_with("tests/"))
        .find(|(_, text)| text.contains(number) && text.contains(&result.name))
        .map(|(path, _)| path.as_str())
}

fn file_list(summary: &Summary<'_>) -> Vec<String> {
    let plan = summary.plan;
    let list = |verb: &str, files: &[crate::plan::FilePlan]| {
        let names: Vec<String> = files
            .iter()
            .map(|file| {
                let setting = file.config.as_ref().map(|name| format!(", `{name}`")).unwrap_or_default();
                format!(
                    "`{}` (cell {}{setting})",
                    summary.mask.text(&line(&file.path)),
                    summary.analysis.position(file.at.cell)
                )
            })
            .collect();
        (!names.is_empty()).then(|| format!("{verb} {}.", names.join(", ")))
    };
    list("Reads", &plan.inputs).into_iter().chain(list("Writes", &plan.outputs)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_grouped_without_their_names() {
        assert_eq!(general("`a`, `b` is never used afterwards"), "never used afterwards");
        assert_eq!(general("production does not need this change of `df`"), "production does not need the change");
        assert_eq!(general("draws a plot"), "draws a plot");
    }

    #[test]
    fn tables_stay_tables() {
        assert_eq!(table_cell("a | b\n c <d> `<e>`"), "a \\| b c \\<d> `<e>`");
        assert_eq!(sentence("which one"), "Which one.");
    }
}
