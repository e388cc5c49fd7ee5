//! What a stage returns: what later stages read, and what its caller wants to have.

use std::collections::{BTreeMap, BTreeSet};

use super::Return;
use super::build::Draft;
use super::imports::Needed;
use super::liveness::Interface;
use super::stages::{Segment, StageKind};
use super::types::annotation;
use crate::dataflow::{Binding, CallEvent, Definition, Dependency, DependencyKind};
use crate::knowledge::{Kind, Purpose, knowledge};
use crate::syntax::ast::{ExprKind, Stmt, StmtKind};

impl Draft<'_> {
    pub(super) fn returns(
        &self,
        number: usize,
        segment: &Segment,
        interface: &Interface,
        measured: &[&str],
        wanted: Vec<String>,
        needed: &mut Needed,
    ) -> Vec<Return> {
        let graph = &self.analysis.graph;
        let mut names: Vec<(String, bool)> = interface.gives.iter().map(|name| (name.clone(), true)).collect();
        if let Some(model) = self.model_variable(segment)
            && !names.iter().any(|(name, _)| *name == model)
            && (interface.binds.contains(&model) || interface.takes.contains(&model))
        {
            names.push((model, false));
        }
        // What is measured is returned as such.
        for name in wanted.into_iter().chain(self.last_value(number, segment, interface)) {
            if !names.iter().any(|(other, _)| *other == name) && !measured.contains(&name.as_str()) {
                names.push((name, false));
            }
        }
        names
            .into_iter()
            .filter_map(|(name, used)| {
                let changed = self.changed_within(segment, &name);
                let at = segment.statements.iter().rev().find(|index| {
                    let facts = &graph.statements[**index];
                    facts.binds.contains_key(&name) || facts.mutates.contains(&name) || changed.contains(*index)
                });
                // A name that is only handed through has the value of where it was made.
                let settled = self.settled(segment, &name, *at?);
                let at = graph.statements[settled].at;
                let without = self.left_out_columns(&name, settled);
                let (spelled, imports) = annotation(self.type_after(segment, &name).as_deref());
                needed.lines.extend(imports);
                Some(Return { name, annotation: spelled, at, used, without })
            })
            .collect()
    }

    /// The columns that exploration alone has added to a table by a statement.
    fn left_out_columns(&self, name: &str, by: usize) -> Vec<String> {
        let graph = &self.analysis.graph;
        let bound = graph.statements[..=by].iter().rev().find_map(|facts| facts.objects.get(name));
        let mut columns: BTreeSet<String> = BTreeSet::new();
        for object in bound.into_iter().flatten().map(|id| &graph.objects[*id]) {
            let kept = |index: usize| self.analysis.classification.statements[index].is_packaged();
            let (inside, outside): (Vec<_>, Vec<_>) =
                object.columns.iter().filter(|(index, _)| *index <= by).partition(|(index, _)| kept(*index));
            let added = outside.into_iter().filter(|(_, column)| !inside.iter().any(|(_, own)| own == column));
            columns.extend(added.map(|(_, column)| column.clone()));
        }
        columns.into_iter().collect()
    }

    /// What nobody in production reads, and whoever calls the stage may want.
    pub(super) fn wanted(&self, segment: &Segment) -> Vec<String> {
        let mut names = self.fitted(segment);
        names.extend(self.predicted(segment));
        names
    }

    /// The last statement of a stage that may change what a name holds, unseen: results fill their caches when they are
    /// read, and what is made from a table may share parts with it. It is `made`, where the notebook binds or changes the
    /// name in between.
    fn settled(&self, segment: &Segment, name: &str, made: usize) -> usize {
        let graph = &self.analysis.graph;
        let mut derived = BTreeSet::from([made]);
        let mut last = made;
        for index in segment.statements.iter().filter(|index| **index > made) {
            let from = |d: &&Dependency| d.kind == DependencyKind::Data && derived.contains(&d.from);
            let used: Vec<&Dependency> = graph.dependencies_of(*index).filter(from).collect();
            if used.is_empty() {
                continue;
            }
            let reads = used.iter().any(|d| d.from == made && d.name == name);
            if reads || !graph.statements[*index].mutates.is_empty() {
                last = *index;
            }
            derived.insert(*index);
        }
        let other = |index: usize| {
            let facts = &graph.statements[index];
            facts.binds.contains_key(name) || facts.mutates.contains(name) || facts.deletes.contains(name)
        };
        if (made + 1..=last).any(other) { made } else { last }
    }

    /// The estimators that a stage fits, for its caller: who wants to predict needs them.
    fn fitted(&self, segment: &Segment) -> Vec<String> {
        let graph = &self.analysis.graph;
        let mut names: Vec<String> = Vec::new();
        let bound: BTreeSet<&String> = segment
            .statements
            .iter()
            .flat_map(|index| &graph.statements[*index].binds)
            .filter(|(_, binding)| binding.always && binding.definition == Definition::Data)
            .map(|(name, _)| name)
            .collect();
        for index in &segment.statements {
            let facts = &graph.statements[*index];
            let fits = |call: &&CallEvent| call.purpose == Some(Purpose::Fit) && call.span.is_some();
            for call in facts.calls.iter().filter(fits) {
                let assigned = match self.analysis.statement(facts.at).map(|statement| &statement.kind) {
                    Some(StmtKind::Assign { targets, value }) if Some(value.span) == call.span => {
                        let target = targets.first().and_then(|target| match &target.kind {
                            ExprKind::Name(name) => Some(name.clone()),
                            _ => None,
                        });
                        // The `fit` of a network returns its history.
                        let kind = call.receiver_type.as_deref().and_then(|name| knowledge().kind(name));
                        target.filter(|_| call.method.as_deref() == Some("fit") && kind != Some(Kind::Network))
                    }
                    _ => None,
                };
                for name in call.receiver.clone().into_iter().chain(assigned) {
                    let kept = bound.contains(&name) && !self.deletes(segment, &name);
                    if kept && !names.contains(&name) {
                        names.push(name);
                    }
                }
            }
        }
        names
    }

    fn deletes(&self, segment: &Segment, name: &str) -> bool {
        segment.statements.iter().any(|index| self.analysis.graph.statements[*index].deletes.contains(name))
    }

    /// What an evaluation predicts and measures, for its caller: names that the stage binds and reads.
    fn predicted(&self, segment: &Segment) -> Vec<String> {
        if !matches!(segment.kind, StageKind::Evaluate | StageKind::Predict) {
            return Vec::new();
        }
        let graph = &self.analysis.graph;
        let mut names: Vec<String> = Vec::new();
        let does = |index: usize, wanted: &[Purpose]| {
            graph.statements[index].calls.iter().any(|call| call.purpose.is_some_and(|p| wanted.contains(&p)))
        };
        let mut readers: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
        for reader in &segment.statements {
            for dependency in graph.dependencies_of(*reader) {
                readers.entry((dependency.from, &dependency.name)).or_default().push(*reader);
            }
        }
        for index in &segment.statements {
            let makes = does(*index, &[Purpose::Predict, Purpose::Metric, Purpose::Validate]);
            let facts = &graph.statements[*index];
            for (name, binding) in &facts.binds {
                let Some(readers) = readers.get(&(*index, name.as_str())) else { continue };
                let wanted = makes || readers.iter().any(|reader| does(*reader, &[Purpose::Metric]));
                let data = binding.definition == Definition::Data && binding.always;
                if wanted && data && !name.starts_with('_') && !names.contains(name) && !self.deletes(segment, name) {
                    names.push(name.clone());
                }
            }
        }
        names
    }

    /// The statements that change something which a name's value holds: the elements of a list of models.
    fn changed_within(&self, segment: &Segment, name: &str) -> BTreeSet<usize> {
        let graph = &self.analysis.graph;
        let last = segment.statements.last().copied().unwrap_or_default();
        let bound = graph.statements[..=last].iter().rev().find_map(|facts| facts.objects.get(name));
        let mut waiting: Vec<usize> = bound.cloned().unwrap_or_default();
        let mut seen: BTreeSet<usize> = BTreeSet::new();
        let mut statements = BTreeSet::new();
        while let Some(next) = waiting.pop() {
            if seen.insert(next) {
                statements.extend(&graph.objects[next].mutated);
                waiting.extend(&graph.objects[next].held);
            }
        }
        statements
    }

    /// What the last stage made last: it is returned, if nothing else is.
    pub(super) fn last_value(&self, number: usize, segment: &Segment, interface: &Interface) -> Option<String> {
        let gives = !interface.gives.is_empty() || self.model_variable(segment).is_some();
        if number + 1 != self.segment_count || segment.kind == StageKind::Save || gives {
            return None;
        }
        segment.statements.iter().rev().find_map(|index| {
            let facts = &self.analysis.graph.statements[*index];
            let counts = self.analysis.statement(facts.at).map_or_else(BTreeSet::new, loop_targets);
            let data = |b: &Binding| b.definition == Definition::Data && b.always;
            let mut made = facts.binds.iter().filter(|(name, binding)| data(binding) && !counts.contains(*name));
            made.next().map(|(name, _)| name.clone())
        })
    }
}

/// What the `for` of a loop binds: where a loop stands is nothing that it makes.
fn loop_targets(statement: &Stmt) -> BTreeSet<String> {
    let StmtKind::For { target, .. } = &statement.kind else { return BTreeSet::new() };
    let mut names = BTreeSet::new();
    let mut waiting = vec![target];
    while let Some(next) = waiting.pop() {
        match &next.kind {
            ExprKind::Name(name) => drop(names.insert(name.clone())),
            ExprKind::Tuple(items) | ExprKind::List(items) => waiting.extend(items),
            ExprKind::Starred(inner) => waiting.push(inner),
            _ => {}
        }
    }
    names
}
