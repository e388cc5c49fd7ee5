//! Embeds every `*.toml` of `src/knowledge/`, so that a new library is a new file and nothing else.
//!
//! What is embedded is JSON: every start of the program reads it, and it reads several times as fast.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

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
    let mut code =
        String::from("/// The embedded files: name and content as JSON.\nstatic FILES: &[(&str, &str)] = &[\n");
    for name in names {
        let path = folder.join(&name);
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).expect("a file of src/knowledge can be read");
        let content: serde_json::Value =
            toml::from_str(&text).unwrap_or_else(|error| panic!("src/knowledge/{name}: {error}"));
        writeln!(code, "    ({name:?}, {:?}),", content.to_string()).expect("writing to a string");
    }
    code.push_str("];\n");
    let target = PathBuf::from(env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("knowledge_files.rs");
    fs::write(target, code).expect("OUT_DIR can be written");
}
