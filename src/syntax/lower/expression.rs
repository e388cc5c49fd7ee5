//! Expressions: names, operators, calls.

use tree_sitter::Node;

use super::super::ast::{Expr, ExprKind, Span};
use super::super::kind::{Field, Kind, children, field, fields, is, kind, named};
use super::{Allow, Fault, Lower, Lowered, required};

impl<'a> Lower<'a> {
    /// An expression, if its place allows it.
    pub(super) fn expression(&mut self, node: Node<'_>, allow: Allow) -> Lowered<Expr> {
        let Some(node_kind) = kind(node) else { return Err(Fault::at(node, "this is not an expression")) };
        if allow.has(Allow::ONLY_STAR) && !self.is_star(node) && self.loose_star(node) {
            return self.hoisted_star(node, Allow::OPERAND);
        }
        let kind = match node_kind {
            Kind::ParenthesizedExpression => return self.group(node),
            _ if self.is_star(node) => return self.starred(node, allow, Allow::OPERAND),
            Kind::AsPattern => return self.aliased(node, allow),
            Kind::Await => return self.await_expression(node),
            Kind::ConditionalExpression => return self.conditional(node, allow),
            Kind::String | Kind::ConcatenatedString => self.string(node)?,
            Kind::Identifier => ExprKind::Name(self.name(node)?),
            // A name that the mask turned into a number.
            Kind::Integer if !self.text(node).starts_with(|first: char| first.is_ascii_digit()) => {
                ExprKind::Name(self.name(node)?)
            }
            Kind::Integer | Kind::Float => self.number(node)?,
            Kind::True => ExprKind::Bool(true),
            Kind::False => ExprKind::Bool(false),
            Kind::None => ExprKind::None,
            Kind::Ellipsis => ExprKind::Ellipsis,
            Kind::Attribute => self.attribute(node)?,
            Kind::Subscript => self.subscript(node)?,
            Kind::Call => self.call(node)?,
            Kind::BinaryOperator => self.binary(node)?,
            Kind::UnaryOperator => self.unary(node)?,
            Kind::BooleanOperator => self.boolean(node, allow)?,
            Kind::NotOperator => self.negation(node, allow)?,
            Kind::ComparisonOperator => self.comparison(node, allow)?,
            Kind::Lambda => self.lambda(node, allow)?,
            Kind::NamedExpression => self.named_expression(node, allow)?,
            Kind::Yield => self.yield_expression(node, allow)?,
            _ => self.collection(node, node_kind)?,
        };
        Ok(Expr { kind, span: self.span(node) })
    }

    /// An expression between parentheses. What is inside knows nothing of a loose `*` or `as` outside.
    fn group(&mut self, node: Node<'_>) -> Lowered<Expr> {
        let outer = (self.starred.take(), self.aliased.take());
        let inner = required(node, named(node).first().copied()).and_then(|inner| self.expression(inner, Allow::GROUP));
        (self.starred, self.aliased) = outer;
        inner
    }

    /// `*value`
    pub(super) fn starred(&mut self, node: Node<'_>, allow: Allow, operand: Allow) -> Lowered<Expr> {
        let value = required(node, named(node).first().copied())?;
        if self.starred.is_some_and(|(start, _)| start == node.start_byte()) {
            return self.expression(value, Allow::OPERAND);
        }
        if !allow.has(Allow::ONLY_STAR) {
            return Err(Fault::at(node, "a starred expression can't stand here"));
        }
        if self.is_star(value) {
            return Err(Fault::at(node, "two stars"));
        }
        let span = self.span(node);
        let value = self.expression(value, operand)?;
        Ok(Expr { kind: ExprKind::Starred(Box::new(value)), span })
    }

    /// Whether a node is `*value`, also under the operator that the mask puts in its place.
    pub(super) fn is_star(&self, node: Node<'_>) -> bool {
        is(node, Kind::ListSplat) || is(node, Kind::UnaryOperator) && self.operator(node) == Some("*")
    }

    /// Whether the text starts with a `*` which tree-sitter bound to the first operand only.
    fn loose_star(&self, node: Node<'_>) -> bool {
        self.starred.is_none_or(|(start, _)| start != node.start_byte())
            && self.text.as_bytes().get(node.start_byte()) == Some(&b'*')
    }

