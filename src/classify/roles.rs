//! Putting it together: marks, model, sinks, slice, and a verdict for every statement.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{describe_place, readers, why_left_out, why_needed};
use super::marks::{Mark, cell_mark, statement_mark};
use super::{Choice, Classification, Role, Sink, SinkKind, Verdict, candidates, choice as model, sinks};
use crate::dataflow::{Dependency, DependencyKind, Graph, free_names};
use crate::knowledge::Purpose;
use crate::notebook::Notebook;
use crate::syntax::ParsedCell;
use crate::syntax::ast::{Expr, ExprKind, Stmt, StmtKind};

pub(super) fn decide(notebook: &Notebook, cells: &[ParsedCell], graph: &Graph, choice: &Choice) -> Classification {
    let marks = marks(notebook, cells, graph, choice);
    let mut candidates = candidates::find(cells, graph);
    // A model in a cell marked as exploration is none to choose from.
    candidates.retain(|c| marks.get(&c.fit_statement).is_none_or(|mark| mark.production));
    let chosen = model::choose(notebook, cells, graph, &mut candidates, choice, &BTreeSet::new());
    let marked = marks.values().any(|mark| mark.production);
    let mut sinks = sinks::find(cells, graph, &candidates, chosen.as_ref().map(|m| m.candidate), marked);
    sinks.retain(|sink| marks.get(&sink.statement).is_none_or(|mark| mark.production));
    for (index, mark) in &marks {
        if mark.production && !sinks.iter().any(|sink| sink.statement == *index) {
            sinks.push(Sink { statement: *index, kind: SinkKind::Mark });
        }
    }
    sinks.sort_by_key(|sink| sink.statement);
    let mut slice = complete(cells, graph, graph.slice(sinks::roots(graph, &sinks)));
    accompanied(cells, graph, &mut slice);
    let statements = readers(graph)
        .iter()
        .enumerate()
        .map(|(index, readers)| verdict(cells, graph, (index, readers), &slice, &sinks, &marks))
        .collect();
    Classification { statements, model: chosen, candidates, sinks }
}

/// Adds the guards of what production computes, and what closes what production has opened.
fn accompanied(cells: &[ParsedCell], graph: &Graph, slice: &mut BTreeSet<usize>) {
    for (index, facts) in graph.statements.iter().enumerate() {
        let node = cells.get(facts.at.cell).and_then(|cell| cell.statements.get(facts.at.statement));
        let Some(node) = node else { continue };
        let data = || graph.dependencies_of(index).filter(|d| d.kind == DependencyKind::Data);
        let kept = |d: &Dependency| slice.contains(&d.from);
        let guards =
            is_guard(node) && data().next().is_some() && graph.dependencies_of(index).filter(|d| d.needed).all(kept);
        let closing = closes(node).is_some_and(|name| {
            let mut opened = data().filter(|d| d.name == name).peekable();
            opened.peek().is_some() && opened.all(kept)
        });
        if guards || closing {
            slice.insert(index);
        }
    }
}

/// `assert len(df) > 0`, `if missing: raise ValueError(…)`
fn is_guard(statement: &Stmt) -> bool {
    match &statement.kind {
        StmtKind::Assert(_) => true,
        StmtKind::If { body, orelse, .. } => {
            orelse.is_empty() && body.iter().all(|inner| matches!(inner.kind, StmtKind::Raise(_)))
        }
        _ => false,
    }
}

/// The name of the file or session that a statement closes: `file.close()`.
fn closes(statement: &Stmt) -> Option<&str> {
    const CLOSES: [&str; 5] = ["close", "stop", "shutdown", "disconnect", "join"];
    let StmtKind::Expr(Expr { kind: ExprKind::Call { function, arguments }, .. }) = &statement.kind else {
        return None;
    };
    let ExprKind::Attribute { value, attribute } = &function.kind else { return None };
    let ExprKind::Name(name) = &value.kind else { return None };
    (arguments.is_empty() && CLOSES.contains(&attribute.as_str())).then_some(name)
}

