//! Which names a piece of code binds and reads, as `CPython`'s compiler sees it.

use std::collections::BTreeSet;

use crate::syntax::ast::{Alias, Expr, ExprKind, FunctionDef, Parameters, Stmt, StmtKind};

/// The names that statements bind in their own scope (not in nested functions or classes), without those declared
/// `global` or `nonlocal`.
#[must_use]
pub fn bound_names(body: &[Stmt]) -> BTreeSet<String> {
    names_bound(body).into_iter().map(str::to_owned).collect()
}

fn names_bound(body: &[Stmt]) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut elsewhere = BTreeSet::new();
    collect(body, &mut names, &mut elsewhere);
    names.retain(|name| !elsewhere.contains(name));
    names
}

/// The names that statements declare `global`, in nested functions too.
#[must_use]
pub(super) fn declared_global(body: &[Stmt]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for statement in body {
        statement.walk(&mut |inner| {
            if let StmtKind::Global(declared) = &inner.kind {
                names.extend(declared.iter().cloned());
            }
        });
    }
    names
}

fn collect<'a>(body: &'a [Stmt], names: &mut BTreeSet<&'a str>, elsewhere: &mut BTreeSet<&'a str>) {
    for statement in body {
        match &statement.kind {
            StmtKind::Assign { targets, .. } => targets.iter().for_each(|t| target_names(t, names)),
            StmtKind::AnnAssign { target, .. } | StmtKind::AugAssign { target, .. } => target_names(target, names),
            StmtKind::For { target, .. } => target_names(target, names),
            StmtKind::Delete(targets) => targets.iter().for_each(|t| target_names(t, names)),
            StmtKind::Import(aliases) => names.extend(aliases.iter().map(Alias::bound)),
            StmtKind::ImportFrom { names: aliases, .. } => {
                names.extend(aliases.iter().map(Alias::bound));
            }
            StmtKind::FunctionDef(def) => {
                names.insert(&def.name);
            }
            StmtKind::ClassDef(def) => {
                names.insert(&def.name);
            }
            StmtKind::TypeAlias { name, .. } => {
                names.insert(name);
            }
            StmtKind::With { items, .. } => {
                items.iter().filter_map(|i| i.target.as_ref()).for_each(|t| target_names(t, names));
            }
            StmtKind::Try { handlers, .. } => names.extend(handlers.iter().filter_map(|h| h.name.as_deref())),
            StmtKind::Match { cases, .. } => {
                names.extend(cases.iter().flat_map(|c| c.binds.iter().map(String::as_str)));
            }
            StmtKind::Global(declared) | StmtKind::Nonlocal(declared) => {
                elsewhere.extend(declared.iter().map(String::as_str));
            }
            _ => {}
        }
        for expression in statement.expressions() {
            walrus_names(expression, names);
        }
        if !matches!(statement.kind, StmtKind::FunctionDef(_) | StmtKind::ClassDef(_)) {
            for inner in statement.bodies() {
                collect(inner, names, elsewhere);
            }
        }
    }
}

/// The names that an assignment target binds (`a` and `b` of `a, (b, c[0]) = …`).
fn target_names<'a>(target: &'a Expr, names: &mut BTreeSet<&'a str>) {
    match &target.kind {
        ExprKind::Name(name) => {
            names.insert(name);
        }
        ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().for_each(|item| target_names(item, names)),
        ExprKind::Starred(inner) => target_names(inner, names),
        _ => {}
    }
}

fn walrus_names<'a>(expression: &'a Expr, names: &mut BTreeSet<&'a str>) {
    if matches!(expression.kind, ExprKind::Lambda { .. }) {
        return;
    }
    if let ExprKind::Named { target, .. } = &expression.kind {
        names.insert(target);
    }
    expression.for_each_child(&mut |child| walrus_names(child, names));
}

/// The names of parameters.
pub(super) fn parameter_names(parameters: &Parameters) -> impl Iterator<Item = &str> {
    parameters.items.iter().map(|p| p.name.as_str()).filter(|name| !name.is_empty())
}

/// The names that a function reads from outside: what it, its nested functions, defaults and decorators read and none of
/// them binds. Names of builtins are included.
#[must_use]
pub fn free_names(statements: &[Stmt]) -> BTreeSet<String> {
    let mut free = BTreeSet::new();
    let bound = BTreeSet::new();
    free_in_body(statements, &bound, &mut free);
    free.into_iter().map(str::to_owned).collect()
}

fn free_in_body<'a>(body: &'a [Stmt], bound: &BTreeSet<&'a str>, free: &mut BTreeSet<&'a str>) {
    for statement in body {
        match &statement.kind {
            StmtKind::FunctionDef(def) => free_in_function(def, bound, free),
            StmtKind::ClassDef(def) => {
                for expression in statement.expressions() {
                    free_in_expression(expression, bound, free);
                }
                // Names bound in a class body are visible to the body's own statements only.
                let own: BTreeSet<&str> = bound | &names_bound(&def.body);
                for inner in &def.body {
                    match &inner.kind {
                        StmtKind::FunctionDef(method) => free_in_function(method, bound, free),
                        _ => free_in_body(std::slice::from_ref(inner), &own, free),
                    }
                }
            }
            StmtKind::AugAssign { target, value, .. } => {
                free_in_expression(value, bound, free);
                free_in_expression(target, bound, free);
            }
            StmtKind::Global(names) => free.extend(names.iter().map(String::as_str)),
            _ => {
                for expression in statement.expressions() {
                    free_in_expression(expression, bound, free);
                }
                for inner in statement.bodies() {
                    free_in_body(inner, bound, free);
                }
            }
        }
    }
}

fn free_in_function<'a>(def: &'a FunctionDef, outer: &BTreeSet<&'a str>, free: &mut BTreeSet<&'a str>) {
    for expression in &def.decorators {
        free_in_expression(expression, outer, free);
    }
    for parameter in &def.parameters.items {
        parameter.default.iter().chain(&parameter.annotation).for_each(|e| free_in_expression(e, outer, free));
    }
    def.returns.iter().for_each(|e| free_in_expression(e, outer, free));
    let mut bound = outer.clone();
    bound.extend(names_bound(&def.body));
    bound.extend(parameter_names(&def.parameters));
    for name in declared_global(&def.body) {
        bound.remove(name.as_str());
    }
    free_in_body(&def.body, &bound, free);
}

fn free_in_expression<'a>(expression: &'a Expr, bound: &BTreeSet<&'a str>, free: &mut BTreeSet<&'a str>) {
    match &expression.kind {
        ExprKind::Name(name) => {
            if !bound.contains(name.as_str()) {
                free.insert(name);
            }
        }
        ExprKind::Lambda { parameters, body } => {
            for default in parameters.items.iter().filter_map(|p| p.default.as_ref()) {
                free_in_expression(default, bound, free);
            }
            let mut inner = bound.clone();
            inner.extend(parameter_names(parameters));
            free_in_expression(body, &inner, free);
        }
        ExprKind::Comprehension { elements, clauses, .. } => {
            let mut inner = bound.clone();
            for clause in clauses {
                free_in_expression(&clause.iter, &inner, free);
                target_names(&clause.target, &mut inner);
                clause.conditions.iter().for_each(|c| free_in_expression(c, &inner, free));
            }
            elements.iter().for_each(|e| free_in_expression(e, &inner, free));
        }
        _ => expression.for_each_child(&mut |child| free_in_expression(child, bound, free)),
    }
}
