//! Simple statements.

use super::super::ast::{Alias, Expr, ExprKind, Span, Stmt, StmtKind};
use super::super::kind::{Field, Kind};
use super::super::tree::{Node, children, field, fields, is, kind, named};
use super::{Allow, Fault, Lower, Lowered, required, trailing_comma};

impl Lower<'_> {
    /// The statements of a module or block.
    pub(super) fn statements(&mut self, parent: Node<'_>) -> Lowered<Vec<Stmt>> {
        named(parent).map(|child| self.statement(child)).collect()
    }

    /// The statements of a suite, of which there must be one.
    pub(super) fn suite(&mut self, owner: Node<'_>, block: Option<Node<'_>>) -> Lowered<Vec<Stmt>> {
        let block = required(owner, block)?;
        let statements = self.statements(block)?;
        if statements.is_empty() {
            return Err(Fault::at(owner, "an indented block is missing"));
        }
        Ok(statements)
    }

    /// One statement.
    fn statement(&mut self, node: Node<'_>) -> Lowered<Stmt> {
        let span = Span { start: node.start_byte(), end: end(node) };
        let Some(node_kind) = kind(node) else { return Err(Fault::at(node, "this is not a statement")) };
        let kind = match node_kind {
            Kind::ExpressionStatement => self.expression_statement(node)?,
            Kind::ImportStatement => StmtKind::Import(self.aliases(node, false)?),
            Kind::ImportFromStatement | Kind::FutureImportStatement => self.import_from(node)?,
            Kind::ReturnStatement => StmtKind::Return(self.optional_value(node)?),
            Kind::DeleteStatement => StmtKind::Delete(self.delete(node)?),
            Kind::RaiseStatement => StmtKind::Raise(self.raise(node)?),
            Kind::AssertStatement => StmtKind::Assert(self.assert(node)?),
            Kind::GlobalStatement => StmtKind::Global(self.names(node)?),
            Kind::NonlocalStatement => StmtKind::Nonlocal(self.names(node)?),
            Kind::PassStatement => StmtKind::Pass,
            Kind::BreakStatement => StmtKind::Break,
            Kind::ContinueStatement => StmtKind::Continue,
            Kind::PrintStatement => StmtKind::Expr(self.print(node)?),
            Kind::ExecStatement => return Err(Fault::python2(node, "`exec` is a statement only in Python 2")),
            Kind::TypeAliasStatement => return Err(Fault::at(node, "a `type` statement needs Python 3.12")),
            _ => self.compound_statement(node, node_kind)?,
        };
        Ok(Stmt { kind, span })
    }

    /// An expression, an assignment of any kind or a `yield`.
    fn expression_statement(&mut self, node: Node<'_>) -> Lowered<StmtKind> {
        let parts: Vec<Node<'_>> = children(node).collect();
        if let [only] = parts[..] {
            return match kind(only) {
                Some(Kind::Assignment) => self.assignment(only),
                Some(Kind::AugmentedAssignment) => self.augmented_assignment(only),
                _ => Ok(StmtKind::Expr(self.expression(only, Allow::STAR_YIELD)?)),
            };
        }
        Ok(StmtKind::Expr(self.tuple_of(node, Allow::STAR)?))
    }

    /// `a, b` without parentheses.
    pub(super) fn tuple_of(&mut self, node: Node<'_>, allow: Allow) -> Lowered<Expr> {
        let items = named(node).map(|item| self.expression(item, allow)).collect::<Lowered<_>>()?;
        Ok(Expr { kind: ExprKind::Tuple(items), span: self.span(node) })
    }

    /// The value after `return` and the like: an expression or a bare tuple.
    fn optional_value(&mut self, node: Node<'_>) -> Lowered<Option<Expr>> {
        named(node).next().map(|value| self.values(value, Allow::STAR)).transpose()
    }

    /// Python's `star_expressions`: an expression or a tuple without parentheses.
    pub(super) fn values(&mut self, node: Node<'_>, allow: Allow) -> Lowered<Expr> {
        match kind(node) {
            Some(Kind::ExpressionList | Kind::PatternList) => self.tuple_of(node, Allow::STAR),
            _ => self.expression(node, allow),
        }
    }

    /// `a = b = value` or `a: annotation = value`.
    fn assignment(&mut self, node: Node<'_>) -> Lowered<StmtKind> {
        let left = required(node, field(node, Field::Left))?;
        let right = field(node, Field::Right);
        if let Some(annotation) = field(node, Field::Type) {
            let target = self.single_target(left)?;
            let annotation = self.annotation(annotation)?;
            let value = right.map(|value| self.values(value, Allow::STAR_YIELD)).transpose()?;
            return Ok(StmtKind::AnnAssign { target, annotation, value });
        }
        let mut targets = vec![self.target(left)?];
        let mut value = required(node, right)?;
        while is(value, Kind::Assignment) {
            if field(value, Field::Type).is_some() {
                return Err(Fault::at(value, "an annotation inside a chain of assignments"));
            }
            targets.push(self.target(required(value, field(value, Field::Left))?)?);
            value = required(value, field(value, Field::Right))?;
        }
        let value = self.values(value, Allow::STAR_YIELD)?;
        Ok(StmtKind::Assign { targets, value })
    }

    /// `a += value`.
    fn augmented_assignment(&mut self, node: Node<'_>) -> Lowered<StmtKind> {
        let target = self.single_target(required(node, field(node, Field::Left))?)?;
        let operator = required(node, field(node, Field::Operator))?;
        let value = self.values(required(node, field(node, Field::Right))?, Allow::STAR_YIELD)?;
        Ok(StmtKind::AugAssign { target, operator: self.text(operator).to_owned(), value })
    }

    /// The names of an import.
    fn aliases(&mut self, node: Node<'_>, from: bool) -> Lowered<Vec<Alias>> {
        let parts: Vec<Node<'_>> = children(node).collect();
        let parenthesised = parts.last().is_some_and(|last| is(*last, Kind::RightParenthesis));
        if trailing_comma(parts.iter().copied()) && !parenthesised {
            return Err(Fault::at(node, "a comma at the end of an import needs parentheses"));
        }
        if let Some(star) = parts.iter().find(|part| is(**part, Kind::WildcardImport)) {
            return Ok(vec![Alias { name: "*".to_owned(), asname: None, span: self.span(*star) }]);
        }
        fields(node, Field::Name)
            .map(|part| {
                let (name, asname) = if is(part, Kind::AliasedImport) {
                    let name = required(part, field(part, Field::Name))?;
                    (name, Some(self.name(required(part, field(part, Field::Alias))?)?))
                } else {
                    (part, None)
                };
                let dotted = self.dotted_text(name)?;
                if from && dotted.contains('.') {
                    return Err(Fault::at(name, "`from … import` takes plain names"));
                }
                Ok(Alias { name: dotted, asname, span: self.span(part) })
            })
            .collect()
    }

    /// `a.b.c`, without the blanks that may stand around the dots.
    pub(super) fn dotted_text(&self, node: Node<'_>) -> Lowered<String> {
        let parts: Vec<String> = named(node).map(|part| self.name(part)).collect::<Lowered<_>>()?;
        Ok(parts.join("."))
    }

    /// `from module import names`.
    fn import_from(&mut self, node: Node<'_>) -> Lowered<StmtKind> {
        let (module, level) = match field(node, Field::ModuleName) {
            // Only the statement about `__future__` has no such field.
            None => ("__future__".to_owned(), 0),
            Some(module) if is(module, Kind::RelativeImport) => {
                let mut name = String::new();
                let mut level = 0;
                for part in named(module) {
                    if is(part, Kind::ImportPrefix) {
                        level = self.text(part).bytes().filter(|byte| *byte == b'.').count();
                    } else {
                        name = self.dotted_text(part)?;
                    }
                }
                (name, level)
            }
            Some(module) => (self.dotted_text(module)?, 0),
        };
        Ok(StmtKind::ImportFrom { module, level, names: self.aliases(node, true)? })
    }

    /// `del a, b[0]`.
    fn delete(&mut self, node: Node<'_>) -> Lowered<Vec<Expr>> {
        let value = required(node, named(node).next())?;
        if is(value, Kind::ExpressionList) {
            return named(value).map(|item| self.delete_target(item)).collect();
        }
        Ok(vec![self.delete_target(value)?])
    }

    /// `raise exception from cause`.
    fn raise(&mut self, node: Node<'_>) -> Lowered<Vec<Expr>> {
        let mut found = Vec::new();
        let cause = field(node, Field::Cause);
        for part in named(node) {
            if is(part, Kind::ExpressionList) {
                return Err(Fault::python2(node, "`raise` with a comma is Python 2"));
            }
            if cause == Some(part) && found.is_empty() {
                return Err(Fault::at(node, "`raise from` without an exception"));
            }
            found.push(self.expression(part, Allow::EXPRESSION)?);
        }
        Ok(found)
    }

    /// `assert test, message`.
    fn assert(&mut self, node: Node<'_>) -> Lowered<Vec<Expr>> {
        let parts: Vec<Node<'_>> = named(node).collect();
        if parts.len() > 2 {
            return Err(Fault::at(node, "`assert` takes a test and one message"));
        }
        parts.into_iter().map(|part| self.expression(part, Allow::EXPRESSION)).collect()
    }

    /// The names of `global` and `nonlocal`.
    fn names(&self, node: Node<'_>) -> Lowered<Vec<String>> {
        named(node).map(|part| self.name(part)).collect()
    }

    /// `print >>stream, text`, which Python 3 reads as a tuple; any other statement is Python 2.
    fn print(&mut self, node: Node<'_>) -> Lowered<Expr> {
        let parts: Vec<Node<'_>> = children(node).collect();
        let (Some(print), Some(chevron)) = (parts.first(), parts.get(1).filter(|part| is(**part, Kind::Chevron)))
        else {
            return Err(Fault::python2(node, "`print` is a statement only in Python 2"));
        };
        let stream = required(*chevron, named(*chevron).next())?;
        let left = Expr { kind: ExprKind::Name("print".to_owned()), span: self.span(*print) };
        let right = self.expression(stream, Allow::OPERAND)?;
        let span = Span { start: left.span.start, end: right.span.end };
        let kind = ExprKind::Binary { left: Box::new(left), operator: ">>".to_owned(), right: Box::new(right) };
        let first = Expr { kind, span };
        if parts.len() == 2 {
            return Ok(first);
        }
        let mut items = vec![first];
        for argument in fields(node, Field::Argument) {
            items.push(self.expression(argument, Allow::STAR)?);
        }
        Ok(Expr { kind: ExprKind::Tuple(items), span: self.span(node) })
    }
}

