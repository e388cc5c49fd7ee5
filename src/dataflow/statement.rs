//! Executing statements.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::environment::Frame;
use super::graph::Definition;
use super::interpreter::{Branch, Interpreter};
use super::invoke::{BASES, default_field, default_of};
use super::object::{Callable, Interest, Object, ObjectId, Value, is_notebook_type};
use crate::syntax::ast::{Expr, ExprKind, Handler, MatchCase, Stmt, StmtKind};

/// Whether what follows is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// Yes.
    On,
    /// No: `return`, `raise`, `break`, `continue`.
    Stops,
}

impl<'a> Interpreter<'a> {
    pub(super) fn block(&mut self, body: &'a [Stmt]) -> Flow {
        for statement in body {
            if self.execute(statement) == Flow::Stops {
                return Flow::Stops;
            }
        }
        Flow::On
    }

    pub(super) fn execute(&mut self, statement: &'a Stmt) -> Flow {
        match &statement.kind {
            StmtKind::Expr(value) => {
                self.eval_alone(value);
            }
            StmtKind::Assign { targets, value } => {
                let value_of = self.eval(value);
                let value_of = self.settle(value_of);
                for target in targets {
                    self.assign(target, &value_of);
                }
            }
            StmtKind::AnnAssign { target, annotation, value } => {
                self.eval(annotation);
                if let Some(value) = value {
                    let value_of = self.eval(value);
                    let value_of = self.settle(value_of);
                    self.assign(target, &value_of);
                }
            }
            StmtKind::AugAssign { target, value, .. } => self.augmented(target, value),
            StmtKind::Delete(targets) => targets.iter().for_each(|target| self.delete(target)),
            StmtKind::Import(aliases) => {
                for alias in aliases {
                    let module = if alias.asname.is_some() { alias.name.as_str() } else { alias.bound() };
                    self.import(module, alias.bound());
                }
            }
            StmtKind::ImportFrom { module, level, names } => {
                let module = format!("{}{module}", ".".repeat(*level));
                for alias in names {
                    if alias.name == "*" {
                        self.add_star(&module);
                        let binding = super::graph::Binding { definition: Definition::Import, always: true };
                        self.facts[self.current].binds.insert("*".to_owned(), binding);
                    } else if module != "__future__" {
                        self.import(&format!("{module}.{}", alias.name), alias.bound());
                    }
                }
            }
            StmtKind::FunctionDef(definition) => {
                let mut decorators = Vec::new();
                let mut fields = BTreeMap::new();
                for (index, expression) in statement.expressions().into_iter().enumerate() {
                    let value = self.eval(expression);
                    if index < definition.decorators.len() {
                        decorators.push(value);
                    } else if let Some(parameter) = default_of(definition, expression) {
                        // A default lives as long as the function.
                        fields.insert(default_field(parameter).into(), value);
                    }
                }
                let callable = Callable::Function { definition, frame: self.frame };
                let held = self.cell_of_frame().into_iter().collect();
                let mut value = self.make(Object { callable: Some(callable), fields, held, ..Object::default() });
                for decorator in decorators.into_iter().rev() {
                    value = self.decorated(&decorator, value);
                }
                self.bind(&definition.name, value, Definition::Def);
            }
            StmtKind::ClassDef(_) => self.class(statement),
            StmtKind::If { test, body, orelse } => return self.branch(test, body, orelse),
            StmtKind::For { target, iter, body, orelse } => return self.for_loop(target, iter, body, orelse),
            StmtKind::While { test, body, orelse } => {
                self.eval(test);
                let always = matches!(test.kind, ExprKind::Bool(true) | ExprKind::Int(_));
                self.repeated(body, always, |this| {
                    this.eval(test);
                });
                return self.block(orelse);
            }
            StmtKind::Try { body, handlers, orelse, finalbody } => {
                return self.try_statement(body, handlers, orelse, finalbody);
            }
            StmtKind::With { items, body } => {
                let outside = self.entered.len();
                for item in items {
                    let value = self.eval(&item.context);
                    let value = self.special_method(&value, "__enter__", &[]).unwrap_or(value);
                    if let Some(target) = &item.target {
                        self.assign(target, &value);
                    }
                    self.entered.push(value);
                }
                let flow = self.block(body);
                self.entered.truncate(outside);
                return flow;
            }
            StmtKind::Match { subject, cases } => return self.match_statement(subject, cases),
            StmtKind::Return(value) => {
                let result = value.as_ref().map(|value| self.eval(value)).unwrap_or_default();
                if let Some(index) = self.frame {
                    let known = std::mem::take(&mut self.frames[index].returned);
                    self.frames[index].returned = known.or(result);
                }
                return Flow::Stops;
            }
            StmtKind::Raise(values) => {
                values.iter().for_each(|value| {
                    self.eval(value);
                });
                return Flow::Stops;
            }
            StmtKind::Assert(values) => values.iter().for_each(|value| {
                self.eval(value);
            }),
            StmtKind::TypeAlias { name, value } => {
                self.eval(value);
                self.bind(name, Value::default(), Definition::Data);
            }
            StmtKind::Break | StmtKind::Continue => return Flow::Stops,
            StmtKind::Global(_) | StmtKind::Nonlocal(_) | StmtKind::Pass => {}
        }
        Flow::On
    }

