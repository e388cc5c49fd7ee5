//! Every cell beside what it became.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::diff;
use super::locate::{Piece, Pieces};
use super::markup::{Markup, code_lines, words};
use super::mask::Mask;
use super::summary::{StatementFate, Summary, Went};
use super::tokens::tokens;
use crate::classify::Role;
use crate::syntax::{ParsedCell, Trust};

/// More lines of a cell, or of what it became, are not shown.
const MAX_LINES: usize = 240;
/// More characters of a line are not shown.
const MAX_COLUMNS: usize = 400;

/// Lines of a cell beside what became of them.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    /// `kept`, `mixed`, `left`, `opaque` or `gap`.
    pub(super) class: &'static str,
    /// The lines, as markup.
    pub(super) source: String,
    /// The generated lines.
    pub(super) pieces: Vec<View>,
    /// What else there is to say, as markup.
    pub(super) notes: Vec<String>,
    /// Why it is kept, for the pointer.
    pub(super) why: String,
    /// The first and last line, from 1.
    #[serde(skip)]
    pub(super) lines: (usize, usize),
}

/// Generated lines.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct View {
    /// Where they are; empty if that is the same as above.
    pub(super) place: String,
    /// The lines, as markup.
    pub(super) code: String,
}

/// Lines of a cell that are shown together.
struct Part<'a> {
    first: usize,
    last: usize,
    statements: Vec<&'a StatementFate>,
}

/// The rows of one code cell.
pub(super) fn rows(summary: &Summary<'_>, cell: &ParsedCell, source: &str, pieces: &Pieces) -> Vec<Row> {
    let masked = summary.mask.text(source);
    let lines: Vec<&str> = masked.lines().collect();
    let fate = &summary.cells[cell.index];
    if let Trust::Opaque { line, reason, .. } = &cell.trust {
        let mut note = Markup::default();
        note.text("not Python 3, line ").text(&line.to_string()).text(": ").words(reason);
        return vec![Row {
            class: "opaque",
            source: plain(&lines, 1),
            notes: vec![note.finish()],
            lines: (1, lines.len()),
            ..Row::default()
        }];
    }
    let mut rows: Vec<Row> = Vec::new();
    let mut shown = 0;
    let mut place = String::new();
    for part in parts(&lines, &fate.statements) {
        if shown > MAX_LINES {
            let rest = lines.len() + 1 - part.first;
            rows.push(Row { class: "gap", notes: vec![format!("{rest} more lines are not shown")], ..Row::default() });
            break;
        }
        shown += part.last + 1 - part.first;
        let row = row(summary, &lines, &part, pieces, &mut place);
        match rows.last_mut() {
            Some(last)
                if row.pieces.is_empty()
                    && last.pieces.is_empty()
                    && row.class == last.class
                    && row.notes == last.notes =>
            {
                last.source.push_str(&row.source);
                last.lines.1 = row.lines.1;
            }
            _ => rows.push(row),
        }
    }
    rows
}

/// Cuts a cell into parts: each statement with what stands above it; statements on one line stay together.
fn parts<'a>(lines: &[&str], statements: &'a [StatementFate]) -> Vec<Part<'a>> {
    let mut found: Vec<Part<'a>> = Vec::new();
    let mut next = 1;
    for statement in statements {
        let (first, last) = statement.lines;
        let last = last.clamp(1, lines.len().max(1));
        match found.last_mut() {
            Some(part) if first < next => {
                part.last = part.last.max(last);
                part.statements.push(statement);
            }
            _ => found.push(Part { first: next, last, statements: vec![statement] }),
        }
        next = next.max(last + 1);
    }
    if next <= lines.len() {
        found.push(Part { first: next, last: lines.len(), statements: Vec::new() });
    }
    for part in &mut found {
        let blank = |line: usize| lines.get(line - 1).is_none_or(|text| text.trim().is_empty());
        while part.first < part.last && blank(part.first) {
            part.first += 1;
        }
        while part.last > part.first && blank(part.last) {
            part.last -= 1;
        }
    }
    found.retain(|part| {
        !part.statements.is_empty() || lines[part.first - 1..part.last].iter().any(|l| !l.trim().is_empty())
    });
    found
}

fn row(summary: &Summary<'_>, lines: &[&str], part: &Part<'_>, pieces: &Pieces, place: &mut String) -> Row {
    let source: Vec<&str> = lines.get(part.first - 1..part.last).unwrap_or_default().to_vec();
    let kept: Vec<&StatementFate> = part.statements.iter().copied().filter(|s| s.role.is_kept()).collect();
    let left: Vec<&StatementFate> = part.statements.iter().copied().filter(|s| !s.role.is_kept()).collect();
    let class = match (kept.is_empty(), left.is_empty()) {
        (true, true) => "gap",
        (true, false) => "left",
        (false, true) if kept.iter().all(|s| s.role == Role::Production) => "kept",
        (false, _) => "mixed",
    };
    let own: Vec<&Piece> = kept.iter().filter_map(|s| pieces.get(&s.at)).flatten().collect();
    let mut notes: Vec<String> = kept.iter().flat_map(|s| kept_notes(summary, s, !own.is_empty())).collect();
    notes.extend(left.iter().map(|s| words(&s.why)));
    let mut unique = BTreeSet::new();
    notes.retain(|note| unique.insert(note.clone()));
    let (source, views) = if own.is_empty() {
        (plain(&source, part.first), Vec::new())
    } else {
        side_by_side(&summary.mask, &source, part.first, &own, place)
    };
    let why: BTreeSet<&str> = kept.iter().map(|s| s.why.as_str()).collect();
    let why = why.into_iter().collect::<Vec<_>>().join("; ").replace('`', "");
    Row { class, source, pieces: views, notes, why, lines: (part.first, part.last) }
}

