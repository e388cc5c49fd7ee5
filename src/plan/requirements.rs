//! What the package needs to be installed with.

use std::collections::{BTreeMap, BTreeSet};

use super::Requirement;
use crate::analysis::Analysis;
use crate::ipython::MagicKind;
use crate::knowledge::knowledge;
use crate::python::is_standard_library;

/// Names that are usually a file beside the notebook; published packages of these names are something else.
const LOCAL: &[&str] =
    &["src", "models", "utils", "utilities", "helpers", "helper", "config", "test", "version", "common"];

/// The requirements of the modules that the package imports, and the modules that no distribution provides.
pub(super) fn find(analysis: &Analysis, modules: &BTreeSet<String>) -> (Vec<Requirement>, Vec<String>) {
    let asked = asked_for(analysis);
    let mut found: BTreeMap<String, Requirement> = BTreeMap::new();
    let mut local = Vec::new();
    for module in modules {
        let root = module.split('.').next().unwrap_or(module);
        if root.is_empty() || LOCAL.contains(&root) {
            local.push(module.clone());
            continue;
        }
        if is_standard_library(module) {
            continue;
        }
        let known = knowledge().distribution(module);
        let distribution = known.map_or_else(|| root.replace('_', "-"), str::to_owned);
        add(&mut found, &asked, &distribution, Some(root));
    }
    for distribution in hidden(analysis) {
        add(&mut found, &asked, distribution, None);
    }
    (found.into_values().collect(), local)
}

fn add(
    found: &mut BTreeMap<String, Requirement>,
    asked: &BTreeMap<String, String>,
    distribution: &str,
    import: Option<&str>,
) {
    let key = normal(distribution);
    let requirement = found.entry(key.clone()).or_insert_with(|| {
        let minimum = import.and_then(|i| knowledge().library(i)).and_then(|l| l.minimum.as_ref());
        let specifier = asked.get(&key).cloned().filter(|s| !s.is_empty());
        Requirement {
            distribution: distribution.to_owned(),
            specifier: specifier.or_else(|| minimum.map(|m| format!(">={m}"))).unwrap_or_default(),
            imports: Vec::new(),
        }
    });
    if let Some(import) = import.filter(|i| !requirement.imports.iter().any(|known| known == i)) {
        requirement.imports.push(import.to_owned());
    }
}

fn normal(name: &str) -> String {
    name.to_lowercase().replace(['_', '.'], "-")
}

/// What the notebook itself installs: `%pip install pandas==2.2`.
fn asked_for(analysis: &Analysis) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for magic in analysis.cells.iter().flat_map(|cell| &cell.source.magics) {
        let text = match magic.kind {
            MagicKind::Line | MagicKind::Automagic => format!("{} {}", magic.name, magic.arguments),
            MagicKind::Shell => magic.arguments.clone(),
            _ => continue,
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let Some(install) = words.iter().position(|w| *w == "install") else { continue };
        if !words[..install].iter().any(|w| w.starts_with("pip") || w.ends_with("/pip")) {
            continue;
        }
        for word in &words[install + 1..] {
            let word = word.trim_matches(['"', '\'']);
            let starts = word.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
            if !starts || word.contains(['/', '\\']) || word.ends_with(".txt") {
                continue;
            }
            let end = word.find(['=', '<', '>', '!', '~', '[', ';']).unwrap_or(word.len());
            let specifier = word[end..].trim_start_matches('[').to_owned();
            let specifier = if word[end..].starts_with('[') { String::new() } else { specifier };
            found.insert(normal(&word[..end]), specifier);
        }
    }
    found
}

/// Distributions that pandas needs for some file formats and no import names.
fn hidden(analysis: &Analysis) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    for (facts, verdict) in analysis.graph.statements.iter().zip(&analysis.classification.statements) {
        if !verdict.is_packaged() {
            continue;
        }
        for call in &facts.calls {
            let name = call.function.as_deref().unwrap_or_default();
            if !name.starts_with("pandas.") {
                continue;
            }
            match name.rsplit('.').next().unwrap_or_default() {
                "read_excel" | "to_excel" | "ExcelWriter" | "ExcelFile" => found.insert("openpyxl"),
                "read_parquet" | "to_parquet" | "read_feather" | "to_feather" | "read_orc" => found.insert("pyarrow"),
                "read_hdf" | "to_hdf" => found.insert("tables"),
                "read_html" => found.insert("lxml"),
                "read_sql" | "read_sql_query" | "read_sql_table" | "to_sql" => found.insert("SQLAlchemy"),
                _ => false,
            };
        }
    }
    found
}
