//! Lines and indentation. tree-sitter skips a line break wherever its grammar does not ask for one, and compares
//! indentation only when a block begins or ends.

use super::super::kind::Kind;
use super::super::lower::Fault;
use super::super::tree::{Node, is, kind};

/// Python refuses deeper brackets.
const MAXIMAL_BRACKETS: usize = 200;

/// How far a line is indented: with tab stops of eight columns and of one. Python asks that both agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Indent {
    /// With tab stops every eight columns.
    wide: usize,
    /// With tabs as wide as blanks.
    narrow: usize,
}

impl Indent {
    /// No indentation.
    const ZERO: Self = Self { wide: 0, narrow: 0 };

    /// The indentation of the line on which something starts.
    fn of(text: &str, start: usize) -> Self {
        let line = text.get(..start).unwrap_or_default().rfind('\n').map_or(0, |newline| newline + 1);
        let mut indent = Self::ZERO;
        for byte in text.get(line..start).unwrap_or_default().bytes() {
            match byte {
                b'\t' => indent = Self { wide: (indent.wide / 8 + 1) * 8, narrow: indent.narrow + 1 },
                b'\x0c' => indent = Self::ZERO,
                _ => indent = Self { wide: indent.wide + 1, narrow: indent.narrow + 1 },
            }
        }
        indent
    }

    /// Whether this is further in than `other`, whatever the width of a tab.
    fn inside(self, other: Self) -> bool {
        self.wide > other.wide && self.narrow > other.narrow
    }
}

/// A part that stands at the start of a line: a statement or clause.
#[derive(Clone, Copy)]
enum Unit {
    /// A statement that may also follow `;` or the colon of a block.
    Simple,
    /// A statement that must start a line.
    Compound,
    /// `else` and the like: a line as far in as its statement.
    Clause,
}

/// What is known of a node on the way down to the current token.
struct Frame<'t> {
    /// The node.
    node: Node<'t>,
    /// Whether its children are statements (or the cases of a `match`).
    block: bool,
    /// How far in the statement is that it belongs to.
    owner: Indent,
    /// How far in its statements are, once the first is seen; `None` also for a block behind its colon.
    inner: Option<Indent>,
    /// Whether its first statement stands behind the colon.
    inline: bool,
    /// Whether a statement was seen.
    started: bool,
}

/// The walk's state.
struct Layout<'t> {
    /// The text.
    text: &'t str,
    /// Where the last token ended.
    end: usize,
    /// The last token.
    last: Option<Node<'t>>,
    /// Open brackets.
    brackets: usize,
    /// The frames of the nodes above.
    frames: Vec<Frame<'t>>,
}

