//! What both reports say: what became of every statement and cell, what needs a decision, the model and its rivals.

use std::collections::{BTreeMap, BTreeSet};

use super::mask::Mask;
use crate::analysis::Analysis;
use crate::classify::Role;
use crate::diagnostics::ranges;
use crate::ipython::{Magic, MagicKind};
use crate::notebook::CellKind;
use crate::order::OrderKind;
use crate::plan::PackagePlan;
use crate::rules::{self, Finding, Level, Place};
use crate::syntax::ast::{Stmt, StmtKind};
use crate::syntax::{At, ParsedCell, Trust};

/// Longer messages are cut.
const MAX_MESSAGE: usize = 360;

/// What became of a notebook.
pub(super) struct Summary<'a> {
    /// The analysis it is about.
    pub(super) analysis: &'a Analysis,
    /// What the package is made from.
    pub(super) plan: &'a PackagePlan,
    /// Whether a package is written.
    pub(super) written: bool,
    /// What became of each code cell.
    pub(super) cells: Vec<CellFate>,
    /// What needs a decision, most urgent first.
    pub(super) decisions: Vec<Finding>,
    /// What is good to know.
    pub(super) notes: Vec<Finding>,
    /// Hides secrets in any text of the notebook.
    pub(super) mask: Mask,
}

/// What became of a code cell.
pub(super) struct CellFate {
    /// In one word.
    pub(super) kind: FateKind,
    /// What became of each statement.
    pub(super) statements: Vec<StatementFate>,
}

/// What became of a cell, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FateKind {
    /// All that matters is in the package.
    Kept,
    /// Part of it is.
    Mixed,
    /// Nothing is.
    Left,
    /// It can't be read as Python 3.
    Opaque,
    /// It has no statement.
    Empty,
}

impl FateKind {
    /// The word for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Mixed => "mixed",
            Self::Left => "left out",
            Self::Opaque => "unreadable",
            Self::Empty => "empty",
        }
    }
}

/// What became of a statement.
pub(super) struct StatementFate {
    /// Which.
    pub(super) at: At,
    /// Its first and last line in the cell, from 1.
    pub(super) lines: (usize, usize),
    /// Its role.
    pub(super) role: Role,
    /// Where it went, in words: `split.split_data`, `imports of train`.
    pub(super) went: Vec<Went>,
    /// Why, in words.
    pub(super) why: String,
}

/// Where a statement went.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Went {
    /// Nowhere: it is done once, before the package runs.
    Before,
    /// Among the imports of modules.
    Imports(String),
    /// To the configuration.
    Setting(String),
    /// To a function of a module, or to its level.
    Code { order: usize, module: String, function: String },
}

impl<'a> Summary<'a> {
    pub(super) fn of(analysis: &'a Analysis, plan: &'a PackagePlan, written: bool) -> Self {
        let places = Places::of(plan);
        let mask = Mask::new(analysis);
        let cells = analysis.cells.iter().map(|cell| cell_fate(analysis, &places, &mask, cell)).collect();
        let (decisions, notes) = findings(analysis, plan, &mask);
        Self { analysis, plan, written, cells, decisions, notes, mask }
    }

    /// Why no package could be written.
    pub(super) fn blockers(&self) -> impl Iterator<Item = &Finding> {
        self.decisions.iter().filter(|finding| !self.written && rules::stops_extraction(finding))
    }

    /// How many code cells had a fate.
    pub(super) fn count(&self, kind: FateKind) -> usize {
        self.cells.iter().filter(|cell| cell.kind == kind).count()
    }

    /// In which order the package has the cells and why, where that doesn't go without saying.
    pub(super) fn order(&self) -> Option<String> {
        let order = &self.analysis.order;
        let telling = order.kind == OrderKind::Executed || self.analysis.executed.is_some();
        telling.then(|| self.mask.text(&order.sentence()))
    }

    /// How many cells are prose.
    pub(super) fn prose(&self) -> usize {
        prose(self.analysis)
    }

    /// `12 kept, 8 left out, …`: the counts that are not zero.
    pub(super) fn counts(&self) -> String {
        let kinds = [FateKind::Kept, FateKind::Mixed, FateKind::Left, FateKind::Opaque, FateKind::Empty];
        let mut parts: Vec<String> = kinds
            .iter()
            .map(|kind| (self.count(*kind), kind.name()))
            .filter(|(count, name)| *count > 0 || *name == "kept" || *name == "left out")
            .map(|(count, name)| format!("{count} {name}"))
            .collect();
        parts.push(format!("{} prose", self.prose()));
        parts.join(", ")
    }

