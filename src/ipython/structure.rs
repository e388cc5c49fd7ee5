//! Whether a text's lines can be Python 3 at all. The grammar that reads the statements later accepts wrong indentation
//! silently, so it is found here, where Python's tokenizer finds it too.

use super::Problem;
use super::lexer::{Lexed, LogicalLine};

/// Python allows a hundred levels of indentation, the outermost included.
const MAX_INDENTS: usize = 100;

/// The first thing that is wrong.
pub(super) fn problem(text: &str, lexed: &Lexed) -> Option<Problem> {
    if let Some(at) = text.find('\0') {
        // Not even in a comment.
        return Some(Problem { line: line_of(text, at), message: "a zero byte".to_owned() });
    }
    let fault = lexed.faults.iter().min_by_key(|fault| fault.at);
    let fault = fault.map(|fault| Problem { line: line_of(text, fault.at), message: fault.message.clone() });
    let indentation = indentation(&lexed.lines);
    match (fault, indentation) {
        (Some(fault), Some(indentation)) => Some(if indentation.line < fault.line { indentation } else { fault }),
        (fault, indentation) => fault.or(indentation),
    }
}

/// The 1-based line of a byte.
fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).map_or(1, |before| before.matches('\n').count() + 1)
}

fn indentation(lines: &[LogicalLine]) -> Option<Problem> {
    let mut levels = vec![(0, 0)];
    let mut opened: Option<&LogicalLine> = None;
    for line in lines {
        let wrong = |message: &str| Some(Problem { line: line.first_line, message: message.to_owned() });
        let inconsistent = "the indentation mixes tabs and spaces";
        let (column, tab_column) = levels.last().copied().unwrap_or_default();
        if line.column > column {
            if line.tab_column <= tab_column {
                return wrong(inconsistent);
            }
            if opened.is_none() {
                return wrong("unexpected indentation");
            }
            levels.push((line.column, line.tab_column));
            if levels.len() > MAX_INDENTS {
                return wrong("too many levels of indentation");
            }
        } else {
            if let Some(opened) = opened {
                return Some(no_block(opened, line.first_line));
            }
            levels.retain(|level| level.0 <= line.column);
            let (column, tab_column) = levels.last().copied().unwrap_or_default();
            if column != line.column {
                return wrong("the indentation matches no outer level");
            }
            if tab_column != line.tab_column {
                return wrong(inconsistent);
            }
        }
        opened = line.ends_with_colon.then_some(line);
    }
    opened.map(|opened| no_block(opened, opened.last_line))
}

fn no_block(opened: &LogicalLine, line: usize) -> Problem {
    Problem { line, message: format!("no indented block after the `:` of line {}", opened.last_line) }
}

#[cfg(test)]
mod tests {
    use super::super::lexer::lex;
    use super::*;

    fn problem_of(text: &str) -> Option<(usize, String)> {
        problem(text, &lex(text)).map(|problem| (problem.line, problem.message))
    }

    #[test]
    fn good_indentation() {
        for good in [
            "if a:\n    b\n# c\nelse:\n\tc\n",
            "if a: b\nc\n",
            "f(a,\n      b)\nc\n",
            "class A:\n    def f(self):\n        pass\n\n    x = 1\ny\n",
            "if a:\n        b\n\n  # c\n        d",
            "if a:\n    b = '''\nx\n'''\n    c",
            "x = a[1:\n2]\nlambda: 1",
        ] {
            assert_eq!(problem_of(good), None, "{good}");
        }
    }

    #[test]
    fn bad_indentation() {
        for (bad, line, message) in [
            ("a\n  b\n", 2, "unexpected indentation"),
            ("  a\nb\n", 1, "unexpected indentation"),
            ("if a:\nb\n", 2, "no indented block after the `:` of line 1"),
            ("if a:\n  # c\n", 1, "no indented block after the `:` of line 1"),
            ("if a:\n    b\n  c\n", 3, "the indentation matches no outer level"),
            ("if a:\n        b\n\tc\n", 3, "the indentation mixes tabs and spaces"),
            ("if a:\n\tif b:\n        c\n", 3, "no indented block after the `:` of line 2"),
            ("x = (\n", 1, "`(` is never closed"),
        ] {
            assert_eq!(problem_of(bad), Some((line, message.to_owned())), "{bad}");
        }
    }
}
