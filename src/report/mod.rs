//! The review: what became of every cell and why, for the people who decide about merging.
//!
//! `REVIEW.md` is short and goes with a pull request; `review.html` has everything, and needs neither network nor scripts.
//! Both say the same in the same words. No secret reaches either: what looks like one is hidden before anything is written.

mod cells;
mod diff;
mod graph;
mod html;
mod locate;
mod markdown;
mod markup;
mod mask;
mod summary;
mod svg;
mod tokens;

use std::collections::BTreeMap;

use anyhow::Context;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use crate::analysis::Analysis;
use crate::plan::PackagePlan;
use summary::Summary;

/// The short report's file.
pub const MARKDOWN: &str = "REVIEW.md";
/// The page's file.
pub const HTML: &str = "review.html";

/// Writes both reports: path and text.
///
/// `files` is the package as rendered; empty if none is written, because production reads a name that nothing defines. The
/// reports then begin with what is in the way.
///
/// # Errors
///
/// If a template can't be rendered, which only a mistake in this program can cause.
pub fn write(
    analysis: &Analysis,
    plan: &PackagePlan,
    files: &BTreeMap<String, String>,
) -> anyhow::Result<BTreeMap<String, String>> {
    let summary = Summary::of(analysis, plan, !files.is_empty());
    let short =
        render("review.md", include_str!("../../templates/report/review.md.j2"), &markdown::context(&summary, files))?;
    let page =
        render("review.html", include_str!("../../templates/report/review.html.j2"), &html::context(&summary, files))?;
    Ok(BTreeMap::from([(MARKDOWN.to_owned(), short), (HTML.to_owned(), page)]))
}

fn render(name: &str, template: &str, context: &impl Serialize) -> anyhow::Result<String> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?;
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
        .set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
    environment.add_template("review.css", include_str!("../../templates/report/review.css")).context("style sheet")?;
    environment.add_template(name, template).with_context(|| format!("template {name}"))?;
    let template = environment.get_template(name).with_context(|| format!("template {name}"))?;
    template.render(Serde(context)).with_context(|| format!("can't render {name}"))
}
