//! The plan as a whole: definitions placed, statements cut into stages, stages sorted into modules.

use std::collections::{BTreeMap, BTreeSet};

use super::config::Settings;
use super::definitions::{self, Definitions, Placement, add_parameters, definition_name, pass_globals};
use super::edit::{Edits, comments_above, statement_code};
use super::imports::{Imports, Needed};
use super::liveness::{Interface, interfaces};
use super::names::{cells_phrase, kebab, snake, unused};
use super::notebook_only::{NotebookOnly, answer_from_environment};
use super::stages::{Segment, segments};
use super::{
    Definition, FilePlan, ModelPlan, ModulePlan, Origin, PackagePlan, ResultPlan, Scaffold, StageCall, requirements,
};
use crate::analysis::Analysis;
use crate::dataflow::free_names;
use crate::notebook::{CellKind, Notebook};
use crate::rules::{Finding, Level};
use crate::syntax::ast::{Stmt, StmtKind};

/// What a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct PlanInput<'a> {
    /// The analysed notebook.
    pub analysis: &'a Analysis,
    /// The distribution's name, if a person gave one.
    pub name: Option<&'a str>,
    /// The notebook's file name.
    pub notebook_name: &'a str,
    /// The notebook's path relative to the package's root, with `/`.
    pub notebook_path: &'a str,
}

/// The plan as it grows.
pub(super) struct Draft<'a> {
    pub(super) analysis: &'a Analysis,
    pub(super) package: String,
    pub(super) definitions: Definitions,
    pub(super) segments: Vec<Segment>,
    pub(super) segment_count: usize,
    pub(super) settings: Settings,
    pub(super) scaffold: Scaffold,
    pub(super) imports: Imports,
    pub(super) notebook_only: NotebookOnly,
    /// Names that functions must not have.
    pub(super) taken: BTreeSet<String>,
    pub(super) result_names: BTreeSet<String>,
    /// Something has been drawn with pyplot so far.
    pub(super) drawn: bool,
    /// The module of each definition and constant, by name.
    homes: BTreeMap<String, String>,
    modules: Vec<ModulePlan>,
    needs: BTreeMap<String, Needed>,
}

/// Functions of the scaffolding: no stage is called so.
const SCAFFOLDING: [&str; 3] = ["load_config", "main", "run"];

/// The module of definitions that no stage uses.
const UNUSED: &str = "functions";

/// `cells 0 and 2`: those that fetch what production reads.
fn fetching_cells(analysis: &Analysis) -> String {
    let verdicts = analysis.graph.statements.iter().zip(&analysis.classification.statements);
    let cells: BTreeSet<usize> =
        verdicts.filter(|(_, verdict)| verdict.beforehand).map(|(facts, _)| analysis.position(facts.at.cell)).collect();
    if cells.is_empty() { String::new() } else { cells_phrase(&cells.into_iter().collect::<Vec<_>>()) }
}

/// Plans a package.
#[must_use]
pub fn plan(input: &PlanInput<'_>) -> PackagePlan {
    let analysis = input.analysis;
    let kept: Vec<usize> = (0..analysis.graph.statements.len())
        .filter(|index| analysis.classification.statements[*index].is_packaged())
        .collect();
    let definitions = definitions::place(analysis, &kept);
    let working: Vec<usize> = kept.iter().copied().filter(|index| is_work(analysis, *index, &definitions)).collect();
    let segments = segments(analysis, &working);
    let names = all_names(analysis);
    let pick = |wanted: &[&str]| unused(wanted, &names);
    let scaffold = Scaffold {
        config: pick(&["config", "settings", "options"]),
        metrics: pick(&["metrics", "scores", "measured"]),
        logger: pick(&["logger", "log", "package_logger"]),
    };
    let (distribution, package) = package_names(input, analysis);
    let mut draft = Draft {
        analysis,
        package: package.clone(),
        segment_count: segments.len(),
        settings: Settings::new(scaffold.config.clone()),
        imports: Imports::of(analysis),
        notebook_only: NotebookOnly::of(&analysis.graph),
        taken: names.into_iter().chain(SCAFFOLDING.map(str::to_owned)).collect(),
        result_names: BTreeSet::new(),
        drawn: false,
        homes: BTreeMap::new(),
        modules: Vec::new(),
        needs: BTreeMap::new(),
        definitions,
        segments,
        scaffold,
    };
    let calls = draft.assemble();
    draft.finish(input, distribution, package, &kept, calls)
}

