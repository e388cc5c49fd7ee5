//! A stage as a Python function.

use serde::Serialize;

use super::indent::{has_bare_comma, indent, simple_statements};
use super::names::{METRICS_TYPE, is_bundle, metrics_field, result_fields};
use super::text::{docstring, mentions, quoted};
use crate::plan::{Block, Scaffold, StagePlan};

/// Spaces before the body of a function.
const MARGIN: usize = 4;

/// What the template needs to know of a stage.
#[derive(Debug, Serialize)]
pub(super) struct StageView {
    /// The class of its result, if it returns more than one value.
    pub(super) class: Option<ClassView>,
    /// The function's name.
    pub(super) function: String,
    /// Its parameters with their types.
    pub(super) params: Vec<String>,
    /// The type of its result.
    pub(super) returns: String,
    /// Its docstring, quoted; the formatter indents its lines.
    pub(super) docstring: String,
    /// Its body, indented.
    pub(super) body: String,
}

/// A named tuple.
#[derive(Debug, Serialize)]
pub(super) struct ClassView {
    /// Its name.
    pub(super) name: String,
    /// Its fields with their types.
    pub(super) fields: Vec<String>,
}

impl StageView {
    /// The view of `stage`, whose results are held by `class` and whose configuration is of the class `config`.
    pub(super) fn new(stage: &StagePlan, class: &str, config: Option<&str>, scaffold: &Scaffold) -> Self {
        let mut params: Vec<String> =
            stage.params.iter().map(|param| format!("{}: {}", param.name, param.annotation)).collect();
        params.extend(config.map(|class| format!("{}: {class}", scaffold.config)));
        let class = is_bundle(stage).then(|| ClassView { name: class.to_owned(), fields: class_fields(stage) });
        let returns = match (&class, stage.returns.first()) {
            (Some(class), _) => class.name.clone(),
            (None, Some(value)) => value.annotation.clone(),
            (None, None) if stage.results.is_empty() => "None".to_owned(),
            (None, None) => METRICS_TYPE.to_owned(),
        };
        Self {
            function: stage.function.clone(),
            params,
            returns,
            docstring: docstring(&stage.docstring, &stage.description, MARGIN),
            body: indent(&body(stage, class.as_ref(), scaffold), MARGIN),
            class,
        }
    }

    /// Whether the body has `name`.
    pub(super) fn uses(&self, name: &str) -> bool {
        mentions(&self.body, name)
    }

    /// Whether `typing.Any` is needed.
    pub(super) fn mentions_any(&self) -> bool {
        let fields = self.class.iter().flat_map(|class| &class.fields);
        self.params.iter().chain(fields).chain([&self.returns]).any(|text| mentions(text, "Any"))
            || self.body.contains(METRICS_TYPE)
    }
}

fn class_fields(stage: &StagePlan) -> Vec<String> {
    let mut fields: Vec<String> = result_fields(stage)
        .iter()
        .zip(&stage.returns)
        .map(|(field, value)| format!("{field}: {}", value.annotation))
        .collect();
    if !stage.results.is_empty() {
        fields.push(format!("{}: {METRICS_TYPE}", metrics_field(stage)));
    }
    fields
}