    fn import(&mut self, qualified: &str, name: &str) {
        let external: Rc<str> = self.knowledge.canonical(qualified).into();
        self.need_library_state(&external);
        if let Some(fact) = self.knowledge.function(&external).filter(|fact| fact.on_import) {
            fact.sets.iter().for_each(|name| self.set_state(name));
        }
        if !self.is_known_library(&external) {
            self.need_state("<sys.path>", &Interest::Whole);
        }
        let value = match self.setting(&external) {
            Some(setting) => setting,
            None => self.make(Object { external: Some(external), ..Object::default() }),
        };
        self.bind(name, value, Definition::Import);
    }

    /// Whether a module comes from an installed distribution, wherever Python looks for the others.
    pub(super) fn is_known_library(&self, qualified: &str) -> bool {
        let top = qualified.split('.').next().unwrap_or(qualified);
        crate::python::is_standard_library(top) || self.knowledge.distribution(top).is_some()
    }

    fn class(&mut self, statement: &'a Stmt) {
        let StmtKind::ClassDef(definition) = &statement.kind else { return };
        let mut held = Vec::new();
        for expression in statement.expressions() {
            held.push(self.eval(expression));
        }
        // The type through which library methods are found: the first base that is a library's class.
        let base = held.iter().skip(definition.decorators.len()).find_map(|value| {
            self.external(value).or_else(|| {
                let id = *value.objects.first()?;
                self.objects[id].fields.get("<base>").and_then(|inner| inner.type_name.clone())
            })
        });
        let outer = self.enter(Frame { parent: self.frame, class: true, ..Frame::default() });
        self.block(&definition.body);
        let fields: Vec<(Rc<str>, Value)> = match self.frame {
            Some(index) => {
                self.frames[index].names.iter().map(|(name, bound)| (name.clone(), bound.value.clone())).collect()
            }
            None => Vec::new(),
        };
        self.frame = outer;
        let callable = Callable::Class { definition };
        let class = self.objects.len();
        let mut object = Object { callable: Some(callable), ..Object::default() };
        // Inherited methods first, so that the class's own win.
        for base in held.iter().skip(definition.decorators.len()) {
            for id in &base.objects {
                let inherited = self.objects[*id].fields.clone();
                object.fields.extend(inherited);
            }
        }
        for (_, value) in &fields {
            for id in &value.objects {
                if let Some(Callable::Function { definition, .. }) = self.objects[*id].callable {
                    self.methods.insert(std::ptr::from_ref(&definition.parameters) as usize, class);
                }
            }
        }
        object.fields.extend(fields);
        let bases: Vec<ObjectId> =
            held.iter().skip(definition.decorators.len()).flat_map(|b| b.objects.clone()).collect();
        object.fields.insert(BASES.into(), Value { objects: bases, ..Value::default() });
        if let Some(base) = base {
            object.fields.insert("<base>".into(), Value::typed(&base));
        }
        let value = self.make(object);
        self.bind(&definition.name, value, Definition::Def);
    }

