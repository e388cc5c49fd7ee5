//! Cutting a long stage where the notebook begins something new: at its headings, else between cells.

use std::collections::BTreeMap;

use super::stages::{Segment, StageKind};
use crate::analysis::Analysis;
use crate::dataflow::DependencyKind;
use crate::notebook::CellKind;

/// A stage with more statements is cut at the notebook's headings.
const LONG: usize = 5;

/// A part has at least this many statements: less is no stage of its own.
const LEAST: usize = 2;

/// Of training, more: what makes a model ready belongs to its fit.
const LEAST_OF_TRAINING: usize = 4;

/// Without headings, a stage may be this long before it is cut between cells.
const MOST: usize = 40;

/// Cuts a stage, if it is long.
pub(super) fn cut(analysis: &Analysis, segment: Segment) -> Vec<Segment> {
    // What measures one model, what saves one result belongs together under whichever headings.
    let one = matches!(segment.kind, StageKind::Split | StageKind::Evaluate | StageKind::Predict | StageKind::Save);
    let headed = |before: usize, after: usize| has_heading_between(analysis, before, after);
    let parts = if one || segment.statements.len() <= LONG {
        vec![segment.statements]
    } else {
        let least = if segment.kind == StageKind::Train { LEAST_OF_TRAINING } else { LEAST };
        at_headings(&segment.statements, least, &headed)
    };
    parts
        .into_iter()
        .flat_map(|part| between_cells(analysis, &part))
        .map(|statements| Segment { kind: segment.kind, statements })
        .collect()
}

/// Parts that begin under a heading; a short one belongs to what follows, the last one to what comes before.
fn at_headings(statements: &[usize], least: usize, headed: &dyn Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let mut parts: Vec<Vec<usize>> = Vec::new();
    for index in statements {
        match parts.last_mut() {
            Some(part) if part.len() < least || !part.last().is_some_and(|last| headed(*last, *index)) => {
                part.push(*index);
            }
            _ => parts.push(vec![*index]),
        }
    }
    if parts.len() > 1
        && parts.last().is_some_and(|part| part.len() < least)
        && let Some(rest) = parts.pop()
        && let Some(last) = parts.last_mut()
    {
        last.extend(rest);
    }
    parts
}

fn has_heading_between(analysis: &Analysis, before: usize, after: usize) -> bool {
    let position = |index: usize| analysis.position(analysis.graph.statements[index].at.cell);
    let (from, to) = (position(before), position(after));
    let cells = analysis.notebook.cells.get(from..to).unwrap_or_default();
    let heading = |source: &str| source.lines().any(|line| line.starts_with('#'));
    cells.iter().any(|cell| cell.kind == CellKind::Markdown && heading(&cell.source))
}

/// Parts of a bearable length: cut between two cells, where the fewest names cross.
fn between_cells(analysis: &Analysis, statements: &[usize]) -> Vec<Vec<usize>> {
    if statements.len() <= MOST {
        return vec![statements.to_vec()];
    }
    let cell = |index: usize| analysis.graph.statements[index].at.cell;
    let middle = statements.len() / 2;
    let crossing = crossing(analysis, statements);
    let best = (LEAST..=statements.len() - LEAST)
        .filter(|place| cell(statements[place - 1]) != cell(statements[*place]))
        .filter(|place| place.abs_diff(middle) <= statements.len() / 3)
        .min_by_key(|place| (crossing[*place], place.abs_diff(middle)));
    let Some(place) = best else { return vec![statements.to_vec()] };
    let (first, second) = statements.split_at(place);
    let mut parts = between_cells(analysis, first);
    parts.extend(between_cells(analysis, second));
    parts
}

/// For each place between two statements, how many names those behind it read from those before it.
fn crossing(analysis: &Analysis, statements: &[usize]) -> Vec<usize> {
    let places: BTreeMap<usize, usize> = statements.iter().enumerate().map(|(place, index)| (*index, place)).collect();
    // The places that a name crosses from a statement to its last reader.
    let mut spans: BTreeMap<&str, BTreeMap<usize, usize>> = BTreeMap::new();
    for (place, index) in statements.iter().enumerate() {
        for dependency in analysis.graph.dependencies_of(*index).filter(|d| d.kind == DependencyKind::Data) {
            if let Some(from) = places.get(&dependency.from) {
                spans.entry(&dependency.name).or_default().insert(from + 1, place);
            }
        }
    }
    let mut crossing = vec![0; statements.len()];
    for spans in spans.values() {
        let mut counted = 0;
        for (from, to) in spans {
            let fresh = (*from).max(counted)..(to + 1).max(counted);
            crossing[fresh].iter_mut().for_each(|names| *names += 1);
            counted = counted.max(to + 1);
        }
    }
    crossing
}

#[cfg(test)]
mod tests {
    use super::at_headings;

    #[test]
    fn short_parts_are_no_stages() {
        let statements: Vec<usize> = (0..12).collect();
        let headed = |_: usize, after: usize| [1, 4, 5, 8, 11].contains(&after);
        let parts = at_headings(&statements, 3, &headed);
        assert_eq!(parts, [vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8, 9, 10, 11]]);
    }

    #[test]
    fn without_headings_nothing_is_cut() {
        assert_eq!(at_headings(&[0, 1, 2, 3], 2, &|_, _| false), [vec![0, 1, 2, 3]]);
    }
}
