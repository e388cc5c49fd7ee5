//! Exploration that somebody marked and that production needs all the same.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::context::{Context, Statement, enumerate};
use super::registry::declare_rule;
use crate::classify::{Mark, Source, Word};
use crate::dataflow::{Dependency, DependencyKind};
use crate::syntax::ast::StmtKind;

declare_rule! {
    /// Production needs code that is marked as exploration.
    FORCED_EXPLORATION_IS_NEEDED = {
        name: "forced-exploration-is-needed",
        code: "P107",
        summary: "Production needs code that is marked as exploration",
        level: Error,
        docs: "forced_exploration.md",
        check: Some(check),
    }
}

/// How many readers a message names.
const READERS: usize = 3;

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    // By cell and mark: the statements under one mark.
    let mut groups: BTreeMap<(usize, Option<usize>), Vec<Statement<'_>>> = BTreeMap::new();
    for statement in context.production() {
        let Some(mark) = mark(context, statement.index).filter(|mark| is_broken(context, statement, mark)) else {
            continue;
        };
        groups.entry((statement.facts.at.cell, mark.line)).or_default().push(statement);
    }
    for group in groups.values() {
        let Some(first) = group.first() else { continue };
        let Some(mark) = mark(context, first.index) else { continue };
        let readers = readers(context, group);
        findings.push(FORCED_EXPLORATION_IS_NEEDED.decision(
            true,
            context.place(first.facts.at),
            format!("{}, but production needs it: {}", mark.evidence(), reasons(&readers, group)),
            help(mark, &readers),
        ));
    }
}

/// The decision for exploration that holds for a statement.
fn mark(context: Context<'_>, statement: usize) -> Option<&Mark> {
    let mark = context.analysis.classification.marks.statements.get(&statement)?;
    (mark.word == Word::Exploration && mark.is_decision()).then_some(mark)
}

/// An import goes with whatever uses it: a cell for exploration may hold some that production uses, too.
fn is_broken(context: Context<'_>, statement: Statement<'_>, mark: &Mark) -> bool {
    let import = context
        .analysis
        .statement(statement.facts.at)
        .is_some_and(|code| matches!(code.kind, StmtKind::Import(_) | StmtKind::ImportFrom { .. }));
    !(import && mark.is_of_cell())
}

/// A place that needs something of a group.
struct Reader<'a> {
    /// `cell 12`, `line 4`
    place: String,
    /// How it is marked itself, if it is.
    mark: Option<&'a Mark>,
    /// Names that the group binds.
    reads: Vec<String>,
    /// What else it needs of the group.
    needs: Vec<String>,
}