    fn branch(&mut self, test: &'a Expr, body: &'a [Stmt], orelse: &'a [Stmt]) -> Flow {
        self.eval(test);
        match decided(test) {
            Some(true) => return self.block(body),
            Some(false) => return self.block(orelse),
            None => {}
        }
        let (taken, first) = self.layered(|this| this.block(body));
        let (other, second) = self.layered(|this| this.block(orelse));
        let flow = if first == Flow::Stops && second == Flow::Stops { Flow::Stops } else { Flow::On };
        self.join_reached(vec![(taken, first), (other, second)]);
        flow
    }

    /// Runs something in layers of its own.
    fn layered(&mut self, run: impl FnOnce(&mut Self) -> Flow) -> (Branch, Flow) {
        self.push_layers();
        let flow = run(self);
        (self.pop_layers(), flow)
    }

    /// Joins the branches from which what follows is reached; all of them if none is (a loop goes on elsewhere).
    fn join_reached(&mut self, branches: Vec<(Branch, Flow)>) {
        let any = branches.iter().any(|(_, flow)| *flow == Flow::On);
        // Inside a loop a branch that stops still hands its names to the next iteration and to what follows the loop.
        let reached = branches.into_iter().filter(|(_, flow)| !any || *flow == Flow::On || self.in_loop > 0);
        let reached: Vec<Branch> = reached.map(|(branch, _)| branch).collect();
        self.join_layers(reached);
        if self.frame.is_none() {
            self.note_partial();
        }
    }

    fn for_loop(&mut self, target: &'a Expr, iter: &'a Expr, body: &'a [Stmt], orelse: &'a [Stmt]) -> Flow {
        let iterated = self.eval(iter);
        let item = self.iterate(&iterated);
        // A loader that shuffles draws when it is iterated over.
        self.random_fit(&Value { part: false, ..iterated });
        let certain = match &iter.kind {
            ExprKind::List(items) | ExprKind::Tuple(items) => !items.is_empty(),
            ExprKind::Call { function, arguments } => {
                let range = function.dotted().is_some_and(|parts| parts == ["range"]);
                let counts = |a: &crate::syntax::ast::Argument| matches!(&a.value.kind, ExprKind::Int(n) if n != "0");
                range && !arguments.is_empty() && arguments.iter().all(counts)
            }
            _ => false,
        };
        self.repeated(body, certain, |this| this.assign(target, &item));
        self.block(orelse)
    }

    /// A loop's body: twice, so that what one iteration leaves reaches the next.
    fn repeated(&mut self, body: &'a [Stmt], certain: bool, before: impl Fn(&mut Self)) {
        self.in_loop += 1;
        for round in 0..2 {
            if certain && round == 0 {
                before(self);
                self.block(body);
                continue;
            }
            let (branch, _) = self.layered(|this| {
                before(this);
                this.block(body);
                Flow::On
            });
            let (nothing, _) = self.layered(|_| Flow::On);
            self.join_layers(vec![branch, nothing]);
        }
        self.in_loop -= 1;
        if self.frame.is_none() {
            self.note_partial();
            self.forget_carried();
        }
    }

