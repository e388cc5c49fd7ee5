//! What `review.html` says.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::cells::{Row, Uses};
use super::graph::{self, Edge};
use super::locate::{self, Pieces};
use super::markdown::test_of;
use super::markup::words;
use super::mask::Mask;
use super::summary::{FateKind, Summary, cells_phrase, grouped, sentence};
use super::svg::{self, Line, Node};
use crate::classify::{Decision, Role};
use crate::dataflow::Definition;
use crate::notebook::{Cell, CellKind, headings};
use crate::plan::{FilePlan, Param};
use crate::rules::{Finding, Place};

/// When the cells take more than so many bytes, the rest of them is shown without code.
const MAX_BYTES: usize = 1_500_000;

/// What the template gets. Fields with markup say so; the template escapes all others.
#[derive(Serialize)]
pub(super) struct Context {
    title: String,
    package: String,
    notebook: String,
    written: bool,
    blockers: Vec<Card>,
    stats: Vec<Stat>,
    decisions: Vec<Card>,
    model: Option<ModelView>,
    /// Markup.
    order: Option<String>,
    stages: Vec<StageView>,
    requirements: Vec<String>,
    inputs: Vec<FileView>,
    outputs: Vec<FileView>,
    results: Vec<ResultView>,
    graph: String,
    implied: usize,
    cells: Vec<CellView>,
    notes: Vec<Card>,
}

#[derive(Serialize)]
struct Stat {
    count: usize,
    name: &'static str,
    class: &'static str,
}

#[derive(Clone, Serialize)]
struct Card {
    level: &'static str,
    code: &'static str,
    rule: &'static str,
    /// The cells' positions, and the lines in words.
    places: Vec<(Option<usize>, String)>,
    message: String,
    help: String,
}

#[derive(Serialize)]
struct ModelView {
    estimator: String,
    qualified: String,
    variable: String,
    position: usize,
    decision: &'static str,
    decision_words: &'static str,
    confidence: &'static str,
    evidence: Vec<String>,
    rivals: Vec<Rival>,
}

#[derive(Serialize)]
struct Rival {
    estimator: String,
    variable: String,
    position: usize,
    evidence: Vec<String>,
}

#[derive(Serialize)]
struct StageView {
    module: String,
    function: String,
    takes: Vec<String>,
    gives: Vec<String>,
    cells: String,
}

#[derive(Serialize)]
struct FileView {
    path: String,
    position: usize,
    config: String,
}

#[derive(Serialize)]
struct ResultView {
    name: String,
    printed: String,
    stage: String,
    position: usize,
    test: String,
}

#[derive(Serialize)]
struct CellView {
    prose: bool,
    position: usize,
    class: &'static str,
    chip: &'static str,
    tags: Vec<String>,
    executed: Option<u64>,
    headings: Vec<(usize, String)>,
    begins: String,
    went: Vec<String>,
    uses: Vec<(usize, String)>,
    top: Vec<Card>,
    rows: Vec<(Row, Vec<Card>)>,
    cut: bool,
}

/// A decision in words.
pub(super) fn decision_words(decision: Decision) -> &'static str {
    match decision {
        Decision::Evident => "evident from the notebook",
        Decision::Chosen => "chosen by a person",
        Decision::Open => "a best guess, to be confirmed",
    }
}

pub(super) fn context(summary: &Summary<'_>, files: &BTreeMap<String, String>) -> Context {
    let plan = summary.plan;
    let edges = graph::edges(summary);
    let pieces = locate::pieces(plan, files);
    let position = |file: &FilePlan| summary.analysis.position(file.at.cell);
    let file = |file: &FilePlan| FileView {
        path: summary.mask.text(&file.path),
        position: position(file),
        config: file.config.clone().unwrap_or_default(),
    };
    Context {
        title: summary.mask.text(&plan.title),
        package: plan.package.clone(),
        notebook: plan.notebook_path.clone(),
        written: summary.written,
        blockers: summary.blockers().map(card).collect(),
        stats: stats(summary),
        decisions: grouped(&summary.decisions).into_iter().map(grouped_card).collect(),
        model: model(summary),
        order: summary.order().map(|order| words(&order)),
        stages: stages(summary),
        requirements: plan.requirements.iter().map(|r| format!("{}{}", r.distribution, r.specifier)).collect(),
        inputs: plan.inputs.iter().map(file).collect(),
        outputs: plan.outputs.iter().map(file).collect(),
        results: results(summary, files),
        graph: svg::draw(&lines(summary, &edges), &edges),
        implied: edges.iter().filter(|edge| !edge.essential).count(),
        cells: cells(summary, &edges, &pieces),
        notes: grouped(&summary.notes).into_iter().map(grouped_card).collect(),
    }
}

