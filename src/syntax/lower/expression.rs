//! Expressions: names, operators, calls.

use super::super::ast::{Expr, ExprKind, Span};
use super::super::kind::{Field, Kind};
use super::super::tree::{Node, children, field, fields, is, kind, named};
use super::{Allow, Fault, Lower, Lowered, required};

impl<'a> Lower<'a> {
    /// An expression, if its place allows it.
    pub(super) fn expression(&mut self, node: Node<'_>, allow: Allow) -> Lowered<Expr> {
        let Some(node_kind) = kind(node) else { return Err(Fault::at(node, "this is not an expression")) };
        if allow.has(Allow::ONLY_STAR) && !self.is_star(node) && self.loose_star(node) {
            return self.hoisted_star(node, Allow::OPERAND);
        }
        match node_kind {
            Kind::ParenthesizedExpression => self.group(node),
            _ if self.is_star(node) => self.starred(node, allow, Allow::OPERAND),
            Kind::AsPattern => self.aliased(node, allow),
            Kind::Await => self.await_expression(node),
            Kind::ConditionalExpression => self.conditional(node, allow),
            _ => self.kind_of(node, node_kind, allow).map(|kind| Expr { kind, span: self.span(node) }),
        }
    }

    /// The kind of an expression whose place is that of its node. Apart from [`Self::expression`], and without a value
    /// of its own per arm, to keep the stack small where expressions are deep.
    fn kind_of(&mut self, node: Node<'_>, node_kind: Kind, allow: Allow) -> Lowered<ExprKind> {
        match node_kind {
            Kind::String | Kind::ConcatenatedString => self.string(node),
            Kind::Identifier => self.name(node).map(ExprKind::Name),
            // A name that the mask turned into a number.
            Kind::Integer if !self.text(node).starts_with(|first: char| first.is_ascii_digit()) => {
                self.name(node).map(ExprKind::Name)
            }
            Kind::Integer | Kind::Float => self.number(node),
            Kind::True => Ok(ExprKind::Bool(true)),
            Kind::False => Ok(ExprKind::Bool(false)),
            Kind::None => Ok(ExprKind::None),
            Kind::Ellipsis => Ok(ExprKind::Ellipsis),
            Kind::Attribute | Kind::Subscript | Kind::Call => self.postfix(node),
            Kind::BinaryOperator if self.is_misranked(node) => self.and_xor(node),
            Kind::BinaryOperator => self.chain(node, node_kind),
            Kind::UnaryOperator => self.unary(node),
            Kind::BooleanOperator => Self::needs_parentheses(node, allow).and_then(|()| self.chain(node, node_kind)),
            Kind::NotOperator => self.negation(node, allow),
            Kind::ComparisonOperator => self.comparison(node, allow),
            Kind::Lambda => self.lambda(node, allow),
            Kind::NamedExpression => self.named_expression(node, allow),
            Kind::Yield => self.yield_expression(node, allow),
            _ => self.collection(node, node_kind),
        }
    }

    /// An expression between parentheses. What is inside knows nothing of a loose `*` or `as` outside.
    fn group(&mut self, node: Node<'_>) -> Lowered<Expr> {
        let outer = (self.starred.take(), self.aliased.take());
        let inner = required(node, named(node).next()).and_then(|inner| self.expression(inner, Allow::GROUP));
        (self.starred, self.aliased) = outer;
        inner
    }

