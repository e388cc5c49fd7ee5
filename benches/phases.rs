//! How long each phase takes, and how that compares with parsing alone, which every tool of this kind has to do.
//!
//! `cargo bench --bench phases` ends with the table of ratios; with `-- table` it prints that alone. The targets: 3 times
//! parsing for all that `inspect` does, 6 times for `extract` without disk, both at any number of cells: the time per cell
//! must not grow.

#![allow(clippy::print_stdout, reason = "the table is what the program is for")]

use std::hint::black_box;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

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

/// Cells; a time per cell that grows along the column is not linear.
const SIZES: [usize; 5] = [10, 30, 100, 300, 1000];

/// How often the table measures everything; the fastest counts, for other programs only ever add time.
const ROUNDS: usize = 15;

/// A kind of notebook: its name, and one of so many cells.
type NotebookKind = (&'static str, fn(usize) -> Vec<u8>);

/// The kinds of notebooks. What is slow in one of them may not be in another.
const KINDS: [NotebookKind; 2] = [("fixtures", fixtures), ("table", table_of_features)];

fn main() {
    let notebooks = KINDS.map(|(name, of_size)| (name, SIZES.map(of_size)));
    // Reading the knowledge happens once a process, at its first use; what is measured is a warm program.
    black_box(inspect(&notebooks[0].1[0]));
    if !env::args().any(|argument| argument == "table") {
        let mut criterion = Criterion::default().configure_from_args();
        for (name, sizes) in &notebooks {
            sizes.iter().for_each(|bytes| phases(&mut criterion, name, bytes));
        }
        criterion.final_summary();
    }
    // `cargo test --benches` has no use for numbers.
    if env::args().any(|argument| argument == "--bench") {
        notebooks.iter().for_each(|(name, sizes)| table(name, sizes));
    }
}

/// The cells of the fixtures, one after the other, over and over. Their names meet, as those of long notebooks do.
fn fixtures(size: usize) -> Vec<u8> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut folders: Vec<_> = fs::read_dir(fixtures).expect("fixtures").flatten().map(|entry| entry.path()).collect();
    folders.sort();
    let mut cells: Vec<Value> = Vec::new();
    for text in folders.iter().filter_map(|folder| fs::read(folder.join("notebook.ipynb")).ok()) {
        let mut whole: Value = serde_json::from_slice(&text).expect("a fixture is JSON");
        cells.append(whole["cells"].as_array_mut().expect("a fixture has cells"));
    }
    notebook_of(&cells.iter().cycle().take(size).cloned().collect::<Vec<_>>())
}

/// One table that nearly every cell reads and changes, functions that call each other, loops in loops, and many names.
fn table_of_features(size: usize) -> Vec<u8> {
    let cells = (0..size).map(|index| {
        let source = match index % 6 {
            _ if index == 0 => "import numpy as np\nimport pandas as pd\nfrom sklearn.ensemble import RandomForestClassifier\n\n\
                 scores, df = [], pd.read_csv('trips.csv')\n\ndef scaled_0(frame, column):\n    return frame[column]"
                .to_owned(),
            0 => format!(
                "df = df.drop(columns=['old_{index}']).merge(summary_{}, on='city', how='left').sort_values('day')\n\
                 df = df[(df['fare'] > 0) & ~df['city'].isna()].reset_index(drop=True)",
                index - 2
            ),
            1 => format!(
                "def scaled_{index}(frame, column, power={index}):\n    values = frame[column].clip(0, 100)\n    \
                 for _ in range(power):\n        if values.max() > 1:\n            values = np.sqrt(values)\n    \
                 return values - scaled_0(frame, column)"
            ),
            2 => format!(
                "for name in ['fare', 'tip', 'tolls']:\n    for shift in range(3):\n        \
                 df[f'{{name}}_{index}_{{shift}}'] = scaled_{}(df, name, power=shift).shift(shift)",
                index - 1
            ),
            3 => format!(
                "df['ratio_{index}'] = df['fare'] / df['miles'].replace(0, np.nan)\n\
                 df.loc[df['ratio_{index}'] > {index}, 'ratio_{index}'] = np.log1p(df['tip'].fillna(df['tip'].mean()))"
            ),
            4 => format!(
                "summary_{index} = df.groupby(['city', 'day'])[['fare', 'tip']].agg(['mean', 'std']).reset_index()\n\
                 summary_{index}.plot(x='day', y='fare', figsize=(12, 6), title='Fares')"
            ),
            _ => format!(
                "for depth in (2, 4, 8):\n    model_{index} = RandomForestClassifier(max_depth=depth, random_state=0)\n    \
                 model_{index}.fit(df.drop(columns=['tip']), df['tip'] > {index})\n    \
                 scores.append((depth, model_{index}.score(df.drop(columns=['tip']), df['tip'] > {index})))"
            ),
        };
        json!({"cell_type": "code", "execution_count": index, "metadata": {}, "outputs": [], "source": source})
    });
    notebook_of(&cells.collect::<Vec<_>>())
}

fn notebook_of(cells: &[Value]) -> Vec<u8> {
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
fn phases(criterion: &mut Criterion, kind: &str, bytes: &[u8]) {
    let analysis = inspect(bytes);
    let Analysis { notebook, cells, graph, .. } = &analysis;
    let package = plan_of(&analysis);
    let tree = render(&package).expect("a package");
    let mut run = |name: &str, phase: &mut dyn FnMut()| {
        let mut group = criterion.benchmark_group(format!("{kind} {name}"));
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

/// The seconds that this program had a processor, where the system tells it (Linux): others that run beside it do not
/// count.
fn now() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    // The system brings its count up to date when the program gives way.
    thread::yield_now();
    let counts = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = counts.and_then(|counts| counts.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos).as_secs_f64()
}

/// How many times as long as parsing alone the verbs take, measured in turns so that all meet the same machine.
fn table(kind: &str, notebooks: &[Vec<u8>]) {
    println!("{kind:<10} {:>9} {:>30} {:>30}", "parsing", "inspect (3)", "extract (6)");
    for (size, bytes) in SIZES.iter().zip(notebooks) {
        let mut alone = parser();
        let mut best = [f64::MAX; 3];
        for _ in 0..ROUNDS {
            let mut time = |slot: usize, work: &mut dyn FnMut()| {
                let start = now();
                work();
                best[slot] = best[slot].min((now() - start) * 1e3);
            };
            time(0, &mut || _ = black_box(parse_alone(bytes, &mut alone)));
            time(1, &mut || _ = black_box(inspect(bytes)));
            time(2, &mut || _ = black_box(extract(bytes)));
        }
        let [parse, inspect, extract] = best;
        let each = |work: f64| work * 1e3 / f64::from(u32::try_from(*size).expect("a small number"));
        let times = |work: f64| format!("{work:.2} ms {:>6.2}x {:>4.0} us/cell", work / parse, each(work));
        println!("{size:>10} {parse:>6.2} ms {:>30} {:>30}", times(inspect), times(extract));
    }
}
