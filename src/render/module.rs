//! A module with stages and definitions.

use std::collections::BTreeSet;

use anyhow::Context;
use serde::Serialize;

use super::imports::Imports;
use super::names::result_class;
use super::stage::StageView;
use super::text::mentions;
use crate::plan::{Definition, ModulePlan, PackagePlan};

/// What the template needs to know of a module.
#[derive(Debug, Serialize)]
pub(super) struct ModuleView {
    docstring: String,
    imports: String,
    /// Import blocks (`try: import a except ImportError: …`): definitions without a name.
    guarded_imports: Vec<String>,
    /// The name of the logger, if the module logs.
    logger: Option<String>,
    definitions: Vec<String>,
    stages: Vec<StageView>,
}

impl ModuleView {
    /// The view of `module`.
    pub(super) fn new(module: &ModulePlan, plan: &PackagePlan) -> anyhow::Result<Self> {
        let mut imports = Imports::parse(module.imports.iter().map(String::as_str))?;
        let mut taken: BTreeSet<String> = module.definitions.iter().map(|definition| definition.name.clone()).collect();
        let mut stages = Vec::new();
        for stage in &module.stages {
            let config = match &stage.config {
                Some(section) => Some(config_class(plan, section)?),
                None => None,
            };
            if let Some(config) = config {
                imports.add(&format!("from {}.config import {config}", plan.package))?;
            }
            let class = result_class(stage, &taken);
            let view = StageView::new(stage, &class, config, &plan.scaffold);
            if view.class.is_some() {
                taken.insert(class);
                imports.add("from typing import NamedTuple")?;
            }
            if view.mentions_any() {
                imports.add("from typing import Any")?;
            }
            stages.push(view);
        }
        let logger = &plan.scaffold.logger;
        let logs = module.logs
            && (stages.iter().any(|stage| stage.uses(logger))
                || module.definitions.iter().any(|definition| mentions(&definition.code, logger)));
        if logs {
            imports.add("import logging")?;
        }
        let (guarded, definitions): (Vec<&Definition>, Vec<&Definition>) =
            module.definitions.iter().partition(|definition| definition.name.is_empty());
        let code =
            |definitions: Vec<&Definition>| definitions.iter().map(|definition| definition.code.clone()).collect();
        Ok(Self {
            docstring: module.docstring.clone(),
            imports: imports.render(&plan.package),
            logger: logs.then(|| logger.clone()),
            guarded_imports: code(guarded),
            definitions: code(definitions),
            stages,
        })
    }
}

fn config_class<'a>(plan: &'a PackagePlan, section: &str) -> anyhow::Result<&'a str> {
    let found = plan.config.iter().find(|candidate| candidate.name == section);
    Ok(&found.with_context(|| format!("the configuration has no section `{section}`"))?.class)
}