fn readers<'a>(context: Context<'a>, group: &[Statement<'_>]) -> Vec<Reader<'a>> {
    let graph = &context.analysis.graph;
    let marks = &context.analysis.classification.marks.statements;
    // Imports under the same mark belong to it, though they alone would be no finding.
    let cell = group.first().map(|first| first.facts.at.cell);
    let mark = group.first().and_then(|first| marks.get(&first.index));
    let shared = |index: usize| cell == Some(graph.statements[index].at.cell) && mark == marks.get(&index);
    let within = |index: usize| group.iter().any(|statement| statement.index == index);
    let crossing = |picture: bool| {
        let needed = graph.dependencies.iter().filter(move |d| d.needed && d.is_picture() == picture);
        needed.filter(|d| within(d.from) && !shared(d.to) && context.is_kept(d.to)).collect::<Vec<_>>()
    };
    let mut dependencies = crossing(false);
    if dependencies.is_empty() {
        dependencies = crossing(true);
    }
    let mut found: Vec<Reader<'a>> = Vec::new();
    for dependency in dependencies {
        let at = graph.statements[dependency.to].at;
        let place = if cell == Some(at.cell) {
            format!("line {}", context.place(at).map_or(1, |place| place.lines.0))
        } else {
            context.cell_name(at.cell)
        };
        let mark = marks.get(&dependency.to).filter(|mark| mark.is_decision());
        let known = found.iter().position(|reader| reader.place == place && reader.mark == mark);
        let index = known.unwrap_or_else(|| {
            found.push(Reader { place, mark, reads: Vec::new(), needs: Vec::new() });
            found.len() - 1
        });
        let reader = &mut found[index];
        let (list, words) = match need(dependency) {
            None => (&mut reader.reads, format!("`{}`", dependency.name)),
            Some(words) => (&mut reader.needs, words),
        };
        if !list.contains(&words) {
            list.push(words);
        }
    }
    for Reader { reads, needs, .. } in &mut found {
        // Whoever reads a name reads what it was changed to.
        needs.retain(|need| !reads.iter().any(|name| *need == changed(name)));
    }
    found
}

/// How a name that is only changed here is read.
fn changed(name: &str) -> String {
    format!("reads {name}, which is changed here")
}

/// What a dependency is about, where it is not the value of a name that is bound.
fn need(dependency: &Dependency) -> Option<String> {
    let name = dependency.name.trim_matches(['<', '>']);
    match dependency.kind {
        DependencyKind::State => Some(format!("needs the state of `{name}` as it is left here")),
        DependencyKind::File => {
            let path = name.strip_prefix("file:").unwrap_or(name);
            Some(format!("reads the file `{path}`, which is written here"))
        }
        _ if dependency.mutation => Some(changed(&format!("`{name}`"))),
        _ => None,
    }
}

/// `cell 12 reads `df` from here; cell 14 …`
fn reasons(readers: &[Reader<'_>], group: &[Statement<'_>]) -> String {
    if readers.is_empty() {
        // Something that the analysis did not see run names it, or it makes the table that is the result.
        let facts = group.iter().map(|statement| statement.facts);
        let names: Vec<String> =
            facts.flat_map(|facts| facts.binds.keys().chain(&facts.mutates)).map(|name| format!("`{name}`")).collect();
        return format!("it makes {}", enumerate(&names));
    }
    let mut said: Vec<String> = readers.iter().take(READERS).map(Reader::sentence).collect();
    if readers.len() > READERS {
        let more = readers.len() - READERS;
        said.push(if more == 1 { "one more place needs it".to_owned() } else { format!("{more} more places need it") });
    }
    said.join("; ")
}

impl Reader<'_> {
    fn sentence(&self) -> String {
        let mut parts = Vec::new();
        if !self.reads.is_empty() {
            parts.push(format!("reads {} from here", enumerate(&self.reads)));
        }
        parts.extend(self.needs.iter().cloned());
        let mark = self.mark.map(|mark| format!(" ({})", mark.evidence())).unwrap_or_default();
        format!("{}{mark} {}", self.place, enumerate(&parts))
    }
}

