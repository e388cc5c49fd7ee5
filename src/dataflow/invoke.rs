//! The notebook's own code: functions, methods, lambdas and classes, executed where they are called.

use std::rc::Rc;

use super::call::Given;
use super::environment::Frame;
use super::graph::Definition;
use super::interpreter::Interpreter;
use super::object::{Callable, Object, ObjectId, Value};
use super::scope::parameter_names;
use crate::syntax::ast::{Expr, ExprKind, FunctionDef, ParameterKind, Parameters, StmtKind};

/// The field of a class that holds its bases.
pub(super) const BASES: &str = "<bases>";
/// The field of what `super()` returns that holds the object itself.
const SELF: &str = "<self>";

/// The field of a function that holds a parameter's default.
pub(super) fn default_field(parameter: &str) -> String {
    format!("<default:{parameter}>")
}

/// The parameter that an expression is the default of.
pub(super) fn default_of<'d>(definition: &'d FunctionDef, expression: &Expr) -> Option<&'d str> {
    let is_it = |default: &Expr| std::ptr::eq(default, expression);
    let parameter = definition.parameters.items.iter().find(|p| p.default.as_ref().is_some_and(is_it))?;
    Some(&parameter.name)
}

/// How deep calls of notebook functions are followed.
const DEPTH: usize = 16;

