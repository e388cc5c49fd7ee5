//! Which order of its cells is a notebook's program: the file's, unless only the order of execution can have been it.

use std::collections::BTreeMap;

use crate::classify::{Choice, Classification, Verdict, classify, describe_place};
use crate::dataflow::{self, Graph, StatementFacts};
use crate::notebook::Notebook;
use crate::order::{Order, OrderKind, counts, executed};
use crate::syntax::{At, ParsedCell};

/// A notebook's program: its order, and what was found out in that order.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) order: Order,
    pub(super) graph: Graph,
    pub(super) classification: Classification,
    /// The graph of the executed order, where that is another one and not the program's.
    pub(super) executed: Option<Graph>,
}

/// Chooses the order.
pub(super) fn program(notebook: &Notebook, cells: &[ParsedCell], choice: &Choice) -> Program {
    let notebook = Counted { notebook, cells, counts: counts(notebook, cells), choice };
    match (choice.order, executed(notebook.notebook, cells)) {
        (Some(OrderKind::Executed), Ok(order)) => asked(&notebook, order),
        (asked, executed) => automatic(&notebook, asked, executed),
    }
}

/// A notebook with its execution counts.
struct Counted<'a> {
    notebook: &'a Notebook,
    cells: &'a [ParsedCell],
    counts: BTreeMap<usize, u64>,
    choice: &'a Choice,
}

/// The executed order, since somebody asked for it.
fn asked(notebook: &Counted<'_>, order: Vec<usize>) -> Program {
    let program = notebook.in_order(order);
    let reason = match notebook.never_run(&program) {
        None => "it was asked for".to_owned(),
        Some(cell) => format!("it was asked for; {cell}, and stays behind the cell above it"),
    };
    Program { order: Order { reason, ..program.order }, ..program }
}

/// The file's order, unless the executed one is better.
fn automatic(notebook: &Counted<'_>, asked: Option<OrderKind>, executed: Result<Vec<usize>, String>) -> Program {
    let mut program = notebook.in_file();
    let early = notebook.early_reads(&program);
    let first = early.first().map(|first| first.words.clone());
    let executed = match executed {
        Ok(order) => order,
        Err(why) => {
            program.order.reason = match first {
                Some(first) => format!("top to bottom, {first}, but the execution counts give no other order: {why}"),
                None => why.clone(),
            };
            program.order.refused = (asked == Some(OrderKind::Executed)).then_some(why);
            return program;
        }
    };
    if executed == program.order.cells {
        "the cells ran in the order in which they stand".clone_into(&mut program.order.reason);
        return program;
    }
    let Some(first) = first.filter(|_| asked.is_none()) else {
        let reason =
            if asked.is_some() { "it was asked for" } else { "top to bottom, every name is defined before it is read" };
        reason.clone_into(&mut program.order.reason);
        program.executed = Some(dataflow::analyse_in_order(notebook.cells, &executed));
        return program;
    };
    let other = notebook.in_order(executed);
    match notebook.objection(&early, &other) {
        None => {
            let reason = format!("top to bottom, {first}, which the order of execution does not");
            Program { order: Order { reason, ..other.order }, ..other }
        }
        Some(objection) => {
            program.order.reason =
                format!("top to bottom, {first}, but the execution counts help no more: {objection}");
            program.executed = Some(other.graph);
            program
        }
    }
}

/// A name that is read before anything binds it, though something in the notebook does: what another order may change.
struct EarlyRead {
    at: At,
    name: String,
    /// Whether production needs the statement.
    production: bool,
    words: String,
}

impl Counted<'_> {
    fn in_file(&self) -> Program {
        let graph = dataflow::analyse(self.cells);
        let classification = classify(self.notebook, self.cells, &graph, self.choice);
        Program { order: Order::of_file(self.cells.len(), ""), graph, classification, executed: None }
    }

    fn in_order(&self, cells: Vec<usize>) -> Program {
        let graph = dataflow::analyse_in_order(self.cells, &cells);
        let classification = classify(self.notebook, self.cells, &graph, self.choice);
        let order = Order { kind: OrderKind::Executed, cells, ..Order::default() };
        Program { order, graph, classification, executed: None }
    }

    /// What production or a cell that ran reads too early, production first. A cell that never ran tells nothing about
    /// the order.
    fn early_reads(&self, program: &Program) -> Vec<EarlyRead> {
        let graph = &program.graph;
        let mut found: Vec<EarlyRead> = Vec::new();
        for undefined in &graph.undefined {
            let at = graph.statements[undefined.statement].at;
            let production = program.is_kept(undefined.statement);
            let binds = |facts: &StatementFacts| facts.binds.contains_key(&undefined.name);
            let binder = undefined.defined_later.or_else(|| graph.statements.iter().position(binds));
            let Some(binder) = binder.filter(|_| production || self.counts.contains_key(&at.cell)) else { continue };
            let (reader, name) = (describe_place(self.cells, at), &undefined.name);
            let words = if undefined.defined_later.is_some() {
                let binder = describe_place(self.cells, graph.statements[binder].at);
                format!("{reader} reads `{name}` before {binder} defines it")
            } else {
                format!("{reader} reads `{name}`, which is deleted before")
            };
            found.push(EarlyRead { at, name: name.clone(), production, words });
        }
        found.sort_by_key(|read| !read.production);
        found
    }

    /// What speaks against the executed order, given what the file's order reads too early.
    fn objection(&self, early: &[EarlyRead], executed: &Program) -> Option<String> {
        let left = self.early_reads(executed);
        let known = |read: &&EarlyRead| early.iter().any(|other| other.at == read.at && other.name == read.name);
        // Where the file's order gives no program at all, exploration may go wrong: it is not in the package.
        let stops = early.iter().any(|read| read.production);
        let first = match left.first() {
            Some(first) if first.production => Some(first),
            _ if stops => None,
            _ if left.len() >= early.len() => left.first(),
            _ => left.iter().find(|read| !known(read)),
        };
        first.map(|read| read.words.clone()).or_else(|| self.never_run(executed))
    }

    /// The first cell that production needs and that never ran, so that nothing tells when it would have.
    fn never_run(&self, program: &Program) -> Option<String> {
        let kept = |index: &usize| program.is_kept(*index);
        let cells =
            (0..program.graph.statements.len()).filter(kept).map(|index| program.graph.statements[index].at.cell);
        let cell = cells.filter(|cell| !self.counts.contains_key(cell)).min()?;
        Some(format!("production needs cell {}, which has no execution count", self.cells[cell].position))
    }
}

