//! Loops that try one setting after the other: `for k in range(1, 20): model = KNeighborsClassifier(n_neighbors=k)`.

use std::collections::BTreeSet;

use super::super::{Candidate, statement_at};
use crate::dataflow::Graph;
use crate::syntax::ParsedCell;
use crate::syntax::ast::{Expr, ExprKind, Stmt, StmtKind};

/// Marks the candidates that are fitted in such a loop.
pub(super) fn mark(cells: &[ParsedCell], graph: &Graph, candidates: &mut [Candidate]) {
    for candidate in candidates {
        let statement = statement_at(cells, graph, candidate.fit_statement);
        let class = candidate.estimator.as_str();
        candidate.settings_tried = statement.is_some_and(|statement| tries_settings(statement, class));
    }
}

/// Whether a loop constructs a class with settings that the loop counts through. A dictionary of models that it leaves
/// behind, one for each key, is none: those are models of groups.
fn tries_settings(statement: &Stmt, class: &str) -> bool {
    let mut found = false;
    statement.walk(&mut |inner| {
        if let StmtKind::For { target, iter, body, .. } = &inner.kind {
            let counted = counts(iter);
            let names = names_of(target);
            found |= counted && body.iter().any(|part| constructs_with(part, class, &names));
        }
    });
    statement.walk_expressions(&mut |expression| {
        if let ExprKind::Comprehension { elements, clauses, .. } = &expression.kind {
            let names: BTreeSet<&str> =
                clauses.iter().filter(|c| counts(&c.iter)).flat_map(|c| names_of(&c.target)).collect();
            found |= elements.iter().any(|element| expression_constructs(element, class, &names));
        }
    });
    found
}

/// Goes through settings rather than through data, models or folds: literals, ranges, names of lists of such.
fn counts(iter: &Expr) -> bool {
    match &iter.kind {
        ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Set(items) => {
            items.iter().all(|item| !matches!(item.kind, ExprKind::Call { .. } | ExprKind::Dict(_)))
        }
        ExprKind::Name(_) => true,
        ExprKind::Call { function, arguments } => match function.dotted().as_deref() {
            Some([.., "enumerate" | "tqdm" | "product" | "zip" | "reversed" | "sorted"]) => {
                arguments.iter().any(|argument| counts(&argument.value))
            }
            Some([.., "range" | "arange" | "linspace" | "logspace" | "ParameterGrid"]) => true,
            _ => false,
        },
        _ => false,
    }
}

fn names_of(target: &Expr) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    target.walk(&mut |part| {
        if let ExprKind::Name(name) = &part.kind {
            names.insert(name.as_str());
        }
    });
    names
}

fn constructs_with(statement: &Stmt, class: &str, names: &BTreeSet<&str>) -> bool {
    let mut found = false;
    statement.walk_expressions(&mut |expression| found |= constructs(expression, class, names));
    found
}

fn expression_constructs(expression: &Expr, class: &str, names: &BTreeSet<&str>) -> bool {
    let mut found = false;
    expression.walk(&mut |part| found |= constructs(part, class, names));
    found
}

/// `KNeighborsClassifier(n_neighbors=k)`, with `k` among the names.
fn constructs(expression: &Expr, class: &str, names: &BTreeSet<&str>) -> bool {
    let ExprKind::Call { function, arguments } = &expression.kind else { return false };
    if function.dotted().and_then(|parts| parts.last().copied()) != Some(class) {
        return false;
    }
    let mut found = false;
    // Several values without names are data: `OLS(y, X[region])`.
    let data = arguments.iter().filter(|argument| argument.keyword.is_none()).count() > 1;
    // A seed is none: the same model is fitted several times over, and all of them are meant.
    let seed = |name: &str| matches!(name, "random_state" | "seed" | "random_seed");
    let settings = arguments.iter().filter(|argument| argument.keyword.as_deref().map_or(!data, |name| !seed(name)));
    for argument in settings {
        // A whole dictionary of settings is what a search of the notebook's own tries out.
        argument.value.walk(&mut |part| {
            found |= matches!(&part.kind, ExprKind::Name(name) if names.contains(name.as_str()));
        });
    }
    found
}
