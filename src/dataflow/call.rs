//! Calls: the notebook's own functions are executed, library calls do what the knowledge says.

use std::rc::Rc;

use super::interpreter::Interpreter;
use super::object::{Object, ObjectId, Value, library_class};
use crate::knowledge::{CallFact, Kind, Purpose, Returns};
use crate::syntax::ast::{Argument, Expr, ExprKind};

/// An evaluated argument.
#[derive(Clone, Debug)]
pub(super) struct Given<'a> {
    pub(super) keyword: Option<&'a str>,
    pub(super) value: Value,
    pub(super) expression: Option<&'a Expr>,
    /// `*args` or `**kwargs`
    pub(super) spread: bool,
}

/// Whom a call is made on, and what is known of it.
pub(super) struct Resolved {
    pub(super) function: Option<Rc<str>>,
    pub(super) fact: Option<&'static CallFact>,
    pub(super) method: Option<String>,
    pub(super) receiver: Option<Value>,
    pub(super) receiver_type: Option<Rc<str>>,
    /// The class, if the call constructs one of a library's types.
    pub(super) constructs: Option<Rc<str>>,
}

impl<'a> Interpreter<'a> {
    /// `alone`: nobody uses the result.
    pub(super) fn call(&mut self, call: &'a Expr, function: &'a Expr, arguments: &'a [Argument], alone: bool) -> Value {
        // A method's receiver is evaluated once, before the arguments.
        let (callee, resolved) = self.resolve(function);
        let mut given: Vec<Given<'a>> = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let value = self.eval(&argument.value);
            let starred = matches!(argument.value.kind, ExprKind::Starred(_));
            match self.unpacked(&value).filter(|_| starred) {
                Some(items) => given.extend(items.into_iter().map(|value| Given {
                    keyword: None,
                    value,
                    expression: None,
                    spread: false,
                })),
                None => given.push(Given {
                    keyword: argument.keyword.as_deref(),
                    value,
                    expression: Some(&argument.value),
                    spread: argument.double_star || starred,
                }),
            }
        }
        let callee = self.instance_call(callee);
        let code: Vec<ObjectId> =
            callee.objects.iter().copied().filter(|id| !callee.part && self.objects[*id].callable.is_some()).collect();
        if !code.is_empty() {
            let name = function.dotted().map(|parts| parts.join("."));
            let position = self.start_event(call, function, &resolved, &given, name.as_deref());
            let result = self.call_value(&callee, &given, function.dotted().map(|p| p.join(".")).as_deref());
            self.end_event(position, &result);
            return result;
        }
        self.call_library(call, function, &resolved, &callee, &given, alone)
    }

    /// The elements of a list or tuple, if all of them are known.
    fn unpacked(&self, value: &Value) -> Option<Vec<Value>> {
        let [only] = value.objects.as_slice() else { return None };
        let object = &self.objects[*only];
        let known = object.held.is_empty()
            && matches!(object.type_name.as_deref(), Some("list" | "tuple"))
            && !object.fields.is_empty()
            && !value.part;
        known.then_some(())?;
        (0..object.fields.len()).map(|index| object.fields.get(index.to_string().as_str()).cloned()).collect()
    }

    fn resolve(&mut self, function: &'a Expr) -> (Value, Resolved) {
        let mut resolved = Resolved {
            function: None,
            fact: None,
            method: None,
            receiver: None,
            receiver_type: None,
            constructs: None,
        };
        let callee = match &function.kind {
            ExprKind::Attribute { value, attribute } => {
                let base = self.eval(value);
                let callee = self.attribute(&base, attribute);
                if self.external(&base).is_none() {
                    resolved.receiver_type = self.type_of(&base);
                    resolved.method = Some(attribute.clone());
                    resolved.receiver = Some(base);
                }
                callee
            }
            _ => self.eval(function),
        };
        if let Some(external) = self.external(&callee) {
            if self.knowledge.type_fact(&external).is_some() {
                resolved.fact = self.knowledge.constructor(&external).or_else(|| self.knowledge.function(&external));
                resolved.constructs = Some(external.clone());
            } else {
                resolved.fact = self.knowledge.function(&external);
            }
            resolved.function = Some(external);
        } else if let (Some(type_name), Some(method)) = (&resolved.receiver_type, &resolved.method) {
            let library_type = self.library_type(type_name);
            // Of what type a part of an object is, is often not known (`search.best_estimator_`).
            let part = || self.knowledge.writer_by_name(method).filter(|_| &**type_name == "self");
            resolved.fact = library_type.as_deref().and_then(|t| self.knowledge.method(t, method)).or_else(part);
            resolved.function = Some(format!("{}.{method}", library_type.as_deref().unwrap_or(type_name)).into());
        } else if let (None, Some(method)) = (&resolved.receiver_type, &resolved.method) {
            resolved.fact = self.knowledge.writer_by_name(method);
        } else if resolved.method.is_none()
            && let Some(type_name) = self.type_of(&callee)
        {
            // Calling an object: a Keras layer, a torch module.
            resolved.receiver = Some(callee.clone());
            let library_type = self.library_type(&type_name);
            resolved.fact = library_type.as_deref().and_then(|t| self.knowledge.method(t, "__call__"));
            resolved.receiver_type = Some(type_name);
        }
        (callee, resolved)
    }

    /// The library's type behind a notebook class (`torch.nn.Module` for a network of one's own).
    pub(super) fn library_type(&self, type_name: &str) -> Option<Rc<str>> {
        let underived = type_name.starts_with("notebook:") && !type_name.contains('<');
        (!underived).then(|| library_class(type_name).into())
    }

    fn call_library(
        &mut self,
        call: &'a Expr,
        function: &'a Expr,
        resolved: &Resolved,
        callee: &Value,
        given: &[Given<'a>],
        alone: bool,
    ) -> Value {
        match resolved.function.as_deref() {
            Some("builtins.super") => {
                if let Some(above) = self.super_object() {
                    return above;
                }
            }
            Some("functools.partial" | "functools.partialmethod") => {
                if let Some((function, rest)) = given.split_first().filter(|(first, _)| self.is_code(&first.value)) {
                    return self.partial(&function.value, rest);
                }
            }
            _ => {}
        }
        let position = self.start_event(call, function, resolved, given, None);
        if resolved.receiver.is_none() && resolved.function.is_none() {
            // What is called is an object of which nothing is known: a network of a class beside the notebook.
            self.facts[self.current].calls[position].receiver_objects.clone_from(&callee.objects);
        }
        self.event = Some(position);
        let result = if let Some(fact) = resolved.fact {
            self.apply(fact, resolved, given)
        } else {
            let result = self.unknown_call(resolved, callee, given, alone, position);
            self.defined_elsewhere(function, resolved, given, &result, (position, alone));
            result
        };
        self.event = None;
        self.formula(call, resolved, given);
        let result = self.figure(function, resolved, given, result);
        self.ambient(resolved, given);
        self.drawn_on(given);
        self.pass_functions(resolved, given, &result);
        self.call_held(resolved);
        self.call_estimators(resolved, given);
        self.files(resolved, given, &result);
        self.trace_call(resolved, given, &result);
        if resolved.fact.is_some_and(|fact| fact.fits.as_deref() == Some("result")) {
            self.facts[self.current].calls[position].fits.extend(&result.objects);
        }
        self.end_event(position, &result);
        result
    }

    // ---------------------------------------------------------------- library calls

    fn apply(&mut self, fact: &'static CallFact, resolved: &Resolved, given: &[Given<'a>]) -> Value {
        let receiver = resolved.receiver.clone().unwrap_or_default();
        let in_place = may_be_true(given, "inplace");
        let writes_out = given.iter().find(|g| g.keyword == Some("out")).map(|g| g.value.clone());
        if let Some(out) = writes_out {
            self.mutate(&out);
        }
        let anew = self.fits_anew(fact, resolved, &receiver);
        for target in fact.mutates.iter().flatten() {
            if let (Some(id), "self") = (anew, target.as_str()) {
                self.fitting = true;
                self.mutate(&receiver);
                self.fitting = false;
                self.fit_anew(id);
            } else if target == "self" {
                // A pipeline fits its steps, an optimizer steps its parameters, a network trains the layers it shares.
                let deep = self
                    .kind_of(&receiver)
                    .is_some_and(|kind| matches!(kind, Kind::Pipeline | Kind::Optimizer | Kind::Network));
                if deep { self.mutate_deep(&receiver) } else { self.mutate(&receiver) }
            } else if let Some(list) = target.strip_suffix("[]") {
                let elements = argument_named(given, fact, list).map(|g| g.value.clone()).unwrap_or_default();
                let elements = self.item_of(&elements);
                self.mutate(&elements);
            } else if let Some(type_name) = target.strip_prefix("with:") {
                if let Some(around) = self.around(type_name) {
                    self.mutate(&around);
                }
            } else if let Some(argument) = argument(given, fact, target) {
                let value = argument.value.clone();
                self.mutate(&value);
            }
        }
        if fact.inplace && in_place {
            self.mutate(&receiver);
            return Value::default();
        }
        // A container keeps what is put into it.
        if fact.mutates.as_ref().is_some_and(|m| m.iter().any(|t| t == "self"))
            && resolved.receiver_type.as_deref().is_none_or(is_container)
        {
            for item in given {
                let items = if resolved.method.as_deref() == Some("extend") {
                    let value = item.value.clone();
                    self.item_of(&value)
                } else {
                    item.value.clone()
                };
                self.hold(&receiver, &items);
            }
        }
        self.random(fact, resolved, given);
        let result = self.returned(fact, resolved, &receiver, given);
        self.share_memory(fact, &receiver, given, &result);
        if resolved.constructs.is_some() {
            for item in given.iter().filter(|g| matches!(g.keyword, Some("random_state" | "generator" | "rng"))) {
                self.hold(&result, &item.value);
            }
        }
        for held in &fact.holds {
            if held == "self" {
                self.hold(&result, &receiver);
            }
            for (index, item) in given.iter().enumerate() {
                let named = item.keyword.or_else(|| fact.parameters.get(index).map(String::as_str));
                if held == "*" || named == Some(held) {
                    self.hold(&result, &item.value.clone());
                }
            }
        }
        result
    }

    /// The innermost object of a type whose `with` block is running.
    fn around(&self, type_name: &str) -> Option<Value> {
        self.entered.iter().rev().find(|value| self.type_of(value).as_deref() == Some(type_name)).cloned()
    }

    /// The estimator that a call fits from the beginning: scikit-learn's `fit` forgets what was fitted before.
    fn fits_anew(&self, fact: &CallFact, resolved: &Resolved, receiver: &Value) -> Option<ObjectId> {
        let plain =
            fact.purpose == Some(Purpose::Fit) && matches!(resolved.method.as_deref(), Some("fit" | "fit_transform"));
        let type_name = resolved.receiver_type.as_deref()?;
        let forgets = self.knowledge.derives_from(type_name, "sklearn.base.Estimator")
            && !matches!(self.knowledge.kind(type_name), Some(Kind::Network | Kind::Pipeline));
        match receiver.objects.as_slice() {
            [only] if plain && forgets && !receiver.part && !self.objects[*only].continues => Some(*only),
            _ => None,
        }
    }

    fn returned(
        &mut self,
        fact: &'static CallFact,
        resolved: &Resolved,
        receiver: &Value,
        given: &[Given<'a>],
    ) -> Value {
        if let Some(path) = self.folded_path(resolved, given) {
            return path;
        }
        if let Some(class) = &resolved.constructs {
            let draws = super::state::later_draws(fact, given);
            let continues = may_be_true(given, "warm_start");
            let empty = &**class == "pandas.DataFrame"
                && !given.iter().any(|g| g.keyword.is_none() || matches!(g.keyword, Some("data" | "index")));
            return self.make(Object { type_name: Some(class.clone()), draws, continues, empty, ..Object::default() });
        }
        if let Some(value) = self.rearranged(resolved, receiver, given) {
            return value;
        }
        if fact.purpose == Some(Purpose::Split) {
            return self.split_result(given);
        }
        match &fact.returns {
            None => self.make_typed(None),
            Some(Returns::One(text)) => self.returned_one(text, fact, resolved, receiver, given),
            Some(Returns::Tuple(items)) => {
                let mut object = Object { type_name: Some("tuple".into()), ..Object::default() };
                for (index, text) in items.iter().enumerate() {
                    let value = self.returned_one(text, fact, resolved, receiver, given);
                    object.fields.insert(index.to_string().into(), value);
                }
                self.make(object)
            }
        }
    }

    fn returned_one(
        &mut self,
        text: &str,
        fact: &CallFact,
        resolved: &Resolved,
        receiver: &Value,
        given: &[Given<'a>],
    ) -> Value {
        match text {
            "none" => Value::default(),
            "self" => receiver.clone(),
            "same" => self.make_typed(self.type_of(receiver).or_else(|| resolved.receiver_type.clone())),
            _ => match text.split_once(':') {
                Some(("argument", name)) => argument(given, fact, name).map(|g| g.value.clone()).unwrap_or_default(),
                Some(("like", name)) => {
                    let type_name = argument(given, fact, name).and_then(|g| self.type_of(&g.value));
                    self.make_typed(type_name)
                }
                _ => self.make_typed(Some(text.into())),
            },
        }
    }

    /// The result of a call shares memory with what it was made of.
    fn share_memory(&mut self, fact: &CallFact, receiver: &Value, given: &[Given<'a>], result: &Value) {
        let mut viewed = Value::default();
        for name in &fact.views {
            let value = match name.as_str() {
                "self" => receiver.clone(),
                name => argument(given, fact, name).map(|g| g.value.clone()).unwrap_or_default(),
            };
            viewed = viewed.or(value);
        }
        for id in result.objects.iter().filter(|_| !viewed.objects.is_empty()) {
            self.share(*id, Value { type_name: None, ..viewed.clone() });
        }
    }

    /// `train_test_split(a, b)`: two of each.
    fn split_result(&mut self, given: &[Given<'a>]) -> Value {
        let mut object = Object { type_name: Some("list".into()), ..Object::default() };
        let positional: Vec<Value> =
            given.iter().filter(|g| g.keyword.is_none() && !g.spread).map(|g| g.value.clone()).collect();
        for (index, value) in positional.iter().enumerate() {
            let type_name = self.type_of(value);
            for part in 0..2 {
                let made = self.make_typed(type_name.clone());
                object.fields.insert((index * 2 + part).to_string().into(), made);
            }
        }
        self.make(object)
    }

    fn unknown_call(
        &mut self,
        resolved: &Resolved,
        callee: &Value,
        given: &[Given<'a>],
        alone: bool,
        position: usize,
    ) -> Value {
        self.facts[self.current].calls[position].unknown = true;
        let Some(receiver) = resolved.receiver.clone() else {
            // A function of a library that nothing is known of, or a class if its name looks like one.
            if let Some(out) = given.iter().find(|g| g.keyword == Some("out")) {
                let value = out.value.clone();
                self.mutate(&value);
            }
            let class = resolved.function.as_deref().filter(|name| {
                let last = name.rsplit('.').next().unwrap_or(name);
                last.starts_with(|c: char| c.is_ascii_uppercase()) && last.contains(|c: char| c.is_ascii_lowercase())
            });
            let made = self.make_typed(class.map(Into::into));
            if class.is_some() {
                given.iter().for_each(|g| self.hold(&made, &g.value.clone()));
            }
            // Calling something unknown that the notebook made may change it.
            if resolved.function.is_none() && alone {
                self.mutate(callee);
            }
            return made;
        };
        let method = resolved.method.as_deref().unwrap_or("__call__");
        let name_says = self.mutation_by_name(method);
        let typed = resolved.receiver_type.as_deref().and_then(|t| self.knowledge.type_fact(t)).is_some();
        let changes = may_be_true(given, "inplace")
            || match name_says {
                Some(says) => says,
                None => alone && !self.last_of_cell_displays(),
            };
        let changes = changes && !(typed && name_says.is_none() && !alone);
        if changes {
            self.mutate(&receiver);
            if name_says == Some(true) {
                given.iter().for_each(|g| self.hold(&receiver, &g.value.clone()));
            }
        }
        if let Some(fact) = self.fit_by_name(method) {
            // `fit` and its kin of anything return the receiver.
            self.facts[self.current].calls[position].purpose = fact.purpose;
            self.random_fit(&receiver);
            if matches!(fact.returns, Some(Returns::One(ref text)) if text == "self") {
                return receiver;
            }
        }
        match self.kind_of(&receiver) {
            Some(Kind::Network) => receiver,
            _ => self.make_typed(None),
        }
    }

    /// What the name of a method says about its receiver, when its type is not known: the knowledge of all types that
    /// have it, if they agree.
    fn mutation_by_name(&self, method: &str) -> Option<bool> {
        const SHOWS: [&str; 7] = ["plot", "print", "show", "draw", "display", "describe", "summar"];
        self.knowledge.mutates_by_name(method).or_else(|| SHOWS.iter().any(|s| method.starts_with(s)).then_some(false))
    }

    fn fit_by_name(&self, method: &str) -> Option<&'static CallFact> {
        matches!(method, "fit" | "partial_fit" | "fit_transform" | "fit_predict" | "fit_generator" | "fit_resample")
            .then(|| self.knowledge.method("sklearn.base.Estimator", method))
            .flatten()
    }

    fn last_of_cell_displays(&self) -> bool {
        self.facts[self.current].displayed
    }

    /// Whatever draws, draws on the axes that it is given.
    fn drawn_on(&mut self, given: &[Given<'a>]) {
        for item in given.iter().filter(|g| matches!(g.keyword, Some("ax" | "axes" | "axs"))) {
            let reached = self.reach(&item.value.objects);
            self.mutate(&Value { objects: reached, ..Value::default() });
        }
    }

    /// Names in a formula are looked up in the program where the data does not have them.
    fn formula(&mut self, call: &'a Expr, resolved: &Resolved, given: &[Given<'a>]) {
        let Some(fact) = resolved.fact else { return };
        let Some(parameter) = &fact.formula else { return };
        let formula = argument_named(given, fact, parameter).and_then(|g| self.constant(&g.value));
        let Some(formula) = formula else { return };
        for name in names_in_formula(&formula) {
            if self.globals.get(name).is_some_and(|bound| !bound.is_unbound()) {
                self.read(name, call.span);
            }
        }
    }
}

/// The names that a formula looks up, without attributes and what stands in quotes.
fn names_in_formula(formula: &str) -> Vec<&str> {
    let unquoted = formula.split(['"', '\'']).step_by(2);
    let words = unquoted.flat_map(|part| part.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.'));
    let roots = words.filter_map(|word| word.split('.').next());
    roots.filter(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_')).collect()
}

/// The argument for a parameter: by keyword, or by its position.
pub(super) fn argument<'g, 'a>(given: &'g [Given<'a>], fact: &CallFact, name: &str) -> Option<&'g Given<'a>> {
    given.iter().find(|g| g.keyword == Some(name)).or_else(|| {
        let index = match name.parse::<usize>() {
            Ok(index) => index,
            Err(_) if fact.parameters.is_empty() => 0,
            Err(_) => fact.parameters.iter().position(|parameter| parameter == name)?,
        };
        let mut positional = given.iter().take_while(|g| g.keyword.is_none() && !g.spread);
        positional.nth(index)
    })
}

/// Whether a type is a container of the language, which keeps references to what is put into it.
pub(super) fn is_container(type_name: &str) -> bool {
    matches!(
        type_name,
        "list" | "dict" | "tuple" | "set" | "collections.OrderedDict" | "collections.defaultdict" | "collections.deque"
    )
}

/// Whether a keyword is given and not literally false: what it holds is not known here.
fn may_be_true(given: &[Given<'_>], keyword: &str) -> bool {
    let wrong = |g: &Given<'_>| matches!(g.expression.map(|e| &e.kind), Some(ExprKind::Bool(false) | ExprKind::None));
    given.iter().any(|g| g.keyword == Some(keyword) && !wrong(g))
}

/// Whether a call brings its own seed.
pub(super) fn seeded(fact: &CallFact, given: &[Given<'_>]) -> bool {
    let Some(parameter) = &fact.seed_parameter else { return false };
    argument_named(given, fact, parameter)
        .is_some_and(|g| !matches!(g.expression.map(|e| &e.kind), Some(ExprKind::None)))
}

pub(super) fn argument_named<'g, 'a>(given: &'g [Given<'a>], fact: &CallFact, name: &str) -> Option<&'g Given<'a>> {
    given.iter().find(|g| g.keyword == Some(name)).or_else(|| {
        let index = fact.parameters.iter().position(|parameter| parameter == name)?;
        given.get(index).filter(|g| g.keyword.is_none())
    })
}
