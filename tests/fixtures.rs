//! Every notebook under `fixtures/` becomes a package, which then has to prove itself.
//!
//! A case is a folder, so a new one needs no change here. Each check of each case is a test of its
//! own: `cargo test --test fixtures churn::values` runs one. `UPDATE_FIXTURES=1` makes the `tree`
//! tests write what came out instead of comparing it.
//!
//! The checks that run Python share one virtual environment, made at first need from
//! `tests/requirements.txt` and kept in the target directory.

#![allow(clippy::print_stderr, reason = "tests say what they do while they do it")]

mod support;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};

use support::case::Case;
use support::checks;

/// A check says what is wrong as a text for people.
type Check = fn(&Case) -> Result<(), String>;

/// In the order in which they tell most: what fails first explains what fails after it.
const READING: [(&str, Check); 2] = [("tree", checks::tree), ("repeatable", checks::repeatable)];
const RUNNING: [(&str, Check); 3] = [("values", checks::values), ("tests", checks::own_tests), ("lint", checks::lint)];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let trials = match Case::discover(&fixtures) {
        Ok(cases) => cases.into_iter().flat_map(trials).collect(),
        Err(why) => {
            eprintln!("error: {why}");
            return ExitCode::FAILURE;
        }
    };
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The tests of one case. They share the case, and with it the extracted and the installed package.
fn trials(case: Case) -> Vec<Trial> {
    let case = Arc::new(case);
    let running = if case.settings.run { &RUNNING[..] } else { &[] };
    READING
        .iter()
        .chain(running)
        .map(|&(name, check)| {
            let case = Arc::clone(&case);
            Trial::test(format!("{}::{name}", case.name), move || Ok(check(&case)?))
        })
        .collect()
}
