//! Cells that ran in another order than they stand in.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::context::{Context, enumerate};
use super::registry::declare_rule;
use crate::dataflow::{Definition, Dependency, DependencyKind, Graph, StatementFacts};
use crate::order::{OrderKind, counts, executed};
use crate::syntax::At;
use crate::syntax::ast::{Stmt, StmtKind};

declare_rule! {
    /// Execution counts that do not rise from top to bottom.
    OUT_OF_ORDER_EXECUTION = {
        name: "out-of-order-execution",
        code: "H101",
        summary: "Cells ran in another order than they stand in",
        level: Warning,
        docs: "out_of_order_execution.md",
        check: Some(check),
    }
}

/// How many values a message names.
const VALUES: usize = 6;

/// How many changed reads a message names.
const READS: usize = 3;

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    let analysis = context.analysis;
    let counts: Vec<(usize, u64)> = counts(&analysis.notebook, &analysis.cells).into_iter().collect();
    let Some([(above, _), (below, _)]) = counts.array_windows().find(|[first, second]| second.1 <= first.1) else {
        return;
    };
    let place = Some(context.lines(*below, (1, 1)));
    if analysis.order.kind == OrderKind::Executed {
        findings.push(OUT_OF_ORDER_EXECUTION.finding(
            place,
            format!("the package has the cells in the order in which they ran: {}", analysis.order.reason),
            "put the cells into that order and run all of them; `--order file` keeps to the file's meanwhile",
        ));
        return;
    }
    if let Err(why) = executed(&analysis.notebook, &analysis.cells) {
        findings.push(OUT_OF_ORDER_EXECUTION.finding(
            place,
            format!("{why}: in which order the saved results came about is not known"),
            "restart the kernel, run all cells from top to bottom, and compare the results",
        ));
        return;
    }
    let difference = Difference::of(context);
    findings.push(OUT_OF_ORDER_EXECUTION.finding(
        place,
        format!("{} ran before {}: {}", context.cell_name(*below), context.cell_name(*above), difference.words()),
        "restart the kernel, run all cells from top to bottom, and compare the results",
    ));
}

/// What production computes from other values when the cells run in the other order.
#[derive(Default)]
struct Difference {
    /// The variables whose values may differ, in the order of the program.
    values: Vec<String>,
    /// The cells that show or write something that may differ.
    shown: BTreeSet<String>,
    /// The reads that are the reason.
    reads: Vec<String>,
    /// Names that production reads and that are defined in time only as the cells ran.
    early: Vec<String>,
    /// Production reads too early in that order as well.
    neither: bool,
}

impl Difference {
    fn of(context: Context<'_>) -> Self {
        let mut found = Self::default();
        let Some(executed) = &context.analysis.executed else { return found };
        let graph = &context.analysis.graph;
        let mut affected: BTreeSet<usize> = BTreeSet::new();
        for statement in context.production() {
            let Some(other) = executed.index_of(statement.facts.at) else { continue };
            let in_file = sources(context, graph, statement.index);
            let in_time = sources(context, executed, other);
            let changed = changed_reads(context, statement.facts.at, &in_file, &in_time);
            let inherits =
                graph.dependencies_of(statement.index).any(|d| d.needed && affected.contains(&d.from) && is_value(d));
            if changed.is_empty() && !inherits {
                continue;
            }
            affected.insert(statement.index);
            found.note(context, statement.facts);
            for read in changed {
                if !found.reads.contains(&read) {
                    found.reads.push(read);
                }
            }
        }
        let early = |graph: &Graph| -> BTreeSet<(At, String)> {
            let reads = graph.undefined.iter().filter(|undefined| undefined.defined_later.is_some());
            let places = reads.map(|undefined| (graph.statements[undefined.statement].at, undefined.name.clone()));
            places.filter(|(at, _)| context.analysis.graph.index_of(*at).is_some_and(|i| context.is_kept(i))).collect()
        };
        let (in_file, in_time) = (early(graph), early(executed));
        found.neither = !in_file.is_empty() && !in_time.is_empty();
        let names: BTreeSet<String> = in_file.into_iter().map(|(_, name)| format!("`{name}`")).collect();
        found.early.extend(names);
        found
    }

