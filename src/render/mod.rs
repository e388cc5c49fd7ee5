//! From a plan to the files of a package, in memory. Fails only where the tool itself is wrong: a template that doesn't
//! fit, or generated code that is no Python.

mod checks;
mod config;
mod format;
mod imports;
mod indent;
mod lint;
mod module;
pub(crate) mod names;
pub(crate) mod pipeline;
mod project;
mod stage;
mod templates;
mod text;

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use serde::Serialize;

use crate::plan::PackagePlan;
use checks::ChecksView;
use config::ConfigView;
use format::format_python;
use module::ModuleView;
use pipeline::PipelineView;
use project::ProjectView;
use templates::Templates;

/// Files by their path in the package, with `/`.
pub type FileTree = BTreeMap<String, String>;

/// Modules that every package has, or may have.
const OWN_MODULES: &[&str] = &["__init__", "__main__", "config", "pipeline"];

/// The files of the package, all but the review and the lock.
///
/// # Errors
///
/// If a plan can't be rendered as Python; the message names the module.
pub fn render(plan: &PackagePlan) -> anyhow::Result<FileTree> {
    let mut files = Files { tree: FileTree::new(), templates: Templates::new()?, plan };
    let source = format!("src/{}", plan.package);
    for module in &plan.modules {
        let name = &module.name;
        ensure!(!OWN_MODULES.contains(&name.as_str()), "the module `{name}` would replace one of the package's own");
        let view = ModuleView::new(module, plan).with_context(|| format!("module `{name}`"))?;
        files.add(format!("{source}/{name}.py"), "module.py", &view)?;
    }
    let pipeline = PipelineView::new(plan).context("module `pipeline`")?;
    files.add(format!("{source}/pipeline.py"), "pipeline.py", &pipeline)?;
    files.add(format!("{source}/__init__.py"), "init.py", &())?;
    files.add(format!("{source}/__main__.py"), "main.py", &pipeline)?;
    files.tree.insert(format!("{source}/py.typed"), String::new());
    if pipeline.config {
        let config = ConfigView::new(plan);
        files.add(format!("{source}/config.py"), "config.py", &config)?;
        files.add(format!("{source}/config.toml"), "config.toml", &config)?;
        files.add("tests/test_config.py".to_owned(), "test_config.py", &config)?;
    }
    let checks = ChecksView::new(plan, &pipeline)?;
    files.add("tests/conftest.py".to_owned(), "conftest.py", &checks)?;
    files.add("tests/test_pipeline.py".to_owned(), "test_pipeline.py", &checks)?;
    let project = ProjectView::new(plan, &files.tree, &pipeline)?;
    files.add("pyproject.toml".to_owned(), "pyproject.toml", &project)?;
    files.add("README.md".to_owned(), "README.md", &project)?;
    files.add(".gitignore".to_owned(), "gitignore", &project)?;
    Ok(files.tree)
}

/// The files made so far, and what makes them.
struct Files<'a> {
    tree: FileTree,
    templates: Templates,
    plan: &'a PackagePlan,
}

impl Files<'_> {
    /// Adds the file at `path`; Python is formatted.
    fn add(&mut self, path: String, template: &str, view: &impl Serialize) -> anyhow::Result<()> {
        let mut text = self.templates.render(template, self.plan, view)?;
        if template.rsplit_once('.').is_some_and(|(_, language)| language == "py") {
            text = format_python(&text).with_context(|| format!("`{path}` would be no valid Python"))?;
        }
        self.tree.insert(path, text);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