fn stats(summary: &Summary<'_>) -> Vec<Stat> {
    let mut found: Vec<Stat> = [
        (FateKind::Kept, "kept"),
        (FateKind::Mixed, "mixed"),
        (FateKind::Left, "left"),
        (FateKind::Opaque, "opaque"),
        (FateKind::Empty, "gap"),
    ]
    .map(|(kind, class)| Stat { count: summary.count(kind), name: kind.name(), class })
    .into_iter()
    .collect();
    found.push(Stat { count: summary.prose(), name: "prose", class: "prose" });
    found.retain(|stat| stat.count > 0);
    found
}

fn card(finding: &Finding) -> Card {
    grouped_card((finding, finding.place.iter().collect()))
}

fn grouped_card((finding, places): (&Finding, Vec<&Place>)) -> Card {
    let lines = |place: &Place| match place.lines {
        (0, _) => String::new(),
        (first, last) if first == last => format!("line {first}"),
        (first, last) => format!("lines {first}-{last}"),
    };
    Card {
        level: if finding.blocking { "blocking" } else { finding.level.name() },
        code: finding.code,
        rule: finding.rule,
        places: places.into_iter().map(|place| (place.position, lines(place))).collect(),
        message: words(&sentence(&finding.message)),
        help: words(&sentence(&finding.help)),
    }
}

fn model(summary: &Summary<'_>) -> Option<ModelView> {
    let classification = &summary.analysis.classification;
    let model = classification.model.as_ref()?;
    let chosen = classification.candidates.get(model.candidate)?;
    Some(ModelView {
        estimator: chosen.estimator.clone(),
        qualified: chosen.qualified.clone().filter(|name| *name != chosen.estimator).unwrap_or_default(),
        variable: chosen.variable.clone(),
        position: summary.analysis.position(chosen.fit.cell),
        decision: model.decision.name(),
        decision_words: decision_words(model.decision),
        confidence: model.confidence.name(),
        evidence: model.evidence.iter().map(|text| words(&summary.mask.text(text))).collect(),
        rivals: summary
            .rivals()
            .into_iter()
            .map(|(estimator, variable, position, evidence)| Rival {
                estimator: estimator.to_owned(),
                variable: variable.to_owned(),
                position,
                evidence: evidence.iter().map(|text| words(text)).collect(),
            })
            .collect(),
    })
}

fn stages(summary: &Summary<'_>) -> Vec<StageView> {
    let plan = summary.plan;
    let find = |module: &str, function: &str| {
        plan.modules.iter().find(|m| m.name == module)?.stages.iter().find(|stage| stage.function == function)
    };
    plan.calls
        .iter()
        .filter_map(|call| {
            let stage = find(&call.module, &call.function)?;
            let config = stage.config.iter().map(|section| format!("{}.{section}", plan.scaffold.config));
            let mut gives: Vec<String> = stage.returns.iter().map(|value| value.name.clone()).collect();
            if !stage.results.is_empty() {
                gives.push(plan.scaffold.metrics.clone());
            }
            let cells: BTreeSet<usize> = stage.cells.iter().copied().collect();
            Some(StageView {
                module: call.module.clone(),
                function: call.function.clone(),
                takes: stage.params.iter().map(|Param { name, .. }| name.clone()).chain(config).collect(),
                gives,
                cells: cells_phrase(&cells),
            })
        })
        .collect()
}

