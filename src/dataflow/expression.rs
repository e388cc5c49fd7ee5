//! Evaluating expressions.

use std::rc::Rc;

use super::call::is_container;
use super::environment::Frame;
use super::graph::Definition;
use super::interpreter::Interpreter;
use super::object::{Callable, Object, Value};
use super::place::KnownKeys;
use crate::knowledge::Kind;
use crate::syntax::ast::{ComprehensionKind, Expr, ExprKind};

impl<'a> Interpreter<'a> {
    /// Evaluates an expression that stands alone as a statement and whose value nobody sees: it must be there for what
    /// it changes.
    pub(super) fn eval_alone(&mut self, expression: &'a Expr) -> Value {
        if let ExprKind::Call { function, arguments } = &expression.kind {
            self.call(expression, function, arguments, true)
        } else {
            self.eval(expression)
        }
    }

    pub(super) fn eval(&mut self, expression: &'a Expr) -> Value {
        // What stands in the statement itself is always looked at; functions that it calls, only as far as it goes.
        if self.budget == 0 && self.depth > 0 {
            return Value::default();
        }
        self.budget = self.budget.saturating_sub(1);
        match &expression.kind {
            ExprKind::Name(name) => self.read(name, expression.span),
            ExprKind::Str(text) => {
                self.strings.insert(text);
                self.make(Object {
                    type_name: Some("str".into()),
                    constant: Some(text.as_str().into()),
                    ..Object::default()
                })
            }
            ExprKind::Int(_) => Value::typed("int"),
            ExprKind::Float(_) | ExprKind::Complex => Value::typed("float"),
            ExprKind::Bool(_) => Value::typed("bool"),
            ExprKind::Bytes => Value::typed("bytes"),
            ExprKind::None | ExprKind::Ellipsis => Value::default(),
            ExprKind::FString(items) => {
                self.eval_all(items);
                Value::typed("str")
            }
            ExprKind::Attribute { value, attribute } => {
                if let Some(column) = self.column_attribute(value, attribute) {
                    return column;
                }
                let base = self.eval(value);
                self.attribute(&base, attribute)
            }
            ExprKind::Subscript { value, index } => self.subscription(value, index),
            ExprKind::Slice(items) => {
                self.eval_all(items);
                Value::default()
            }
            ExprKind::Call { function, arguments } => self.call(expression, function, arguments, false),
            ExprKind::Tuple(items) => self.collection("tuple", items),
            ExprKind::List(items) => self.collection("list", items),
            ExprKind::Set(items) => self.collection("set", items),
            ExprKind::Dict(entries) => self.dictionary(entries),
            ExprKind::Binary { left, right, operator } => {
                let (left, right) = (self.eval(left), self.eval(right));
                match self.folded(&left, operator, &right) {
                    Some(path) => path,
                    None => self.arithmetic(&left, operator, &right),
                }
            }
            ExprKind::Unary { operand, operator } => {
                let value = self.eval(operand);
                let type_name = if operator == "not" { Some("bool".into()) } else { self.type_of(&value) };
                self.make_typed(type_name)
            }
            ExprKind::BoolOp { left, right, .. } => {
                let (left, right) = (self.eval(left), self.eval(right));
                left.or(right)
            }
            ExprKind::Compare { operands, .. } => {
                let values: Vec<Value> = operands.iter().map(|operand| self.eval(operand)).collect();
                let data = values.iter().find_map(|value| {
                    self.type_of(value).filter(|t| self.knowledge.kind(t) == Some(Kind::Data) && &**t != "str")
                });
                match data {
                    Some(type_name) => self.make_typed(Some(type_name)),
                    None => Value::default(),
                }
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.eval(test);
                let (body, orelse) = (self.eval(body), self.eval(orelse));
                body.or(orelse)
            }
            ExprKind::Lambda { parameters, body } => {
                for default in parameters.items.iter().filter_map(|p| p.default.as_ref()) {
                    self.eval(default);
                }
                let callable = Callable::Lambda { parameters, body, frame: self.frame };
                let held = self.cell_of_frame().into_iter().collect();
                self.make(Object { callable: Some(callable), held, ..Object::default() })
            }
            ExprKind::Comprehension { kind, elements, clauses } => {
                let outer = self.enter(Frame { parent: self.frame, comprehension: true, ..Frame::default() });
                for clause in clauses {
                    let iterated = self.eval(&clause.iter);
                    let item = self.item_of(&iterated);
                    self.assign(&clause.target, &item);
                    self.eval_all(&clause.conditions);
                }
                let mut held = Vec::new();
                for element in elements {
                    let value = self.eval(element);
                    held.extend(self.settle(value).objects);
                }
                self.frame = outer;
                let type_name = match kind {
                    ComprehensionKind::Dict => "dict",
                    ComprehensionKind::Set => "set",
                    _ => "list",
                };
                self.make(Object {
                    type_name: Some(type_name.into()),
                    held: held.into_iter().collect(),
                    ..Object::default()
                })
            }
            ExprKind::Starred(value) | ExprKind::Await(value) => self.eval(value),
            ExprKind::Named { target, value } => {
                let result = self.eval(value);
                self.bind_walrus(target, result.clone());
                result
            }
            ExprKind::Yield(value) => {
                let result = value.as_ref().map(|value| self.eval(value)).unwrap_or_default();
                if let Some(index) = self.frame {
                    let list = self.make(Object {
                        type_name: Some("list".into()),
                        held: result.objects.iter().copied().collect(),
                        ..Object::default()
                    });
                    let known = std::mem::take(&mut self.frames[index].returned);
                    self.frames[index].returned = known.or(list);
                }
                Value::default()
            }
        }
    }

