//! Names that mean one literal throughout the notebook: they may stand anywhere.

use crate::analysis::Analysis;
use crate::syntax::ast::{ExprKind, StmtKind};

/// A name bound once, to a literal, and never changed.
pub(super) fn is_movable_constant(analysis: &Analysis, index: usize) -> bool {
    let facts = &analysis.graph.statements[index];
    let Some(StmtKind::Assign { targets, value }) = analysis.statement(facts.at).map(|s| &s.kind) else { return false };
    let [target] = targets.as_slice() else { return false };
    let ExprKind::Name(name) = &target.kind else { return false };
    let mut literal = true;
    value.walk(&mut |e| {
        literal &= matches!(
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
        );
    });
    literal && is_bound_once(analysis, name)
}

/// Whether exactly one statement binds a name and none changes its object.
pub(super) fn is_bound_once(analysis: &Analysis, name: &str) -> bool {
    let statements = &analysis.graph.statements;
    statements.iter().filter(|facts| facts.binds.contains_key(name)).count() == 1
        && !statements.iter().any(|facts| facts.mutates.contains(name) || facts.deletes.contains(name))
}
