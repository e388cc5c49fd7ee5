//! Predictors that the code of a package fits besides its production model.
//!
//! Functions are looked at one by one, without being called: a name has the type of the last class that the function (or
//! the module) assigns to it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::packages::as_file;
use crate::analysis::Analysis;
use crate::knowledge::{Kind, Purpose, knowledge, shorten};
use crate::lock::Lock;
use crate::rules::{self, Context, Finding};
use crate::syntax::At;
use crate::syntax::ast::{Expr, ExprKind, Span, Stmt, StmtKind};

/// A module of a package.
pub(super) struct Module {
    pub(super) path: PathBuf,
    pub(super) analysis: Analysis,
    /// Whether it is as it was generated, rather than edited or added by somebody.
    pub(super) generated: bool,
}

/// Fits of predictors that were added outside of the stage that fits the production model.
pub(super) fn second(lock: &Lock, modules: &[Module]) -> Vec<(PathBuf, Finding)> {
    let trains = training_functions(lock, modules);
    let mut found = Vec::new();
    for module in modules.iter().filter(|module| !module.generated) {
        let mut findings = Vec::new();
        for fit in fits(&module.analysis) {
            if fit.function.as_ref().is_some_and(|function| trains.contains(function)) {
                continue;
            }
            let place = Context::new(&module.analysis).part(fit.at, Some(fit.span));
            let model = lock.model.as_ref().map_or_else(
                || "the package has no production model".to_owned(),
                |model| format!("the production model is {}, fitted in `{}`", shorten(&model.estimator), model.stage),
            );
            findings.push(rules::SECOND_ESTIMATOR_IN_PRODUCTION.finding(
                place,
                format!("{} is fitted here; {model}", fit.estimator),
                "experiments belong in a notebook: try it there, and extract again if it is better",
            ));
        }
        rules::apply_suppressions(&module.analysis, &mut findings);
        findings.retain(|finding| finding.rule == rules::SECOND_ESTIMATOR_IN_PRODUCTION.name);
        found.extend(findings.into_iter().map(|finding| (module.path.clone(), as_file(finding))));
    }
    found
}

/// The stage that fits the model, and the functions that it calls by name.
fn training_functions(lock: &Lock, modules: &[Module]) -> BTreeSet<String> {
    let Some(model) = &lock.model else { return BTreeSet::new() };
    let mut calls: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for module in modules {
        for function in functions(&module.analysis) {
            let called = calls.entry(function.name).or_default();
            for statement in function.body {
                statement.walk_expressions(&mut |expression| {
                    if let ExprKind::Call { function, .. } = &expression.kind
                        && let Some(name) = function.dotted().and_then(|parts| parts.last().copied())
                    {
                        called.insert(name);
                    }
                });
            }
        }
    }
    let mut found = BTreeSet::from([model.stage.clone()]);
    let mut waiting = vec![model.stage.as_str()];
    while let Some(next) = waiting.pop() {
        for called in calls.get(next).into_iter().flatten() {
            if calls.contains_key(called) && found.insert((*called).to_owned()) {
                waiting.push(called);
            }
        }
    }
    found
}

/// A function or method of a module; the module's own statements have no name.
struct Function<'a> {
    name: &'a str,
    at: At,
    body: &'a [Stmt],
}

fn functions(analysis: &Analysis) -> Vec<Function<'_>> {
    let mut found = Vec::new();
    for cell in &analysis.cells {
        for (index, statement) in cell.statements.iter().enumerate() {
            let at = At { cell: cell.index, statement: index };
            statement.walk(&mut |inner| {
                if let StmtKind::FunctionDef(definition) = &inner.kind {
                    found.push(Function { name: &definition.name, at, body: &definition.body });
                }
            });
        }
    }
    found
}

/// A predictor that is fitted.
struct Fit {
    at: At,
    span: Span,
    estimator: String,
    function: Option<String>,
}

