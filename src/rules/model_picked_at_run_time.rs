//! A production model that the notebook picks when it runs.

use super::Finding;
use super::context::Context;
use super::registry::declare_rule;

declare_rule! {
    /// Which of several models is the production model is decided by the code.
    MODEL_PICKED_AT_RUN_TIME = {
        name: "model-picked-at-run-time",
        code: "M108",
        summary: "Which model goes to production is decided anew in every run",
        level: Warning,
        docs: "model_picked_at_run_time.md",
        check: Some(check),
    }
}

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    let classification = &context.analysis.classification;
    let Some(model) = &classification.model else { return };
    let Some(candidate) = classification.candidates.get(model.candidate) else { return };
    let Some(picked) = model.picked else { return };
    findings.push(MODEL_PICKED_AT_RUN_TIME.finding(
        context.place(picked),
        format!(
            "`{}` is picked when the pipeline runs: every run fits all of its rivals, and may ship another one",
            candidate.variable
        ),
        format!(
            "keep it, or freeze the choice: fit the winner alone in the notebook (`{}` by its saved outputs) and extract again",
            candidate.estimator
        ),
    ));
}

#[cfg(test)]
mod tests {
    use super::super::testing::{borrowed, by_rule, churn};

    const RULE: &str = "model-picked-at-run-time";

    #[test]
    fn a_maximum_of_scores_picks() {
        let mut cells = churn("");
        cells.truncate(4);
        cells.push(
            "models = {'a': LogisticRegression(), 'b': RandomForestClassifier(random_state=0)}\nscores = {}\n\
             for name, m in models.items():\n    m.fit(X_train, y_train)\n    scores[name] = m.score(X_test, y_test)"
                .to_owned(),
        );
        cells.push(
            "best = models[max(scores, key=scores.get)]\nimport joblib\njoblib.dump(best, 'best.joblib')".to_owned(),
        );
        let found = by_rule(&borrowed(&cells), RULE);
        assert!(found.len() == 1 && found[0].message.contains("picked"), "{found:?}");
    }

    #[test]
    fn a_model_that_is_written_down_is_quiet() {
        assert_eq!(by_rule(&borrowed(&churn("")), RULE), []);
    }
}
