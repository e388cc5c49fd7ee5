//! One cell, statement by statement: is it in the package, why, what it reads and who reads it.

use super::{cell_role, cells, text};
use crate::analysis::Analysis;
use crate::classify::Role;
use crate::dataflow::Dependency;
use crate::diagnostics::{Failure, Style, columns, findings, ranges, shorten, wrap};
use crate::notebook::CellKind;
use crate::rules::Finding;
use crate::syntax::{At, ParsedCell, Trust};

/// How many lines of a statement are shown.
const LINES: usize = 12;
/// Where what is said about a statement begins.
const INDENT: usize = 12;
/// How many cells are named as readers.
const READERS: usize = 6;

/// Everything about the cell at a position.
///
/// # Errors
///
/// If there is no such cell, or none with code.
pub(super) fn render(analysis: &Analysis, position: usize, width: usize) -> Result<String, Failure> {
    let cell = find(analysis, position)?;
    let verdicts = statements(analysis, cell);
    let kept = verdicts.iter().filter(|(_, role)| role.is_kept()).count();
    let what = match cell_role(analysis, cell.index) {
        _ if matches!(cell.trust, Trust::Opaque { .. }) => "not understood, left out".to_owned(),
        _ if verdicts.is_empty() => "no code".to_owned(),
        role => {
            let name = if role == Role::Mixed { "both" } else { role.name() };
            format!("{name}, {kept} of {} in the package", text::count(verdicts.len(), "statement"))
        }
    };
    let mut out = format!("{}: {what}\n", Style::Strong.paint(&format!("Cell {position}")));
    if let Trust::Opaque { line, reason, .. } = &cell.trust {
        out.push_str(&said("why", &format!("line {line}: {reason}"), width));
    }
    for (at, role) in verdicts {
        out.push('\n');
        out.push_str(&statement(analysis, cell, at, role, width));
    }
    let about = |finding: &&Finding| finding.place.as_ref().is_some_and(|place| place.cell == Some(cell.index));
    let found: Vec<&Finding> = analysis.findings.iter().filter(about).collect();
    if !found.is_empty() {
        out.push_str(&format!("\n{}\n{}", Style::Strong.paint("Findings"), findings(found, width)));
    }
    Ok(out)
}

fn find(analysis: &Analysis, position: usize) -> Result<&ParsedCell, Failure> {
    let cells = &analysis.notebook.cells;
    let failure = match cells.get(position).map(|cell| cell.kind) {
        Some(CellKind::Code(index)) => return analysis.cell(index).ok_or_else(|| Failure::new("no such cell")),
        Some(CellKind::Markdown | CellKind::Raw) => Failure::new(format!("cell {position} holds text and no code")),
        None => {
            Failure::new(format!("there is no cell {position}: the notebook has {}", text::count(cells.len(), "cell")))
        }
    };
    let with_code = ranges(&analysis.cells.iter().map(|cell| cell.position).collect());
    Err(failure.hint(format!("the cells with code are {with_code}, counted from 0")))
}

fn statements(analysis: &Analysis, cell: &ParsedCell) -> Vec<(At, Role)> {
    let places = analysis.graph.of_cell(cell.index).iter().map(|facts| facts.at);
    let role = |at: At| {
        let index = analysis.graph.index_of(at)?;
        Some((at, analysis.classification.statements.get(index)?.role))
    };
    places.filter_map(role).collect()
}

