//! Small repositories.

#![expect(clippy::disallowed_methods, reason = "the tests make the files that they check")]

use std::fs;
use std::path::Path;

use serde_json::json;

use super::*;
use crate::lock::{code_sha256, sha256};

const CLEAN: &str = "x = 1\nprint(x)";

struct Repository(tempfile::TempDir);

impl Repository {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn file(self, path: &str, text: &str) -> Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("created");
        fs::write(path, text).expect("written");
        self
    }

    fn notebook(self, path: &str, cells: &[&str]) -> Self {
        let cells: Vec<_> = cells
            .iter()
            .enumerate()
            .map(|(index, source)| {
                json!({"cell_type": "code", "source": source, "metadata": {}, "execution_count": index + 1, "outputs": []})
            })
            .collect();
        let notebook = json!({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells});
        self.file(path, &notebook.to_string())
    }

    /// A package with a lock; `cells` are the notebook's as they were extracted.
    fn package(self, name: &str, notebook: &str, cells: &[&str], model: &str, files: &[(&str, &str)]) -> Self {
        let hash = code_sha256(cells.iter().copied());
        let mut lock = format!(
            "schema = \"nb2pkg.lock/1\"\n[[notebook]]\npath = \"../{notebook}\"\ncode_sha256 = \"{hash}\"\n\
             [pipeline]\nmodule = \"{name}.pipeline\"\nfunction = \"run\"\n{model}\n"
        );
        for (path, text) in files {
            lock.push_str(&format!("[[file]]\npath = \"{path}\"\nsha256 = \"{}\"\n", sha256(text.as_bytes())));
        }
        files
            .iter()
            .fold(self, |repository, (path, text)| repository.file(&format!("{name}/{path}"), text))
            .file(&format!("{name}/nb2pkg.lock"), &lock)
    }

    fn check(&self) -> Report {
        check(&[self.0.path().to_owned()], |_| ()).expect("checked")
    }

    fn rules(&self) -> Vec<(String, &'static str)> {
        let root = format!("{}/", self.0.path().display());
        let name = |located: Located| (located.path.replace(&root, ""), located.finding.rule);
        self.check().findings.into_iter().map(name).collect()
    }
}

const FOREST: &str = "[model]\nestimator = \"sklearn.ensemble.RandomForestClassifier\"\nvariable = \"rf\"\n\
                      stage = \"train_model\"\ndecision = \"evident\"";

#[test]
fn a_package_in_step_is_clean() {
    let repository = Repository::new().notebook("notebooks/a.ipynb", &[CLEAN]).package(
        "pkg",
        "notebooks/a.ipynb",
        &[CLEAN],
        FOREST,
        &[("README.md", "hello")],
    );
    let report = repository.check();
    assert_eq!((report.findings.len(), report.notebooks, report.packages), (0, 1, 1), "{report:?}");
}

#[test]
fn a_changed_or_missing_notebook_is_out_of_step() {
    let repository = Repository::new()
        .notebook("a.ipynb", &["x = 2"])
        .package("one", "a.ipynb", &["x = 1"], "", &[])
        .package("two", "gone.ipynb", &["x = 1"], "", &[]);
    let expected = ["one/nb2pkg.lock", "two/nb2pkg.lock"].map(|path| (path.to_owned(), "package-out-of-step"));
    assert_eq!(repository.rules(), expected);
}

#[test]
fn two_production_models_name_both_packages() {
    let repository = Repository::new()
        .notebook("a.ipynb", &[CLEAN])
        .package("one", "a.ipynb", &[CLEAN], FOREST, &[])
        .package("two", "a.ipynb", &[CLEAN], FOREST, &[]);
    let report = repository.check();
    assert!(!report.is_clean());
    let message = &report.findings[0].finding.message;
    assert!(message.contains("/one`") && message.contains("/two`"), "{message}");
}

#[test]
fn an_open_choice_wants_to_be_confirmed() {
    let repository = Repository::new().notebook("a.ipynb", &[CLEAN]).package(
        "pkg",
        "a.ipynb",
        &[CLEAN],
        &FOREST.replace("evident", "open"),
        &[],
    );
    assert_eq!(repository.rules(), [("pkg/nb2pkg.lock".to_owned(), "open-model-choice")]);
}

