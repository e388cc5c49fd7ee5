//! A line for each cell: where it stands, its role, its first line, why; and the notebook's headings between them.

use std::collections::BTreeSet;

use super::{cell_role, is_neutral, source_line};
use crate::analysis::Analysis;
use crate::classify::{Role, SinkKind, Verdict};
use crate::dataflow::StatementFacts;
use crate::diagnostics::{Style, columns, pad, shorten, wrap};
use crate::notebook::{CellKind, headings, without_tags};
use crate::syntax::{At, ParsedCell, Trust};

/// The most lines that a reason takes here; `--cell` shows all of it.
const REASON_LINES: usize = 3;

/// A cell as the table has it.
struct Row {
    position: usize,
    role: Role,
    /// What happens in it: `*`, `>`.
    signs: String,
    code: String,
    reason: String,
}

/// The lines of the table.
enum Line {
    Cell(Row),
    /// A heading with its level.
    Heading(usize, String),
}

/// The table of all cells with code, and what its words and signs mean.
pub(super) fn table(analysis: &Analysis, width: usize) -> String {
    let lines = lines(analysis);
    let rows = || {
        lines.iter().filter_map(|line| match line {
            Line::Cell(row) => Some(row),
            Line::Heading(..) => None,
        })
    };
    let number = columns(&rows().map(|row| row.position).max().unwrap_or_default().to_string()).max(3);
    // Number, role, signs, with a space behind each.
    let start = number + 1 + 5 + 3;
    let longest = |text: fn(&Row) -> &str| rows().map(|row| columns(text(row))).max().unwrap_or_default();
    let room = width.saturating_sub(start + 2);
    // The code gets what the reasons leave, and somewhat more than half of the room where both want more.
    let for_reasons = longest(|row| &row.reason).min(room * 48 / 100);
    let for_code = longest(|row| &row.code).min(room - for_reasons);
    let for_reasons = room - for_code;
    let mut text = String::new();
    for line in &lines {
        match line {
            Line::Heading(level, heading) => {
                let shown = shorten(&format!("{} {heading}", "#".repeat(*level)), width.saturating_sub(start));
                text.push_str(&format!("{}{}\n", " ".repeat(start), Style::Faint.paint(&shown)));
            }
            Line::Cell(row) => {
                // A number stays with its word: `cell 4`.
                let whole = row.reason.replace("cell ", "cell\u{a0}").replace("line ", "line\u{a0}");
                let lines = wrap(&whole, for_reasons).into_iter();
                let mut reason: Vec<String> = lines.map(|line| line.replace('\u{a0}', " ")).collect();
                if reason.len() > REASON_LINES {
                    let rest = reason.split_off(REASON_LINES - 1).join(" ");
                    reason.push(shorten(&rest, for_reasons));
                }
                let code = pad(&shorten(&row.code, for_code), for_code);
                let code = if row.role == Role::Exploration { Style::Faint.paint(&code) } else { code };
                let first = format!(
                    "{:>number$} {} {:<2} {code}  {}",
                    row.position,
                    painted(row.role),
                    row.signs,
                    Style::Faint.paint(&reason[0])
                );
                text.push_str(first.trim_end());
                text.push('\n');
                for more in &reason[1..] {
                    text.push_str(&format!("{}{}\n", " ".repeat(start + for_code + 2), Style::Faint.paint(more)));
                }
            }
        }
    }
    let signs: BTreeSet<char> = rows().flat_map(|row| row.signs.chars()).collect();
    text + &legend(&signs, width)
}

/// The word for a role in the table, painted.
pub(super) fn painted(role: Role) -> String {
    match role {
        Role::Production => Style::Good.paint("prod"),
        Role::Exploration => Style::Faint.paint("expl"),
        Role::Mixed => Style::Warning.paint("both"),
    }
}

fn legend(signs: &BTreeSet<char>, width: usize) -> String {
    let mut parts = vec!["prod in the package", "expl left out", "both in part"];
    if signs.contains(&'*') {
        parts.push("* fits the model");
    }
    if signs.contains(&'>') {
        parts.push("> a result");
    }
    // A part stays on one line.
    let mut lines = vec![String::new()];
    for part in parts {
        let last = lines.len() - 1;
        let gap = if lines[last].is_empty() { "" } else { "  " };
        if columns(&lines[last]) + gap.len() + columns(part) <= width {
            lines[last] = format!("{}{gap}{part}", lines[last]);
        } else {
            lines.push(part.to_owned());
        }
    }
    format!("\n{}\n", lines.iter().map(|line| Style::Faint.paint(line)).collect::<Vec<_>>().join("\n"))
}

