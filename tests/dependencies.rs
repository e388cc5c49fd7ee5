//! Every file under `fixtures/dependencies/` is a small notebook that says itself what depends on what.
//!
//! A case is a file, so a new one needs no change here; `fixtures/README.md` explains how they are written. Each is a
//! test of its own: `cargo test --test dependencies aliases::` runs a folder. `DEPENDENCY_CASES=FOLDER` takes the cases
//! from somewhere else.

#![allow(clippy::print_stderr, reason = "tests say why they can't begin")]

mod cases;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use cases::{CELL, MARK};
use nb2pkg::dataflow::{Definition, Graph, analyse};
use nb2pkg::ipython::transform;
use nb2pkg::syntax::{ParsedCell, Trust, parse_cell};

/// An empty list of statements.
const NOTHING: &str = "nothing";

fn main() -> ExitCode {
    cases::run("dependencies", "DEPENDENCY_CASES", check, Vec::new())
}

/// What a case says of one statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    /// Exactly these are direct dependencies that a slice follows.
    Needs,
    /// Exactly these are direct dependencies that a slice does not follow.
    Unneeded,
    /// Exactly these are in the statement's slice, itself aside.
    Slice,
    /// These are in the slice, others may be.
    Reaches,
    /// None of these is in the slice.
    Without,
    /// Exactly these names are read where nothing defines them.
    Undefined,
}

impl Claim {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "needs" => Self::Needs,
            "unneeded" => Self::Unneeded,
            "slice" => Self::Slice,
            "reaches" => Self::Reaches,
            "without" => Self::Without,
            "undefined" => Self::Undefined,
            _ => return None,
        })
    }
}

/// The expectation of one line: `label needs a b; without c`.
#[derive(Debug, Default)]
struct Expectation<'t> {
    label: Option<&'t str>,
    claims: Vec<(Claim, BTreeSet<&'t str>)>,
}

impl<'t> Expectation<'t> {
    fn parse(text: &'t str) -> Result<Self, String> {
        let mut read = Self::default();
        for (index, clause) in text.split(';').enumerate() {
            let mut words = clause.split_whitespace().peekable();
            if index == 0 {
                read.label = words.next_if(|word| Claim::of(word).is_none());
            }
            let Some(word) = words.next() else { continue };
            let claim = Claim::of(word).ok_or_else(|| {
                format!("`{word}` is none of needs, unneeded, slice, reaches, without, undefined (divided by `;`)")
            })?;
            let named: BTreeSet<&str> = words.collect();
            if named.is_empty() || (named.contains(NOTHING) && named.len() > 1) {
                return Err(format!("`{word}` is followed by labels, or by `{NOTHING}` alone"));
            }
            read.claims.push((claim, named.into_iter().filter(|name| *name != NOTHING).collect()));
        }
        Ok(read)
    }
}

/// A notebook with what it says of its statements, both by index into the graph.
struct Case<'t> {
    graph: Graph,
    /// The 1-based line in the file where each statement begins.
    lines: Vec<usize>,
    labels: BTreeMap<usize, &'t str>,
    expectations: BTreeMap<usize, Vec<(usize, Expectation<'t>)>>,
}

impl<'t> Case<'t> {
    fn read(text: &'t str) -> Result<Self, String> {
        let starts: Vec<usize> =
            text.lines().enumerate().filter(|(_, l)| l.starts_with(CELL)).map(|(i, _)| i).collect();
        let lines: Vec<&str> = text.lines().collect();
        let mut cells: Vec<ParsedCell> = Vec::new();
        for (index, start) in starts.iter().enumerate() {
            let end = starts.get(index + 1).copied().unwrap_or(lines.len());
            let cell = parse_cell(index, index, transform(&lines[start + 1..end].join("\n")));
            if let Trust::Opaque { line, reason, .. } = &cell.trust {
                return Err(format!("line {}: {reason}", start + 1 + line));
            }
            cells.push(cell);
        }
        let graph = analyse(&cells);
        let places: Vec<(usize, usize)> = graph
            .statements
            .iter()
            .map(|facts| {
                let cell = &cells[facts.at.cell];
                let (first, last) = cell.lines(cell.statements[facts.at.statement].span);
                (starts[facts.at.cell] + 1 + first, starts[facts.at.cell] + 1 + last)
            })
            .collect();
        let mut case = Self {
            graph,
            lines: places.iter().map(|(first, _)| *first).collect(),
            labels: BTreeMap::new(),
            expectations: BTreeMap::new(),
        };
        for (index, line) in lines.iter().enumerate() {
            let number = index + 1;
            let Some((_, comment)) = line.rsplit_once(MARK) else { continue };
            let on: Vec<usize> =
                (0..places.len()).filter(|s| places[*s].0 <= number && number <= places[*s].1).collect();
            let [statement] = on.as_slice() else {
                return Err(format!("line {number}: an expectation needs one statement, here are {}", on.len()));
            };
            let expectation = Expectation::parse(comment).map_err(|why| format!("line {number}: {why}"))?;
            if let Some(label) = expectation.label {
                if case.labels.values().any(|known| *known == label) || case.labels.contains_key(statement) {
                    return Err(format!("line {number}: one label a statement, and each label once: `{label}`"));
                }
                case.labels.insert(*statement, label);
            }
            case.expectations.entry(*statement).or_default().push((number, expectation));
        }
        case.validate()?;
        Ok(case)
    }

