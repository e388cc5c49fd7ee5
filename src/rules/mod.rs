//! Findings by rule. A rule is one file: metadata, documentation, detection; a new one is a new file and one line here.

mod context;
mod finding;
mod registry;
mod secret;
mod suppression;
#[cfg(test)]
mod testing;

mod asks_at_run_time;
mod candidates_not_shipped;
mod code_not_understood;
mod contradictory_marks;
mod displayed_value;
mod forced_exploration;
mod hyperparameter_search;
mod machine_path;
mod mark_without_effect;
mod model_picked_at_run_time;
mod more_than_one_model;
mod network_read;
mod opaque_code;
mod open_model_choice;
mod out_of_order_execution;
mod repository;
mod secret_in_notebook;
mod shell_or_magic;
mod statistic_before_split;
mod test_set_used_for_selection;
mod undefined_name;
mod unseeded_randomness;
mod used_before_definition;

pub(crate) use asks_at_run_time::questions;
pub use context::Context;
pub use finding::{Finding, Level, Place};
pub use registry::{Rule, cost, get, registry};
pub(crate) use repository::{
    NOTEBOOK_IN_PACKAGE, PACKAGE_OUT_OF_STEP, SECOND_ESTIMATOR_IN_PRODUCTION, UNREADABLE_LOCK, UNREADABLE_NOTEBOOK,
};
pub use secret::{Redactor, Secret, known_secrets, may_hold_secret};
pub use suppression::apply as apply_suppressions;

pub(crate) use more_than_one_model::MORE_THAN_ONE_MODEL;
pub(crate) use open_model_choice::OPEN_MODEL_CHOICE;
pub(crate) use secret_in_notebook::SECRET_IN_NOTEBOOK;
pub use secret_in_notebook::in_text as secrets_in_text;

use crate::analysis::Analysis;

/// What the rules for notebooks have to say about one, in the order of its cells.
#[must_use]
pub fn run(analysis: &Analysis) -> Vec<Finding> {
    let context = Context::new(analysis);
    let mut findings = Vec::new();
    for check in registry().iter().filter_map(|rule| rule.check) {
        check(context, &mut findings);
    }
    suppression::apply(analysis, &mut findings);
    findings.sort_by(|a, b| key(a).cmp(&key(b)));
    findings.dedup();
    findings
}

/// What [`SECRET_IN_NOTEBOOK`] alone has to say; it needs no graph.
#[must_use]
pub fn secrets(analysis: &Analysis) -> Vec<Finding> {
    let mut findings = Vec::new();
    secret_in_notebook::check(Context::new(analysis), &mut findings);
    suppression::apply(analysis, &mut findings);
    // Suppressions of other rules are for those who look for them.
    findings.retain(|finding| finding.rule == SECRET_IN_NOTEBOOK.name);
    findings
}

/// The order of findings: by cell, line, rule; what is about the whole notebook first.
fn key(finding: &Finding) -> (Option<usize>, (usize, usize), &'static str, &str) {
    let place = finding.place.as_ref();
    let cell = place.and_then(|place| place.position);
    (cell, place.map(|place| place.lines).unwrap_or_default(), finding.rule, &finding.message)
}

/// Whether a finding says that no package can be made: production reads a name that is not there.
#[must_use]
pub fn stops_extraction(finding: &Finding) -> bool {
    let names = [undefined_name::UNDEFINED_NAME.name, used_before_definition::USED_BEFORE_DEFINITION.name];
    finding.blocking && names.contains(&finding.rule)
}
