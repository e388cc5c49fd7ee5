//! Names that mean one literal throughout the notebook: they may stand anywhere.

use crate::analysis::Analysis;
use crate::knowledge::{Kind, knowledge};
use crate::syntax::ast::{Expr, ExprKind, StmtKind};

/// A name bound once, to a literal, and never changed.
pub(super) fn is_movable_constant(analysis: &Analysis, index: usize) -> bool {
    let facts = &analysis.graph.statements[index];
    let Some(StmtKind::Assign { targets, value }) = analysis.statement(facts.at).map(|s| &s.kind) else { return false };
    let [target] = targets.as_slice() else { return false };
    let ExprKind::Name(name) = &target.kind else { return false };
    let mut literal = true;
    value.walk(&mut |e| literal &= is_literal(e));
    literal && is_bound_once(analysis, name)
}

fn is_literal(e: &Expr) -> bool {
    matches!(
        e.kind,
        ExprKind::Str(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Bool(_)
            | ExprKind::None
            | ExprKind::List(_)
            | ExprKind::Tuple(_)
            | ExprKind::Dict(_)
            | ExprKind::Set(_)
            | ExprKind::Unary { .. }
    )
}

/// Whether a statement only makes an estimator, with literal settings and other such estimators: nothing is fitted,
/// drawn or read, so that it does not matter when it happens.
pub(super) fn is_plain_estimator(analysis: &Analysis, index: usize) -> bool {
    let facts = &analysis.graph.statements[index];
    let Some(StmtKind::Assign { targets, value }) = analysis.statement(facts.at).map(|s| &s.kind) else { return false };
    let [Expr { kind: ExprKind::Name(_), .. }] = targets.as_slice() else { return false };
    let ExprKind::Call { .. } = &value.kind else { return false };
    let estimator =
        |kind: Kind| kind == Kind::Transformer || kind.predicts() && !matches!(kind, Kind::Network | Kind::Search);
    let made = |call: &crate::dataflow::CallEvent| {
        call.method.is_none()
            && call.span.is_some()
            && call.function.as_deref().and_then(|name| knowledge().kind(name)).is_some_and(estimator)
    };
    let mut calls = 0;
    let mut names = 0;
    let mut plain = true;
    value.walk(&mut |e| match &e.kind {
        ExprKind::Call { function, .. } => {
            calls += 1;
            plain &= function.dotted().is_some();
        }
        // The names of the classes, and nothing else.
        ExprKind::Name(_) => names += 1,
        ExprKind::Attribute { .. } => {}
        _ => plain &= is_literal(e),
    });
    plain && names == calls && facts.calls.len() == calls && facts.calls.iter().all(made)
}

/// Whether exactly one statement binds a name and none changes its object.
pub(super) fn is_bound_once(analysis: &Analysis, name: &str) -> bool {
    let statements = &analysis.graph.statements;
    statements.iter().filter(|facts| facts.binds.contains_key(name)).count() == 1
        && !statements.iter().any(|facts| facts.mutates.contains(name) || facts.deletes.contains(name))
}
