//! What tree-sitter accepts and Python 3.11 does not, as far as it shows before the tree is lowered.

use super::ast::Span;
use super::kind::{Field, Kind};
use super::lower::Fault;
use super::tree::{Node, children, field, fields, is, kind};

pub(super) mod fstring;
mod layout;

pub(super) use layout::check as layout;

/// Deeper trees are refused: everything after this module walks them recursively.
const MAXIMAL_DEPTH: usize = 1000;

/// The same without the links of chains (`a + b + c`, `a.b().c`), which are deep trees as well but lowered in loops.
const MAXIMAL_NESTING: usize = 300;

/// What one walk over a tree has found.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Comments, in order.
    pub(super) comments: Vec<Span>,
    /// Strings that span lines, in order.
    pub(super) strings: Vec<Span>,
    /// The first place where the parser gave up.
    pub(super) error: Option<Fault>,
    /// The first place that is Python 2.
    pub(super) python2: Option<Fault>,
    /// Where the word `type` is taken for a statement and is the function.
    pub(super) types: Vec<usize>,
    /// Whether the format of an f-string is taken for `:=`.
    pub(super) format: bool,
    /// The place where the tree becomes too deep.
    pub(super) deep: Option<Fault>,
}

/// Looks at every node once.
pub(super) fn survey(module: Node<'_>, text: &str) -> Survey {
    let mut found = Survey::default();
    let mut above: Vec<Above<'_>> = Vec::new();
    let (mut string_end, mut error_end) = (0, 0);
    for node in module.descendants() {
        while above.pop_if(|last| !node.is_within(last.node)).is_some() {}
        visit(node, text, (string_end, error_end), &mut found);
        if node.is_error() && (node.start_byte() < error_end || error_end == 0) {
            error_end = node.end_byte();
        }
        if is(node, Kind::String) {
            string_end = string_end.max(node.end_byte());
        }
        let start = node.start_byte();
        let nesting = above.last().map_or(0, |last| last.nesting + usize::from(last.rest != Some(start)));
        if (above.len() > MAXIMAL_DEPTH || nesting > MAXIMAL_NESTING) && found.deep.is_none() {
            found.deep = Some(Fault::at(node, "nested too deeply"));
        }
        if !node.is_leaf() {
            above.push(Above { node, nesting, rest: is_link(node).then_some(start) });
        }
    }
    found
}

/// A node above the one that is looked at.
struct Above<'t> {
    node: Node<'t>,
    /// How deeply it is nested.
    nesting: usize,
    /// Where its first child starts if that is the rest of a chain.
    rest: Option<usize>,
}

/// Whether a node is a link of a chain.
fn is_link(node: Node<'_>) -> bool {
    matches!(
        kind(node),
        Some(Kind::Attribute | Kind::BinaryOperator | Kind::BooleanOperator | Kind::Call | Kind::Subscript)
    )
}

/// Notes what one node shows.
fn visit(node: Node<'_>, text: &str, (string_end, error_end): (usize, usize), found: &mut Survey) {
    // The first error that holds no other: the outer ones may span the whole text.
    if node.start_byte() < error_end || found.error.is_none() {
        if node.is_missing() {
            found.error = Some(Fault::at(node, format!("`{}` is missing", node.name())));
        } else if node.is_error() {
            found.error = Some(Fault::at(node, "this is not Python"));
        }
    }
    let inside = node.start_byte() < string_end;
    match kind(node) {
        Some(Kind::Comment) if !inside => {
            let end = node.start_byte() + text.get(node.byte_range()).unwrap_or_default().trim_end().len();
            found.comments.push(Span { start: node.start_byte(), end });
        }
        Some(Kind::TypeAliasStatement) => {
            let left = field(node, Field::Left).map_or(0, |left| left.start_byte());
            if matches!(text.as_bytes().get(left), Some(b'(' | b'[')) {
                found.types.push(node.start_byte());
            }
        }
        Some(Kind::Interpolation) => {
            found.format |= field(node, Field::Expression).is_some_and(|value| is(value, Kind::NamedExpression));
        }
        Some(Kind::String) if !inside && text.get(node.byte_range()).is_some_and(|text| text.contains('\n')) => {
            found.strings.push(Span { start: node.start_byte(), end: node.end_byte() });
        }
        _ => {}
    }
    if found.python2.is_none() {
        found.python2 = python2(node, text);
    }
}

/// The Python 2 statements that tree-sitter knows, which show it even in a text with errors.
fn python2(node: Node<'_>, text: &str) -> Option<Fault> {
    match kind(node)? {
        Kind::PrintStatement if !children(node).nth(1).is_some_and(|part| is(part, Kind::Chevron)) => {
            // Prose is full of words such as this one; code prints a string, a name or a number.
            (fields(node, Field::Argument).next().is_some() && text.get(node.byte_range())?.starts_with("print"))
                .then(|| Fault::python2(node, "`print` is a statement only in Python 2"))
        }
        Kind::ExecStatement => Some(Fault::python2(node, "`exec` is a statement only in Python 2")),
        Kind::LessGreater => Some(Fault::python2(node, "`<>` is Python 2")),
        _ => None,
    }
}
