//! tree-sitter's tree of a text, copied once into a list, in the order of the text.
//!
//! All that follows looks at nodes many times: a step to a child or sibling in tree-sitter's own tree costs a search, here
//! it is an addition.

use std::cell::RefCell;
use std::ops::Range;

use tree_sitter::Parser;

use super::kind::{Field, Kind, field_of, is_named, kind_of, language};

thread_local! {
    /// Parsers are costly to make and may not be shared.
    static PARSER: RefCell<Option<Parser>> = RefCell::new(new_parser());
}

/// A parser for Python; `None` only if the grammar does not fit the library.
fn new_parser() -> Option<Parser> {
    let mut parser = Parser::new();
    parser.set_language(language()).ok()?;
    Some(parser)
}

/// A syntax tree.
pub(super) struct Tree {
    /// The nodes, each before its children.
    nodes: Vec<Record>,
}

/// What is known of a node.
struct Record {
    /// Its bytes.
    range: Range<usize>,
    /// The index after its last descendant.
    after: usize,
    /// tree-sitter's number of its kind.
    number: u16,
    /// Its kind, if it is one that matters.
    kind: Option<Kind>,
    /// The field of its parent that it stands in.
    field: Option<Field>,
    /// Whether the grammar calls it named.
    named: bool,
    /// Whether it may stand anywhere: a comment or a continued line.
    extra: bool,
    /// Whether the parser added it.
    missing: bool,
    /// Whether it is what the parser could not read.
    error: bool,
}

impl Record {
    /// What the cursor points at.
    fn at(node: tree_sitter::Node<'_>, field: Option<std::num::NonZeroU16>) -> Self {
        let number = node.kind_id();
        Self {
            range: node.byte_range(),
            after: 0,
            number,
            kind: kind_of(number),
            field: field.and_then(|id| field_of(id.get())),
            named: is_named(number),
            extra: node.is_extra(),
            missing: node.is_missing(),
            // tree-sitter numbers what it could not read so, whatever the grammar.
            error: number == u16::MAX,
        }
    }
}

impl Tree {
    /// Parses a text; `None` if the parser gave up.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let tree = PARSER.with_borrow_mut(|parser| {
            let parser = parser.as_mut()?;
            parser.reset();
            parser.parse(text, None)
        })?;
        Some(Self::copy(tree.root_node(), text))
    }

    /// Copies a tree, without recursion. What plain strings consist of is left out.
    fn copy(root: tree_sitter::Node<'_>, text: &str) -> Self {
        let mut nodes: Vec<Record> = Vec::with_capacity(root.descendant_count());
        let mut cursor = root.walk();
        let mut above = Vec::new();
        loop {
            let index = nodes.len();
            let node = cursor.node();
            let record = Record::at(node, cursor.field_id());
            let opaque = record.kind == Some(Kind::String) && is_plain(text, record.range.start) && !node.has_error();
            nodes.push(record);
            if !opaque && cursor.goto_first_child() {
                above.push(index);
                continue;
            }
            nodes[index].after = index + 1;
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return Self { nodes };
                }
                if let Some(parent) = above.pop() {
                    nodes[parent].after = nodes.len();
                }
            }
        }
    }

    /// The node of the whole text.
    pub(super) fn root(&self) -> Node<'_> {
        Node { tree: self, index: 0 }
    }
}

/// Whether a string holds no expressions, by the letters before its quotes.
fn is_plain(text: &str, start: usize) -> bool {
    let prefix = text.as_bytes()[start..].iter().take_while(|byte| byte.is_ascii_alphabetic());
    prefix.copied().all(|letter| !matches!(letter, b'f' | b'F' | b't' | b'T'))
}

/// A node of a tree.
#[derive(Clone, Copy)]
pub(super) struct Node<'t> {
    tree: &'t Tree,
    index: usize,
}

/// Of the same tree.
impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

