//! Statements with blocks.

use super::super::ast::{ClassDef, Expr, ExprKind, FunctionDef, Handler, Span, Stmt, StmtKind, WithItem};
use super::super::kind::{Field, Kind};
use super::super::tree::{Node, children, field, fields, is, kind, named};
use super::{Allow, Fault, Lower, Lowered, required};

/// More `elif` clauses are refused: each is nested in the one before.
const MAXIMAL_ELIF: usize = 500;

impl Lower<'_> {
    /// A statement with a block.
    pub(super) fn compound_statement(&mut self, node: Node<'_>, node_kind: Kind) -> Lowered<StmtKind> {
        match node_kind {
            Kind::IfStatement => self.if_statement(node),
            Kind::ForStatement => self.for_statement(node),
            Kind::WhileStatement => self.while_statement(node),
            Kind::TryStatement => self.try_statement(node),
            Kind::WithStatement => self.with_statement(node),
            Kind::FunctionDefinition => self.function(node, Vec::new()),
            Kind::ClassDefinition => self.class(node, Vec::new()),
            Kind::DecoratedDefinition => self.decorated(node),
            Kind::MatchStatement => self.match_statement(node),
            _ => Err(Fault::at(node, "this is not a statement")),
        }
    }

    /// `if`, with its `elif` clauses nested from the last to the first.
    fn if_statement(&mut self, node: Node<'_>) -> Lowered<StmtKind> {
        let (test, body) = self.branch(node)?;
        let mut clauses = Vec::new();
        let mut orelse = Vec::new();
        for clause in fields(node, Field::Alternative) {
            if is(clause, Kind::ElifClause) {
                clauses.push((clause.start_byte(), self.branch(clause)?));
            } else {
                orelse = self.else_clause(Some(clause))?;
            }
        }
        if clauses.len() > MAXIMAL_ELIF {
            return Err(Fault::at(node, "nested too deeply"));
        }
        let end = super::statement::end(node);
        for (start, (test, body)) in clauses.into_iter().rev() {
            let kind = StmtKind::If { test, body, orelse };
            orelse = vec![Stmt { kind, span: Span { start, end } }];
        }
        Ok(StmtKind::If { test, body, orelse })
    }

    /// The test and body of an `if` or `elif`.
    fn branch(&mut self, node: Node<'_>) -> Lowered<(Expr, Vec<Stmt>)> {
        let test = self.expression(required(node, field(node, Field::Condition))?, Allow::NAMED)?;
        Ok((test, self.suite(node, field(node, Field::Consequence))?))
    }

    /// The body of an `else`, if there is one.
    fn else_clause(&mut self, clause: Option<Node<'_>>) -> Lowered<Vec<Stmt>> {
        clause.map_or(Ok(Vec::new()), |clause| self.suite(clause, field(clause, Field::Body)))
    }

    /// `for target in iter`.
    fn for_statement(&mut self, node: Node<'_>) -> Lowered<StmtKind> {
        let target = self.target(required(node, field(node, Field::Left))?)?;
        let iter = self.values(required(node, field(node, Field::Right))?, Allow::STAR)?;
        let body = self.suite(node, field(node, Field::Body))?;
        let orelse = self.else_clause(field(node, Field::Alternative))?;
        Ok(StmtKind::For { target, iter, body, orelse })
    }

    /// `while test`.
    fn while_statement(&mut self, node: Node<'_>) -> Lowered<StmtKind> {
        let test = self.expression(required(node, field(node, Field::Condition))?, Allow::NAMED)?;
        let body = self.suite(node, field(node, Field::Body))?;
        let orelse = self.else_clause(field(node, Field::Alternative))?;
        Ok(StmtKind::While { test, body, orelse })
    }

    /// `try` with its clauses.
    fn try_statement(&mut self, node: Node<'_>) -> Lowered<StmtKind> {
        let body = self.suite(node, field(node, Field::Body))?;
        let (mut handlers, mut orelse, mut finalbody) = (Vec::new(), Vec::new(), Vec::new());
        let mut groups = Vec::new();
        for clause in named(node) {
            match kind(clause) {
                Some(Kind::ExceptClause) => {
                    groups.push(children(clause).any(|part| is(part, Kind::Star)));
                    handlers.push(self.handler(clause)?);
                }
                Some(Kind::ElseClause) => orelse = self.else_clause(Some(clause))?,
                Some(Kind::FinallyClause) => finalbody = self.suite(clause, block(clause))?,
                _ => {}
            }
        }
        if groups.contains(&true) && groups.contains(&false) {
            return Err(Fault::at(node, "`except` and `except*` can't be mixed"));
        }
        if handlers.is_empty() && (finalbody.is_empty() || !orelse.is_empty()) {
            return Err(Fault::at(node, "`try` without `except` or `finally`"));
        }
        Ok(StmtKind::Try { body, handlers, orelse, finalbody })
    }

    /// An `except` clause.
    fn handler(&mut self, node: Node<'_>) -> Lowered<Handler> {
        let values: Vec<Node<'_>> = fields(node, Field::Value).collect();
        let mut alias = field(node, Field::Alias);
        let mut value = None;
        match values[..] {
            [] if children(node).any(|part| is(part, Kind::Star)) => {
                return Err(Fault::at(node, "`except*` without an exception"));
            }
            [] => {}
            [only] => {
                let only = if is(only, Kind::AsPattern) && alias.is_none() {
                    alias = field(only, Field::Alias).and_then(|target| children(target).next());
                    required(only, named(only).next())?
                } else {
                    only
                };
                value = Some(self.expression(only, Allow::EXPRESSION)?);
            }
            [_, second, ..] => {
                // Python 2 wrote the variable behind a comma; 3.14 allows several exceptions without parentheses.
                let variable = values.len() == 2
                    && is(second, Kind::Identifier)
                    && self.text(second).starts_with(|first: char| first.is_lowercase() || first == '_');
                return Err(if variable {
                    Fault::python2(node, "`except` with a comma before the variable is Python 2")
                } else {
                    Fault::at(node, "several exceptions without parentheses need Python 3.14")
                });
            }
        }
        let name = match alias {
            None => None,
            Some(alias) if is(alias, Kind::Identifier) => Some(self.name(alias)?),
            Some(alias) => return Err(Fault::at(alias, "`except … as` takes a name")),
        };
        let types = match value {
            None => Vec::new(),
            Some(Expr { kind: ExprKind::Tuple(items), .. }) => items,
            Some(value) => vec![value],
        };
        Ok(Handler { types, name, body: self.suite(node, block(node))? })
    }

    /// `with` and its items.
    fn with_statement(&mut self, node: Node<'_>) -> Lowered<StmtKind> {
        let clause = required(node, named(node).next().filter(|clause| is(*clause, Kind::WithClause)))?;
        let parts: Vec<Node<'_>> = children(clause).collect();
        let parenthesised = parts.first().is_some_and(|first| is(*first, Kind::LeftParenthesis));
        if !parenthesised && super::trailing_comma(parts.iter().copied()) {
            return Err(Fault::at(clause, "a comma at the end of `with` needs parentheses"));
        }
        let nodes: Vec<Node<'_>> = named(clause).filter_map(|item| field(item, Field::Value)).collect();
        let nodes = match nodes[..] {
            [only] if !parenthesised => with_items_of(only).unwrap_or(nodes),
            _ => nodes,
        };
        let items = if nodes.iter().any(|item| matches!(kind(*item), Some(Kind::ListSplat | Kind::NamedExpression))) {
            let items =
                nodes.into_iter().map(|item| self.expression(item, Allow::STAR_NAMED)).collect::<Lowered<_>>()?;
            if !parenthesised {
                return Err(Fault::at(clause, "this can't be an item of `with`"));
            }
            vec![WithItem { context: Expr { kind: ExprKind::Tuple(items), span: self.span(clause) }, target: None }]
        } else {
            nodes.into_iter().map(|item| self.with_item(item)).collect::<Lowered<_>>()?
        };
        Ok(StmtKind::With { items, body: self.suite(node, field(node, Field::Body))? })
    }

    /// `context as target`.
    fn with_item(&mut self, node: Node<'_>) -> Lowered<WithItem> {
        let Some(clause) = trailing_as(node) else {
            return Ok(WithItem { context: self.expression(node, Allow::EXPRESSION)?, target: None });
        };
        let value = required(clause, named(clause).next())?;
        let alias = required(clause, field(clause, Field::Alias))?;
        let target = self.target(required(alias, named(alias).next())?)?;
        let outer = self.aliased.replace((clause.end_byte(), value.end_byte()));
        let context = self.expression(if clause == node { value } else { node }, Allow::EXPRESSION);
        self.aliased = outer;
        Ok(WithItem { context: context?, target: Some(target) })
    }

    /// A function, with the decorators found above it.
    fn function(&mut self, node: Node<'_>, decorators: Vec<Expr>) -> Lowered<StmtKind> {
        refuse_type_parameters(node)?;
        let name = required(node, field(node, Field::Name))?;
        Ok(StmtKind::FunctionDef(Box::new(FunctionDef {
            name: self.name(name)?,
            name_span: self.span(name),
            parameters: self.parameters(required(node, field(node, Field::Parameters))?, true)?,
            returns: field(node, Field::ReturnType).map(|returns| self.annotation(returns)).transpose()?,
            decorators,
            body: self.suite(node, field(node, Field::Body))?,
            is_async: children(node).next().is_some_and(|first| is(first, Kind::Async)),
        })))
    }

    /// A class, with the decorators found above it.
    fn class(&mut self, node: Node<'_>, decorators: Vec<Expr>) -> Lowered<StmtKind> {
        refuse_type_parameters(node)?;
        let name = required(node, field(node, Field::Name))?;
        Ok(StmtKind::ClassDef(Box::new(ClassDef {
            name: self.name(name)?,
            name_span: self.span(name),
            bases: field(node, Field::Superclasses).map_or(Ok(Vec::new()), |list| self.arguments(list))?,
            decorators,
            body: self.suite(node, field(node, Field::Body))?,
        })))
    }

    /// A definition under decorators.
    fn decorated(&mut self, node: Node<'_>) -> Lowered<StmtKind> {
        let mut decorators = Vec::new();
        for decorator in named(node).filter(|part| is(*part, Kind::Decorator)) {
            let value = required(decorator, named(decorator).next())?;
            decorators.push(self.expression(value, Allow::NAMED)?);
        }
        let definition = required(node, field(node, Field::Definition))?;
        if is(definition, Kind::ClassDefinition) {
            self.class(definition, decorators)
        } else {
            self.function(definition, decorators)
        }
    }
}

