//! What holds for every notebook, tried on notebooks that nobody wrote: cells as real ones have them, in any order.
//!
//! A notebook in disorder reads what is not there yet, changes what was replaced and fits what was never split; that is
//! where an analysis breaks. `PROPTEST_CASES=5000` looks further than a test run has time for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use nb2pkg::analysis::Analysis;
use nb2pkg::classify::Choice;
use nb2pkg::plan::{PackagePlan, PlanInput, plan, slice_script};
use nb2pkg::syntax::ast::{Stmt, StmtKind};
use nb2pkg::syntax::{At, Trust};
use nb2pkg::{notebook, render, report, rules};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

/// As deep as the program's own.
const STACK: usize = 256 * 1024 * 1024;
const FIXTURE: &[u8] = include_bytes!("../fixtures/functions_globals/notebook.ipynb");

/// Cells as real notebooks have them.
const CELLS: &[&str] = &[
    "import pandas as pd\nimport numpy as np",
    "import matplotlib.pyplot as plt\n%matplotlib inline\nplt.style.use('ggplot')",
    "from sklearn.model_selection import train_test_split, GridSearchCV\nfrom sklearn.metrics import accuracy_score, f1_score as f1",
    "from sklearn.ensemble import RandomForestClassifier\nfrom sklearn.linear_model import *",
    "import warnings; warnings.filterwarnings('ignore')",
    "try:\n    import lightgbm as lgb\nexcept ImportError:\n    lgb = None",
    "\"\"\"A docstring of a cell.\n\nWith lines.\n\"\"\"",
    "np.random.seed(42)\nSEED = 42",
    "df = pd.read_csv('data/churn.csv', sep=';')\ndf.head()",
    "df = pd.read_csv(r'C:\\Users\\me\\churn.csv')",
    "test = pd.read_csv(DATA_DIR + '/test.csv')",
    "DATA_DIR = '/home/me/data'\nTARGET = 'churn'",
    "df.info()\ndf.describe()",
    "df['age'].fillna(df['age'].median(), inplace=True)",
    "df.drop(columns=['id', 'name'], inplace=True)\ndf = df.dropna()",
    "df['ratio'] = df['a'] / (df['b'] + 1e-9)\ndf.loc[df.ratio > 3, 'ratio'] = 3",
    "for data in [df, test]:\n    data['title'] = data['name'].str.extract(r' ([A-Za-z]+)\\.', expand=False)\n    del data['name']",
    "df2 = df\ndf2['copy'] = 1",
    "def clean(frame, limit=3):\n    \"\"\"Cleans.\"\"\"\n    frame = frame[frame['x'] < limit]\n    return frame.assign(y=frame[TARGET])\n\ndf = clean(df)",
    "def report():\n    global counter\n    counter = counter + 1\n    print(f'{counter}: {model!r:>10}', file=None)\n\ncounter = 0\nreport()",
    "class Encoder:\n    mapping = {}\n\n    def fit(self, values):\n        self.mapping = {v: i for i, v in enumerate(sorted(set(values)))}\n        return self\n\n    def transform(self, values):\n        return [self.mapping[v] for v in values]\n\nenc = Encoder().fit(df['city'])\ndf['city'] = enc.transform(df['city'])",
    "scale = lambda x: (x - x.mean()) / x.std()\nX = X.apply(scale)",
    "X = df.drop(TARGET, axis=1)\ny = df[TARGET].values",
    "X, y = df.iloc[:, :-1], df.iloc[:, -1]",
    "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=SEED)",
    "from sklearn.preprocessing import StandardScaler\nscaler = StandardScaler()\nX_train = scaler.fit_transform(X_train)\nX_test = scaler.transform(X_test)",
    "model = RandomForestClassifier(n_estimators=100, max_depth=None, random_state=0)\nmodel.fit(X_train, y_train)",
    "model = LogisticRegression(C=0.1).fit(X_train, y_train); preds = model.predict(X_test)",
    "models = {'rf': RandomForestClassifier(), 'lr': LogisticRegression()}\nscores = {}\nfor name, m in models.items():\n    m.fit(X_train, y_train)\n    scores[name] = m.score(X_test, y_test)\nprint(scores)",
    "grid = GridSearchCV(model, {'max_depth': [3, 5, None]}, cv=3)\ngrid.fit(X_train, y_train)\nbest = grid.best_estimator_\ngrid.best_params_",
    "print('accuracy', accuracy_score(y_test, model.predict(X_test)))\nprint(f\"f1: {f1(y_test, preds):.3f}\")",
    "accuracy_score(y_test, preds)",
    "fig, axes = plt.subplots(2, 2, figsize=(10, 8))\nfor ax, col in zip(axes.ravel(), df.columns):\n    ax.hist(df[col])\nplt.tight_layout(); plt.show()",
    "import seaborn as sns\nsns.heatmap(df.corr(), annot=True);",
    "%%time\nmodel.fit(X_train, y_train)",
    "%%timeit -n 10\nmodel.predict(X_test)",
    "%time scores = [m for m in range(3)]",
    "%%bash\nls -la\necho $HOME",
    "!pip install -q xgboost\n%pip install shap",
    "files = !ls data\nprint(files)",
    "df?\n?pd.read_csv",
    "%%writefile helper.py\ndef helper(x):\n    return x + 1",
    "from helper import helper\nz = helper(1)",
    "cd /tmp",
    "import joblib\njoblib.dump(model, 'model.pkl')",
    "with open('scores.json', 'w') as f:\n    import json\n    json.dump({'acc': 0.5}, f)",
    "df.to_csv('out.csv', index=False)\nsubmission = pd.DataFrame({'id': test['id'], 'y': model.predict(test)})\nsubmission.to_csv('submission.csv')",
    "api_key = 'AKIAIOSFODNN7EXAMPLQ'",
    "print 'hello'",
    "def broken(:\n    pass",
    "if True:\n  x = 1\n    y = 2",
    "exec('x = 1')\nglobals()['y'] = x",
    "x = [[i * j for i in range(3) if i] for j in range(3)]\n(a, *b), c = [1, 2], 3\na, b = b, a",
    "while True:\n    if counter > 3:\n        break\n    counter += 1\nelse:\n    counter = 0",
    "try:\n    model\nexcept NameError as e:\n    model = None\nfinally:\n    pass",
    "match counter:\n    case 0 | 1:\n        kind = 'few'\n    case [x, *rest] if rest:\n        kind = 'list'\n    case _:\n        kind = 'many'",
    "if (n := len(df)) > 10: print(n)",
    "async def fetch(url):\n    async with session.get(url) as r:\n        return await r.text()\nawait fetch('http://example.com')",
    "del df",
    "config = 1\nlogger = 2\nmetrics = 3\nrun = 4\nclass_ = 5",
    "text = '''line one\n  line two\n'''\nprint(text \\\n      .strip())",
    "@staticmethod\ndef decorated(x: int = SEED, *args, key=None, **kwargs) -> 'int':\n    yield x\n    return (yield from args)",
    "x = 1;;",
    "# nb2pkg: production\nthreshold = 0.5\n# nb2pkg: exploration\nprint(threshold)",
    "",
    "   \n# only a comment\n",
    "assert len(df) > 0, 'empty'\nraise SystemExit",
    "for i in range(3):\n    for j in range(2):\n        if i == j:\n            continue\n        with open(f'{i}.txt') as f:\n            try:\n                total += int(f.read())\n            except (ValueError, OSError):\n                total = 0\n            else:\n                print(total)",
    "é = 'ünïcödé \u{1f600}'\nprint(é)",
    "return_value = (lambda *a, **k: (a, k))(*[1], **{'b': 2})\nreturn_value[0][0]",
    "import torch\nimport torch.nn as nn\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(SEED, 1)\n    def forward(self, x):\n        return self.fc(x)\nnet = Net()\nopt = torch.optim.SGD(net.parameters(), lr=0.1)\nfor epoch in range(2):\n    opt.zero_grad()\n    loss = net(X).sum()\n    loss.backward()\n    opt.step()",
];

