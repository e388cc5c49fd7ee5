//! Models that are picked when the notebook runs: `best = models[max(scores, key=scores.get)]`.

use std::collections::BTreeMap;

use super::{Candidate, statement_at};
use crate::dataflow::{Definition, Graph, ObjectId};
use crate::syntax::ParsedCell;
use crate::syntax::ast::{ExprKind, StmtKind};

/// A name for whichever of several candidates comes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pick {
    /// The statement that picks.
    pub(super) statement: usize,
    /// The name.
    pub(super) name: String,
    /// The candidates that it may be.
    pub(super) candidates: Vec<usize>,
}

/// All picks, in the order of the program.
pub(super) fn find(cells: &[ParsedCell], graph: &Graph, candidates: &[Candidate]) -> Vec<Pick> {
    let mut of_object: BTreeMap<ObjectId, usize> = BTreeMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        of_object.extend(candidate.objects.iter().map(|object| (*object, index)));
    }
    let mut found = Vec::new();
    for (statement, facts) in graph.statements.iter().enumerate() {
        let Some(node) = statement_at(cells, graph, statement) else { continue };
        for (name, objects) in &facts.objects {
            let bound = facts.binds.get(name).is_some_and(|binding| binding.definition == Definition::Data);
            let mut picked: Vec<usize> = objects.iter().filter_map(|object| of_object.get(object).copied()).collect();
            picked.sort_unstable();
            picked.dedup();
            if bound && picked.len() > 1 && !is_loop_variable(node, name) {
                found.push(Pick { statement, name: name.clone(), candidates: picked });
            }
        }
    }
    found
}

/// A loop's own variable goes through all candidates without picking one.
fn is_loop_variable(statement: &crate::syntax::ast::Stmt, name: &str) -> bool {
    let mut found = false;
    statement.walk(&mut |inner| {
        if let StmtKind::For { target, .. } = &inner.kind {
            target.walk(&mut |part| found |= matches!(&part.kind, ExprKind::Name(own) if own == name));
        }
    });
    found
}
