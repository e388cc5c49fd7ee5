//! Two models that are both saved.

use std::collections::BTreeMap;

use super::Finding;
use super::context::{Context, enumerate};
use super::registry::declare_rule;
use crate::classify::Decision;
use crate::knowledge::Purpose;

declare_rule! {
    /// A notebook that saves two models, or a repository with two production models.
    MORE_THAN_ONE_MODEL = {
        name: "more-than-one-model",
        code: "M101",
        summary: "More than one model claims to be the production model",
        level: Error,
        docs: "more_than_one_model.md",
        check: Some(check),
    }
}

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    let classification = &context.analysis.classification;
    if classification.model.as_ref().is_none_or(|model| model.decision == Decision::Chosen) {
        return;
    }
    // The last statement that saves each candidate, in file order.
    let mut saved: BTreeMap<usize, usize> = BTreeMap::new();
    for statement in context.statements() {
        for call in statement.facts.calls.iter().filter(|call| call.purpose == Some(Purpose::SaveModel)) {
            for candidate in context.candidates_of(call) {
                saved.insert(candidate, statement.index);
            }
        }
    }
    let mut distinct: Vec<usize> = Vec::new();
    for candidate in saved.keys() {
        // A search and its best estimator, a pipeline and its last step are one model.
        let objects = &classification.candidates[*candidate].objects;
        let same = |other: &usize| classification.candidates[*other].objects.iter().any(|id| objects.contains(id));
        if !distinct.iter().any(same) {
            distinct.push(*candidate);
        }
    }
    let Some(last) = distinct.iter().filter_map(|candidate| saved.get(candidate)).max() else { return };
    if distinct.len() < 2 {
        return;
    }
    let names: Vec<String> = distinct
        .iter()
        .map(|candidate| &classification.candidates[*candidate])
        .map(|candidate| format!("`{}` ({})", candidate.variable, candidate.estimator))
        .collect();
    let place = context.analysis.graph.statements.get(*last).and_then(|facts| context.place(facts.at));
    findings.push(MORE_THAN_ONE_MODEL.finding(
        place,
        format!("the notebook saves {}", enumerate(&names)),
        "say which one is the production model, with `--model NAME` or `model` in the configuration",
    ));
}

#[cfg(test)]
mod tests {
    use super::super::testing::{borrowed, by_rule, churn};

    #[test]
    fn two_saved_models_are_found() {
        let mut cells = churn("");
        cells.push("other = LogisticRegression().fit(X_train, y_train)\njoblib.dump(other, 'other.joblib')".to_owned());
        let found = by_rule(&borrowed(&cells), "more-than-one-model");
        assert!(found.len() == 1 && found[0].message.contains("`other`"), "{found:?}");
    }

    #[test]
    fn a_model_and_its_scaler_are_one() {
        let mut cells = churn("scaler = StandardScaler()\nX = scaler.fit_transform(X)");
        cells.push("joblib.dump(scaler, 'scaler.joblib')\njoblib.dump(model, 'again.joblib')".to_owned());
        assert_eq!(by_rule(&borrowed(&cells), "more-than-one-model"), []);
    }
}