/// Refuses broken lines, stray indentation and characters that Python doesn't know.
pub(in super::super) fn check(module: Node<'_>, text: &str) -> Result<(), Fault> {
    let module_frame = Frame {
        node: module,
        block: true,
        owner: Indent::ZERO,
        inner: Some(Indent::ZERO),
        inline: false,
        started: false,
    };
    let mut layout = Layout { text, end: 0, last: None, brackets: 0, frames: vec![module_frame] };
    let mut unit: Option<(Unit, Node<'_>)> = None;
    let mut next = module.following();
    while let Some(node) = next {
        while layout.frames.pop_if(|frame| !node.is_within(frame.node)).is_some() {}
        next = node.skip();
        if is_blank(node) {
            continue;
        }
        if let Some(found) = layout.unit(node) {
            layout.enter(found, node, unit.is_some())?;
            unit = Some((found, node));
        }
        if is(node, Kind::String) || node.is_leaf() {
            layout.token(node, unit.take().is_some())?;
        } else {
            layout.push(node);
            next = node.following();
        }
    }
    layout.gap(text.len()).map(drop)
}

/// Whether a node is no token for Python: comments, continued lines, and the tokens without text that mark blocks.
fn is_blank(node: Node<'_>) -> bool {
    matches!(kind(node), Some(Kind::Comment | Kind::LineContinuation)) || node.start_byte() == node.end_byte()
}

impl<'t> Layout<'t> {
    /// What a node means for lines.
    fn unit(&self, node: Node<'t>) -> Option<Unit> {
        let in_block = self.frames.last().is_some_and(|frame| frame.block);
        match kind(node) {
            Some(Kind::ElifClause | Kind::ElseClause | Kind::ExceptClause | Kind::FinallyClause | Kind::Decorator) => {
                Some(Unit::Clause)
            }
            Some(Kind::FunctionDefinition | Kind::ClassDefinition) if !in_block => Some(Unit::Clause),
            Some(
                Kind::IfStatement
                | Kind::ForStatement
                | Kind::WhileStatement
                | Kind::TryStatement
                | Kind::WithStatement
                | Kind::MatchStatement
                | Kind::DecoratedDefinition
                | Kind::FunctionDefinition
                | Kind::ClassDefinition
                | Kind::CaseClause,
            ) => Some(Unit::Compound),
            _ if in_block && node.is_named() => Some(Unit::Simple),
            _ => None,
        }
    }

    /// Notes that the walk goes below a node.
    fn push(&mut self, node: Node<'t>) {
        let block = is(node, Kind::Block);
        let owner = self
            .frames
            .last()
            .map_or(Indent::ZERO, |frame| if frame.block { frame.inner.unwrap_or(frame.owner) } else { frame.owner });
        self.frames.push(Frame { node, block, owner, inner: None, inline: false, started: false });
    }

    /// Checks the place of a statement or clause. `nested`: it starts where another does (a decorator).
    fn enter(&mut self, unit: Unit, node: Node<'t>, nested: bool) -> Result<(), Fault> {
        let start = node.start_byte();
        let breaks = self.gap(start)? || self.last.is_none();
        let indent = Indent::of(self.text, start);
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        let unexpected = || Err(Fault::new(start, "unexpected indentation"));
        if let Unit::Clause = unit {
            // Its own frame is that of the statement, whose indentation the frame of the block above knows.
            return if nested || breaks && indent == frame.owner { Ok(()) } else { unexpected() };
        }
        let first = !frame.started;
        frame.started = true;
        if breaks {
            if frame.inline {
                return unexpected();
            }
            match frame.inner {
                None if indent.inside(frame.owner) => frame.inner = Some(indent),
                Some(inner) if inner == indent => {}
                _ => return unexpected(),
            }
            return Ok(());
        }
        match unit {
            Unit::Simple if first && self.last.is_some_and(|last| is(last, Kind::Colon)) => {
                frame.inline = true;
                Ok(())
            }
            Unit::Simple if self.last.is_some_and(|last| is(last, Kind::Semicolon)) => Ok(()),
            _ => Err(Fault::new(start, "a statement must start a line")),
        }
    }

    /// Checks the place of a token and counts brackets.
    fn token(&mut self, node: Node<'t>, starts: bool) -> Result<(), Fault> {
        let breaks = self.gap(node.start_byte())?;
        if breaks && !starts && self.brackets == 0 {
            return Err(Fault::at(node, "an unexpected end of the line before this"));
        }
        match kind(node) {
            Some(Kind::LeftParenthesis | Kind::LeftBracket | Kind::LeftBrace) => self.brackets += 1,
            Some(Kind::RightParenthesis | Kind::RightBracket | Kind::RightBrace) => {
                self.brackets = self.brackets.saturating_sub(1);
            }
            _ => {}
        }
        if self.brackets >= MAXIMAL_BRACKETS {
            return Err(Fault::at(node, "nested too deeply"));
        }
        self.end = node.end_byte();
        self.last = Some(node);
        Ok(())
    }

    /// Checks what stands between the last token and the next; returns whether a line ends there.
    fn gap(&self, start: usize) -> Result<bool, Fault> {
        let gap = self.text.get(self.end..start).unwrap_or_default();
        if matches!(gap, "" | " ") {
            return Ok(false);
        }
        let mut breaks = false;
        let mut characters = gap.char_indices().peekable();
        while let Some((position, character)) = characters.next() {
            match character {
                ' ' | '\t' | '\x0c' => {}
                '\n' => breaks = true,
                '\r' if matches!(characters.peek(), Some((_, '\n'))) => {}
                '#' => while characters.next_if(|(_, character)| *character != '\n').is_some() {},
                '\\' => {
                    characters.next_if(|(_, character)| *character == '\r');
                    let continued = characters.next_if(|(_, character)| *character == '\n').is_some();
                    if !continued || characters.peek().is_none() && start == self.text.len() {
                        return Err(Fault::new(self.end + position, "a backslash that continues no line"));
                    }
                }
                _ => {
                    let reason = format!("the character {} can't stand here", character.escape_unicode());
                    return Err(Fault::new(self.end + position, reason));
                }
            }
        }
        Ok(breaks)
    }
}

#[cfg(test)]
mod tests {
    use crate::syntax::{Trust, parse_module};

    #[test]
    fn layout_that_python_refuses() {
        for (text, expected) in [
            ("  x = 1", 1),
            ("x = 1\n    y = 2", 2),
            ("if a:\n    b\n  c", 3),
            ("if a:\n    b\n      c", 3),
            ("if a:\n\tb\n        c", 3),
            ("for a in b:\n    c\n  else:\n    d", 3),
            ("x =\n3", 2),
            ("x = 1 \\", 1),
            ("x =\u{a0}1", 1),
            ("if a: b\n    c", 2),
            ("if a:\nb", 1),
            ("x = 'a\nb'", 1),
        ] {
            match parse_module(text).trust {
                Trust::Opaque { line, .. } => assert_eq!(line, expected, "{text:?}"),
                Trust::Whole => panic!("accepted: {text:?}"),
            }
        }
    }

    #[test]
    fn layout_that_python_takes() {
        for text in [
            "if a:\n    b\n  # c\nelse:\n  d",
            "if a:\n\tb\n\tc",
            "x = (1,\n# c\n 2)",
            "if a:\n    b = c(d +\ne)\n    f",
            "x = 1 + \\\n  2",
            "if a: b; c;\nd",
            "@a\n# c\n\n@b\ndef f(): pass",
            "\x0cx = 1",
            "x = 1\r\nif x:\r\n    y\r\n",
            "\u{feff}x = 1",
            "",
            "\n\n# c",
        ] {
            assert_eq!(parse_module(text).trust, Trust::Whole, "{text:?}");
        }
    }
}