    fn note(&mut self, context: Context<'_>, facts: &StatementFacts) {
        let bound = facts.binds.iter().filter(|(_, binding)| binding.definition == Definition::Data);
        let names: BTreeSet<&String> = bound.map(|(name, _)| name).chain(&facts.mutates).collect();
        if names.is_empty() && facts.binds.is_empty() {
            self.shown.insert(context.cell_name(facts.at.cell));
        }
        for name in names {
            let name = format!("`{name}`");
            if !self.values.contains(&name) {
                self.values.push(name);
            }
        }
    }

    fn words(&self) -> String {
        if self.neither {
            return "in neither order is every name defined before production reads it".to_owned();
        }
        if !self.early.is_empty() {
            return format!(
                "only so, production reads nothing before it is defined ({})",
                shortened(&self.early, VALUES)
            );
        }
        let what = if self.values.is_empty() {
            if self.shown.is_empty() {
                return "no value in production seems to depend on it".to_owned();
            }
            let shown: Vec<String> = self.shown.iter().cloned().collect();
            format!("what is shown or written in {}", shortened(&shown, VALUES))
        } else {
            shortened(&self.values, VALUES)
        };
        let why = if self.reads.is_empty() { String::new() } else { format!(": {}", shortened(&self.reads, READS)) };
        format!("top to bottom, as the package runs, {what} may come out otherwise{why}")
    }
}

/// `a, b and 3 more`
fn shortened(items: &[String], most: usize) -> String {
    let mut shown = items[..items.len().min(most)].to_vec();
    if items.len() > most {
        shown.push(format!("{} more", items.len() - most));
    }
    enumerate(&shown)
}

/// What a read takes its value from: a statement, and whether it changed the value or bound the name. An import is what
/// it imports: a module imported again is the same one.
type Source = Result<(At, bool), String>;

/// What a statement takes each name from.
fn sources<'g>(context: Context<'_>, graph: &'g Graph, statement: usize) -> BTreeMap<&'g str, BTreeSet<Source>> {
    let mut found: BTreeMap<&str, BTreeSet<Source>> = BTreeMap::new();
    for dependency in graph.dependencies_of(statement).filter(|d| d.needed && is_value(d)) {
        let at = graph.statements[dependency.from].at;
        let imported = context.analysis.statement(at).and_then(|from| imported(from, &dependency.name));
        let source = imported.map_or(Ok((at, dependency.mutation)), Err);
        found.entry(&dependency.name).or_default().insert(source);
    }
    found
}

/// Whether values go through a dependency: not the figure that is being drawn, or settings of the display.
fn is_value(dependency: &Dependency) -> bool {
    dependency.kind != DependencyKind::State || dependency.name.ends_with("random>")
}

/// What a name stands for that a statement imports.
fn imported(statement: &Stmt, name: &str) -> Option<String> {
    match &statement.kind {
        StmtKind::Import(aliases) => {
            let alias = aliases.iter().find(|alias| alias.bound() == name)?;
            Some(if alias.asname.is_some() { alias.name.clone() } else { name.to_owned() })
        }
        StmtKind::ImportFrom { module, level, names } => {
            let alias = names.iter().find(|alias| alias.bound() == name)?;
            Some(format!("{}{module}.{}", ".".repeat(*level), alias.name))
        }
        _ => None,
    }
}

