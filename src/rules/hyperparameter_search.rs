//! A search for settings that runs at every training.

use super::Finding;
use super::context::Context;
use super::registry::declare_rule;
use crate::dataflow::CallEvent;
use crate::knowledge::{Kind, Purpose, knowledge, shorten};

declare_rule! {
    /// Training in production searches for hyper-parameters again.
    HYPERPARAMETER_SEARCH_IN_TRAINING = {
        name: "hyperparameter-search-in-training",
        code: "M103",
        summary: "Training searches for hyper-parameters at every run",
        level: Warning,
        docs: "hyperparameter_search.md",
        check: Some(check),
    }
}

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    for statement in context.production() {
        if let Some((call, name)) = statement.facts.calls.iter().find_map(|call| Some((call, search(call)?))) {
            findings.push(HYPERPARAMETER_SEARCH_IN_TRAINING.finding(
                context.part(statement.facts.at, call.span),
                format!("production runs the search {name} at every training"),
                "keep it if new data should choose new settings; otherwise write the best ones into the configuration",
            ));
        }
    }
}

/// The search that a call runs.
fn search(call: &CallEvent) -> Option<&str> {
    if call.function.as_deref().is_some_and(|name| name.ends_with("Study.optimize")) {
        return Some("optuna");
    }
    let receiver = call.receiver_type.as_deref()?;
    let runs = call.purpose == Some(Purpose::Fit) && knowledge().kind(receiver) == Some(Kind::Search);
    runs.then(|| shorten(receiver))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{borrowed, by_rule, churn};

    #[test]
    fn a_search_in_production_is_found() {
        let cells: Vec<String> = churn("")
            .iter()
            .map(|code| {
                code.replace(
                    "model = RandomForestClassifier(random_state=0)",
                    "model = GridSearchCV(RandomForestClassifier(random_state=0), {'max_depth': [2, 3]})",
                )
            })
            .collect();
        let found = by_rule(&borrowed(&cells), "hyperparameter-search-in-training");
        assert!(found.len() == 1 && found[0].message.contains("GridSearchCV"), "{found:?}");
    }

    #[test]
    fn plain_fits_are_quiet() {
        assert_eq!(by_rule(&borrowed(&churn("")), "hyperparameter-search-in-training"), []);
    }
}