    fn try_statement(
        &mut self,
        body: &'a [Stmt],
        handlers: &'a [Handler],
        orelse: &'a [Stmt],
        finalbody: &'a [Stmt],
    ) -> Flow {
        // The handlers see what the body may have done up to any point.
        let (done, flow) = self.layered(|this| this.block(body));
        let mut branches = Vec::new();
        let copy = Branch { global: done.global.clone(), local: done.local.clone() };
        let (after, after_flow) = self.layered(|this| {
            this.join_layers(vec![copy]);
            if flow == Flow::On { this.block(orelse) } else { flow }
        });
        branches.push((after, after_flow));
        for handler in handlers {
            let partial = Branch { global: done.global.clone(), local: done.local.clone() };
            let (branch, flow) = self.layered(|this| {
                let (nothing, _) = this.layered(|_| Flow::On);
                this.join_layers(vec![partial, nothing]);
                handler.types.iter().for_each(|kind| {
                    this.eval(kind);
                });
                if let Some(name) = &handler.name {
                    this.bind(name, Value::default(), Definition::Data);
                }
                let flow = this.block(&handler.body);
                if let Some(name) = &handler.name {
                    this.unbind(name);
                }
                flow
            });
            branches.push((branch, flow));
        }
        let stops = branches.iter().all(|(_, flow)| *flow == Flow::Stops);
        self.join_reached(branches);
        let last = self.block(finalbody);
        if stops { Flow::Stops } else { last }
    }

    fn match_statement(&mut self, subject: &'a Expr, cases: &'a [MatchCase]) -> Flow {
        let value = self.eval(subject);
        let mut branches = Vec::new();
        for case in cases {
            let value = value.clone();
            branches.push(self.layered(|this| {
                case.reads.iter().for_each(|read| {
                    this.eval(read);
                });
                for name in &case.binds {
                    this.bind(name, Value::part_of(&value, None), Definition::Data);
                }
                case.guard.iter().for_each(|guard| {
                    this.eval(guard);
                });
                this.block(&case.body)
            }));
        }
        branches.push(self.layered(|_| Flow::On));
        let stops = branches.iter().all(|(_, flow)| *flow == Flow::Stops);
        self.join_reached(branches);
        if stops { Flow::Stops } else { Flow::On }
    }

    fn augmented(&mut self, target: &'a Expr, value: &'a Expr) {
        let before = self.eval(target);
        let added = self.eval(value);
        let type_name = self.type_of(&before).or_else(|| before.part.then(|| "?".into()));
        let immutable = before.objects.is_empty()
            || type_name.as_deref().is_some_and(|t| matches!(t, "int" | "float" | "str" | "bool" | "tuple" | "bytes"));
        match &target.kind {
            ExprKind::Name(name) => {
                if immutable {
                    let fresh = self.make_typed(self.type_of(&before));
                    self.bind(name, fresh, Definition::Data);
                } else {
                    self.hold(&before, &added);
                    self.bind(name, before.clone(), Definition::Data);
                    self.mutate(&before);
                }
            }
            _ => self.assign(target, &added),
        }
    }

    /// What an assignment binds: a part of something is copied, unless it is a view or an element that is shared.
    pub(super) fn settle(&mut self, value: Value) -> Value {
        if !value.part {
            return value;
        }
        let shared = value.objects.iter().all(|id| {
            let base = &self.objects[*id];
            let container = base.type_name.as_deref().is_some_and(|t| {
                super::call::is_container(t)
                    || t == "numpy.ndarray"
                    || is_notebook_type(t)
                    || matches!(
                        self.knowledge.kind(t),
                        Some(crate::knowledge::Kind::Network | crate::knowledge::Kind::Display)
                    )
            });
            container || base.callable.is_some()
        });
        if shared || value.type_name.as_deref() == Some("self") {
            return value;
        }
        let taken = self.make(Object { type_name: value.type_name.clone(), ..Object::default() });
        if value.view {
            for id in &taken.objects {
                self.share(*id, Value { type_name: None, ..value.clone() });
            }
        }
        taken
    }