    pub(super) fn eval_all(&mut self, items: &'a [Expr]) {
        for item in items {
            self.eval(item);
        }
    }

    /// A walrus binds in the innermost scope that is not a comprehension.
    fn bind_walrus(&mut self, name: &str, value: Value) {
        let inner = self.frame;
        while let Some(index) = self.frame
            && self.frames[index].comprehension
        {
            self.frame = self.frames[index].parent;
        }
        self.bind(name, value, Definition::Data);
        self.frame = inner;
    }

    fn collection(&mut self, type_name: &str, items: &'a [Expr]) -> Value {
        let mut object = Object { type_name: Some(type_name.into()), ..Object::default() };
        for (index, item) in items.iter().enumerate() {
            let value = self.eval(item);
            if matches!(item.kind, ExprKind::Starred(_)) {
                object.held.extend(self.item_of(&value).objects);
                // There may be more than what is known to be in it.
                object.held.extend(self.make_typed(None).objects);
            } else {
                let value = self.settle(value);
                object.fields.insert(index.to_string().into(), value);
            }
        }
        self.make(object)
    }

    fn dictionary(&mut self, entries: &'a [(Option<Expr>, Expr)]) -> Value {
        let mut object = Object { type_name: Some("dict".into()), ..Object::default() };
        for (key, value) in entries {
            if let Some(key) = key {
                self.eval(key);
            }
            let value = self.eval(value);
            let value = self.settle(value);
            match key.as_ref().map(|key| &key.kind) {
                Some(ExprKind::Str(text) | ExprKind::Int(text)) => {
                    object.fields.insert(text.as_str().into(), value);
                }
                _ => object.held.extend(value.objects),
            }
        }
        self.make(object)
    }

    /// Arithmetic makes a new value: of a table's or array's type, if one of the operands is one.
    fn arithmetic(&mut self, left: &Value, operator: &str, right: &Value) -> Value {
        let types = [self.type_of(left), self.type_of(right)];
        let data = types.iter().flatten().find(|t| self.knowledge.kind(t) == Some(Kind::Data) && &***t != "str");
        let sequence =
            types.iter().flatten().find(|t| matches!(&***t, "list" | "tuple") && matches!(operator, "+" | "*"));
        let type_name = match (data, &types) {
            (Some(data), _) => Some(data.clone()),
            (None, [Some(a), Some(b)]) if a == b => Some(a.clone()),
            _ => sequence.cloned(),
        };
        if let Some(list) = self.joined_lists(left, right) {
            return list;
        }
        let sum = self.make_typed(type_name.clone());
        // Lists that are added or multiplied hold what the operands held.
        if sequence.is_some() {
            for operand in [left, right] {
                if self.type_of(operand).as_deref().is_none_or(is_container) {
                    let items = self.item_of(operand);
                    self.hold(&sum, &items);
                }
            }
        }
        self.trace_gradients(&sum, &[left, right]);
        sum
    }

    pub(super) fn attribute(&mut self, base: &Value, attribute: &str) -> Value {
        if let Some(external) = self.external(base) {
            let qualified = self.knowledge.canonical(&format!("{external}.{attribute}"));
            if let Some(value) = self.setting(&qualified) {
                return value;
            }
            if let Some(type_name) = self.knowledge.value(&qualified) {
                return Value::typed(type_name);
            }
            return self.make(Object { external: Some(qualified.into()), ..Object::default() });
        }
        if !base.part {
            let mut found: Option<Value> = None;
            for id in base.objects.clone() {
                let Some(field) = self.objects[id].fields.get(attribute).cloned() else { continue };
                let field = self.bound_method(id, field);
                found = Some(match found {
                    Some(known) => known.or(field),
                    None => field,
                });
            }
            if let Some(value) = found {
                return value;
            }
        }
        let type_name = self.type_of(base);
        let known = type_name.as_deref().and_then(|t| self.knowledge.attribute(t, attribute));
        match known {
            Some("self") => Value { type_name: Some("self".into()), ..Value::part_of(base, None) },
            Some("same") => Value::part_of(base, type_name),
            Some(other) => Value { view: other == "numpy.ndarray", ..Value::part_of(base, Some(other.into())) },
            // Columns of a table are read as attributes too.
            None => Value::part_of(base, None),
        }
    }

