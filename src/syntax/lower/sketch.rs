//! Trees as short texts, for tests.

use super::super::ast::{Expr, ExprKind, Stmt, StmtKind};
use super::super::{ParsedCell, Trust, parse_module};

/// Parses a text that must be valid.
pub(super) fn valid(text: &str) -> ParsedCell {
    let cell = parse_module(text);
    assert_eq!(cell.trust, Trust::Whole, "{text}");
    cell
}

/// The only statement of a text.
pub(super) fn only(text: &str) -> Stmt {
    let mut statements = valid(text).statements;
    assert_eq!(statements.len(), 1, "{text}");
    statements.remove(0)
}

/// The reason why a text is refused, and whether it is Python 2.
pub(super) fn refused(text: &str) -> (String, bool) {
    let cell = parse_module(text);
    assert!(cell.statements.is_empty(), "{text}");
    match cell.trust {
        Trust::Opaque { reason, python2, .. } => (reason, python2),
        Trust::Whole => panic!("accepted: {text}"),
    }
}

/// The expression of an expression statement, as [`expression`].
pub(super) fn sketch(text: &str) -> String {
    match only(text).kind {
        StmtKind::Expr(value) => expression(&value),
        other => panic!("{other:?}"),
    }
}

/// Several expressions.
pub(super) fn list<'a>(items: impl IntoIterator<Item = &'a Expr>) -> String {
    items.into_iter().map(expression).collect::<Vec<_>>().join(" ")
}

/// An expression: operators in front, everything between parentheses.
pub(super) fn expression(value: &Expr) -> String {
    match &value.kind {
        ExprKind::Name(name) => name.clone(),
        ExprKind::Str(text) => format!("{text:?}"),
        ExprKind::Int(text) | ExprKind::Float(text) => text.clone(),
        ExprKind::Attribute { value, attribute } => format!("{}.{attribute}", expression(value)),
        ExprKind::Subscript { value, index } => format!("{}[{}]", expression(value), expression(index)),
        ExprKind::Call { function, arguments } => {
            let arguments: Vec<String> = arguments
                .iter()
                .map(|a| a.keyword.iter().map(|k| format!("{k}=")).collect::<String>() + &expression(&a.value))
                .collect();
            format!("{}({})", expression(function), arguments.join(" "))
        }
        ExprKind::Tuple(items) => format!("(tuple {})", list(items)),
        ExprKind::List(items) => format!("(list {})", list(items)),
        ExprKind::Slice(items) => format!("(slice {})", list(items)),
        ExprKind::FString(items) => format!("(f {})", list(items)),
        ExprKind::Binary { left, operator, right } | ExprKind::BoolOp { left, operator, right } => {
            format!("({operator} {} {})", expression(left), expression(right))
        }
        ExprKind::Unary { operator, operand } => format!("({operator} {})", expression(operand)),
        ExprKind::Compare { operators, operands } => format!("({} {})", operators.join(","), list(operands)),
        ExprKind::IfExp { test, body, orelse } => format!("(if {})", list([&**test, body, orelse])),
        ExprKind::Lambda { body, .. } => format!("(lambda {})", expression(body)),
        ExprKind::Starred(value) => format!("(* {})", expression(value)),
        ExprKind::Named { target, value } => format!("(:= {target} {})", expression(value)),
        ExprKind::Await(value) => format!("(await {})", expression(value)),
        ExprKind::Yield(value) => format!("(yield {})", list(value.as_deref())),
        other => format!("{other:?}"),
    }
}
