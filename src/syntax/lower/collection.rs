//! Subscripts, collections and comprehensions.

use super::super::ast::{ComprehensionClause, ComprehensionKind, Expr, ExprKind, Span};
use super::super::kind::{Field, Kind};
use super::super::tree::{Node, children, field, fields, is, kind, named};
use super::{Allow, Fault, Lower, Lowered, no_lone_comma, required, trailing_comma};

impl Lower<'_> {
    /// A collection, a comprehension or a slice.
    pub(super) fn collection(&mut self, node: Node<'_>, node_kind: Kind) -> Lowered<ExprKind> {
        self.isolated(|lower| match node_kind {
            Kind::Tuple => lower.tuple(node),
            Kind::List => Ok(ExprKind::List(lower.elements(node)?)),
            Kind::Set => Ok(ExprKind::Set(lower.elements(node)?)),
            Kind::Dictionary => lower.dictionary(node),
            Kind::ListComprehension => lower.comprehension(node, ComprehensionKind::List),
            Kind::SetComprehension => lower.comprehension(node, ComprehensionKind::Set),
            Kind::DictionaryComprehension => lower.comprehension(node, ComprehensionKind::Dict),
            Kind::GeneratorExpression => lower.comprehension(node, ComprehensionKind::Generator),
            _ => Err(Fault::at(node, "this is not an expression")),
        })
    }

    /// `(a, b)`
    fn tuple(&mut self, node: Node<'_>) -> Lowered<ExprKind> {
        let items = self.elements(node)?;
        if items.len() == 1 && !trailing_comma(children(node)) {
            return Err(Fault::at(node, "a starred expression can't stand here"));
        }
        Ok(ExprKind::Tuple(items))
    }

    /// The elements of a tuple, list or set.
    fn elements(&mut self, node: Node<'_>) -> Lowered<Vec<Expr>> {
        named(node).map(|item| self.expression(item, Allow::STAR_NAMED)).collect()
    }

    /// `{key: value, **other}`
    fn dictionary(&mut self, node: Node<'_>) -> Lowered<ExprKind> {
        no_lone_comma(node)?;
        let mut entries = Vec::new();
        for entry in named(node) {
            entries.push(if is(entry, Kind::DictionarySplat) {
                let value = required(entry, named(entry).next())?;
                (None, self.expression(value, Allow::OPERAND)?)
            } else {
                let (key, value) = self.pair(entry)?;
                (Some(key), value)
            });
        }
        Ok(ExprKind::Dict(entries))
    }

    /// `key: value`
    fn pair(&mut self, node: Node<'_>) -> Lowered<(Expr, Expr)> {
        let key = self.expression(required(node, field(node, Field::Key))?, Allow::EXPRESSION)?;
        let value = self.expression(required(node, field(node, Field::Value))?, Allow::EXPRESSION)?;
        Ok((key, value))
    }

    /// A comprehension of any kind.
    fn comprehension(&mut self, node: Node<'_>, kind: ComprehensionKind) -> Lowered<ExprKind> {
        let body = required(node, field(node, Field::Body))?;
        let elements = if kind == ComprehensionKind::Dict {
            let (key, value) = self.pair(body)?;
            vec![key, value]
        } else {
            vec![self.expression(body, Allow::NAMED)?]
        };
        let mut clauses: Vec<ComprehensionClause> = Vec::new();
        for part in named(node) {
            if is(part, Kind::ForInClause) {
                clauses.push(self.clause(part)?);
            } else if is(part, Kind::IfClause) {
                let condition = required(part, named(part).next())?;
                let condition = self.expression(condition, Allow::DISJUNCTION)?;
                if let Some(clause) = clauses.last_mut() {
                    clause.conditions.push(condition);
                }
            }
        }
        Ok(ExprKind::Comprehension { kind, elements, clauses })
    }

    /// `for target in iter`
    fn clause(&mut self, node: Node<'_>) -> Lowered<ComprehensionClause> {
        let target = self.target(required(node, field(node, Field::Left))?)?;
        let values: Vec<Node<'_>> = fields(node, Field::Right).collect();
        if trailing_comma(children(node)) || values.len() > 1 {
            return Err(Fault::python2(node, "a comprehension over a list without brackets is Python 2"));
        }
        let iter = required(node, values.first().copied())?;
        Ok(ComprehensionClause { target, iter: self.expression(iter, Allow::DISJUNCTION)?, conditions: Vec::new() })
    }

    /// The index of a subscript.
    pub(super) fn indices(&mut self, node: Node<'_>) -> Lowered<Expr> {
        let nodes: Vec<Node<'_>> = fields(node, Field::Subscript).collect();
        let parts: Vec<Node<'_>> = children(node).collect();
        self.isolated(|lower| {
            let mut items = nodes.iter().map(|item| lower.index(*item)).collect::<Lowered<Vec<_>>>()?;
            let comma = trailing_comma(parts.iter().copied());
            match (items.pop(), items.is_empty()) {
                (Some(only), true) if !comma && !matches!(only.kind, ExprKind::Starred(_)) => Ok(only),
                (Some(last), _) => {
                    items.push(last);
                    Ok(lower.index_tuple(&parts, items))
                }
                (None, _) => Err(Fault::at(node, "an empty index")),
            }
        })
    }

    /// Several indices: from the first to the last or the comma behind it.
    pub(super) fn index_tuple(&self, parts: &[Node<'_>], items: Vec<Expr>) -> Expr {
        let open = parts.iter().position(|part| is(*part, Kind::LeftBracket)).unwrap_or_default();
        let start = parts.get(open + 1).map_or(0, |part| self.span(*part).start);
        let end = parts.iter().rev().nth(1).map_or(start, |part| self.span(*part).end);
        Expr { kind: ExprKind::Tuple(items), span: Span { start, end } }
    }

    /// One index.
    fn index(&mut self, node: Node<'_>) -> Lowered<Expr> {
        if !is(node, Kind::Slice) {
            return self.starred_or(node, Allow::NAMED);
        }
        let parts = named(node).map(|part| self.expression(part, Allow::EXPRESSION)).collect::<Lowered<_>>()?;
        Ok(Expr { kind: ExprKind::Slice(parts), span: self.span(node) })
    }

    /// The elements of a list of targets, whatever tree-sitter calls it.
    pub(super) fn is_sequence(node: Node<'_>) -> bool {
        matches!(
            kind(node),
            Some(
                Kind::Tuple
                    | Kind::TuplePattern
                    | Kind::PatternList
                    | Kind::ExpressionList
                    | Kind::List
                    | Kind::ListPattern
            )
        )
    }
}
