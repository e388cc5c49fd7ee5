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

pub use summary::CellCounts;

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
        render(MARKDOWN, include_str!("../../templates/report/review.md.j2"), &markdown::context(&summary, files))?;
    let page = render(HTML, include_str!("../../templates/report/review.html.j2"), &html::context(&summary, files))?;
    Ok(BTreeMap::from([(MARKDOWN.to_owned(), short), (HTML.to_owned(), page)]))
}

fn render(name: &str, template: &str, context: &impl Serialize) -> anyhow::Result<String> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?;
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| if name == HTML { AutoEscape::Html } else { AutoEscape::None });
    environment.add_template("review.css", include_str!("../../templates/report/review.css")).context("style sheet")?;
    environment.add_template(name, template).with_context(|| format!("template {name}"))?;
    let template = environment.get_template(name).with_context(|| format!("template {name}"))?;
    let text = template.render(Serde(context)).with_context(|| format!("can't render {name}"))?;
    Ok(format!("{}\n", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Choice;
    use crate::plan::{PlanInput, plan};

    const SECRET: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

    fn churn() -> Vec<(&'static str, String)> {
        let fit = "rf = RandomForestClassifier(random_state=7)\nrf.fit(X_train, y_train)\nlr = LogisticRegression().fit(X_train, y_train)";
        vec![
            ("markdown", "# Churn & <b>more</b>\n\n## Data".to_owned()),
            ("code", "%matplotlib inline\nimport joblib\nimport pandas as pd\nimport matplotlib.pyplot as plt\nfrom sklearn.ensemble import RandomForestClassifier\nfrom sklearn.linear_model import LogisticRegression\nfrom sklearn.metrics import accuracy_score\nfrom sklearn.model_selection import train_test_split".to_owned()),
            ("code", format!("token = '{SECRET}'\ndf = pd.read_csv('churn.csv')\ndf.head()")),
            ("code", "plt.hist(df['age'])\nplt.title('a < b')".to_owned()),
            ("code", "X = df[['age']]; y = df['left']\nX_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=1)".to_owned()),
            ("code", fit.to_owned()),
            ("code", "print('accuracy:', accuracy_score(y_test, rf.predict(X_test)))\njoblib.dump(rf, 'rf.joblib')".to_owned()),
            ("code", "def f(:\n    pass".to_owned()),
        ]
    }

    fn notebook(cells: &[(&str, String)]) -> Vec<u8> {
        let cells: Vec<serde_json::Value> = cells
            .iter()
            .map(|(kind, source)| {
                serde_json::json!({"cell_type": kind, "metadata": {}, "source": source, "outputs": [], "execution_count": null})
            })
            .collect();
        let language = serde_json::json!({"language_info": {"name": "python"}});
        serde_json::json!({"nbformat": 4, "nbformat_minor": 4, "metadata": language, "cells": cells})
            .to_string()
            .into_bytes()
    }

    fn reports(cells: &[(&str, String)], written: bool) -> (String, String) {
        let analysis = Analysis::of_notebook(&notebook(cells), &Choice::default()).unwrap();
        let input = PlanInput {
            analysis: &analysis,
            name: None,
            notebook_name: "churn.ipynb",
            notebook_path: "../churn.ipynb",
        };
        let plan = plan(&input);
        let files = if written { crate::render::render(&plan).unwrap() } else { BTreeMap::new() };
        let mut all = write(&analysis, &plan, &files).unwrap();
        assert_eq!(all, write(&analysis, &plan, &files).unwrap());
        (all.remove(MARKDOWN).unwrap(), all.remove(HTML).unwrap())
    }

    #[test]
    fn every_cell_is_in_the_page() {
        let (short, page) = reports(&churn(), true);
        for position in 0..8 {
            assert!(page.contains(&format!("id=\"cell-{position}\"")), "{position}");
        }
        assert!(
            short.contains("**RandomForestClassifier**") && short.contains("LogisticRegression (`lr`, cell 5)"),
            "{short}"
        );
        assert!(page.contains("<ins>config.test_size</ins>"), "the changed words are marked");
        assert!(page.contains("draws a plot") && page.contains("not Python 3, line 1"));
        // Every generated line was found in its file.
        assert!(!page.contains("data-n=\"\""));
    }

    #[test]
    fn what_is_read_is_escaped_and_secrets_are_hidden() {
        let (short, page) = reports(&churn(), true);
        assert!(!short.contains(SECRET) && !page.contains(SECRET));
        assert!(!page.contains("<b>more</b>") && page.contains("Churn &amp; &lt;b&gt;more"));
        assert!(page.contains("'a &lt; b'"));
        // No source in the short report.
        assert!(!short.contains("read_csv('") && !short.contains("token ="));
    }

    #[test]
    fn the_page_needs_no_network() {
        let (_, page) = reports(&churn(), true);
        for outside in ["http://", "https://", "src=", "@import", "url(h"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }

    #[test]
    fn without_a_package_the_reports_begin_with_what_is_in_the_way() {
        let mut cells = churn();
        cells[5].1 = cells[5].1.replace("(X_train, y_train)\nlr", "(X_trian, y_train)\nlr");
        let (short, page) = reports(&cells, false);
        assert!(short.starts_with("# Review: ") && short.contains("**No package was written**"), "{short}");
        let top: String = short.lines().take(6).collect();
        assert!(top.contains("`X_trian`") && top.contains("5:2") && top.contains("`X_train`"), "{top}");
        assert!(page.contains("No package was written"));
        assert!(short.contains("| Would become |"));
    }

    #[test]
    fn odd_notebooks_have_reports() {
        for source in ["", "\n\n", "# only a comment", "%%bash\nls", "x = 1; y = 2", "\"\"\"a\n\nb\"\"\""] {
            let (short, page) =
                reports(&[("code", source.to_owned()), ("raw", "x".to_owned()), ("code", "z = 1".to_owned())], false);
            assert!(short.contains("3 cells") && page.contains("id=\"cell-1\""), "{source:?}");
        }
    }
}