fn lines(analysis: &Analysis) -> Vec<Line> {
    let mut lines = Vec::new();
    // Headings without code under them are left out: of those before a cell, the ones that it stands under remain.
    let mut above: Vec<(usize, String)> = Vec::new();
    for cell in &analysis.notebook.cells {
        match cell.kind {
            CellKind::Markdown => {
                for (level, heading) in headings(&cell.source) {
                    let heading = without_tags(&heading);
                    if !heading.trim().is_empty() {
                        above.retain(|(other, _)| *other < level);
                        above.push((level, heading.trim().to_owned()));
                    }
                }
            }
            CellKind::Code(index) => {
                let Some(row) = analysis.cell(index).and_then(|cell| row(analysis, cell)) else { continue };
                lines.extend(above.drain(..).map(|(level, heading)| Line::Heading(level, heading)));
                lines.push(Line::Cell(row));
            }
            CellKind::Raw => {}
        }
    }
    lines
}

fn row(analysis: &Analysis, cell: &ParsedCell) -> Option<Row> {
    let role = cell_role(analysis, cell.index);
    let code = first_line(analysis, cell)?.to_owned();
    let places = analysis.graph.of_cell(cell.index).iter().map(|facts| facts.at);
    let found: BTreeSet<char> = places.flat_map(|at| signs(analysis, at)).collect();
    Some(Row {
        position: cell.position,
        role,
        signs: found.into_iter().collect(),
        code,
        reason: reason(analysis, cell, role),
    })
}

/// What a statement is for: `*` where it fits the production model, `>` where it makes a result.
pub(super) fn signs(analysis: &Analysis, at: At) -> Vec<char> {
    let classification = &analysis.classification;
    let model = classification.model.as_ref().and_then(|model| classification.candidates.get(model.candidate));
    let result = classification.sinks.iter().any(|sink| {
        let makes = match sink.kind {
            SinkKind::SavedModel
            | SinkKind::WrittenFile
            | SinkKind::Metric
            | SinkKind::Prediction
            | SinkKind::Result => true,
            SinkKind::Mark | SinkKind::Fit => false,
        };
        makes && analysis.graph.statements.get(sink.statement).is_some_and(|facts| facts.at == at)
    });
    let fits = model.is_some_and(|model| model.fit == at);
    [(fits, '*'), (result, '>')].into_iter().filter(|(there, _)| *there).map(|(_, sign)| sign).collect()
}

/// The cell that is most worth a closer look: where the package takes a part, else where the model is fitted.
pub(super) fn most_telling(analysis: &Analysis) -> Option<usize> {
    let classification = &analysis.classification;
    let fit = classification.model.as_ref().and_then(|model| classification.candidates.get(model.candidate));
    let mixed = analysis.cells.iter().find(|cell| {
        cell.statements.iter().any(|statement| !is_neutral(statement)) && cell_role(analysis, cell.index) == Role::Mixed
    });
    let any = || analysis.cells.iter().find(|cell| !cell.statements.is_empty()).map(|cell| cell.position);
    mixed.map(|cell| cell.position).or_else(|| fit.map(|fit| analysis.position(fit.fit.cell))).or_else(any)
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
    let kept = verdicts.iter().filter(|(_, verdict)| verdict.role.is_kept()).count();
    let tells = |verdict: &Verdict| if role == Role::Mixed { verdict.role.is_kept() } else { verdict.role == role };
    // What makes a result says more than what prepares it, and the model's fit most.
    let weight = |facts: &StatementFacts| match signs(analysis, facts.at).first() {
        Some('*') => 0,
        Some(_) => 1,
        None => 2,
    };
    let because = verdicts.iter().filter(|(_, verdict)| tells(verdict)).min_by_key(|(facts, _)| weight(facts));
    let Some((facts, verdict)) = because else { return String::new() };
    let mut words = verdict.evidence.first().cloned().unwrap_or_default();
    // The code that is shown may be another statement's.
    let line = |at: At| analysis.statement(at).map(|statement| cell.line(statement.span.start));
    if weight(facts) < 2 && verdicts.first().is_some_and(|(first, _)| first.at != facts.at) {
        words.extend(line(facts.at).map(|line| format!(" in line {line}")));
    }
    if role == Role::Mixed && kept < verdicts.len() { format!("{kept} of {}: {words}", verdicts.len()) } else { words }
}
