//! Embeds every `*.toml` of `src/knowledge/`, so that a new library is a new file and nothing else.
//!
//! What is embedded is JSON: every start of the program reads it, and it reads several times as fast. Of what calls do,
//! each fact stands there once, for thousands of calls do the same; the files have its number instead.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use serde_json::Value;

/// The different facts: where one is said first, and what it is.
#[derive(Default)]
struct Facts {
    numbers: BTreeMap<String, usize>,
    all: Vec<(String, String)>,
}

impl Facts {
    /// Puts a fact's number in its place.
    fn number(&mut self, place: &str, fact: &mut Value) {
        let text = fact.to_string();
        let number = *self.numbers.entry(text.clone()).or_insert_with(|| {
            self.all.push((place.to_owned(), text));
            self.all.len() - 1
        });
        *fact = number.into();
    }

    fn number_all(&mut self, file: &str, content: &mut Value) {
        for (name, fact) in members(content.get_mut("functions")) {
            self.number(&format!("{file}, {name}"), fact);
        }
        for (name, type_fact) in members(content.get_mut("types")) {
            if let Some(constructor) = type_fact.get_mut("constructor") {
                self.number(&format!("{file}, constructor of {name}"), constructor);
            }
            for (method, fact) in members(type_fact.get_mut("methods")) {
                self.number(&format!("{file}, {method} of {name}"), fact);
            }
        }
    }
}

/// The names and values of a table, if it is there.
fn members(table: Option<&mut Value>) -> impl Iterator<Item = (&String, &mut Value)> {
    table.and_then(Value::as_object_mut).into_iter().flatten()
}

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let folder = root.join("src/knowledge");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("src/knowledge can be read")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.strip_suffix(".toml").is_some())
        .collect();
    names.sort();
    let mut facts = Facts::default();
    let mut code =
        String::from("/// The embedded files: name and content as JSON.\nstatic FILES: &[(&str, &str)] = &[\n");
    for name in names {
        let path = folder.join(&name);
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).expect("a file of src/knowledge can be read");
        let mut content: Value = toml::from_str(&text).unwrap_or_else(|error| panic!("src/knowledge/{name}: {error}"));
        facts.number_all(&name, &mut content);
        writeln!(code, "    ({name:?}, {:?}),", content.to_string()).expect("writing to a string");
    }
    code.push_str("];\n\n/// The different facts of calls: where one is said first, and what it is as JSON.\n");
    code.push_str("static FACTS: &[(&str, &str)] = &[\n");
    for (place, fact) in &facts.all {
        writeln!(code, "    ({place:?}, {fact:?}),").expect("writing to a string");
    }
    code.push_str("];\n");
    let target = PathBuf::from(env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("knowledge_files.rs");
    fs::write(target, code).expect("OUT_DIR can be written");
}
