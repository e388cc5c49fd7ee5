//! Models that the package does not have.

use super::Finding;
use super::context::{Context, enumerate};
use super::registry::declare_rule;
use crate::classify::Candidate;

declare_rule! {
    /// Models that were fitted and stay out of the package.
    CANDIDATES_NOT_SHIPPED = {
        name: "candidates-not-shipped",
        code: "M102",
        summary: "Other models were fitted and stay out of the package",
        level: Info,
        docs: "candidates_not_shipped.md",
        check: Some(check),
    }
}

/// How many models are named.
const LISTED: usize = 6;

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    let classification = &context.analysis.classification;
    let Some(model) = &classification.model else { return };
    let others: Vec<&Candidate> = classification
        .candidates
        .iter()
        .enumerate()
        .filter(|(index, other)| *index != model.candidate && !context.is_kept(other.fit_statement))
        .map(|(_, other)| other)
        .collect();
    let Some(first) = others.first() else { return };
    let mut names: Vec<String> = others
        .iter()
        .map(|other| format!("`{}` ({}) in {}", other.variable, other.estimator, context.cell_name(other.fit.cell)))
        .collect();
    names.dedup();
    if names.len() > LISTED {
        let more = names.len() - LISTED;
        names.truncate(LISTED);
        names.push(format!("{more} more"));
    }
    findings.push(CANDIDATES_NOT_SHIPPED.finding(
        context.place(first.fit),
        format!("not in the package: {}", enumerate(&names)),
        "name another model with `--model NAME` if one of them is meant",
    ));
}

#[cfg(test)]
mod tests {
    use super::super::testing::{borrowed, by_rule, churn};

    #[test]
    fn other_models_are_listed() {
        let mut cells = churn("");
        cells.insert(5, "lr = LogisticRegression().fit(X_train, y_train)\nprint(lr.score(X_test, y_test))".to_owned());
        let found = by_rule(&borrowed(&cells), "candidates-not-shipped");
        assert!(found.len() == 1 && found[0].message.contains("`lr` (LogisticRegression) in cell 5"), "{found:?}");
    }

    #[test]
    fn a_single_model_is_quiet() {
        assert_eq!(by_rule(&borrowed(&churn("")), "candidates-not-shipped"), []);
    }
}
