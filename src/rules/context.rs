//! What rules look at.

use crate::analysis::Analysis;
use crate::classify::{Candidate, Role, Verdict};
use crate::dataflow::{CallEvent, ObjectId, StatementFacts};
use crate::syntax::At;
use crate::syntax::ast::Span;

use super::Place;

/// A notebook with its analysis, and shorthand for what rules ask of it.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The analysis, without findings.
    pub analysis: &'a Analysis,
}

/// A statement as rules see it.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a> {
    /// Its index in the graph.
    pub index: usize,
    /// What it does.
    pub facts: &'a StatementFacts,
    /// Its role.
    pub role: Role,
}

impl<'a> Context<'a> {
    /// A context for one notebook.
    #[must_use]
    pub fn new(analysis: &'a Analysis) -> Self {
        Self { analysis }
    }

    /// All statements.
    pub fn statements(self) -> impl Iterator<Item = Statement<'a>> {
        let verdicts = &self.analysis.classification.statements;
        self.analysis.graph.statements.iter().enumerate().map(|(index, facts)| Statement {
            index,
            facts,
            role: verdicts.get(index).map_or(Role::Exploration, |verdict| verdict.role),
        })
    }

    /// The statements that the package has.
    pub fn production(self) -> impl Iterator<Item = Statement<'a>> {
        self.statements().filter(move |statement| self.is_kept(statement.index))
    }

    /// Whether the package has the statement with this index.
    #[must_use]
    pub fn is_kept(self, statement: usize) -> bool {
        self.analysis.classification.statements.get(statement).is_some_and(Verdict::is_packaged)
    }

    /// A whole statement.
    #[must_use]
    pub fn place(self, at: At) -> Option<Place> {
        let lines = self.analysis.cell(at.cell)?.lines(self.analysis.statement(at)?.span);
        Some(Place { statement: Some(at.statement), ..self.lines(at.cell, lines) })
    }

    /// A part of a statement.
    #[must_use]
    pub fn part(self, at: At, span: Option<Span>) -> Option<Place> {
        let whole = self.place(at)?;
        let Some(span) = span else { return Some(whole) };
        Some(Place { lines: self.analysis.cell(at.cell)?.lines(span), ..whole })
    }

    /// Lines of a cell.
    #[must_use]
    pub fn lines(self, cell: usize, lines: (usize, usize)) -> Place {
        Place { cell: Some(cell), position: Some(self.analysis.position(cell)), statement: None, lines }
    }

    /// `cell 7`, for messages.
    #[must_use]
    pub fn cell_name(self, cell: usize) -> String {
        format!("cell {}", self.analysis.position(cell))
    }

    /// The models that a call is about: as its receiver, or among its arguments.
    #[must_use]
    pub fn candidates_of(self, call: &CallEvent) -> Vec<usize> {
        let touched =
            |objects: &[ObjectId], candidate: &Candidate| objects.iter().any(|id| candidate.objects.contains(id));
        let candidates = self.analysis.classification.candidates.iter().enumerate();
        candidates
            .filter(|(_, candidate)| {
                touched(&call.receiver_objects, candidate)
                    || call.arguments.iter().any(|(_, objects)| touched(objects, candidate))
            })
            .map(|(index, _)| index)
            .collect()
    }
}

/// `a`, `a and b`, `a, b and c`
#[must_use]
pub(super) fn enumerate(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