impl<'t> Node<'t> {
    fn record(&self) -> &'t Record {
        &self.tree.nodes[self.index]
    }

    /// Its bytes.
    pub(super) fn byte_range(&self) -> Range<usize> {
        self.record().range.clone()
    }

    /// The first of its bytes.
    pub(super) fn start_byte(&self) -> usize {
        self.record().range.start
    }

    /// The byte after its last.
    pub(super) fn end_byte(&self) -> usize {
        self.record().range.end
    }

    /// The grammar's name of its kind.
    pub(super) fn name(&self) -> &'static str {
        language().node_kind_for_id(self.record().number).unwrap_or_default()
    }

    /// Whether the grammar calls it named: all but keywords, operators and punctuation.
    pub(super) fn is_named(&self) -> bool {
        self.record().named
    }

    /// Whether the parser added it.
    pub(super) fn is_missing(&self) -> bool {
        self.record().missing
    }

    /// Whether it is what the parser could not read.
    pub(super) fn is_error(&self) -> bool {
        self.record().error
    }

    /// Whether there is nothing below it.
    pub(super) fn is_leaf(&self) -> bool {
        self.record().after == self.index + 1
    }

    /// Whether it stands below another node, or is it.
    pub(super) fn is_within(&self, other: Self) -> bool {
        (other.index..other.record().after).contains(&self.index)
    }

    /// The nodes from this to the last of its descendants, each before its children.
    pub(super) fn descendants(self) -> impl Iterator<Item = Self> {
        (self.index..self.record().after).map(move |index| Self { index, ..self })
    }

    /// The node behind it in the order of the text that is not one of its descendants.
    pub(super) fn skip(self) -> Option<Self> {
        let index = self.record().after;
        (index < self.tree.nodes.len()).then_some(Self { index, ..self })
    }

    /// The node behind it in the order of the text: its first child, if there is one.
    pub(super) fn following(self) -> Option<Self> {
        let index = self.index + 1;
        (index < self.tree.nodes.len()).then_some(Self { index, ..self })
    }

    /// All nodes directly below it.
    fn below(self) -> impl Iterator<Item = Self> {
        let end = self.record().after;
        let first = Some(Self { index: self.index + 1, ..self }).filter(|first| first.index < end);
        std::iter::successors(first, move |node| node.skip().filter(|next| next.index < end))
    }
}

/// A node's kind; `None` for tokens without meaning of their own and for errors.
pub(super) fn kind(node: Node<'_>) -> Option<Kind> {
    node.record().kind
}

/// Whether a node is of a kind.
pub(super) fn is(node: Node<'_>, expected: Kind) -> bool {
    kind(node) == Some(expected)
}

/// The child in a field.
pub(super) fn field(node: Node<'_>, field: Field) -> Option<Node<'_>> {
    node.below().find(|child| child.record().field == Some(field))
}

/// The children in a field, in order.
pub(super) fn fields(node: Node<'_>, field: Field) -> impl Iterator<Item = Node<'_>> {
    // Commas between the values of a repeated field carry the field as well.
    node.below().filter(move |child| child.record().field == Some(field) && !is(*child, Kind::Comma))
}

/// All children except comments and line continuations, which may stand anywhere.
pub(super) fn children(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    node.below().filter(|child| !child.record().extra)
}

/// The named children except comments and line continuations.
pub(super) fn named(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    children(node).filter(Node::is_named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_like_its_original() {
        let text = "@a\ndef f(x: int = 1, *y):  # c\n    return [x, f'{y!r:>{x}}' 's', \\\n g.h[1:2, 3](z=1)]\nb = = 2";
        let mut parser = new_parser().expect("the grammar fits the library");
        let tree = parser.parse(text, None).expect("a tree");
        let copy = Tree::copy(tree.root_node(), text);
        let mut compared = 0;
        let mut waiting = vec![(copy.root(), tree.root_node())];
        while let Some((node, original)) = waiting.pop() {
            compared += 1;
            assert_eq!((node.byte_range(), node.name()), (original.byte_range(), original.kind()));
            assert_eq!((node.is_named(), node.is_error()), (original.is_named(), original.is_error()), "{original:?}");
            let mut cursor = original.walk();
            let below: Vec<_> = original.children(&mut cursor).collect();
            for wanted in Field::ALL {
                let place = original.child_by_field_name(wanted.name()).map(|child| child.byte_range());
                assert_eq!(field(node, *wanted).map(|child| child.byte_range()), place, "{wanted:?} of {original:?}");
            }
            if !is(node, Kind::String) || !node.is_leaf() {
                assert_eq!(node.below().count(), below.len());
                waiting.extend(node.below().zip(below));
            }
        }
        assert_eq!(compared, copy.nodes.len());
        assert!(copy.root().descendants().count() == compared && copy.nodes.iter().any(|record| record.error));
    }
}
