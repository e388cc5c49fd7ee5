//! Values that the notebook prints or displays and the package returns.

use std::collections::BTreeSet;

use super::ResultPlan;
use super::edit::Edits;
use super::names::{snake, unused};
use crate::analysis::Analysis;
use crate::dataflow::StatementFacts;
use crate::knowledge::Purpose;
use crate::notebook::Output;
use crate::syntax::ParsedCell;
use crate::syntax::ast::{Expr, ExprKind, Span, StmtKind};

/// The measured values in a statement that prints or displays them; empty if there are none, or if it does more.
/// Each comes with its code.
pub(super) fn find(
    analysis: &Analysis,
    index: usize,
    edits: &Edits,
    taken: &mut BTreeSet<String>,
) -> Vec<(ResultPlan, String)> {
    let facts = &analysis.graph.statements[index];
    let (Some(cell), Some(statement)) = (analysis.cell(facts.at.cell), analysis.statement(facts.at)) else {
        return Vec::new();
    };
    let StmtKind::Expr(value) = &statement.kind else { return Vec::new() };
    let search = Search { analysis, facts, cell, index };
    let mut found: Vec<(Option<String>, &Expr)> = Vec::new();
    match &value.kind {
        ExprKind::Call { function, arguments } if is_print(function) => {
            let mut label: Option<String> = None;
            for argument in arguments.iter().filter(|a| a.keyword.is_none()) {
                search.collect(&argument.value, &mut label, &mut found);
            }
        }
        _ if facts.displayed => search.collect(value, &mut None, &mut found),
        _ => {}
    }
    found
        .into_iter()
        .map(|(label, expression)| {
            let text = cell.text(expression.span).to_owned();
            let own = search.own_name(expression);
            let by_label = label.as_deref().map(label_name).unwrap_or_default();
            let name = unused(&[&by_label, &own, "value"], taken);
            taken.insert(name.clone());
            let printed = label.as_deref().and_then(|label| printed(analysis, facts.at.cell, label));
            let code = edits.apply(&cell.source.python, expression.span);
            (ResultPlan { name, expression: text, at: facts.at, printed, ..ResultPlan::default() }, code)
        })
        .collect()
}

fn is_print(function: &Expr) -> bool {
    function.dotted().is_some_and(|parts| parts == ["print"] || parts == ["display"])
}

struct Search<'a> {
    analysis: &'a Analysis,
    facts: &'a StatementFacts,
    cell: &'a ParsedCell,
    index: usize,
}

impl<'a> Search<'a> {
    /// Finds measured values in an expression; text before them is their label.
    fn collect(&self, value: &'a Expr, label: &mut Option<String>, found: &mut Vec<(Option<String>, &'a Expr)>) {
        match &value.kind {
            ExprKind::Str(text) => *label = Some(text.clone()),
            ExprKind::FString(items) => {
                let mut from = value.span.start;
                for item in items {
                    let before = self.cell.source.python.get(from..item.span.start).unwrap_or_default();
                    let mut own = Some(f_string_label(before)).filter(|l| !l.is_empty()).or_else(|| label.clone());
                    from = item.span.end;
                    self.collect(item, &mut own, found);
                }
            }
            ExprKind::Binary { left, operator, right } if operator == "%" => {
                if let ExprKind::Str(text) = &left.kind {
                    let label = &mut Some(text.split('%').next().unwrap_or_default().to_owned());
                    self.collect_items(right, label, found);
                } else if self.is_measured(value) {
                    found.push((label.clone(), value));
                }
            }
            ExprKind::Call { function, arguments } => {
                if let ExprKind::Attribute { value: base, attribute } = &function.kind
                    && attribute == "format"
                    && let ExprKind::Str(text) = &base.kind
                {
                    let own = &mut Some(text.split('{').next().unwrap_or_default().to_owned());
                    for argument in arguments {
                        self.collect(&argument.value, own, found);
                    }
                } else if function.dotted().is_some_and(|p| p == ["round"] || p == ["str"] || p == ["float"])
                    && let Some(first) = arguments.first()
                {
                    self.collect(&first.value, label, found);
                } else if self.is_measured(value) {
                    found.push((label.take(), value));
                }
            }
            ExprKind::Binary { left, right, operator } if operator == "+" && is_text(left) => {
                self.collect(left, label, found);
                self.collect(right, label, found);
            }
            ExprKind::Tuple(items) => items.iter().for_each(|item| self.collect(item, label, found)),
            _ => {
                if self.is_measured(value) {
                    found.push((label.take(), value));
                }
            }
        }
    }

    fn collect_items(&self, value: &'a Expr, label: &mut Option<String>, found: &mut Vec<(Option<String>, &'a Expr)>) {
        match &value.kind {
            ExprKind::Tuple(items) => items.iter().for_each(|item| self.collect(item, label, found)),
            _ => self.collect(value, label, found),
        }
    }

    /// Whether an expression is a metric, or was bound to one.
    fn is_measured(&self, value: &Expr) -> bool {
        if matches!(value.kind, ExprKind::Str(_) | ExprKind::FString(_) | ExprKind::Int(_) | ExprKind::Float(_)) {
            return false;
        }
        let measures = |span: Option<Span>, purpose: Option<Purpose>, method: Option<&str>| {
            span.is_some_and(|span| value.span.contains(span))
                && (matches!(purpose, Some(Purpose::Metric | Purpose::Validate))
                    || matches!(method, Some("score" | "evaluate")))
        };
        if self.facts.calls.iter().any(|call| measures(call.span, call.purpose, call.method.as_deref())) {
            return true;
        }
        let Some(root) = value.root_name().or_else(|| first_name(value)) else { return false };
        self.analysis.graph.dependencies_of(self.index).any(|d| {
            d.name == root && !d.mutation && {
                let from = &self.analysis.graph.statements[d.from];
                from.binds.contains_key(root) && is_metric_value(from, root)
            }
        })
    }

    /// A name for a value: the metric's, or the variable's.
    fn own_name(&self, value: &Expr) -> String {
        if let ExprKind::Name(name) = &value.kind {
            return snake(name);
        }
        let inside = |span: Option<Span>| span.is_some_and(|span| value.span.contains(span));
        let metric = self.facts.calls.iter().find(|call| inside(call.span) && call.metric.is_some());
        if let Some(name) = metric.and_then(|call| call.metric.as_deref()) {
            return snake(name);
        }
        let call = self.facts.calls.iter().find(|call| inside(call.span) && call.purpose == Some(Purpose::Metric));
        if let Some(function) = call.and_then(|call| call.function.as_deref()) {
            return snake(function.rsplit('.').next().unwrap_or(function));
        }
        value.root_name().map(snake).unwrap_or_default()
    }
}

