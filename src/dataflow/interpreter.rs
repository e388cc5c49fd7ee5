//! The abstract machine: its state, and what reading, binding and changing mean.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::rc::Rc;

use super::environment::{Bound, Frame, Names};
use super::graph::{Binding, Definition, Dependency, DependencyKind, Graph, StatementFacts, Undefined, ValueInfo};
use super::object::{Change, Interest, Object, ObjectId, ObjectInfo, Value};
use super::{builtins, scope};
use crate::ipython::MagicKind;
use crate::knowledge::{Kind, Knowledge, knowledge};
use crate::syntax::ast::{Span, Stmt, StmtKind};
use crate::syntax::{At, ParsedCell};

/// How many expressions one top-level statement may evaluate, calls into notebook functions included, before calls are
/// no longer followed.
const BUDGET: usize = 20_000;

/// How many objects a read looks at.
const REACH: usize = 256;

pub(super) struct Interpreter<'a> {
    pub(super) cells: &'a [ParsedCell],
    pub(super) knowledge: &'static Knowledge,
    pub(super) objects: Vec<Object<'a>>,
    pub(super) globals: Names,
    pub(super) frames: Vec<Frame>,
    /// The innermost scope; none at the top level.
    pub(super) frame: Option<usize>,
    pub(super) facts: Vec<StatementFacts>,
    /// The statement that runs.
    pub(super) current: usize,
    /// How many notebook functions are being called.
    pub(super) depth: usize,
    /// The functions being called, innermost last (by address), against endless recursion.
    pub(super) stack: Vec<(usize, String)>,
    pub(super) budget: usize,
    /// Modules imported with `*`: the statement and the module.
    pub(super) stars: Vec<(usize, String)>,
    /// The folders that were made.
    pub(super) folders: BTreeSet<String>,
    /// What is read and changed now may not happen: a draw that depends on a library's version.
    pub(super) tentative: bool,
    /// What is evaluated is about to be stored into, not read.
    pub(super) storing: bool,
    /// The change that is being made is a fit, which begins anew.
    pub(super) fitting: bool,
    /// Global names that were bound to an object at some time.
    owners: BTreeMap<ObjectId, BTreeSet<Rc<str>>>,
    /// The events of the statement that runs, by the address of their call: a call in a loop is one event.
    pub(super) events: BTreeMap<usize, usize>,
    /// How many loops of the innermost function are running.
    pub(super) in_loop: usize,
    /// Scopes of functions as they are before the first statement, by the address of the body.
    scopes: BTreeMap<usize, Frame>,
    /// The strings that the notebook has evaluated so far: a column of that name may be there.
    pub(super) strings: HashSet<&'a str>,
    /// The columns that it has made.
    pub(super) columns: HashSet<&'a str>,
    time: u64,
    edges: BTreeSet<Dependency>,
    undefined: Vec<Undefined>,
}

