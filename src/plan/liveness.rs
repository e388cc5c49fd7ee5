//! What goes into a stage and what comes out of it.

use std::collections::{BTreeMap, BTreeSet};

use super::definitions::{Definitions, Placement};
use super::stages::Segment;
use crate::analysis::Analysis;
use crate::dataflow::{Definition, Dependency, DependencyKind, free_names};
use crate::syntax::ast::ExprKind;

/// The names that a stage takes and gives, in the order in which they first appear.
#[derive(Clone, Debug, Default)]
pub(super) struct Interface {
    /// Names that earlier stages bind.
    pub(super) takes: Vec<String>,
    /// Names that later stages read.
    pub(super) gives: Vec<String>,
    /// Names that the stage changes before it binds them anew: its caller's value.
    pub(super) changes: BTreeSet<String>,
    /// Names that the stage binds.
    pub(super) binds: BTreeSet<String>,
}

/// One interface for each segment.
pub(super) fn interfaces(
    analysis: &Analysis,
    segments: &[Segment],
    definitions: &Definitions,
    inner: &dyn Fn(usize) -> Vec<usize>,
) -> Vec<Interface> {
    let graph = &analysis.graph;
    let home: BTreeMap<usize, usize> =
        segments.iter().enumerate().flat_map(|(k, s)| s.statements.iter().map(move |i| (*i, k))).collect();
    let mut found: Vec<Interface> = Vec::new();
    for (number, segment) in segments.iter().enumerate() {
        let mut interface = Interface::default();
        let mut bound_by: BTreeMap<&str, bool> = BTreeMap::new();
        for index in &segment.statements {
            for (name, binding) in &graph.statements[*index].binds {
                let always = bound_by.entry(name).or_insert(false);
                *always |= binding.always;
            }
        }
        interface.binds = bound_by.keys().filter(|name| **name != "*").map(|name| (*name).to_owned()).collect();
        let earlier =
            |name: &str| found_binder(analysis, segments, number, name) && !definitions.constants.contains_key(name);
        let mut bound_here: BTreeSet<&str> = BTreeSet::new();
        for index in &segment.statements {
            let facts = &graph.statements[*index];
            let mut read: Vec<&Dependency> = graph.dependencies_of(*index).collect();
            let order = in_reading_order(analysis, *index, read.iter().map(|d| &d.name));
            read.sort_by_key(|d| order.iter().position(|name| *name == d.name));
            for dependency in read {
                let data = matches!(dependency.kind, DependencyKind::Data | DependencyKind::Def);
                let from = home.get(&dependency.from);
                if data && from.is_some_and(|k| *k < number) && !definitions.constants.contains_key(&dependency.name) {
                    push(&mut interface.takes, &dependency.name);
                }
            }
            // Names that only code reads which the analysis did not follow: a function that is handed on.
            let mut unfollowed = Vec::new();
            for statement in std::iter::once(*index).chain(inner(*index)) {
                if let Some(node) = analysis.statement(graph.statements[statement].at) {
                    unfollowed.extend(free_names(std::slice::from_ref(node)));
                }
            }
            // What a function gets passed, its caller has to have.
            let passed: Vec<String> = unfollowed
                .iter()
                .filter_map(|name| definitions.places.get(definitions.by_name.get(name)?))
                .filter_map(|place| match place {
                    Placement::Passed(extra) => Some(extra.iter().cloned()),
                    _ => None,
                })
                .flatten()
                .collect();
            unfollowed.extend(passed);
            for name in unfollowed {
                if !interface.binds.contains(&name) && earlier(&name) {
                    push(&mut interface.takes, &name);
                }
            }
            for name in &facts.mutates {
                if !bound_here.contains(name.as_str()) {
                    interface.changes.insert(name.clone());
                }
            }
            for (name, binding) in &facts.binds {
                if binding.always {
                    bound_here.insert(name);
                }
            }
        }
        // A name that is bound on some paths only keeps its earlier value on the others.
        let later = read_later(analysis, segments, number);
        for (name, always) in &bound_by {
            if !always && later.contains(*name) && earlier(name) {
                push(&mut interface.takes, name);
            }
        }
        for index in &segment.statements {
            let facts = &graph.statements[*index];
            for name in &in_reading_order(analysis, *index, facts.binds.keys().chain(&facts.mutates)) {
                let here = interface.binds.contains(name) || interface.takes.contains(name);
                let value = facts.binds.get(name).is_none_or(|b| b.definition != Definition::Import);
                if here && value && later.contains(name.as_str()) {
                    push(&mut interface.gives, name);
                }
            }
        }
        found.push(interface);
    }
    drop_unmet(&mut found);
    found
}

/// A name is taken only if an earlier stage gives it; what one stage takes, an earlier one that has it gives.
fn drop_unmet(found: &mut [Interface]) {
    for number in 0..found.len() {
        let takes = found[number].takes.clone();
        let mut met = Vec::new();
        for name in takes {
            let giver = (0..number).rev().find(|k| found[*k].gives.contains(&name) || found[*k].binds.contains(&name));
            if let Some(giver) = giver {
                push(&mut found[giver].gives, &name);
                met.push(name);
            }
        }
        found[number].takes = met;
    }
}

/// Names in the order in which the statement's text has them; those that it does not have, last.
fn in_reading_order<'n>(analysis: &Analysis, index: usize, names: impl Iterator<Item = &'n String>) -> Vec<String> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    if let Some(statement) = analysis.statement(analysis.graph.statements[index].at) {
        statement.walk_expressions(&mut |e| {
            if let ExprKind::Name(name) = &e.kind {
                let known = places.entry(name).or_insert(e.span.start);
                *known = (*known).min(e.span.start);
            }
        });
    }
    let mut found: Vec<String> = names.cloned().collect();
    found.sort_by_key(|name| (places.get(name.as_str()).copied().unwrap_or(usize::MAX), name.clone()));
    found.dedup();
    found
}

fn found_binder(analysis: &Analysis, segments: &[Segment], number: usize, name: &str) -> bool {
    segments[..number].iter().flat_map(|segment| &segment.statements).any(|index| {
        analysis.graph.statements[*index].binds.get(name).is_some_and(|b| b.definition != Definition::Import)
    })
}

/// The names whose values or changes of this segment a later one reads.
fn read_later<'a>(analysis: &'a Analysis, segments: &[Segment], number: usize) -> BTreeSet<&'a str> {
    let own: BTreeSet<usize> = segments[number].statements.iter().copied().collect();
    segments[number + 1..]
        .iter()
        .flat_map(|segment| &segment.statements)
        .flat_map(|index| analysis.graph.dependencies_of(*index))
        .filter(|d| own.contains(&d.from) && matches!(d.kind, DependencyKind::Data | DependencyKind::Def))
        .map(|d| d.name.as_str())
        .collect()
}

fn push(list: &mut Vec<String>, name: &str) {
    if !list.iter().any(|known| known == name) {
        list.push(name.to_owned());
    }
}