    /// The models that were not chosen: estimator, variable, the cell's position, evidence.
    pub(super) fn rivals(&self) -> Vec<(&str, &str, usize, Vec<String>)> {
        let classification = &self.analysis.classification;
        let chosen = classification.model.as_ref().map(|model| model.candidate);
        let mut found = Vec::new();
        for (index, rival) in classification.candidates.iter().enumerate() {
            let evidence = rival.evidence.iter().map(|text| self.mask.text(text)).collect();
            let rival = (&*rival.estimator, &*rival.variable, self.analysis.position(rival.fit.cell), evidence);
            // A model that is fitted in turn with other settings is one rival.
            if Some(index) != chosen && !found.contains(&rival) {
                found.push(rival);
            }
        }
        // Those that something speaks for come first.
        found.sort_by_key(|(.., evidence): &(_, _, _, Vec<String>)| evidence.is_empty());
        found
    }

    /// What the parts of a cell became, without repetition, in order.
    pub(super) fn destinations(&self, cell: usize) -> Vec<String> {
        let Some(fate) = self.cells.get(cell) else { return Vec::new() };
        let all: BTreeSet<&Went> = fate.statements.iter().flat_map(|s| &s.went).collect();
        let code: BTreeSet<&Went> = all.iter().copied().filter(|w| matches!(w, Went::Code { .. })).collect();
        // Where code went somewhere, its imports and settings are details.
        let mut names: Vec<String> = code.iter().map(ToString::to_string).collect();
        names.dedup();
        if all.contains(&Went::Before) {
            names.push(Went::Before.to_string());
        }
        if names.is_empty() {
            let modules = all.iter().filter_map(|went| match went {
                Went::Imports(modules) => Some(modules.split(", ").filter(|module| !module.is_empty())),
                _ => None,
            });
            let modules: BTreeSet<&str> = modules.flatten().collect();
            if all.iter().any(|went| matches!(went, Went::Imports(_))) {
                names.push(Went::Imports(modules.into_iter().collect::<Vec<_>>().join(", ")).to_string());
            }
            names.extend(all.iter().filter(|went| matches!(went, Went::Setting(_))).map(ToString::to_string));
        }
        names
    }
}

impl std::fmt::Display for Went {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Before => f.write_str("before the first run, by hand"),
            Self::Imports(modules) if modules.is_empty() => f.write_str("imports"),
            Self::Imports(modules) => write!(f, "imports of {modules}"),
            Self::Setting(name) => write!(f, "configuration {name}"),
            Self::Code { module, function, .. } if function.is_empty() => f.write_str(module),
            Self::Code { module, function, .. } => write!(f, "{module}.{function}"),
        }
    }
}

// -------------------------------------------------------------------- where things went

struct Places<'a> {
    code: BTreeMap<At, BTreeSet<Went>>,
    settings: BTreeMap<At, Vec<String>>,
    imports: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> Places<'a> {
    fn of(plan: &'a PackagePlan) -> Self {
        let order = |module: &str, function: &str| {
            let called = plan.calls.iter().position(|c| c.module == module && c.function == function);
            let first = plan.calls.iter().position(|c| c.module == module);
            called.or(first).map_or(usize::MAX, |at| 2 * at + usize::from(called.is_some()))
        };
        let mut code: BTreeMap<At, BTreeSet<Went>> = BTreeMap::new();
        for origin in &plan.origins {
            let (module, function) = (origin.module.clone(), origin.function.clone());
            let went = Went::Code { order: order(&module, &function), module, function };
            code.entry(origin.at).or_default().insert(went);
        }
        let mut settings: BTreeMap<At, Vec<String>> = BTreeMap::new();
        for section in &plan.config {
            for field in &section.fields {
                settings.entry(field.at).or_default().push(format!("{}.{}", section.name, field.name));
            }
        }
        let mut imports: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for module in &plan.modules {
            for line in &module.imports {
                imports.entry(line).or_default().push(&module.name);
            }
        }
        Self { code, settings, imports }
    }

    fn went(&self, at: At, statement: &Stmt) -> Vec<Went> {
        let mut found: Vec<Went> = self.code.get(&at).into_iter().flatten().cloned().collect();
        if let Some(lines) = import_lines(statement) {
            let modules: BTreeSet<&str> =
                lines.iter().filter_map(|l| self.imports.get(l.as_str())).flatten().copied().collect();
            found.push(Went::Imports(modules.into_iter().collect::<Vec<_>>().join(", ")));
        }
        found.extend(self.settings.get(&at).into_iter().flatten().cloned().map(Went::Setting));
        found
    }
}

