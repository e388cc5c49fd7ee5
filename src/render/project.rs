//! The project's own files: metadata, tools, the way in for people.

use std::collections::BTreeSet;

use serde::Serialize;

use super::FileTree;
use super::checks::local;
use super::imports::Imports;
use super::lint::habits;
use super::pipeline::PipelineView;
use super::text::quoted;
use crate::plan::PackagePlan;

/// What the templates need to know of the project.
#[derive(Debug, Serialize)]
pub(super) struct ProjectView {
    /// Requirements, as TOML strings.
    dependencies: Vec<String>,
    /// Patterns of all third-party modules, as TOML strings.
    third_party: Vec<String>,
    /// The package's modules that hold the notebook's code, as TOML strings.
    modules: Vec<String>,
    /// Files with rules that the notebook's code may break, as TOML.
    habits: Vec<(String, Vec<String>)>,
    /// What the pipeline does, as verbs.
    steps: Vec<String>,
    /// Files that the pipeline writes.
    outputs: Vec<String>,
    /// What to keep out of version control.
    ignored: Vec<String>,
    /// Whether there is a configuration.
    config: bool,
    /// Whether the paths are the notebook's.
    files: bool,
}

impl ProjectView {
    /// The view of the plan, the modules being in `tree`.
    pub(super) fn new(plan: &PackagePlan, tree: &FileTree, pipeline: &PipelineView) -> anyhow::Result<Self> {
        let requirement = |r: &crate::plan::Requirement| format!("{}{}", r.distribution, r.specifier);
        let dependencies: BTreeSet<String> = plan.requirements.iter().map(requirement).collect();
        let required = plan.requirements.iter().flat_map(|requirement| &requirement.imports);
        let mut third_party: BTreeSet<String> =
            required.filter_map(|import| import.split('.').next()).map(ToOwned::to_owned).collect();
        for module in &plan.modules {
            third_party.extend(Imports::parse(module.imports.iter().map(String::as_str))?.third_party(&plan.package));
        }
        let outputs = local(&plan.outputs);
        let habits = plan.modules.iter().filter_map(|module| {
            let path = format!("src/{}/{}.py", plan.package, module.name);
            let rules = habits(tree.get(&path)?);
            (!rules.is_empty()).then(|| (quoted(&path), rules.into_iter().map(quoted).collect()))
        });
        Ok(Self {
            dependencies: dependencies.iter().map(|text| quoted(text)).collect(),
            third_party: third_party.iter().map(|name| quoted(&format!("{name}.*"))).collect(),
            modules: plan.modules.iter().map(|m| quoted(&format!("{}.{}", plan.package, m.name))).collect(),
            habits: habits.collect(),
            steps: pipeline.steps.clone(),
            ignored: outputs.iter().filter(|path| !path.starts_with("..")).map(|path| format!("/{path}")).collect(),
            outputs: outputs.iter().map(|path| (*path).to_owned()).collect(),
            config: pipeline.config,
            files: !plan.inputs.is_empty() || !plan.outputs.is_empty(),
        })
    }
}