fn fits(analysis: &Analysis) -> Vec<Fit> {
    let names = imports(analysis);
    let mut found = Vec::new();
    for function in functions(analysis) {
        let mut scope = Scope { names: &names, types: BTreeMap::new(), found: Vec::new() };
        function.body.iter().for_each(|statement| scope.statement(statement));
        let named = Some(function.name.to_owned());
        found.extend(scope.found.into_iter().map(|(span, estimator)| Fit {
            at: function.at,
            span,
            estimator,
            function: named.clone(),
        }));
    }
    let mut scope = Scope { names: &names, types: BTreeMap::new(), found: Vec::new() };
    for cell in &analysis.cells {
        for (index, statement) in cell.statements.iter().enumerate() {
            if matches!(statement.kind, StmtKind::FunctionDef(_) | StmtKind::ClassDef(_)) {
                continue;
            }
            scope.statement(statement);
            let at = At { cell: cell.index, statement: index };
            found.extend(scope.found.drain(..).map(|(span, estimator)| Fit { at, span, estimator, function: None }));
        }
    }
    // A nested function is part of the function around it.
    found.sort_by_key(|fit| (fit.span.start, fit.function.is_none()));
    found.dedup_by_key(|fit| fit.span);
    found
}

/// What imported names stand for.
fn imports(analysis: &Analysis) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for statement in analysis.cells.iter().flat_map(|cell| &cell.statements) {
        statement.walk(&mut |inner| match &inner.kind {
            StmtKind::Import(aliases) => {
                for alias in aliases {
                    let module = if alias.asname.is_some() { alias.name.clone() } else { alias.bound().to_owned() };
                    names.insert(alias.bound().to_owned(), module);
                }
            }
            StmtKind::ImportFrom { module, level: 0, names: aliases } => {
                for alias in aliases {
                    names.insert(alias.bound().to_owned(), format!("{module}.{}", alias.name));
                }
            }
            _ => {}
        });
    }
    names
}

/// One function's names.
struct Scope<'a> {
    names: &'a BTreeMap<String, String>,
    /// Predictors by name.
    types: BTreeMap<String, String>,
    found: Vec<(Span, String)>,
}

impl Scope<'_> {
    fn statement(&mut self, statement: &Stmt) {
        for expression in statement.expressions() {
            let mut calls = Vec::new();
            expression.walk(&mut |inner| calls.push(inner));
            for call in calls {
                if let Some(estimator) = self.fitted(call) {
                    self.found.push((call.span, estimator));
                }
            }
        }
        if let StmtKind::Assign { targets, value } = &statement.kind {
            for target in targets.iter().filter_map(Expr::dotted) {
                match self.predictor(value) {
                    Some(class) => self.types.insert(target.join("."), class),
                    None => self.types.remove(&target.join(".")),
                };
            }
        }
        for body in statement.bodies() {
            for inner in body {
                self.statement(inner);
            }
        }
    }

    /// The estimator that a call fits.
    fn fitted(&self, call: &Expr) -> Option<String> {
        let ExprKind::Call { function, .. } = &call.kind else { return None };
        if let ExprKind::Attribute { value, attribute } = &function.kind
            && matches!(attribute.as_str(), "fit" | "fit_predict" | "partial_fit")
        {
            return self.predictor(value);
        }
        // Boosters have functions that train.
        let name = self.qualified(function)?;
        let fact = knowledge().function(&name)?;
        (fact.purpose == Some(Purpose::Fit)).then_some(name)
    }

    /// The class of an expression's value, if it is a predictor.
    fn predictor(&self, value: &Expr) -> Option<String> {
        if let Some(parts) = value.dotted() {
            return self.types.get(&parts.join(".")).cloned();
        }
        let ExprKind::Call { function, arguments } = &value.kind else { return None };
        if let ExprKind::Attribute { value: inner, attribute } = &function.kind
            && matches!(attribute.as_str(), "fit" | "set_params")
        {
            return self.predictor(inner);
        }
        let name = self.qualified(function)?;
        let returned = match knowledge().function(&name).and_then(|fact| fact.returns.as_ref()) {
            Some(crate::knowledge::Returns::One(class)) => class.clone(),
            _ => name.clone(),
        };
        match knowledge().kind(&returned)? {
            // A pipeline predicts if one of its steps does.
            Kind::Pipeline => arguments
                .iter()
                .any(|argument| self.holds_predictor(&argument.value))
                .then(|| shorten(&name).to_owned()),
            kind => kind.predicts().then(|| shorten(&name).to_owned()),
        }
    }

    fn holds_predictor(&self, value: &Expr) -> bool {
        let mut found = false;
        value.walk(&mut |inner| found |= self.predictor(inner).is_some());
        found
    }

    fn qualified(&self, function: &Expr) -> Option<String> {
        let parts = function.dotted()?;
        let (first, rest) = parts.split_first()?;
        let mut name = self.names.get(*first)?.clone();
        for part in rest {
            name.push('.');
            name.push_str(part);
        }
        Some(knowledge().canonical(&name))
    }
}