fn statement(analysis: &Analysis, cell: &ParsedCell, at: At, role: Role, width: usize) -> String {
    let (Some(code), Some(index)) = (analysis.statement(at), analysis.graph.index_of(at)) else { return String::new() };
    let (first, last) = cell.lines(code.span);
    let room = width.saturating_sub(INDENT);
    let mut out = String::new();
    for line in (first..=last).take(LINES) {
        let source = shorten(super::source_line(analysis, cell.index, line), room);
        let source = if role.is_kept() { source } else { Style::Faint.paint(&source) };
        let signs: String = cells::signs(analysis, at).into_iter().collect();
        let start = if line == first {
            format!("{line:>3} {} {signs:<2}", cells::painted(role))
        } else {
            " ".repeat(INDENT - 1)
        };
        out.push_str(format!("{start} {source}").trim_end());
        out.push('\n');
    }
    if last - first >= LINES {
        out.push_str(&format!("{}… to line {last}\n", " ".repeat(INDENT)));
    }
    let evidence = &analysis.classification.statements[index].evidence;
    out.push_str(&said("why", &evidence.join("; "), width));
    let sources = sources(analysis, index);
    if !sources.is_empty() {
        out.push_str(&said("reads", &sources.join(", "), width));
    }
    let readers = readers(analysis, index);
    if !readers.is_empty() {
        out.push_str(&said("read by", &readers.join(", "), width));
    }
    out
}

/// A paragraph behind a label in the margin.
fn said(label: &str, what: &str, width: usize) -> String {
    let mut out = String::new();
    for (index, line) in wrap(what, width.saturating_sub(INDENT)).iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        let gap = " ".repeat((INDENT - 2).saturating_sub(columns(label)));
        out.push_str(&format!("  {}{gap}{line}\n", Style::Strong.paint(label)));
    }
    out
}

/// `` `X` from cell 4 ``: what a statement needs of others.
fn sources(analysis: &Analysis, index: usize) -> Vec<String> {
    let mut found: Vec<(usize, Vec<String>)> = Vec::new();
    for dependency in analysis.graph.dependencies_of(index).filter(|dependency| dependency.needed) {
        let name = shown(dependency);
        match found.iter_mut().find(|(from, _)| *from == dependency.from) {
            Some((_, names)) if names.contains(&name) => {}
            Some((_, names)) => names.push(name),
            None => found.push((dependency.from, vec![name])),
        }
    }
    found
        .into_iter()
        .map(|(from, names)| format!("{} from {}", names.join(" and "), place(analysis, from, index)))
        .collect()
}

/// Who needs what a statement makes, the package's statements first.
fn readers(analysis: &Analysis, index: usize) -> Vec<String> {
    let needed = analysis.graph.dependencies.iter().filter(|dependency| dependency.needed && dependency.from == index);
    let mut found: Vec<(bool, usize)> = needed
        .map(|dependency| {
            let verdict = analysis.classification.statements.get(dependency.to);
            (verdict.is_none_or(|verdict| !verdict.role.is_kept()), dependency.to)
        })
        .collect();
    found.sort_unstable();
    let mut words: Vec<String> = found
        .into_iter()
        .map(|(left_out, to)| format!("{}{}", place(analysis, to, index), if left_out { " (left out)" } else { "" }))
        .collect();
    words.dedup();
    if words.len() > READERS {
        let more = words.len() - READERS;
        words.truncate(READERS);
        words.push(format!("{more} more"));
    }
    words
}

/// A statement as seen from another: `cell 4`, or `line 2` of the same cell.
fn place(analysis: &Analysis, statement: usize, from: usize) -> String {
    let at = |index: usize| analysis.graph.statements.get(index).map(|facts| facts.at).unwrap_or_default();
    let (there, here) = (at(statement), at(from));
    match (analysis.cell(there.cell), analysis.statement(there)) {
        (Some(cell), Some(code)) if there.cell == here.cell => format!("line {}", cell.line(code.span.start)),
        _ => format!("cell {}", analysis.position(there.cell)),
    }
}

/// `` `X` ``, `the state of np.random`, `the file a.csv`
fn shown(dependency: &Dependency) -> String {
    match dependency.name.strip_prefix('<').and_then(|name| name.strip_suffix('>')) {
        None => format!("`{}`", dependency.name),
        Some(name) => match name.strip_prefix("file:") {
            Some(path) => format!("the file {path}"),
            None => format!("the state of {name}"),
        },
    }
}
