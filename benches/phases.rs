//! How long each phase takes, and how that compares with parsing alone, which every tool of this kind has to do.
//!
//! `cargo bench --bench phases` ends with the table of ratios; with `-- table` it prints that alone. The targets: 3 times
//! parsing for all that `inspect` does, 6 times for `extract` without disk, both at any number of cells.

#![allow(clippy::print_stdout, reason = "the table is what the program is for")]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs};

use criterion::{BenchmarkId, Criterion, Throughput};
use nb2pkg::analysis::Analysis;
use nb2pkg::classify::{Choice, classify};
use nb2pkg::dataflow;
use nb2pkg::ipython::transform;
use nb2pkg::notebook;
use nb2pkg::plan::{PackagePlan, PlanInput, plan};
use nb2pkg::render::{FileTree, render};
use nb2pkg::syntax::{ParsedCell, parse_cell};
use nb2pkg::{lock, report, rules};
use serde_json::{Value, json};

/// Cells; ratios that grow along the row are not linear.
const SIZES: [usize; 4] = [50, 100, 200, 400];

/// How often the table measures everything; the fastest counts, for other programs only ever add time.
const ROUNDS: usize = 25;

fn main() {
    let notebooks = SIZES.map(notebook_of);
    // Reading the knowledge happens once a process, at its first use; what is measured is a warm program.
    black_box(inspect(&notebooks[0]));
    if !env::args().any(|argument| argument == "table") {
        let mut criterion = Criterion::default().configure_from_args();
        notebooks.iter().for_each(|bytes| phases(&mut criterion, bytes));
        criterion.final_summary();
    }
    // `cargo test --benches` has no use for numbers.
    if env::args().any(|argument| argument == "--bench") {
        table(&notebooks);
    }
}

/// A notebook of so many cells: those of the fixtures, one after the other, over and over. Their names meet, as those of
/// long notebooks do.
fn notebook_of(size: usize) -> Vec<u8> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut folders: Vec<_> = fs::read_dir(fixtures).expect("fixtures").flatten().map(|entry| entry.path()).collect();
    folders.sort();
    let mut cells: Vec<Value> = Vec::new();
    for text in folders.iter().filter_map(|folder| fs::read(folder.join("notebook.ipynb")).ok()) {
        let mut whole: Value = serde_json::from_slice(&text).expect("a fixture is JSON");
        cells.append(whole["cells"].as_array_mut().expect("a fixture has cells"));
    }
    let cells: Vec<&Value> = cells.iter().cycle().take(size).collect();
    let language = json!({"language_info": {"name": "python"}});
    let notebook = json!({"nbformat": 4, "nbformat_minor": 5, "metadata": language, "cells": cells});
    notebook.to_string().into_bytes()
}

/// What is compared with: the notebook as JSON, each code cell as tree-sitter's tree.
fn parse_alone(bytes: &[u8], parser: &mut tree_sitter::Parser) -> usize {
    let notebook: Value = serde_json::from_slice(bytes).expect("a notebook is JSON");
    let cells = notebook["cells"].as_array().expect("a notebook has cells");
    let sources = cells.iter().filter(|cell| cell["cell_type"] == "code").map(|cell| match &cell["source"] {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        source => source.as_str().unwrap_or_default().to_owned(),
    });
    sources.filter_map(|source: String| parser.parse(source, None)).map(|tree| tree.root_node().end_byte()).sum()
}

fn parser() -> tree_sitter::Parser {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_python::LANGUAGE.into()).expect("the grammar fits the library");
    parser
}

/// All that `inspect` does before it prints.
fn inspect(bytes: &[u8]) -> Analysis {
    Analysis::of_notebook(bytes, &Choice::default()).expect("a notebook")
}

fn plan_of(analysis: &Analysis) -> PackagePlan {
    plan(&PlanInput { analysis, name: None, notebook_name: "long.ipynb", notebook_path: "../long.ipynb" })
}

/// All that `extract` does before it writes.
fn extract(bytes: &[u8]) -> FileTree {
    let analysis = inspect(bytes);
    let plan = plan_of(&analysis);
    let mut tree = render(&plan).expect("a package");
    tree.extend(report::write(&analysis, &plan, &tree).expect("reports"));
    let lock = lock::of_plan(&plan, &tree).and_then(|lock| lock.to_toml()).expect("a lock");
    tree.insert(lock::FILE_NAME.to_owned(), lock);
    tree
}

/// A group for each phase, with what the phases before it made; bytes of the notebook per second, to compare sizes.
fn phases(criterion: &mut Criterion, bytes: &[u8]) {
    let analysis = inspect(bytes);
    let Analysis { notebook, cells, graph, .. } = &analysis;
    let package = plan_of(&analysis);
    let tree = render(&package).expect("a package");
    let mut run = |name: &str, phase: &mut dyn FnMut()| {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(notebook.cells.len()), |bencher| bencher.iter(&mut *phase));
        group.finish();
    };
    let mut alone = parser();
    run("parse alone", &mut || _ = black_box(parse_alone(bytes, &mut alone)));
    run("notebook", &mut || _ = black_box(notebook::parse(bytes)));
    run("ipython", &mut || notebook.code_cells().for_each(|cell| _ = black_box(transform(&cell.source))));
    let again = |cell: &ParsedCell| _ = black_box(parse_cell(cell.index, cell.position, cell.source.clone()));
    run("syntax", &mut || cells.iter().for_each(again));
    run("dataflow", &mut || _ = black_box(dataflow::analyse(cells)));
    run("classify", &mut || _ = black_box(classify(notebook, cells, graph, &Choice::default())));
    run("rules", &mut || _ = black_box(rules::run(&analysis)));
    run("plan", &mut || _ = black_box(plan_of(&analysis)));
    run("render", &mut || _ = black_box(render(&package)));
    run("report", &mut || _ = black_box(report::write(&analysis, &package, &tree)));
    run("inspect", &mut || _ = black_box(inspect(bytes)));
    run("extract", &mut || _ = black_box(extract(bytes)));
}

/// How many times as long as parsing alone the verbs take, measured in turns so that all meet the same machine.
fn table(notebooks: &[Vec<u8>]) {
    println!("{:>8} {:>12} {:>18} {:>18}", "cells", "parse alone", "inspect (3)", "extract (6)");
    for (size, bytes) in SIZES.iter().zip(notebooks) {
        let mut alone = parser();
        let mut best = [f64::MAX; 3];
        for _ in 0..ROUNDS {
            let mut time = |slot: usize, work: &mut dyn FnMut()| {
                let start = Instant::now();
                work();
                best[slot] = best[slot].min(start.elapsed().as_secs_f64() * 1e3);
            };
            time(0, &mut || _ = black_box(parse_alone(bytes, &mut alone)));
            time(1, &mut || _ = black_box(inspect(bytes)));
            time(2, &mut || _ = black_box(extract(bytes)));
        }
        let [parse, inspect, extract] = best;
        let times = |work: f64| format!("{work:.2} ms {:>6.2}x", work / parse);
        println!("{size:>8} {parse:>9.2} ms {:>18} {:>18}", times(inspect), times(extract));
    }
}
