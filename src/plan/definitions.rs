//! The notebook's own functions and classes: where each goes, and how it gets at the globals that it reads.
//!
//! A definition that reads nothing but imports, other definitions and constants goes to a module as it is. One that reads
//! values of the notebook gets them as parameters, if all its uses are plain calls; else it is defined inside of each
//! stage that uses it, where Python looks its names up late, as the notebook did. A class has to stay at a module's level,
//! or what it makes could not be pickled: the stage hands it the values before each use.

use std::collections::{BTreeMap, BTreeSet};

use super::constants::{is_bound_once, is_movable_constant};
use super::edit::Edits;
use crate::analysis::Analysis;
use crate::dataflow::{Definition as Bound, DependencyKind, bound_names, free_names};
use crate::syntax::ParsedCell;
use crate::syntax::ast::{Argument, Expr, ExprKind, FunctionDef, ParameterKind, Span, Stmt, StmtKind};

/// Where a definition goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Placement {
    /// To a module's level, as it is.
    Module,
    /// To a module's level, with these globals as additional parameters.
    Passed(BTreeSet<String>),
    /// Into each stage that uses it.
    Closure,
    /// It stays where it is in its stage, as any statement: it needs values when it is defined.
    Fixed,
    /// A class at a module's level; the stage sets these globals before each use.
    Handed(BTreeSet<String>),
}

/// All definitions that production uses.
#[derive(Clone, Debug, Default)]
pub(super) struct Definitions {
    /// By statement.
    pub(super) places: BTreeMap<usize, Placement>,
    /// By name, for those at a module's level (and closures that are defined once).
    pub(super) by_name: BTreeMap<String, usize>,
    /// Constants that definitions read and that go to a module's level with them: name and statement.
    pub(super) constants: BTreeMap<String, usize>,
}

/// The name and the nodes of a definition.
pub(super) fn definition_name(statement: &Stmt) -> Option<&str> {
    match &statement.kind {
        StmtKind::FunctionDef(def) => Some(&def.name),
        StmtKind::ClassDef(def) => Some(&def.name),
        _ => None,
    }
}

/// A top-level `try` or `if` of nothing but imports.
pub(super) fn is_import_block(statement: &Stmt) -> bool {
    let only_imports = |body: &&[Stmt]| {
        body.iter().all(|s| matches!(s.kind, StmtKind::Import(_) | StmtKind::ImportFrom { .. } | StmtKind::Pass))
    };
    matches!(statement.kind, StmtKind::Try { .. } | StmtKind::If { .. })
        && statement.bodies().iter().all(only_imports)
        && statement.bodies().iter().any(|body| !body.is_empty())
}

/// Decides for all definitions among the kept statements.
pub(super) fn place(analysis: &Analysis, kept: &[usize]) -> Definitions {
    let graph = &analysis.graph;
    let mut found = Definitions::default();
    let defs: Vec<usize> = kept
        .iter()
        .copied()
        .filter(|index| analysis.statement(graph.statements[*index].at).is_some_and(|s| definition_name(s).is_some()))
        .collect();
    let name_of = |index: usize| analysis.statement(graph.statements[index].at).and_then(definition_name).unwrap_or("");
    for index in &defs {
        found.by_name.insert(name_of(*index).to_owned(), *index);
    }
    let data = data_names(analysis, kept);
    // Globals that each needs, through the definitions that it uses too.
    let mut needs: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    let mut uses: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for index in &defs {
        let Some(statement) = analysis.statement(graph.statements[*index].at) else { continue };
        let free = free_names(std::slice::from_ref(statement));
        for name in &free {
            if let Some(other) = found.by_name.get(name).filter(|other| *other != index) {
                uses.entry(*index).or_default().insert(*other);
            } else if data.contains(name) {
                needs.entry(*index).or_default().insert(name.clone());
            }
        }
    }
    for name in needs.values().flatten() {
        let constant = kept
            .iter()
            .copied()
            .find(|i| graph.statements[*i].binds.contains_key(name) && is_movable_constant(analysis, *i));
        if let Some(constant) = constant.filter(|_| is_bound_once(analysis, name)) {
            found.constants.insert(name.clone(), constant);
        }
    }
    for names in needs.values_mut() {
        names.retain(|name| !found.constants.contains_key(name));
    }
    // A class gets its globals from the stage, so those who use it need not have them.
    let is_class = |index: usize| {
        analysis.statement(graph.statements[index].at).is_some_and(|s| matches!(s.kind, StmtKind::ClassDef(_)))
    };
    let through: BTreeMap<usize, BTreeSet<usize>> =
        uses.iter().map(|(user, used)| (*user, used.iter().copied().filter(|i| !is_class(*i)).collect())).collect();
    close_over(&mut needs, &through);
    for index in &defs {
        let placement = first_choice(analysis, kept, *index, &defs, needs.get(index), &found);
        found.places.insert(*index, placement);
    }
    settle(analysis, &mut found, &uses);
    found
}

