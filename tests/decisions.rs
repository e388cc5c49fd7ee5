//! Every file under `fixtures/decisions/` is a small notebook that says itself what is production in it, and which model
//! is the one; `fixtures/decisions/README.md` is the page of the rules that they show.
//!
//! A case is a file, so a new one needs no change here; `fixtures/README.md` explains how they are written. Each is a
//! test of its own: `cargo test --test decisions evidence::` runs a folder. `DECISION_CASES=FOLDER` takes the cases from
//! somewhere else.

#![allow(clippy::print_stderr, reason = "tests say why they can't begin")]

mod cases;
#[path = "decisions/claims.rs"]
mod claims;
#[path = "decisions/notebook.rs"]
mod notebook;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use claims::{Claim, Whole};
use libtest_mimic::{Failed, Trial};
use nb2pkg::analysis::Analysis;
use nb2pkg::classify::{Candidate, Choice, Model, Role};
use nb2pkg::syntax::Trust;

fn main() -> ExitCode {
    let page = Trial::test("page", || the_page_names_all_cases().map_err(Failed::from));
    cases::run("decisions", "DECISION_CASES", check, vec![page])
}

/// A rule without a case, or a case without a rule, would not be explained.
fn the_page_names_all_cases() -> Result<(), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/decisions");
    let page = fs::read_to_string(folder.join("README.md")).map_err(|error| error.to_string())?;
    let cases: BTreeSet<String> = cases::names(&folder).map_err(|error| error.to_string())?.into_iter().collect();
    let subjects: BTreeSet<&str> = cases.iter().filter_map(|case| Some(case.split_once('/')?.0)).collect();
    // `subject/case` between backticks.
    let spans = page.split('`').skip(1).step_by(2);
    let named: BTreeSet<String> = spans
        .filter(|span| span.split_once('/').is_some_and(|(subject, _)| subjects.contains(subject)))
        .map(str::to_owned)
        .collect();
    let list = |names: Vec<&String>| names.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let unexplained = list(cases.difference(&named).collect());
    let missing = list(named.difference(&cases).collect());
    match (unexplained.as_str(), missing.as_str()) {
        ("", "") => Ok(()),
        ("", missing) => Err(format!("fixtures/decisions/README.md names cases that are not there: {missing}")),
        (unexplained, _) => Err(format!("fixtures/decisions/README.md does not name these cases: {unexplained}")),
    }
}

/// What is wrong with a case: its source, with remarks below the lines that are not as they say, and what was decided.
fn check(text: &str) -> Result<(), String> {
    let case = Case::read(text)?;
    let mut remarks: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (line, claim) in &case.whole {
        if let Some(why) = case.wrong_of_whole(claim) {
            remarks.entry(*line).or_default().push(why);
        }
    }
    for (line, statement, claim) in &case.claims {
        if let Some(why) = case.wrong(*statement, claim) {
            let verdict = &case.analysis.classification.statements[*statement];
            let found = format!("{why} ({}: {})", verdict.role.name(), verdict.evidence.join("; "));
            remarks.entry(*line).or_default().push(found);
        }
    }
    if remarks.is_empty() {
        return Ok(());
    }
    let mut shown = cases::remark(text, |line| remarks.get(&line).map_or(&[], Vec::as_slice));
    shown.push_str(&case.decided());
    Err(shown)
}

/// A notebook with its decisions and what it says of them.
struct Case {
    analysis: Analysis,
    /// Line, and claim about the whole.
    whole: Vec<(usize, Whole)>,
    /// Line, statement as an index of the graph, and claim.
    claims: Vec<(usize, usize, Claim)>,
}

impl Case {
    fn read(text: &str) -> Result<Self, String> {
        let notebook = notebook::read(text)?;
        let first = notebook.starts.first().copied().ok_or("a case has cells")?;
        let in_line = |line: usize| move |why: String| format!("line {line}: {why}");
        let mut whole = Vec::new();
        for (line, expectation) in notebook.expectations.iter().filter(|(line, _)| *line < first) {
            let claims = claims::of_whole(expectation).map_err(in_line(*line))?;
            whole.extend(claims.into_iter().map(|claim| (*line, claim)));
        }
        let choice = asked(whole.iter().map(|(_, claim)| claim));
        let analysis = Analysis::of_notebook(&notebook.bytes, &choice).map_err(|error| error.to_string())?;
        for cell in &analysis.cells {
            if let Trust::Opaque { line, reason, .. } = &cell.trust {
                return Err(format!("line {}: {reason}", notebook.starts[cell.position] + line));
            }
        }
        let lines: Vec<(usize, usize)> = analysis
            .graph
            .statements
            .iter()
            .map(|facts| {
                let cell = &analysis.cells[facts.at.cell];
                let (first, last) = cell.lines(cell.statements[facts.at.statement].span);
                (notebook.starts[cell.position] + first, notebook.starts[cell.position] + last)
            })
            .collect();
        let mut claims = Vec::new();
        for (line, expectation) in notebook.expectations.iter().filter(|(line, _)| *line > first) {
            let on: Vec<usize> = (0..lines.len()).filter(|s| lines[*s].0 <= *line && *line <= lines[*s].1).collect();
            let [statement] = on.as_slice() else {
                return Err(format!("line {line}: an expectation needs one statement, here are {}", on.len()));
            };
            let said = claims::of_statement(expectation).map_err(in_line(*line))?;
            claims.extend(said.into_iter().map(|claim| (*line, *statement, claim)));
        }
        let case = Self { analysis, whole, claims };
        case.validate()?;
        Ok(case)
    }