/// What there is to say of a statement that is kept, besides its lines.
fn kept_notes(summary: &Summary<'_>, statement: &StatementFate, has_lines: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let mut settings = Vec::new();
    for went in &statement.went {
        match went {
            Went::Imports(modules) if modules.is_empty() => notes.push("imported where it is used".to_owned()),
            Went::Imports(modules) => {
                let files: Vec<String> = modules.split(", ").map(|module| format!("`{module}.py`")).collect();
                notes.push(words(&format!("imported in {}", files.join(", "))));
            }
            Went::Setting(name) => settings.push(format!("`{name} = {}`", value_of(summary, name))),
            Went::Before => notes.push("done once, before the package runs".to_owned()),
            Went::Code { .. } => {}
        }
    }
    if !settings.is_empty() {
        notes.push(words(&format!("configuration: {}", settings.join(", "))));
    }
    if notes.is_empty() && !has_lines {
        notes.push(words(&format!("kept: {}", statement.why)));
    }
    notes
}

/// The value of a setting, in short.
fn value_of(summary: &Summary<'_>, name: &str) -> String {
    let field = summary.plan.config.iter().find_map(|section| {
        let own = name.strip_prefix(&section.name)?.strip_prefix('.')?;
        section.fields.iter().find(|field| field.name == own)
    });
    let value = field.map(|field| summary.mask.text(&field.toml).replace(['\n', '`'], " ")).unwrap_or_default();
    if value.chars().count() > 60 { value.chars().take(59).chain(['…']).collect() } else { value }
}

/// Source and generated lines with the changed words marked.
fn side_by_side(
    mask: &Mask,
    source: &[&str],
    first: usize,
    pieces: &[&Piece],
    place: &mut String,
) -> (String, Vec<View>) {
    let old_text = clipped(source);
    let old = tokens(&old_text);
    let mut gone: Option<Vec<bool>> = None;
    let mut views = Vec::new();
    for piece in pieces {
        let masked = mask.text(&piece.code);
        let new_text = clipped(&masked.lines().collect::<Vec<_>>());
        let new = tokens(&new_text);
        let (removed, added) = diff::changed(&old, &new);
        // A word is gone if none of the pieces has it.
        match &mut gone {
            Some(gone) => gone.iter_mut().zip(&removed).for_each(|(all, this)| *all &= this),
            None => gone = Some(removed),
        }
        // Lines that were not found in the file are those of the plan: they have no numbers.
        let start = piece.file.as_ref().map(|(_, line)| *line);
        let mut label = format!("{}.py", piece.module);
        if !piece.function.is_empty() {
            label.push_str(&format!(" · {}()", piece.function));
        }
        let here = if *place == label { String::new() } else { label.clone() };
        *place = label;
        views.push(View { place: here, code: numbered(&code_lines(&new, &added, "ins"), start) });
    }
    (numbered(&code_lines(&old, &gone.unwrap_or_default(), "del"), Some(first)), views)
}

fn plain(lines: &[&str], first: usize) -> String {
    let text = clipped(lines);
    numbered(&code_lines(&tokens(&text), &[], "del"), Some(first))
}

/// The lines as one text, without what makes a page too large.
fn clipped(lines: &[&str]) -> String {
    let mut shown: Vec<String> = lines
        .iter()
        .take(MAX_LINES)
        .map(|line| {
            let end = line.char_indices().nth(MAX_COLUMNS).map(|(at, _)| at);
            end.map_or_else(|| (*line).to_owned(), |end| format!("{} …", &line[..end]))
        })
        .collect();
    if lines.len() > MAX_LINES {
        shown.push(format!("# … {} more lines", lines.len() - MAX_LINES));
    }
    shown.join("\n")
}

fn numbered(lines: &[String], first: Option<usize>) -> String {
    let mut markup = Markup::default();
    for (number, line) in lines.iter().enumerate() {
        match first {
            Some(first) => markup.raw(&format!("<code data-n={}>", first + number)),
            None => markup.raw("<code data-n=\"\">"),
        };
        markup.raw(line).raw("\n</code>");
    }
    markup.finish()
}

/// What each cell uses of others, by the position of the other cell.
pub(super) type Uses = BTreeMap<usize, BTreeSet<String>>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::At;

    fn fate(statement: usize, lines: (usize, usize)) -> StatementFate {
        let at = At { cell: 0, statement };
        StatementFate { at, lines, role: Role::Production, went: Vec::new(), why: String::new() }
    }

    #[test]
    fn every_line_is_in_one_part() {
        let lines = ["", "# load", "a = 1; b = 2", "", "c = (", ")", "", "# end", ""];
        let fates = [fate(0, (3, 3)), fate(1, (3, 3)), fate(2, (5, 6))];
        let found: Vec<_> = parts(&lines, &fates).iter().map(|p| (p.first, p.last, p.statements.len())).collect();
        assert_eq!(found, [(2, 3, 2), (5, 6, 1), (8, 8, 0)]);
    }

    #[test]
    fn changed_words_are_marked_on_both_sides() {
        let piece = Piece {
            module: "split".to_owned(),
            function: "split_data".to_owned(),
            file: Some(("src/p/split.py".to_owned(), 12)),
            code: "x = f(config.size)".to_owned(),
        };
        let (old, new) = side_by_side(&Mask::default(), &["x = f(0.2)"], 3, &[&piece], &mut String::new());
        assert_eq!(old, "<code data-n=3>x = f(<del><i class=n>0.2</i></del>)\n</code>");
        assert_eq!(new[0].code, "<code data-n=12>x = f(<ins>config.size</ins>)\n</code>");
        assert_eq!(new[0].place, "split.py · split_data()");
    }
}
