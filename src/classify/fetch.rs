//! Commands that fetch what production reads: part of production, and done once before a package runs, not by it.

use std::collections::BTreeMap;

use super::evidence::describe_place;
use super::statement_at;
use crate::dataflow::{Graph, StatementFacts};
use crate::ipython::{Magic, MagicKind};
use crate::syntax::ParsedCell;
use crate::syntax::ast::{ExprKind, StmtKind};

/// Programs that bring files.
const FETCHES: [&str; 12] =
    ["wget", "curl", "git", "kaggle", "gdown", "unzip", "tar", "aria2c", "gsutil", "aws", "cp", "mv"];

/// The statements that fetch what production reads, each with why it is needed.
pub(super) fn find(cells: &[ParsedCell], graph: &Graph, kept: &dyn Fn(usize) -> bool) -> BTreeMap<usize, String> {
    let mut found = BTreeMap::new();
    for cell in cells.iter().filter(|cell| !cell.source.magics.is_empty() || mounts(cell)) {
        for (number, facts) in graph.of_cell(cell.index).iter().enumerate() {
            let Some(index) = graph.index_of(facts.at).filter(|index| !kept(*index)) else { continue };
            let Some(statement) = cell.statements.get(number) else { continue };
            let (first, last) = cell.lines(statement.span);
            let commands = cell.source.magics.iter().filter(|magic| magic.line >= first && magic.line <= last);
            let brought = commands.filter_map(fetched).chain(mounted(facts));
            let needed = brought.into_iter().find_map(|(by, names)| {
                let read = names.iter().find_map(|name| reader(cells, graph, kept, index, name));
                read.map(|(path, reader)| (by, path, reader))
            });
            if let Some((by, path, reader)) = needed {
                let place = describe_place(cells, graph.statements[reader].at);
                found.insert(index, format!("`{by}` brings `{path}`, which {place} reads"));
            }
        }
    }
    found
}

fn mounts(cell: &ParsedCell) -> bool {
    cell.source.python.contains(".mount(")
}

/// `drive.mount("/content/drive")`: the folder that it makes.
fn mounted(facts: &StatementFacts) -> Option<(&str, Vec<String>)> {
    let mounts = facts.calls.iter().any(|call| call.function.as_deref() == Some("google.colab.drive.mount"));
    mounts.then(|| ("drive.mount", vec!["drive".to_owned()]))
}

/// A command that brings files: its program, and the names of files and folders, as far as it tells.
fn fetched(magic: &Magic) -> Option<(&str, Vec<String>)> {
    if magic.kind != MagicKind::Shell {
        return None;
    }
    let program = magic.arguments.split_whitespace().next()?;
    if !FETCHES.contains(&program) || (program == "git" && !magic.arguments.contains("clone")) {
        return None;
    }
    let words = magic.arguments.split(|c: char| c.is_whitespace() || "'\"=;&|".contains(c)).skip(1);
    let names = words.filter(|word| !word.starts_with('-')).filter_map(|word| {
        let word = word.split(['?', '#']).next().unwrap_or(word).trim_end_matches('/');
        let name = word.rsplit('/').next().unwrap_or(word).replace("%20", " ");
        let name = name.strip_suffix(".git").map(str::to_owned).unwrap_or(name);
        (name.len() > 2).then_some(name)
    });
    Some((program, names.collect()))
}

/// Which statement of production reads something of this name later, and its path: as a file, in a text, or as a module.
fn reader(
    cells: &[ParsedCell],
    graph: &Graph,
    kept: &dyn Fn(usize) -> bool,
    after: usize,
    name: &str,
) -> Option<(String, usize)> {
    let stem = [".zip", ".tar.gz", ".tgz", ".tar", ".gz"].iter().find_map(|end| name.strip_suffix(end));
    let module = name.strip_suffix(".py");
    let is_named = |path: &str| path.split('/').any(|part| part == name || Some(part) == stem);
    (after + 1..graph.statements.len()).filter(|index| kept(*index)).find_map(|index| {
        let facts = &graph.statements[index];
        let mut files = facts.files.iter().filter(|file| !file.written).filter_map(|file| file.path.as_deref());
        if let Some(path) = files.find(|path| is_named(path)) {
            return Some((path.to_owned(), index));
        }
        let statement = statement_at(cells, graph, index)?;
        // `%run helpers.py`
        let cell = &cells[facts.at.cell];
        let (first, last) = cell.lines(statement.span);
        let mut commands = cell.source.magics.iter().filter(|magic| magic.line >= first && magic.line <= last);
        if commands.any(|magic| magic.name == "run" && magic.arguments.split_whitespace().any(&is_named)) {
            return Some((name.to_owned(), index));
        }
        let imported = match &statement.kind {
            StmtKind::Import(names) => names.iter().find(|alias| Some(alias.name.as_str()) == module).map(|a| &a.name),
            StmtKind::ImportFrom { module: from, .. } => Some(from).filter(|from| Some(from.as_str()) == module),
            _ => None,
        };
        if imported.is_some() {
            return Some((name.to_owned(), index));
        }
        // `FOLDER = "data/sales/"`, handed to a function that reads it.
        let mut path = None;
        statement.walk_expressions(&mut |expression| {
            if let ExprKind::Str(text) = &expression.kind
                && text.len() < 300
                && is_named(text)
            {
                path.get_or_insert_with(|| text.clone());
            }
        });
        path.map(|path| (path, index))
    })
}