/// Where a statement ends: tree-sitter lets blocks reach over comments, semicolons and blank lines.
pub(super) fn end(node: Node<'_>) -> usize {
    let mut node = node;
    while has_blocks(node) {
        let last =
            children(node).filter(|child| child.end_byte() > child.start_byte() && !is(*child, Kind::Semicolon)).last();
        match last {
            Some(child) => node = child,
            None => break,
        }
    }
    node.end_byte()
}

/// Whether a node ends with a block.
fn has_blocks(node: Node<'_>) -> bool {
    matches!(
        kind(node),
        Some(
            Kind::Block
                | Kind::CaseClause
                | Kind::ClassDefinition
                | Kind::DecoratedDefinition
                | Kind::ElifClause
                | Kind::ElseClause
                | Kind::ExceptClause
                | Kind::FinallyClause
                | Kind::ForStatement
                | Kind::FunctionDefinition
                | Kind::IfStatement
                | Kind::MatchStatement
                | Kind::TryStatement
                | Kind::WhileStatement
                | Kind::WithStatement
        )
    )
}

#[cfg(test)]
mod tests {
    use super::super::sketch::{expression, list, only, refused, valid};
    use super::*;

    #[test]
    fn statements_end_at_their_last_token() {
        let cell = valid("a = 1; b ;  # c\nif x:\n    y()  # d\n    # e\n\n# f\n@g\ndef h(): return 1;\n");
        let texts: Vec<&str> = cell.statements.iter().map(|statement| cell.text(statement.span)).collect();
        assert_eq!(texts, ["a = 1", "b", "if x:\n    y()", "@g\ndef h(): return 1"]);
        let comments: Vec<&str> = cell.comments.iter().map(|comment| cell.text(*comment)).collect();
        assert_eq!(comments, ["# c", "# d", "# e", "# f"]);
    }