/// Whether a statement is done by a stage: neither an import nor a definition that goes elsewhere.
fn is_work(analysis: &Analysis, index: usize, definitions: &Definitions) -> bool {
    let Some(statement) = analysis.statement(analysis.graph.statements[index].at) else { return false };
    if matches!(
        statement.kind,
        StmtKind::Import(_) | StmtKind::ImportFrom { .. } | StmtKind::Pass | StmtKind::Global(_)
    ) || definitions::is_import_block(statement)
        || definitions.constants.values().any(|constant| *constant == index)
    {
        return false;
    }
    matches!(definitions.places.get(&index), None | Some(Placement::Fixed))
}

/// All names that the notebook's top level uses, and those of its functions.
fn all_names(analysis: &Analysis) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for facts in &analysis.graph.statements {
        names.extend(facts.binds.keys().cloned());
        names.extend(facts.reads.iter().cloned());
    }
    for statement in analysis.cells.iter().flat_map(|cell| &cell.statements) {
        names.extend(free_names(std::slice::from_ref(statement)));
    }
    names
}

fn package_names(input: &PlanInput<'_>, analysis: &Analysis) -> (String, String) {
    let stem = input.notebook_name.strip_suffix(".ipynb").unwrap_or(input.notebook_name);
    // A file's name that says nothing gives way to the notebook's title.
    let generic = ["notebook", "untitled", "main", "index", "final", "analysis", "model", "code", "copy"];
    let says_nothing =
        snake(stem).split('_').all(|word| generic.contains(&word) || word.chars().all(|c| c.is_ascii_digit()));
    let titled = title(analysis, input.notebook_name);
    let short = titled.is_ascii() && titled.split_whitespace().count() <= 4;
    let wanted = match input.name {
        Some(name) => name,
        None if says_nothing && short => &titled,
        None => stem,
    };
    let mut package = snake(wanted).trim_matches('_').to_owned();
    if package.is_empty() {
        "notebook_pipeline".clone_into(&mut package);
    }
    let imported: BTreeSet<String> = analysis
        .cells
        .iter()
        .flat_map(|cell| &cell.statements)
        .flat_map(|statement| match &statement.kind {
            StmtKind::Import(aliases) => aliases.iter().map(|a| a.name.clone()).collect(),
            StmtKind::ImportFrom { module, .. } => vec![module.clone()],
            _ => Vec::new(),
        })
        .filter_map(|module| module.split('.').next().map(str::to_owned))
        .collect();
    let known = crate::knowledge::knowledge().distribution(&package).is_some();
    if says_nothing && input.name.is_none() && !short
        || package == "notebook"
        || imported.contains(&package)
        || crate::python::is_standard_library(&package)
        || known
        || package == "tests"
    {
        package.push_str("_pipeline");
    }
    (kebab(&package), package)
}

