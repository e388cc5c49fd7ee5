//! Magics and shell lines that a cell has as the calls which IPython makes of them, as exported scripts do.

use super::ParsedCell;
use super::ast::{Expr, ExprKind};
use crate::ipython::{Magic, MagicKind};

/// The magic that a call stands for: `get_ipython().run_line_magic('matplotlib', 'inline')`.
#[must_use]
pub fn command(cell: &ParsedCell, call: &Expr) -> Option<Magic> {
    let ExprKind::Call { function, arguments } = &call.kind else { return None };
    let ExprKind::Attribute { value: shell, attribute } = &function.kind else { return None };
    let ExprKind::Call { function: getter, .. } = &shell.kind else { return None };
    if getter.dotted().as_deref() != Some(&["get_ipython"]) {
        return None;
    }
    let text = |index: usize| match arguments.get(index).map(|argument| &argument.value.kind) {
        Some(ExprKind::Str(text)) => text.clone(),
        _ => String::new(),
    };
    let (kind, name, arguments, body) = match attribute.as_str() {
        "run_line_magic" => (MagicKind::Line, text(0), text(1), None),
        "run_cell_magic" => (MagicKind::Cell, text(0), text(1), Some(text(2))),
        "magic" => {
            let line = text(0);
            let line = line.trim().trim_start_matches('%');
            let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            (MagicKind::Line, name.to_owned(), rest.trim().to_owned(), None)
        }
        "system" | "getoutput" => (MagicKind::Shell, String::new(), text(0), None),
        _ => return None,
    };
    let kind = if matches!(name.as_str(), "pinfo" | "pinfo2") { MagicKind::Help } else { kind };
    let (line, end_line) = cell.lines(call.span);
    Some(Magic { line, end_line, kind, name, arguments, body })
}

/// Adds the magics that the cell has as calls to those that were found in IPython's own syntax.
pub(super) fn add_commands(cell: &mut ParsedCell) {
    if !cell.source.python.contains("get_ipython") {
        return;
    }
    let mut found: Vec<Magic> = Vec::new();
    for statement in &cell.statements {
        statement.walk_expressions(&mut |value| found.extend(command(cell, value)));
    }
    // Those in IPython's own syntax are such calls by now.
    found.retain(|magic| cell.source.magics.iter().all(|known| known.line != magic.line));
    cell.source.magics.append(&mut found);
    cell.source.magics.sort_by_key(|magic| magic.line);
}

#[cfg(test)]
mod tests {
    use super::super::parse_cell;
    use crate::ipython::{MagicKind, transform};

    #[test]
    fn calls_are_the_magics_that_they_stand_for() {
        let source = "get_ipython().run_line_magic('matplotlib', 'inline')\nx = get_ipython().getoutput('ls')\n%pwd\n\
                      get_ipython().magic(u'load_ext autoreload')\nget_ipython().run_cell_magic('bash', '', 'ls\\n')";
        let cell = parse_cell(0, 0, transform(source));
        let found: Vec<_> =
            cell.source.magics.iter().map(|m| (m.line, m.kind, m.name.as_str(), m.arguments.as_str())).collect();
        assert_eq!(
            found,
            [
                (1, MagicKind::Line, "matplotlib", "inline"),
                (2, MagicKind::Shell, "", "ls"),
                (3, MagicKind::Line, "pwd", ""),
                (4, MagicKind::Line, "load_ext", "autoreload"),
                (5, MagicKind::Cell, "bash", ""),
            ]
        );
    }
}