#[test]
fn a_second_estimator_is_found_where_somebody_added_it() {
    let train = "from sklearn.ensemble import RandomForestClassifier\nfrom sklearn.linear_model import LogisticRegression\n\n\
                 def train_model(X, y):\n    return RandomForestClassifier().fit(X, y)\n";
    let added = "\n\ndef baseline(X, y):\n    other = LogisticRegression()\n    other.fit(X, y)\n    return other\n";
    let source = "src/pkg/train.py";
    let repository =
        Repository::new().notebook("a.ipynb", &[CLEAN]).package("pkg", "a.ipynb", &[CLEAN], FOREST, &[(source, train)]);
    assert_eq!(repository.rules(), []);
    let repository = repository.file("pkg/src/pkg/train.py", &format!("{train}{added}"));
    assert_eq!(repository.rules(), [(format!("pkg/{source}"), "second-estimator-in-production")]);
    let excused =
        added.replace("fit(X, y)\n", "fit(X, y)  # nb2pkg: ignore[second-estimator-in-production] for the report\n");
    let repository = repository.file("pkg/src/pkg/train.py", &format!("{train}{excused}"));
    assert_eq!(repository.rules(), []);
}

#[test]
fn transformers_and_the_models_own_helpers_are_no_second_estimator() {
    let train = "from sklearn.preprocessing import StandardScaler\nfrom sklearn.pipeline import make_pipeline\n\
                 from sklearn.svm import SVC\n\ndef scale(X):\n    return make_pipeline(StandardScaler()).fit(X)\n\n\
                 def fit(X, y):\n    return SVC().fit(X, y)\n\ndef train_model(X, y):\n    return fit(scale(X), y)\n";
    let repository = Repository::new()
        .notebook("a.ipynb", &[CLEAN])
        .package("pkg", "a.ipynb", &[CLEAN], FOREST, &[("src/pkg/train.py", "")])
        .file("pkg/src/pkg/train.py", train);
    assert_eq!(repository.rules(), []);
}

#[test]
fn notebooks_in_import_packages_are_found() {
    let repository = Repository::new()
        .notebook("src/pkg/experiments/a.ipynb", &[CLEAN])
        .file("src/pkg/__init__.py", "")
        .notebook("notebooks/b.ipynb", &[CLEAN]);
    assert_eq!(repository.rules(), [("src/pkg/experiments/a.ipynb".to_owned(), "notebook-in-package")]);
}

#[test]
fn hidden_state_matters_where_it_feeds_production() {
    let cells = ["print(forgotten)"];
    let repository = Repository::new().notebook("a.ipynb", &cells).notebook("b.ipynb", &cells);
    assert_eq!(repository.rules(), []);
    let repository = repository.package("pkg", "a.ipynb", &cells, "", &[]);
    assert_eq!(repository.rules(), [("a.ipynb".to_owned(), "undefined-name")]);
}

#[test]
fn notebooks_that_feed_a_package_are_checked_wherever_they_lie() {
    let cells = ["print(forgotten)"];
    let repository = Repository::new().notebook("a.ipynb", &cells).package("pkg", "a.ipynb", &cells, "", &[]);
    let report = check(&[repository.0.path().join("pkg")], |_| ()).expect("checked");
    assert_eq!((report.notebooks, report.count(Level::Error)), (1, 1), "{report:?}");
}

#[test]
fn secrets_are_found_everywhere() {
    let secret = "key = 'AKIAIOSFODNN7EXAMPLQ'";
    let repository = Repository::new().notebook("a.ipynb", &[secret]).package(
        "pkg",
        "a.ipynb",
        &[secret],
        "",
        &[("config.toml", secret)],
    );
    let expected = ["a.ipynb", "pkg/config.toml"].map(|path| (path.to_owned(), "secret-in-notebook"));
    assert_eq!(repository.rules(), expected);
}

#[test]
fn what_can_t_be_read_is_no_crash() {
    let repository = Repository::new()
        .file("broken.ipynb", "{\"cells\": [")
        .file("r.ipynb", "{\"nbformat\": 4, \"metadata\": {\"kernelspec\": {\"language\": \"R\"}}, \"cells\": []}")
        .file("pkg/nb2pkg.lock", "schema = \"nb2pkg.lock/9\"\n");
    let expected =
        [("broken.ipynb".to_owned(), "unreadable-notebook"), ("pkg/nb2pkg.lock".to_owned(), "unreadable-lock")];
    assert_eq!(repository.rules(), expected);
}

#[test]
fn configuration_sets_levels_and_excludes() {
    let repository = Repository::new()
        .file("pyproject.toml", "[tool.nb2pkg]\nexclude = ['old/']\n[tool.nb2pkg.rules]\nsecret-in-notebook = 'info'\n")
        .notebook("a.ipynb", &["key = 'AKIAIOSFODNN7EXAMPLQ'"])
        .notebook("old/b.ipynb", &["key = 'AKIAIOSFODNN7EXAMPLQ'"]);
    let report = repository.check();
    assert!(report.is_clean());
    assert_eq!((report.count(Level::Info), report.notebooks), (1, 1));
}

#[test]
fn shown_paths_have_no_dot() {
    assert_eq!(shown(Path::new("./a/b.ipynb")), "a/b.ipynb");
    assert_eq!(shown(Path::new("../a")), "../a");
}
