//! `nb2pkg inspect NOTEBOOK`

mod cell;
mod cells;
mod dot;
mod json;
mod text;

pub(super) use text::{count, model as model_lines};

use super::args::{InspectArgs, InspectFormat};
use super::notebook::{self, Asked, Read};
use super::{ExitStatus, Verbosity, print, print_json, screen_width};
use crate::analysis::Analysis;
use crate::classify::Role;
use crate::diagnostics::Failure;
use crate::syntax::ast::{ExprKind, Stmt, StmtKind};

pub(super) fn run(args: &InspectArgs, verbosity: Verbosity) -> anyhow::Result<ExitStatus> {
    if args.cell.is_some() && args.format != InspectFormat::Text {
        return Err(Failure::new("`--cell` is for people, and prints text")
            .hint("`--format json` has every cell: `| jq '.cells[] | select(.position == 12)'`")
            .into());
    }
    let asked = Asked { model: args.model.as_deref(), order: args.order.map(Into::into) };
    let Read { analysis, .. } = notebook::analyse(&args.notebook, asked, verbosity)?;
    match args.format {
        InspectFormat::Text => print(&match args.cell {
            Some(position) => cell::render(&analysis, position, screen_width())?,
            None => text::render(&analysis, args, screen_width(), verbosity != Verbosity::Quiet),
        })?,
        InspectFormat::Json => print_json(&json::Inspection::new(&analysis, &args.notebook))?,
        InspectFormat::Dot => print(&dot::render(&analysis))?,
    }
    Ok(super::status(&analysis.findings))
}

/// A cell's role: the sum of its statements', without those that go with any role.
pub(super) fn cell_role(analysis: &Analysis, cell: usize) -> Role {
    let roles = |counts: fn(&Stmt) -> bool| {
        let statements = analysis.graph.statements.iter().zip(&analysis.classification.statements);
        statements
            .filter(|(facts, _)| facts.at.cell == cell)
            .filter(|(facts, _)| analysis.statement(facts.at).is_none_or(counts))
            .map(|(_, verdict)| verdict.role)
            .reduce(|sum, role| if sum == role { sum } else { Role::Mixed })
    };
    roles(|statement| !is_neutral(statement)).or_else(|| roles(|_| true)).unwrap_or(Role::Exploration)
}

/// A line of a cell as it stands in the notebook, magics included.
fn source_line(analysis: &Analysis, cell: usize, line: usize) -> &str {
    let source = analysis.notebook.code_cells().nth(cell).map_or("", |cell| cell.source.as_str());
    source.lines().nth(line - 1).unwrap_or_default()
}

/// Imports, docstrings, `pass`: they say nothing about what a cell is for.
fn is_neutral(statement: &Stmt) -> bool {
    match &statement.kind {
        StmtKind::Import(_) | StmtKind::ImportFrom { .. } | StmtKind::Pass => true,
        StmtKind::Expr(value) => matches!(value.kind, ExprKind::Str(_)),
        _ => false,
    }
}
