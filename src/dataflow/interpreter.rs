//! The abstract machine: its state, and what reading, binding and changing mean.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::call::{Given, is_container};
use super::environment::{Frame, Names};
use super::graph::{Dependency, DependencyKind, Graph, StatementFacts, Undefined, ValueInfo};
use super::object::{Change, Object, ObjectId, ObjectInfo, Value};
use super::scope;
use crate::ipython::MagicKind;
use crate::knowledge::{Kind, Knowledge, knowledge};
use crate::syntax::ast::{Stmt, StmtKind};
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
    /// The folders that were made, and whether something was unpacked into them.
    pub(super) folders: BTreeMap<String, bool>,
    /// What is read and changed now may not happen: a draw that depends on a library's version.
    pub(super) tentative: bool,
    /// What is evaluated is about to be stored into, not read.
    pub(super) storing: bool,
    /// The change that is being made is a fit, which begins anew.
    pub(super) fitting: bool,
    /// The store that is being made writes into the values' own memory (`table.loc[rows, column] = 0`).
    pub(super) overwriting: bool,
    /// What shares memory with an object that it was taken from.
    pub(super) views: BTreeMap<ObjectId, Vec<ObjectId>>,
    /// Global names that were bound to an object at some time.
    pub(super) owners: BTreeMap<ObjectId, BTreeSet<Rc<str>>>,
    /// The events of the statement that runs, by the address of their call: a call in a loop is one event.
    pub(super) events: BTreeMap<usize, usize>,
    /// The event of the library call that is being made.
    pub(super) event: Option<usize>,
    /// What the `with` blocks that are running have entered, innermost last.
    pub(super) entered: Vec<Value>,
    /// How many loops of the innermost function are running.
    pub(super) in_loop: usize,
    /// Scopes of functions as they are before the first statement, by the address of the body.
    scopes: BTreeMap<usize, Frame>,
    /// The classes of the notebook that methods are defined in, by the address of the parameters.
    pub(super) methods: BTreeMap<usize, ObjectId>,
    /// The functions and arguments of `functools.partial`.
    pub(super) partials: Vec<(Value, Vec<Given<'a>>)>,
    /// The strings that the notebook has evaluated so far: a column of that name may be there.
    pub(super) strings: BTreeSet<&'a str>,
    /// The columns that it has made.
    pub(super) columns: BTreeSet<&'a str>,
    pub(super) time: u64,
    /// The dependencies of the statement that runs, and whether each is needed.
    pub(super) edges: BTreeMap<EdgeKey, bool>,
    /// When a name was last read as a whole by the statement that runs.
    pub(super) read_at: BTreeMap<Rc<str>, u64>,
    /// The dependencies of the statements before.
    dependencies: Vec<Dependency>,
    /// Marks for what a walk over objects has seen.
    marks: RefCell<Marks>,
    pub(super) undefined: Vec<Undefined>,
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
            folders: BTreeMap::new(),
            entered: Vec::new(),
            tentative: false,
            storing: false,
            fitting: false,
            overwriting: false,
            views: BTreeMap::new(),
            owners: BTreeMap::new(),
            events: BTreeMap::new(),
            event: None,
            in_loop: 0,
            scopes: BTreeMap::new(),
            methods: BTreeMap::new(),
            partials: Vec::new(),
            strings: BTreeSet::new(),
            columns: BTreeSet::new(),
            time: 0,
            edges: BTreeMap::new(),
            read_at: BTreeMap::new(),
            dependencies: Vec::new(),
            marks: RefCell::default(),
            undefined: Vec::new(),
        }
    }

    /// Runs the cells with these indices, one after the other.
    pub(super) fn run(mut self, order: impl Iterator<Item = usize>) -> Graph {
        let cells = self.cells;
        let mut starts = vec![0; cells.len()];
        for number in order {
            let cell = &cells[number];
            starts[number] = self.facts.len();
            for (index, statement) in cell.statements.iter().enumerate() {
                let last = index + 1 == cell.statements.len();
                self.top_level(cell, statement, At { cell: cell.index, statement: index }, last);
            }
            // Notebooks show and close what is drawn at the end of each cell.
            self.close_figures();
        }
        Graph { starts, ..self.finish() }
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
        self.close_edges();
    }

    /// Puts the statement's dependencies to the others, in their order.
    fn close_edges(&mut self) {
        self.read_at.clear();
        let to = self.current;
        let edges = std::mem::take(&mut self.edges);
        self.dependencies.extend(edges.into_iter().map(|((from, name, kind, mutation), needed)| Dependency {
            to,
            from,
            name: name.to_string(),
            kind,
            mutation,
            needed,
        }));
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
                views: object.views.iter().flat_map(|viewed| viewed.objects.iter().copied()).collect(),
                mutated: object.mutated.iter().map(|change| change.statement).collect(),
                columns: object
                    .mutated
                    .iter()
                    .filter_map(|change| Some((change.statement, change.key.as_ref()?.to_string())))
                    .collect(),
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
        Graph { statements: self.facts, dependencies: self.dependencies, objects, undefined, starts: Vec::new() }
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
        let mut marks = self.marks.borrow_mut();
        marks.begin(self.objects.len());
        // Nobody changes a string.
        let changeable = |id: &ObjectId| {
            let object = &self.objects[*id];
            object.constant.is_none() || object.type_name.as_deref() != Some("str")
        };
        while order.len() < REACH
            && let Some(next) = waiting.pop()
        {
            if !marks.is_first(next) {
                continue;
            }
            order.push(next);
            let object = &self.objects[next];
            let inside = object.fields.values().flat_map(|value| value.objects.iter());
            waiting.extend(object.held.iter().chain(inside).copied().filter(changeable));
        }
        order
    }

    /// The statement changes what the value may be.
    pub(super) fn mutate(&mut self, value: &Value) {
        self.change(value, false);
    }

    /// `creates`: the columns that the value consists of are new ones.
    pub(super) fn change(&mut self, value: &Value, creates: bool) {
        self.record_change(value, creates);
        self.change_viewed(&value.objects);
        if !creates {
            self.change_views(value, self.overwriting);
        }
    }

    fn record_change(&mut self, value: &Value, creates: bool) {
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
    }

    /// What shares memory with changed objects has changed with them.
    fn change_viewed(&mut self, changed: &[ObjectId]) {
        for id in changed {
            if let Some(viewed) = self.objects[*id].views.clone()
                && !viewed.objects.contains(id)
                && viewed.objects.iter().all(|base| base < id)
            {
                let before = std::mem::replace(&mut self.overwriting, true);
                self.change(&viewed, false);
                self.overwriting = before;
            }
        }
    }

    /// What was taken from changed memory has changed with it: an array always keeps its memory, a table's columns may be
    /// other ones after a change.
    fn change_views(&mut self, changed: &Value, overwrites: bool) {
        for id in &changed.objects {
            let is_array = self.objects[*id].type_name.as_deref() == Some("numpy.ndarray");
            if !overwrites && !is_array {
                continue;
            }
            for view in self.views.get(id).cloned().unwrap_or_default() {
                let taken = self.objects[view].views.as_ref().and_then(|viewed| viewed.keys.clone());
                let apart = match (&taken, &changed.keys) {
                    (Some(taken), Some(keys)) => !taken.iter().any(|key| keys.contains(key)),
                    _ => false,
                };
                if !apart {
                    self.record_change(&Value::of(view), false);
                    self.change_views(&Value::of(view), true);
                }
            }
        }
    }

    /// An object shares memory with what it was taken from.
    pub(super) fn share(&mut self, id: ObjectId, viewed: Value) {
        for base in viewed.objects.iter().filter(|base| **base < id) {
            self.views.entry(*base).or_default().push(id);
        }
        self.objects[id].views = Some(Box::new(viewed));
    }

    /// Whether what happens now happens in every run.
    pub(super) fn is_certain(&self) -> bool {
        self.globals.depth() == 1 && self.in_loop == 0
    }

    /// The statement changes the value and all that it holds (a pipeline fits its steps).
    pub(super) fn mutate_deep(&mut self, value: &Value) {
        let changes = |id: &ObjectId| {
            let object = &self.objects[*id];
            let kept = object.type_name.as_deref().is_some_and(|t| is_container(t) || t == "str");
            object.callable.is_none() && !kept
        };
        // The lists of steps and columns, and the code of what is fitted, stay as they are.
        let reached = self.reach(&value.objects).into_iter().filter(changes).collect();
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
        self.time += 1;
        self.globals.push();
        if let Some(index) = self.frame {
            self.frames[index].names.push();
        }
    }

    pub(super) fn pop_layers(&mut self) -> Branch {
        self.time += 1;
        let global = self.globals.pop();
        let local = self.frame.map(|index| self.frames[index].names.pop());
        Branch { global, local }
    }

    pub(super) fn join_layers(&mut self, branches: Vec<Branch>) {
        self.time += 1;
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

/// From where, through what name, of what kind, and whether through a change.
pub(super) type EdgeKey = (usize, Rc<str>, DependencyKind, bool);

/// Which objects a walk has seen: a number of its own for each walk, so that nothing has to be cleared.
#[derive(Default)]
struct Marks {
    walk: u32,
    seen: Vec<u32>,
}

impl Marks {
    fn begin(&mut self, objects: usize) {
        self.seen.resize(objects, 0);
        self.walk += 1;
    }

    fn is_first(&mut self, object: ObjectId) -> bool {
        std::mem::replace(&mut self.seen[object], self.walk) != self.walk
    }
}

/// What a branch did to the names of the innermost scope and to the globals.
pub(super) struct Branch {
    pub(super) global: super::environment::Layer,
    pub(super) local: Option<super::environment::Layer>,
}