fn results(summary: &Summary<'_>, files: &BTreeMap<String, String>) -> Vec<ResultView> {
    summary
        .plan
        .results
        .iter()
        .map(|result| ResultView {
            name: result.name.clone(),
            printed: result.printed.as_deref().map(|text| summary.mask.text(text)).unwrap_or_default(),
            stage: result.stage.clone(),
            position: summary.analysis.position(result.at.cell),
            test: test_of(result, files).unwrap_or_default().to_owned(),
        })
        .collect()
}

// -------------------------------------------------------------------- the picture

/// The cells in the order of the program, each under the headings above it.
fn lines(summary: &Summary<'_>, edges: &[Edge]) -> Vec<Line> {
    let mut above: Vec<Line> = Vec::new();
    let mut by_cell: BTreeMap<usize, Vec<Line>> = BTreeMap::new();
    for cell in &summary.analysis.notebook.cells {
        match cell.kind {
            CellKind::Code(index) => {
                let own = by_cell.entry(index).or_default();
                own.append(&mut above);
                own.extend(node(summary, edges, index, cell.position).map(Line::Cell));
            }
            CellKind::Markdown => {
                let first = masked_headings(&summary.mask, cell).into_iter().find(|(level, _)| *level <= 3);
                above.extend(first.map(|(_, text)| Line::Heading(text)));
            }
            CellKind::Raw => {}
        }
    }
    let order = &summary.analysis.order.cells;
    let mut lines: Vec<Line> = order.iter().filter_map(|cell| by_cell.remove(cell)).flatten().collect();
    lines.append(&mut above);
    lines
}

fn node(summary: &Summary<'_>, edges: &[Edge], index: usize, position: usize) -> Option<Node> {
    let fate = summary.cells.get(index).filter(|fate| fate.kind != FateKind::Empty)?;
    let class = match fate.kind {
        FateKind::Kept => "kept",
        FateKind::Mixed => "mixed",
        FateKind::Opaque => "opaque",
        FateKind::Left | FateKind::Empty => "left",
    };
    let uses: Vec<String> = edges
        .iter()
        .filter(|edge| edge.to == index)
        .map(|edge| format!("cell {}: {}", summary.analysis.position(edge.from), svg::few(&edge.names, 6)))
        .collect();
    let uses = if uses.is_empty() { String::new() } else { format!("\nuses {}", uses.join("\nuses ")) };
    Some(Node {
        cell: index,
        position,
        class,
        makes: makes(summary, index),
        became: became(summary, index),
        title: format!("cell {position}: {}{uses}", fate.kind.name()),
    })
}

