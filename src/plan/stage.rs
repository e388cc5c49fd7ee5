//! One stage: its body, its parameters, what it returns.

use std::collections::{BTreeMap, BTreeSet};

use super::build::Draft;
use super::definitions::{Placement, definition_name, make_nonlocal, pass_globals};
use super::edit::{Edits, comments_above, statement_code};
use super::imports::{Needed, bound_by};
use super::liveness::Interface;
use super::notebook_only::answer_from_environment;
use super::results;
use super::stages::Segment;
use super::types::{annotation, copy_call};
use super::{Block, Param, ResultPlan, StagePlan};
use crate::dataflow::Definition;
use crate::knowledge::{Kind, knowledge};
use crate::syntax::ParsedCell;
use crate::syntax::ast::{Expr, ExprKind, Span, Stmt, StmtKind};

/// A stage with the imports that its module needs for it.
pub(super) struct Built {
    pub(super) stage: StagePlan,
    pub(super) needed: Needed,
    pub(super) logs: bool,
}

/// What of a statement nobody needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dead {
    /// The name that it binds.
    Target,
    /// All of it.
    Whole,
}

impl Draft<'_> {
    pub(super) fn build_stage(&mut self, number: usize, segment: &Segment, interface: &Interface) -> Built {
        let mut needed = Needed::default();
        let cells = self.positions(&segment.statements);
        let function = self.function_name(number, segment, interface);
        let mut stage = StagePlan {
            docstring: self.docstring(number, segment, &cells),
            function: function.clone(),
            cells: cells.clone(),
            ..StagePlan::default()
        };
        let wanted = self.wanted(segment);
        let mut taken_results = self.result_names.clone();
        let mut inserted: BTreeSet<usize> = BTreeSet::new();
        let mut logs = false;
        let mut configured = false;
        for index in &segment.statements {
            let at = self.analysis.graph.statements[*index].at;
            let (Some(cell), Some(statement)) = (self.analysis.cell(at.cell), self.analysis.statement(at)) else {
                continue;
            };
            for definition in self.closures_of(*index) {
                if inserted.insert(definition) {
                    stage.body.extend(self.closure(definition, segment, interface, &mut needed));
                }
            }
            stage.body.extend(self.handed(*index));
            let mut edits = Edits::default();
            if let Some(reason) = self.untranslatable(cell, statement, *index) {
                let code = format!("raise NotImplementedError({})", super::config::toml_string(&reason));
                stage.body.push(Block { code, comments: Vec::new(), at: Some(at) });
                continue;
            }
            let results = || results::find(self.analysis, *index, &edits, &mut taken_results.clone());
            if self.notebook_only.is_left_out(cell, statement) && results().is_empty() {
                continue;
            }
            self.notebook_only.leave_out(cell, statement, &self.no_command(*index), &mut edits);
            let asks_nothing = answer_from_environment(self.analysis, at, &mut edits, &mut needed);
            pass_globals(cell, statement, &self.definitions, &mut edits);
            let returned = self.analysis.graph.statements[*index].binds.keys().any(|name| wanted.contains(name));
            let dead =
                if returned { None } else { self.drop_target(number, *index, statement, cell, interface, &mut edits) };
            if dead == Some(Dead::Whole) {
                continue;
            }
            configured |= self.settings.lift(self.analysis, *index, segment.kind, &mut edits);
            let found = results::find(self.analysis, *index, &edits, &mut taken_results);
            let found_none = found.is_empty();
            let code = if found_none {
                statement_code(cell, statement, &edits)
            } else {
                logs = true;
                let code = results::code(&found, &self.scaffold.metrics, &self.scaffold.logger);
                stage
                    .results
                    .extend(found.into_iter().map(|(result, _)| ResultPlan { stage: function.clone(), ..result }));
                code
            };
            let block = Block { code, comments: comments_above(cell, statement), at: Some(at) };
            stage.body.extend(self.close_figures(*index, &mut needed));
            let mut own = Needed::default();
            self.need(*index, statement, interface, &mut own);
            if asks_nothing {
                own.without_getpass();
            }
            if !found_none {
                // The value is returned and logged instead.
                own.without_display();
            }
            needed.add(own);
            stage.body.push(block);
        }
        let inner = self.rebound_imports(segment, &mut needed);
        stage.body.splice(0..0, inner);
        self.result_names = taken_results;
        for result in &mut stage.results {
            result.field.clone_from(&result.name);
        }
        stage.config = configured.then(|| segment.kind.section().to_owned());
        stage.params = self.params(number, interface, &mut needed);
        let measured: Vec<&str> = stage.results.iter().map(|result| result.expression.as_str()).collect();
        stage.returns = self.returns(number, segment, interface, &measured, wanted, &mut needed);
        Built { stage, needed, logs }
    }

    /// Imports whose names the stage binds to something else later (`mae = mae(actual, predicted)`): in a function such a
    /// name is local from the beginning, so it is imported there.
    fn rebound_imports(&self, segment: &Segment, needed: &mut Needed) -> Vec<Block> {
        let graph = &self.analysis.graph;
        let binds = |name: &str| {
            segment.statements.iter().any(|index| {
                graph.statements[*index].binds.get(name).is_some_and(|binding| binding.definition == Definition::Data)
            })
        };
        let (inner, outer): (BTreeSet<String>, BTreeSet<String>) = std::mem::take(&mut needed.lines)
            .into_iter()
            .partition(|line| bound_by(line).is_some_and(|name| binds(&name)));
        needed.lines = outer;
        inner.into_iter().map(|code| Block { code, comments: Vec::new(), at: None }).collect()
    }

    /// Notebooks show and close what is drawn at the end of each cell: where a figure begins of itself, the one before has
    /// to be closed first.
    fn close_figures(&mut self, index: usize, needed: &mut Needed) -> Option<Block> {
        let drawing = self.analysis.graph.statements[index].drawing;
        let before = self.drawn;
        self.drawn |= drawing.draws;
        let (pyplot, line) = self.imports.pyplot().filter(|_| drawing.begins && before)?;
        needed.lines.insert(line.to_owned());
        Some(Block { code: format!("{pyplot}.close(\"all\")"), comments: Vec::new(), at: None })
    }

    /// A name that nothing in production reads is not bound: the value is there for what it does, or not at all.
    fn drop_target(
        &self,
        number: usize,
        index: usize,
        statement: &Stmt,
        cell: &ParsedCell,
        interface: &Interface,
        edits: &mut Edits,
    ) -> Option<Dead> {
        let StmtKind::Assign { targets, value } = &statement.kind else { return None };
        let [Expr { kind: ExprKind::Name(name), span }] = targets.as_slice() else { return None };
        let segment = &self.segments[number];
        let returned = interface.gives.contains(name) || self.model_variable(segment).as_ref() == Some(name);
        let shown = self.last_value(number, segment, interface).as_ref() == Some(name);
        // What the analysis knows answers for most names; reading the code of the whole stage is for the rest.
        let depends =
            |other: &usize| self.analysis.graph.dependencies_of(*other).any(|d| d.from == index && d.name == *name);
        let names = |other: &usize| {
            let at = self.analysis.graph.statements[*other].at;
            let reads = |s: &Stmt| crate::dataflow::free_names(std::slice::from_ref(s)).contains(name);
            (*other != index && self.analysis.statement(at).is_some_and(reads))
                || self.closures_of(*other).iter().any(|closure| {
                    self.analysis.statement(self.analysis.graph.statements[*closure].at).is_some_and(reads)
                })
        };
        let read = || segment.statements.iter().any(depends) || segment.statements.iter().any(names);
        // A function may get it passed by somebody whom the analysis did not follow.
        let passed = self.definitions.places.values().any(|place| match place {
            Placement::Passed(extra) | Placement::Handed(extra) => extra.contains(name),
            _ => false,
        });
        if returned || shown || passed || read() {
            return None;
        }
        let mut calls = false;
        value.walk(&mut |e| {
            calls |= matches!(e.kind, ExprKind::Call { .. } | ExprKind::Await(_) | ExprKind::Named { .. });
        });
        if !calls {
            return Some(Dead::Whole);
        }
        let between = cell.source.python.get(span.end..value.span.start)?;
        let end = span.end + between.find('=')? + 1;
        let spaces = between[end - span.end..].chars().take_while(|c| *c == ' ').count();
        edits.replace(Span { start: span.start, end: end + spaces }, "");
        Some(Dead::Target)
    }

    fn positions(&self, statements: &[usize]) -> Vec<usize> {
        let cells: BTreeSet<usize> =
            statements.iter().map(|i| self.analysis.position(self.analysis.graph.statements[*i].at.cell)).collect();
        cells.into_iter().collect()
    }

    /// Why a command of the notebook can't be run.
    pub(super) fn no_command(&self, index: usize) -> String {
        let place = crate::classify::describe_place(&self.analysis.cells, self.analysis.graph.statements[index].at);
        format!("{place} runs a shell or notebook command that a package cannot")
    }

    /// Code that has no meaning outside of a notebook, and why.
    fn untranslatable(&self, cell: &ParsedCell, statement: &Stmt, index: usize) -> Option<String> {
        let place = crate::classify::describe_place(&self.analysis.cells, self.analysis.graph.statements[index].at);
        let mut awaits = false;
        statement.walk_expressions(&mut |e| awaits |= matches!(e.kind, ExprKind::Await(_)));
        if self.notebook_only.commands_in_heads(cell, statement) {
            return Some(self.no_command(index));
        }
        let function = matches!(statement.kind, StmtKind::FunctionDef(_) | StmtKind::ClassDef(_));
        (awaits && !function).then(|| format!("{place} awaits at the top level, which only a notebook can"))
    }

    // ---------------------------------------------------------------- definitions inside of a stage

    /// Definitions that have to be inside of the stage before a statement that uses them, dependencies first.
    pub(super) fn closures_of(&self, index: usize) -> Vec<usize> {
        let mut order = Vec::new();
        let Some(statement) = self.analysis.statement(self.analysis.graph.statements[index].at) else { return order };
        self.collect_closures(statement, &mut BTreeSet::new(), &mut order);
        order
    }

    fn collect_closures(&self, statement: &Stmt, seen: &mut BTreeSet<usize>, order: &mut Vec<usize>) {
        for name in crate::dataflow::free_names(std::slice::from_ref(statement)) {
            let Some(index) = self.definitions.by_name.get(&name) else { continue };
            if self.definitions.places.get(index) != Some(&Placement::Closure) || seen.contains(index) {
                continue;
            }
            let Some(definition) = self.analysis.statement(self.analysis.graph.statements[*index].at) else { continue };
            if definition_name(statement) == Some(&name) {
                continue;
            }
            // Marked first, against functions that call each other; placed last, after what a decorator needs.
            seen.insert(*index);
            self.collect_closures(definition, seen, order);
            order.push(*index);
        }
    }

    fn closure(&self, index: usize, segment: &Segment, interface: &Interface, needed: &mut Needed) -> Vec<Block> {
        let at = self.analysis.graph.statements[index].at;
        let (Some(cell), Some(statement)) = (self.analysis.cell(at.cell), self.analysis.statement(at)) else {
            return Vec::new();
        };
        let mut edits = Edits::default();
        self.notebook_only.leave_out(cell, statement, &self.no_command(index), &mut edits);
        answer_from_environment(self.analysis, at, &mut edits, needed);
        pass_globals(cell, statement, &self.definitions, &mut edits);
        let nonlocal = make_nonlocal(cell, statement, &mut edits);
        let mut blocks = Vec::new();
        // `nonlocal` needs a binding that Python can see in the stage.
        let mut seen: BTreeSet<String> = interface.takes.iter().cloned().collect();
        for other in &segment.statements {
            if let Some(node) = self.analysis.statement(self.analysis.graph.statements[*other].at) {
                seen.extend(crate::dataflow::bound_names(std::slice::from_ref(node)));
            }
        }
        for name in nonlocal.iter().filter(|name| !seen.contains(*name)) {
            blocks.push(Block { code: format!("{name} = None"), ..Block::default() });
        }
        self.need_in(segment.kind.module(), index, statement, interface, needed);
        blocks.push(Block {
            code: statement_code(cell, statement, &edits),
            comments: comments_above(cell, statement),
            at: Some(at),
        });
        blocks
    }

    /// Lines that hand a class the values which its methods read as globals.
    fn handed(&self, index: usize) -> Vec<Block> {
        let facts = &self.analysis.graph.statements[index];
        let mut blocks = Vec::new();
        for (definition, placement) in &self.definitions.places {
            let Placement::Handed(names) = placement else { continue };
            let Some(statement) = self.analysis.statement(self.analysis.graph.statements[*definition].at) else {
                continue;
            };
            let StmtKind::ClassDef(class) = &statement.kind else { continue };
            let methods: Vec<&str> = class
                .body
                .iter()
                .filter_map(|s| match &s.kind {
                    StmtKind::FunctionDef(def) => Some(def.name.as_str()),
                    _ => None,
                })
                .collect();
            let read: Vec<String> = names
                .iter()
                .filter(|name| facts.reads.contains(*name))
                .filter(|name| {
                    facts.called.iter().any(|(f, reads)| methods.contains(&f.as_str()) && reads.contains(*name))
                })
                .map(|name| format!("{name}={name}"))
                .collect();
            let reader =
                methods.iter().find(|m| facts.called.get(**m).is_some_and(|r| names.iter().any(|n| r.contains(n))));
            if let (false, Some(method)) = (read.is_empty(), reader) {
                let code = format!("{}.{method}.__globals__.update({})", class.name, read.join(", "));
                blocks.push(Block { code, ..Block::default() });
            }
        }
        blocks
    }

    /// Whether a statement's code has a line that hands a class its values.
    pub(super) fn hands_to(&self, index: usize) -> Vec<String> {
        self.handed(index).into_iter().filter_map(|block| block.code.split('.').next().map(str::to_owned)).collect()
    }

    // ---------------------------------------------------------------- signature

    fn params(&self, number: usize, interface: &Interface, needed: &mut Needed) -> Vec<Param> {
        interface
            .takes
            .iter()
            .map(|name| {
                let type_name = self.type_before(number, name);
                let (spelled, imports) = annotation(type_name.as_deref());
                needed.lines.extend(imports);
                // A table that the stage changes stays its caller's; of other values, only what both go on using.
                let table = type_name.as_deref().and_then(|name| knowledge().kind(name)) == Some(Kind::Data);
                let copies = interface.changes.contains(name)
                    && (table || interface.gives.contains(name))
                    && self.is_unshared(name, number);
                let copy = if copies { copy_call(type_name.as_deref()) } else { None };
                Param { name: name.clone(), annotation: spelled, copy }
            })
            .collect()
    }

    fn type_before(&self, number: usize, name: &str) -> Option<String> {
        self.segments[..number].iter().rev().find_map(|segment| {
            let known = segment.statements.iter().any(|i| {
                let facts = &self.analysis.graph.statements[*i];
                facts.binds.contains_key(name) || facts.mutates.contains(name)
            });
            known.then(|| self.type_after(segment, name))
        })?
    }

    pub(super) fn type_after(&self, segment: &Segment, name: &str) -> Option<String> {
        let graph = &self.analysis.graph;
        let last = segment.statements.iter().rev().find(|index| {
            let facts = &graph.statements[**index];
            facts.binds.contains_key(name) || facts.mutates.contains(name)
        })?;
        graph.statements[*last].types.get(name).cloned()
    }

    /// Whether no other name of production may be the same object, or share memory with it from this stage on: only then is
    /// a copy nobody's loss.
    fn is_unshared(&self, name: &str, number: usize) -> bool {
        let mut owners: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
        for (facts, verdict) in self.analysis.graph.statements.iter().zip(&self.analysis.classification.statements) {
            if !verdict.is_packaged() {
                continue;
            }
            for (other, objects) in &facts.objects {
                for object in objects {
                    owners.entry(*object).or_default().insert(other);
                }
            }
        }
        let own: BTreeSet<usize> =
            owners.iter().filter(|(_, names)| names.contains(name)).map(|(object, _)| *object).collect();
        if own.iter().any(|object| owners[object].len() > 1) || self.is_seen_through_memory(&own, &owners, number) {
            return false;
        }
        // Nor may anything that has a name hold it.
        let mut waiting: Vec<usize> = owners.keys().copied().filter(|object| !own.contains(object)).collect();
        let mut seen: BTreeSet<usize> = BTreeSet::new();
        while let Some(next) = waiting.pop() {
            if own.contains(&next) {
                return false;
            }
            if seen.insert(next) {
                waiting.extend(&self.analysis.graph.objects[next].held);
            }
        }
        true
    }

    /// Whether a change of one value shows in another one from this stage on: a column or an array that is changed is its
    /// table's memory, and somebody reads the table.
    fn is_seen_through_memory(
        &self,
        own: &BTreeSet<usize>,
        owners: &BTreeMap<usize, BTreeSet<&str>>,
        number: usize,
    ) -> bool {
        let graph = &self.analysis.graph;
        let Some(start) = self.segments[number].statements.first().copied() else { return false };
        let is_read = |object: usize| {
            owners.get(&object).is_some_and(|names| {
                let later = graph.statements[start..].iter().zip(&self.analysis.classification.statements[start..]);
                later
                    .filter(|(_, verdict)| verdict.is_packaged())
                    .any(|(facts, _)| names.iter().any(|name| facts.reads.contains(*name)))
            })
        };
        let viewed = |object: usize| -> BTreeSet<usize> {
            let mut found = BTreeSet::new();
            let mut waiting = graph.objects[object].views.clone();
            while let Some(next) = waiting.pop() {
                if found.insert(next) {
                    waiting.extend(&graph.objects[next].views);
                }
            }
            found
        };
        own.iter().any(|object| viewed(*object).difference(own).any(|base| is_read(*base)))
            || owners.keys().filter(|other| !own.contains(other)).any(|other| {
                graph.objects[*other].mutated.iter().any(|statement| *statement >= start)
                    && !viewed(*other).is_disjoint(own)
            })
    }

    /// The variable that is the production model or holds it (`models` of `models[i]`), if this stage fits it.
    pub(super) fn model_variable(&self, segment: &Segment) -> Option<String> {
        let model = self.analysis.classification.model.as_ref()?;
        let candidate = &self.analysis.classification.candidates[model.candidate];
        let holder = super::holder(&candidate.variable);
        segment.statements.contains(&candidate.fit_statement).then(|| holder.to_owned())
    }
}
