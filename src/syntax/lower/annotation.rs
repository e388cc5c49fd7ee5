//! Annotations. tree-sitter has nodes of their own for them; for Python they are expressions.

use super::super::ast::{Expr, ExprKind};
use super::super::kind::Kind;
use super::super::tree::{Node, children, is, kind, named};
use super::expression::fold;
use super::{Allow, Fault, Lower, Lowered, required, trailing_comma};

impl Lower<'_> {
    /// An annotation.
    pub(super) fn annotation(&mut self, node: Node<'_>) -> Lowered<Expr> {
        self.type_expression(node, Allow::EXPRESSION)
    }

    /// The annotation of `*args`, which may be unpacked itself.
    pub(super) fn star_annotation(&mut self, node: Node<'_>) -> Lowered<Expr> {
        self.type_expression(node, Allow::STAR)
    }

    /// A type or what stands between the brackets of a generic type.
    fn type_expression(&mut self, node: Node<'_>, allow: Allow) -> Lowered<Expr> {
        let kind = match kind(node) {
            Some(Kind::Type) => {
                let inner = required(node, named(node).next())?;
                return self.type_expression(inner, allow);
            }
            Some(Kind::GenericType) => self.generic(node)?,
            Some(Kind::UnionType) => {
                let (operands, _) = self.flatten(node, &["|"]);
                let operands = operands
                    .into_iter()
                    .map(|part| Ok((self.type_expression(part, Allow::OPERAND)?, self.span(part))))
                    .collect::<Lowered<Vec<_>>>()?;
                return fold(operands, "|").map(|(whole, _)| whole).ok_or_else(|| Fault::at(node, "incomplete syntax"));
            }
            Some(Kind::MemberType) => {
                let &[value, attribute] = &named(node).collect::<Vec<_>>()[..] else {
                    return Err(Fault::at(node, "incomplete syntax"));
                };
                let value = Box::new(self.type_expression(value, Allow::OPERAND)?);
                ExprKind::Attribute { value, attribute: self.name(attribute)? }
            }
            Some(Kind::SplatType) => {
                let double = children(node).next().is_some_and(|star| is(star, Kind::DoubleStar));
                if double || !allow.has(Allow::ONLY_STAR) {
                    return Err(Fault::at(node, "a starred expression can't stand here"));
                }
                let name = required(node, named(node).next())?;
                let value = Expr { kind: ExprKind::Name(self.name(name)?), span: self.span(name) };
                ExprKind::Starred(Box::new(value))
            }
            Some(Kind::ConstrainedType) => return Err(Fault::at(node, "a colon can't stand here")),
            _ => return self.expression(node, allow),
        };
        Ok(Expr { kind, span: self.span(node) })
    }

    /// `List[int, str]`
    fn generic(&mut self, node: Node<'_>) -> Lowered<ExprKind> {
        let &[name, parameters] = &named(node).collect::<Vec<_>>()[..] else {
            return Err(Fault::at(node, "incomplete syntax"));
        };
        let value = Box::new(Expr { kind: ExprKind::Name(self.name(name)?), span: self.span(name) });
        let parts: Vec<Node<'_>> = children(parameters).collect();
        let mut items = Vec::new();
        for item in named(parameters) {
            items.push(self.type_item(item)?);
        }
        let single = items.len() == 1 && !trailing_comma(parts.iter().copied());
        let index = match items.pop() {
            Some(only) if single && !matches!(only.kind, ExprKind::Starred(_)) => only,
            Some(last) => {
                items.push(last);
                self.index_tuple(&parts, items)
            }
            None => return Err(Fault::at(node, "an empty index")),
        };
        Ok(ExprKind::Subscript { value, index: Box::new(index) })
    }

    /// One item between the brackets: a type, a starred type, or a slice that looks like a constraint.
    fn type_item(&mut self, node: Node<'_>) -> Lowered<Expr> {
        let inner = if is(node, Kind::Type) { required(node, named(node).next())? } else { node };
        if is(inner, Kind::ConstrainedType) {
            let parts = named(inner).map(|part| self.annotation(part)).collect::<Lowered<_>>()?;
            return Ok(Expr { kind: ExprKind::Slice(parts), span: self.span(inner) });
        }
        match kind(inner) {
            Some(Kind::GenericType | Kind::UnionType | Kind::MemberType | Kind::SplatType) => {
                self.type_expression(inner, Allow::STAR)
            }
            _ => self.starred_or(inner, Allow::NAMED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::ast::StmtKind;
    use super::super::sketch::{expression, only, refused};

    #[test]
    fn annotations_are_expressions() {
        for (text, expected) in [
            ("List[int]", "List[int]"),
            ("Dict[str, List[int]]", "Dict[(tuple str List[int])]"),
            ("A[b] | c | d[e]", "(| (| A[b] c) d[e])"),
            ("a.B[c] | D", "(| a.B[c] D)"),
            ("Callable[[int], str]", "Callable[(tuple (list int) str)]"),
            ("tuple[int, ...]", "tuple[(tuple int Ellipsis)]"),
            ("type[int]", "type[int]"),
            ("List[int] or Set[int]", "(or List[int] Set[int])"),
            ("A[0][1]", "A[0][1]"),
            ("'forward'", "\"forward\""),
        ] {
            let StmtKind::AnnAssign { annotation, .. } = only(&format!("x: {text} = 1")).kind else { panic!() };
            assert_eq!(expression(&annotation), expected, "{text}");
            only(&format!("def f(x: {text}, *y: {text}) -> {text}: pass"));
        }
        only("def f(*args: *Ts): pass");
        refused("def f(a: *Ts): pass");
        refused("def f(a: b: c): pass");
    }
}
