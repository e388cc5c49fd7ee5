//! What a person reads when a package was written.

use std::fmt::Write as _;

use super::generate::Extraction;
use crate::cli::inspect::{count, model_lines};
use crate::cli::screen_width;
use crate::diagnostics::{Style, place};
use crate::report::CellCounts;
use crate::rules::{self, Finding, Level};

/// How many decisions are shown; the report has them all.
const DECISIONS: usize = 5;

/// How many cells went where, for programs.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub(super) struct Cells {
    pub(super) production: usize,
    pub(super) in_part: usize,
    pub(super) left_out: usize,
    pub(super) unreadable: usize,
    pub(super) empty: usize,
    pub(super) prose: usize,
}

pub(super) fn cells(extraction: &Extraction) -> Cells {
    let CellCounts { kept, mixed, left_out, unreadable, empty, prose } = CellCounts::of(&extraction.analysis);
    Cells { production: kept, in_part: mixed, left_out, unreadable, empty, prose }
}

pub(super) fn render(extraction: &Extraction) -> String {
    let plan = &extraction.plan;
    let shown = extraction.shown.display().to_string();
    let mut text = String::new();
    // Writing to a string can't fail, here and below.
    let _ = if extraction.report_only {
        writeln!(
            text,
            "{} {} became no package yet: production reads a name that nothing defines\n",
            Style::Error.paint("Stopped."),
            extraction.notebook
        )
    } else {
        writeln!(
            text,
            "{} {} became the package {} in {}\n",
            Style::Good.paint("Done."),
            extraction.notebook,
            Style::Strong.paint(&plan.distribution),
            Style::Literal.paint(&shown)
        )
    };
    text.push_str(&model_lines(&extraction.analysis, screen_width()));
    let _ = writeln!(text, "{}  {}", Style::Strong.paint("Cells"), cells_line(cells(extraction)));
    if !extraction.report_only && !plan.calls.is_empty() {
        let stages: Vec<&str> = plan.calls.iter().map(|call| call.function.as_str()).collect();
        let _ = writeln!(text, "{}  {}", Style::Strong.paint("Steps"), stages.join(" → "));
    }
    decisions(&mut text, &extraction.findings());
    next(&mut text, extraction, &shown);
    text
}

fn cells_line(cells: Cells) -> String {
    let Cells { production, in_part, left_out, unreadable, empty, prose } = cells;
    let mut parts = vec![format!("{production} in the package")];
    if in_part > 0 {
        parts.push(format!("{in_part} in part"));
    }
    parts.push(format!("{left_out} left out"));
    for (count, what) in [(unreadable, "unreadable"), (empty, "empty"), (prose, "of prose")] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    parts.join(", ")
}

/// What somebody has to decide, the most costly first.
fn decisions(text: &mut String, findings: &[Finding]) {
    let mut open: Vec<&Finding> = findings.iter().filter(|f| f.blocking || f.level != Level::Info).collect();
    open.sort_by_key(|finding| (!finding.blocking, finding.level, rules::cost(finding.rule), finding.place.clone()));
    if open.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", Style::Strong.paint(&format!("{} to decide", count(open.len(), "finding"))));
    for finding in open.iter().take(DECISIONS) {
        let at = place(finding.place.as_ref());
        let at = if at.is_empty() { String::new() } else { format!("{at} ") };
        let level = Style::of(finding.level).paint(finding.level.name());
        let _ = writeln!(text, "  {at}{level}: {}", finding.message);
        if !finding.help.is_empty() {
            let _ = writeln!(text, "    {}", Style::Faint.paint(&finding.help));
        }
    }
    if open.len() > DECISIONS {
        let _ = writeln!(text, "  and {} more in REVIEW.md", open.len() - DECISIONS);
    }
}

/// Where to look and what to type.
fn next(text: &mut String, extraction: &Extraction, shown: &str) {
    let review = extraction.shown.join("REVIEW.md").display().to_string();
    let _ = writeln!(text, "\n{}", Style::Strong.paint("Next"));
    let _ = writeln!(text, "  {}  what became of every cell, and why", Style::Literal.paint(&review));
    if extraction.report_only {
        let _ = writeln!(text, "  define the name in the notebook, then extract again");
        return;
    }
    let target =
        if extraction.shown.is_absolute() || shown.starts_with('.') { shown.to_owned() } else { format!("./{shown}") };
    let command = format!("pip install {target} && python -m {}", extraction.plan.package);
    let _ = writeln!(text, "  {}", Style::Literal.paint(&command));
    let relative = |path: &str| !path.starts_with(['/', '~']) && !path.contains(':');
    let inputs: Vec<String> = extraction
        .plan
        .inputs
        .iter()
        .map(|file| file.path.as_str())
        .filter(|path| relative(path))
        .map(|path| format!("`{path}`"))
        .collect();
    if !inputs.is_empty() {
        let shown = inputs.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        let more = if inputs.len() > 3 { format!(" and {} more", inputs.len() - 3) } else { String::new() };
        let _ = writeln!(text, "  it reads {shown}{more} from the folder that it runs in");
    }
    if !extraction.written.kept.is_empty() {
        let _ =
            writeln!(text, "  no longer generated, kept since it was edited: {}", extraction.written.kept.join(", "));
    }
}
