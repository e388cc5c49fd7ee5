//! Findings for programs.

use serde::Serialize;

use crate::rules::Finding;

/// A finding as the machine interface has it.
#[derive(Clone, Debug, Serialize)]
pub struct FindingRecord {
    /// The file, where more than one is reported on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    rule: &'static str,
    code: &'static str,
    level: &'static str,
    blocking: bool,
    cell: Option<usize>,
    position: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<usize>,
    lines: Option<[usize; 2]>,
    message: String,
    help: String,
}

/// The record of a finding.
#[must_use]
pub fn record(path: Option<&str>, finding: &Finding) -> FindingRecord {
    let place = finding.place.as_ref();
    FindingRecord {
        path: path.map(str::to_owned),
        rule: finding.rule,
        code: finding.code,
        level: finding.level.name(),
        blocking: finding.blocking,
        cell: place.and_then(|place| place.cell),
        position: place.and_then(|place| place.position),
        statement: place.and_then(|place| place.statement),
        lines: place.map(|place| [place.lines.0, place.lines.1]),
        message: finding.message.clone(),
        help: finding.help.clone(),
    }
}