impl<'a> Interpreter<'a> {
    pub(super) fn new(cells: &'a [ParsedCell]) -> Self {
        Self {
            cells,
            knowledge: knowledge(),
            objects: Vec::new(),
            globals: Names::default(),
            frames: Vec::new(),
            frame: None,
            facts: Vec::new(),
            current: 0,
            depth: 0,
            stack: Vec::new(),
            budget: 0,
            stars: Vec::new(),
            folders: BTreeSet::new(),
            tentative: false,
            storing: false,
            fitting: false,
            owners: BTreeMap::new(),
            events: BTreeMap::new(),
            in_loop: 0,
            scopes: BTreeMap::new(),
            strings: HashSet::new(),
            columns: HashSet::new(),
            time: 0,
            edges: BTreeSet::new(),
            undefined: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> Graph {
        let cells = self.cells;
        for cell in cells {
            for (index, statement) in cell.statements.iter().enumerate() {
                let last = index + 1 == cell.statements.len();
                self.top_level(cell, statement, At { cell: cell.index, statement: index }, last);
            }
            // Notebooks show and close what is drawn at the end of each cell.
            self.close_figures();
        }
        self.finish()
    }

    fn top_level(&mut self, cell: &'a ParsedCell, statement: &'a Stmt, at: At, last: bool) {
        self.current = self.facts.len();
        self.facts.push(StatementFacts { at, ..StatementFacts::default() });
        self.budget = BUDGET;
        self.events.clear();
        self.depth = 0;
        self.frame = None;
        let lines = cell.lines(statement.span);
        for magic in &cell.source.magics {
            if magic.line >= lines.0 && magic.line <= lines.1 && magic.kind != MagicKind::Help {
                self.magic(magic);
            }
        }
        if let StmtKind::Expr(value) = &statement.kind {
            let silenced = cell.source.python[statement.span.end..].trim_start_matches([' ', '\t']).starts_with(';');
            self.facts[self.current].displayed = last && !silenced;
            let result = if last && !silenced { self.eval(value) } else { self.eval_alone(value) };
            let type_name = self.type_of(&result).map(|name| name.to_string());
            self.facts[self.current].value = Some(ValueInfo { type_name, objects: result.objects });
        } else {
            self.execute(statement);
        }
        self.note_types();
    }

    /// Remembers the types of the names that the statement bound or changed.
    fn note_types(&mut self) {
        let facts = &self.facts[self.current];
        let names: BTreeSet<String> = facts.binds.keys().chain(&facts.mutates).cloned().collect();
        let (mut types, mut objects) = (BTreeMap::new(), BTreeMap::new());
        for name in names {
            let Some(bound) = self.globals.get(&name) else { continue };
            if let Some(type_name) = self.type_of(&bound.value) {
                types.insert(name.clone(), type_name.to_string());
            }
            objects.insert(name, bound.value.objects.clone());
        }
        self.facts[self.current].types = types;
        self.facts[self.current].objects = objects;
    }

    fn finish(self) -> Graph {
        let objects = self
            .objects
            .iter()
            .map(|object| ObjectInfo {
                type_name: object.type_name.as_ref().map(ToString::to_string),
                created: object.created,
                held: object
                    .held
                    .iter()
                    .copied()
                    .chain(object.fields.values().flat_map(|value| value.objects.iter().copied()))
                    .collect(),
                mutated: object.mutated.iter().map(|change| change.statement).collect(),
            })
            .collect();
        let mut undefined = self.undefined;
        for item in &mut undefined {
            item.defined_later = self
                .facts
                .iter()
                .skip(item.statement + 1)
                .position(|facts| facts.binds.contains_key(&item.name))
                .map(|offset| item.statement + 1 + offset);
        }
        Graph { statements: self.facts, dependencies: self.edges.into_iter().collect(), objects, undefined }
    }

    // ---------------------------------------------------------------- objects

    pub(super) fn make(&mut self, object: Object<'a>) -> Value {
        let id = self.objects.len();
        self.objects.push(Object { created: self.current, ..object });
        Value::of(id)
    }

    pub(super) fn make_typed(&mut self, type_name: Option<Rc<str>>) -> Value {
        self.make(Object { type_name, ..Object::default() })
    }

    /// The type of a value, if all that it may be agree.
    pub(super) fn type_of(&self, value: &Value) -> Option<Rc<str>> {
        if value.part || value.objects.is_empty() {
            return value.type_name.clone();
        }
        let mut found: Option<Rc<str>> = value.type_name.clone();
        for id in &value.objects {
            let own = self.objects[*id].type_name.clone()?;
            match &found {
                Some(known) if *known != own => return None,
                _ => found = Some(own),
            }
        }
        found
    }

    pub(super) fn kind_of(&self, value: &Value) -> Option<Kind> {
        self.type_of(value).and_then(|name| self.knowledge.kind(&name))
    }

    /// The canonical name of a library's module, function or class.
    pub(super) fn external(&self, value: &Value) -> Option<Rc<str>> {
        match value.objects.as_slice() {
            [only] if !value.part => self.objects[*only].external.clone(),
            _ => None,
        }
    }

    /// A string constant.
    pub(super) fn constant(&self, value: &Value) -> Option<Rc<str>> {
        match value.objects.as_slice() {
            [only] if !value.part => self.objects[*only].constant.clone(),
            _ => None,
        }
    }

    /// Everything that can be reached from a value through what it holds, itself included.
    pub(super) fn reach(&self, objects: &[ObjectId]) -> Vec<ObjectId> {
        let mut order = Vec::new();
        let mut waiting: Vec<ObjectId> = objects.to_vec();
        while order.len() < REACH
            && let Some(next) = waiting.pop()
        {
            // Faster than a set: most values hold little, none more than a few hundred.
            if order.contains(&next) {
                continue;
            }
            order.push(next);
            let object = &self.objects[next];
            waiting.extend(object.held.iter().copied());
            waiting.extend(object.fields.values().flat_map(|value| value.objects.iter().copied()));
        }
        order
    }

    /// The statement changes what the value may be.
    pub(super) fn mutate(&mut self, value: &Value) {
        self.change(value, false);
    }

    /// `creates`: the columns that the value consists of are new ones.
    pub(super) fn change(&mut self, value: &Value, creates: bool) {
        self.time += 1;
        let change =
            Change { time: self.time, statement: self.current, key: None, creates: false, tentative: self.tentative };
        for id in value.objects.clone() {
            let object = &mut self.objects[id];
            if object.external.is_some() {
                continue;
            }
            if !self.fitting {
                object.changes.insert(self.current);
            }
            match &value.keys {
                Some(keys) if value.part => {
                    for key in keys.iter() {
                        object.change(Change { key: Some(key.clone()), creates, ..change.clone() });
                    }
                }
                _ => object.change(change.clone()),
            }
        }
        self.note_mutation(&value.objects);
        self.change_viewed(&value.objects);
    }

    /// What shares memory with changed objects has changed with them.
    fn change_viewed(&mut self, changed: &[ObjectId]) {
        for id in changed {
            if let Some(viewed) = self.objects[*id].views.clone()
                && !viewed.objects.contains(id)
                && viewed.objects.iter().all(|base| base < id)
            {
                self.change(&viewed, false);
            }
        }
    }

    /// Whether what happens now happens in every run.
    pub(super) fn is_certain(&self) -> bool {
        self.globals.depth() == 1 && self.in_loop == 0
    }

    /// The statement changes the value and all that it holds (a pipeline fits its steps).
    pub(super) fn mutate_deep(&mut self, value: &Value) {
        let reached = self.reach(&value.objects);
        self.mutate(&Value { objects: reached, ..Value::default() });
    }

    fn note_mutation(&mut self, objects: &[ObjectId]) {
        let mut names = Vec::new();
        for id in objects {
            for name in self.owners.get(id).into_iter().flatten() {
                let still = self.globals.get(name).is_some_and(|bound| bound.value.objects.contains(id));
                if still && !name.starts_with('<') {
                    names.push(name.to_string());
                }
            }
        }
        self.facts[self.current].mutates.extend(names);
    }

    // ---------------------------------------------------------------- names

    /// Reads a name and returns its value.
    pub(super) fn read(&mut self, name: &str, span: Span) -> Value {
        self.read_for(name, span, &Interest::Whole)
    }

    /// Reads a name for a part of its value.
    pub(super) fn read_for(&mut self, name: &str, span: Span, interest: &Interest) -> Value {
        let mut scope = self.frame;
        let mut innermost = true;
        while let Some(index) = scope {
            let frame = &self.frames[index];
            if frame.globals.contains(name) {
                break;
            }
            let visible = innermost || !frame.class;
            if visible {
                if let Some(bound) = frame.names.get(name)
                    && !bound.is_unbound()
                {
                    return bound.value.clone();
                }
                let local = frame.locals.as_ref().is_some_and(|locals| locals.contains(name));
                if local && !frame.nonlocals.contains(name) {
                    return Value::default();
                }
            }
            innermost = innermost && (frame.comprehension);
            scope = frame.parent;
        }
        self.read_global(name, span, interest)
    }

    /// What a name stands for, without reading it.
    pub(super) fn peek(&self, name: &str) -> Option<&Value> {
        let mut scope = self.frame;
        while let Some(index) = scope {
            let frame = &self.frames[index];
            if let Some(bound) = frame.names.get(name).filter(|bound| !bound.is_unbound()) {
                return Some(&bound.value);
            }
            scope = frame.parent;
        }
        self.globals.get(name).filter(|bound| !bound.is_unbound()).map(|bound| &bound.value)
    }

    fn read_global(&mut self, name: &str, span: Span, interest: &Interest) -> Value {
        if let Some(bound) = self.globals.get(name).cloned()
            && !bound.is_unbound()
        {
            self.facts[self.current].reads.insert(name.to_owned());
            self.note_called(name);
            self.depend_for(name, &bound, interest);
            return bound.value;
        }
        if let Some(value) = self.star_import(name) {
            return value;
        }
        if builtins::is_predefined(name) {
            let external: Rc<str> = format!("builtins.{name}").into();
            return self.make(Object { external: Some(external), ..Object::default() });
        }
        // What another notebook or script brings (`%run`) is not in the package.
        if self.stars.iter().all(|(_, module)| module.starts_with('<')) {
            self.facts[self.current].reads.insert(name.to_owned());
            let line = self.line_of(span);
            let known = self.undefined.iter().any(|u| u.statement == self.current && u.name == name);
            if !known {
                self.undefined.push(Undefined {
                    statement: self.current,
                    name: name.to_owned(),
                    line,
                    defined_later: None,
                });
            }
        }
        Value::default()
    }

    fn line_of(&self, span: Span) -> usize {
        let at = self.facts[self.current].at;
        let Some(cell) = self.cells.get(at.cell) else { return 1 };
        let Some(statement) = cell.statements.get(at.statement) else { return 1 };
        if self.depth == 0 && statement.span.contains(span) {
            cell.line(span.start)
        } else {
            cell.line(statement.span.start)
        }
    }

    fn note_called(&mut self, name: &str) {
        if let Some((_, function)) = self.stack.last() {
            let function = function.clone();
            self.facts[self.current].called.entry(function).or_default().insert(name.to_owned());
        }
    }

    /// Remembers a star import; the same module again takes the place of what it was before.
    pub(super) fn add_star(&mut self, module: &str) {
        self.stars.retain(|(_, known)| known != module);
        self.stars.push((self.current, module.to_owned()));
    }

    /// A name that only a star import can have brought.
    fn star_import(&mut self, name: &str) -> Option<Value> {
        let star = self.stars.iter().rev().find_map(|(statement, module)| {
            let qualified = self.knowledge.canonical(&format!("{module}.{name}"));
            let known = self.knowledge.function(&qualified).is_some() || self.knowledge.type_fact(&qualified).is_some();
            known.then_some((*statement, qualified))
        });
        let (statement, qualified) = match star {
            Some(found) => found,
            None if builtins::is_builtin(name) => return None,
            None => {
                let (statement, module) = self.stars.iter().rev().find(|(_, module)| !module.starts_with('<'))?;
                (*statement, format!("{module}.{name}"))
            }
        };
        self.facts[self.current].reads.insert(name.to_owned());
        self.edge(statement, name, DependencyKind::Import, false);
        Some(self.make(Object { external: Some(qualified.into()), ..Object::default() }))
    }

    /// Adds the dependencies of a read.
    pub(super) fn depend(&mut self, name: &str, bound: &Bound) {
        self.depend_for(name, bound, &Interest::Whole);
    }

    /// Adds the dependencies of a read of a part.
    pub(super) fn depend_for(&mut self, name: &str, bound: &Bound, interest: &Interest) {
        // Ambient state that nobody has set is there from the beginning.
        let unset = bound.sites.is_empty();
        let mut earliest = if unset { 0 } else { u64::MAX };
        let mut import = !unset;
        for (statement, time, definition) in &bound.sites {
            earliest = earliest.min(*time);
            import &= *definition == Some(Definition::Import);
            let kind = match definition {
                Some(Definition::Data) => DependencyKind::Data,
                Some(Definition::Def) => DependencyKind::Def,
                Some(Definition::Import) => DependencyKind::Import,
                None if name.starts_with("<file:") => DependencyKind::File,
                None => DependencyKind::State,
            };
            self.edge(*statement, name, kind, false);
        }
        if import {
            return;
        }
        let kind = if name.starts_with('<') { DependencyKind::State } else { DependencyKind::Data };
        let interest = if bound.value.part { &Interest::Whole } else { interest };
        let wanted = match interest {
            Interest::Whole => None,
            Interest::Keys(keys) => Some(self.reach_parts(&bound.value.objects, keys)),
        };
        for id in self.reach(&bound.value.objects) {
            let relevant = match (&wanted, interest) {
                (Some(wanted), Interest::Keys(keys)) if wanted.contains(&id) => {
                    let root = bound.value.objects.contains(&id);
                    self.objects[id].changed_for(earliest, root.then_some(&**keys))
                }
                (Some(_), _) => BTreeSet::new(),
                (None, _) => self.objects[id].changed_for(earliest, None),
            };
            for statement in self.objects[id].changed(earliest) {
                // Draws from a generator that nobody has seeded give other numbers every time anyway.
                let unseeded = unset && name.ends_with("random>");
                let needed = relevant.contains(&statement) && !self.is_superseded(id, statement) && !unseeded;
                self.add_edge(statement, name, kind, true, needed);
            }
        }
    }

    /// What can be reached from containers through these keys alone, the containers included.
    fn reach_parts(&self, objects: &[ObjectId], keys: &[Rc<str>]) -> BTreeSet<ObjectId> {
        let mut roots = Vec::new();
        for id in objects {
            let object = &self.objects[*id];
            roots.extend(object.held.iter().copied());
            for key in keys {
                roots.extend(object.fields.get(key).into_iter().flat_map(|value| value.objects.iter().copied()));
            }
        }
        self.reach(&roots).into_iter().chain(objects.iter().copied()).collect()
    }

    pub(super) fn edge(&mut self, from: usize, name: &str, kind: DependencyKind, mutation: bool) {
        self.add_edge(from, name, kind, mutation, true);
    }

    fn add_edge(&mut self, from: usize, name: &str, kind: DependencyKind, mutation: bool, needed: bool) {
        if from == self.current {
            return;
        }
        let to = self.current;
        let needed = needed && !self.tentative;
        let edge = Dependency { to, from, name: name.to_owned(), kind, mutation, needed };
        let other = Dependency { needed: !needed, ..edge.clone() };
        // Needed through one object is needed.
        if needed {
            self.edges.remove(&other);
            self.edges.insert(edge);
        } else if !self.edges.contains(&other) {
            self.edges.insert(edge);
        }
    }

    /// Whether all that a statement did to an object was to fit it, and a later fit began anew.
    fn is_superseded(&self, id: ObjectId, statement: usize) -> bool {
        let object = &self.objects[id];
        object.fits.last().is_some_and(|last| *last != statement)
            && object.fits.contains(&statement)
            && !object.changes.contains(&statement)
    }

    /// An estimator is fitted anew, whatever branch or loop is taken: its earlier fits no longer matter.
    pub(super) fn fit_anew(&mut self, id: ObjectId) {
        if !self.is_certain() {
            self.objects[id].changes.insert(self.current);
            return;
        }
        self.objects[id].fits.push(self.current);
        let to = self.current;
        let stale: Vec<Dependency> = self
            .edges
            .range(
                Dependency {
                    to,
                    from: 0,
                    name: String::new(),
                    kind: DependencyKind::Data,
                    mutation: false,
                    needed: false,
                }..,
            )
            .take_while(|edge| edge.to == to)
            .filter(|edge| edge.mutation && edge.needed && self.is_superseded(id, edge.from))
            .cloned()
            .collect();
        for edge in stale {
            self.edges.remove(&edge);
            self.edges.insert(Dependency { needed: false, ..edge });
        }
    }

    /// Binds a name in the innermost scope.
    pub(super) fn bind(&mut self, name: &str, value: Value, definition: Definition) {
        let mut scope = self.frame;
        while let Some(index) = scope {
            let frame = &self.frames[index];
            if frame.globals.contains(name) {
                break;
            }
            if frame.nonlocals.contains(name) {
                scope = self.owner(frame.parent, name);
                if scope.is_none() {
                    break;
                }
            }
            if let Some(index) = scope {
                self.time += 1;
                let bound = Bound { sites: vec![(self.current, self.time, None)], value, maybe_unbound: false };
                self.frames[index].names.set(name, bound);
                return;
            }
        }
        self.bind_global(name, value, definition);
    }

    fn owner(&self, from: Option<usize>, name: &str) -> Option<usize> {
        let mut scope = from;
        while let Some(index) = scope {
            if self.frames[index].locals.as_ref().is_some_and(|locals| locals.contains(name)) {
                return Some(index);
            }
            scope = self.frames[index].parent;
        }
        None
    }

    pub(super) fn bind_global(&mut self, name: &str, value: Value, definition: Definition) {
        self.time += 1;
        for id in &value.objects {
            self.owners.entry(*id).or_default().insert(name.into());
        }
        let bound = Bound { sites: vec![(self.current, self.time, Some(definition))], value, maybe_unbound: false };
        self.globals.set(name, bound);
        self.facts[self.current].binds.insert(name.to_owned(), Binding { definition, always: true });
    }

    /// Binds a name that stands for ambient state or a file.
    pub(super) fn bind_state(&mut self, name: &str) {
        let value = self.make(Object::default());
        self.bind_state_to(name, value);
    }

    /// Binds a name that stands for ambient state to a value.
    pub(super) fn bind_state_to(&mut self, name: &str, value: Value) {
        self.time += 1;
        self.globals.set(name, Bound { sites: vec![(self.current, self.time, None)], value, maybe_unbound: false });
    }

    /// Marks names as bound on some paths only, where a branch does not bind them.
    pub(super) fn note_partial(&mut self) {
        let statement = self.current;
        let names: Vec<String> = self.facts[statement].binds.keys().cloned().collect();
        for name in names {
            let partial = self
                .globals
                .get(&name)
                .is_some_and(|b| b.maybe_unbound || b.sites.iter().any(|site| site.0 != statement));
            if partial && let Some(binding) = self.facts[statement].binds.get_mut(&name) {
                binding.always = false;
            }
        }
    }

    /// A loop that goes on from what a name was bound to before stands for that binding from now on: whoever needs the one
    /// needs the other through it.
    pub(super) fn forget_carried(&mut self) {
        let current = self.current;
        let names: Vec<String> = self.facts[current].binds.keys().cloned().collect();
        for name in names {
            let Some(bound) = self.globals.get(&name).cloned() else { continue };
            let (own, before): (Vec<_>, Vec<_>) = bound.sites.iter().copied().partition(|site| site.0 == current);
            let carried = |statement: usize| {
                let first = Dependency {
                    to: current,
                    from: statement,
                    name: name.clone(),
                    kind: DependencyKind::Data,
                    mutation: false,
                    needed: false,
                };
                self.edges
                    .range(first..)
                    .take_while(|edge| edge.to == current && edge.from == statement)
                    .any(|edge| edge.name == name && edge.needed && !edge.mutation)
            };
            if !own.is_empty() && before.iter().all(|site| carried(site.0)) {
                self.globals.set(&name, Bound { sites: own, ..bound });
            }
        }
    }

    pub(super) fn unbind(&mut self, name: &str) {
        let global = match self.frame {
            Some(index) if !self.frames[index].globals.contains(name) => {
                self.frames[index].names.set(name, Bound::default());
                false
            }
            _ => true,
        };
        if global {
            self.globals.set(name, Bound::default());
            self.facts[self.current].deletes.insert(name.to_owned());
        }
    }

    // ---------------------------------------------------------------- scopes

    pub(super) fn enter(&mut self, frame: Frame) -> Option<usize> {
        let before = self.frame;
        self.frames.push(frame);
        self.frame = Some(self.frames.len() - 1);
        before
    }

    /// The layers of the innermost scope and, where code inside a function may bind globals, of the global one: both get
    /// the same treatment at a branch.
    pub(super) fn push_layers(&mut self) {
        self.globals.push();
        if let Some(index) = self.frame {
            self.frames[index].names.push();
        }
    }

    pub(super) fn pop_layers(&mut self) -> Branch {
        let global = self.globals.pop();
        let local = self.frame.map(|index| self.frames[index].names.pop());
        Branch { global, local }
    }

    pub(super) fn join_layers(&mut self, branches: Vec<Branch>) {
        let (globals, locals): (Vec<_>, Vec<_>) = branches.into_iter().map(|b| (b.global, b.local)).unzip();
        if let [only] = globals.as_slice() {
            self.globals.apply(only.clone());
        } else {
            self.globals.join(&globals);
        }
        if let Some(index) = self.frame {
            let locals: Vec<_> = locals.into_iter().map(Option::unwrap_or_default).collect();
            match locals.as_slice() {
                [only] => self.frames[index].names.apply(only.clone()),
                _ => self.frames[index].names.join(&locals),
            }
        }
    }

    /// A scope for a function's locals.
    pub(super) fn function_frame(&mut self, body: &'a [Stmt], parent: Option<usize>) -> Frame {
        let known = self.scopes.entry(body.as_ptr() as usize).or_insert_with(|| Self::scope_of(body));
        Frame { parent, ..known.clone() }
    }

    fn scope_of(body: &[Stmt]) -> Frame {
        let mut globals = BTreeSet::new();
        let mut nonlocals = BTreeSet::new();
        for statement in body {
            statement.walk(&mut |inner| match &inner.kind {
                StmtKind::Global(names) => globals.extend(names.iter().cloned()),
                StmtKind::Nonlocal(names) => nonlocals.extend(names.iter().cloned()),
                _ => {}
            });
        }
        Frame { locals: Some(Rc::new(scope::bound_names(body))), globals, nonlocals, ..Frame::default() }
    }
}

/// What a branch did to the names of the innermost scope and to the globals.
pub(super) struct Branch {
    pub(super) global: super::environment::Layer,
    pub(super) local: Option<super::environment::Layer>,
}