    /// `*a or b`, read as `(*a) or b`.
    pub(super) fn hoisted_star(&mut self, node: Node<'_>, operand: Allow) -> Lowered<Expr> {
        let mut first = node;
        while !self.is_star(first) {
            first = required(node, children(first).first().copied())?;
        }
        let inner = required(first, named(first).first().copied())?;
        let start = node.start_byte();
        let outer = self.starred.replace((start, inner.start_byte()));
        let value = self.expression(node, operand);
        self.starred = outer;
        let span = Span { start, end: self.span(node).end };
        Ok(Expr { kind: ExprKind::Starred(Box::new(value?)), span })
    }

    /// `value as target` is no expression of its own; the item of a `with` that it ends has taken the target already.
    fn aliased(&mut self, node: Node<'_>, allow: Allow) -> Lowered<Expr> {
        if self.aliased.is_some_and(|(end, _)| end == node.end_byte()) {
            let value = required(node, named(node).first().copied())?;
            return self.expression(value, allow);
        }
        Err(Fault::at(node, "`as` can't stand here"))
    }

    /// `await value`. It binds more tightly than `**`, but tree-sitter has it the other way round.
    fn await_expression(&mut self, node: Node<'_>) -> Lowered<Expr> {
        let value = required(node, named(node).first().copied())?;
        let mut first = value;
        let mut powers = Vec::new();
        while is(first, Kind::BinaryOperator) {
            powers.push(first);
            first = required(first, field(first, Field::Left))?;
        }
        if matches!(kind(first), Some(Kind::UnaryOperator | Kind::Await | Kind::ListSplat)) {
            return Err(Fault::at(first, "`await` takes a call or another primary expression"));
        }
        let start = node.start_byte();
        let operand = self.expression(first, Allow::OPERAND)?;
        let span = Span { start, end: operand.span.end.max(first.end_byte()) };
        let mut result = Expr { kind: ExprKind::Await(Box::new(operand)), span };
        for power in powers.into_iter().rev() {
            let operator = self.text(required(power, field(power, Field::Operator))?).to_owned();
            let right = self.expression(required(power, field(power, Field::Right))?, Allow::OPERAND)?;
            let span = Span { start, end: power.end_byte() };
            result = Expr { kind: ExprKind::Binary { left: Box::new(result), operator, right: Box::new(right) }, span };
        }
        Ok(result)
    }

    /// `body if test else orelse`. tree-sitter binds `:=` more tightly: `a := b if c else d` arrives as
    /// `(a := b) if c else d`.
    fn conditional(&mut self, node: Node<'_>, allow: Allow) -> Lowered<Expr> {
        let parts = named(node);
        let &[body, test, orelse] = &parts[..] else { return Err(Fault::at(node, "incomplete syntax")) };
        if is(body, Kind::NamedExpression) && allow.has(Allow::ONLY_NAMED) {
            let (target, value) = self.named_parts(body)?;
            let start = value.start_byte();
            let kind = self.conditional_of(value, test, orelse)?;
            let end = self.span(node).end;
            let kind = ExprKind::Named { target, value: Box::new(Expr { kind, span: Span { start, end } }) };
            return Ok(Expr { kind, span: self.span(node) });
        }
        if !allow.has(Allow::ONLY_TERNARY) {
            return Err(Fault::at(node, "a conditional expression needs parentheses here"));
        }
        Ok(Expr { kind: self.conditional_of(body, test, orelse)?, span: self.span(node) })
    }

    /// The parts of a conditional expression.
    fn conditional_of(&mut self, body: Node<'_>, test: Node<'_>, orelse: Node<'_>) -> Lowered<ExprKind> {
        let body = Box::new(self.expression(body, Allow::DISJUNCTION)?);
        let test = Box::new(self.expression(test, Allow::DISJUNCTION)?);
        let orelse = Box::new(self.expression(orelse, Allow::EXPRESSION)?);
        Ok(ExprKind::IfExp { test, body, orelse })
    }

    /// `value.attribute`
    fn attribute(&mut self, node: Node<'_>) -> Lowered<ExprKind> {
        let value = self.primary(node, Field::Object)?;
        let attribute = self.name(required(node, field(node, Field::Attribute))?)?;
        Ok(ExprKind::Attribute { value: Box::new(value), attribute })
    }

    /// What is called, indexed or asked for an attribute.
    pub(super) fn primary(&mut self, node: Node<'_>, part: Field) -> Lowered<Expr> {
        self.expression(required(node, field(node, part))?, Allow::OPERAND)
    }

