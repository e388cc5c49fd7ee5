//! `pipeline.run`: one plain call for each stage, in order.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use serde::Serialize;

use super::imports::Imports;
use super::names::{METRICS_TYPE, is_bundle, metrics_field, result_fields, unused, variable};
use super::text::{mentions, quoted};
use crate::plan::{ModulePlan, PackagePlan, StagePlan};

/// What the template needs to know of the pipeline.
#[derive(Debug, Serialize)]
pub(super) struct PipelineView {
    /// The import block.
    pub(super) imports: String,
    /// What the stages do, as a list of verbs.
    pub(super) steps: Vec<String>,
    /// The statements of `run`.
    pub(super) lines: Vec<String>,
    /// The fields of `RunResult` with their types; none if `run` returns nothing.
    pub(super) fields: Vec<String>,
    /// The values of `RunResult`, in the order of the fields.
    pub(super) values: Vec<String>,
    /// The expression that holds all that the stages measured.
    pub(super) metrics: Option<String>,
    /// Whether `run` takes a configuration.
    pub(super) config: bool,
}

/// One call of a stage.
struct Call<'a> {
    stage: &'a StagePlan,
    module: &'a ModulePlan,
    /// The variable that its result is bound to, if anything reads it.
    variable: Option<String>,
    /// The notebook's names that it provides, and the measured values, as expressions.
    values: BTreeMap<String, String>,
    metrics: Option<String>,
}

/// The stage and module of each call.
pub(crate) fn called(plan: &PackagePlan) -> anyhow::Result<Vec<(&ModulePlan, &StagePlan)>> {
    let find = |call: &crate::plan::StageCall| {
        let module = plan.modules.iter().find(|module| module.name == call.module)?;
        Some((module, module.stages.iter().find(|stage| stage.function == call.function)?))
    };
    let missing = |call: &crate::plan::StageCall| format!("no stage `{}` in module `{}`", call.function, call.module);
    plan.calls.iter().map(|call| find(call).with_context(|| missing(call))).collect()
}

/// Whether the measured values of several stages are merged under names that say which stage measured them.
fn clashing(stages: &[(&ModulePlan, &StagePlan)]) -> BTreeSet<String> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let mut clashing = BTreeSet::new();
    for (_, stage) in stages {
        for result in &stage.results {
            if let Some(other) = seen.insert(&result.name, &stage.function)
                && other != stage.function
            {
                clashing.extend([other.to_owned(), stage.function.clone()]);
            }
        }
    }
    clashing
}

/// The name among the metrics of `run` of what `stage` measures as `name`.
pub(super) fn metric_name(plan: &PackagePlan, stage: &str, name: &str) -> anyhow::Result<String> {
    let clash = clashing(&called(plan)?).contains(stage);
    Ok(if clash { metric(stage, name) } else { name.to_owned() })
}

impl PipelineView {
    /// The view of the plan's calls.
    pub(super) fn new(plan: &PackagePlan) -> anyhow::Result<Self> {
        let stages = called(plan)?;
        let mut calls = bind(plan, &stages);
        let mut imports = Imports::parse(["import logging"])?;
        for (module, stage) in &stages {
            imports.add(&format!("from {}.{} import {}", plan.package, module.name, stage.function))?;
        }
        if !plan.config.is_empty() {
            imports.add(&format!("from {}.config import Config, load_config", plan.package))?;
        }

        let (lines, scope, used) = statements(plan, &calls)?;
        let lines = calls
            .iter_mut()
            .zip(lines)
            .zip(used)
            .map(|((call, line), used)| match &call.variable {
                Some(variable) if used => format!("{variable} = {line}"),
                _ => line,
            })
            .collect();

        let (mut fields, mut values) = (Vec::new(), Vec::new());
        if let Some(model) = &plan.model
            && let Some(&last) = scope.get(model.holder())
            && let Some(expression) = calls[last].values.get(model.holder())
        {
            // One of several models comes with those that it was fitted beside.
            let alone = model.holder() == model.variable || matches!(model.holder(), "metrics" | "model");
            let field = if alone { "model" } else { model.holder() };
            fields.push(format!("{field}: {}", annotation(plan, &calls[last], model.holder(), &mut imports)?));
            values.push(expression.clone());
        }
        let metrics = merged_metrics(&calls, &clashing(&stages));
        if let Some(metrics) = &metrics {
            fields.push(format!("metrics: {METRICS_TYPE}"));
            values.push(metrics.name.clone());
        }
        let mut view = Self {
            imports: String::new(),
            steps: steps(&stages),
            lines,
            fields,
            values,
            metrics: metrics.as_ref().map(|metrics| metrics.name.clone()),
            config: !plan.config.is_empty(),
        };
        view.lines.extend(metrics.and_then(|metrics| metrics.statement));
        if !view.fields.is_empty() {
            imports.add("from typing import NamedTuple")?;
        }
        if view.fields.iter().any(|field| mentions(field, "Any")) {
            imports.add("from typing import Any")?;
        }
        view.imports = imports.render(&plan.package);
        Ok(view)
    }
}