/// Names that kept statements bind to values.
fn data_names(analysis: &Analysis, kept: &[usize]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for index in kept {
        let facts = &analysis.graph.statements[*index];
        if analysis.statement(facts.at).is_some_and(is_import_block) {
            continue;
        }
        names.extend(facts.binds.iter().filter(|(_, b)| b.definition == Bound::Data).map(|(name, _)| name.clone()));
    }
    names
}

/// What is used needs is needed.
fn close_over(needs: &mut BTreeMap<usize, BTreeSet<String>>, uses: &BTreeMap<usize, BTreeSet<usize>>) {
    loop {
        let mut grew = false;
        for (user, used) in uses {
            let more: BTreeSet<String> = used.iter().filter_map(|index| needs.get(index)).flatten().cloned().collect();
            if more.is_empty() {
                continue;
            }
            let own = needs.entry(*user).or_default();
            let before = own.len();
            own.extend(more);
            grew |= own.len() > before;
        }
        if !grew {
            return;
        }
    }
}

fn first_choice(
    analysis: &Analysis,
    kept: &[usize],
    index: usize,
    defs: &[usize],
    needs: Option<&BTreeSet<String>>,
    found: &Definitions,
) -> Placement {
    let graph = &analysis.graph;
    let Some(statement) = analysis.statement(graph.statements[index].at) else { return Placement::Fixed };
    let name = definition_name(statement).unwrap_or_default();
    // A default that draws, or reads what the notebook has set, does so at its place.
    let needs_values = graph.dependencies_of(index).any(|d| {
        matches!(d.kind, DependencyKind::Data | DependencyKind::State | DependencyKind::File)
            && kept.contains(&d.from)
            && !found.constants.contains_key(&d.name)
    });
    let binders = kept.iter().filter(|i| graph.statements[**i].binds.contains_key(name)).count();
    if needs_values || binders > 1 {
        return Placement::Fixed;
    }
    let Some(needs) = needs.filter(|needs| !needs.is_empty()) else { return Placement::Module };
    match &statement.kind {
        StmtKind::ClassDef(_) => Placement::Handed(needs.clone()),
        StmtKind::FunctionDef(def) => {
            let plain = def.decorators.is_empty()
                && !declares_global(statement)
                && !needs.iter().any(|n| def.parameters.items.iter().any(|p| p.name == *n))
                && only_called(analysis, kept, defs, name, needs);
            if plain { Placement::Passed(needs.clone()) } else { Placement::Closure }
        }
        _ => Placement::Fixed,
    }
}

