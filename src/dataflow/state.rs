//! State outside of the notebook's values: random generators, settings, and IPython's own commands.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::call::{Given, argument_named, seeded};
use super::environment::Bound;
use super::figure::DRAWING_SETTINGS;
use super::graph::{Definition, DependencyKind};
use super::interpreter::Interpreter;
use super::object::{Interest, Object, ObjectId, Value};
use crate::ipython::{Magic, MagicKind};
use crate::knowledge::{CallFact, Purpose};
use crate::syntax::ast::ExprKind;

impl<'a> Interpreter<'a> {
    /// Draws from a generator change it; a seed begins it anew.
    pub(super) fn random(&mut self, fact: &CallFact, resolved: &super::call::Resolved, given: &[Given<'a>]) {
        for generator in &fact.seeds {
            self.bind_state(&generator_state(generator));
        }
        if resolved.constructs.is_none()
            && let Some(generator) = &fact.draws
            && draws(fact, given)
        {
            self.touch(&generator_state(generator));
        }
        let splits = resolved.method.as_deref() == Some("split");
        if (splits || matches!(fact.purpose, Some(Purpose::Fit | Purpose::Split)))
            && let Some(receiver) = &resolved.receiver
        {
            self.random_fit(&receiver.clone());
        }
        if fact.purpose == Some(Purpose::Validate) {
            given.iter().for_each(|item| self.random_fit(&item.value));
        }
        self.draw_from_given(resolved, given);
    }

    /// A generator that is handed over moves on; what is constructed with it draws from it later.
    fn draw_from_given(&mut self, resolved: &super::call::Resolved, given: &[Given<'a>]) {
        if resolved.constructs.is_some() {
            return;
        }
        for item in given.iter().filter(|g| matches!(g.keyword, Some("random_state" | "seed" | "rng" | "generator"))) {
            let value = item.value.clone();
            if value.objects.iter().any(|id| self.is_generator(*id)) {
                self.mutate(&value);
            }
        }
    }

    fn is_generator(&self, id: ObjectId) -> bool {
        self.objects[id].type_name.as_deref().is_some_and(|name| {
            name.starts_with("numpy.random.") || matches!(name, "torch.Generator" | "random.Random")
        })
    }

    /// Fitting an estimator without a seed of its own draws from the global generator.
    pub(super) fn random_fit(&mut self, receiver: &Value) {
        let reached = self.reach(&receiver.objects);
        let own: Vec<ObjectId> = reached.iter().copied().filter(|id| self.is_generator(*id)).collect();
        if !own.is_empty() {
            self.mutate(&Value { objects: own, ..Value::default() });
        }
        let generators: BTreeSet<(Rc<str>, bool)> =
            reached.into_iter().filter_map(|id| self.objects[id].draws.clone()).collect();
        for (generator, surely) in generators {
            self.tentatively(!surely, |this| this.touch(&generator_state(&generator)));
            if !surely {
                continue;
            }
            let event = self.event.and_then(|position| self.facts[self.current].calls.get_mut(position));
            if let Some(event) = event {
                event.draws = Some(generator.to_string());
            }
        }
    }

    /// Reads and changes ambient state.
    fn touch(&mut self, name: &str) {
        let bound = self.state(name);
        self.depend(name, &bound);
        self.mutate(&bound.value);
    }

    /// Ambient state, as it is before anything has been done to it where nothing has.
    pub(super) fn state(&mut self, name: &str) -> Bound {
        if let Some(bound) = self.globals.get(name) {
            return bound.clone();
        }
        let value = self.make(Object::default());
        let bound = Bound { value, ..Bound::default() };
        self.globals.set_everywhere(name, bound.clone());
        bound
    }

    /// Depends on ambient state, if something has been done to it.
    pub(super) fn need_state(&mut self, name: &str, interest: &Interest) {
        if let Some(bound) = self.globals.get(name).cloned() {
            self.depend_for(name, &bound, interest);
        }
    }

    /// Changes ambient state.
    pub(super) fn set_state(&mut self, name: &str) {
        let bound = self.state(name);
        self.mutate(&bound.value);
    }

    /// What a call changes of, and needs from, the world around it.
    pub(super) fn ambient(&mut self, resolved: &super::call::Resolved, given: &[Given<'a>]) {
        if let Some(fact) = resolved.fact {
            for name in &fact.needs {
                let key = given.first().and_then(|first| self.constant(&first.value));
                let interest = match key {
                    Some(key) if name == "<os.environ>" => Interest::Keys(Rc::from([key])),
                    _ => Interest::Whole,
                };
                self.need_state(name, &interest);
            }
            for name in &fact.sets {
                if name != "<pd.options>" || !self.is_display_option(given) {
                    self.set_state(name);
                }
            }
        }
        if let Some(function) = resolved.function.clone() {
            self.need_library_state(&function);
            if resolved.fact.is_none() && resolved.method.is_none() && !self.is_known_library(&function) {
                self.unknown_code();
            }
        }
    }

    /// Code that nobody knows may draw random numbers and plot: it needs the seeds, and what else is listed as possible.
    pub(super) fn unknown_code(&mut self) {
        for name in ["<np.random>", "<random>", DRAWING_SETTINGS] {
            let Some(bound) = self.globals.get(name).cloned() else { continue };
            for (statement, ..) in &bound.sites {
                self.edge(*statement, name, DependencyKind::State);
            }
            self.tentatively(true, |this| {
                this.depend(name, &bound);
                if name.ends_with("random>") {
                    this.mutate(&bound.value);
                }
            });
        }
    }

    /// Depends on the ambient state that a library works by.
    pub(super) fn need_library_state(&mut self, qualified: &str) {
        for name in self.knowledge.needs_of(qualified) {
            self.need_state(name, &Interest::Whole);
        }
    }

    /// `pd.set_option("display.width", 100)`: changes only what is shown.
    fn is_display_option(&self, given: &[Given<'a>]) -> bool {
        let name = given.first().and_then(|option| self.constant(&option.value));
        name.is_some_and(|name| shows_only(&name))
    }

    /// The value of a module's attribute that is ambient state; who reads it depends on it.
    pub(super) fn setting(&mut self, qualified: &str) -> Option<Value> {
        let setting = self.knowledge.setting(qualified)?;
        let bound = self.state(&setting.state);
        for id in &bound.value.objects {
            self.objects[*id].type_name.get_or_insert_with(|| setting.type_name.as_str().into());
        }
        if !self.storing {
            self.depend(&setting.state, &bound);
        }
        Some(bound.value)
    }

    /// An attribute of a module is set: a setting.
    pub(super) fn configure(&mut self, external: &str, attribute: &str) {
        let option = format!("{external}.{attribute}");
        if let Some(option) = option.strip_prefix("pandas.options.")
            && !shows_only(option)
        {
            self.set_state("<pd.options>");
        }
        self.facts[self.current].calls.push(super::graph::CallEvent {
            function: Some(format!("{external}.<set>")),
            purpose: Some(Purpose::Configure),
            ..Default::default()
        });
    }

    /// IPython's own commands, as far as they bind names or make the analysis blind.
    pub(super) fn magic(&mut self, magic: &Magic) {
        let words: Vec<&str> = magic.arguments.split_whitespace().collect();
        match (magic.kind, magic.name.as_str()) {
            (MagicKind::Line, "cd") => self.set_state("<cwd>"),
            (MagicKind::Line, "env" | "set_env") if !magic.arguments.trim().is_empty() => {
                self.set_state("<os.environ>");
            }
            (MagicKind::Line, "pylab") => {
                self.add_star("pylab");
            }
            (MagicKind::Line, "run" | "load" | "loadpy") => {
                self.facts[self.current].opaque.push(format!("%{}", magic.name));
                self.add_star("<run>");
            }
            (MagicKind::Line, "store") if words.first() == Some(&"-r") => {
                self.facts[self.current].opaque.push("%store -r".to_owned());
                for name in &words[1..] {
                    let value = self.make(Object::default());
                    self.bind_global(name, value, Definition::Data);
                }
            }
            (MagicKind::Cell, _) => {
                if let Some(body) = &magic.body {
                    self.facts[self.current].opaque.push(format!("%%{}", magic.name));
                    if (magic.name == "writefile" || magic.name == "file")
                        && let Some(path) = words.last()
                    {
                        self.bind_state(&format!("<file:{path}>"));
                    }
                    // `%%sql result <<`, `%%bash --out name` hand a value to the notebook.
                    let out = words.iter().position(|w| matches!(*w, "--out" | "-o" | "--output"));
                    let name = out
                        .and_then(|index| words.get(index + 1))
                        .or_else(|| (words.get(1) == Some(&"<<")).then(|| &words[0]));
                    if let Some(name) = name.filter(|_| !body.is_empty()) {
                        let value = self.make(Object::default());
                        self.bind_global(name, value, Definition::Data);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whether a pandas option changes only what is shown.
fn shows_only(option: &str) -> bool {
    ["display", "plotting", "styler", "mode.chained_assignment"].iter().any(|shown| option.starts_with(shown))
}

/// The generator that what a constructor makes draws from, and whether it surely does.
pub(super) fn later_draws(fact: &CallFact, given: &[Given<'_>]) -> Option<(Rc<str>, bool)> {
    if draws(fact, given) {
        return fact.draws.as_deref().map(|generator| (generator.into(), true));
    }
    fact.may_draw.as_deref().filter(|_| !seeded(fact, given)).map(|generator| (generator.into(), false))
}

/// Whether a call draws from the global generator.
pub(super) fn draws(fact: &CallFact, given: &[Given<'_>]) -> bool {
    let asked = fact.draws_if.as_deref().is_none_or(|parameter| {
        argument_named(given, fact, parameter)
            .is_some_and(|g| !matches!(g.expression.map(|e| &e.kind), Some(ExprKind::Bool(false) | ExprKind::None)))
    });
    let shuffles = argument_named(given, fact, "shuffle")
        .is_none_or(|g| !matches!(g.expression.map(|e| &e.kind), Some(ExprKind::Bool(false))));
    fact.draws.is_some() && asked && shuffles && !seeded(fact, given)
}

/// The name of a generator's state in dependencies.
#[must_use]
pub fn generator_state(generator: &str) -> String {
    match generator {
        "numpy" => "<np.random>".to_owned(),
        "random" => "<random>".to_owned(),
        "torch" => "<torch.random>".to_owned(),
        other => format!("<{other}.random>"),
    }
}