impl Program {
    fn is_kept(&self, statement: usize) -> bool {
        self.classification.statements.get(statement).is_some_and(Verdict::is_packaged)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::analysis::Analysis;

    fn analyse(cells: &[(&str, Option<u64>)], asked: Option<OrderKind>) -> Analysis {
        let cells: Vec<_> = cells
            .iter()
            .map(|(source, count)| {
                json!({"cell_type": "code", "metadata": {}, "outputs": [], "source": source, "execution_count": count})
            })
            .collect();
        let notebook = json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4});
        let choice = Choice { order: asked, ..Choice::default() };
        Analysis::of_notebook(notebook.to_string().as_bytes(), &choice).expect("a notebook")
    }

    fn order(cells: &[(&str, Option<u64>)]) -> Order {
        analyse(cells, None).order
    }

    const SAVE: &str = "df.to_csv('out.csv')";
    const LOAD: &str = "import pandas as pd\ndf = pd.read_csv('in.csv')";

    #[test]
    fn the_order_of_execution_is_taken_where_the_file_s_reads_too_early() {
        let order = order(&[(SAVE, Some(3)), ("df = df.dropna()", Some(2)), (LOAD, Some(1))]);
        assert_eq!((order.kind, order.cells), (OrderKind::Executed, vec![2, 1, 0]));
        assert!(order.reason.contains("cell 0 reads `df` before cell 1 defines it"), "{}", order.reason);
    }

    #[test]
    fn the_file_s_order_stays_where_it_runs() {
        let order = order(&[(LOAD, Some(1)), ("df['a'] = 1", Some(5)), ("df['b'] = 2", Some(2)), (SAVE, Some(6))]);
        assert_eq!((order.kind, order.cells), (OrderKind::File, vec![0, 1, 2, 3]));
    }

    #[test]
    fn counts_of_several_sessions_give_no_order() {
        let cells = [(SAVE, Some(2)), ("x = 1", Some(2)), (LOAD, Some(1))];
        let order = order(&cells);
        assert_eq!(order.kind, OrderKind::File);
        assert!(order.reason.contains("cells 0 and 1 both have the execution count 2"), "{}", order.reason);
        let asked = analyse(&cells, Some(OrderKind::Executed)).order;
        assert!(asked.kind == OrderKind::File && asked.refused.is_some());
    }

    #[test]
    fn production_needs_no_cell_that_never_ran() {
        for count in [None, Some(0)] {
            let cells = [(SAVE, Some(2)), (LOAD, Some(1)), ("df = df.dropna()", count)];
            let order = order(&cells);
            assert_eq!(order.kind, OrderKind::File);
            assert!(order.reason.contains("production needs cell 2"), "{}", order.reason);
            assert_eq!(analyse(&cells, Some(OrderKind::Executed)).order.cells, [1, 2, 0]);
        }
    }

    #[test]
    fn a_cell_that_never_ran_stays_behind_the_one_above_and_tells_nothing() {
        let order = order(&[(SAVE, Some(2)), ("print(missing)", None), (LOAD, Some(1)), ("missing = 1", None)]);
        assert_eq!((order.kind, order.cells), (OrderKind::Executed, vec![2, 3, 0, 1]));
    }

    #[test]
    fn imports_that_ran_again_stay_where_they_are() {
        let cells = [("import pandas as pd", Some(9)), (SAVE, Some(3)), ("df = pd.read_csv('in.csv')", Some(2))];
        assert_eq!(order(&cells).cells, [0, 2, 1]);
    }

    #[test]
    fn an_order_that_reads_too_early_elsewhere_is_none() {
        let cells =
            [(LOAD, Some(5)), ("print(late)", Some(2)), ("late = len(df)", Some(1)), (SAVE, Some(6)), ("df", Some(3))];
        let order = order(&cells);
        assert_eq!(order.kind, OrderKind::File);
        assert!(order.reason.contains("before cell 0 defines it"), "{}", order.reason);
    }

    #[test]
    fn the_file_s_order_can_be_asked_for() {
        let cells = [(SAVE, Some(2)), (LOAD, Some(1))];
        assert_eq!(analyse(&cells, Some(OrderKind::File)).order.cells, [0, 1]);
    }
}