/// A definition at a module's level can't use one that is inside of a stage.
fn settle(analysis: &Analysis, found: &mut Definitions, uses: &BTreeMap<usize, BTreeSet<usize>>) {
    loop {
        let mut changed = false;
        for (user, used) in uses {
            let inside =
                used.iter().any(|i| matches!(found.places.get(i), Some(Placement::Closure | Placement::Fixed)));
            let outside = !matches!(found.places.get(user), Some(Placement::Closure | Placement::Fixed) | None);
            if inside && outside {
                found.places.insert(*user, Placement::Closure);
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    let inside: Vec<usize> = found
        .places
        .iter()
        .filter(|(_, place)| matches!(place, Placement::Closure | Placement::Fixed))
        .map(|(index, _)| *index)
        .collect();
    // A constant that only definitions inside of stages read stays an ordinary value.
    let module_reads: BTreeSet<String> = found
        .places
        .keys()
        .filter(|index| !inside.contains(index))
        .filter_map(|index| analysis.statement(analysis.graph.statements[*index].at))
        .flat_map(|statement| free_names(std::slice::from_ref(statement)))
        .collect();
    found.constants.retain(|name, _| module_reads.contains(name));
}

fn declares_global(statement: &Stmt) -> bool {
    let mut found = false;
    statement.walk(&mut |s| found |= matches!(s.kind, StmtKind::Global(_)));
    found
}

/// Whether every use of a function is a plain call from where its extra names mean the notebook's globals.
fn only_called(analysis: &Analysis, kept: &[usize], defs: &[usize], name: &str, needs: &BTreeSet<String>) -> bool {
    kept.iter().all(|index| {
        let Some(statement) = analysis.statement(analysis.graph.statements[*index].at) else { return true };
        if definition_name(statement) == Some(name) {
            // Its own recursion passes its own parameters on.
            return uses_are_calls(statement, name);
        }
        if !free_names(std::slice::from_ref(statement)).contains(name) {
            return true;
        }
        let shadowed = if defs.contains(index) { locals_of(statement) } else { inner_locals(statement) };
        uses_are_calls(statement, name) && needs.is_disjoint(&shadowed)
    })
}

fn uses_are_calls(statement: &Stmt, name: &str) -> bool {
    let mut all = 0usize;
    let mut calls = 0usize;
    let mut plain = true;
    statement.walk_expressions(&mut |e| match &e.kind {
        ExprKind::Name(n) if n == name => all += 1,
        ExprKind::Call { function, arguments } => {
            if matches!(&function.kind, ExprKind::Name(n) if n == name) {
                calls += 1;
                plain &= !arguments.iter().any(is_bare_generator) && !arguments.iter().any(|a| a.double_star);
            }
        }
        _ => {}
    });
    plain && all == calls
}

fn is_bare_generator(argument: &Argument) -> bool {
    matches!(
        argument.value.kind,
        ExprKind::Comprehension { kind: crate::syntax::ast::ComprehensionKind::Generator, .. }
    )
}

/// All names that a definition binds in itself or in functions nested in it.
fn locals_of(statement: &Stmt) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    statement.walk(&mut |s| {
        if let StmtKind::FunctionDef(def) = &s.kind {
            names.extend(bound_names(&def.body));
            names.extend(def.parameters.items.iter().map(|p| p.name.clone()));
        }
    });
    names.extend(inner_locals(statement));
    names
}

/// Names that lambdas and comprehensions in a statement bind.
fn inner_locals(statement: &Stmt) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    statement.walk_expressions(&mut |e| match &e.kind {
        ExprKind::Lambda { parameters, .. } => names.extend(parameters.items.iter().map(|p| p.name.clone())),
        ExprKind::Comprehension { clauses, .. } => {
            for clause in clauses {
                clause.target.walk(&mut |t| {
                    if let ExprKind::Name(n) = &t.kind {
                        names.insert(n.clone());
                    }
                });
            }
        }
        _ => {}
    });
    names
}

/// Rewrites the calls in a statement of functions that get globals as parameters.
pub(super) fn pass_globals(cell: &ParsedCell, statement: &Stmt, definitions: &Definitions, edits: &mut Edits) {
    statement.walk_expressions(&mut |e: &Expr| {
        let ExprKind::Call { function, arguments } = &e.kind else { return };
        let ExprKind::Name(name) = &function.kind else { return };
        let Some(Placement::Passed(extra)) =
            definitions.by_name.get(name).and_then(|index| definitions.places.get(index))
        else {
            return;
        };
        let close = e.span.end.saturating_sub(1);
        let inside = cell.text(Span { start: function.span.end, end: close });
        let separator = if arguments.is_empty() || inside.trim_end().ends_with(',') { "" } else { ", " };
        let given: Vec<String> = extra.iter().map(|name| format!("{name}={name}")).collect();
        edits.insert(close, format!("{separator}{}", given.join(", ")));
    });
}

/// Adds parameters to a function's definition.
pub(super) fn add_parameters(cell: &ParsedCell, def: &FunctionDef, extra: &BTreeSet<String>, edits: &mut Edits) {
    let items = &def.parameters.items;
    let starred = items.iter().any(|p| {
        matches!(p.kind, ParameterKind::KeywordOnly | ParameterKind::Args)
            || (p.kind == ParameterKind::Marker && cell.text(p.span).trim() == "*")
    });
    let list: Vec<&str> = extra.iter().map(String::as_str).collect();
    let list = format!("{}{}", if starred { "" } else { "*, " }, list.join(", "));
    let kwargs = items.iter().find(|p| p.kind == ParameterKind::Kwargs);
    if let Some(kwargs) = kwargs {
        edits.insert(kwargs.span.start, format!("{list}, "));
    } else if let Some(last) = items.last() {
        edits.insert(last.span.end, format!(", {list}"));
    } else {
        // After the name comes the parenthesis.
        let rest = cell.source.python.get(def.name_span.end..).unwrap_or_default();
        let open = def.name_span.end + rest.find('(').map_or(0, |at| at + 1);
        edits.insert(open, list);
    }
}

/// `global x` in a function that moves into a stage means the stage's `x`.
pub(super) fn make_nonlocal(cell: &ParsedCell, statement: &Stmt, edits: &mut Edits) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    statement.walk(&mut |s| {
        if let StmtKind::Global(declared) = &s.kind
            && cell.text(s.span).starts_with("global")
        {
            edits.replace(Span { start: s.span.start, end: s.span.start + "global".len() }, "nonlocal");
            names.extend(declared.iter().cloned());
        }
    });
    names
}