/// A notebook of these cells; those whose bit is set are tagged as production.
fn bytes(cells: &[&str], tags: u32) -> Vec<u8> {
    let code = |(index, source): (usize, &&str)| {
        let metadata = if tags >> (index % 32) & 1 == 1 { json!({"tags": ["production"]}) } else { json!({}) };
        json!({"cell_type": "code", "metadata": metadata, "source": source, "outputs": [], "execution_count": null})
    };
    let cells: Vec<Value> = cells.iter().enumerate().map(code).collect();
    json!({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}).to_string().into_bytes()
}

/// Whether any cell has code; the reader refuses a notebook without.
fn has_code(cells: &[&str]) -> bool {
    cells.iter().any(|source| !source.trim().is_empty())
}

/// A notebook's cells, and bits for those that a person tags as production: what nobody would keep comes into the
/// package as well, and the planner meets all of it.
type Sample = (Vec<&'static str>, u32);

/// A quarter of the notebooks is left to the tool, in the others some cells or all are production.
fn tags() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), Just(u32::MAX), any::<u32>(), (any::<u32>(), any::<u32>()).prop_map(|(a, b)| a & b)]
}

/// Some cells in some order; one may stand there twice.
fn cells() -> impl Strategy<Value = Sample> {
    let cells = prop::collection::vec(prop::sample::select(CELLS), 1..14);
    (cells.prop_filter("code", |cells| has_code(cells)), tags())
}

