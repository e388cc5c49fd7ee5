//! Putting it together: marks, model, sinks, slice, and a verdict for every statement.

use std::collections::{BTreeMap, BTreeSet};

use super::companions::{accompany, closes, complete_scripts, is_guard};
use super::evidence::{describe_place, readers, why_left_out, why_needed};
use super::marks::{self, Mark, Marks, Word};
use super::{
    Choice, Classification, Role, Sink, SinkKind, Verdict, candidates, choice as model_choice, fetch, sinks,
    statement_at,
};
use crate::dataflow::{Dependency, Graph, free_names};
use crate::knowledge::Purpose;
use crate::notebook::Notebook;
use crate::syntax::ParsedCell;
use crate::syntax::ast::{Stmt, StmtKind};

pub(super) fn decide(notebook: &Notebook, cells: &[ParsedCell], graph: &Graph, choice: &Choice) -> Classification {
    let marks = marks::find(notebook, cells, graph, choice);
    let explores = |statement: usize| marks.statements.get(&statement).is_some_and(|m| m.word == Word::Exploration);
    let mut candidates = candidates::find(cells, graph);
    let fitted: BTreeSet<usize> = candidates.iter().flat_map(|c| c.fits.iter().copied()).collect();
    // A model in a cell marked as exploration is none to choose from.
    candidates.retain(|c| !explores(c.fit_statement));
    let chosen = model_choice::choose(notebook, cells, graph, &mut candidates, choice, &marks.models);
    let marked = marks.statements.values().any(Mark::is_production);
    let (mut sinks, mut passed_over) =
        sinks::find(cells, graph, &candidates, chosen.as_ref().map(|m| m.candidate), marked);
    sinks.retain(|sink| !explores(sink.statement));
    for (index, mark) in &marks.statements {
        if mark.is_production() && !sinks.iter().any(|sink| sink.statement == *index) {
            sinks.push(Sink { statement: *index, kind: SinkKind::Mark });
        }
    }
    sinks.sort_by_key(|sink| sink.statement);
    let mut slice = complete(cells, graph, graph.slice(sinks::roots(graph, &sinks)));
    complete_scripts(graph, &mut slice);
    accompany(cells, graph, &mut slice, &explores);
    for (index, facts) in graph.statements.iter().enumerate() {
        let fits = facts.calls.iter().any(|call| call.purpose == Some(Purpose::Fit));
        if fits && !fitted.contains(&index) {
            passed_over.entry(index).or_insert_with(|| "prepares data for exploration only".to_owned());
        }
    }
    let fetches = fetch::find(cells, graph, &|index| slice.contains(&index));
    let mut statements: Vec<Verdict> = readers(graph)
        .iter()
        .enumerate()
        .map(|(index, readers)| {
            verdict(cells, graph, (index, readers), &slice, &sinks, &marks, passed_over.get(&index))
        })
        .collect();
    for (index, why) in fetches.into_iter().filter(|(index, _)| !explores(*index)) {
        statements[index] = Verdict { role: Role::Production, evidence: vec![why], beforehand: true };
    }
    Classification { statements, model: chosen, candidates, sinks, marks }
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
        let Some(statement) = statement_at(cells, graph, index) else { continue };
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

fn verdict(
    cells: &[ParsedCell],
    graph: &Graph,
    (index, readers): (usize, &[&Dependency]),
    slice: &BTreeSet<usize>,
    sinks: &[Sink],
    marks: &Marks,
    passed_over: Option<&String>,
) -> Verdict {
    let has_model = sinks.iter().any(|sink| sink.kind == SinkKind::Fit);
    let facts = &graph.statements[index];
    let Some(statement) = statement_at(cells, graph, index) else {
        return Verdict { role: Role::Exploration, evidence: Vec::new(), beforehand: false };
    };
    let kept = |other: usize| slice.contains(&other);
    let mark = marks.statements.get(&index);
    if !kept(index) {
        let mut evidence: Vec<String> = mark.map(Mark::evidence).into_iter().collect();
        evidence.push(passed_over.cloned().unwrap_or_else(|| why_left_out(statement, facts, readers, &kept)));
        return Verdict { role: Role::Exploration, evidence, beforehand: false };
    }
    let mut evidence = Vec::new();
    if let Some(sink) = sinks.iter().find(|sink| sink.statement == index) {
        evidence.push(match sink.kind {
            SinkKind::Mark => mark.map_or_else(String::new, Mark::evidence),
            SinkKind::SavedModel if !has_model => "saves what was fitted".to_owned(),
            SinkKind::SavedModel => "saves the model".to_owned(),
            SinkKind::WrittenFile => "writes a file".to_owned(),
            SinkKind::Fit => "fits the production model".to_owned(),
            SinkKind::Metric => "measures the production model".to_owned(),
            SinkKind::Prediction => "predicts with the production model".to_owned(),
            SinkKind::Result => match &statement.kind {
                StmtKind::FunctionDef(_) | StmtKind::ClassDef(_) => "defined, in a notebook that hardly does more",
                _ if facts.types.values().any(|t| t.starts_with("pandas.")) => "makes the final table",
                _ => "makes the last value",
            }
            .to_owned(),
        });
    } else if facts.opaque.iter().any(|code| code == "%run") {
        evidence.push("runs a script whose names production reads".to_owned());
    } else if is_guard(statement) {
        evidence.push("checks what production uses".to_owned());
    } else if closes(statement).is_some() && !readers.iter().any(|d| d.needed && kept(d.to)) {
        evidence.push("closes what production has opened".to_owned());
    } else {
        evidence.push(why_needed(cells, graph, readers, &kept));
    }
    if let Some(mark) = mark.filter(|mark| mark.word == Word::Exploration) {
        evidence.push(format!("{}, but {} needs it", mark.evidence(), user_of(cells, graph, readers, &kept)));
    }
    let role = if is_mixed(statement, graph, index) { Role::Mixed } else { Role::Production };
    Verdict { role, evidence, beforehand: false }
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
