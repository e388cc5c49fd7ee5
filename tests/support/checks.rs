//! What a package has to stand.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::case::{Case, scratch};
use super::lock::FileLock;
use super::python::{self, KEPT, run};
use super::tree::Tree;

/// Under the generated settings, which select the default rules and I, B, UP, SIM.
const RULES: &str = "check --no-cache .";

/// The tool makes the files that are expected; `UPDATE_FIXTURES=1` expects what it makes.
pub(crate) fn tree(case: &Case) -> Result<(), String> {
    let actual = &case.extracted()?.files;
    let folder = case.expected();
    let expected = Tree::read(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let Some(difference) = expected.difference(actual) else {
        return Ok(());
    };
    if std::env::var_os("UPDATE_FIXTURES").is_some_and(|value| value == "1") {
        eprintln!("updating fixtures/{}/expected", case.name);
        return actual.replace(&folder).map_err(|error| format!("{}: {error}", folder.display()));
    }
    Err(format!("{difference}\nIf this is intended: UPDATE_FIXTURES=1 cargo test --test fixtures ::tree"))
}

/// The same bytes come out from another working directory, for another output folder.
pub(crate) fn repeatable(case: &Case) -> Result<(), String> {
    let again = case.extracted_elsewhere()?;
    case.extracted()?.files.difference(&again.files).map_or(Ok(()), Err)
}

/// The installed package computes what the notebook computes.
pub(crate) fn values(case: &Case) -> Result<(), String> {
    let extraction = case.extracted()?;
    let mut command = python::with_environment(Command::new(env!("CARGO_BIN_EXE_nb2pkg")));
    command
        .arg("verify")
        .arg(extraction.package())
        .arg("--notebook")
        .arg(extraction.notebook())
        .arg("--python")
        .arg(python::interpreter()?)
        .args(["--installed", "--timeout", "300", "--format", "json"])
        .env("PYTHONPATH", case.installed()?);
    let finished = run(&mut command)?;
    if finished.code != Some(0) {
        return Err(finished.failure("notebook and package differ"));
    }
    let report: serde_json::Value =
        serde_json::from_str(&finished.stdout).map_err(|error| format!("no report: {error}"))?;
    match report["summary"]["values"]["compared"].as_u64() {
        Some(compared) if compared > 0 => Ok(()),
        _ => Err(finished.failure("no value was compared")),
    }
}

/// The package's own tests pass, and they do not merely skip.
pub(crate) fn own_tests(case: &Case) -> Result<(), String> {
    let results = scratch(&case.name)?;
    let report = results.path().join("junit.xml");
    let mut command = python::command()?;
    command
        .current_dir(case.extracted()?.package())
        .env("PYTHONPATH", case.installed()?)
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml"])
        .arg(&report);
    let finished = run(&mut command)?;
    if finished.code != Some(0) {
        return Err(finished.failure("the package's own tests do not pass"));
    }
    let text = fs::read_to_string(&report).map_err(|error| format!("no report of pytest: {error}"))?;
    match (count(&text, "tests"), count(&text, "skipped")) {
        (Some(tests), Some(skipped)) if tests > skipped => Ok(()),
        _ => Err(finished.failure("every one of the package's own tests is skipped")),
    }
}

/// A count of the first test suite in a `JUnit` report.
fn count(report: &str, name: &str) -> Option<usize> {
    let suite = report.split_once("<testsuite ")?.1.split_once('>')?.0;
    let (_, rest) = suite.split_once(&format!(" {name}=\""))?;
    rest.split_once('"')?.0.parse().ok()
}

/// Linters and the type checker have nothing to say.
pub(crate) fn lint(case: &Case) -> Result<(), String> {
    let package = case.extracted()?.package();
    let cache = Path::new(KEPT).join("mypy-cache");
    let mut complaints = Vec::new();
    let mut tool = |name: &str, arguments: &str| -> Result<(), String> {
        let mut command = python::command()?;
        command
            .current_dir(&package)
            .env("MYPY_CACHE_DIR", &cache)
            .args(["-m", name])
            .args(arguments.split_whitespace());
        let finished = run(&mut command)?;
        if finished.code != Some(0) {
            complaints.push(finished.failure(&format!("{name} complains")));
        }
        Ok(())
    };
    tool("ruff", RULES)?;
    tool("ruff", "format --no-cache --check --diff .")?;
    {
        // Its cache is shared, as most of the time goes into the libraries that all packages import,
        // and is not made for several writers. One checker also uses a whole core and a lot of memory.
        let _lock = FileLock::acquire(&cache.with_extension("lock"))?;
        tool("mypy", "")?;
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n\n")) }
}