impl Draft<'_> {
    /// Builds all stages and places all definitions; returns the calls in order.
    fn assemble(&mut self) -> Vec<StageCall> {
        let segments = self.segments.clone();
        self.place_definitions(&segments);
        let interfaces = {
            let closures = |index: usize| self.closures_of(index);
            interfaces(self.analysis, &segments, &self.definitions, &closures)
        };
        let mut calls = Vec::new();
        for (number, (segment, interface)) in segments.iter().zip(&interfaces).enumerate() {
            let module = segment.kind.module().to_owned();
            let built = self.build_stage(number, segment, interface);
            calls.push(StageCall { module: module.clone(), function: built.stage.function.clone() });
            let needed = self.needs.entry(module.clone()).or_default();
            needed.lines.extend(built.needed.lines);
            needed.modules.extend(built.needed.modules);
            needed.blocks.extend(built.needed.blocks);
            let plan = self.module(&module);
            plan.logs |= built.logs;
            plan.stages.push(built.stage);
        }
        calls
    }

    fn module(&mut self, name: &str) -> &mut ModulePlan {
        if let Some(at) = self.modules.iter().position(|module| module.name == name) {
            return &mut self.modules[at];
        }
        self.modules.push(ModulePlan { name: name.to_owned(), ..ModulePlan::default() });
        let last = self.modules.len() - 1;
        &mut self.modules[last]
    }

    // ---------------------------------------------------------------- definitions at a module's level

    /// Finds the module of each definition: that of the first stage which needs it.
    fn place_definitions(&mut self, segments: &[Segment]) {
        let mut homes: BTreeMap<String, usize> = BTreeMap::new();
        for (number, segment) in segments.iter().enumerate() {
            let mut waiting: Vec<&Stmt> = Vec::new();
            for index in &segment.statements {
                waiting.extend(self.analysis.statement(self.analysis.graph.statements[*index].at));
            }
            let mut seen: BTreeSet<usize> = BTreeSet::new();
            while let Some(statement) = waiting.pop() {
                for name in free_names(std::slice::from_ref(statement)) {
                    if self.definitions.constants.contains_key(&name) {
                        homes.entry(name.clone()).or_insert(number);
                    }
                    let Some(index) = self.definitions.by_name.get(&name) else { continue };
                    if seen.insert(*index) {
                        if !matches!(self.definitions.places.get(index), Some(Placement::Closure | Placement::Fixed)) {
                            homes.entry(name.clone()).or_insert(number);
                        }
                        waiting.extend(self.analysis.statement(self.analysis.graph.statements[*index].at));
                    }
                }
            }
        }
        // The first stage of a kind decides the module, so that modules import from earlier ones only.
        let first_of = |number: usize| {
            let module = segments[number].kind.module();
            (segments.iter().position(|s| s.kind.module() == module).unwrap_or(number), module)
        };
        let order: BTreeMap<String, (usize, &str)> =
            homes.into_iter().map(|(name, number)| (name, first_of(number))).collect();
        self.homes = self.earliest(order, segments);
        // Modules exist in the order of their first stage.
        for segment in segments {
            self.module(segment.kind.module());
        }
        // What production has and no stage uses, because a person marked it, gets a module of its own.
        let mut unused: Vec<(usize, String)> = self
            .definitions
            .by_name
            .iter()
            .filter(|(_, index)| {
                let placed = self.definitions.places.get(index);
                !matches!(placed, None | Some(Placement::Closure | Placement::Fixed))
            })
            .chain(&self.definitions.constants)
            .filter(|(name, _)| !self.homes.contains_key(*name))
            .map(|(name, index)| (*index, name.clone()))
            .collect();
        unused.sort();
        for (_, name) in unused {
            self.homes.insert(name, UNUSED.to_owned());
            self.module(UNUSED);
        }
        let mut placed: Vec<(usize, String)> = self
            .homes
            .keys()
            .filter_map(|name| {
                let index = self.definitions.by_name.get(name).or_else(|| self.definitions.constants.get(name))?;
                Some((*index, name.clone()))
            })
            .collect();
        placed.sort();
        for (index, name) in placed {
            self.define(index, &name);
        }
    }

    /// A definition goes to the earliest module among those of all that use it.
    fn earliest(&self, mut order: BTreeMap<String, (usize, &str)>, segments: &[Segment]) -> BTreeMap<String, String> {
        for segment in segments {
            let module = segment.kind.module();
            let first = segments.iter().position(|s| s.kind.module() == module).unwrap_or(0);
            for index in &segment.statements {
                let Some(statement) = self.analysis.statement(self.analysis.graph.statements[*index].at) else {
                    continue;
                };
                for name in free_names(std::slice::from_ref(statement)) {
                    if let Some(known) = order.get_mut(&name)
                        && first < known.0
                    {
                        *known = (first, module);
                    }
                }
            }
        }
        loop {
            let mut changed = false;
            for (user, place) in order.clone() {
                let Some(index) = self.definitions.by_name.get(&user) else { continue };
                let Some(statement) = self.analysis.statement(self.analysis.graph.statements[*index].at) else {
                    continue;
                };
                for name in free_names(std::slice::from_ref(statement)) {
                    if let Some(known) = order.get_mut(&name)
                        && place.0 < known.0
                    {
                        *known = place;
                        changed = true;
                    }
                }
            }
            if !changed {
                return order.into_iter().map(|(name, (_, module))| (name, module.to_owned())).collect();
            }
        }
    }

    fn define(&mut self, index: usize, name: &str) {
        let analysis = self.analysis;
        let at = analysis.graph.statements[index].at;
        let (Some(cell), Some(statement)) = (analysis.cell(at.cell), analysis.statement(at)) else { return };
        let Some(module) = self.homes.get(name).cloned() else { return };
        let mut edits = Edits::default();
        self.notebook_only.leave_out(cell, statement, &self.no_command(index), &mut edits);
        let mut needed = Needed::default();
        let asks_nothing = answer_from_environment(analysis, at, &mut edits, &mut needed);
        pass_globals(cell, statement, &self.definitions, &mut edits);
        let mut before = String::new();
        match (self.definitions.places.get(&index), &statement.kind) {
            (Some(Placement::Passed(extra)), StmtKind::FunctionDef(def)) => {
                add_parameters(cell, def, extra, &mut edits);
            }
            (Some(Placement::Handed(names)), _) => {
                let lines: Vec<String> = names.iter().map(|n| format!("{n}: Any = None")).collect();
                before = format!(
                    "# Set by the stages that use {name}, as the notebook's globals were.\n{}\n\n\n",
                    lines.join("\n")
                );
                self.needs.entry(module.clone()).or_default().lines.insert("from typing import Any".to_owned());
            }
            _ => {}
        }
        let comments = comments_above(cell, statement);
        let comments: String = comments.iter().map(|line| format!("{line}\n")).collect();
        let code = format!("{before}{comments}{}", statement_code(cell, statement, &edits));
        let interface = Interface::default();
        self.need_in(&module, index, statement, &interface, &mut needed);
        if asks_nothing {
            needed.without_getpass();
        }
        let own = self.needs.entry(module.clone()).or_default();
        own.lines.extend(needed.lines);
        own.modules.extend(needed.modules);
        own.blocks.extend(needed.blocks);
        self.module(&module).definitions.push(Definition { name: name.to_owned(), code, at });
    }

    // ---------------------------------------------------------------- imports

    /// Adds what a statement in a stage needs to be imported.
    pub(super) fn need(&self, index: usize, statement: &Stmt, interface: &Interface, needed: &mut Needed) {
        let segment = self.segments.iter().find(|s| s.statements.contains(&index));
        let module = segment.map(|s| s.kind.module().to_owned()).unwrap_or_default();
        self.need_in(&module, index, statement, interface, needed);
    }

    pub(super) fn need_in(
        &self,
        module: &str,
        index: usize,
        statement: &Stmt,
        interface: &Interface,
        needed: &mut Needed,
    ) {
        let graph = &self.analysis.graph;
        let imported = |name: &str| {
            graph.dependencies_of(index).any(|d| d.name == name && d.kind == crate::dataflow::DependencyKind::Import)
        };
        let shown = |name: &str| {
            let cell = self.analysis.cell(graph.statements[index].at.cell);
            name != "display" || cell.is_some_and(|cell| self.notebook_only.displays(cell, statement))
        };
        let local = |name: &str| {
            let here = interface.takes.iter().any(|n| n == name) || interface.binds.contains(name);
            let defined = self.definitions.by_name.contains_key(name) || self.definitions.constants.contains_key(name);
            (here || defined) && !imported(name)
        };
        self.imports.need(self.analysis, index, statement, &|name| local(name) || !shown(name), needed);
        for name in super::formula::names(self.analysis, index) {
            if !local(&name) {
                self.imports.need_name(&name, index, None, needed);
            }
        }
        let mut names = free_names(std::slice::from_ref(statement));
        names.extend(self.hands_to(index));
        for name in names {
            if name == "display" && shown(&name) && !local(&name) && !self.imports.binds(&name) {
                needed.lines.insert("from IPython.display import display".to_owned());
                needed.modules.insert("IPython.display".to_owned());
            }
            let Some(home) = self.homes.get(&name).filter(|home| *home != module) else { continue };
            if definition_name(statement) != Some(&name) && !module.is_empty() {
                needed.lines.insert(format!("from {}.{home} import {name}", self.package));
            }
        }
    }

    // ---------------------------------------------------------------- the end

    fn finish(
        mut self,
        input: &PlanInput<'_>,
        distribution: String,
        package: String,
        kept: &[usize],
        calls: Vec<StageCall>,
    ) -> PackagePlan {
        let mut modules = std::mem::take(&mut self.modules);
        let mut imported: BTreeSet<String> = BTreeSet::new();
        for module in &mut modules {
            let Some(needed) = self.needs.get(&module.name) else { continue };
            let mut lines = needed.lines.clone();
            self.imports.settle(&mut lines);
            module.imports = lines.into_iter().collect();
            imported.extend(needed.modules.iter().cloned());
            imported.extend(needed.lines.iter().filter_map(|line| module_of(line)));
            let mut blocks: Vec<Definition> = Vec::new();
            for block in &needed.blocks {
                let at = self.analysis.graph.statements[*block].at;
                if let (Some(cell), Some(statement)) = (self.analysis.cell(at.cell), self.analysis.statement(at)) {
                    let code = statement_code(cell, statement, &Edits::default());
                    imported.extend(modules_in(statement));
                    blocks.push(Definition { name: String::new(), code, at });
                }
            }
            blocks.append(&mut module.definitions);
            module.definitions = blocks;
            module.docstring = module_docstring(self.analysis, module, input.notebook_name);
        }
        modules.retain(|module| !module.stages.is_empty() || !module.definitions.is_empty());
        for statement in modules.iter().flat_map(|m| &m.definitions).filter_map(|d| self.analysis.statement(d.at)) {
            imported.extend(modules_in(statement));
        }
        for statement in self.segments.iter().flat_map(|s| &s.statements) {
            if let Some(statement) = self.analysis.statement(self.analysis.graph.statements[*statement].at) {
                imported.extend(modules_in(statement));
            }
        }
        imported.retain(|module| !module.starts_with(&format!("{package}.")) && *module != package);
        let (mut requirements, local) = requirements::find(self.analysis, &imported);
        requirements.sort();
        let results: Vec<ResultPlan> =
            modules.iter().flat_map(|m| &m.stages).flat_map(|s| s.results.iter().cloned()).collect();
        let (inputs, outputs) = self.files(kept);
        let title = title(self.analysis, input.notebook_name);
        PackagePlan {
            description: format!("{title}: the production path of {}.", input.notebook_name),
            title,
            notebook_name: input.notebook_name.to_owned(),
            notebook_path: input.notebook_path.to_owned(),
            code_sha256: crate::lock::code_sha256(self.analysis.notebook.code_cells().map(|cell| cell.stored.as_str())),
            order: self.analysis.order.clone(),
            origins: self.origins(kept, &modules, &calls),
            model: self.model(&modules),
            scaffold: self.scaffold.clone(),
            findings: local_modules(&local),
            config: self.settings.finish(),
            distribution,
            package,
            modules,
            calls,
            requirements,
            results,
            inputs,
            outputs,
            fetched_by: fetching_cells(self.analysis),
        }
    }

    fn files(&self, kept: &[usize]) -> (Vec<FilePlan>, Vec<FilePlan>) {
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        for index in kept {
            let facts = &self.analysis.graph.statements[*index];
            for file in &facts.files {
                let Some(path) = file.path.clone().filter(|path| !path.contains("://")) else { continue };
                let plan = FilePlan { config: self.settings.place_of_path(&path), path, at: facts.at };
                let list = if file.written { &mut outputs } else { &mut inputs };
                if !list.iter().any(|known: &FilePlan| known.path == plan.path) {
                    list.push(plan);
                }
            }
        }
        // What production writes and reads again is no input from outside.
        inputs.retain(|input| !outputs.iter().any(|output| output.path == input.path));
        (inputs, outputs)
    }

    fn model(&self, modules: &[ModulePlan]) -> Option<ModelPlan> {
        let model = self.analysis.classification.model.as_ref()?;
        let candidate = &self.analysis.classification.candidates[model.candidate];
        let stage = modules
            .iter()
            .flat_map(|module| &module.stages)
            .find(|stage| stage.body.iter().any(|block| block.at == Some(candidate.fit)))?;
        Some(ModelPlan {
            estimator: candidate.qualified.clone().unwrap_or_else(|| candidate.estimator.clone()),
            variable: candidate.variable.clone(),
            stage: stage.function.clone(),
            decision: model.decision.name().to_owned(),
        })
    }

    fn origins(&self, kept: &[usize], modules: &[ModulePlan], calls: &[StageCall]) -> Vec<Origin> {
        let mut found = Vec::new();
        for index in kept {
            let at = self.analysis.graph.statements[*index].at;
            let stage = self.segments.iter().position(|segment| segment.statements.contains(index));
            if let Some(call) = stage.and_then(|number| calls.get(number)) {
                found.push(Origin { at, module: call.module.clone(), function: call.function.clone() });
                continue;
            }
            for module in modules {
                let defined = module.definitions.iter().any(|d| d.at == at);
                let inside = module.stages.iter().find(|s| s.body.iter().any(|block| block.at == Some(at)));
                if defined || inside.is_some() {
                    let function = inside.map(|stage| stage.function.clone()).unwrap_or_default();
                    found.push(Origin { at, module: module.name.clone(), function });
                }
            }
        }
        found
    }
}

