//! The notebook's code that libraries call: functions that they are given, methods that a class defines for its base.

use std::rc::Rc;

use super::call::{Given, Resolved, is_container};
use super::interpreter::Interpreter;
use super::object::{Callable, Object, ObjectId, Value, is_notebook_type};
use crate::knowledge::Purpose;

/// How many methods of a class are followed that only a library calls.
const METHODS: usize = 16;

impl<'a> Interpreter<'a> {
    /// Functions given to a library call are called by it.
    pub(super) fn pass_functions(&mut self, resolved: &Resolved, given: &[Given<'a>], result: &Value) {
        let never = resolved.fact.is_some_and(|f| f.calls.is_empty() && !f.holds.is_empty());
        if never {
            return;
        }
        for (position, item) in given.iter().enumerate() {
            if self.is_code(&item.value) {
                // What a library constructs calls the function later, when it is used.
                if resolved.constructs.is_some() {
                    self.hold(result, &item.value.clone());
                    continue;
                }
                let name = item.expression.and_then(|e| e.root_name()).map(str::to_owned);
                let passed = self.passed_on(resolved, given, position);
                self.call_value(&item.value, &passed, name.as_deref());
            }
        }
    }

    /// Methods of a library's object call the functions that it was made with.
    pub(super) fn call_held(&mut self, resolved: &Resolved) {
        let Some(receiver) = resolved.receiver.clone().filter(|_| resolved.method.is_some()) else { return };
        let purpose = resolved.fact.and_then(|fact| fact.purpose);
        if matches!(purpose, Some(Purpose::Plot | Purpose::Display | Purpose::Inspect)) {
            return;
        }
        let mut seen: Vec<ObjectId> = Vec::new();
        let mut waiting = receiver.objects;
        while let Some(next) = waiting.pop()
            && seen.len() < 64
        {
            let object = &self.objects[next];
            let own = object.type_name.as_deref().is_some_and(|t| is_notebook_type(t) || is_container(t));
            // The methods of a list or of a notebook's class call nothing that is in it.
            if seen.contains(&next) || (own && seen.is_empty()) {
                continue;
            }
            seen.push(next);
            if object.callable.is_some() {
                let function = Value::of(next);
                if self.is_code(&function) {
                    self.call_value(&function, &[], None);
                }
            } else if !own || object.type_name.as_deref().is_some_and(is_container) {
                waiting.extend(object.held.iter().copied());
                waiting.extend(object.fields.values().flat_map(|value| value.objects.iter().copied()));
            }
        }
    }

    pub(super) fn partial(&mut self, function: &Value, rest: &[Given<'a>]) -> Value {
        let number = self.partials.len();
        self.partials.push((function.clone(), rest.to_vec()));
        let partial = self.make(Object { callable: Some(Callable::Partial { number }), ..Object::default() });
        self.hold(&partial, function);
        rest.iter().for_each(|item| self.hold(&partial, &item.value));
        partial
    }

    /// Whether a value is a function or method of the notebook.
    pub(super) fn is_code(&self, value: &Value) -> bool {
        !value.part
            && value.objects.iter().any(|id| {
                matches!(
                    self.objects[*id].callable,
                    Some(
                        Callable::Function { .. }
                            | Callable::Lambda { .. }
                            | Callable::Method { .. }
                            | Callable::Partial { .. }
                    )
                )
            })
    }

    /// What a library hands to a function that it was given.
    fn passed_on(&mut self, resolved: &Resolved, given: &[Given<'a>], position: usize) -> Vec<Given<'a>> {
        let plain = |value: Value| Given { keyword: None, value, expression: None, spread: false };
        let more = |given: &[Given<'a>]| -> Vec<Given<'a>> {
            given.iter().skip(position + 1).filter(|item| item.keyword != Some("axis")).cloned().collect()
        };
        match (resolved.method.as_deref(), &resolved.receiver) {
            (Some("pipe"), Some(receiver)) => std::iter::once(plain(receiver.clone())).chain(more(given)).collect(),
            // Rows, columns and groups are handed over as copies.
            (Some("apply" | "agg" | "aggregate" | "transform" | "filter"), Some(_)) => {
                let type_name = match resolved.receiver_type.as_deref() {
                    Some("pandas.DataFrame") => Some("pandas.Series"),
                    Some("pandas.core.groupby.DataFrameGroupBy" | "pandas.core.groupby.GroupBy") => {
                        Some("pandas.DataFrame")
                    }
                    Some("pandas.core.groupby.SeriesGroupBy") => Some("pandas.Series"),
                    _ => None,
                };
                let part = self.make_typed(type_name.map(Into::into));
                std::iter::once(plain(part)).chain(more(given).into_iter().filter(|g| g.keyword.is_some())).collect()
            }
            _ => match resolved.function.as_deref() {
                Some("builtins.map" | "builtins.filter") => {
                    given[position + 1..].iter().map(|items| plain(self.item_of(&items.value))).collect()
                }
                Some("builtins.sorted" | "builtins.max" | "builtins.min") => {
                    given.first().map(|items| plain(self.item_of(&items.value))).into_iter().collect()
                }
                Some("functools.reduce") => {
                    let items = given.get(1).map(|items| self.item_of(&items.value)).unwrap_or_default();
                    vec![plain(items.clone()), plain(items)]
                }
                _ => Vec::new(),
            },
        }
    }

    /// Estimators of the notebook that a library call fits or asks are called by it.
    pub(super) fn call_estimators(&mut self, resolved: &Resolved, given: &[Given<'a>]) {
        self.call_overridden(resolved);
        let purpose = resolved.fact.and_then(|fact| fact.purpose);
        let asks = matches!(
            purpose,
            Some(Purpose::Fit | Purpose::Predict | Purpose::Transform | Purpose::Validate | Purpose::Metric)
        );
        if !asks {
            return;
        }
        let mut roots: Vec<ObjectId> = resolved.receiver.iter().flat_map(|value| value.objects.clone()).collect();
        roots.extend(given.iter().flat_map(|g| g.value.objects.clone()));
        let own: Vec<ObjectId> = self
            .reach(&roots)
            .into_iter()
            .filter(|id| self.objects[*id].type_name.as_deref().is_some_and(is_notebook_type))
            .take(8)
            .collect();
        for id in own {
            for method in ["fit", "transform", "predict"] {
                let field = self.objects[id].fields.get(method).cloned();
                if let Some(field) = field {
                    let bound = self.bound_method(id, field);
                    self.call_value(&bound, &[], Some(method));
                }
            }
        }
    }

    /// A method that a notebook class has from a library calls the methods which the class defines for it.
    fn call_overridden(&mut self, resolved: &Resolved) {
        let Some(receiver) = resolved.receiver.clone().filter(|value| !value.part) else { return };
        let shows = |method: &str| ["print", "summar", "describ"].iter().any(|start| method.starts_with(start));
        if resolved.method.as_deref().is_none_or(shows) {
            return;
        }
        for id in receiver.objects {
            let object = &self.objects[id];
            let derived = object.is_instance() && object.type_name.as_deref().is_some_and(|t| t.contains('<'));
            if !derived {
                continue;
            }
            let own: Vec<(Rc<str>, Value)> = object
                .fields
                .iter()
                .filter(|(name, value)| {
                    let code = |id: &ObjectId| matches!(self.objects[*id].callable, Some(Callable::Function { .. }));
                    !name.starts_with("__") && !value.part && value.objects.iter().any(code)
                })
                .map(|(name, value)| (name.clone(), value.clone()))
                .take(METHODS)
                .collect();
            for (name, method) in own {
                let bound = self.bound_method(id, method);
                self.call_value(&bound, &[], Some(&name));
            }
        }
    }
}
