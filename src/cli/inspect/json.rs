//! The analysis as the machine interface has it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::cell_role;
use crate::analysis::Analysis;
use crate::diagnostics::{FindingRecord, record};
use crate::notebook::Cell;
use crate::order::OrderKind;
use crate::syntax::At;

#[derive(Serialize)]
pub(super) struct Inspection<'a> {
    schema: &'static str,
    notebook: NotebookRecord<'a>,
    order: OrderRecord<'a>,
    cells: Vec<CellRecord<'a>>,
    dependencies: Vec<DependencyRecord<'a>>,
    model: Option<ModelRecord<'a>>,
    candidates: Vec<CandidateRecord<'a>>,
    findings: Vec<FindingRecord>,
}

#[derive(Serialize)]
struct NotebookRecord<'a> {
    path: String,
    nbformat: [u64; 2],
    language: &'a str,
    code_cells: usize,
}

#[derive(Serialize)]
struct OrderRecord<'a> {
    kind: &'static str,
    reason: &'a str,
    #[serde(skip_serializing_if = "<[usize]>::is_empty")]
    cells: &'a [usize],
}

#[derive(Serialize)]
struct CellRecord<'a> {
    index: usize,
    position: usize,
    id: Option<&'a str>,
    execution_count: Option<u64>,
    role: &'static str,
    statements: Vec<StatementRecord<'a>>,
}

#[derive(Serialize)]
struct StatementRecord<'a> {
    index: usize,
    lines: [usize; 2],
    role: &'static str,
    evidence: &'a [String],
    binds: Vec<&'a str>,
    reads: Vec<&'a str>,
    mutates: Vec<&'a str>,
    deletes: Vec<&'a str>,
}

#[derive(Serialize)]
struct DependencyRecord<'a> {
    from: [usize; 2],
    to: [usize; 2],
    name: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "is_true")]
    needed: bool,
}

#[derive(Serialize)]
struct ModelRecord<'a> {
    variable: &'a str,
    estimator: &'a str,
    fit: [usize; 2],
    decision: &'static str,
    confidence: &'static str,
    evidence: &'a [String],
}

#[derive(Serialize)]
struct CandidateRecord<'a> {
    variable: &'a str,
    estimator: &'a str,
    fit: [usize; 2],
    evidence: &'a [String],
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_true(value: &bool) -> bool {
    *value
}

fn pair(at: At) -> [usize; 2] {
    [at.cell, at.statement]
}

impl<'a> Inspection<'a> {
    pub(super) fn new(analysis: &'a Analysis, path: &Path) -> Self {
        let Analysis { notebook, cells, classification, .. } = analysis;
        let mut statements = statements(analysis);
        let stored: Vec<&Cell> = notebook.code_cells().collect();
        let records = cells.iter().map(|cell| {
            let stored = stored.get(cell.index);
            CellRecord {
                index: cell.index,
                position: cell.position,
                id: stored.and_then(|cell| cell.id.as_deref()),
                execution_count: stored.and_then(|cell| cell.execution_count),
                role: cell_role(analysis, cell.index).name(),
                statements: statements.remove(&cell.index).unwrap_or_default(),
            }
        });
        let chosen = classification.model.as_ref();
        let model = chosen.and_then(|model| {
            let candidate = classification.candidates.get(model.candidate)?;
            Some(ModelRecord {
                variable: &candidate.variable,
                estimator: &candidate.estimator,
                fit: pair(candidate.fit),
                decision: model.decision.name(),
                confidence: model.confidence.name(),
                evidence: &model.evidence,
            })
        });
        let others = classification.candidates.iter().enumerate();
        Self {
            schema: "nb2pkg.inspect/1",
            notebook: NotebookRecord {
                path: path.to_string_lossy().replace('\\', "/"),
                nbformat: [notebook.format.0, notebook.format.1],
                language: &notebook.language,
                code_cells: cells.len(),
            },
            order: OrderRecord {
                kind: analysis.order.kind.name(),
                reason: &analysis.order.reason,
                cells: if analysis.order.kind == OrderKind::File { &[] } else { &analysis.order.cells },
            },
            cells: records.collect(),
            dependencies: dependencies(analysis),
            model,
            candidates: others
                .filter(|(index, _)| chosen.is_none_or(|model| model.candidate != *index))
                .map(|(_, candidate)| CandidateRecord {
                    variable: &candidate.variable,
                    estimator: &candidate.estimator,
                    fit: pair(candidate.fit),
                    evidence: &candidate.evidence,
                })
                .collect(),
            findings: analysis.findings.iter().map(|finding| record(None, finding)).collect(),
        }
    }
}

fn statements(analysis: &Analysis) -> BTreeMap<usize, Vec<StatementRecord<'_>>> {
    let mut by_cell: BTreeMap<usize, Vec<StatementRecord<'_>>> = BTreeMap::new();
    for (facts, verdict) in analysis.graph.statements.iter().zip(&analysis.classification.statements) {
        let (Some(cell), Some(statement)) = (analysis.cell(facts.at.cell), analysis.statement(facts.at)) else {
            continue;
        };
        let lines = cell.lines(statement.span);
        by_cell.entry(facts.at.cell).or_default().push(StatementRecord {
            index: facts.at.statement,
            lines: [lines.0, lines.1],
            role: verdict.role.name(),
            evidence: &verdict.evidence,
            binds: facts.binds.keys().map(String::as_str).collect(),
            reads: facts.reads.iter().map(String::as_str).collect(),
            mutates: facts.mutates.iter().map(String::as_str).collect(),
            deletes: facts.deletes.iter().map(String::as_str).collect(),
        });
    }
    by_cell
}

/// One entry for each pair of statements and name: a dependency that is needed for one reason is needed.
fn dependencies(analysis: &Analysis) -> Vec<DependencyRecord<'_>> {
    let mut found: BTreeMap<(usize, usize, &str, &'static str), bool> = BTreeMap::new();
    for dependency in &analysis.graph.dependencies {
        let key = (dependency.to, dependency.from, file_name(&dependency.name), dependency.kind.name());
        *found.entry(key).or_default() |= dependency.needed;
    }
    let at = |statement: usize| analysis.graph.statements.get(statement).map(|facts| pair(facts.at));
    let mut records: Vec<DependencyRecord<'_>> = found
        .into_iter()
        .filter_map(|((to, from, name, kind), needed)| {
            Some(DependencyRecord { from: at(from)?, to: at(to)?, name, kind, needed })
        })
        .collect();
    // By their places in the file, whatever the program's order is.
    records.sort_by_key(|record| (record.to, record.from));
    records
}

/// Files are called by their path.
fn file_name(name: &str) -> &str {
    name.strip_prefix("<file:").and_then(|name| name.strip_suffix('>')).unwrap_or(name)
}