/// The module that an import line is about.
fn module_of(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    match words.next()? {
        "import" | "from" => words.next().map(str::to_owned),
        _ => None,
    }
}

/// Modules imported inside of a statement: in functions, in branches.
fn modules_in(statement: &Stmt) -> Vec<String> {
    let mut found = Vec::new();
    statement.walk(&mut |s| match &s.kind {
        StmtKind::Import(aliases) => found.extend(aliases.iter().map(|a| a.name.clone())),
        StmtKind::ImportFrom { module, level: 0, .. } if module != "__future__" => found.push(module.clone()),
        _ => {}
    });
    found
}

fn module_docstring(analysis: &Analysis, module: &ModulePlan, notebook: &str) -> String {
    let mut positions: BTreeSet<usize> = module.stages.iter().flat_map(|stage| stage.cells.iter().copied()).collect();
    positions.extend(module.definitions.iter().map(|d| analysis.position(d.at.cell)));
    let cells: Vec<usize> = positions.into_iter().collect();
    let what = match module.name.as_str() {
        "data" => "Load the data",
        "clean" => "Clean the data",
        "features" => "Build the features",
        "split" => "Split the data",
        "train" => "Train the model",
        "evaluate" => "Evaluate the model",
        "predict" => "Predict with the model",
        UNUSED => "Functions and classes that no stage uses",
        _ => "Save the results",
    };
    format!("{what}: {} of {notebook}.", cells_phrase(&cells))
}

