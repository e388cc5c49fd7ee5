//! Files and folders: who writes what another reads.

use std::rc::Rc;

use super::call::{Given, Resolved, argument};
use super::graph::FileUse;
use super::interpreter::Interpreter;
use super::object::{Interest, Object, Value};
use crate::knowledge::{Kind, Purpose};
use crate::syntax::ast::ExprKind;

/// Stands for a file whose name is not known.
const UNKNOWN: &str = "?";

/// How a file is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Read,
    /// Written from the beginning.
    Write,
    /// Added to what it held.
    Append,
}

impl<'a> Interpreter<'a> {
    /// Files that a call reads or writes, and dependencies through them.
    pub(super) fn files(&mut self, resolved: &Resolved, given: &[Given<'a>], result: &Value) {
        if resolved.function.as_deref() == Some("builtins.open") {
            self.open(given, result);
            return;
        }
        self.folder(resolved, given);
        let Some(fact) = resolved.fact else { return };
        for (parameter, does) in [(&fact.reads, Use::Read), (&fact.writes, Use::Write)] {
            let Some(parameter) = parameter else { continue };
            let value = if parameter == "self" {
                resolved.receiver.clone().map(|value| Given { keyword: None, value, expression: None, spread: false })
            } else {
                argument(given, fact, parameter).cloned()
            };
            let Some(item) = value else { continue };
            // Where a path or a table may be given, a table names no file.
            if self.kind_of(&item.value) == Some(Kind::Data) {
                continue;
            }
            // What is constructed to write a file writes it when it is used.
            let writer = if resolved.constructs.is_some() { result.clone() } else { Value::default() };
            self.file(&item, does, fact.purpose, writer);
        }
    }

    /// A file that a function of which nothing else is known writes.
    pub(super) fn write_file(&mut self, path: &Given<'a>, purpose: Purpose) {
        self.file(path, Use::Write, Some(purpose), Value::default());
    }

    fn open(&mut self, given: &[Given<'a>], result: &Value) {
        let mode = given
            .iter()
            .enumerate()
            .find(|(index, g)| g.keyword == Some("mode") || (*index == 1 && g.keyword.is_none()))
            .and_then(|(_, g)| self.constant(&g.value));
        let does = match mode.as_deref() {
            Some(mode) if mode.contains(['a', '+']) => Use::Append,
            Some(mode) if mode.contains(['w', 'x']) => Use::Write,
            _ => Use::Read,
        };
        let Some(path) = given.first() else { return };
        // The handle remembers its path: what is dumped into it is written there.
        let constant = self.constant(&path.value);
        for id in &result.objects {
            self.objects[*id].constant.clone_from(&constant);
            self.objects[*id].type_name = Some("file".into());
        }
        let purpose = if does == Use::Read { Purpose::Load } else { Purpose::Save };
        self.file(path, does, Some(purpose), result.clone());
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
        let unpacked = resolved.method.as_deref() == Some("extractall")
            || resolved.function.as_deref() == Some("shutil.unpack_archive");
        let made = match resolved.function.as_deref() {
            Some("os.makedirs" | "os.mkdir") => given.first().map(|g| g.value.clone()),
            Some("pathlib.Path.mkdir") => resolved.receiver.clone(),
            Some("shutil.unpack_archive") => given.get(1).map(|g| g.value.clone()),
            _ if unpacked => given.first().map(|g| g.value.clone()),
            Some("os.chdir") => {
                let path = given.first().and_then(|g| self.constant(&g.value));
                self.need_folders(path.as_deref(), false);
                return;
            }
            _ => return,
        };
        let path = made.and_then(|value| self.constant(&value));
        let path = path.as_deref().map_or(UNKNOWN.to_owned(), |path| normal(path.trim_end_matches('/')));
        self.folders.insert(path.clone(), unpacked);
        self.bind_state(&format!("<file:{path}/>"));
    }

    /// Depends on the folders that were made for a path; on all, if the path is not known. What is read needs only those
    /// that something was unpacked into.
    fn need_folders(&mut self, path: Option<&str>, reads: bool) {
        let holds = |folder: &str| {
            folder == UNKNOWN
                || path
                    .is_none_or(|path| path == folder || path.strip_prefix(folder).is_some_and(|r| r.starts_with('/')))
        };
        let names: Vec<String> = self
            .folders
            .iter()
            .filter(|(folder, unpacked)| holds(folder) && (**unpacked || !reads))
            .map(|(folder, _)| format!("<file:{folder}/>"))
            .collect();
        for name in names {
            self.need_state(&name, &Interest::Whole);
        }
    }

    fn file(&mut self, item: &Given<'a>, does: Use, purpose: Option<Purpose>, writer: Value) {
        let path = self.constant(&item.value);
        let literal =
            item.expression.filter(|e| self.stack.is_empty() && matches!(e.kind, ExprKind::Str(_))).map(|e| e.span);
        let written = does != Use::Read;
        let known = FileUse { written, path: path.as_deref().map(str::to_owned), literal, purpose };
        if !self.facts[self.current].files.contains(&known) {
            self.facts[self.current].files.push(known);
        }
        let path = path.map(|path| normal(&path));
        self.need_folders(path.as_deref(), !written);
        if path.as_deref().is_none_or(|path| !path.starts_with(['/', '~']) && !path.contains("://")) {
            self.need_state("<cwd>", &Interest::Whole);
        }
        let name = format!("<file:{}>", path.as_deref().unwrap_or(UNKNOWN));
        if does != Use::Write {
            match &path {
                Some(_) => {
                    self.need_state(&name, &Interest::Whole);
                    self.need_state(&format!("<file:{UNKNOWN}>"), &Interest::Whole);
                }
                None => self.need_all_files(),
            }
        }
        if written {
            // Files whose names are not known may be several.
            let goes_on = does == Use::Append || path.is_none();
            let before = self.globals.get(&name).filter(|bound| goes_on && !bound.is_unbound()).cloned();
            match before {
                // The file goes on with what it held.
                Some(before) => {
                    self.mutate(&before.value);
                    self.hold(&before.value, &writer);
                }
                None if writer.objects.is_empty() => self.bind_state(&name),
                None => self.bind_state_to(&name, writer),
            }
        }
    }

    /// A file whose name is not known may be any that was written.
    fn need_all_files(&mut self) {
        let names: Vec<String> = self
            .globals
            .iter()
            .filter(|(name, _)| name.starts_with("<file:") && !name.ends_with("/>"))
            .map(|(name, _)| name.to_string())
            .collect();
        for name in names {
            self.need_state(&name, &Interest::Whole);
        }
    }
}

/// A path as it is compared: `./data/a.csv` is `data/a.csv`.
fn normal(path: &str) -> String {
    let mut path = path;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    path.to_owned()
}

fn join_paths(first: &str, second: &str) -> String {
    if first.is_empty() || second.starts_with('/') {
        return second.to_owned();
    }
    format!("{}/{second}", first.trim_end_matches('/'))
}
