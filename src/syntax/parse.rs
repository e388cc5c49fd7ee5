//! The entry points: a text in, a [`ParsedCell`] out, whatever the text.

use super::ast::Stmt;
use super::command::add_commands;
use super::lower::{Fault, lower};
use super::mask::mask;
use super::tree::Tree;
use super::validate::{Survey, layout, survey};
use super::{ParsedCell, Trust};
use crate::ipython::{CellSource, Problem};

/// Parses one code cell: `index` counts the code cells, `position` all cells. Total: a cell that Python 3.11 can't read
/// comes back as [`Trust::Opaque`], without statements.
#[must_use]
pub fn parse_cell(index: usize, position: usize, source: CellSource) -> ParsedCell {
    let (found, outcome) = read(&source);
    let mut cell = ParsedCell {
        index,
        position,
        source,
        statements: Vec::new(),
        comments: found.comments,
        strings: found.strings,
        trust: Trust::Whole,
    };
    match outcome {
        Ok(statements) => {
            cell.statements = statements;
            add_commands(&mut cell);
        }
        Err(fault) => {
            let line = match &cell.source.problem {
                Some(problem) if fault.offset == usize::MAX => problem.line,
                _ => cell.line(fault.offset),
            };
            cell.trust = Trust::Opaque { line, reason: fault.reason, python2: fault.python2 };
        }
    }
    cell
}

/// Parses a module: the text of a `.py` file, with any kind of line ends.
#[must_use]
pub fn parse_module(text: &str) -> ParsedCell {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let python = text.replace("\r\n", "\n").replace('\r', "\n");
    parse_cell(0, 0, CellSource { python, ..CellSource::default() })
}

/// What is known of a text: what a walk over its tree found, and its statements or why there are none.
type Reading = (Survey, Result<Vec<Stmt>, Fault>);

/// Reads a text; once more with a mask if tree-sitter's grammar seems to be in the way.
fn read(source: &CellSource) -> Reading {
    let text = source.python.as_str();
    if let Some(offset) = text.find('\0') {
        return (Survey::default(), Err(Fault::new(offset, "a null byte")));
    }
    let (found, outcome) = read_as(text, text, source.problem.as_ref());
    let hopeless = source.problem.is_some() || outcome.as_ref().is_err_and(|fault| fault.python2);
    if hopeless || outcome.is_ok() && !found.format {
        return (found, outcome);
    }
    let mut types = found.types.clone();
    // Errors may hide some of the words to be masked, hence a second round.
    for _ in 0..2 {
        let masked = mask(text, &types);
        let (mut again, second) = read_as(&masked.text, text, None);
        if second.is_ok() {
            again.comments.extend(masked.comments);
            again.comments.sort_unstable();
            return (again, second);
        }
        types.append(&mut again.types);
    }
    (found, outcome)
}

/// Reads a text by the tree of `parsed`, which has the same length.
fn read_as(parsed: &str, text: &str, problem: Option<&Problem>) -> Reading {
    let Some(tree) = Tree::parse(parsed) else {
        return (Survey::default(), Err(Fault::new(0, "the parser gave up")));
    };
    let root = tree.root();
    let mut found = survey(root, text);
    let outcome = match (found.deep.take(), found.python2.take(), problem, found.error.take()) {
        (Some(fault), ..) | (None, Some(fault), ..) | (None, None, None, Some(fault)) => Err(fault),
        (None, None, Some(problem), _) => Err(Fault::new(usize::MAX, problem.message.clone())),
        (None, None, None, None) => layout(root, text).and_then(|()| lower(root, text)),
    };
    (found, outcome)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Words of which many meet a rule when they stand side by side.
    const WORDS: &[&str] = &[
        "a", "1", "'s'", "f'{x}'", "\"", "'''", "(", ")", "[", "]", "{", "}", ":", ",", ";", "=", ":=", "*", "**", ".",
        "->", "@", "~", "\\", "#", "\n", "\n    ", "\t", " ", "if", "else", "for", "in", "lambda", "not", "is",
        "yield", "await", "async", "as", "def", "class", "with", "try", "except", "match", "case", "type", "print",
        "exec", "del", "return", "import", "from", "é", "\0", "\r", "`", "<>",
    ];

    #[test]
    fn a_cell_that_is_not_python_has_no_statements() {
        let source = CellSource { python: "a = 1\nb = = 2".to_owned(), ..CellSource::default() };
        let cell = parse_cell(3, 5, source);
        assert_eq!((cell.index, cell.position), (3, 5));
        assert!(cell.statements.is_empty());
        assert!(matches!(cell.trust, Trust::Opaque { line: 2, python2: false, .. }));
    }

    #[test]
    fn a_problem_found_earlier_is_reported() {
        let problem = Some(Problem { line: 7, message: "an unclosed bracket".to_owned() });
        let cell = parse_cell(0, 0, CellSource { python: "a = 1".to_owned(), problem, ..CellSource::default() });
        let reason = "an unclosed bracket".to_owned();
        assert_eq!(cell.trust, Trust::Opaque { line: 7, reason, python2: false });
        assert!(cell.statements.is_empty());
    }

    #[test]
    fn python_2_is_named_even_beside_errors() {
        let cell = parse_module("print 'a'\nx = = 1\n");
        assert!(matches!(cell.trust, Trust::Opaque { line: 1, python2: true, .. }));
    }

    /// A place must lie in the text, on the borders of characters.
    fn assert_place(cell: &ParsedCell, range: std::ops::Range<usize>) {
        assert!(cell.source.python.get(range.clone()).is_some_and(|text| !text.is_empty()), "{range:?}");
    }

    proptest! {
        #[test]
        fn any_text_is_parsed(text in any::<String>()) {
            prop_assert_eq!(parse_module(&text).index, 0);
        }

        #[test]
        fn any_words_are_parsed(words in prop::collection::vec(prop::sample::select(WORDS), 0..40)) {
            let cell = parse_module(&words.concat());
            for statement in &cell.statements {
                statement.walk(&mut |statement| assert_place(&cell, statement.span.range()));
                statement.walk_expressions(&mut |value| assert_place(&cell, value.span.range()));
            }
        }
    }
}
