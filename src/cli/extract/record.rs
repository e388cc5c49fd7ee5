//! What was extracted, for programs.

use serde::Serialize;

use super::generate::Extraction;
use super::summary::{Cells, cells};
use crate::diagnostics::{FindingRecord, record as finding_record};

#[derive(Serialize)]
pub(super) struct Extractions {
    schema: &'static str,
    packages: Vec<ExtractionRecord>,
}

impl Extractions {
    pub(super) fn new(packages: Vec<ExtractionRecord>) -> Self {
        Self { schema: "nb2pkg.extract/1", packages }
    }
}

#[derive(Serialize)]
pub(super) struct ExtractionRecord {
    notebook: String,
    output: String,
    distribution: String,
    package: String,
    report_only: bool,
    model: Option<ModelRecord>,
    cells: Cells,
    changed: Vec<String>,
    unchanged: Vec<String>,
    removed: Vec<String>,
    kept: Vec<String>,
    findings: Vec<FindingRecord>,
}

#[derive(Serialize)]
struct ModelRecord {
    variable: String,
    estimator: String,
    decision: &'static str,
    evidence: Vec<String>,
}

pub(super) fn record(extraction: &Extraction) -> ExtractionRecord {
    let Extraction { analysis, plan, written, .. } = extraction;
    let classification = &analysis.classification;
    let model = classification.model.as_ref().and_then(|model| {
        let candidate = classification.candidates.get(model.candidate)?;
        Some(ModelRecord {
            variable: candidate.variable.clone(),
            estimator: candidate.estimator.clone(),
            decision: model.decision.name(),
            evidence: model.evidence.clone(),
        })
    });
    ExtractionRecord {
        notebook: extraction.notebook.clone(),
        output: extraction.shown.to_string_lossy().replace('\\', "/"),
        distribution: plan.distribution.clone(),
        package: plan.package.clone(),
        report_only: extraction.report_only,
        model,
        cells: cells(extraction),
        changed: written.changed.clone(),
        unchanged: written.unchanged.clone(),
        removed: written.removed.clone(),
        kept: written.kept.clone(),
        findings: extraction.findings().iter().map(|finding| finding_record(None, finding)).collect(),
    }
}