/// Adds what production's code names without the analysis having seen it run: in methods that only a library calls, in
/// branches that it did not follow. A name that is missing breaks a package; one that is there for nothing does not.
fn complete(cells: &[ParsedCell], graph: &Graph, mut slice: BTreeSet<usize>) -> BTreeSet<usize> {
    let mut binders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, facts) in graph.statements.iter().enumerate() {
        for name in facts.binds.keys() {
            binders.entry(name).or_default().push(index);
        }
    }
    let mut waiting: Vec<usize> = slice.iter().copied().collect();
    while let Some(index) = waiting.pop() {
        let at = graph.statements[index].at;
        let Some(statement) = cells.get(at.cell).and_then(|cell| cell.statements.get(at.statement)) else { continue };
        for name in free_names(std::slice::from_ref(statement)) {
            let Some(found) = binders.get(name.as_str()) else { continue };
            if found.iter().any(|binder| slice.contains(binder)) {
                continue;
            }
            // The last one before, as it would be at the time of a call; else the first one.
            let before = found.iter().rev().find(|binder| **binder <= index);
            let Some(binder) = before.or_else(|| found.first()) else { continue };
            for more in graph.slice([*binder]) {
                if slice.insert(more) {
                    waiting.push(more);
                }
            }
        }
    }
    slice
}

fn marks(notebook: &Notebook, cells: &[ParsedCell], graph: &Graph, choice: &Choice) -> BTreeMap<usize, Mark> {
    let mut found = BTreeMap::new();
    for cell in cells {
        let whole = cell_mark(notebook, cell, choice);
        for (statement, node) in cell.statements.iter().enumerate() {
            let at = crate::syntax::At { cell: cell.index, statement };
            let mark = statement_mark(cell, node).or_else(|| whole.clone());
            if let (Some(mark), Some(index)) = (mark, graph.index_of(at)) {
                found.insert(index, mark);
            }
        }
    }
    found
}

fn verdict(
    cells: &[ParsedCell],
    graph: &Graph,
    (index, readers): (usize, &[&Dependency]),
    slice: &BTreeSet<usize>,
    sinks: &[Sink],
    marks: &BTreeMap<usize, Mark>,
) -> Verdict {
    let facts = &graph.statements[index];
    let Some(statement) = cells.get(facts.at.cell).and_then(|cell| cell.statements.get(facts.at.statement)) else {
        return Verdict { role: Role::Exploration, evidence: Vec::new() };
    };
    let kept = |other: usize| slice.contains(&other);
    let mark = marks.get(&index);
    if !kept(index) {
        let mut evidence: Vec<String> = mark.map(|mark| mark.evidence.clone()).into_iter().collect();
        evidence.push(why_left_out(statement, facts, readers, &kept));
        return Verdict { role: Role::Exploration, evidence };
    }
    let mut evidence = Vec::new();
    if let Some(sink) = sinks.iter().find(|sink| sink.statement == index) {
        evidence.push(match sink.kind {
            SinkKind::Mark => mark.map_or_else(String::new, |mark| mark.evidence.clone()),
            SinkKind::SavedModel => "saves the model".to_owned(),
            SinkKind::WrittenFile => "writes a file".to_owned(),
            SinkKind::Fit => "fits the production model".to_owned(),
            SinkKind::Metric => "measures the production model".to_owned(),
            SinkKind::Prediction => "predicts with the production model".to_owned(),
            SinkKind::Result => "makes the final table".to_owned(),
        });
    } else if is_guard(statement) {
        evidence.push("checks what production uses".to_owned());
    } else if closes(statement).is_some() && !readers.iter().any(|d| d.needed && kept(d.to)) {
        evidence.push("closes what production has opened".to_owned());
    } else {
        evidence.push(why_needed(cells, graph, readers, &kept));
    }
    if let Some(mark) = mark.filter(|mark| !mark.production) {
        evidence.push(format!("{}, but {} needs it", mark.evidence, user_of(cells, graph, readers, &kept)));
    }
    let role = if is_mixed(statement, graph, index) { Role::Mixed } else { Role::Production };
    Verdict { role, evidence }
}

fn user_of(cells: &[ParsedCell], graph: &Graph, readers: &[&Dependency], kept: &dyn Fn(usize) -> bool) -> String {
    readers
        .iter()
        .find(|d| d.needed && kept(d.to))
        .map_or_else(|| "production".to_owned(), |d| describe_place(cells, graph.statements[d.to].at))
}

/// A compound statement whose body also draws, prints or describes.
fn is_mixed(statement: &Stmt, graph: &Graph, index: usize) -> bool {
    let compound = matches!(
        statement.kind,
        StmtKind::For { .. }
            | StmtKind::While { .. }
            | StmtKind::If { .. }
            | StmtKind::With { .. }
            | StmtKind::Try { .. }
    );
    compound
        && graph.statements[index].calls.iter().any(|call| {
            call.span.is_some()
                && matches!(call.purpose, Some(Purpose::Plot | Purpose::Display | Purpose::Inspect | Purpose::Time))
        })
}