    /// A case that says nothing, or speaks of statements that it does not have, would prove nothing.
    fn validate(&self) -> Result<(), String> {
        let mut claims = 0;
        for (number, expectation) in self.expectations.values().flatten() {
            for (claim, named) in &expectation.claims {
                claims += 1;
                let unknown =
                    named.iter().find(|name| *claim != Claim::Undefined && !self.labels.values().any(|l| l == *name));
                if let Some(name) = unknown {
                    return Err(format!("line {number}: no statement has the label `{name}`"));
                }
            }
        }
        if claims == 0 { Err("nothing is expected".to_owned()) } else { Ok(()) }
    }

    /// The statement's label, or its line.
    fn name(&self, statement: usize) -> String {
        self.labels.get(&statement).map_or_else(|| format!("line {}", self.lines[statement]), |l| (*l).to_owned())
    }

    /// Whether a list of statements has to mention this one: imports only if they have a label.
    fn counts(&self, statement: usize) -> bool {
        let binds = &self.graph.statements[statement].binds;
        let import = !binds.is_empty() && binds.values().all(|binding| binding.definition == Definition::Import);
        !import || self.labels.contains_key(&statement)
    }

    fn direct(&self, statement: usize, needed: bool) -> BTreeSet<usize> {
        let needs: BTreeSet<usize> =
            self.graph.dependencies_of(statement).filter(|d| d.needed).map(|d| d.from).collect();
        if needed {
            return needs;
        }
        let others = self.graph.dependencies_of(statement).filter(|d| !d.needed).map(|d| d.from);
        others.filter(|from| !needs.contains(from)).collect()
    }

    /// What is wrong with one claim, if anything is.
    fn wrong(&self, statement: usize, claim: Claim, named: &BTreeSet<&str>) -> Option<String> {
        let found: BTreeSet<String> = match claim {
            Claim::Undefined => {
                let read = self.graph.undefined.iter().filter(|undefined| undefined.statement == statement);
                read.map(|undefined| undefined.name.clone()).collect()
            }
            Claim::Needs | Claim::Unneeded => self.names(self.direct(statement, claim == Claim::Needs)),
            Claim::Slice | Claim::Reaches | Claim::Without => {
                let mut slice = self.graph.slice([statement]);
                slice.remove(&statement);
                self.names(slice)
            }
        };
        let named: BTreeSet<String> = named.iter().map(|name| (*name).to_owned()).collect();
        let missing: Vec<&String> = named.difference(&found).collect();
        let surplus: Vec<&String> = found.difference(&named).collect();
        let common: Vec<&String> = found.intersection(&named).collect();
        let join = |names: &[&String]| names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
        let mut parts = Vec::new();
        if claim == Claim::Without {
            if !common.is_empty() {
                parts.push(format!("is there: {}", join(&common)));
            }
        } else {
            if !missing.is_empty() {
                parts.push(format!("missing: {}", join(&missing)));
            }
            if claim != Claim::Reaches && !surplus.is_empty() {
                parts.push(format!("too many: {}", join(&surplus)));
            }
        }
        (!parts.is_empty()).then(|| format!("{claim:?}: {}", parts.join("; ")).to_lowercase())
    }

    fn names(&self, statements: BTreeSet<usize>) -> BTreeSet<String> {
        statements.into_iter().filter(|s| self.counts(*s)).map(|s| self.name(s)).collect()
    }

    /// The dependencies of a statement as the analysis has them.
    fn found(&self, statement: usize) -> String {
        let shown: BTreeSet<String> = self
            .graph
            .dependencies_of(statement)
            .filter(|d| self.counts(d.from))
            .map(|d| {
                let unneeded = if d.needed { "" } else { ", not needed" };
                format!("{} ({} `{}`{unneeded})", self.name(d.from), d.kind.name(), d.name)
            })
            .collect();
        if shown.is_empty() { NOTHING.to_owned() } else { shown.into_iter().collect::<Vec<_>>().join(", ") }
    }
}

/// What is wrong with a case: its source, with remarks below the lines that are not as they say.
fn check(text: &str) -> Result<(), String> {
    let case = Case::read(text)?;
    let mut remarks: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for statement in 0..case.graph.statements.len() {
        let expectations = case.expectations.get(&statement).map_or(&[][..], Vec::as_slice);
        let mut claims: Vec<(usize, Claim, BTreeSet<&str>)> = Vec::new();
        for (number, expectation) in expectations {
            claims.extend(expectation.claims.iter().map(|(claim, named)| (*number, *claim, named.clone())));
        }
        // A name that nothing defines is a slip in the case, unless it says so.
        if !claims.iter().any(|(_, claim, _)| *claim == Claim::Undefined) {
            claims.push((case.lines[statement], Claim::Undefined, BTreeSet::new()));
        }
        for (number, claim, named) in claims {
            if let Some(why) = case.wrong(statement, claim, &named) {
                let found = format!("found: {}", case.found(statement));
                remarks.entry(number).or_default().extend([why, found]);
            }
        }
    }
    if remarks.is_empty() {
        return Ok(());
    }
    Err(cases::remark(text, |line| remarks.get(&line).map_or(&[], Vec::as_slice)))
}
