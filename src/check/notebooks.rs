//! What is checked in every notebook, and in those that feed production.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::thread;

use super::files::Files;
use super::{Located, shown};
use crate::analysis::Analysis;
use crate::classify::Classification;
use crate::config::Config;
use crate::dataflow::Graph;
use crate::diagnostics::Failure;
use crate::host;
use crate::ipython::{self, CellSource};
use crate::notebook::{self, CellKind, NotebookError};
use crate::order::Order;
use crate::rules::{self, Finding};
use crate::syntax::{ParsedCell, Trust, parse_cell};

/// Tree walks are recursive, and expressions in notebooks have any depth.
const STACK: usize = 256 * 1024 * 1024;

/// Rules for a notebook that a lock names; others are for whoever extracts it, unless the configuration gives them a
/// level.
const FEEDING: &[&str] = &[
    "undefined-name",
    "used-before-definition",
    "out-of-order-execution",
    "forced-exploration-is-needed",
    "contradictory-marks",
    "mark-without-effect",
    "secret-in-notebook",
    "suppression-without-reason",
    "unused-suppression",
];

/// Checks all notebooks, on all processors.
pub(super) fn check_all(files: &Files, feeding: &BTreeSet<PathBuf>) -> Result<Vec<Located>, Failure> {
    let threads = host::threads().min(files.notebooks.len()).max(1);
    let share = files.notebooks.len().div_ceil(threads).max(1);
    let work = |part: &[PathBuf]| -> Result<Vec<Located>, Failure> {
        let mut found = Vec::new();
        for path in part {
            found.extend(check(files, path, feeding)?);
        }
        Ok(found)
    };
    thread::scope(|scope| {
        let mut started = Vec::new();
        for part in files.notebooks.chunks(share) {
            let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || work(part));
            started.push(thread.map_err(|error| Failure::new(format!("no thread could be started: {error}")))?);
        }
        let mut found = Vec::new();
        for thread in started {
            found.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(found)
    })
}

fn check(files: &Files, path: &Path, feeding: &BTreeSet<PathBuf>) -> Result<Vec<Located>, Failure> {
    let config = files.config(path);
    let feeds = host::resolve(path).is_ok_and(|path| feeding.contains(&path));
    let mut findings = match content(path, &config, feeds)? {
        Ok(findings) => findings,
        // Notebooks of other languages, and those that only hold prose, are nothing to us.
        Err(NotebookError::NotPython { .. } | NotebookError::NoCode) => Vec::new(),
        Err(error) => vec![rules::UNREADABLE_NOTEBOOK.finding(None, error.to_string(), error.hint())],
    };
    if let Some(package) = files.import_package(path) {
        findings.push(rules::NOTEBOOK_IN_PACKAGE.finding(
            None,
            format!("this notebook lies in the import package `{}`", shown(&package)),
            "move it out, for example to `notebooks/`: what is in a package is installed with it",
        ));
    }
    Ok(findings.into_iter().map(|finding| Located { path: shown(path), finding }).collect())
}

fn content(path: &Path, config: &Config, feeds: bool) -> Result<Result<Vec<Finding>, NotebookError>, Failure> {
    let bytes = match host::read(path) {
        Ok(bytes) => bytes,
        Err(failure) => {
            let finding = rules::UNREADABLE_NOTEBOOK.finding(None, failure.message, failure.hints.join("; "));
            return Ok(Ok(vec![finding]));
        }
    };
    if !feeds {
        return Ok(secrets(&bytes));
    }
    let settings = config.settings(path);
    let choice = if let Some(choice) = settings.choice_without_cells() {
        choice
    } else {
        match notebook::parse(&bytes) {
            Ok(notebook) => settings.choice(&notebook, path)?,
            Err(error) => return Ok(Err(error)),
        }
    };
    Ok(Analysis::of_notebook(&bytes, &choice).map(|analysis| {
        let wanted = |finding: &Finding| FEEDING.contains(&finding.rule) || config.rules.contains_key(finding.rule);
        analysis.findings.into_iter().filter(wanted).collect()
    }))
}

/// Secrets alone need no graph.
fn secrets(bytes: &[u8]) -> Result<Vec<Finding>, NotebookError> {
    let notebook = notebook::parse(bytes)?;
    let cells = notebook.cells.iter().filter_map(|cell| match cell.kind {
        CellKind::Code(index) if rules::may_hold_secret(&cell.source) => {
            Some(parse_cell(index, cell.position, ipython::transform(&cell.source)))
        }
        CellKind::Code(index) => Some(unparsed(index, cell.position)),
        CellKind::Markdown | CellKind::Raw => None,
    });
    let cells: Vec<ParsedCell> = cells.collect();
    let analysis = Analysis {
        notebook,
        order: Order::of_file(cells.len(), ""),
        cells,
        graph: Graph::default(),
        executed: None,
        classification: Classification::default(),
        findings: Vec::new(),
    };
    Ok(rules::secrets(&analysis))
}

/// Stands for a cell in which nothing is looked for: most of a repository, and reading it would take most of the time.
fn unparsed(index: usize, position: usize) -> ParsedCell {
    ParsedCell {
        index,
        position,
        source: CellSource::default(),
        statements: Vec::new(),
        comments: Vec::new(),
        strings: Vec::new(),
        trust: Trust::Whole,
    }
}
