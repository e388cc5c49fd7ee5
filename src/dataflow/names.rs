//! Reading and binding names.

use std::rc::Rc;

use super::builtins;
use super::environment::Bound;
use super::graph::{Binding, Definition, DependencyKind, Undefined};
use super::interpreter::Interpreter;
use super::object::{Interest, Object, Value};
use crate::syntax::ast::Span;

impl Interpreter<'_> {
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
        // Who reads `pd` where nothing defines it (a script that `%run` ran did) means what everybody means by it.
        match self.knowledge.conventional_module(name) {
            Some(module) => self.make(Object { external: Some(module.into()), ..Object::default() }),
            None => Value::default(),
        }
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
        let (statements, qualified) = match star {
            Some((statement, qualified)) => (vec![statement], qualified),
            None if builtins::is_predefined(name) => return None,
            // Nobody knows which of them has it.
            None => {
                let open: Vec<&(usize, String)> =
                    self.stars.iter().filter(|(_, module)| !module.starts_with('<')).collect();
                let (_, last) = open.last()?;
                let qualified = format!("{last}.{name}");
                (open.iter().map(|(statement, _)| *statement).collect(), qualified)
            }
        };
        self.facts[self.current].reads.insert(name.to_owned());
        for statement in statements {
            self.edge(statement, name, DependencyKind::Import);
        }
        Some(self.make(Object { external: Some(qualified.into()), ..Object::default() }))
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
                // What an inner function binds for its outer one changes all functions that share it.
                if let Some(cell) = self.frames[index].cell.filter(|_| self.frame != Some(index)) {
                    self.mutate(&Value::of(cell));
                }
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
                let first = (statement, Rc::from(name.as_str()), DependencyKind::Data, false);
                let edges = self.edges.range(first..).take_while(|((from, ..), _)| *from == statement);
                edges.into_iter().any(|((_, other, _, mutation), needed)| **other == *name && *needed && !mutation)
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
}