    #[test]
    fn assignments() {
        let StmtKind::Assign { targets, value } = only("a = *b, (c) = [d.e, f[0]] = g").kind else { panic!() };
        assert_eq!(list(&targets), "a (tuple (* b) c) (list d.e f[0])");
        assert_eq!(expression(&value), "g");
        let StmtKind::AnnAssign { target, value: None, .. } = only("(a.b): int").kind else { panic!() };
        assert_eq!(expression(&target), "a.b");
        assert!(matches!(only("a **= yield").kind, StmtKind::AugAssign { operator, .. } if operator == "**="));
        assert!(matches!(only("type(x).y = 1").kind, StmtKind::Assign { .. }));
        for text in
            ["f() = 1", "a, b += 1", "a, b: int", "a = b: int = c", "a = b += c", "(*a) = b", "(,) = a", "1 = a"]
        {
            refused(text);
        }
    }

    #[test]
    fn imports() {
        let StmtKind::ImportFrom { module, level, names } = only("from .. .a.b import (c as d, e,)").kind else {
            panic!()
        };
        assert_eq!((module.as_str(), level), ("a.b", 3));
        let bound: Vec<&str> = names.iter().map(Alias::bound).collect();
        assert_eq!(bound, ["d", "e"]);
        let StmtKind::Import(names) = only("import a.b as c, d.e").kind else { panic!() };
        assert_eq!(names.iter().map(Alias::bound).collect::<Vec<_>>(), ["c", "d"]);
        let future = only("from __future__ import annotations").kind;
        assert!(matches!(future, StmtKind::ImportFrom { module, .. } if module == "__future__"));
        assert!(matches!(only("from a import *").kind, StmtKind::ImportFrom { names, .. } if names[0].name == "*"));
        refused("from a import b,");
        refused("from a import b.c");
    }

    #[test]
    fn python_2_and_later_versions_are_named() {
        for text in ["print 'a'", "print a,", "exec 'a' in b", "raise E, 'm'", "x = `a`"] {
            assert!(refused(text).1, "{text}");
        }
        assert!(refused("type X = int").0.contains("3.12"));
        for text in
            ["print", "print (a), b", "print -1", "exec(a) in b", "raise E from c", "del (a, b), [c], d[0]", "return 1"]
        {
            only(text);
        }
        for text in ["del f()", "raise from a", "assert a, b, c", "del *a"] {
            assert!(!refused(text).1, "{text}");
        }
    }
}