/// The block of a clause that has no field for it.
fn block(node: Node<'_>) -> Option<Node<'_>> {
    named(node).find(|part| is(*part, Kind::Block))
}

/// PEP 695 came with Python 3.12.
fn refuse_type_parameters(node: Node<'_>) -> Lowered<()> {
    match field(node, Field::TypeParameters) {
        Some(parameters) => Err(Fault::at(parameters, "type parameters need Python 3.12")),
        None => Ok(()),
    }
}

/// The items of `with (a, b as c):`, which tree-sitter may read as one tuple or one group.
fn with_items_of(node: Node<'_>) -> Option<Vec<Node<'_>>> {
    let items: Vec<Node<'_>> = named(node).collect();
    let listed = match kind(node)? {
        Kind::Tuple => {
            !items.is_empty()
                && items
                    .iter()
                    .all(|item| !matches!(kind(*item), Some(Kind::ListSplat | Kind::NamedExpression | Kind::Yield)))
        }
        Kind::ParenthesizedExpression => items.first().is_some_and(|item| trailing_as(*item).is_some()),
        _ => false,
    };
    listed.then_some(items)
}

/// The `as` clause at the end of an item. tree-sitter binds `as` more tightly than `else` and `lambda`.
fn trailing_as(node: Node<'_>) -> Option<Node<'_>> {
    let mut node = node;
    loop {
        match kind(node)? {
            Kind::AsPattern => return Some(node),
            Kind::ConditionalExpression | Kind::Lambda => node = named(node).last()?,
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sketch::{expression, list, only, refused};
    use super::*;

    /// The items of a `with` statement.
    fn items(text: &str) -> String {
        let StmtKind::With { items, .. } = only(text).kind else { panic!() };
        let item = |item: &WithItem| match &item.target {
            Some(target) => format!("{} as {}", expression(&item.context), expression(target)),
            None => expression(&item.context),
        };
        items.iter().map(item).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn with_items() {
        for (text, expected) in [
            ("with a as b, c: pass", "a as b, c"),
            ("with (a as b, c as d,): pass", "a as b, c as d"),
            ("with (a, b): pass", "a, b"),
            ("with (a, b) as c: pass", "(tuple a b) as c"),
            ("with (a, *b): pass", "(tuple a (* b))"),
            ("with a if b else c as d: pass", "(if b a c) as d"),
            ("with a() as (b, c.d): pass", "a() as (tuple b c.d)"),
        ] {
            assert_eq!(items(text), expected, "{text}");
        }
    }

    #[test]
    fn elif_is_nested() {
        let text = "if a: b\nelif c: d\nelse: e";
        let StmtKind::If { orelse, .. } = only(text).kind else { panic!() };
        assert_eq!(orelse[0].span, Span { start: 8, end: text.len() });
        assert!(matches!(&orelse[0].kind, StmtKind::If { orelse, .. } if orelse.len() == 1));
        only(&format!("if a: b\n{}", "elif c: d\n".repeat(500)));
        refused(&format!("if a: b\n{}", "elif c: d\n".repeat(5000)));
    }

    #[test]
    fn handlers() {
        let text = "try: a\nexcept (B, c.D) as e: f\nexcept: g\nelse: h\nfinally: i";
        let StmtKind::Try { handlers, orelse, finalbody, .. } = only(text).kind else { panic!() };
        assert_eq!(list(&handlers[0].types), "B c.D");
        assert_eq!(handlers[0].name.as_deref(), Some("e"));
        assert_eq!((handlers.len(), orelse.len(), finalbody.len()), (2, 1, 1));
        only("try: a\nexcept* B: c");
        assert!(refused("try: a\nexcept B, e: c").1);
        assert!(refused("try: a\nexcept B, C: d").0.contains("3.14"));
        for text in ["try: a", "try: a\nelse: b", "try: a\nexcept*: b", "try: a\nexcept* B: c\nexcept D: e"] {
            refused(text);
        }
    }

    #[test]
    fn definitions() {
        let StmtKind::FunctionDef(def) = only("@a\n@b.c(1)\nasync def f(x) -> y: pass").kind else { panic!() };
        assert!(def.is_async);
        assert_eq!(list(&def.decorators), "a b.c(1)");
        let StmtKind::ClassDef(def) = only("class C(a, metaclass=b, *c): pass").kind else { panic!() };
        assert_eq!(def.bases.len(), 3);
        assert_eq!(def.bases[1].keyword.as_deref(), Some("metaclass"));
        assert!(refused("def f[T](): pass").0.contains("3.12"));
        refused("if a:");
        refused("@a\nx = 1");
    }
}
