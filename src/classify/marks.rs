//! What people say explicitly: cell tags, comments, nbdev's directives, the configuration.

use super::Choice;
use crate::notebook::Notebook;
use crate::syntax::ParsedCell;
use crate::syntax::ast::Stmt;

/// An explicit mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Production if true, exploration if not.
    pub(super) production: bool,
    /// Who says so.
    pub(super) evidence: String,
}

/// The mark of a whole cell.
pub(super) fn cell_mark(notebook: &Notebook, cell: &ParsedCell, choice: &Choice) -> Option<Mark> {
    let mark = |production, evidence: String| Some(Mark { production, evidence });
    if choice.production_cells.contains(&cell.position) {
        return mark(true, "the configuration says production".to_owned());
    }
    if choice.exploration_cells.contains(&cell.position) {
        return mark(false, "the configuration says exploration".to_owned());
    }
    for tag in notebook.cells.get(cell.position).map(|cell| &cell.tags[..]).unwrap_or_default() {
        match tag.to_lowercase().as_str() {
            "production" | "nb2pkg-production" => return mark(true, format!("tagged `{tag}`")),
            "exploration" | "nb2pkg-exploration" | "skip" | "remove-cell" => {
                return mark(false, format!("tagged `{tag}`"));
            }
            _ => {}
        }
    }
    for line in cell.source.python.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !line.starts_with('#') {
            break;
        }
        if let Some(found) = comment_mark(line).or_else(|| directive(line)) {
            return Some(found);
        }
    }
    None
}

/// `#| export`, `# export`, `#| hide` and their kin of nbdev.
fn directive(line: &str) -> Option<Mark> {
    let text = line.strip_prefix("#|")?.trim();
    let word = text.split_whitespace().next().unwrap_or_default();
    match word {
        "export" | "exports" | "exporti" => Some(Mark { production: true, evidence: format!("marked `#| {word}`") }),
        "hide" | "eval:" => Some(Mark { production: false, evidence: format!("marked `#| {word}`") }),
        _ => None,
    }
}

/// `# nb2pkg: production` on the statement's own lines or alone above it.
pub(super) fn statement_mark(cell: &ParsedCell, statement: &Stmt) -> Option<Mark> {
    if !cell.source.python.contains("nb2pkg:") {
        return None;
    }
    let (first, last) = cell.lines(statement.span);
    let lines: Vec<&str> = cell.source.python.lines().collect();
    let above = (1..first).rev().map_while(|line| {
        let text = lines.get(line - 1)?.trim();
        text.starts_with('#').then_some(text)
    });
    // A mark above the first statement is the whole cell's.
    let above: Vec<&str> =
        if cell.statements.first().is_some_and(|s| s.span == statement.span) { Vec::new() } else { above.collect() };
    let own = (first..=last).filter_map(|line| {
        let text = lines.get(line - 1)?;
        text.find("# nb2pkg:").map(|start| &text[start..])
    });
    above.into_iter().chain(own).find_map(comment_mark)
}

fn comment_mark(line: &str) -> Option<Mark> {
    let text = line.trim_start_matches('#').trim().strip_prefix("nb2pkg:")?.trim();
    match text.split_whitespace().next()? {
        "production" => Some(Mark { production: true, evidence: "marked `# nb2pkg: production`".to_owned() }),
        "exploration" | "skip" => {
            Some(Mark { production: false, evidence: "marked `# nb2pkg: exploration`".to_owned() })
        }
        _ => None,
    }
}