fn help(mark: &Mark, readers: &[Reader<'_>]) -> String {
    let mut ways = vec![match mark.source {
        Source::Configuration => "take the cell out of `exploration` in the configuration".to_owned(),
        Source::Tag => format!("remove the tag `{}`", mark.text),
        _ => format!("remove `{}`", mark.text),
    }];
    let unmarked = readers.iter().filter(|reader| reader.mark.is_none_or(|mark| mark.word != Word::Exploration));
    let mut places: Vec<String> = unmarked.map(|reader| reader.place.clone()).collect();
    places.dedup();
    if !places.is_empty() && places.len() <= READERS {
        ways.push(format!("mark {} as exploration too", enumerate(&places)));
    }
    let names: BTreeSet<&String> = readers.iter().flat_map(|reader| &reader.reads).collect();
    let names: Vec<String> = names.into_iter().cloned().collect();
    // What is changed here can't be computed elsewhere.
    let movable = mark.is_of_cell() && !names.is_empty() && readers.iter().all(|reader| reader.needs.is_empty());
    if movable {
        let what = if names.len() <= READERS { enumerate(&names) } else { "what they read".to_owned() };
        ways.push(format!("compute {what} in a cell of its own"));
    }
    match ways.as_slice() {
        [only] => format!("{only}; until then the package has the code"),
        [first @ .., last] => format!("{}, or {last}; until then the package has the code", first.join(", ")),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{analyse, borrowed, by_rule, cell, churn, of_cells};
    use super::*;
    use crate::analysis::Analysis;
    use crate::classify::Choice;

    const RULE: &str = "forced-exploration-is-needed";

    /// The findings about the churn notebook with a tag at one cell, or several.
    fn tagged(cells: &[String], tags: &[(usize, &str)]) -> Vec<Finding> {
        let mut made: Vec<_> = cells.iter().map(|source| cell(source, None, &[])).collect();
        for (index, tag) in tags {
            made[*index]["metadata"] = json!({"tags": [tag]});
        }
        analyse(&of_cells(&made)).findings.into_iter().filter(|finding| finding.rule == RULE).collect()
    }

    #[test]
    fn a_marked_statement_that_production_reads_stops() {
        let cells = churn("medians = X.median()  # nb2pkg: exploration\nX = X.fillna(medians)");
        let found = by_rule(&borrowed(&cells), RULE);
        let [only] = found.as_slice() else { panic!("{found:?}") };
        assert!(only.blocking && only.level == crate::rules::Level::Error);
        let place = only.place.as_ref().expect("a place");
        assert_eq!((place.position, place.lines), (Some(2), (1, 1)));
        assert!(only.message.ends_with("production needs it: line 2 reads `medians` from here"), "{}", only.message);
        assert!(only.help.contains("remove `# nb2pkg: exploration`"), "{}", only.help);
    }

    #[test]
    fn one_finding_for_a_cell_names_all_that_need_it() {
        let mut cells = churn("X = X.fillna(0)\nX['half'] = X['a'] / 2");
        cells.insert(3, "X['b'] = X['half'] * 3\nz = X.shape".to_owned());
        let found = tagged(&cells, &[(1, "exploration")]);
        let [only] = found.as_slice() else { panic!("{found:?}") };
        for words in ["tagged `exploration`, but production needs it: cell 2 reads `X`", "cell 4 reads `y` from here"] {
            assert!(only.message.contains(words), "{}", only.message);
        }
        assert!(only.help.contains("remove the tag `exploration`") && only.help.contains("mark cell"), "{}", only.help);
    }

    #[test]
    fn what_is_under_the_same_mark_needs_nothing_of_it() {
        let cells =
            churn("import numpy as np\nnp.random.seed(0)\nnoise = np.random.rand(3)\nimport random\nX = X + noise[0]");
        let found = tagged(&cells, &[(2, "exploration")]);
        let [only] = found.as_slice() else { panic!("{found:?}") };
        assert!(!only.message.contains("line ") && !only.message.contains("`np`"), "{}", only.message);
        assert!(only.help.contains("compute `X` in a cell of its own"), "{}", only.help);
    }

    #[test]
    fn production_by_mark_needs_it_as_well() {
        let cells = ["import pandas as pd", "df = pd.read_csv('a.csv')", "df.describe()"].map(str::to_owned);
        assert_eq!(tagged(&cells, &[(1, "exploration")]), []);
        let found = tagged(&cells, &[(1, "exploration"), (2, "production")]);
        let [only] = found.as_slice() else { panic!("{found:?}") };
        assert!(only.message.ends_with("cell 2 (tagged `production`) reads `df` from here"), "{}", only.message);
    }

    #[test]
    fn the_configuration_is_named() {
        let cells: Vec<_> = churn("X = X.fillna(0)").iter().map(|source| cell(source, None, &[])).collect();
        let choice = Choice { exploration_cells: [2].into(), ..Choice::default() };
        let analysis = Analysis::of_notebook(of_cells(&cells).to_string().as_bytes(), &choice).expect("a notebook");
        let found = analysis.findings.iter().find(|finding| finding.rule == RULE).expect("a finding");
        assert!(found.help.contains("out of `exploration` in the configuration"), "{}", found.help);
    }

    #[test]
    fn what_production_does_not_need_is_quiet() {
        assert_eq!(by_rule(&borrowed(&churn("X.hist()  # nb2pkg: exploration")), RULE), []);
        // Imports go with what uses them, and hiding a cell decides nothing.
        assert_eq!(tagged(&churn(""), &[(0, "exploration")]), []);
        assert_eq!(tagged(&churn("X = X.fillna(0)"), &[(2, "remove-cell")]), []);
    }
}
