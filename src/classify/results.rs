//! What a notebook without a model and without files exists for: its final tables, else its definitions or last values.

use std::collections::{BTreeMap, BTreeSet};

use super::calls::name_of;
use crate::dataflow::{CallEvent, Definition, DependencyKind, Graph, ObjectId, StatementFacts};
use crate::knowledge::Purpose;

/// So many changes of its own make a table a result, though it is not the last one.
const WORKED_ON: usize = 2;

/// The statements that make the final tables what they are: the last table, those of the same cell, and every table that
/// was worked on.
pub(super) fn find(graph: &Graph) -> Vec<usize> {
    let Some(last) = graph.statements.iter().rposition(|facts| !tables(facts).is_empty()) else {
        return last_data(graph);
    };
    let cell = graph.statements[last].at.cell;
    // The last statement that binds each name to a table.
    let mut bound: BTreeMap<&str, usize> = BTreeMap::new();
    let mut changes: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, facts) in graph.statements.iter().enumerate() {
        for name in tables(facts) {
            bound.insert(name, index);
            // `df = df.dropna()`
            *changes.entry(name).or_default() += usize::from(facts.reads.contains(name));
        }
        for name in facts.mutates.iter().filter(|name| !facts.binds.contains_key(*name)) {
            if let Some((known, _)) = bound.get_key_value(name.as_str()) {
                *changes.entry(known).or_default() += 1;
            }
        }
    }
    // A notebook that only looks at what it loads makes nothing.
    let made = |index: usize| {
        let transforms = [Purpose::Transform, Purpose::Clean, Purpose::Feature, Purpose::Split];
        graph.statements[index]
            .calls
            .iter()
            .any(|call| call.purpose.is_some_and(|purpose| transforms.contains(&purpose)))
    };
    if changes.values().all(|count| *count == 0) && !made(last) {
        return loaded(graph);
    }
    let mut found = BTreeSet::new();
    for (name, index) in &bound {
        let worked_on = changes.get(name).is_some_and(|count| *count >= WORKED_ON);
        if *index == last || graph.statements[*index].at.cell == cell || worked_on {
            found.insert(finished(graph, name, *index));
        }
    }
    found.into_iter().collect()
}

/// The names that a statement binds to tables of rows: no summaries, which are for the eye.
fn tables(facts: &StatementFacts) -> Vec<&str> {
    let summary = facts.calls.iter().any(|call| {
        call.span.is_some()
            && (call.purpose == Some(Purpose::Inspect)
                || matches!(
                    call.method.as_deref(),
                    Some(
                        "groupby"
                            | "value_counts"
                            | "corr"
                            | "describe"
                            | "agg"
                            | "pivot_table"
                            | "crosstab"
                            | "isnull"
                            | "nunique"
                    )
                ))
    });
    let transforms =
        |call: &CallEvent| call.purpose == Some(Purpose::Transform) || call.method.as_deref() == Some("fit_transform");
    let transformed = facts.calls.iter().any(|call| call.span.is_some() && transforms(call));
    // `big = df[df.size > 3]`: a part of a table, to look at.
    let part = facts.calls.is_empty() && facts.binds.keys().all(|name| !facts.reads.contains(name));
    if part {
        return Vec::new();
    }
    let is_table = |name: &str| {
        facts
            .types
            .get(name)
            .map_or(transformed, |t| t == "pandas.DataFrame" || (transformed && t.starts_with("numpy.")))
    };
    let names = facts.binds.iter().filter(|(_, binding)| binding.definition == Definition::Data);
    names.map(|(name, _)| name.as_str()).filter(|name| !summary && is_table(name)).collect()
}

/// The last statement that binds a table, or changes it afterwards.
fn finished(graph: &Graph, name: &str, bound: usize) -> usize {
    let objects: Vec<ObjectId> = graph.statements[bound].objects.get(name).cloned().unwrap_or_default();
    let name = name_of(graph, bound, &objects).unwrap_or_else(|| name.to_owned());
    let after = graph.statements.iter().rposition(|facts| facts.mutates.contains(&name));
    after.filter(|index| *index > bound).unwrap_or(bound)
}

/// The statements that load tables.
fn loaded(graph: &Graph) -> Vec<usize> {
    let loads = |facts: &StatementFacts| facts.calls.iter().any(|call| call.purpose == Some(Purpose::Load));
    (0..graph.statements.len())
        .filter(|index| loads(&graph.statements[*index]) && !tables(&graph.statements[*index]).is_empty())
        .collect()
}

/// Without any table: the definitions, where a notebook hardly does anything else; what the last cell that binds data
/// binds; else nothing.
fn last_data(graph: &Graph) -> Vec<usize> {
    /// So many definitions that nothing calls make a notebook a module.
    const MODULE: usize = 3;
    let defines = |facts: &StatementFacts| facts.binds.values().any(|binding| binding.definition == Definition::Def);
    let called: BTreeSet<usize> =
        graph.dependencies.iter().filter(|d| d.kind == DependencyKind::Def).map(|d| d.from).collect();
    let definitions: Vec<usize> =
        (0..graph.statements.len()).filter(|index| defines(&graph.statements[*index])).collect();
    if definitions.iter().filter(|index| !called.contains(index)).count() >= MODULE {
        return definitions;
    }
    let binds = |index: usize| {
        let facts = &graph.statements[index];
        let draws = facts.drawing.draws || facts.calls.iter().any(|call| call.purpose == Some(Purpose::Plot));
        // Attributes of what was loaded are data, too: `X = iris.data`.
        let taken = || {
            let loads = |i: &usize| graph.statements[*i].calls.iter().any(|call| call.purpose == Some(Purpose::Load));
            graph.slice([index]).iter().any(loads)
        };
        !draws
            && (!facts.calls.is_empty() || taken())
            && facts.binds.values().any(|binding| binding.definition == Definition::Data && binding.always)
    };
    let Some(last) = (0..graph.statements.len()).rev().find(|index| binds(*index)) else {
        return Vec::new();
    };
    let cell = graph.statements[last].at.cell;
    (0..=last).filter(|index| graph.statements[*index].at.cell == cell && binds(*index)).collect()
}
