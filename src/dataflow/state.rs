//! State outside of the notebook's values: random generators, settings, files, and IPython's own commands.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::call::{Given, argument, argument_named, seeded};
use super::environment::Bound;
use super::graph::{Definition, FileUse};
use super::interpreter::Interpreter;
use super::object::{Interest, Object, Value};
use crate::ipython::{Magic, MagicKind};
use crate::knowledge::{CallFact, Purpose};
use crate::syntax::ast::ExprKind;

impl<'a> Interpreter<'a> {
    /// Draws from a generator change it; a seed begins it anew.
    pub(super) fn random(&mut self, fact: &CallFact, resolved: &super::call::Resolved, given: &[Given<'a>]) {
        for generator in &fact.seeds {
            self.bind_state(&state_name(generator));
        }
        if resolved.constructs.is_none()
            && let Some(generator) = &fact.draws
            && draws(fact, given)
        {
            self.touch(&state_name(generator));
        }
        if matches!(fact.purpose, Some(Purpose::Fit | Purpose::Split))
            && let Some(receiver) = &resolved.receiver
        {
            self.random_fit(&receiver.clone());
        }
        if fact.purpose == Some(Purpose::Validate) {
            given.iter().for_each(|item| self.random_fit(&item.value));
        }
    }

    /// Fitting an estimator without a seed of its own draws from the global generator.
    pub(super) fn random_fit(&mut self, receiver: &Value) {
        let generators: BTreeSet<(Rc<str>, bool)> =
            self.reach(&receiver.objects).into_iter().filter_map(|id| self.objects[id].draws.clone()).collect();
        for (generator, surely) in generators {
            let before = std::mem::replace(&mut self.tentative, !surely);
            self.touch(&state_name(&generator));
            self.tentative = before;
            if !surely {
                continue;
            }
            if let Some(event) = self.facts[self.current].calls.last_mut() {
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
    fn set_state(&mut self, name: &str) {
        let bound = self.state(name);
        self.mutate(&bound.value);
    }

    /// What a call changes of, and needs from, the world around it.
    pub(super) fn ambient(&mut self, resolved: &super::call::Resolved, given: &[Given<'a>]) {
        if let Some(fact) = resolved.fact {
            for name in &fact.needs {
                self.need_state(name, &Interest::Whole);
            }
            for name in &fact.sets {
                if name != "<pd.options>" || !self.is_display_option(given) {
                    self.set_state(name);
                }
            }
        }
        if let Some(function) = resolved.function.clone() {
            self.need_library_state(&function);
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

    /// Files that a call reads or writes, and dependencies through them.
    pub(super) fn files(&mut self, resolved: &super::call::Resolved, given: &[Given<'a>], position: usize) {
        if resolved.function.as_deref() == Some("builtins.open") {
            self.open(given, position);
            return;
        }
        self.folder(resolved, given);
        let Some(fact) = resolved.fact else { return };
        for (parameter, written) in [(&fact.reads, false), (&fact.writes, true)] {
            let Some(parameter) = parameter else { continue };
            let value = if parameter == "self" {
                resolved.receiver.clone().map(|value| Given { keyword: None, value, expression: None, spread: false })
            } else {
                argument(given, fact, parameter).cloned()
            };
            let Some(item) = value else { continue };
            self.file(&item, written, fact.purpose);
        }
    }

    fn open(&mut self, given: &[Given<'a>], position: usize) {
        let mode = given
            .iter()
            .enumerate()
            .find(|(index, g)| g.keyword == Some("mode") || (*index == 1 && g.keyword.is_none()))
            .and_then(|(_, g)| self.constant(&g.value));
        let written = mode.as_deref().is_some_and(|mode| mode.contains(['w', 'a', 'x', '+']));
        let Some(path) = given.first() else { return };
        let constant = self.constant(&path.value);
        self.file(path, written, Some(if written { Purpose::Save } else { Purpose::Load }));
        // The handle remembers its path: what is dumped into it is written there.
        if let Some(object) = self.objects.last_mut() {
            object.constant = constant;
            object.writes = written;
            object.type_name = Some("file".into());
        }
        let id = self.objects.len() - 1;
        if let Some(event) = self.facts[self.current].calls.get_mut(position) {
            event.result = vec![id];
        }
    }

    /// `os.path.join("a", "b")` and `Path("a", "b")` of constants.
    pub(super) fn folded_path(&mut self, resolved: &super::call::Resolved, given: &[Given<'a>]) -> Option<Value> {
        let type_name = match resolved.function.as_deref()? {
            "os.path.join" => "str",
            "pathlib.Path" | "pathlib.PurePath" | "pathlib.PosixPath" => "pathlib.Path",
            _ => return None,
        };
        let parts: Option<Vec<Rc<str>>> = given.iter().map(|g| self.constant(&g.value)).collect();
        let path = parts?.iter().fold(String::new(), |path, part| join_paths(&path, part));
        Some(self.path_constant(type_name, &path))
    }

    /// Sums of constant strings, and paths joined by `/`.
    pub(super) fn folded(&mut self, left: &Value, operator: &str, right: &Value) -> Option<Value> {
        let (first, second) = (self.constant(left)?, self.constant(right)?);
        let path = self.type_of(left).as_deref() == Some("pathlib.Path");
        match operator {
            "+" if !path => Some(self.path_constant("str", &format!("{first}{second}"))),
            "/" if path => Some(self.path_constant("pathlib.Path", &join_paths(&first, &second))),
            _ => None,
        }
    }

    fn path_constant(&mut self, type_name: &str, text: &str) -> Value {
        self.make(Object { type_name: Some(type_name.into()), constant: Some(text.into()), ..Object::default() })
    }

    /// A folder that is made has to be there before something is written into it.
    fn folder(&mut self, resolved: &super::call::Resolved, given: &[Given<'a>]) {
        let made = match resolved.function.as_deref() {
            Some("os.makedirs" | "os.mkdir") => given.first().map(|g| g.value.clone()),
            Some("pathlib.Path.mkdir") => resolved.receiver.clone(),
            _ => return,
        };
        let path = made.and_then(|value| self.constant(&value));
        let path = path.as_deref().map_or("?", |path| path.trim_end_matches('/'));
        self.folders.insert(path.to_owned());
        self.bind_state(&format!("<file:{path}/>"));
    }

    /// Depends on the folders that were made for a path; on all, if the path is not known.
    fn need_folders(&mut self, path: Option<&str>) {
        let holds = |folder: &str| {
            folder == "?" || path.is_none_or(|path| path.strip_prefix(folder).is_some_and(|r| r.starts_with('/')))
        };
        let names: Vec<String> =
            self.folders.iter().filter(|folder| holds(folder)).map(|folder| format!("<file:{folder}/>")).collect();
        for name in names {
            if let Some(bound) = self.globals.get(&name).filter(|bound| !bound.is_unbound()).cloned() {
                self.depend(&name, &bound);
            }
        }
    }

    fn file(&mut self, item: &Given<'a>, written: bool, purpose: Option<Purpose>) {
        let path = self.constant(&item.value);
        let literal =
            item.expression.filter(|e| self.stack.is_empty() && matches!(e.kind, ExprKind::Str(_))).map(|e| e.span);
        let known = FileUse { written, path: path.as_deref().map(str::to_owned), literal, purpose };
        if !self.facts[self.current].files.contains(&known) {
            self.facts[self.current].files.push(known);
        }
        if written {
            self.need_folders(path.as_deref());
        }
        if path.as_deref().is_none_or(|path| !path.starts_with(['/', '~']) && !path.contains("://")) {
            self.need_state("<cwd>", &Interest::Whole);
        }
        let Some(path) = path else { return };
        let name = format!("<file:{path}>");
        if written {
            self.bind_state(&name);
        } else if let Some(bound) = self.globals.get(&name).cloned() {
            self.depend(&name, &bound);
        }
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
    fact.draws.is_some() && asked && !seeded(fact, given)
}

fn join_paths(first: &str, second: &str) -> String {
    if first.is_empty() || second.starts_with('/') {
        return second.to_owned();
    }
    format!("{}/{second}", first.trim_end_matches('/'))
}

/// The name of a generator's state in dependencies.
fn state_name(generator: &str) -> String {
    match generator {
        "numpy" => "<np.random>".to_owned(),
        "random" => "<random>".to_owned(),
        "torch" => "<torch.random>".to_owned(),
        other => format!("<{other}.random>"),
    }
}
