//! Which imports a piece of code needs, as the notebook made them.

use std::collections::{BTreeMap, BTreeSet};

use super::definitions::is_import_block;
use crate::analysis::Analysis;
use crate::dataflow::{DependencyKind, free_names, is_predefined};
use crate::knowledge::knowledge;
use crate::syntax::ast::{Alias, Stmt, StmtKind};

/// All imports at the notebook's top level, by the name that they bind.
#[derive(Clone, Debug, Default)]
pub(super) struct Imports {
    by_name: BTreeMap<String, Vec<Import>>,
    stars: Vec<(usize, String)>,
    /// `try: import a except ImportError: …`, by the names that it binds.
    blocks: BTreeMap<String, usize>,
}

#[derive(Clone, Debug)]
struct Import {
    statement: usize,
    line: String,
    module: String,
    /// `import a.b` without `as`: binds `a`, and others of its kind belong to it.
    plain: bool,
}

/// What a piece of code needs.
#[derive(Clone, Debug, Default)]
pub(super) struct Needed {
    /// Import statements, one name each.
    pub(super) lines: BTreeSet<String>,
    /// The modules imported from.
    pub(super) modules: BTreeSet<String>,
    /// Import blocks to carry over whole, by statement.
    pub(super) blocks: BTreeSet<usize>,
}

impl Needed {
    /// Adds what something else needs.
    pub(super) fn add(&mut self, other: Self) {
        self.lines.extend(other.lines);
        self.modules.extend(other.modules);
        self.blocks.extend(other.blocks);
    }

    /// Does without the module that asks for passwords.
    pub(super) fn without_getpass(&mut self) {
        self.lines.retain(|line| !matches!(line.split_whitespace().nth(1), Some("getpass")));
        self.modules.remove("getpass");
    }

    /// Does without the function that shows a value below a cell.
    pub(super) fn without_display(&mut self) {
        let shows = |line: &String| line.starts_with("from IPython") && bound_by(line).as_deref() == Some("display");
        self.lines.retain(|line| !shows(line));
        let lines = &self.lines;
        self.modules.retain(|module| !module.starts_with("IPython") || lines.iter().any(|line| line.contains(module)));
    }
}

/// Names that a compound statement imports itself, in its branches.
fn imported_in(statement: &Stmt) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    if matches!(statement.kind, StmtKind::FunctionDef(_) | StmtKind::ClassDef(_)) {
        return names;
    }
    for inner in statement.bodies().into_iter().flatten() {
        match &inner.kind {
            StmtKind::Import(aliases) | StmtKind::ImportFrom { names: aliases, .. } => {
                names.extend(aliases.iter().map(Alias::bound));
            }
            _ => names.extend(imported_in(inner)),
        }
    }
    names
}

/// The name that an import line of one clause binds.
pub(super) fn bound_by(line: &str) -> Option<String> {
    let name = match line.rsplit_once(" as ") {
        Some((_, alias)) => alias,
        None => match line.split_once(" import ") {
            Some((_, name)) => name,
            None => line.strip_prefix("import ")?.split('.').next()?,
        },
    };
    (name != "*").then(|| name.trim().to_owned())
}

impl Imports {
    pub(super) fn of(analysis: &Analysis) -> Self {
        let mut found = Self::default();
        for (index, facts) in analysis.graph.statements.iter().enumerate() {
            let Some(statement) = analysis.statement(facts.at) else { continue };
            found.add(index, statement);
            found.add_nested(index, statement);
            if is_import_block(statement) {
                found.blocks.extend(facts.binds.keys().map(|name| (name.clone(), index)));
            }
        }
        found
    }

    /// Imports in the branches of a compound statement: other modules need them too.
    fn add_nested(&mut self, index: usize, statement: &Stmt) {
        if matches!(statement.kind, StmtKind::FunctionDef(_) | StmtKind::ClassDef(_)) || is_import_block(statement) {
            return;
        }
        for inner in statement.bodies().into_iter().flatten() {
            self.add(index, inner);
            self.add_nested(index, inner);
        }
    }

    fn add(&mut self, index: usize, statement: &Stmt) {
        match &statement.kind {
            StmtKind::Import(aliases) => {
                for alias in aliases {
                    let line = match &alias.asname {
                        Some(name) => format!("import {} as {name}", alias.name),
                        None => format!("import {}", alias.name),
                    };
                    self.insert(index, alias, line, alias.name.clone(), alias.asname.is_none());
                }
            }
            StmtKind::ImportFrom { module, level, names } => {
                let module = format!("{}{module}", ".".repeat(*level));
                for alias in names {
                    if alias.name == "*" {
                        self.stars.push((index, module.clone()));
                    } else if module != "__future__" {
                        let line = match &alias.asname {
                            Some(name) if *name != alias.name => {
                                format!("from {module} import {} as {name}", alias.name)
                            }
                            _ => format!("from {module} import {}", alias.name),
                        };
                        self.insert(index, alias, line, module.clone(), false);
                    }
                }
            }
            _ => {}
        }
    }