fn is_text(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Str(_) | ExprKind::FString(_) => true,
        ExprKind::Binary { left, right, .. } => is_text(left) || is_text(right),
        ExprKind::Call { function, .. } => function.dotted().is_some_and(|p| p == ["str"]),
        _ => false,
    }
}

fn is_metric_value(facts: &StatementFacts, name: &str) -> bool {
    let validates = facts.calls.iter().any(|call| call.purpose == Some(Purpose::Validate));
    (validates || crate::classify::is_measure(facts))
        && !facts.types.get(name).is_some_and(|t| t.starts_with("sklearn."))
}

fn first_name(value: &Expr) -> Option<&str> {
    let mut found = None;
    value.walk(&mut |e| {
        if let (None, ExprKind::Name(name)) = (found, &e.kind) {
            found = Some(name.as_str());
        }
    });
    found
}

/// The text before a placeholder of an f-string.
fn f_string_label(before: &str) -> String {
    let text = match before.rfind('}') {
        Some(at) => &before[at + 1..],
        // The first one: what stands before the quotes is the string's prefix.
        None => before.trim_start_matches(|c: char| c.is_ascii_alphabetic()).trim_start_matches(['"', '\'']),
    };
    text.trim_end_matches('{').to_owned()
}

/// A label as a name, if it is short enough to be one: `Test RMSE:` is `test_rmse`.
fn label_name(label: &str) -> String {
    let line = label.rsplit("\\n").next().unwrap_or(label).rsplit('\n').find(|l| !l.trim().is_empty()).unwrap_or(label);
    let words = line.trim().trim_end_matches([':', '=', ' ', '-', '>']);
    let words = words.split(['(', '[', ',']).next().unwrap_or(words).replace('²', "2");
    let name = snake(&words);
    if name.split('_').count() <= 4 && words.is_ascii() && name.len() > 1 { name } else { String::new() }
}

/// The number that the notebook printed behind a label, if only one line of the cell's output has it.
fn printed(analysis: &Analysis, cell: usize, label: &str) -> Option<String> {
    let position = analysis.position(cell);
    let label = label.trim();
    if label.len() < 2 || label.contains(['\n', '\\', '{']) {
        return None;
    }
    let mut numbers = Vec::new();
    for output in &analysis.notebook.cells.get(position)?.outputs {
        let Output::Stream { text, .. } = output else { continue };
        for line in text.lines() {
            let Some(at) = line.find(label) else { continue };
            let rest = line[at + label.len()..].trim_start_matches([' ', ':', '=', '\t', '$']);
            let end =
                rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e'))).unwrap_or(rest.len());
            let next = rest[end..].chars().next();
            if rest[..end].parse::<f64>().is_ok() && !matches!(next, Some('%' | ',')) {
                numbers.push(rest[..end].to_owned());
            } else {
                return None;
            }
        }
    }
    match numbers.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// A statement's text as what measures and logs its results.
pub(super) fn code(results: &[(ResultPlan, String)], metrics: &str, logger: &str) -> String {
    let mut lines = Vec::new();
    for (result, code) in results {
        let expression = if code.contains('\n') { format!("({code})") } else { code.clone() };
        lines.push(format!("{metrics}[\"{}\"] = {expression}", result.name));
        lines.push(format!("{logger}.info(\"{}: %s\", {metrics}[\"{}\"])", result.name.replace('_', " "), result.name));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_become_names() {
        assert_eq!(label_name("Test RMSE: "), "test_rmse");
        assert_eq!(label_name("accuracy ="), "accuracy");
        assert_eq!(label_name("The final score of the whole model is"), "");
        assert_eq!(f_string_label("f\"ROC: {"), "ROC: ");
        assert_eq!(f_string_label("x:.3f}, f1 {"), ", f1 ");
    }
}
