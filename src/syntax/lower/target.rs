//! What can be assigned to or deleted.

use super::super::ast::{Expr, ExprKind};
use super::super::kind::Kind;
use super::super::tree::{Node, children, is, kind, named};
use super::{Allow, Fault, Lower, Lowered, no_lone_comma, required, trailing_comma};

/// Which targets a place takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Tuples, lists and stars.
    Assignment,
    /// Tuples and lists.
    Delete,
    /// A name, attribute or item.
    Single,
}

impl Lower<'_> {
    /// The target of an assignment or loop.
    pub(super) fn target(&mut self, node: Node<'_>) -> Lowered<Expr> {
        self.place(node, Place::Assignment)
    }

    /// The target of an annotated or augmented assignment.
    pub(super) fn single_target(&mut self, node: Node<'_>) -> Lowered<Expr> {
        self.place(node, Place::Single)
    }

    /// What `del` removes.
    pub(super) fn delete_target(&mut self, node: Node<'_>) -> Lowered<Expr> {
        self.place(node, Place::Delete)
    }

    /// A target of any kind.
    fn place(&mut self, node: Node<'_>, place: Place) -> Lowered<Expr> {
        match kind(node) {
            Some(Kind::Identifier | Kind::Attribute | Kind::Subscript) => self.expression(node, Allow::OPERAND),
            Some(Kind::ListSplat | Kind::ListSplatPattern) if place == Place::Assignment => {
                let value = required(node, named(node).next())?;
                if matches!(kind(value), Some(Kind::ListSplat | Kind::ListSplatPattern)) {
                    return Err(Fault::at(node, "two stars"));
                }
                let value = Box::new(self.place(value, place)?);
                Ok(Expr { kind: ExprKind::Starred(value), span: self.span(node) })
            }
            Some(Kind::ParenthesizedExpression) => {
                let inner = required(node, named(node).next())?;
                self.unstarred(inner, place)
            }
            // `(a) = 1` has the shape of a tuple without its comma.
            Some(Kind::TuplePattern | Kind::Tuple) if is_group(node) => {
                let inner = required(node, named(node).next())?;
                self.unstarred(inner, place)
            }
            _ if Self::is_sequence(node) && place != Place::Single => {
                no_lone_comma(node)?;
                let items = named(node).map(|item| self.place(item, place)).collect::<Lowered<_>>()?;
                let list = matches!(kind(node), Some(Kind::List | Kind::ListPattern));
                let kind = if list { ExprKind::List(items) } else { ExprKind::Tuple(items) };
                Ok(Expr { kind, span: self.span(node) })
            }
            _ => Err(Fault::at(node, "this can't be a target")),
        }
    }

    /// A target in parentheses of its own.
    fn unstarred(&mut self, node: Node<'_>, place: Place) -> Lowered<Expr> {
        if is(node, Kind::ListSplat) || is(node, Kind::ListSplatPattern) {
            return Err(Fault::at(node, "a starred target can't stand here"));
        }
        self.place(node, place)
    }
}

/// Whether a tuple is just a target in parentheses.
fn is_group(node: Node<'_>) -> bool {
    named(node).count() == 1 && !trailing_comma(children(node))
}
