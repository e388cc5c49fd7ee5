//! Changing text by replacing byte ranges, and taking a statement's text out of its cell.

use crate::syntax::ParsedCell;
use crate::syntax::ast::{Span, Stmt};

/// Replacements in the text of one cell. Overlapping ones are refused: the first that was made stays.
#[derive(Clone, Debug, Default)]
pub(super) struct Edits {
    replacements: Vec<(Span, String)>,
}

impl Edits {
    /// Replaces a range; false if it overlaps one that is replaced already.
    pub(super) fn replace(&mut self, span: Span, text: impl Into<String>) -> bool {
        let clash = |known: &Span| {
            let touches = known.start < span.end && span.start < known.end;
            touches || (span.start == span.end && known.start == known.end && known.start == span.start)
        };
        if self.replacements.iter().any(|(known, _)| clash(known)) {
            return false;
        }
        self.replacements.push((span, text.into()));
        true
    }

    /// Inserts text at an offset.
    pub(super) fn insert(&mut self, offset: usize, text: impl Into<String>) -> bool {
        self.replace(Span { start: offset, end: offset }, text)
    }

    /// Whether a range is touched by a replacement.
    pub(super) fn touches(&self, span: Span) -> bool {
        self.replacements.iter().any(|(known, _)| known.start < span.end && span.start < known.end)
    }

    /// The text of a range with the replacements that lie in it.
    pub(super) fn apply(&self, text: &str, span: Span) -> String {
        let mut parts: Vec<&(Span, String)> =
            self.replacements.iter().filter(|(known, _)| span.contains(*known)).collect();
        parts.sort_by_key(|(known, _)| (known.start, known.end));
        let mut result = String::new();
        let mut from = span.start;
        for (known, replacement) in parts {
            result.push_str(text.get(from..known.start).unwrap_or_default());
            result.push_str(replacement);
            from = known.end;
        }
        result.push_str(text.get(from..span.end).unwrap_or_default());
        result
    }
}

/// The statement's lines from column 0: the indentation of its first line, if it has one, is taken away.
pub(super) fn statement_code(cell: &ParsedCell, statement: &Stmt, edits: &Edits) -> String {
    let mut code = edits.apply(&cell.source.python, statement.span);
    if let Some(comment) = trailing_comment(cell, statement) {
        code.push_str("  ");
        code.push_str(comment);
    }
    code
}

/// A comment behind the statement's last line. One that is code taken out for a while, or a message to a linter, is not
/// worth keeping.
fn trailing_comment<'a>(cell: &'a ParsedCell, statement: &Stmt) -> Option<&'a str> {
    let rest = cell.source.python.get(statement.span.end..)?.lines().next()?;
    let comment = rest.trim_start_matches([' ', '\t']);
    let wanted = comment.starts_with('#') && is_worth_keeping(comment);
    wanted.then(|| comment.trim_end())
}

/// The comment lines directly above a statement, from column 0.
pub(super) fn comments_above(cell: &ParsedCell, statement: &Stmt) -> Vec<String> {
    let (first, _) = cell.lines(statement.span);
    let lines: Vec<&str> = cell.source.python.lines().collect();
    let mut found = Vec::new();
    for line in (1..first).rev() {
        let text = lines.get(line - 1).map(|text| text.trim()).unwrap_or_default();
        if !text.starts_with('#') {
            break;
        }
        found.push(text.to_owned());
    }
    found.reverse();
    // Commented-out code goes as a whole: half of it would read like nonsense.
    if found.iter().any(|text| !is_worth_keeping(text)) { Vec::new() } else { found }
}

/// Whether a comment says something: neither code that was taken out, nor a directive, nor decoration.
fn is_worth_keeping(comment: &str) -> bool {
    let text = comment.trim_start_matches('#').trim();
    if text.is_empty()
        || text.starts_with("nb2pkg:")
        || text.starts_with('|')
        || text.starts_with('%')
        || text.starts_with('!')
    {
        return false;
    }
    if text.chars().all(|c| !c.is_alphanumeric()) {
        return false;
    }
    let code_like = |text: &str| {
        let call = text.ends_with([')', ']', ',', ':', '(']) && text.contains(['(', '[']) && !text.contains(". ");
        let first = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).next().unwrap_or_default();
        let rest = text[first.len()..].trim_start();
        let assigns = rest.starts_with('=') && !rest.starts_with("==");
        let keyword =
            ["import ", "from ", "print(", "def ", "return ", "plt.", "for "].iter().any(|k| text.starts_with(k));
        (call && !first.is_empty() && (rest.starts_with('(') || rest.starts_with('[')))
            || assigns
            || (keyword && call)
            || text.starts_with("import ") && !text.contains(", ")
    };
    !code_like(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacements_apply_in_order_and_never_overlap() {
        let mut edits = Edits::default();
        assert!(edits.replace(Span { start: 4, end: 5 }, "c.x"));
        assert!(!edits.replace(Span { start: 3, end: 6 }, "no"));
        assert!(edits.insert(0, ">"));
        assert_eq!(edits.apply("a = 1; b", Span { start: 0, end: 8 }), ">a = c.x; b");
        assert_eq!(edits.apply("a = 1; b", Span { start: 4, end: 5 }), "c.x");
    }

    #[test]
    fn commented_out_code_is_no_comment() {
        for text in ["# df = df.dropna()", "# plt.show()", "#print(x)", "# ------", "# x[0]"] {
            assert!(!is_worth_keeping(text), "{text}");
        }
        for text in ["# drop rows without a price", "# note: see (1)", "# 80/20 split"] {
            assert!(is_worth_keeping(text), "{text}");
        }
    }
}