/// Chooses the variables of `run` so that they hide nothing.
fn bind<'a>(plan: &PackagePlan, stages: &[(&'a ModulePlan, &'a StagePlan)]) -> Vec<Call<'a>> {
    let fixed = [
        "config",
        "logger",
        "logging",
        "run",
        "Config",
        "load_config",
        "RunResult",
        "NamedTuple",
        "Any",
        "name",
        "value",
    ];
    let mut hidden: BTreeSet<String> = fixed.map(String::from).into();
    hidden.extend(stages.iter().map(|(_, stage)| stage.function.clone()));
    hidden.extend(plan.modules.iter().flat_map(|module| &module.definitions).map(|definition| definition.name.clone()));
    let mut taken = hidden.clone();
    for (_, stage) in stages {
        taken.extend(stage.params.iter().map(|param| param.name.clone()));
        taken.extend(stage.returns.iter().map(|value| value.name.clone()));
    }
    let measuring = stages.iter().filter(|(_, stage)| !stage.results.is_empty()).count();
    let mut calls = Vec::new();
    for (module, stage) in stages {
        let bundle = is_bundle(stage);
        let name = match stage.returns.first() {
            Some(value) if !bundle => Some(unused(&value.name, &hidden)),
            None if measuring == 1 && !stage.results.is_empty() => Some(unused("metrics", &taken)),
            None if stage.results.is_empty() => None,
            _ => Some(variable(&stage.function, &taken)),
        };
        taken.extend(name.clone());
        let of = |field: &str| {
            let name = name.as_deref().unwrap_or_default();
            if bundle { format!("{name}.{field}") } else { name.to_owned() }
        };
        let fields = result_fields(stage);
        let values = stage.returns.iter().zip(&fields).map(|(value, field)| (value.name.clone(), of(field))).collect();
        let metrics = (!stage.results.is_empty()).then(|| of(&metrics_field(stage)));
        calls.push(Call { stage, module, variable: name, values, metrics });
    }
    calls
}

/// Which call last provided each name.
type Scope<'a> = BTreeMap<&'a str, usize>;

/// The calls as expressions, the scope at the end, and for each call whether anything reads its result.
fn statements<'a>(plan: &PackagePlan, calls: &[Call<'a>]) -> anyhow::Result<(Vec<String>, Scope<'a>, Vec<bool>)> {
    let mut scope = Scope::new();
    let mut used: Vec<bool> = calls.iter().map(|call| call.metrics.is_some()).collect();
    let mut lines = Vec::new();
    for (index, call) in calls.iter().enumerate() {
        let mut arguments = Vec::new();
        for param in &call.stage.params {
            let Some(&source) = scope.get(param.name.as_str()) else {
                bail!("`{}` needs `{}`, which no stage before it returns", call.stage.function, param.name);
            };
            used[source] = true;
            arguments.extend(calls[source].values.get(&param.name).cloned());
        }
        arguments.extend(call.stage.config.as_ref().map(|section| format!("config.{section}")));
        lines.push(format!("{}({})", call.stage.function, arguments.join(", ")));
        scope.extend(call.stage.returns.iter().map(|value| (value.name.as_str(), index)));
    }
    if let Some(&source) = plan.model.as_ref().and_then(|model| scope.get(model.holder())) {
        used[source] = true;
    }
    Ok((lines, scope, used))
}

/// The type of a stage's value, as far as it can be written in another module.
fn annotation(plan: &PackagePlan, call: &Call, name: &str, imports: &mut Imports) -> anyhow::Result<String> {
    let annotation =
        call.stage.returns.iter().find(|value| value.name == name).map_or("Any", |value| &value.annotation);
    let dotted = annotation.chars().all(|character| character.is_alphanumeric() || matches!(character, '_' | '.'));
    let root = annotation.split('.').next().unwrap_or_default();
    let origin = if call.module.definitions.iter().any(|definition| definition.name == root) {
        Some(format!("from {}.{} import {root}", plan.package, call.module.name))
    } else {
        Imports::parse(call.module.imports.iter().map(String::as_str))?.binding(root)
    };
    match origin {
        Some(statement) if dotted => {
            imports.add(&statement)?;
            Ok(annotation.to_owned())
        }
        _ => Ok(match annotation {
            "bool" | "float" | "int" | "str" => annotation,
            "dict" => "dict[Any, Any]",
            "list" => "list[Any]",
            "set" => "set[Any]",
            "tuple" => "tuple[Any, ...]",
            _ => "Any",
        }
        .to_owned()),
    }
}

/// What all stages measured.
struct Metrics {
    /// The statement that merges them, if it takes one.
    statement: Option<String>,
    /// The expression that holds them.
    name: String,
}

fn merged_metrics(calls: &[Call], clashing: &BTreeSet<String>) -> Option<Metrics> {
    let mut parts: Vec<String> = Vec::new();
    for call in calls {
        if let Some(metrics) = &call.metrics {
            parts.push(if clashing.contains(&call.stage.function) {
                let entry =
                    |name| format!("{}: {metrics}[{}]", quoted(&metric(&call.stage.function, name)), quoted(name));
                let entries: Vec<String> = call.stage.results.iter().map(|result| entry(&result.name)).collect();
                format!("{{{}}}", entries.join(", "))
            } else {
                metrics.clone()
            });
        }
    }
    match parts.as_slice() {
        [] => None,
        [one] => Some(Metrics { statement: None, name: one.clone() }),
        _ => {
            let taken = calls.iter().filter_map(|call| call.variable.clone()).collect();
            let name = unused("metrics", &taken);
            Some(Metrics { statement: Some(format!("{name} = {}", parts.join(" | "))), name })
        }
    }
}

/// The name of a metric that several stages have.
fn metric(stage: &str, name: &str) -> String {
    format!("{stage}_{name}")
}

/// The verbs of the stages, each once.
pub(super) fn steps(stages: &[(&ModulePlan, &StagePlan)]) -> Vec<String> {
    let mut steps: Vec<String> = Vec::new();
    for (_, stage) in stages {
        let verb = stage.function.split('_').find(|word| !word.is_empty()).unwrap_or_default().to_lowercase();
        if !steps.contains(&verb) {
            steps.push(verb);
        }
    }
    steps
}
