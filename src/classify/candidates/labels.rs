//! What the notebook calls its candidates: keys of dictionaries, first elements of pairs, names handed to helpers.

use std::collections::BTreeMap;

use super::super::{Candidate, statement_at};
use crate::dataflow::{CallEvent, Graph, ObjectId};
use crate::knowledge::Purpose;
use crate::syntax::ParsedCell;
use crate::syntax::ast::{Expr, ExprKind, Span};

/// Longer texts are no names.
const LONGEST: usize = 40;

/// Gives each candidate the name that the notebook has for it.
pub(super) fn give(cells: &[ParsedCell], graph: &Graph, candidates: &mut [Candidate]) {
    if candidates.is_empty() {
        return;
    }
    let mut names: BTreeMap<ObjectId, String> = BTreeMap::new();
    for (index, facts) in graph.statements.iter().enumerate() {
        let Some(statement) = statement_at(cells, graph, index) else { continue };
        // Which objects an expression of the statement is: the results of its calls, the objects of its names.
        let made: BTreeMap<Span, &[ObjectId]> =
            facts.calls.iter().filter_map(|call| Some((call.span?, &call.result[..]))).collect();
        let mut pairs: Vec<(&str, &Expr)> = Vec::new();
        // A path, or a picture's title, is no name.
        let otherwise = |call: &CallEvent| {
            matches!(call.purpose, Some(Purpose::SaveModel | Purpose::Save | Purpose::Load | Purpose::Plot))
        };
        let unnamed: Vec<Span> =
            facts.calls.iter().filter(|call| otherwise(call)).filter_map(|call| call.span).collect();
        statement.walk_expressions(&mut |expression| {
            if !unnamed.contains(&expression.span) {
                pairs.extend(named(expression));
            }
        });
        for (name, value) in pairs {
            let objects: Vec<ObjectId> = match &value.kind {
                ExprKind::Name(variable) => candidates
                    .iter()
                    .filter(|candidate| candidate.variable == *variable)
                    .flat_map(|candidate| candidate.objects.iter().copied())
                    .collect(),
                _ => made.get(&value.span).map(|objects| objects.to_vec()).unwrap_or_default(),
            };
            for object in objects {
                names.entry(object).or_insert_with(|| name.to_owned());
            }
        }
    }
    for candidate in candidates {
        candidate.label = candidate.objects.iter().find_map(|object| names.get(object).cloned());
    }
}

/// The pairs of a name and a value in an expression: `{"rf": model}`, `("rf", model)`, `evaluate("rf", model)`.
fn named(expression: &Expr) -> Vec<(&str, &Expr)> {
    let value = |e: &Expr| matches!(e.kind, ExprKind::Call { .. } | ExprKind::Name(_) | ExprKind::Subscript { .. });
    // Where the first name and the first value stand.
    let pair = |items: Vec<&Expr>| -> Option<(usize, usize)> {
        let names: Vec<usize> = (0..items.len()).filter(|i| as_text(items[*i]).is_some()).collect();
        let values: Vec<usize> = (0..items.len()).filter(|i| value(items[*i])).collect();
        Some((*names.first()?, *values.first()?))
    };
    match &expression.kind {
        ExprKind::Dict(entries) => entries
            .iter()
            .filter_map(|(key, value)| Some((as_text(key.as_ref()?)?, value)))
            .filter(|(_, e)| value(e))
            .collect(),
        ExprKind::Tuple(items) | ExprKind::List(items) if items.len() == 2 => {
            pair(items.iter().collect()).and_then(|(n, v)| Some((as_text(&items[n])?, &items[v]))).into_iter().collect()
        }
        ExprKind::Call { arguments, .. } => pair(arguments.iter().map(|a| &a.value).collect())
            .and_then(|(n, v)| Some((as_text(&arguments[n].value)?, &arguments[v].value)))
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

/// The text of a literal that can be a name.
fn as_text(expression: &Expr) -> Option<&str> {
    match &expression.kind {
        ExprKind::Str(text) if !text.trim().is_empty() && text.len() <= LONGEST => Some(text.trim()),
        _ => None,
    }
}
