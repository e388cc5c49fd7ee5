//! The templates, embedded in the program.

use anyhow::Context;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use serde::Serialize;

use super::text::{docstring, listed, quoted};
use crate::plan::PackagePlan;

/// The templates of a package's files, by name.
const SOURCES: &[(&str, &str)] = &[
    ("README.md", include_str!("../../templates/package/README.md.j2")),
    ("conftest.py", include_str!("../../templates/package/conftest.py.j2")),
    ("config.py", include_str!("../../templates/package/config.py.j2")),
    ("config.toml", include_str!("../../templates/package/config.toml.j2")),
    ("gitignore", include_str!("../../templates/package/gitignore.j2")),
    ("init.py", include_str!("../../templates/package/init.py.j2")),
    ("main.py", include_str!("../../templates/package/main.py.j2")),
    ("module.py", include_str!("../../templates/package/module.py.j2")),
    ("pipeline.py", include_str!("../../templates/package/pipeline.py.j2")),
    ("pyproject.toml", include_str!("../../templates/package/pyproject.toml.j2")),
    ("test_config.py", include_str!("../../templates/package/test_config.py.j2")),
    ("test_pipeline.py", include_str!("../../templates/package/test_pipeline.py.j2")),
];

/// The facts about a package that any template may want.
#[derive(Debug, Serialize)]
struct Facts<'a> {
    distribution: &'a str,
    package: &'a str,
    description: &'a str,
    notebook_name: &'a str,
    notebook_path: &'a str,
    fetched_by: &'a str,
    /// The folder that the notebook is in, relative to the package's root.
    notebook_folder: &'a str,
}

/// The templates, ready to render.
pub(super) struct Templates {
    environment: Environment<'static>,
}

impl Templates {
    /// Compiles all templates.
    pub(super) fn new() -> anyhow::Result<Self> {
        let mut environment = Environment::new();
        environment.set_syntax(
            SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?,
        );
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.add_filter("quoted", |text: &str| quoted(text));
        environment.add_filter("docstring", |text: &str| docstring(text, "", 0));
        environment.add_filter("listed", |names: Vec<String>| listed(&names));
        for (name, source) in SOURCES {
            environment.add_template(name, source)?;
        }
        Ok(Self { environment })
    }

    /// The text of a file: `view` holds what only this template needs.
    pub(super) fn render(&self, name: &str, plan: &PackagePlan, view: &impl Serialize) -> anyhow::Result<String> {
        let facts = Facts {
            distribution: &plan.distribution,
            package: &plan.package,
            description: &plan.description,
            notebook_name: &plan.notebook_name,
            notebook_path: &plan.notebook_path,
            fetched_by: &plan.fetched_by,
            notebook_folder: notebook_folder(plan),
        };
        let template = self.environment.get_template(name)?;
        template
            .render(context! { package => Serde(&facts), view => Serde(view) })
            .with_context(|| format!("template `{name}`"))
    }
}

fn notebook_folder(plan: &PackagePlan) -> &str {
    plan.notebook_path.rsplit_once('/').map_or(".", |(folder, _)| folder)
}
