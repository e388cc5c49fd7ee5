//! A test set that chose the model it then measures.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::context::Context;
use super::registry::declare_rule;
use crate::dataflow::{CallEvent, ObjectId};
use crate::knowledge::Purpose;

declare_rule! {
    /// Several models were measured on the rows that also give the final score.
    TEST_SET_USED_FOR_SELECTION = {
        name: "test-set-used-for-selection",
        code: "L301",
        summary: "Several models were measured on the final test set",
        level: Warning,
        docs: "test_set_used_for_selection.md",
        check: Some(check),
    }
}

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    let classification = &context.analysis.classification;
    let Some(model) = &classification.model else { return };
    let split = split_objects(context);
    let fitted = fitted_on(context);
    let predictions = predictions(context);
    // For each object that came out of a split: the candidates that were measured on it, and where the last was.
    let mut measured: BTreeMap<ObjectId, BTreeMap<usize, usize>> = BTreeMap::new();
    for statement in context.statements() {
        for call in statement.facts.calls.iter().filter(|call| is_measure(call)) {
            let mut candidates: BTreeSet<usize> = context.candidates_of(call).into_iter().collect();
            let arguments = || call.arguments.iter().flat_map(|(_, objects)| objects);
            candidates.extend(arguments().filter_map(|id| predictions.get(id)).flatten());
            for candidate in candidates {
                let training = fitted.get(&candidate);
                let held_out =
                    arguments().filter(|id| split.contains(id) && training.is_none_or(|used| !used.contains(id)));
                for object in held_out {
                    measured.entry(*object).or_default().insert(candidate, statement.index);
                }
            }
        }
    }
    let most = measured.values().filter(|by| by.contains_key(&model.candidate)).max_by_key(|by| by.len());
    let Some(by) = most.filter(|by| by.len() > 1) else { return };
    let Some(facts) = by.get(&model.candidate).and_then(|at| context.analysis.graph.statements.get(*at)) else {
        return;
    };
    findings.push(TEST_SET_USED_FOR_SELECTION.finding(
        context.place(facts.at),
        format!(
            "{} models were measured on the test set before one of them was taken: its score is optimistic",
            by.len()
        ),
        "choose by cross-validation on the training rows, and measure only the chosen model on the test set",
    ));
}

fn is_measure(call: &CallEvent) -> bool {
    call.purpose == Some(Purpose::Metric) || call.method.as_deref() == Some("score")
}

/// What came out of splits into sets.
fn split_objects(context: Context<'_>) -> BTreeSet<ObjectId> {
    let objects = &context.analysis.graph.objects;
    let mut found = BTreeSet::new();
    for call in context.statements().flat_map(|s| &s.facts.calls).filter(|call| call.purpose == Some(Purpose::Split)) {
        found.extend(call.result.iter().copied());
        found.extend(call.result.iter().filter_map(|id| objects.get(*id)).flat_map(|object| &object.held));
    }
    found
}

/// What each candidate was fitted on.
fn fitted_on(context: Context<'_>) -> BTreeMap<usize, BTreeSet<ObjectId>> {
    let mut found: BTreeMap<usize, BTreeSet<ObjectId>> = BTreeMap::new();
    let candidates = &context.analysis.classification.candidates;
    for call in context.statements().flat_map(|s| &s.facts.calls).filter(|call| call.purpose == Some(Purpose::Fit)) {
        for (index, candidate) in candidates.iter().enumerate() {
            if call.receiver_objects.iter().any(|id| candidate.objects.contains(id)) {
                found.entry(index).or_default().extend(call.arguments.iter().flat_map(|(_, objects)| objects));
            }
        }
    }
    found
}

/// Whose predictions an object is.
fn predictions(context: Context<'_>) -> BTreeMap<ObjectId, Vec<usize>> {
    let mut found: BTreeMap<ObjectId, Vec<usize>> = BTreeMap::new();
    for call in context.statements().flat_map(|s| &s.facts.calls).filter(|call| call.purpose == Some(Purpose::Predict))
    {
        let candidates = &context.analysis.classification.candidates;
        let of = candidates
            .iter()
            .enumerate()
            .filter(|(_, c)| call.receiver_objects.iter().any(|id| c.objects.contains(id)));
        let of: Vec<usize> = of.map(|(index, _)| index).collect();
        for result in &call.result {
            found.entry(*result).or_default().extend(&of);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::testing::{borrowed, by_rule, churn};

    const RULE: &str = "test-set-used-for-selection";

    #[test]
    fn a_second_model_on_the_same_test_set_is_found() {
        let mut cells = churn("");
        cells.insert(
            5,
            "lr = LogisticRegression().fit(X_train, y_train)\npred = lr.predict(X_test)\nprint(accuracy_score(y_test, pred))"
                .to_owned(),
        );
        let found = by_rule(&borrowed(&cells), RULE);
        assert!(found.len() == 1 && found[0].message.starts_with("2 models"), "{found:?}");
    }

    #[test]
    fn one_model_is_quiet() {
        assert_eq!(by_rule(&borrowed(&churn("")), RULE), []);
    }

    #[test]
    fn scores_on_training_rows_are_quiet() {
        let mut cells = churn("");
        cells
            .insert(5, "lr = LogisticRegression().fit(X_train, y_train)\nprint(lr.score(X_train, y_train))".to_owned());
        assert_eq!(by_rule(&borrowed(&cells), RULE), []);
    }
}
