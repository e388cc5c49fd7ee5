//! One production model for a repository, and what else holds across files.

mod estimators;
mod files;
pub mod locked;
mod notebooks;
mod packages;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::diagnostics::Failure;
use crate::rules::{Finding, Level};
use files::Files;

/// A finding and the file that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The file as a person would type it, with `/`.
    pub path: String,
    /// The finding.
    pub finding: Finding,
}

/// What a check found, in the order of paths and places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The findings.
    pub findings: Vec<Located>,
    /// How many notebooks were looked at.
    pub notebooks: usize,
    /// How many generated packages were looked at.
    pub packages: usize,
}

impl Report {
    /// Whether nothing makes the check fail.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.count(Level::Error) == 0
    }

    /// How many findings have a level.
    #[must_use]
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|located| located.finding.level == level).count()
    }
}

/// Checks folders and files.
///
/// `begin` is told how many notebooks there are before they are read.
///
/// # Errors
///
/// If a path does not exist, or a configuration can't be understood.
pub fn check(paths: &[PathBuf], begin: impl FnOnce(usize)) -> Result<Report, Failure> {
    let mut files = Files::collect(paths)?;
    let packages = packages::read(&files);
    let feeding: BTreeSet<PathBuf> = packages.packages.iter().flat_map(|package| package.notebooks.clone()).collect();
    files.add_notebooks(&feeding)?;
    begin(files.notebooks.len());
    let mut findings = packages.findings;
    findings.extend(packages::compare(&packages.packages));
    for package in &packages.packages {
        findings.extend(packages::inside(&files, package));
    }
    findings.extend(notebooks::check_all(&files, &feeding)?);
    let mut findings = files.apply_levels(findings);
    findings.sort_by(|a, b| {
        let key = |located: &Located| (located.path.clone(), located.finding.place.clone(), located.finding.rule);
        key(a).cmp(&key(b))
    });
    findings.dedup();
    let report = Report { findings, notebooks: files.notebooks.len(), packages: packages.packages.len() };
    Ok(report)
}

/// A path for people: with `/`, and without a `./` that nobody typed.
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    text.strip_prefix("./").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests;
