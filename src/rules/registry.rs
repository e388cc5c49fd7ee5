//! The rules there are.

use super::context::Context;
use super::finding::{Finding, Level, Place};
use crate::diagnostics::{Failure, nearest};

/// A rule: what it is called, what it is about, how it is detected.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its kebab-case name: its identity. It names the pattern, so that "ignore …" reads well.
    pub name: &'static str,
    /// Its short code.
    pub code: &'static str,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// The level of its findings, unless the configuration says otherwise.
    pub level: Level,
    /// What it does, why it matters, its limits, an example; Markdown.
    pub docs: &'static str,
    /// Looks at a notebook; none for a rule about a repository, which `check` applies.
    pub check: Option<fn(Context<'_>, &mut Vec<Finding>)>,
}

impl Rule {
    /// A finding of this rule.
    #[must_use]
    pub fn finding(&self, place: Option<Place>, message: impl Into<String>, help: impl Into<String>) -> Finding {
        Finding {
            rule: self.name,
            code: self.code,
            level: self.level,
            blocking: false,
            place,
            message: message.into(),
            help: help.into(),
        }
    }

    /// A finding without which the package can't be trusted, if `blocking`.
    #[must_use]
    pub fn decision(
        &self,
        blocking: bool,
        place: Option<Place>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Finding {
        Finding { blocking, ..self.finding(place, message, help) }
    }
}

/// Declares a rule; its documentation is the Markdown file of the given name in this folder.
macro_rules! declare_rule {
    ($(#[$doc:meta])* $name:ident = {
        name: $kebab:literal,
        code: $code:literal,
        summary: $summary:literal,
        level: $level:ident,
        docs: $docs:literal,
        check: $check:expr $(,)?
    }) => {
        $(#[$doc])*
        pub(crate) static $name: $crate::rules::Rule = $crate::rules::Rule {
            name: $kebab,
            code: $code,
            summary: $summary,
            level: $crate::rules::Level::$level,
            docs: include_str!($docs),
            check: $check,
        };
    };
}
pub(super) use declare_rule;

/// All rules, what costs most if it is overlooked first.
static REGISTRY: &[&Rule] = &[
    &super::undefined_name::UNDEFINED_NAME,
    &super::used_before_definition::USED_BEFORE_DEFINITION,
    &super::secret_in_notebook::SECRET_IN_NOTEBOOK,
    &super::forced_exploration::FORCED_EXPLORATION_IS_NEEDED,
    &super::model_picked_at_run_time::MODEL_PICKED_AT_RUN_TIME,
    &super::more_than_one_model::MORE_THAN_ONE_MODEL,
    &super::open_model_choice::OPEN_MODEL_CHOICE,
    &super::repository::SECOND_ESTIMATOR_IN_PRODUCTION,
    &super::shell_or_magic::SHELL_OR_MAGIC_IN_PRODUCTION,
    &super::asks_at_run_time::ASKS_AT_RUN_TIME,
    &super::displayed_value::DISPLAYED_VALUE_IN_PRODUCTION,
    &super::repository::MODULE_BESIDE_NOTEBOOK,
    &super::code_not_understood::CODE_NOT_UNDERSTOOD,
    &super::opaque_code::OPAQUE_CODE,
    &super::contradictory_marks::CONTRADICTORY_MARKS,
    &super::mark_without_effect::MARK_WITHOUT_EFFECT,
    &super::test_set_used_for_selection::TEST_SET_USED_FOR_SELECTION,
    &super::out_of_order_execution::OUT_OF_ORDER_EXECUTION,
    &super::repository::PACKAGE_OUT_OF_STEP,
    &super::repository::NOTEBOOK_IN_PACKAGE,
    &super::unseeded_randomness::UNSEEDED_RANDOMNESS,
    &super::machine_path::MACHINE_PATH,
    &super::network_read::NETWORK_READ,
    &super::hyperparameter_search::HYPERPARAMETER_SEARCH_IN_TRAINING,
    &super::statistic_before_split::STATISTIC_BEFORE_SPLIT,
    &super::candidates_not_shipped::CANDIDATES_NOT_SHIPPED,
    &super::repository::UNREADABLE_LOCK,
    &super::repository::UNREADABLE_NOTEBOOK,
    &super::suppression::SUPPRESSION_WITHOUT_REASON,
    &super::suppression::UNUSED_SUPPRESSION,
];

/// All rules.
#[must_use]
pub fn registry() -> &'static [&'static Rule] {
    REGISTRY
}

/// The rule of this name or code.
///
/// # Errors
///
/// If there is none; the hint names the nearest.
pub fn get(name: &str) -> Result<&'static Rule, Failure> {
    let found = REGISTRY.iter().find(|rule| rule.name == name || rule.code.eq_ignore_ascii_case(name));
    found.copied().ok_or_else(|| {
        let failure = Failure::new(format!("there is no rule `{name}`"));
        match nearest(name, REGISTRY.iter().map(|rule| rule.name)) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint("`nb2pkg rule --all` lists them"),
        }
    })
}

/// A rule's place among all: the smaller, the more it costs to overlook. Rules of other phases come last.
#[must_use]
pub fn cost(name: &str) -> usize {
    REGISTRY.iter().position(|rule| rule.name == name).unwrap_or(REGISTRY.len())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_and_codes_are_unique_and_well_formed() {
        let names: BTreeSet<&str> = REGISTRY.iter().map(|rule| rule.name).collect();
        let codes: BTreeSet<&str> = REGISTRY.iter().map(|rule| rule.code).collect();
        assert_eq!(names.len(), REGISTRY.len());
        assert_eq!(codes.len(), REGISTRY.len());
        for rule in REGISTRY {
            assert!(rule.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", rule.name);
            assert!(!rule.summary.ends_with('.') && rule.summary.len() < 80, "{}", rule.name);
        }
    }

    #[test]
    fn every_rule_is_documented() {
        for rule in REGISTRY {
            assert!(rule.docs.starts_with(&format!("# {} ({})\n", rule.name, rule.code)), "{}", rule.name);
            for heading in ["## What it does", "## Why it matters", "## Known limits", "## Example"] {
                assert!(rule.docs.contains(heading), "{} lacks {heading}", rule.name);
            }
        }
    }

    #[test]
    fn rules_are_found_by_name_and_code() {
        assert_eq!(get("undefined-name").expect("known").code, "H103");
        assert_eq!(get("h103").expect("known").name, "undefined-name");
        let failure = get("undefined-nmae").expect_err("unknown");
        assert!(failure.hints[0].contains("`undefined-name`"));
    }
}
