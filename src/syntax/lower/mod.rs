//! From tree-sitter's tree to the typed tree of [`super::ast`], with Python 3.11's grammar enforced on the way.
//!
//! tree-sitter reads a superset of Python: it takes a starred expression, a walrus or a `yield` nearly everywhere. So each
//! function here knows which of these its place allows ([`Allow`]) and refuses the rest, as Python's grammar does.

use super::ast::{Span, Stmt};
use super::kind::Kind;
use super::tree::{Node, children, is};
use crate::python::is_keyword;

mod annotation;
mod arguments;
mod collection;
mod compound;
mod expression;
mod literal;
mod parameters;
mod pattern;
#[cfg(test)]
mod sketch;
mod statement;
mod target;

/// Why a text is not Python 3.11.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where.
    pub(super) offset: usize,
    /// Why, for a person, without a final stop.
    pub(super) reason: String,
    /// Whether it is Python 2.
    pub(super) python2: bool,
}

impl Fault {
    /// Invalid at this node.
    pub(super) fn at(node: Node<'_>, reason: impl Into<String>) -> Self {
        Self::new(node.start_byte(), reason)
    }

    /// Invalid at this offset.
    pub(super) fn new(offset: usize, reason: impl Into<String>) -> Self {
        Self { offset, reason: reason.into(), python2: false }
    }

    /// Python 2 at this node.
    pub(super) fn python2(node: Node<'_>, reason: impl Into<String>) -> Self {
        Self { offset: node.start_byte(), reason: reason.into(), python2: true }
    }
}

/// A lowered part, or why there is none.
type Lowered<T> = Result<T, Fault>;

/// Which expressions a place takes, beyond operators on atoms (Python's `bitwise_or`).
#[derive(Clone, Copy, PartialEq, Eq)]
struct Allow(u8);

impl Allow {
    /// `bitwise_or`
    const OPERAND: Self = Self(0);
    /// `disjunction`: `and`, `or`, `not` and comparisons.
    const DISJUNCTION: Self = Self(1);
    /// `expression`: conditional expressions and lambdas too.
    const EXPRESSION: Self = Self(3);
    /// `named_expression`: `:=` too.
    const NAMED: Self = Self(7);
    /// `star_expression`: an expression or `*a`.
    const STAR: Self = Self(11);
    /// `star_named_expression`: an element of a list.
    const STAR_NAMED: Self = Self(15);
    /// The right-hand side of an assignment: `star_expression` or `yield`.
    const STAR_YIELD: Self = Self(27);
    /// What may stand between parentheses.
    const GROUP: Self = Self(23);
    /// `:=` alone.
    const ONLY_NAMED: Self = Self(4);
    /// `*` alone.
    const ONLY_STAR: Self = Self(8);
    /// `yield` alone.
    const ONLY_YIELD: Self = Self(16);
    /// Conditional expressions and lambdas alone.
    const ONLY_TERNARY: Self = Self(2);

    /// Whether all of `other` is allowed.
    fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Lowers the statements of a module.
pub(super) fn lower(module: Node<'_>, text: &str) -> Lowered<Vec<Stmt>> {
    Lower { text, starred: None, aliased: None }.statements(module)
}

/// The state of the conversion.
struct Lower<'a> {
    /// The text of the cell.
    text: &'a str,
    /// Where a `*` starts that binds more loosely than tree-sitter thinks, and where its operand starts.
    starred: Option<(usize, usize)>,
    /// Where an `as` clause ends that binds more loosely than tree-sitter thinks, and where what it names ends.
    aliased: Option<(usize, usize)>,
}

impl<'a> Lower<'a> {
    /// The text of a node.
    fn text(&self, node: Node<'_>) -> &'a str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// The place of an expression.
    fn span(&self, node: Node<'_>) -> Span {
        let mut span = Span { start: node.start_byte(), end: node.end_byte() };
        if let Some((start, operand)) = self.starred
            && span.start == start
        {
            span.start = operand;
        }
        if let Some((end, value)) = self.aliased
            && span.end == end
        {
            span.end = value;
        }
        span
    }

    /// The text of an identifier.
    fn name(&self, node: Node<'_>) -> Lowered<String> {
        let text = self.text(node);
        // The grammar lets some keywords through as names.
        if is_keyword(text) {
            return Err(Fault::at(node, format!("`{text}` is a keyword")));
        }
        Ok(text.to_owned())
    }
}

/// A field that the grammar always fills.
fn required<'t>(node: Node<'t>, part: Option<Node<'t>>) -> Lowered<Node<'t>> {
    part.ok_or_else(|| Fault::at(node, "incomplete syntax"))
}

/// Whether the last item of a list is followed by a comma.
fn trailing_comma<'t>(children: impl IntoIterator<Item = Node<'t>>) -> bool {
    children.into_iter().filter(|child| !closes(*child)).last().is_some_and(|child| is(child, Kind::Comma))
}

/// Whether a token closes a bracket.
fn closes(node: Node<'_>) -> bool {
    is(node, Kind::RightParenthesis) || is(node, Kind::RightBracket) || is(node, Kind::RightBrace)
}

/// Refuses a list of nothing but a comma, which tree-sitter takes.
fn no_lone_comma(node: Node<'_>) -> Lowered<()> {
    let mut parts = children(node);
    match (parts.next(), parts.next()) {
        (Some(open), Some(comma)) if !open.is_named() && is(comma, Kind::Comma) => {
            Err(Fault::at(node, "a comma without an item"))
        }
        _ => Ok(()),
    }
}
