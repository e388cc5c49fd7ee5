//! Import blocks as ruff's isort rules sort them by default, so that generated modules are clean where rule `I` is on.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;

use crate::python::is_standard_library;

/// The imports of one module.
#[derive(Clone, Debug, Default)]
pub(super) struct Imports {
    /// Module and alias of each `import module as alias`.
    plain: BTreeSet<(String, Option<String>)>,
    /// Module, member and alias of each `from module import member as alias`.
    members: BTreeSet<(String, String, Option<String>)>,
}

/// One import statement of the rendered block, with what it is sorted by.
struct Statement {
    section: Section,
    module: String,
    /// The first member, if it is `from … import …`.
    member: Option<String>,
    alias: Option<String>,
    text: String,
}

/// The blocks that imports are grouped into, in order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    Future,
    StandardLibrary,
    ThirdParty,
    FirstParty,
    LocalFolder,
}

impl Imports {
    /// The imports of `statements`, each `import …` or `from … import …`.
    pub(super) fn parse<'a>(statements: impl IntoIterator<Item = &'a str>) -> anyhow::Result<Self> {
        let mut imports = Self::default();
        for statement in statements {
            imports.add(statement)?;
        }
        Ok(imports)
    }

    /// Adds what a statement imports; duplicates are dropped.
    pub(super) fn add(&mut self, statement: &str) -> anyhow::Result<()> {
        let code: Vec<&str> = statement.lines().map(|line| line.split('#').next().unwrap_or_default()).collect();
        let code = code.join(" ").replace(['(', ')', '\\'], " ");
        let words: Vec<&str> = code.split_whitespace().collect();
        let clauses = |from: usize| {
            let list = words[from..].join(" ");
            list.split(',').map(clause).filter(|(name, _)| !name.is_empty()).collect::<Vec<_>>()
        };
        match words.as_slice() {
            ["import", _, ..] => self.plain.extend(clauses(1)),
            ["from", module, "import", _, ..] => {
                self.members.extend(clauses(3).into_iter().map(|(name, alias)| ((*module).to_owned(), name, alias)));
            }
            _ => bail!("`{statement}` is no import statement"),
        }
        Ok(())
    }

    /// The statement that binds `name`, if one does.
    pub(super) fn binding(&self, name: &str) -> Option<String> {
        let plain = self.plain.iter().find(|(module, alias)| match alias {
            Some(alias) => alias == name,
            None => module.split('.').next() == Some(name),
        });
        let member = self.members.iter().find(|(_, member, alias)| alias.as_ref().unwrap_or(member) == name);
        plain.map(|(module, alias)| format!("import {}", aliased(module, alias.as_deref()))).or_else(|| {
            member.map(|(module, member, alias)| format!("from {module} import {}", aliased(member, alias.as_deref())))
        })
    }

    /// The top-level names of what is neither in the standard library nor in `package`.
    pub(super) fn third_party(&self, package: &str) -> BTreeSet<String> {
        let modules = self.plain.iter().map(|(module, _)| module).chain(self.members.iter().map(|(module, ..)| module));
        modules
            .filter(|module| section(module, package) == Section::ThirdParty)
            .filter_map(|module| module.split('.').next())
            .map(ToOwned::to_owned)
            .collect()
    }

    /// The import block, `package` being first party.
    pub(super) fn render(&self, package: &str) -> String {
        let mut out = String::new();
        let mut last = None;
        for statement in self.statements(package) {
            out.push_str(match last {
                None => "",
                Some(section) if section == statement.section => "\n",
                Some(_) => "\n\n",
            });
            last = Some(statement.section);
            out.push_str(&statement.text);
        }
        out
    }

    fn statements(&self, package: &str) -> Vec<Statement> {
        let mut statements: Vec<Statement> = self
            .plain
            .iter()
            .map(|(module, alias)| Statement {
                section: section(module, package),
                module: module.clone(),
                member: None,
                alias: alias.clone(),
                text: format!("import {}", aliased(module, alias.as_deref())),
            })
            .collect();
        // Members without an alias share a statement; the others have one each.
        let mut shared: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (module, member, alias) in &self.members {
            match alias {
                None if member != "*" => shared.entry(module).or_default().push(member),
                _ => statements.push(Statement {
                    section: section(module, package),
                    module: module.clone(),
                    member: Some(member.clone()),
                    alias: alias.clone(),
                    text: format!("from {module} import {}", aliased(member, alias.as_deref())),
                }),
            }
        }
        for (module, mut members) in shared {
            members.sort_by(|a, b| compare_members(a, b));
            statements.push(Statement {
                section: section(module, package),
                module: module.to_owned(),
                member: members.first().map(|member| (*member).to_owned()),
                alias: None,
                text: format!("from {module} import {}", members.join(", ")),
            });
        }
        statements.sort_by(compare_statements);
        statements
    }
}