/// Most of a whole notebook in its order, with some cells in other places: less disorder reaches deeper.
fn nearly_sorted() -> impl Strategy<Value = Sample> {
    let pick = prop::sample::subsequence(CELLS, 6..24);
    let moves = prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..4);
    let cells = (pick, moves).prop_map(|(mut cells, moves)| {
        for (from, to) in moves {
            let cell = cells.remove(from.index(cells.len()));
            cells.insert(to.index(cells.len() + 1), cell);
        }
        cells
    });
    (cells, tags())
}

/// Runs a property where the stack is as deep as the program's; proptest shrinks what fails.
fn holds<S>(cases: u32, strategy: S, property: impl Fn(&S::Value) -> Result<(), TestCaseError> + Send + 'static)
where
    S: Strategy + Send + 'static,
{
    let run = move || {
        // Fixed, so that the gate says the same every time; `PROPTEST_CASES` asks for new ones.
        let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
        let config = Config {
            cases: asked.unwrap_or(cases),
            failure_persistence: None,
            max_shrink_iters: 400,
            ..Config::default()
        };
        let mut runner = if asked.is_some() { TestRunner::new(config) } else { deterministic(config) };
        runner.run(&strategy, |value| property(&value)).map_err(|error| error.to_string())
    };
    let thread = thread::Builder::new().stack_size(STACK).spawn(run).expect("a thread");
    if let Err(failure) = thread.join().expect("proptest catches panics") {
        panic!("{failure}");
    }
}

fn deterministic(config: Config) -> TestRunner {
    let algorithm = proptest::test_runner::RngAlgorithm::ChaCha;
    TestRunner::new_with_rng(config, proptest::test_runner::TestRng::deterministic_rng(algorithm))
}

fn analyse(cells: &[&str], tags: u32) -> Result<Analysis, TestCaseError> {
    Analysis::of_notebook(&bytes(cells, tags), &Choice::default())
        .map_err(|error| TestCaseError::fail(error.to_string()))
}

fn make_plan(analysis: &Analysis) -> PackagePlan {
    plan(&PlanInput { analysis, name: None, notebook_name: "try_out.ipynb", notebook_path: "../try_out.ipynb" })
}

/// The cells of a case that fails, for people.
fn shown(cells: &[&str]) -> String {
    cells.join("\n---\n")
}

/// Every statement of a cell that can be trusted has exactly one verdict, in order, and no other has any.
fn one_verdict_each(analysis: &Analysis) -> Result<(), TestCaseError> {
    let mut expected = Vec::new();
    for cell in &analysis.cells {
        if cell.trust != Trust::Whole {
            prop_assert!(cell.statements.is_empty(), "cell {} is not trusted", cell.index);
        }
        expected.extend((0..cell.statements.len()).map(|statement| At { cell: cell.index, statement }));
    }
    let found: Vec<At> = analysis.graph.statements.iter().map(|facts| facts.at).collect();
    prop_assert_eq!(&found, &expected);
    prop_assert_eq!(analysis.classification.statements.len(), expected.len());
    let silent = analysis.classification.statements.iter().position(|verdict| verdict.evidence.is_empty());
    prop_assert!(silent.is_none(), "no reason for the role of {:?}", silent.map(|index| expected[index]));
    Ok(())
}

/// A statement depends on what ran before it; what it reads and changes is there.
fn dependencies_point_back(analysis: &Analysis) -> Result<(), TestCaseError> {
    let all = analysis.graph.statements.len();
    for dependency in &analysis.graph.dependencies {
        prop_assert!(dependency.to < all && dependency.from < dependency.to, "{:?} of {} statements", dependency, all);
        prop_assert!(!dependency.name.is_empty());
    }
    let sorted = analysis.graph.dependencies.is_sorted_by_key(|d| (d.to, d.from, d.name.clone()));
    prop_assert!(sorted, "dependencies are in the order of to, from, name");
    for undefined in &analysis.graph.undefined {
        prop_assert!(undefined.statement < all);
        prop_assert!(undefined.defined_later.is_none_or(|later| later < all));
    }
    Ok(())
}

/// What a finding points at is there.
fn findings_are_in_the_notebook(analysis: &Analysis) -> Result<(), TestCaseError> {
    for finding in &analysis.findings {
        prop_assert!(!finding.message.is_empty() && !finding.message.contains('\n'), "{:?}", finding);
        let Some(place) = &finding.place else { continue };
        let position = place.position.unwrap_or_default();
        prop_assert!(position < analysis.notebook.cells.len(), "{:?}", finding);
    }
    Ok(())
}

/// Production's statements each land in exactly one place of the plan. Imports go wherever they are needed; a definition,
/// and what only it reads, goes where something uses it. Where a name is missing no package is written.
fn each_kept_statement_has_a_place(analysis: &Analysis, plan: &PackagePlan) -> Result<(), TestCaseError> {
    let mut places: BTreeMap<At, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for origin in &plan.origins {
        prop_assert!(analysis.statement(origin.at).is_some(), "{:?}", origin);
        places.entry(origin.at).or_default().insert((&origin.module, &origin.function));
    }
    let stops = analysis.findings.iter().any(rules::stops_extraction);
    let count = |at: At| places.get(&at).map_or(0, BTreeSet::len);
    for (index, facts) in analysis.graph.statements.iter().enumerate() {
        let (found, text) = (count(facts.at), analysis.text(facts.at));
        if !analysis.classification.statements[index].role.is_kept() {
            prop_assert_eq!(found, 0, "exploration in the package: {}", text);
        } else if found == 0 {
            let readers: Vec<usize> =
                analysis.graph.dependencies.iter().filter(|d| d.from == index).map(|d| d.to).collect();
            let unread = readers.iter().all(|reader| count(analysis.graph.statements[*reader].at) == 0);
            let passed_over = analysis.statement(facts.at).is_none_or(goes_with_its_users);
            prop_assert!(
                stops || passed_over || (unread && !readers.is_empty()),
                "{} is in no place: {}",
                facts.at,
                text
            );
        } else {
            prop_assert_eq!(found, 1, "{} is in several places: {}", facts.at, text);
        }
    }
    Ok(())
}

fn goes_with_its_users(statement: &Stmt) -> bool {
    matches!(
        statement.kind,
        StmtKind::Import(_)
            | StmtKind::ImportFrom { .. }
            | StmtKind::Pass
            | StmtKind::Global(_)
            | StmtKind::FunctionDef(_)
            | StmtKind::ClassDef(_)
    )
}

fn whole(cells: &[&str], tags: u32) -> Result<(), TestCaseError> {
    let analysis = analyse(cells, tags)?;
    one_verdict_each(&analysis)?;
    dependencies_point_back(&analysis)?;
    findings_are_in_the_notebook(&analysis)?;
    let plan = make_plan(&analysis);
    each_kept_statement_has_a_place(&analysis, &plan)?;
    let first = render::render(&plan).map_err(|error| TestCaseError::fail(format!("{error:#}\n{}", shown(cells))))?;
    let reports = report::write(&analysis, &plan, &first)
        .map_err(|error| TestCaseError::fail(format!("{error:#}\n{}", shown(cells))))?;
    let again = analyse(cells, tags)?;
    let second = make_plan(&again);
    let tree = render::render(&second).map_err(|error| TestCaseError::fail(format!("{error:#}")))?;
    prop_assert_eq!(&first, &tree, "two runs differ");
    let second_reports =
        report::write(&again, &second, &tree).map_err(|error| TestCaseError::fail(format!("{error:#}")))?;
    prop_assert_eq!(reports, second_reports, "two reports differ");
    slice_is_python(&analysis)
}

/// The slice is a script that can be read again.
fn slice_is_python(analysis: &Analysis) -> Result<(), TestCaseError> {
    let script = slice_script(analysis);
    let read = Analysis::of_module(&script);
    let opaque: Vec<&Trust> = read.opaque_cells().map(|cell| &cell.trust).collect();
    prop_assert!(opaque.is_empty(), "{:?} in\n{}", opaque, script);
    Ok(())
}

/// Each cell alone, and after what makes its names: the smallest notebooks that can fail.
#[test]
fn single_cells() {
    let run = || {
        let mut failed = Vec::new();
        for cell in CELLS.iter().filter(|cell| has_code(&[cell])) {
            for (cells, tags) in [
                (&[*cell][..], 0),
                (&[*cell], u32::MAX),
                (&[*cell, *cell], 0b10),
                (&[CELLS[0], CELLS[8], *cell], u32::MAX),
            ] {
                if let Err(error) = whole(cells, tags) {
                    failed.push(format!("{}\n=> {error}", shown(cells)));
                }
            }
        }
        failed
    };
    let thread = thread::Builder::new().stack_size(STACK).spawn(run).expect("a thread");
    let failed = thread.join().expect("no panic");
    assert!(failed.is_empty(), "{} notebooks:\n\n{}", failed.len(), failed.join("\n\n"));
}

#[test]
fn notebooks_in_any_order() {
    holds(50, cells(), |(cells, tags)| whole(cells, *tags));
}

#[test]
fn notebooks_nearly_in_order() {
    holds(30, nearly_sorted(), |(cells, tags)| whole(cells, *tags));
}

/// Code cut off and joined anywhere is still answered, with fewer facts if need be.
#[test]
fn cut_cells() {
    let cut = (cells(), any::<prop::sample::Index>(), any::<prop::sample::Index>());
    holds(30, cut, |((cells, tags), which, place)| {
        let mut owned: Vec<String> = cells.iter().map(|&cell| cell.to_owned()).collect();
        let cell = &mut owned[which.index(cells.len())];
        let at = place.index(cell.len() + 1);
        let at = (0..=at).rev().find(|at| cell.is_char_boundary(*at)).unwrap_or_default();
        cell.truncate(at);
        let cells: Vec<&str> = owned.iter().map(String::as_str).collect();
        if has_code(&cells) { whole(&cells, *tags) } else { Ok(()) }
    });
}

/// Random text in the place of code.
/// The least seconds on a processor, of several times, that the analysis of a notebook of so many cells takes.
fn seconds(cells: usize) -> f64 {
    let cells: Vec<&str> = CELLS.iter().copied().cycle().take(cells).collect();
    let notebook = bytes(&cells, 0);
    let best = (0..5).map(|_| {
        let start = now();
        assert!(Analysis::of_notebook(&notebook, &Choice::default()).is_ok());
        now() - start
    });
    best.fold(f64::MAX, f64::min)
}

/// Where the system does not tell how long a thread ran, the clock has to do.
fn now() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    // The system brings its count up to date when the thread gives way.
    thread::yield_now();
    let counts = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = counts.and_then(|counts| counts.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos).as_secs_f64()
}

