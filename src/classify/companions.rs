//! What goes with production though nothing of it is read: checks, and what closes files and sessions.

use std::collections::BTreeSet;

use super::statement_at;
use crate::dataflow::{Dependency, DependencyKind, Graph, StatementFacts};
use crate::syntax::ParsedCell;
use crate::syntax::ast::{Expr, ExprKind, Stmt, StmtKind};

/// Adds the guards of what production computes, and what closes what production has opened.
pub(super) fn accompany(
    cells: &[ParsedCell],
    graph: &Graph,
    slice: &mut BTreeSet<usize>,
    explores: &dyn Fn(usize) -> bool,
) {
    for index in 0..graph.statements.len() {
        let Some(node) = statement_at(cells, graph, index) else { continue };
        let data = || graph.dependencies_of(index).filter(|d| d.kind == DependencyKind::Data);
        let kept = |d: &Dependency| slice.contains(&d.from);
        let guards =
            is_guard(node) && data().next().is_some() && graph.dependencies_of(index).filter(|d| d.needed).all(kept);
        let closing = closes(node).is_some_and(|name| {
            let mut opened = data().filter(|d| d.name == name).peekable();
            opened.peek().is_some() && opened.all(kept)
        });
        if (guards || closing) && !explores(index) {
            slice.insert(index);
        }
    }
}

/// Adds the scripts that are run before production reads a name which nothing in the notebook defines.
pub(super) fn complete_scripts(graph: &Graph, slice: &mut BTreeSet<usize>) {
    let missing = graph.undefined.iter().filter(|read| read.defined_later.is_none() && slice.contains(&read.statement));
    let Some(last) = missing.map(|read| read.statement).max() else { return };
    let runs = |facts: &StatementFacts| facts.opaque.iter().any(|code| code == "%run");
    let scripts: Vec<usize> = (0..last).filter(|index| runs(&graph.statements[*index])).collect();
    for script in scripts {
        slice.extend(graph.slice([script]));
    }
}

/// `assert len(df) > 0`, `if missing: raise ValueError(…)`
pub(super) fn is_guard(statement: &Stmt) -> bool {
    match &statement.kind {
        StmtKind::Assert(_) => true,
        StmtKind::If { body, orelse, .. } => {
            orelse.is_empty() && body.iter().all(|inner| matches!(inner.kind, StmtKind::Raise(_)))
        }
        _ => false,
    }
}

/// The name of the file or session that a statement closes: `file.close()`.
pub(super) fn closes(statement: &Stmt) -> Option<&str> {
    const CLOSES: [&str; 5] = ["close", "stop", "shutdown", "disconnect", "join"];
    let StmtKind::Expr(Expr { kind: ExprKind::Call { function, arguments }, .. }) = &statement.kind else {
        return None;
    };
    let ExprKind::Attribute { value, attribute } = &function.kind else { return None };
    let ExprKind::Name(name) = &value.kind else { return None };
    (arguments.is_empty() && CLOSES.contains(&attribute.as_str())).then_some(name)
}
