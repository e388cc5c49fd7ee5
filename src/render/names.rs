//! Names that the notebook doesn't have: result classes, their fields, variables that hold them.

use std::collections::BTreeSet;

use crate::plan::StagePlan;
use crate::python::is_keyword;

/// The type of measured values.
pub(super) const METRICS_TYPE: &str = "dict[str, Any]";

/// Whether a stage returns several values, as a named tuple.
pub(crate) fn is_bundle(stage: &StagePlan) -> bool {
    stage.returns.len() + usize::from(!stage.results.is_empty()) > 1
}

/// The fields of a stage's named tuple, one for each of `returns`. A field can't begin with an underscore, nor hide what
/// tuples have.
pub(crate) fn result_fields(stage: &StagePlan) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    for value in &stage.returns {
        let bare = value.name.trim_start_matches('_');
        let mut field = if bare.is_empty() || bare.starts_with(|first: char| first.is_ascii_digit()) {
            format!("value{}", value.name)
        } else {
            bare.to_owned()
        };
        while matches!(field.as_str(), "count" | "index") || fields.contains(&field) || is_keyword(&field) {
            field.push('_');
        }
        fields.push(field);
    }
    fields
}

/// The field of a stage's named tuple that holds what it measures.
pub(crate) fn metrics_field(stage: &StagePlan) -> String {
    let fields = result_fields(stage);
    let mut field = "metrics".to_owned();
    while fields.contains(&field) {
        field.push('_');
    }
    field
}

/// The class that a stage returns: the planned one, or named after the stage's noun (`SplitResult`), not `taken`.
pub(super) fn result_class(stage: &StagePlan, taken: &BTreeSet<String>) -> String {
    let capitalised = |words: &str| words.split('_').map(capitalised).collect::<String>();
    stage.result_class.clone().unwrap_or_else(|| {
        [noun(&stage.function), &stage.function]
            .iter()
            .map(|words| format!("{}Result", capitalised(words)))
            .find(|name| is_free(name, taken))
            .unwrap_or_else(|| unused(&format!("{}Result", capitalised(&stage.function)), taken))
    })
}

/// A variable for what `function` returns, that is not `taken`: the stage's noun.
pub(super) fn variable(function: &str, taken: &BTreeSet<String>) -> String {
    let noun = noun(function);
    let object = function.split_once('_').map_or("", |(_, object)| object);
    [noun, object]
        .into_iter()
        .find(|name| is_free(name, taken))
        .map_or_else(|| unused(&format!("{noun}_result"), taken), ToOwned::to_owned)
}

/// The noun for what a function returns (`split_data`: split, `build_features`: features).
fn noun(function: &str) -> &str {
    let (verb, object) = function.split_once('_').unwrap_or((function, function));
    match verb {
        "split" => "split",
        "train" | "fit" => "training",
        "evaluate" | "score" | "assess" => "evaluation",
        "clean" => "cleaned",
        "predict" => "predictions",
        "tune" | "search" => "tuning",
        "scale" | "normalize" | "standardize" => "scaled",
        "encode" => "encoded",
        "save" | "write" | "export" => "saved",
        _ if object.is_empty() => function,
        _ => object,
    }
}

/// `name`, with a number if it is taken.
pub(super) fn unused(name: &str, taken: &BTreeSet<String>) -> String {
    let (mut free, mut number) = (name.to_owned(), 1);
    while !is_free(&free, taken) {
        number += 1;
        free = format!("{name}_{number}");
    }
    free
}

fn is_free(name: &str, taken: &BTreeSet<String>) -> bool {
    is_identifier(name) && !is_keyword(name) && !is_builtin(name) && !taken.contains(name)
}

/// Whether a text is a name.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|character| character.is_alphanumeric() || character == '_')
}

/// Builtins that a stage's noun could hide.
fn is_builtin(name: &str) -> bool {
    const BUILTINS: &[&str] = &[
        "all", "any", "dict", "dir", "filter", "format", "hash", "id", "input", "iter", "len", "list", "map", "max",
        "min", "object", "range", "set", "slice", "str", "sum", "tuple", "type", "vars",
    ];
    BUILTINS.contains(&name)
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{ResultPlan, Return};

    fn stage(function: &str, returns: &[&str], results: &[&str]) -> StagePlan {
        StagePlan {
            function: function.into(),
            returns: returns.iter().map(|name| Return { name: (*name).into(), ..Return::default() }).collect(),
            results: results.iter().map(|name| ResultPlan { name: (*name).into(), ..ResultPlan::default() }).collect(),
            ..StagePlan::default()
        }
    }

    #[test]
    fn fields_are_ones_that_a_named_tuple_may_have() {
        let stage = stage("f", &["_x", "x", "count", "index", "_", "_1", "metrics"], &["a"]);
        assert_eq!(result_fields(&stage), ["x", "x_", "count_", "index_", "value_", "value_1", "metrics"]);
        assert_eq!(metrics_field(&stage), "metrics_");
    }

    #[test]
    fn variables_collide_with_nothing() {
        let taken: BTreeSet<String> = ["split", "data", "training"].map(String::from).into();
        assert_eq!(variable("split_data", &taken), "split_result");
        assert_eq!(variable("train_model", &taken), "model");
        assert_eq!(variable("prepare_features", &taken), "features");
        assert_eq!(variable("load", &["load".to_owned()].into()), "load_result");
        assert_eq!(result_class(&stage("split_data", &[], &[]), &taken), "SplitResult");
        assert_eq!(result_class(&stage("build_features", &[], &[]), &taken), "FeaturesResult");
        let taken = ["SplitResult"].map(String::from).into();
        assert_eq!(result_class(&stage("split_data", &[], &[]), &taken), "SplitDataResult");
    }
}