/// The names that a cell makes or changes.
fn makes(summary: &Summary<'_>, cell: usize) -> String {
    let graph = &summary.analysis.graph;
    let mut names: Vec<String> = Vec::new();
    let mut imports = 0;
    for facts in graph.of_cell(cell) {
        for (name, binding) in &facts.binds {
            match binding.definition {
                Definition::Import => imports += 1,
                Definition::Def => names.push(format!("{name}()")),
                Definition::Data => names.push(name.clone()),
            }
        }
        names.extend(facts.mutates.iter().cloned());
    }
    let mut unique: Vec<String> = Vec::new();
    for name in names {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    if unique.is_empty() && imports > 0 { "imports".to_owned() } else { unique.join(", ") }
}

/// Reasons that say what a cell is about, before those that any cell has.
const TELLING: [&str; 4] = ["fits a model", "compares", "measures something", "draws"];

fn became(summary: &Summary<'_>, cell: usize) -> String {
    let fate = &summary.cells[cell];
    let destinations = summary.destinations(cell);
    if fate.kind == FateKind::Opaque {
        return "not Python 3".to_owned();
    }
    if fate.kind != FateKind::Left && !destinations.is_empty() {
        let more = if destinations.len() > 2 { format!(" +{}", destinations.len() - 2) } else { String::new() };
        return format!("→ {}{more}", destinations[..destinations.len().min(2)].join(", "));
    }
    let reasons: Vec<&str> = fate.statements.iter().filter(|s| !s.role.is_kept()).map(|s| s.why.as_str()).collect();
    let telling = TELLING.iter().find_map(|start| reasons.iter().find(|reason| reason.starts_with(start)));
    let reason = telling.or(reasons.last()).map_or_else(|| "kept".to_owned(), |reason| reason.replace('`', ""));
    if destinations.is_empty() { reason } else { format!("{reason} (imports kept)") }
}

// -------------------------------------------------------------------- the cells

fn cells(summary: &Summary<'_>, edges: &[Edge], pieces: &Pieces) -> Vec<CellView> {
    let mut bytes = 0;
    summary
        .analysis
        .notebook
        .cells
        .iter()
        .map(|cell| match cell.kind {
            CellKind::Code(index) => code_cell(summary, cell, index, edges, pieces, &mut bytes),
            CellKind::Markdown | CellKind::Raw => prose(summary, cell),
        })
        .collect()
}

fn prose(summary: &Summary<'_>, cell: &Cell) -> CellView {
    CellView {
        prose: true,
        position: cell.position,
        class: "prose",
        chip: if cell.kind == CellKind::Raw { "raw" } else { "prose" },
        tags: Vec::new(),
        executed: None,
        headings: masked_headings(&summary.mask, cell),
        begins: begins(&summary.mask, cell),
        went: Vec::new(),
        uses: Vec::new(),
        top: Vec::new(),
        rows: Vec::new(),
        cut: false,
    }
}

fn code_cell(
    summary: &Summary<'_>,
    cell: &Cell,
    index: usize,
    edges: &[Edge],
    pieces: &Pieces,
    bytes: &mut usize,
) -> CellView {
    let fate = &summary.cells[index];
    let mut rows: Vec<(Row, Vec<Card>)> = Vec::new();
    let cut = *bytes > MAX_BYTES;
    if !cut && fate.kind != FateKind::Empty {
        rows = super::cells::rows(summary, &summary.analysis.cells[index], &cell.source, pieces)
            .into_iter()
            .map(|row| (row, Vec::new()))
            .collect();
    }
    let size = |row: &Row| row.source.len() + row.pieces.iter().map(|piece| piece.code.len()).sum::<usize>();
    *bytes += rows.iter().map(|(row, _)| size(row)).sum::<usize>();
    let mut top = Vec::new();
    for finding in summary.decisions.iter().chain(&summary.notes) {
        let Some(place) = finding.place.as_ref().filter(|place| place.cell == Some(index)) else { continue };
        let line = place.lines.0;
        match rows.iter_mut().find(|(row, _)| (row.lines.0..=row.lines.1).contains(&line)) {
            Some((_, cards)) => cards.push(card(finding)),
            None => top.push(card(finding)),
        }
    }
    let mut uses = Uses::new();
    for edge in edges.iter().filter(|edge| edge.to == index) {
        uses.entry(summary.analysis.position(edge.from)).or_default().extend(edge.names.iter().cloned());
    }
    let mixed_statement = fate.statements.iter().any(|s| s.role == Role::Mixed);
    CellView {
        prose: false,
        position: cell.position,
        class: match fate.kind {
            FateKind::Kept => "kept",
            FateKind::Mixed => "mixed",
            FateKind::Left => "left",
            FateKind::Opaque => "opaque",
            FateKind::Empty => "gap",
        },
        chip: if mixed_statement { "mixed" } else { fate.kind.name() },
        tags: cell.tags.clone(),
        executed: cell.execution_count,
        headings: Vec::new(),
        begins: String::new(),
        went: summary.destinations(index),
        uses: uses.into_iter().map(|(position, names)| (position, svg::few(&names, 5))).collect(),
        top,
        rows,
        cut,
    }
}

/// The first words of a text cell.
fn begins(mask: &Mask, cell: &Cell) -> String {
    let words: Vec<&str> = cell.source.split_whitespace().take(24).collect();
    let text = mask.text(&words.join(" "));
    if text.chars().count() > 120 { text.chars().take(119).chain(['…']).collect() } else { text }
}

/// The headings of a text cell with their level, as plain text.
fn masked_headings(mask: &Mask, cell: &Cell) -> Vec<(usize, String)> {
    let found = headings(&cell.source).into_iter();
    found.map(|(level, text)| (level, mask.text(&text).chars().take(120).collect())).collect()
}