/// The body from column 0: copies, the notebook's statements, the return.
fn body(stage: &StagePlan, class: Option<&ClassView>, scaffold: &Scaffold) -> String {
    let mut out = Paragraphs::default();
    for param in &stage.params {
        if let Some(copy) = &param.copy {
            let value = if copy.contains(&param.name) { copy.clone() } else { format!("{}.{copy}", param.name) };
            out.line(&format!("{} = {value}", param.name));
        }
    }
    let metrics = &scaffold.metrics;
    let (blocks, entries) = split_metrics(stage, scaffold);
    let mut declared = stage.results.is_empty() || entries.is_some();
    for block in blocks {
        if !declared && mentions(&block.code, metrics) {
            out.line(&format!("{metrics}: {METRICS_TYPE} = {{}}"));
            declared = true;
        }
        out.block(block);
    }
    if !declared {
        out.line(&format!("{metrics}: {METRICS_TYPE} = {{}}"));
    }
    let mut values: Vec<String> = stage.returns.iter().map(|value| value.name.clone()).collect();
    if let Some(entries) = entries {
        if class.is_none() {
            out.line(&format!("return {entries}"));
            return out.text;
        }
        out.line(&format!("{metrics} = {entries}"));
    }
    if !stage.results.is_empty() {
        values.push(metrics.clone());
    }
    match (class, values.as_slice()) {
        (Some(class), values) => out.line(&format!("return {}({})", class.name, values.join(", "))),
        (None, [value]) => out.line(&format!("return {value}")),
        (None, _) => {}
    }
    out.text
}

/// Where the last statements only measure, they become one dictionary: the blocks before them, and the dictionary.
/// What they log is dropped, since the pipeline logs all that was measured.
fn split_metrics<'a>(stage: &'a StagePlan, scaffold: &Scaffold) -> (&'a [Block], Option<String>) {
    let start =
        stage.body.iter().rposition(|block| measured(stage, block, scaffold).is_none()).map_or(0, |last| last + 1);
    let (before, after) = stage.body.split_at(start);
    if after.is_empty() || before.iter().any(|block| mentions(&block.code, &scaffold.metrics)) {
        return (&stage.body, None);
    }
    let entries: String = after.iter().filter_map(|block| measured(stage, block, scaffold)).collect();
    // A comma behind the last entry makes the formatter give each a line of its own.
    let entries = if stage.results.len() == 1 { entries.trim_end_matches(",\n") } else { &entries };
    (before, Some(format!("{{\n{entries}}}")))
}

/// The entries of a dictionary that a block fills, if it does nothing else but log them.
fn measured(stage: &StagePlan, block: &Block, scaffold: &Scaffold) -> Option<String> {
    let log = format!("{}.info(", scaffold.logger);
    let mut entries = comments(block);
    for statement in simple_statements(&block.code) {
        if statement.starts_with(&log) && mentions(&statement, &scaffold.metrics) {
            continue;
        }
        let rest = statement.strip_prefix(scaffold.metrics.as_str())?.strip_prefix('[')?;
        let (key, value) = stage.results.iter().find_map(|result| {
            let key = quoted(&result.name);
            let value = rest.strip_prefix(key.as_str())?.strip_prefix("] = ")?.to_owned();
            Some((key, value))
        })?;
        if has_bare_comma(&value) || value.contains('#') {
            return None;
        }
        entries.extend([key.as_str(), ": ", value.as_str(), ",\n"]);
    }
    Some(entries)
}

fn comments(block: &Block) -> String {
    let comment = |line: &String| {
        if line.starts_with('#') { format!("{line}\n") } else { format!("# {line}\n") }
    };
    block.comments.iter().map(comment).collect()
}

/// Lines in paragraphs: a commented statement begins one, and so does a new cell, unless the last one is short.
#[derive(Default)]
struct Paragraphs {
    text: String,
    /// Statements since the last blank line.
    statements: usize,
    /// The cell of the last statement.
    cell: Option<usize>,
}

impl Paragraphs {
    fn line(&mut self, code: &str) {
        self.text.push_str(code);
        self.text.push('\n');
        self.statements += 1;
    }

    fn block(&mut self, block: &Block) {
        let cell = block.at.map(|at| at.cell);
        let moved = cell.is_some() && self.cell.is_some() && cell != self.cell;
        if self.statements > 0 && (!block.comments.is_empty() || moved && self.statements > 2) {
            self.text.push('\n');
            self.statements = 0;
        }
        self.text.push_str(&comments(block));
        self.line(&block.code);
        self.cell = cell.or(self.cell);
    }
}