/// An import statement as the plan writes it: one line for each name.
fn import_lines(statement: &Stmt) -> Option<Vec<String>> {
    let renamed = |name: &str, asname: Option<&String>| match asname {
        Some(asname) if asname != name => format!("{name} as {asname}"),
        _ => name.to_owned(),
    };
    match &statement.kind {
        StmtKind::Import(aliases) => Some(
            aliases
                .iter()
                .map(|alias| match &alias.asname {
                    Some(asname) => format!("import {} as {asname}", alias.name),
                    None => format!("import {}", alias.name),
                })
                .collect(),
        ),
        StmtKind::ImportFrom { module, level, names } => {
            let from = format!("from {}{module} import ", ".".repeat(*level));
            Some(names.iter().map(|alias| format!("{from}{}", renamed(&alias.name, alias.asname.as_ref()))).collect())
        }
        _ => None,
    }
}

// -------------------------------------------------------------------- what became of each

fn cell_fate(analysis: &Analysis, places: &Places<'_>, mask: &Mask, cell: &ParsedCell) -> CellFate {
    if cell.trust != Trust::Whole {
        return CellFate { kind: FateKind::Opaque, statements: Vec::new() };
    }
    let magics = cell.source.magics_by_line();
    let statements: Vec<StatementFate> = cell
        .statements
        .iter()
        .enumerate()
        .map(|(index, statement)| {
            let at = At { cell: cell.index, statement: index };
            let (first, mut last) = cell.lines(statement.span);
            // A cell magic is one call on the first line; what it stands for is the whole cell.
            let magic = magics.get(&first).copied();
            last = last.max(magic.map_or(0, |magic| magic.end_line));
            let verdict = analysis.graph.index_of(at).and_then(|i| analysis.classification.statements.get(i));
            let role = verdict.map_or(Role::Exploration, |v| v.role);
            let evidence = match magic.filter(|_| !role.is_kept()) {
                Some(magic) => why_no_command(magic),
                None => verdict.map(|v| v.evidence.join("; ")).unwrap_or_default(),
            };
            let went = match verdict {
                Some(verdict) if verdict.beforehand => vec![Went::Before],
                Some(verdict) if verdict.is_packaged() => places.went(at, statement),
                _ => Vec::new(),
            };
            StatementFate { at, lines: (first, last), role, went, why: mask.text(&evidence) }
        })
        .collect();
    let roles: Vec<Role> = statements.iter().map(|fate| fate.role).collect();
    CellFate { kind: cell_kind(cell, &roles), statements }
}

/// Why a line or cell in IPython's own syntax is left out.
fn why_no_command(magic: &Magic) -> String {
    let words: Vec<&str> = magic.arguments.split_whitespace().collect();
    let installs = |words: &[&str]| matches!(words, ["pip" | "pip3" | "conda" | "mamba", "install", ..]);
    let text = match (magic.kind, magic.name.as_str()) {
        (MagicKind::Help, _) => "asks for help",
        (MagicKind::Shell, _) if installs(&words) => "installs packages; what production needs is in `pyproject.toml`",
        (_, "pip" | "conda" | "mamba") => "installs packages; what production needs is in `pyproject.toml`",
        (MagicKind::Shell, _) => "runs a command of the shell",
        (_, "matplotlib" | "pylab" | "config" | "load_ext" | "reload_ext" | "autoreload") => "sets up the notebook",
        (_, "timeit" | "time" | "prun" | "memit") => "only measures time or memory",
        (MagicKind::Cell, name) => return format!("a `%%{name}` cell, which is no Python"),
        (_, name) => return format!("the notebook's own command `%{name}`"),
    };
    text.to_owned()
}

/// A cell is the sum of its statements; imports, texts and `pass` count only where there is nothing else.
fn cell_kind(cell: &ParsedCell, roles: &[Role]) -> FateKind {
    let counts = |statement: &Stmt| match &statement.kind {
        StmtKind::Import(_) | StmtKind::ImportFrom { .. } | StmtKind::Pass => false,
        StmtKind::Expr(value) => !matches!(value.kind, crate::syntax::ast::ExprKind::Str(_)),
        _ => true,
    };
    let all: Vec<(&Stmt, Role)> = cell.statements.iter().zip(roles.iter().copied()).collect();
    let telling: Vec<Role> = all.iter().filter(|(s, _)| counts(s)).map(|(_, role)| *role).collect();
    if all.is_empty() {
        return FateKind::Empty;
    }
    if telling.is_empty() {
        let kept = all.iter().any(|(_, role)| role.is_kept());
        return if kept { FateKind::Kept } else { FateKind::Left };
    }
    if telling.iter().all(|role| *role == Role::Production) {
        FateKind::Kept
    } else if telling.iter().all(|role| *role == Role::Exploration) {
        FateKind::Left
    } else {
        FateKind::Mixed
    }
}