impl<'a> Interpreter<'a> {
    /// Calls what the value may be, as far as it is code of the notebook.
    pub(super) fn call_value(&mut self, callee: &Value, given: &[Given<'a>], name: Option<&str>) -> Value {
        let mut result = Value::default();
        for id in callee.objects.clone() {
            let Some(callable) = self.objects[id].callable else { continue };
            let value = match callable {
                Callable::Function { definition, frame } => self.invoke(definition, frame, given, None, id),
                Callable::Method { definition, frame, receiver } => {
                    self.invoke(definition, frame, given, Some(Value::of(receiver)), id)
                }
                Callable::Partial { number } => {
                    let (function, mut all) = self.partials[number].clone();
                    all.extend(given.iter().cloned());
                    self.call_value(&function, &all, name)
                }
                Callable::Lambda { parameters, body, frame } => {
                    self.invoke_lambda(parameters, body, frame, given, name)
                }
                Callable::Class { definition } => self.construct(id, &definition.name, given),
            };
            result = result.or(value);
        }
        result
    }

    /// Calling an instance of a notebook class calls its `__call__`; torch and Keras call `forward` and `call` from theirs.
    pub(super) fn instance_call(&mut self, callee: Value) -> Value {
        if callee.part {
            return callee;
        }
        let mut methods: Option<Value> = None;
        for id in callee.objects.clone() {
            let object = &self.objects[id];
            if !object.is_instance() {
                continue;
            }
            let field = ["__call__", "forward", "call"].iter().find_map(|name| object.fields.get(*name).cloned());
            if let Some(field) = field {
                let method = self.bound_method(id, field);
                methods = Some(match methods {
                    Some(known) => known.or(method),
                    None => method,
                });
            }
        }
        methods.unwrap_or(callee)
    }

    /// What a decorator makes of a function; what nothing is known of leaves it as it is.
    pub(super) fn decorated(&mut self, decorator: &Value, function: Value) -> Value {
        let given = [Given { keyword: None, value: function.clone(), expression: None, spread: false }];
        let made = self.call_value(decorator, &given, None);
        let callable = made.objects.iter().any(|id| self.objects[*id].callable.is_some());
        if callable { made } else { function }
    }

    fn construct(&mut self, class: ObjectId, name: &str, given: &[Given<'a>]) -> Value {
        let fields = self.objects[class].fields.clone();
        let base = fields.get("<base>").and_then(|value| value.type_name.clone());
        let type_name = match base {
            Some(base) => format!("notebook:{name}<{base}>"),
            None => format!("notebook:{name}"),
        };
        // What is set on the class later is found through it.
        let held = std::iter::once(class).collect();
        let instance = self.make(Object { type_name: Some(type_name.into()), fields, held, ..Object::default() });
        let initialiser = self.attribute(&instance, "__init__");
        if initialiser.part {
            given.iter().for_each(|g| self.hold(&instance, &g.value.clone()));
            self.fill_fields(class, &instance, given);
        } else {
            self.call_value(&initialiser, given, Some(name));
        }
        instance
    }

    /// Data classes and their kin store what they are given, in the order of their annotated fields.
    fn fill_fields(&mut self, class: ObjectId, instance: &Value, given: &[Given<'a>]) {
        let Some(Callable::Class { definition }) = self.objects[class].callable else { return };
        let names = definition.body.iter().filter_map(|statement| match &statement.kind {
            StmtKind::AnnAssign { target, .. } => match &target.kind {
                ExprKind::Name(name) => Some(name.as_str()),
                _ => None,
            },
            _ => None,
        });
        let mut positional = given.iter().filter(|g| g.keyword.is_none() && !g.spread);
        let named: Vec<(&str, Value)> = names
            .filter_map(|name| {
                let by_name = given.iter().find(|g| g.keyword == Some(name));
                by_name.or_else(|| positional.next()).map(|g| (name, g.value.clone()))
            })
            .collect();
        for id in instance.objects.clone() {
            for (name, value) in &named {
                self.objects[id].fields.insert((*name).into(), value.clone());
            }
        }
    }

    /// Stands for the variables of the innermost function that functions defined in it share.
    pub(super) fn cell_of_frame(&mut self) -> Option<ObjectId> {
        let index = self.frame.filter(|index| !self.frames[*index].class)?;
        if self.frames[index].cell.is_none() {
            self.frames[index].cell = self.make(Object::default()).objects.first().copied();
        }
        self.frames[index].cell
    }

    /// A special method of an instance of a notebook class, if it has one.
    pub(super) fn special_method(&mut self, value: &Value, method: &str, arguments: &[Value]) -> Option<Value> {
        let mut result: Option<Value> = None;
        for id in value.objects.iter().copied().filter(|_| !value.part) {
            let object = &self.objects[id];
            if !object.is_instance() {
                continue;
            }
            let Some(field) = object.fields.get(method).cloned() else { continue };
            let bound = self.bound_method(id, field);
            let given: Vec<Given<'a>> = arguments
                .iter()
                .map(|value| Given { keyword: None, value: value.clone(), expression: None, spread: false })
                .collect();
            let value = self.call_value(&bound, &given, Some(method));
            result = Some(match result {
                Some(known) => known.or(value),
                None => value,
            });
        }
        result
    }

    /// What a loop gets from what it goes through.
    pub(super) fn iterate(&mut self, iterated: &Value) -> Value {
        let Some(iterator) = self.special_method(iterated, "__iter__", &[]) else {
            return self
                .special_method(iterated, "__getitem__", &[Value::default()])
                .unwrap_or_else(|| self.item_of(iterated));
        };
        self.special_method(&iterator, "__next__", &[]).unwrap_or_else(|| self.item_of(&iterator))
    }

    /// `super()`: the methods of the class's bases, called with the same object.
    pub(super) fn super_object(&mut self) -> Option<Value> {
        let class = self.methods.get(&self.stack.last()?.0).copied()?;
        let bases = self.objects[class].fields.get(BASES).cloned()?;
        let mut scope = self.frame;
        while let Some(index) = scope
            && self.frames[index].first.is_none()
        {
            scope = self.frames[index].parent;
        }
        let own = self.frames[scope?].first.clone()?;
        let mut fields = std::collections::BTreeMap::new();
        for base in bases.objects {
            for (name, value) in self.objects[base].fields.clone() {
                fields.entry(name).or_insert(value);
            }
        }
        fields.insert(SELF.into(), own);
        Some(self.make(Object { fields, ..Object::default() }))
    }

    fn invoke(
        &mut self,
        definition: &'a FunctionDef,
        frame: Option<usize>,
        given: &[Given<'a>],
        receiver: Option<Value>,
        function: ObjectId,
    ) -> Value {
        let (name, parameters, body) = (&definition.name, &definition.parameters, &definition.body);
        let identity = std::ptr::from_ref(parameters) as usize;
        if !self.may_enter(identity) {
            return Value::default();
        }
        let inner = Frame { first: receiver.clone(), ..self.function_frame(body, frame) };
        let outer = self.enter(inner);
        let loops = std::mem::take(&mut self.in_loop);
        self.depth += 1;
        self.stack.push((identity, name.clone()));
        self.bind_parameters(parameters, given, receiver, Some(function));
        self.block(body);
        self.stack.pop();
        self.depth -= 1;
        self.in_loop = loops;
        let result = self.frame.map(|index| std::mem::take(&mut self.frames[index].returned)).unwrap_or_default();
        self.close_cell();
        self.frame = outer;
        self.settle_returned(result)
    }

    /// Functions that outlive this call hold its variables.
    fn close_cell(&mut self) {
        let Some(index) = self.frame else { return };
        let Some(cell) = self.frames[index].cell else { return };
        let held: Vec<ObjectId> =
            self.frames[index].names.iter().flat_map(|(_, bound)| bound.value.objects.iter().copied()).collect();
        self.objects[cell].held.extend(held.into_iter().filter(|id| *id != cell));
    }

    /// A part that a function returns is settled like one that is assigned.
    fn settle_returned(&mut self, value: Value) -> Value {
        if value.part { self.settle(value) } else { value }
    }

    fn invoke_lambda(
        &mut self,
        parameters: &'a Parameters,
        body: &'a Expr,
        frame: Option<usize>,
        given: &[Given<'a>],
        name: Option<&str>,
    ) -> Value {
        let identity = std::ptr::from_ref(parameters) as usize;
        if !self.may_enter(identity) {
            return Value::default();
        }
        let locals = parameter_names(parameters).map(str::to_owned).collect();
        let inner = Frame { parent: frame, locals: Some(Rc::new(locals)), ..Default::default() };
        let outer = self.enter(inner);
        self.depth += 1;
        self.stack.push((identity, name.unwrap_or("<lambda>").to_owned()));
        self.bind_parameters(parameters, given, None, None);
        let result = self.eval(body);
        self.stack.pop();
        self.depth -= 1;
        self.frame = outer;
        self.settle_returned(result)
    }

    fn may_enter(&self, identity: usize) -> bool {
        self.budget > 0
            && self.stack.len() < DEPTH
            && self.stack.iter().filter(|(known, _)| *known == identity).count() < 2
    }

    fn bind_parameters(
        &mut self,
        parameters: &'a Parameters,
        given: &[Given<'a>],
        receiver: Option<Value>,
        function: Option<ObjectId>,
    ) {
        let mut positional = receiver
            .into_iter()
            .chain(given.iter().filter(|g| g.keyword.is_none() && !g.spread).map(|g| g.value.clone()));
        let spread: Vec<Value> = given.iter().filter(|g| g.spread).map(|g| g.value.clone()).collect();
        let mut spread_item = Value::default();
        for value in &spread {
            let item = self.item_of(value);
            spread_item = spread_item.or(item);
        }
        for parameter in &parameters.items {
            let by_name = given.iter().find(|g| g.keyword == Some(parameter.name.as_str())).map(|g| g.value.clone());
            let value = match parameter.kind {
                ParameterKind::Marker => continue,
                ParameterKind::Positional => by_name.or_else(|| positional.next()),
                ParameterKind::KeywordOnly => by_name,
                ParameterKind::Args => {
                    let mut rest = Object { type_name: Some("tuple".into()), ..Object::default() };
                    rest.held.extend(spread_item.objects.iter().copied());
                    for (index, value) in positional.by_ref().enumerate() {
                        rest.fields.insert(index.to_string().into(), value);
                    }
                    Some(self.make(rest))
                }
                ParameterKind::Kwargs => {
                    let mut rest = Object { type_name: Some("dict".into()), ..Object::default() };
                    rest.held.extend(spread_item.objects.iter().copied());
                    for item in given.iter().filter(|g| g.keyword.is_some()) {
                        let keyword: Rc<str> = item.keyword.unwrap_or_default().into();
                        rest.fields.insert(keyword, item.value.clone());
                    }
                    Some(self.make(rest))
                }
            };
            let value = match (value, spread.is_empty(), &parameter.default) {
                (Some(value), _, _) => value,
                (None, false, _) => spread_item.clone(),
                // Defaults were evaluated, and their reads counted, where the function was defined.
                (None, true, Some(default)) => {
                    let kept = function
                        .and_then(|id| self.objects[id].fields.get(default_field(&parameter.name).as_str()).cloned());
                    match kept {
                        Some(kept) => kept,
                        None if matches!(default.kind, ExprKind::Str(_)) => self.eval(default),
                        None => Value::default(),
                    }
                }
                (None, true, _) => Value::default(),
            };
            if let Some(index) = self.frame {
                let bound = super::environment::Bound {
                    sites: vec![(self.current, 0, Some(Definition::Data))],
                    value,
                    maybe_unbound: false,
                };
                self.frames[index].names.set(&parameter.name, bound);
            }
        }
    }
}