    /// A case that expects nothing would prove nothing, and a name that nothing defines is a slip.
    fn validate(&self) -> Result<(), String> {
        let asks = |claim: &Whole| matches!(claim, Whole::Ask(_) | Whole::Configured(..));
        if self.claims.is_empty() && self.whole.iter().all(|(_, claim)| asks(claim)) {
            return Err("nothing is expected".to_owned());
        }
        match self.analysis.graph.undefined.first() {
            Some(undefined) => Err(format!("nothing defines `{}`", undefined.name)),
            None => Ok(()),
        }
    }

    fn model(&self) -> Option<(&Model, &Candidate)> {
        let model = self.analysis.classification.model.as_ref()?;
        Some((model, &self.analysis.classification.candidates[model.candidate]))
    }

    /// What is wrong with a claim about a statement, if anything is.
    fn wrong(&self, statement: usize, claim: &Claim) -> Option<String> {
        let classification = &self.analysis.classification;
        let at = self.analysis.graph.statements[statement].at;
        let verdict = &classification.statements[statement];
        let no = |holds: bool, why: String| (!holds).then_some(why);
        match claim {
            Claim::Role(role) => no(verdict.role == *role, format!("is {}", verdict.role.name())),
            Claim::Model(name) => {
                let Some((_, chosen)) = self.model() else { return Some("there is no production model".to_owned()) };
                let fits = chosen.fit == at && name.as_ref().is_none_or(|name| is_called(chosen, name));
                no(fits, format!("the production model is {}", describe(chosen)))
            }
            Claim::Sink(kind) => {
                let sink = classification.sinks.iter().find(|sink| sink.statement == statement);
                let Some(sink) = sink else { return Some("is no sink".to_owned()) };
                let name = claims::sink_name(sink.kind);
                no(kind.as_ref().is_none_or(|kind| kind == name), format!("is a sink as {name}"))
            }
            Claim::Picks => {
                let picked = self.model().and_then(|(model, _)| model.picked);
                no(picked == Some(at), "does not pick the model".to_owned())
            }
            Claim::Why(text) => {
                no(verdict.evidence.iter().any(|why| why.contains(text)), "says another reason".to_owned())
            }
        }
    }

    /// What is wrong with a claim about the whole, if anything is.
    fn wrong_of_whole(&self, claim: &Whole) -> Option<String> {
        let model = self.model();
        let of_model = |holds: &dyn Fn(&Model) -> Option<String>| match model {
            Some((model, _)) => holds(model),
            None => Some("there is no production model".to_owned()),
        };
        let differs = |found: &str, said: &String| (found != said).then(|| format!("is {found}"));
        match claim {
            Whole::NoModel => model.map(|(_, chosen)| format!("the production model is {}", describe(chosen))),
            Whole::Decision(said) => of_model(&|model| differs(model.decision.name(), said)),
            Whole::Confidence(said) => of_model(&|model| differs(model.confidence.name(), said)),
            Whole::Because(text) => of_model(&|model| {
                let said = model.evidence.iter().any(|evidence| evidence.contains(text));
                (!said).then(|| format!("because: {}", model.evidence.join("; ")))
            }),
            Whole::Candidates(names) => {
                let candidates = &self.analysis.classification.candidates;
                let each = names.len() == candidates.len()
                    && names.iter().all(|name| candidates.iter().any(|one| is_called(one, name)))
                    && candidates.iter().all(|one| names.iter().any(|name| is_called(one, name)));
                (!each).then(|| format!("there are {}", candidates.len()))
            }
            Whole::Finding(rule) => {
                let found: BTreeSet<&str> = self.analysis.findings.iter().map(|finding| finding.rule).collect();
                let list = found.iter().copied().collect::<Vec<_>>().join(", ");
                (!found.contains(rule.as_str())).then(|| format!("found is: {list}"))
            }
            Whole::Ask(_) | Whole::Configured(..) => None,
        }
    }

    /// What was decided, for whoever has to find out why.
    fn decided(&self) -> String {
        let mut shown = match self.model() {
            Some((model, chosen)) => {
                let (decision, confidence) = (model.decision.name(), model.confidence.name());
                format!("model: {}, {decision}, {confidence}: {}\n", describe(chosen), model.evidence.join("; "))
            }
            None => "model: none\n".to_owned(),
        };
        for candidate in &self.analysis.classification.candidates {
            shown.push_str(&format!("candidate: {}: {}\n", describe(candidate), candidate.evidence.join("; ")));
        }
        shown
    }
}

/// What a case asks for.
fn asked<'a>(claims: impl Iterator<Item = &'a Whole>) -> Choice {
    let mut choice = Choice::default();
    for claim in claims {
        match claim {
            Whole::Ask(name) => choice.model = Some(name.clone()),
            Whole::Configured(Role::Exploration, position) => _ = choice.exploration_cells.insert(*position),
            Whole::Configured(_, position) => _ = choice.production_cells.insert(*position),
            _ => {}
        }
    }
    choice
}

fn is_called(candidate: &Candidate, name: &str) -> bool {
    candidate.variable == name || candidate.estimator == name || candidate.label.as_deref() == Some(name)
}

fn describe(candidate: &Candidate) -> String {
    let label = candidate.label.as_ref().map(|label| format!(", “{label}”")).unwrap_or_default();
    format!("{} ({}{label})", candidate.variable, candidate.estimator)
}