/// The notebook's first heading, or its file's name in words.
/// The heading that names the notebook: of the first level, above all code, and no mere section: no other heading has its
/// level, or a section's follows before the code begins.
fn title_heading(notebook: &Notebook) -> Option<&str> {
    fn level(line: &str) -> Option<usize> {
        let level = line.chars().take_while(|c| *c == '#').count();
        ((1..=6).contains(&level) && line[level..].starts_with(' ')).then_some(level)
    }
    let mut headings: Vec<(&str, usize, bool)> = Vec::new();
    let mut code_before = false;
    for cell in &notebook.cells {
        match cell.kind {
            CellKind::Code(_) => code_before |= !cell.source.trim().is_empty(),
            CellKind::Markdown => {
                let mut fenced = false;
                for line in cell.source.lines() {
                    fenced ^= line.trim_start().starts_with("```");
                    headings.extend(level(line).filter(|_| !fenced).map(|level| (line, level, code_before)));
                }
            }
            CellKind::Raw => {}
        }
    }
    let first = headings.iter().position(|(_, level, _)| *level == 1)?;
    let (heading, _, late) = headings[first];
    let others = &headings[first + 1..];
    let alone = !others.iter().any(|(_, level, _)| *level == 1);
    let above_section = others.first().is_some_and(|(_, _, late)| !late);
    (!late && (alone || above_section)).then_some(heading)
}