/// How many cells went where: the same numbers in the review and for whoever ran the extraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CellCounts {
    /// All that matters of them is in the package.
    pub kept: usize,
    /// Part of them is.
    pub mixed: usize,
    /// Nothing is.
    pub left_out: usize,
    /// They can't be read as Python 3.
    pub unreadable: usize,
    /// They have no statement.
    pub empty: usize,
    /// They are no code.
    pub prose: usize,
}

impl CellCounts {
    /// The counts of an analysis.
    #[must_use]
    pub fn of(analysis: &Analysis) -> Self {
        let mut counts = Self { prose: prose(analysis), ..Self::default() };
        let roles = |cell: &ParsedCell| -> Vec<Role> {
            let at = |statement| At { cell: cell.index, statement };
            let indices = (0..cell.statements.len()).map(|index| analysis.graph.index_of(at(index)));
            let verdict = |index: usize| analysis.classification.statements.get(index);
            indices.map(|i| i.and_then(verdict).map_or(Role::Exploration, |v| v.role)).collect()
        };
        for cell in &analysis.cells {
            let kind = match cell.trust {
                Trust::Whole => cell_kind(cell, &roles(cell)),
                Trust::Opaque { .. } => FateKind::Opaque,
            };
            *match kind {
                FateKind::Kept => &mut counts.kept,
                FateKind::Mixed => &mut counts.mixed,
                FateKind::Left => &mut counts.left_out,
                FateKind::Opaque => &mut counts.unreadable,
                FateKind::Empty => &mut counts.empty,
            } += 1;
        }
        counts
    }
}

fn prose(analysis: &Analysis) -> usize {
    analysis.notebook.cells.iter().filter(|cell| !matches!(cell.kind, CellKind::Code(_))).count()
}

// -------------------------------------------------------------------- findings

fn findings(analysis: &Analysis, plan: &PackagePlan, mask: &Mask) -> (Vec<Finding>, Vec<Finding>) {
    let mut all: Vec<Finding> = Vec::new();
    for finding in analysis.findings.iter().chain(&plan.findings) {
        let mut finding = finding.clone();
        finding.message = shortened(&mask.text(&finding.message), MAX_MESSAGE);
        finding.help = mask.text(&finding.help);
        if !all.contains(&finding) {
            all.push(finding);
        }
    }
    let place = |finding: &Finding| finding.place.as_ref().map(|place| (place.position, place.lines));
    all.sort_by(|a, b| {
        (!a.blocking, a.level, place(a), a.code, &a.message).cmp(&(!b.blocking, b.level, place(b), b.code, &b.message))
    });
    all.into_iter().partition(|finding| finding.blocking || finding.level != Level::Info)
}

/// Findings that say the same are one, with all of their places; in order.
pub(super) fn grouped(findings: &[Finding]) -> Vec<(&Finding, Vec<&Place>)> {
    let mut found: Vec<(&Finding, Vec<&Place>)> = Vec::new();
    let mut known: BTreeMap<(bool, &str, &str, &str), usize> = BTreeMap::new();
    for finding in findings {
        let key = (finding.blocking, finding.rule, finding.message.as_str(), finding.help.as_str());
        let at = *known.entry(key).or_insert_with(|| {
            found.push((finding, Vec::new()));
            found.len() - 1
        });
        found[at].1.extend(finding.place.as_ref());
    }
    found
}

/// The beginning of a text that is too long to be read.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let text: String = text.chars().take(most).collect();
    // Not in the middle of a word, nor of something between backquotes.
    let end = text.rfind(' ').unwrap_or(text.len());
    let text = &text[..end];
    let text = if text.matches('`').count() % 2 == 1 { text.rfind('`').map_or(text, |at| &text[..at]) } else { text };
    format!("{} …", text.trim_end())
}

/// A message as a sentence.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let text = format!("{first}{}", letters.as_str());
    if text.is_empty() || text.ends_with(['.', '!', '?', '…']) { text } else { text + "." }
}

/// `cell 3`, `cells 3-5, 9`.
pub(super) fn cells_phrase(positions: &BTreeSet<usize>) -> String {
    let noun = if positions.len() == 1 { "cell" } else { "cells" };
    format!("{noun} {}", ranges(positions))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_short() {
        assert_eq!(cells_phrase(&BTreeSet::from([2])), "cell 2");
        assert_eq!(cells_phrase(&BTreeSet::from([1, 3, 4, 5])), "cells 1, 3-5");
    }
}
