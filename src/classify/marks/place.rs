//! What a comment speaks about: its statement, its cell, or nothing that can be decided.

use crate::syntax::ParsedCell;
use crate::syntax::ast::{Span, Stmt, StmtKind};

/// What a comment speaks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The whole cell: it stands above all statements.
    Cell,
    /// Statements whose line it ends.
    Behind(Vec<usize>),
    /// Statements that it stands alone above.
    Above(Vec<usize>),
    /// A part of a compound statement.
    Inside(usize),
    /// No statement follows it.
    Nothing,
}

/// What a comment speaks about.
pub(super) fn of_comment(cell: &ParsedCell, comment: Span) -> Target {
    let line = cell.line(comment.start);
    let before = cell.source.python[..comment.start].rsplit('\n').next().unwrap_or_default();
    let alone = before.trim().is_empty();
    let around = on_line(cell, line);
    let compound = |index: usize| cell.statements.get(index).and_then(|statement| Some((statement, body(statement)?)));
    for index in &around {
        let Some((statement, body)) = compound(*index) else { continue };
        let header = !alone && (line == cell.line(statement.span.start) || comment.start < body.start);
        if !header {
            return Target::Inside(*index);
        }
    }
    if !around.is_empty() {
        return Target::Behind(around);
    }
    let next = cell.statements.iter().position(|statement| statement.span.start > comment.start);
    // Indented behind the last line of a body: it belongs to the body.
    let previous = next.unwrap_or(cell.statements.len()).checked_sub(1);
    if let Some(previous) = previous.filter(|index| !before.is_empty() && compound(*index).is_some()) {
        return Target::Inside(previous);
    }
    match next {
        None if cell.statements.is_empty() => Target::Cell,
        None => Target::Nothing,
        Some(0) => Target::Cell,
        Some(next) => Target::Above(on_line(cell, cell.line(cell.statements[next].span.start))),
    }
}

/// The statements that have a part on a line.
pub(super) fn on_line(cell: &ParsedCell, line: usize) -> Vec<usize> {
    let within = |statement: &Stmt| {
        let (first, last) = cell.lines(statement.span);
        (first..=last).contains(&line)
    };
    cell.statements.iter().enumerate().filter(|(_, statement)| within(statement)).map(|(index, _)| index).collect()
}

/// Where the body of a compound statement begins; none for a simple statement.
fn body(statement: &Stmt) -> Option<Span> {
    let body = match &statement.kind {
        StmtKind::FunctionDef(function) => &function.body,
        StmtKind::ClassDef(class) => &class.body,
        StmtKind::Match { cases, .. } => &cases.first()?.body,
        StmtKind::If { body, .. }
        | StmtKind::For { body, .. }
        | StmtKind::While { body, .. }
        | StmtKind::With { body, .. }
        | StmtKind::Try { body, .. } => body,
        _ => return None,
    };
    body.first().map(|first| first.span)
}

/// What a compound statement is called: `` the function `f` ``, `a loop`.
pub(super) fn describe(statement: &Stmt) -> String {
    match &statement.kind {
        StmtKind::FunctionDef(function) => format!("the function `{}`", function.name),
        StmtKind::ClassDef(class) => format!("the class `{}`", class.name),
        StmtKind::For { .. } | StmtKind::While { .. } => "a loop".to_owned(),
        StmtKind::If { .. } => "an `if` statement".to_owned(),
        StmtKind::With { .. } => "a `with` statement".to_owned(),
        StmtKind::Try { .. } => "a `try` statement".to_owned(),
        StmtKind::Match { .. } => "a `match` statement".to_owned(),
        _ => "a statement".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse_module;

    fn targets(source: &str) -> Vec<Target> {
        let cell = parse_module(source);
        cell.comments.iter().map(|comment| of_comment(&cell, *comment)).collect()
    }

    #[test]
    fn comments_above_and_behind() {
        let source = "# a\na = 1\n# b\n\nb = 2  # c\nc = 3; d = 4  # d\n# e";
        let expected = [
            Target::Cell,
            Target::Above(vec![1]),
            Target::Behind(vec![1]),
            Target::Behind(vec![2, 3]),
            Target::Nothing,
        ];
        assert_eq!(targets(source), expected);
    }

    #[test]
    fn a_line_of_a_simple_statement_is_the_statement_s() {
        assert_eq!(
            targets("a = f(\n    1,  # a\n    # b\n    2,\n)"),
            [Target::Behind(vec![0]), Target::Behind(vec![0])]
        );
    }

    #[test]
    fn a_header_is_the_whole_statement_s_and_a_body_s_line_is_no_statement() {
        let source = "a = 1\nfor i in x:  # a\n    # b\n    f(i)  # c\n    # d\nelse:  # e\n    g()\nb = 2";
        let inside = Target::Inside(1);
        assert_eq!(targets(source), [Target::Behind(vec![1]), inside.clone(), inside.clone(), inside.clone(), inside]);
        assert_eq!(
            targets("@decorated  # a\ndef f(a,  # b\n      b):\n    return a\n    # c\ng()"),
            [Target::Behind(vec![0]), Target::Behind(vec![0]), Target::Inside(0)]
        );
        assert_eq!(targets("for i in x: f(i)  # a"), [Target::Behind(vec![0])]);
    }
}
