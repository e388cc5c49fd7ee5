//! A production model that nobody has chosen.

use super::Finding;
use super::context::Context;
use super::registry::declare_rule;
use crate::classify::{Decision, telling_name};

declare_rule! {
    /// The production model is a best guess among equals.
    OPEN_MODEL_CHOICE = {
        name: "open-model-choice",
        code: "M106",
        summary: "The production model is a guess that nobody confirmed",
        level: Error,
        docs: "open_model_choice.md",
        check: Some(check),
    }
}

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    let classification = &context.analysis.classification;
    let Some(model) = classification.model.as_ref().filter(|model| model.decision == Decision::Open) else { return };
    let Some(candidate) = classification.candidates.get(model.candidate) else { return };
    let name = telling_name(candidate, &classification.candidates);
    findings.push(OPEN_MODEL_CHOICE.finding(
        context.place(candidate.fit),
        format!(
            "`{}` ({}) is a guess among {} models",
            candidate.variable,
            candidate.estimator,
            classification.candidates.len()
        ),
        format!("confirm it with `--model {name}`, or `model = \"{name}\"` in the configuration; or name another"),
    ));
}

#[cfg(test)]
mod tests {
    use super::super::testing::{borrowed, by_rule, churn};

    #[test]
    fn equal_candidates_leave_it_open() {
        let mut cells = churn("");
        cells.truncate(4);
        cells.push("a = LogisticRegression().fit(X_train, y_train)\nprint(a.score(X_test, y_test))".to_owned());
        cells.push(
            "b = RandomForestClassifier(random_state=0).fit(X_train, y_train)\nprint(b.score(X_test, y_test))"
                .to_owned(),
        );
        let found = by_rule(&borrowed(&cells), "open-model-choice");
        assert!(found.len() == 1 && found[0].help.contains("--model"), "{found:?}");
    }

    #[test]
    fn a_saved_model_is_evident() {
        assert_eq!(by_rule(&borrowed(&churn("")), "open-model-choice"), []);
    }
}
