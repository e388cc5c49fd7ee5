//! The analysis for people, at a glance: the model and why, a line for each cell, findings, what to type next.

use std::path::Path;

use super::cells;
use crate::analysis::Analysis;
use crate::classify::{Candidate, Decision, telling_name};
use crate::cli::args::InspectArgs;
use crate::diagnostics::{Style, columns, findings, shorten, wrap};
use crate::order::OrderKind;

/// What a label at the beginning of a line takes.
const LABEL: usize = 7;
/// How many reasons are given for the model.
const REASONS: usize = 3;
/// How many other models are named.
const OTHERS: usize = 4;

pub(super) fn render(analysis: &Analysis, args: &InspectArgs, width: usize, help: bool) -> String {
    let mut text = title(analysis, &args.notebook, width);
    text.push_str(&model(analysis, width));
    if analysis.order.kind == OrderKind::Executed {
        text.push_str(&labelled("Order", &format!("as the cells ran: {}", analysis.order.reason), width));
    }
    text.push('\n');
    text.push_str(&cells::table(analysis, width));
    if !analysis.findings.is_empty() {
        text.push_str(&format!("\n{}\n{}", Style::Strong.paint("Findings"), findings(&analysis.findings, width)));
    }
    if help {
        text.push_str(&next(analysis, args, width));
    }
    text
}

/// `churn.ipynb: 12 cells, 9 with code`
fn title(analysis: &Analysis, path: &Path, width: usize) -> String {
    let counts = format!(": {}, {} with code", count(analysis.notebook.cells.len(), "cell"), analysis.cells.len());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = shorten(&name, width.saturating_sub(columns(&counts)));
    format!("{}{counts}\n\n", Style::Strong.paint(&name))
}

/// What the production model is, why, and what else was fitted.
pub(in crate::cli) fn model(analysis: &Analysis, width: usize) -> String {
    let classification = &analysis.classification;
    let Some(chosen) = &classification.model else {
        return labelled("Model", "none: the notebook fits no model for production", width);
    };
    let Some(candidate) = classification.candidates.get(chosen.candidate) else { return String::new() };
    let name = named(candidate);
    let sure = format!("{}, confidence {}", chosen.decision.name(), chosen.confidence.name());
    let place = format!(", fitted in cell {}: {sure}", analysis.position(candidate.fit.cell));
    let mut text = labelled("Model", &format!("{name}{place}"), width).replacen(&name, &Style::Good.paint(&name), 1);
    if chosen.decision == Decision::Open {
        let confirm =
            format!("a best guess: confirm it with `--model {}`", telling_name(candidate, &classification.candidates));
        text.push_str(&indented(&confirm, LABEL, width, Some(Style::Warning)));
    }
    for reason in chosen.evidence.iter().take(REASONS) {
        text.push_str(&indented(reason, LABEL, width, None));
    }
    let others = classification.candidates.iter().enumerate().filter(|(index, _)| *index != chosen.candidate);
    let mut others: Vec<&Candidate> = others.map(|(_, other)| other).collect();
    // The nearest to the chosen one first; among equals as they stand in the notebook.
    others.sort_by_key(|other| std::cmp::Reverse(other.score));
    let mut lines: Vec<String> = others.into_iter().map(|other| other_model(analysis, other)).collect();
    lines.dedup();
    let more = lines.len().saturating_sub(OTHERS);
    lines.truncate(OTHERS);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    for (index, line) in lines.iter().enumerate() {
        text.push_str(&if index == 0 { labelled("Others", line, width) } else { indented(line, LABEL, width, None) });
    }
    text
}

fn named(candidate: &Candidate) -> String {
    format!("{} ({})", candidate.variable, candidate.estimator)
}

/// `baseline (LogisticRegression) in cell 5: evaluated in cell 6`
fn other_model(analysis: &Analysis, other: &Candidate) -> String {
    let place = format!("{} in cell {}", named(other), analysis.position(other.fit.cell));
    if other.evidence.is_empty() { place } else { format!("{place}: {}", other.evidence.join("; ")) }
}

/// A paragraph behind a label.
pub(super) fn labelled(label: &str, text: &str, width: usize) -> String {
    let paragraph = indented(text, LABEL, width, None);
    let gap = " ".repeat(LABEL.saturating_sub(columns(label)));
    format!("{}{gap}{}", Style::Strong.paint(label), paragraph.trim_start_matches(' '))
}

/// A paragraph under a label; its further lines stand a little further in.
fn indented(text: &str, by: usize, width: usize, style: Option<Style>) -> String {
    let mut lines = String::new();
    for (index, line) in wrap(text, width.saturating_sub(by + 2)).iter().enumerate() {
        let indent = " ".repeat(if index == 0 { by } else { by + 2 });
        let line = style.map_or_else(|| line.clone(), |style| style.paint(line));
        lines.push_str(&format!("{indent}{line}\n"));
    }
    lines
}

/// What to type next, where it fits on a line and can be copied.
fn next(analysis: &Analysis, args: &InspectArgs, width: usize) -> String {
    let mut target = vec![quoted(&args.notebook.to_string_lossy())];
    if let Some(model) = &args.model {
        target.push(format!("--model {}", quoted(model)));
    }
    if args.order.is_some() {
        target.push(format!("--order {}", analysis.order.kind.name()));
    }
    let target = target.join(" ");
    let mut lines = Vec::new();
    if let Some(cell) = cells::most_telling(analysis) {
        lines.push((format!("nb2pkg inspect {target} --cell {cell}"), "every statement of a cell, and why"));
    }
    lines.push((format!("nb2pkg extract {target}"), "write the package"));
    let longest = lines.iter().map(|(command, _)| columns(command)).max().unwrap_or_default();
    let mut text = String::new();
    for (command, what) in lines {
        let gap = " ".repeat(longest - columns(&command));
        let fits = |more: &str| 2 + longest + columns(more) <= width;
        if fits(&format!("  {what}")) {
            text.push_str(&format!("  {}{gap}  {what}\n", Style::Literal.paint(&command)));
        } else if fits("") {
            text.push_str(&format!("  {}\n", Style::Literal.paint(&command)));
        }
    }
    if text.is_empty() { text } else { format!("\n{}\n{text}", Style::Strong.paint("Next")) }
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || "/._-+=@%:,".contains(c);
    if !word.is_empty() && word.chars().all(safe) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// `1 cell`, `2 cells`
pub(in crate::cli) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(quoted("a/b-c.ipynb"), "a/b-c.ipynb");
        assert_eq!(quoted("my notebook's.ipynb"), r"'my notebook'\''s.ipynb'");
        assert_eq!(quoted("$HOME"), "'$HOME'");
    }
}