/// In proportion it would be ten times; a walk over all cells for each cell would make it a hundred.
#[test]
fn ten_times_the_cells_take_ten_times_as_long() {
    let times = seconds(10 * CELLS.len()) / seconds(CELLS.len());
    assert!(times < 20.0, "{times:.1} times as long");
}

#[test]
fn any_text() {
    holds(60, "[ -~\n\t'\"\\\\(){}\\[\\]:=%!?#é\u{0}\r\u{2028}]{1,60}", |text| {
        if text.trim().is_empty() { Ok(()) } else { whole(&[text], 1) }
    });
}

/// Bytes of a real notebook, damaged.
#[test]
fn damaged_bytes() {
    let damage = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..8);
    holds(100, damage, |damage| {
        let mut bytes = FIXTURE.to_vec();
        for (place, byte, kind) in damage {
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = *byte,
                1 => bytes.insert(at, b"\"{}[],:\\"[usize::from(*byte) % 8]),
                2 => drop(bytes.remove(at)),
                _ => drop(bytes.drain(at..(at + usize::from(*byte)).min(bytes.len()))),
            }
            if bytes.is_empty() {
                break;
            }
        }
        if let Err(error) = notebook::parse(&bytes) {
            let text = error.to_string();
            prop_assert!(!text.is_empty() && !text.contains('\n'), "one line: {}", text);
            prop_assert!(!error.hint().is_empty());
        }
        Ok(())
    });
}

/// JSON values of any kind where others are expected.
#[test]
fn damaged_values() {
    let odd = prop::sample::select(vec![json!(null), json!(1.5), json!("x"), json!([]), json!({}), json!([[1], "a"])]);
    let damage = prop::collection::vec((any::<prop::sample::Index>(), odd), 1..4);
    let fixture: Value = serde_json::from_slice(FIXTURE).expect("JSON");
    holds(60, damage, move |damage| {
        let mut value = fixture.clone();
        for (place, odd) in damage {
            let count = count(&value);
            *nth(&mut value, &mut place.index(count)).expect("counted") = odd.clone();
        }
        if let Ok(notebook) = notebook::parse(value.to_string().as_bytes()) {
            prop_assert!(notebook.code_cells().next().is_some());
        }
        Ok(())
    });
}

/// How many values there are in a value, itself included.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

/// The value with a number among them.
fn nth<'a>(value: &'a mut Value, number: &mut usize) -> Option<&'a mut Value> {
    if *number == 0 {
        return Some(value);
    }
    *number -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, number)),
        Value::Object(fields) => fields.values_mut().find_map(|field| nth(field, number)),
        _ => None,
    }
}