    /// `function(arguments)`
    fn call(&mut self, node: Node<'_>) -> Lowered<ExprKind> {
        let function = Box::new(self.primary(node, Field::Function)?);
        let arguments = self.arguments(required(node, field(node, Field::Arguments))?)?;
        Ok(ExprKind::Call { function, arguments })
    }

    /// `left operator right`. Long chains lean to the left, so these are taken in a loop.
    fn binary(&mut self, node: Node<'_>) -> Lowered<ExprKind> {
        let misranked = |node| matches!(self.operator(node), Some("&" | "^"));
        if misranked(node) {
            return self.and_xor(node);
        }
        let mut chain = vec![node];
        let mut first = required(node, field(node, Field::Left))?;
        while is(first, Kind::BinaryOperator) && !misranked(first) {
            chain.push(first);
            first = required(first, field(first, Field::Left))?;
        }
        let mut left = self.expression(first, Allow::OPERAND)?;
        let mut kind = None;
        for part in chain.into_iter().rev() {
            if let Some((kind, span)) = kind.take() {
                left = Expr { kind, span };
            }
            let operator = required(part, field(part, Field::Operator))?;
            let right = Box::new(self.expression(required(part, field(part, Field::Right))?, Allow::OPERAND)?);
            let operator = self.text(operator).to_owned();
            let span = self.span(part);
            let previous = std::mem::replace(&mut left, Expr { kind: ExprKind::None, span });
            kind = Some((ExprKind::Binary { left: Box::new(previous), operator, right }, span));
        }
        kind.map(|(kind, _)| kind).ok_or_else(|| Fault::at(node, "incomplete syntax"))
    }

    /// The operator of a node.
    fn operator(&self, node: Node<'_>) -> Option<&'a str> {
        field(node, Field::Operator).map(|operator| self.text(operator))
    }

    /// `a ^ b & c`. tree-sitter has the ranks of the two operators the wrong way round, so their chain is built anew.
    fn and_xor(&mut self, node: Node<'_>) -> Lowered<ExprKind> {
        let (mut operands, mut operators) = (Vec::new(), Vec::new());
        self.flatten(node, &["&", "^"], &mut operands, &mut operators);
        let mut operators = operators.into_iter();
        let mut groups = Vec::new();
        let mut group = Vec::new();
        for operand in operands {
            group.push((self.expression(operand, Allow::OPERAND)?, self.span(operand)));
            if operators.next() != Some("&") {
                groups.extend(fold(std::mem::take(&mut group), "&"));
            }
        }
        fold(groups, "^").map(|(whole, _)| whole.kind).ok_or_else(|| Fault::at(node, "incomplete syntax"))
    }

    /// The operands of a chain of these operators, without parentheses, and the operators between them.
    pub(super) fn flatten<'t>(
        &self,
        node: Node<'t>,
        wanted: &[&str],
        operands: &mut Vec<Node<'t>>,
        operators: &mut Vec<&'a str>,
    ) {
        let sides = match kind(node) {
            Some(Kind::Type) => {
                if let Some(inner) = named(node).first() {
                    self.flatten(*inner, wanted, operands, operators);
                }
                return;
            }
            Some(Kind::UnionType) => named(node).first().copied().zip(named(node).last().copied()).zip(Some("|")),
            Some(Kind::BinaryOperator) => {
                field(node, Field::Left).zip(field(node, Field::Right)).zip(self.operator(node))
            }
            _ => None,
        };
        match sides {
            Some(((left, right), operator)) if wanted.contains(&operator) => {
                self.flatten(left, wanted, operands, operators);
                operators.push(operator);
                self.flatten(right, wanted, operands, operators);
            }
            _ => operands.push(node),
        }
    }

    /// `-x`, `+x`, `~x`
    fn unary(&mut self, node: Node<'_>) -> Lowered<ExprKind> {
        let operator = self.text(required(node, field(node, Field::Operator))?).to_owned();
        let operand = Box::new(self.primary(node, Field::Argument)?);
        Ok(ExprKind::Unary { operator, operand })
    }

    /// Refuses `and`, `or`, `not` and comparisons where only operators of higher rank may stand.
    fn needs_parentheses(node: Node<'_>, allow: Allow) -> Lowered<()> {
        if allow.has(Allow::DISJUNCTION) {
            Ok(())
        } else {
            Err(Fault::at(node, "this expression needs parentheses here"))
        }
    }