    /// A function found in an object's class is called with the object.
    pub(super) fn bound_method(&mut self, receiver: usize, field: Value) -> Value {
        if self.objects[receiver].callable.is_some() {
            return field;
        }
        match field.objects.as_slice() {
            [only] => match self.objects[*only].callable {
                Some(Callable::Function { definition, frame }) => {
                    let property = definition
                        .decorators
                        .iter()
                        .any(|d| d.dotted().is_some_and(|parts| parts.last() == Some(&"property")));
                    let is_static =
                        definition.decorators.iter().any(|d| d.dotted().is_some_and(|p| p == ["staticmethod"]));
                    if is_static {
                        return field;
                    }
                    let own = self.objects[receiver].fields.get("<self>").and_then(|own| own.objects.first().copied());
                    let callable = Callable::Method { definition, frame, receiver: own.unwrap_or(receiver) };
                    let method = self.make(Object { callable: Some(callable), ..Object::default() });
                    if property { self.call_value(&method, &[], None) } else { method }
                }
                _ => field,
            },
            _ => field,
        }
    }

    /// The part of a value at an index.
    pub(super) fn subscript(&mut self, base: &Value, index: &'a Expr, keys: Option<&KnownKeys>) -> Value {
        let key = match &index.kind {
            ExprKind::Str(text) | ExprKind::Int(text) => Some(text.as_str()),
            _ => None,
        };
        let type_name = self.type_of(base);
        let container = type_name.as_deref().is_none_or(is_container);
        if container {
            if matches!(index.kind, ExprKind::Slice(_)) {
                return self.make_slice(base, type_name);
            }
            return match key {
                Some(key) => self.element(base, key),
                None => self.item_of(base),
            };
        }
        let data = type_name.as_deref() == Some("pandas.DataFrame");
        let one = matches!(index.kind, ExprKind::Str(_));
        let part_type: Option<Rc<str>> = match &index.kind {
            ExprKind::Str(_) if data => Some("pandas.Series".into()),
            ExprKind::List(_) | ExprKind::Compare { .. } | ExprKind::Slice(_) => type_name,
            _ if type_name.as_deref() == Some("numpy.ndarray") => type_name,
            _ if self.kind_of(base) == Some(Kind::Display) => type_name,
            _ if data && keys.is_some_and(|keys| keys.list) => type_name,
            _ => type_name.and_then(|name| self.knowledge.item(&name)).map(Into::into),
        };
        // Arrays are copied where a mask or a list selects.
        let selects = matches!(index.kind, ExprKind::List(_) | ExprKind::Compare { .. });
        if selects && part_type.as_deref() == Some("numpy.ndarray") {
            return self.make_typed(part_type);
        }
        let part = Value::part_of(base, part_type);
        match keys {
            Some(keys) if part.keys.is_none() => Value { keys: Some(keys.names.clone()), view: one, ..part },
            _ => part,
        }
    }

    fn make_slice(&mut self, base: &Value, type_name: Option<Rc<str>>) -> Value {
        if type_name.is_none() {
            return Value::part_of(base, None);
        }
        let held = self.item_of(base).objects.into_iter().collect();
        self.make(Object { type_name, held, ..Object::default() })
    }

    /// The element at a constant key or position.
    pub(super) fn element(&mut self, base: &Value, key: &str) -> Value {
        if !base.part {
            let mut found: Option<Value> = None;
            for id in &base.objects {
                if let Some(field) = self.objects[*id].fields.get(key) {
                    found = Some(match found {
                        Some(known) => known.or(field.clone()),
                        None => field.clone(),
                    });
                }
            }
            if let Some(value) = found {
                return value;
            }
        }
        self.item_of(base)
    }

    /// Any element of what is iterated over or indexed.
    pub(super) fn item_of(&mut self, base: &Value) -> Value {
        let mut held = Vec::new();
        for id in &base.objects {
            let object = &self.objects[*id];
            held.extend(object.held.iter().copied());
            held.extend(object.fields.values().flat_map(|value| value.objects.iter().copied()));
        }
        if !held.is_empty() && !base.part {
            held.sort_unstable();
            held.dedup();
            held.truncate(64);
            return Value { objects: held, ..Value::default() };
        }
        if base.objects.is_empty() {
            return Value::default();
        }
        Value::part_of(base, None)
    }
}