fn title(analysis: &Analysis, notebook: &str) -> String {
    let heading = title_heading(&analysis.notebook);
    let text = heading.map(|line| line.trim_start_matches('#').trim().trim_matches(['*', '_', '`', ' ']).to_owned());
    let plain = |text: &String| {
        !text.is_empty() && text.len() < 80 && !text.contains(['<', '[', '"', '\\', '{', '\'']) && !text.ends_with('.')
    };
    text.filter(plain).unwrap_or_else(|| {
        let words = snake(notebook.strip_suffix(".ipynb").unwrap_or(notebook)).replace('_', " ");
        let mut letters = words.chars();
        letters.next().map(|first| first.to_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    })
}

/// Modules that are files beside the notebook are not in the package.
fn local_modules(modules: &[String]) -> Vec<Finding> {
    modules
        .iter()
        .map(|module| Finding {
            rule: "module-beside-notebook",
            code: "X102",
            level: Level::Warning,
            blocking: true,
            place: None,
            message: format!(
                "production imports `{module}`, which is a file beside the notebook and not in the package"
            ),
            help: "install it as a package of its own, or move what is used into the notebook".to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{PlanInput, plan, title};
    use crate::analysis::Analysis;
    use crate::classify::Choice;

    #[test]
    fn what_a_loop_counts_with_is_no_result() {
        let returned = |last: &str| -> Vec<String> {
            let cells = ["import pandas as pd\ndf = pd.read_csv('a.csv')", last];
            let analysis = analysed(&cells.map(|source| ("code", source)));
            let input =
                PlanInput { analysis: &analysis, name: None, notebook_name: "a.ipynb", notebook_path: "a.ipynb" };
            let plan = plan(&input);
            let stages = plan.modules.iter().flat_map(|module| &module.stages);
            stages.last().into_iter().flat_map(|stage| &stage.returns).map(|value| value.name.clone()).collect()
        };
        assert_eq!(
            returned("total = 0\nfor a, b in df.items():\n    total += b.sum()\n# nb2pkg: production\nprint(total)"),
            ["total"]
        );
        assert_eq!(returned("# nb2pkg: production\nfor a in range(3):\n    print(df.iloc[a])"), Vec::<String>::new());
    }

    fn analysed(cells: &[(&str, &str)]) -> Analysis {
        let cells: Vec<_> = cells
            .iter()
            .map(|(kind, source)| match *kind {
                "code" => serde_json::json!({"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": null}),
                kind => serde_json::json!({"cell_type": kind, "source": source, "metadata": {}}),
            })
            .collect();
        let notebook =
            serde_json::json!({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}).to_string();
        Analysis::of_notebook(notebook.as_bytes(), &Choice::default()).expect("a notebook")
    }

    fn titled(cells: &[(&str, &str)]) -> String {
        title(&analysed(cells), "churn_2024.ipynb")
    }

    #[test]
    fn a_section_is_no_title() {
        let (text, code) = ("markdown", "code");
        assert_eq!(titled(&[(text, "# Customers"), (code, "a = 1"), (text, "## Model")]), "Customers");
        assert_eq!(titled(&[(text, "# Customers"), (text, "# Imports"), (code, "a = 1")]), "Customers");
        assert_eq!(titled(&[(text, "# Imports"), (code, "a = 1"), (text, "# Model")]), "Churn 2024");
        assert_eq!(titled(&[(code, "a = 1"), (text, "# Model")]), "Churn 2024");
        assert_eq!(titled(&[(text, "# Customers\n```\n# make\n```"), (code, "a = 1")]), "Customers");
    }
}