    /// `*value`
    pub(super) fn starred(&mut self, node: Node<'_>, allow: Allow, operand: Allow) -> Lowered<Expr> {
        let value = required(node, named(node).next())?;
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
            first = required(node, children(first).next())?;
        }
        let inner = required(first, named(first).next())?;
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
            let value = required(node, named(node).next())?;
            return self.expression(value, allow);
        }
        Err(Fault::at(node, "`as` can't stand here"))
    }

    /// `await value`. It binds more tightly than `**`, but tree-sitter has it the other way round.
    fn await_expression(&mut self, node: Node<'_>) -> Lowered<Expr> {
        let value = required(node, named(node).next())?;
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
        let parts: Vec<Node<'_>> = named(node).collect();
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

    /// `value.attribute`, `value[index]` and `value(arguments)`, which follow each other in long chains and are taken in
    /// a loop.
    fn postfix(&mut self, node: Node<'_>) -> Lowered<ExprKind> {
        let mut links = Vec::new();
        let mut first = node;
        while let Some(value) = postfix_value(first) {
            links.push(first);
            first = required(first, field(first, value))?;
        }
        let mut whole = self.expression(first, Allow::OPERAND)?;
        for link in links.into_iter().rev() {
            let value = Box::new(whole);
            let kind = match kind(link) {
                Some(Kind::Attribute) => {
                    let attribute = self.name(required(link, field(link, Field::Attribute))?)?;
                    ExprKind::Attribute { value, attribute }
                }
                Some(Kind::Subscript) => ExprKind::Subscript { value, index: Box::new(self.indices(link)?) },
                _ => {
                    let arguments = self.arguments(required(link, field(link, Field::Arguments))?)?;
                    ExprKind::Call { function: value, arguments }
                }
            };
            whole = Expr { kind, span: self.span(link) };
        }
        Ok(whole.kind)
    }

    /// `left operator right`. Long chains lean to the left, so these are taken in a loop.
    fn chain(&mut self, node: Node<'_>, node_kind: Kind) -> Lowered<ExprKind> {
        let is_boolean = node_kind == Kind::BooleanOperator;
        let allow = if is_boolean { Allow::DISJUNCTION } else { Allow::OPERAND };
        let mut links = vec![node];
        let mut first = required(node, field(node, Field::Left))?;
        while is(first, node_kind) && !self.is_misranked(first) {
            links.push(first);
            first = required(first, field(first, Field::Left))?;
        }
        let mut whole = self.expression(first, allow)?;
        for link in links.into_iter().rev() {
            let operator = required(link, field(link, Field::Operator))?;
            let operator = self.text(operator).to_owned();
            let right = Box::new(self.expression(required(link, field(link, Field::Right))?, allow)?);
            let left = Box::new(whole);
            let kind = if is_boolean {
                ExprKind::BoolOp { left, operator, right }
            } else {
                ExprKind::Binary { left, operator, right }
            };
            whole = Expr { kind, span: self.span(link) };
        }
        Ok(whole.kind)
    }

    /// Whether tree-sitter's rank of an operator is not Python's.
    fn is_misranked(&self, node: Node<'_>) -> bool {
        is(node, Kind::BinaryOperator) && matches!(self.operator(node), Some("&" | "^"))
    }

    /// The operator of a node.
    fn operator(&self, node: Node<'_>) -> Option<&'a str> {
        field(node, Field::Operator).map(|operator| self.text(operator))
    }

    /// `a ^ b & c`. tree-sitter has the ranks of the two operators the wrong way round, so their chain is built anew.
    fn and_xor(&mut self, node: Node<'_>) -> Lowered<ExprKind> {
        let (operands, operators) = self.flatten(node, &["&", "^"]);
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
    pub(super) fn flatten<'t>(&self, node: Node<'t>, wanted: &[&str]) -> (Vec<Node<'t>>, Vec<&'a str>) {
        let (mut operands, mut operators) = (Vec::new(), Vec::new());
        let mut pending = vec![(None, node)];
        while let Some((before, node)) = pending.pop() {
            let parts: Vec<Node<'_>> = named(node).collect();
            match (kind(node), &parts[..]) {
                (Some(Kind::Type), [inner]) => pending.push((before, *inner)),
                (Some(Kind::UnionType), [left, right]) => pending.extend([(Some("|"), *right), (before, *left)]),
                (Some(Kind::BinaryOperator), [left, right])
                    if self.operator(node).is_some_and(|own| wanted.contains(&own)) =>
                {
                    pending.extend([(self.operator(node), *right), (before, *left)]);
                }
                _ => {
                    operators.extend(before);
                    operands.push(node);
                }
            }
        }
        (operands, operators)
    }

    /// `-x`, `+x`, `~x`
    fn unary(&mut self, node: Node<'_>) -> Lowered<ExprKind> {
        let operator = self.text(required(node, field(node, Field::Operator))?).to_owned();
        let operand = Box::new(self.expression(required(node, field(node, Field::Argument))?, Allow::OPERAND)?);
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

    /// `not x`
    fn negation(&mut self, node: Node<'_>, allow: Allow) -> Lowered<ExprKind> {
        Self::needs_parentheses(node, allow)?;
        let operand = self.expression(required(node, field(node, Field::Argument))?, Allow::DISJUNCTION)?;
        Ok(ExprKind::Unary { operator: "not".to_owned(), operand: Box::new(operand) })
    }

    /// `a < b <= c`
    fn comparison(&mut self, node: Node<'_>, allow: Allow) -> Lowered<ExprKind> {
        Self::needs_parentheses(node, allow)?;
        let signs: Vec<Node<'_>> = fields(node, Field::Operators).collect();
        let operators = signs
            .iter()
            .map(|sign| match kind(*sign) {
                Some(Kind::LessGreater) => Err(Fault::python2(*sign, "`<>` is Python 2")),
                Some(kind) => Ok(kind.name().to_owned()),
                None => Err(Fault::at(*sign, "this is not a comparison")),
            })
            .collect::<Lowered<Vec<_>>>()?;
        let operands = named(node)
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
        let delegates = children(node).nth(1).is_some_and(|part| is(part, Kind::From));
        let allow = if delegates { Allow::EXPRESSION } else { Allow::STAR };
        let value = named(node).next().map(|value| self.values(value, allow)).transpose()?;
        Ok(ExprKind::Yield(value.map(Box::new)))
    }
}

/// The field in which a chain of attributes, items and calls goes on.
fn postfix_value(node: Node<'_>) -> Option<Field> {
    match kind(node)? {
        Kind::Attribute => Some(Field::Object),
        Kind::Subscript => Some(Field::Value),
        Kind::Call => Some(Field::Function),
        _ => None,
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

#[cfg(test)]
mod tests {
    use super::super::sketch::{refused, sketch};
    use crate::syntax::parse_module;

    #[test]
    fn operators_bind_as_in_python() {
        for (text, expected) in [
            ("a + b * c - d", "(- (+ a (* b c)) d)"),
            ("a & b ^ c & d | e", "(| (^ (& a b) (& c d)) e)"),
            ("(a ^ b) & c", "(& (^ a b) c)"),
            ("-a ** -b", "(- (** a (- b)))"),
            ("await a ** b", "(** (await a) b)"),
            ("not a == b and c", "(and (not (== a b)) c)"),
            ("a not  in b is not c < d", "(not in,is not,< a b c d)"),
            ("(x := a if b else c)", "(:= x (if b a c))"),
            ("f(*a or b, *c if d else e)", "f((* (or a b)) (* (if d c e)))"),
            ("[*a | b, *c.d()]", "(list (* (| a b)) (* c.d()))"),
            ("*[1], 2", "(tuple (* (list 1)) 2)"),
            ("print >>f, a", "(tuple (>> print f) a)"),
            ("x[a:b, c], x[*d], x[e,]", "(tuple x[(tuple (slice a b) c)] x[(tuple (* d))] x[(tuple e)])"),
        ] {
            assert_eq!(sketch(text), expected, "{text}");
        }
    }

    #[test]
    fn places_refuse_what_python_refuses() {
        for text in [
            "x := 3",
            "f(x for x in y, 1)",
            "(*a)",
            "[yield]",
            "a or lambda: b",
            "await -x",
            "f(a=1, b)",
            "f(**a, *b)",
            "f(,)",
            "{,}",
            "[x for x in a if b else c]",
            "{a: *b}",
            "[*a or b]",
            "a.None",
            "async = 1",
            "x as y",
            "lambda: yield",
        ] {
            refused(text);
        }
        assert!(refused("a <> b").1);
        assert!(refused("[x for x in 1, 2]").1);
    }

    #[test]
    fn long_chains_and_deep_brackets() {
        for operator in [" + ", " and ", " & ", ".", "()."] {
            assert_eq!(parse_module(&vec!["a"; 450].join(operator)).statements.len(), 1, "{operator}");
        }
        for prefix in ["not ", "-", "lambda: ", "a ** ", "a if b else "] {
            assert_eq!(parse_module(&(prefix.repeat(290) + "a")).statements.len(), 1, "{prefix}");
            assert_eq!(refused(&(prefix.repeat(1000) + "a")).0, "nested too deeply");
        }
        assert_eq!(refused(&vec!["a"; 5000].join(" + ")).0, "nested too deeply");
        assert_eq!(refused(&("(".repeat(400) + &")".repeat(400))).0, "nested too deeply");
        assert_eq!(sketch(&("(".repeat(150) + "a" + &")".repeat(150))), "a");
    }
}