    fn insert(&mut self, statement: usize, alias: &Alias, line: String, module: String, plain: bool) {
        let import = Import { statement, line, module, plain };
        self.by_name.entry(alias.bound().to_owned()).or_default().push(import);
    }

    /// Of import lines that bind the same name, keeps the one that the notebook made last: what the name meant in the end.
    pub(super) fn settle(&self, lines: &mut BTreeSet<String>) {
        // What only signatures need gives way to what the code needs.
        let own: BTreeSet<&str> = self.by_name.values().flatten().map(|import| import.line.as_str()).collect();
        let taken: BTreeSet<String> =
            lines.iter().filter(|line| own.contains(line.as_str())).filter_map(|line| bound_by(line)).collect();
        lines.retain(|line| own.contains(line.as_str()) || bound_by(line).is_none_or(|name| !taken.contains(&name)));
        for imports in self.by_name.values() {
            let chosen: Vec<&Import> = imports.iter().filter(|import| lines.contains(&import.line)).collect();
            let Some(last) = chosen.last() else { continue };
            for import in &chosen {
                if import.line != last.line && !(import.plain && last.plain) {
                    lines.remove(&import.line);
                }
            }
        }
    }

    /// The name that pyplot is imported as, and the line that does it.
    pub(super) fn pyplot(&self) -> Option<(&str, &str)> {
        let is_it = |import: &&Import| {
            import.line.starts_with("import matplotlib.pyplot as ")
                || import.line.starts_with("from matplotlib import pyplot")
        };
        let (name, imports) = self.by_name.iter().find(|(_, imports)| imports.iter().any(|i| is_it(&i)))?;
        Some((name, &imports.iter().find(is_it)?.line))
    }

    /// Whether some import binds the name.
    pub(super) fn binds(&self, name: &str) -> bool {
        self.by_name.contains_key(name) || self.blocks.contains_key(name)
    }

    /// Adds what a statement's code needs. `skip`: names that mean something else where the code goes.
    pub(super) fn need(
        &self,
        analysis: &Analysis,
        index: usize,
        statement: &Stmt,
        skip: &dyn Fn(&str) -> bool,
        needed: &mut Needed,
    ) {
        let own = imported_in(statement);
        for name in free_names(std::slice::from_ref(statement)) {
            if skip(&name) || own.contains(name.as_str()) {
                continue;
            }
            let edge = analysis
                .graph
                .dependencies_of(index)
                .find(|d| d.name == name && d.kind == DependencyKind::Import)
                .map(|d| d.from);
            self.need_name(&name, index, edge, needed);
        }
    }

    /// Adds what one name needs, read in the statement `index`.
    pub(super) fn need_name(&self, name: &str, index: usize, edge: Option<usize>, needed: &mut Needed) {
        if let Some(block) = self.blocks.get(name) {
            needed.blocks.insert(*block);
            return;
        }
        if let Some(imports) = self.by_name.get(name) {
            let chosen = edge
                .and_then(|from| imports.iter().rev().find(|import| import.statement == from))
                .or_else(|| imports.iter().rev().find(|import| import.statement <= index))
                .or_else(|| imports.first());
            let Some(chosen) = chosen else { return };
            needed.lines.insert(chosen.line.clone());
            needed.modules.insert(chosen.module.clone());
            if chosen.plain {
                for other in
                    imports.iter().filter(|import| import.plain && import.statement <= index.max(chosen.statement))
                {
                    needed.lines.insert(other.line.clone());
                    needed.modules.insert(other.module.clone());
                }
            }
            return;
        }
        // A name that a star import brought is imported by its name, if the library is known to have it; else all is, as
        // the notebook did.
        if is_predefined(name) {
            return;
        }
        let known = |module: &str| {
            let qualified = knowledge().canonical(&format!("{module}.{name}"));
            knowledge().function(&qualified).is_some() || knowledge().type_fact(&qualified).is_some()
        };
        let exact = self.stars.iter().rev().find(|(_, module)| known(module));
        if let Some((_, module)) = exact {
            needed.lines.insert(format!("from {module} import {name}"));
            needed.modules.insert(module.clone());
            return;
        }
        for (_, module) in self.stars.iter().filter(|(_, module)| !module.starts_with('<')) {
            needed.lines.insert(format!("from {module} import *"));
            needed.modules.insert(module.clone());
        }
    }
}