    /// `a and b`, `a or b`
    fn boolean(&mut self, node: Node<'_>, allow: Allow) -> Lowered<ExprKind> {
        Self::needs_parentheses(node, allow)?;
        let operator = self.text(required(node, field(node, Field::Operator))?).to_owned();
        let left = Box::new(self.expression(required(node, field(node, Field::Left))?, Allow::DISJUNCTION)?);
        let right = Box::new(self.expression(required(node, field(node, Field::Right))?, Allow::DISJUNCTION)?);
        Ok(ExprKind::BoolOp { operator, left, right })
    }

    /// `not x`
    fn negation(&mut self, node: Node<'_>, allow: Allow) -> Lowered<ExprKind> {
        Self::needs_parentheses(node, allow)?;
        let operand = self.expression(required(node, field(node, Field::Argument))?, Allow::DISJUNCTION)?;
        Ok(ExprKind::Unary { operator: "not".to_owned(), operand: Box::new(operand) })
    }

    /// `a < b <= c`
    fn comparison(&mut self, node: Node<'_>, allow: Allow) -> Lowered<ExprKind> {
        Self::needs_parentheses(node, allow)?;
        let signs = fields(node, Field::Operators);
        let operators = signs
            .iter()
            .map(|sign| match kind(*sign) {
                Some(Kind::LessGreater) => Err(Fault::python2(*sign, "`<>` is Python 2")),
                Some(kind) => Ok(kind.name().to_owned()),
                None => Err(Fault::at(*sign, "this is not a comparison")),
            })
            .collect::<Lowered<Vec<_>>>()?;
        let operands = named(node)
            .into_iter()
            .filter(|part| !signs.contains(part))
            .map(|part| self.expression(part, Allow::OPERAND))
            .collect::<Lowered<Vec<_>>>()?;
        if operands.len() != operators.len() + 1 {
            return Err(Fault::at(node, "incomplete syntax"));
        }
        Ok(ExprKind::Compare { operators, operands })
    }

    /// `lambda parameters: body`
    fn lambda(&mut self, node: Node<'_>, allow: Allow) -> Lowered<ExprKind> {
        if !allow.has(Allow::ONLY_TERNARY) {
            return Err(Fault::at(node, "a lambda needs parentheses here"));
        }
        let parameters = match field(node, Field::Parameters) {
            Some(parameters) => self.parameters(parameters, false)?,
            None => super::parameters::none(node),
        };
        let body = Box::new(self.expression(required(node, field(node, Field::Body))?, Allow::EXPRESSION)?);
        Ok(ExprKind::Lambda { parameters: Box::new(parameters), body })
    }

    /// `target := value`
    fn named_expression(&mut self, node: Node<'_>, allow: Allow) -> Lowered<ExprKind> {
        let (target, value) = self.named_parts(node)?;
        if !allow.has(Allow::ONLY_NAMED) {
            return Err(Fault::at(node, "`:=` needs parentheses here"));
        }
        Ok(ExprKind::Named { target, value: Box::new(self.expression(value, Allow::EXPRESSION)?) })
    }

    /// The name and value of `:=`.
    fn named_parts<'t>(&self, node: Node<'t>) -> Lowered<(String, Node<'t>)> {
        let target = self.name(required(node, field(node, Field::Name))?)?;
        Ok((target, required(node, field(node, Field::Value))?))
    }

    /// `yield value`, `yield from value`
    fn yield_expression(&mut self, node: Node<'_>, allow: Allow) -> Lowered<ExprKind> {
        if !allow.has(Allow::ONLY_YIELD) {
            return Err(Fault::at(node, "`yield` needs parentheses here"));
        }
        let delegates = children(node).get(1).is_some_and(|part| is(*part, Kind::From));
        let allow = if delegates { Allow::EXPRESSION } else { Allow::STAR };
        let value = named(node).first().map(|value| self.values(*value, allow)).transpose()?;
        Ok(ExprKind::Yield(value.map(Box::new)))
    }
}

/// Joins operands from the left. Each comes with its place, parentheses included.
pub(super) fn fold(items: Vec<(Expr, Span)>, operator: &str) -> Option<(Expr, Span)> {
    items.into_iter().reduce(|(left, first), (right, last)| {
        let span = Span { start: first.start, end: last.end };
        let kind = ExprKind::Binary { left: Box::new(left), operator: operator.to_owned(), right: Box::new(right) };
        (Expr { kind, span }, span)
    })
}
