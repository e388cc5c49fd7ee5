//! Formulas of models (`"y ~ np.log(x)"`): texts whose names are looked up where the model is made.

use std::collections::BTreeSet;

use crate::analysis::Analysis;
use crate::syntax::ast::ExprKind;

/// The names that the formulas of production use as functions or modules, if a statement hands one to a library that
/// evaluates it.
pub(super) fn names(analysis: &Analysis, index: usize) -> BTreeSet<String> {
    let evaluates = analysis.graph.statements[index].calls.iter().any(|call| {
        let function = call.function.as_deref().unwrap_or_default();
        ["statsmodels.formula.", "patsy."].iter().any(|library| function.starts_with(library))
            || call.method.as_deref() == Some("from_formula")
            || function.ends_with(".from_formula")
    });
    if !evaluates {
        return BTreeSet::new();
    }
    let mut found = BTreeSet::new();
    for (facts, verdict) in analysis.graph.statements.iter().zip(&analysis.classification.statements) {
        let Some(statement) = analysis.statement(facts.at).filter(|_| verdict.is_packaged()) else { continue };
        statement.walk_expressions(&mut |e| {
            if let ExprKind::Str(text) = &e.kind
                && text.contains('~')
            {
                found.extend(called(text));
            }
        });
    }
    found
}

/// The names in a text that an attribute or a call follows, and that are no attributes themselves.
fn called(text: &str) -> Vec<String> {
    let in_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find(in_name).map(|at| from + at) {
        let end = text[start..].find(|c| !in_name(c)).map_or(text.len(), |at| start + at);
        let follows = text[end..].starts_with(['.', '(']);
        let attribute = text[..start].ends_with('.');
        let number = text[start..].starts_with(|c: char| c.is_ascii_digit());
        if follows && !attribute && !number {
            found.push(text[start..end].to_owned());
        }
        from = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::called;

    #[test]
    fn functions_and_modules_of_a_formula_are_found() {
        assert_eq!(called("y ~ x1 + np.sin(x1) + I((x1 - 5.0)**2) + scaled(x2)"), ["np", "I", "scaled"]);
        assert!(called("a ~ b").is_empty());
    }
}
