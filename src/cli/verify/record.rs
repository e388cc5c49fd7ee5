//! The comparison for programs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Subject;
use crate::diagnostics::Failure;
use crate::verify::{FileRow, Outcome, Row, SCHEMA, Stopped, Task, ValueRow, Verdict};

/// What was asked, and what came out.
pub(super) struct Comparison<'a> {
    pub(super) subject: &'a Subject,
    pub(super) task: &'a Task,
    pub(super) outcome: &'a Outcome,
}

/// A value with where it comes from.
pub(super) struct Value<'a> {
    pub(super) stage: &'a str,
    pub(super) module: &'a str,
    pub(super) name: &'a str,
    pub(super) at: [usize; 2],
    pub(super) position: usize,
    pub(super) row: &'a Row,
}

impl Comparison<'_> {
    /// The values that were compared.
    pub(super) fn values(&self) -> impl Iterator<Item = Value<'_>> {
        self.outcome.values.iter().filter_map(|ValueRow { id, row }| {
            let place = self.task.places.get(*id)?;
            let stage = self.subject.lock.stages.get(place.stage)?;
            let position = self.subject.parsed.code_cells().nth(place.at[0]).map_or(0, |cell| cell.position);
            let (module, name) = (stage.module.as_str(), place.name.as_str());
            Some(Value { stage: &stage.function, module, name, at: place.at, position, row })
        })
    }

    /// All verdicts.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.outcome.values.iter().map(|row| &row.row).chain(self.outcome.files.iter().map(|row| &row.row))
    }

    /// Why the comparison says nothing about the package.
    pub(super) fn failure(&self) -> Option<Failure> {
        if let Some(stopped) = &self.outcome.stopped {
            return Some(super::failure::explain(stopped, self.subject, self.task));
        }
        let compared = self.rows().any(|row| row.verdict.is_same() || row.verdict.is_wrong());
        if compared {
            return None;
        }
        let failure = Failure::new("nothing could be compared");
        if self.task.places.is_empty() {
            return Some(failure.hint("the package returns no values; what it does can only be compared by hand"));
        }
        let unstable = self.rows().any(|row| row.verdict == Verdict::Unstable);
        Some(if unstable && self.task.options.seed.is_none() {
            failure.hint("the notebook does not seed its random numbers; let them be seeded: `--seed 0`")
        } else {
            failure.hint("the lines above say why for each value; compare those by hand")
        })
    }
}

#[derive(Serialize)]
pub(super) struct Record<'a> {
    schema: &'static str,
    package: String,
    notebook: String,
    stopped: Option<StoppedRecord<'a>>,
    notes: &'a [String],
    values: Vec<ValueRecord<'a>>,
    files: &'a [FileRow],
    summary: Summaries,
}

#[derive(Serialize)]
struct StoppedRecord<'a> {
    #[serde(flatten)]
    stopped: &'a Stopped,
    error: String,
    help: Vec<String>,
}

#[derive(Serialize)]
struct ValueRecord<'a> {
    stage: String,
    name: &'a str,
    at: [usize; 2],
    position: usize,
    #[serde(flatten)]
    row: &'a Row,
}

#[derive(Serialize)]
struct Summaries {
    values: Summary,
    files: Summary,
}

/// How many rows have which verdict; `compared` are those that tell something about the package.
#[derive(Serialize)]
struct Summary {
    compared: usize,
    same: usize,
    verdicts: BTreeMap<&'static str, usize>,
}

/// The report of a comparison.
pub(super) fn record<'a>(comparison: &'a Comparison<'a>) -> Record<'a> {
    let outcome = comparison.outcome;
    let told = comparison.failure();
    let stopped = outcome.stopped.as_ref().zip(told).map(|(stopped, failure)| StoppedRecord {
        stopped,
        error: failure.message,
        help: failure.hints,
    });
    Record {
        schema: SCHEMA,
        package: comparison.subject.shown.to_string_lossy().into_owned(),
        notebook: comparison.subject.lock.notebooks[0].path.clone(),
        stopped,
        notes: &outcome.notes,
        values: comparison
            .values()
            .map(|value| ValueRecord {
                stage: format!("{}.{}", value.module, value.stage),
                name: value.name,
                at: value.at,
                position: value.position,
                row: value.row,
            })
            .collect(),
        files: &outcome.files,
        summary: Summaries {
            values: summary(outcome.values.iter().map(|row| &row.row)),
            files: summary(outcome.files.iter().map(|row| &row.row)),
        },
    }
}

fn summary<'a>(rows: impl Iterator<Item = &'a Row>) -> Summary {
    let mut summary = Summary { compared: 0, same: 0, verdicts: BTreeMap::new() };
    for row in rows {
        *summary.verdicts.entry(row.verdict.name()).or_default() += 1;
        summary.same += usize::from(row.verdict.is_same());
        summary.compared += usize::from(row.verdict.is_same() || row.verdict.is_wrong());
    }
    summary
}