    pub(super) fn assign(&mut self, target: &'a Expr, value: &Value) {
        match &target.kind {
            ExprKind::Name(name) => {
                let bound = self.settle(value.clone());
                self.bind(name, bound, Definition::Data);
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let element = match &item.kind {
                        ExprKind::Starred(_) => {
                            let items = self.item_of(value);
                            self.holding("list", &items)
                        }
                        _ => self.element(value, &index.to_string()),
                    };
                    self.assign(item, &element);
                }
            }
            ExprKind::Starred(inner) => self.assign(inner, value),
            ExprKind::Attribute { value: base, attribute } => {
                let base = self.eval(base);
                if let Some(external) = self.external(&base) {
                    self.configure(&external, attribute);
                    return;
                }
                self.mutate(&base);
                for id in base.objects.clone() {
                    if base.part {
                        self.objects[id].held.extend(value.objects.iter().copied().filter(|o| *o != id));
                    } else {
                        self.store(id, attribute, value, base.objects.len() == 1);
                    }
                }
            }
            ExprKind::Subscript { value: base, index } => {
                let place = self.stored_at(base, index);
                if self.external(&place.base).is_some() {
                    return;
                }
                self.special_method(&place.base, "__setitem__", &[Value::default(), value.clone()]);
                let series = self.type_of(&place.base).as_deref() == Some("pandas.Series");
                self.overwriting = series || is_locator(base);
                self.change(&place.changed, place.creates);
                self.overwriting = false;
                self.hold_at(&place.base, index, value);
            }
            _ => {
                self.eval(target);
            }
        }
    }

    /// `base[index] = value`: containers keep a reference, tables and arrays copy.
    fn hold_at(&mut self, base: &Value, index: &Expr, value: &Value) {
        let type_name = self.type_of(base);
        let copies = type_name.as_deref().is_some_and(|t| {
            t != "list" && t != "dict" && self.knowledge.kind(t) == Some(crate::knowledge::Kind::Data)
        });
        if copies {
            return;
        }
        let key = match &index.kind {
            ExprKind::Str(text) => Some(text.clone()),
            ExprKind::Int(text) => Some(text.clone()),
            _ => None,
        };
        for id in base.objects.clone() {
            match (&key, base.part) {
                (Some(key), false) => self.store(id, key, value, base.objects.len() == 1),
                _ => self.objects[id].held.extend(value.objects.iter().copied().filter(|o| *o != id)),
            }
        }
    }

    /// Puts a value into a field of an object; what was there before stays possible where the store may not happen.
    fn store(&mut self, id: ObjectId, field: &str, value: &Value, only: bool) {
        let certain = only && self.is_certain();
        let before = self.objects[id].fields.get(field).filter(|_| !certain).cloned();
        let stored = before.map_or_else(|| value.clone(), |known| known.or(value.clone()));
        self.objects[id].fields.insert(field.into(), stored);
    }

    /// `holder` keeps references to what `value` may be.
    pub(super) fn hold(&mut self, holder: &Value, value: &Value) {
        for id in &holder.objects {
            let held = value.objects.iter().copied().filter(|o| o != id);
            self.objects[*id].held.extend(held);
        }
    }

    fn delete(&mut self, target: &'a Expr) {
        match &target.kind {
            ExprKind::Name(name) => {
                // Deleting needs the name to exist, but nothing of its value.
                self.unbind(name);
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().for_each(|item| self.delete(item)),
            ExprKind::Attribute { value, .. } => {
                let base = self.eval(value);
                self.mutate(&base);
            }
            ExprKind::Subscript { value, index } => {
                let place = self.stored_at(value, index);
                self.mutate(&Value { keys: None, ..place.changed });
            }
            _ => {
                self.eval(target);
            }
        }
    }
}

/// Whether what is stored into is `table.loc` or its kin, which write into the memory that is there.
fn is_locator(base: &Expr) -> bool {
    matches!(&base.kind, ExprKind::Attribute { attribute, .. } if matches!(attribute.as_str(), "loc" | "iloc" | "at" | "iat"))
}

/// Whether a test has the same outcome in every run.
fn decided(test: &Expr) -> Option<bool> {
    match &test.kind {
        ExprKind::Bool(value) => Some(*value),
        ExprKind::Int(text) if text == "0" => Some(false),
        ExprKind::Int(text) if text == "1" => Some(true),
        ExprKind::Compare { operators, operands } if operators.as_slice() == ["=="] => {
            let main = matches!(&operands[1].kind, ExprKind::Str(text) if text == "__main__");
            let name = matches!(&operands[0].kind, ExprKind::Name(name) if name == "__name__");
            (main && name).then_some(true)
        }
        _ => None,
    }
}
