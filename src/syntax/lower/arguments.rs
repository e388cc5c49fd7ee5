//! The arguments of calls and class definitions.

use super::super::ast::{Argument, Expr, ExprKind};
use super::super::kind::{Field, Kind};
use super::super::tree::{Node, field, is, kind, named};
use super::{Allow, Fault, Lower, Lowered, no_lone_comma, required};

impl Lower<'_> {
    /// The arguments between parentheses, in Python's order: positional ones, then keywords, `*` before `**`.
    pub(super) fn arguments(&mut self, node: Node<'_>) -> Lowered<Vec<Argument>> {
        if is(node, Kind::GeneratorExpression) {
            let value = self.isolated(|lower| lower.expression(node, Allow::EXPRESSION))?;
            return Ok(vec![Argument { keyword: None, span: value.span, value, double_star: false }]);
        }
        no_lone_comma(node)?;
        self.isolated(|lower| {
            let mut found: Vec<Argument> = Vec::new();
            for part in named(node) {
                let argument = lower.argument(part)?;
                let starred = matches!(argument.value.kind, ExprKind::Starred(_)) && argument.keyword.is_none();
                let after_unpacking = found.iter().any(|earlier| earlier.double_star);
                let after_keyword = after_unpacking || found.iter().any(|earlier| earlier.keyword.is_some());
                if argument.keyword.is_none()
                    && !argument.double_star
                    && if starred { after_unpacking } else { after_keyword }
                {
                    return Err(Fault::at(part, "a positional argument after keyword arguments"));
                }
                found.push(argument);
            }
            Ok(found)
        })
    }

    /// Lowers what stands between brackets, where a loose `*` or `as` from outside has no meaning.
    pub(super) fn isolated<T>(&mut self, lower: impl FnOnce(&mut Self) -> Lowered<T>) -> Lowered<T> {
        let outer = (self.starred.take(), self.aliased.take());
        let result = lower(self);
        (self.starred, self.aliased) = outer;
        result
    }

    /// One argument.
    fn argument(&mut self, node: Node<'_>) -> Lowered<Argument> {
        let span = self.span(node);
        match kind(node) {
            Some(Kind::KeywordArgument) => {
                let keyword = Some(self.name(required(node, field(node, Field::Name))?)?);
                let value = self.expression(required(node, field(node, Field::Value))?, Allow::EXPRESSION)?;
                Ok(Argument { keyword, value, double_star: false, span })
            }
            Some(Kind::DictionarySplat) => {
                let value = required(node, named(node).next())?;
                let value = Box::new(self.expression(value, Allow::EXPRESSION)?);
                let value = Expr { kind: ExprKind::Starred(value), span };
                Ok(Argument { keyword: None, value, double_star: true, span })
            }
            _ => {
                let value = self.starred_or(node, Allow::NAMED)?;
                Ok(Argument { keyword: None, value, double_star: false, span })
            }
        }
    }

    /// `*` before any expression (Python's `starred_expression`), or what else the place allows.
    pub(super) fn starred_or(&mut self, node: Node<'_>, allow: Allow) -> Lowered<Expr> {
        if self.is_star(node) {
            return self.starred(node, Allow::STAR, Allow::EXPRESSION);
        }
        if self.text(node).starts_with('*') {
            return self.hoisted_star(node, Allow::EXPRESSION);
        }
        self.expression(node, allow)
    }
}