/// A name and its alias in `name as alias`.
fn clause(text: &str) -> (String, Option<String>) {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap_or_default().to_owned();
    (name, words.nth(1).map(ToOwned::to_owned))
}

fn aliased(name: &str, alias: Option<&str>) -> String {
    alias.map_or_else(|| name.to_owned(), |alias| format!("{name} as {alias}"))
}

fn section(module: &str, package: &str) -> Section {
    match module.split('.').next().unwrap_or_default() {
        "" => Section::LocalFolder,
        "__future__" => Section::Future,
        top if top == package => Section::FirstParty,
        top if is_standard_library(top) => Section::StandardLibrary,
        _ => Section::ThirdParty,
    }
}

fn compare_statements(a: &Statement, b: &Statement) -> Ordering {
    (a.section, a.member.is_some())
        .cmp(&(b.section, b.member.is_some()))
        .then_with(|| compare_names(&a.module, &b.module))
        .then_with(|| match (&a.member, &b.member) {
            (Some(first), Some(second)) => compare_members(first, second),
            _ => Ordering::Equal,
        })
        .then_with(|| match (&a.alias, &b.alias) {
            (Some(first), Some(second)) => natural(first, second),
            (first, second) => first.is_some().cmp(&second.is_some()),
        })
}

/// Stars, then constants, classes, everything else; by name within each.
fn compare_members(a: &str, b: &str) -> Ordering {
    let kind = |name: &str| {
        let upper = !name.chars().any(char::is_lowercase) && name.chars().any(char::is_uppercase);
        match name.chars().next() {
            Some('*') => 0,
            _ if upper && name.len() > 1 => 1,
            Some(first) if first.is_uppercase() => 2,
            _ => 3,
        }
    };
    kind(a).cmp(&kind(b)).then_with(|| compare_names(a, b))
}

/// Without regard to case first, runs of digits as numbers.
fn compare_names(a: &str, b: &str) -> Ordering {
    natural(&a.to_lowercase(), &b.to_lowercase()).then_with(|| natural(a, b))
}

fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (x, y) = (digits(left), digits(right));
        if !x.is_empty() && !y.is_empty() {
            // With a leading zero, digits count like those after a decimal point.
            let numbers = if x.starts_with('0') || y.starts_with('0') {
                x.cmp(y)
            } else {
                x.len().cmp(&y.len()).then_with(|| x.cmp(y))
            };
            if numbers != Ordering::Equal {
                return numbers;
            }
            (left, right) = (&left[x.len()..], &right[y.len()..]);
            continue;
        }
        let (mut x, mut y) = (left.chars(), right.chars());
        match (x.next(), y.next()) {
            (Some(first), Some(second)) if first == second => (left, right) = (x.as_str(), y.as_str()),
            (first, second) => return first.cmp(&second),
        }
    }
}

fn digits(text: &str) -> &str {
    &text[..text.bytes().take_while(u8::is_ascii_digit).count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(statements: &[&str]) -> String {
        Imports::parse(statements.iter().copied()).unwrap().render("pkg")
    }

    #[test]
    fn sections_and_members_are_sorted() {
        let block = rendered(&[
            "from pkg.config import SplitConfig",
            "from sklearn.metrics import roc_auc_score",
            "import pandas as pd",
            "from sklearn.metrics import accuracy_score as acc",
            "from sklearn.metrics import f1_score",
            "from typing import NamedTuple, Any",
            "import os.path",
            "from x import (b, a, C, B_C)  # why",
            "import pandas as pd",
            "from __future__ import annotations",
        ]);
        let expected = "from __future__ import annotations\n\nimport os.path\nfrom typing import Any, NamedTuple\n\n\
            import pandas as pd\nfrom sklearn.metrics import accuracy_score as acc\n\
            from sklearn.metrics import f1_score, roc_auc_score\nfrom x import B_C, C, a, b\n\n\
            from pkg.config import SplitConfig";
        assert_eq!(block, expected);
    }

    #[test]
    fn digits_count_as_numbers() {
        assert_eq!(rendered(&["import x10", "import x2", "import X2"]), "import X2\nimport x2\nimport x10");
    }

    #[test]
    fn finds_what_binds_a_name() {
        let imports = Imports::parse(["import a.b", "import numpy as np", "from c import D as E, F"]).unwrap();
        assert_eq!(imports.binding("np").as_deref(), Some("import numpy as np"));
        assert_eq!(imports.binding("a").as_deref(), Some("import a.b"));
        assert_eq!(imports.binding("E").as_deref(), Some("from c import D as E"));
        assert_eq!(imports.binding("D"), None);
        assert!(Imports::parse(["x = 1"]).is_err());
    }
}
