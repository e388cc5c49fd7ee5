//! The analysis for people: the model and why, a line for each cell, findings.

use std::fmt::Write as _;
use std::path::Path;

use super::{cell_role, is_neutral, source_line};
use crate::analysis::Analysis;
use crate::classify::{Decision, Role};
use crate::dataflow::StatementFacts;
use crate::diagnostics::{Style, findings};
use crate::order::OrderKind;
use crate::syntax::{ParsedCell, Trust};

/// How much of a cell's first line is shown.
const CODE: usize = 52;

pub(super) fn render(analysis: &Analysis, path: &Path) -> String {
    let mut text = String::new();
    let (all, code) = (analysis.notebook.cells.len(), analysis.cells.len());
    let name = Style::Strong.paint(&path.file_name().unwrap_or_default().to_string_lossy());
    // Writing to a string can't fail.
    let _ = writeln!(text, "{name}: {}, {code} with code\n", count(all, "cell"));
    text.push_str(&model(analysis));
    if analysis.order.kind == OrderKind::Executed {
        let _ = writeln!(text, "{}  as the cells ran: {}", Style::Strong.paint("Order"), analysis.order.reason);
    }
    text.push('\n');
    for cell in &analysis.cells {
        if let Some(line) = cell_line(analysis, cell) {
            let _ = writeln!(text, "{line}");
        }
    }
    let _ = writeln!(
        text,
        "\n{} production  {} exploration  {} both",
        mark(Role::Production),
        mark(Role::Exploration),
        mark(Role::Mixed)
    );
    if !analysis.findings.is_empty() {
        let _ = write!(text, "\n{}\n{}", Style::Strong.paint("Findings"), findings(&analysis.findings));
    }
    text
}

/// What the production model is, why, and what else was fitted.
pub(in crate::cli) fn model(analysis: &Analysis) -> String {
    let classification = &analysis.classification;
    let Some(chosen) = &classification.model else {
        return format!("{}  none: the notebook fits no model for production\n", Style::Strong.paint("Model"));
    };
    let Some(candidate) = classification.candidates.get(chosen.candidate) else { return String::new() };
    let name = Style::Good.paint(&format!("{} ({})", candidate.variable, candidate.estimator));
    let mut text =
        format!("{}  {name}, fitted in cell {}\n", Style::Strong.paint("Model"), analysis.position(candidate.fit.cell));
    if chosen.decision == Decision::Open {
        let _ = writeln!(text, "       {}", Style::Warning.paint("a best guess: confirm it with `--model NAME`"));
    }
    for reason in chosen.evidence.iter().take(3) {
        let _ = writeln!(text, "       {reason}");
    }
    let mut others: Vec<String> = classification
        .candidates
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != chosen.candidate)
        .map(|(_, other)| {
            format!("{} ({}) in cell {}", other.variable, other.estimator, analysis.position(other.fit.cell))
        })
        .collect();
    others.dedup();
    if !others.is_empty() {
        let shown = others.iter().take(4).cloned().collect::<Vec<_>>().join(", ");
        let more = if others.len() > 4 { format!(" and {} more", others.len() - 4) } else { String::new() };
        let _ = writeln!(text, "       {}", Style::Faint.paint(&format!("also fitted: {shown}{more}")));
    }
    text
}

/// `1 cell`, `2 cells`
pub(in crate::cli) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn mark(role: Role) -> String {
    match role {
        Role::Production => Style::Good.paint("+"),
        Role::Exploration => Style::Faint.paint("-"),
        Role::Mixed => Style::Warning.paint("±"),
    }
}

fn cell_line(analysis: &Analysis, cell: &ParsedCell) -> Option<String> {
    let role = cell_role(analysis, cell.index);
    let code = first_line(analysis, cell)?;
    let shown = shorten(code, CODE);
    let padding = " ".repeat(CODE - shown.chars().count());
    let shown = if role == Role::Exploration { Style::Faint.paint(&shown) } else { shown };
    let reason = Style::Faint.paint(&reason(analysis, cell, role));
    Some(format!("{:>4} {} {shown}{padding}  {reason}", cell.position, mark(role)).trim_end().to_owned())
}

/// The first line of the first statement that says what the cell does; of the whole cell where there is none.
fn first_line<'a>(analysis: &'a Analysis, cell: &ParsedCell) -> Option<&'a str> {
    let telling = cell.statements.iter().find(|statement| !is_neutral(statement)).or(cell.statements.first());
    if let Some(statement) = telling {
        return Some(source_line(analysis, cell.index, cell.line(statement.span.start)).trim());
    }
    let source = analysis.notebook.code_cells().nth(cell.index)?.source.as_str();
    source.lines().map(str::trim).find(|line| !line.is_empty())
}

fn reason(analysis: &Analysis, cell: &ParsedCell, role: Role) -> String {
    if let Trust::Opaque { line, reason, .. } = &cell.trust {
        return format!("not understood: line {line}: {reason}");
    }
    let verdicts = analysis.graph.statements.iter().zip(&analysis.classification.statements);
    let mut verdicts: Vec<_> = verdicts.filter(|(facts, _)| facts.at.cell == cell.index).collect();
    let telling = |facts: &StatementFacts| analysis.statement(facts.at).is_some_and(|statement| !is_neutral(statement));
    // Imports speak for the cell only where there is nothing else.
    if verdicts.iter().any(|(facts, _)| telling(facts)) {
        verdicts.retain(|(facts, _)| telling(facts));
    }
    let verdicts: Vec<_> = verdicts.into_iter().map(|(_, verdict)| verdict).collect();
    let kept = verdicts.iter().filter(|verdict| verdict.role.is_kept()).count();
    let because = verdicts
        .iter()
        .find(|verdict| if role == Role::Mixed { verdict.role.is_kept() } else { verdict.role == role })
        .and_then(|verdict| verdict.evidence.first());
    match because {
        Some(because) if role == Role::Mixed => format!("{kept} of {} statements: {because}", verdicts.len()),
        Some(because) => because.clone(),
        None => String::new(),
    }
}

/// At most so many characters.
pub(in crate::cli) fn shorten(text: &str, limit: usize) -> String {
    let text = text.replace('\t', " ");
    if text.chars().count() <= limit {
        return text;
    }
    text.chars().take(limit - 1).chain(['…']).collect()
}