/// The names that a statement takes from other statements, in words. Where one of the orders has none at all, it is
/// not known to run.
fn changed_reads(
    context: Context<'_>,
    at: At,
    in_file: &BTreeMap<&str, BTreeSet<Source>>,
    in_time: &BTreeMap<&str, BTreeSet<Source>>,
) -> Vec<String> {
    let reader = context.cell_name(at.cell);
    let mut changed = Vec::new();
    for (name, file) in in_file {
        let Some(time) = in_time.get(name).filter(|time| *time != file) else { continue };
        let cells = |these: &BTreeSet<Source>, others: &BTreeSet<Source>| -> Vec<String> {
            let own: BTreeSet<usize> =
                these.difference(others).filter_map(|s| s.as_ref().ok()).map(|s| s.0.cell).collect();
            own.into_iter().map(|cell| context.cell_name(cell)).collect()
        };
        let (then, now) = (cells(time, file), cells(file, time));
        let what = name.trim_matches(['<', '>']);
        changed.push(match (then.as_slice(), now.as_slice()) {
            ([], []) => format!("`{what}` in {reader} was another import"),
            (then, []) => format!("`{what}` in {reader} had the changes of {}", enumerate(then)),
            ([], now) => format!("`{what}` in {reader} had not the changes of {}", enumerate(now)),
            (then, now) => format!("`{what}` in {reader} came from {}, not from {}", enumerate(then), enumerate(now)),
        });
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::super::testing::{analyse, borrowed, by_rule, cell, churn, of_cells};

    fn ran(order: &[usize], between: &str) -> Vec<crate::rules::Finding> {
        let cells: Vec<_> =
            churn(between).iter().zip(order).map(|(code, count)| cell(code, Some(*count), &[])).collect();
        let found = analyse(&of_cells(&cells)).findings;
        found.into_iter().filter(|finding| finding.rule == "out-of-order-execution").collect()
    }

    #[test]
    fn the_first_step_back_is_named() {
        let found = ran(&[1, 2, 9, 4, 5, 6, 7], "print(1)");
        assert_eq!(found.len(), 1);
        assert!(found[0].message.starts_with("cell 3 ran before cell 2"), "{found:?}");
    }

    #[test]
    fn reads_that_change_are_named() {
        let found = ran(&[1, 2, 9, 4, 5, 6, 7], "X = X.fillna(0)");
        assert!(found[0].message.contains("`X` in cell 3 came from cell 1, not from cell 2"), "{found:?}");
    }

    fn counted(cells: &[(&str, Option<usize>)]) -> crate::analysis::Analysis {
        let cells: Vec<_> = cells.iter().map(|(code, count)| cell(code, *count, &[])).collect();
        analyse(&of_cells(&cells))
    }

    fn message(cells: &[(&str, Option<usize>)]) -> String {
        let found = counted(cells).findings;
        let found = found.into_iter().find(|finding| finding.rule == "out-of-order-execution");
        found.map(|finding| finding.message).unwrap_or_default()
    }

    #[test]
    fn values_that_may_differ_are_named_down_to_the_model() {
        let found = ran(&[1, 2, 9, 4, 5, 6, 7], "X = X.fillna(0)");
        assert!(found[0].message.contains("`model`"), "{found:?}");
    }

    #[test]
    fn changes_in_another_order_are_differences() {
        let cells = [
            ("import pandas as pd\ndf = pd.read_csv('a.csv')", Some(1)),
            ("df['b'] = df['a'] / df['a'].max()", Some(3)),
            ("df.drop_duplicates(inplace=True)", Some(2)),
            ("df.to_csv('b.csv')", Some(4)),
        ];
        let found = message(&cells);
        assert!(found.contains("`df` may come out otherwise: `df` in cell 1 had the changes of cell 2"), "{found}");
    }

    #[test]
    fn an_import_that_ran_again_is_the_same() {
        let cells = [
            ("import pandas as pd", Some(9)),
            ("import pandas as pd\ndf = pd.read_csv('a.csv')", Some(3)),
            ("df.to_csv('b.csv')", Some(4)),
        ];
        assert!(message(&cells).contains("no value in production seems to depend on it"), "{}", message(&cells));
    }

    #[test]
    fn equal_counts_give_no_order() {
        let cells = [("a = 1", Some(1)), ("b = a", Some(2)), ("print(b)", Some(2))];
        assert!(message(&cells).contains("cells 1 and 2 both have the execution count 2"), "{}", message(&cells));
    }

    #[test]
    fn rising_counts_are_quiet_even_with_gaps() {
        assert_eq!(ran(&[1, 2, 5, 6, 7, 20, 21], "print(1)"), []);
        assert_eq!(by_rule(&borrowed(&churn("print(1)")), "out-of-order-execution"), []);
    }
}
