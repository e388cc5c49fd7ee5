//! What depends on what, case by case. Each string is one cell; statements are named `cell.statement`.

use std::collections::BTreeSet;

use super::{DependencyKind, Graph, analyse};
use crate::ipython::transform;
use crate::syntax::parse_cell;

fn graph(cells: &[&str]) -> Graph {
    let cells: Vec<_> =
        cells.iter().enumerate().map(|(index, text)| parse_cell(index, index, transform(text))).collect();
    for cell in &cells {
        assert_eq!(cell.trust, crate::syntax::Trust::Whole, "{}", cell.source.python);
    }
    analyse(&cells)
}

/// Dependencies through values and definitions, as `from>to:name`.
fn edges(cells: &[&str]) -> BTreeSet<String> {
    let graph = graph(cells);
    graph
        .dependencies
        .iter()
        .filter(|d| d.kind != DependencyKind::Import)
        .map(|d| format!("{}>{}:{}", graph.statements[d.from].at, graph.statements[d.to].at, d.name))
        .collect()
}

#[track_caller]
fn check(cells: &[&str], expected: &[&str]) {
    let expected: BTreeSet<String> = expected.iter().map(|e| (*e).to_owned()).collect();
    assert_eq!(edges(cells), expected);
}

#[test]
fn the_last_binding_counts() {
    check(&["x = 1", "x = 2", "y = x"], &["1.0>2.0:x"]);
}

#[test]
fn a_branch_leaves_both_bindings() {
    check(&["x = 1", "import random\nif random.random() > 0.5:\n    x = 2", "y = x"], &["0.0>2.0:x", "1.1>2.0:x"]);
}

#[test]
fn stores_change_the_object() {
    check(
        &["import pandas as pd\ndf = pd.read_csv('a.csv')", "df['b'] = 1", "df.head()"],
        &["0.1>1.0:df", "0.1>2.0:df", "1.0>2.0:df"],
    );
}

#[test]
fn inplace_changes_and_plain_calls_do_not() {
    check(
        &[
            "import pandas as pd\ndf = pd.read_csv('a.csv')",
            "df.dropna(inplace=True)",
            "df.describe()\ndf.dropna()",
            "print(df)",
        ],
        &["0.1>1.0:df", "0.1>2.0:df", "1.0>2.0:df", "0.1>2.1:df", "1.0>2.1:df", "0.1>3.0:df", "1.0>3.0:df"],
    );
}

#[test]
fn a_change_through_an_alias_reaches_the_name() {
    check(&["a = [1]", "b = a", "b.append(2)", "print(a)"], &["0.0>1.0:a", "1.0>2.0:b", "0.0>3.0:a", "2.0>3.0:a"]);
}

#[test]
fn a_loop_over_a_literal_list_changes_its_elements() {
    let found = edges(&[
        "import pandas as pd\ntrain = pd.read_csv('a.csv')\ntest = pd.read_csv('b.csv')",
        "for d in [train, test]:\n    d['x'] = 1",
        "print(test)",
    ]);
    assert!(found.contains("1.0>2.0:test"), "{found:?}");
}

#[test]
fn fit_changes_the_model_and_not_its_arguments() {
    let found = edges(&[
        "from sklearn.linear_model import LogisticRegression\nX = [[1]]\ny = [1]",
        "model = LogisticRegression()",
        "model.fit(X, y)",
        "model.predict(X)",
    ]);
    assert!(found.contains("2.0>3.0:model"), "{found:?}");
    assert!(!found.contains("2.0>3.0:X"), "{found:?}");
}

#[test]
fn a_pipeline_fits_its_steps() {
    let found = edges(&[
        "from sklearn.pipeline import Pipeline\nfrom sklearn.preprocessing import StandardScaler",
        "scaler = StandardScaler()",
        "pipe = Pipeline([('s', scaler)])",
        "pipe.fit([[1]])",
        "scaler.mean_",
    ]);
    assert!(found.contains("3.0>4.0:scaler"), "{found:?}");
}

#[test]
fn globals_of_functions_are_read_when_they_are_called() {
    check(&["k = 1", "def f(x):\n    return x + k", "k = 2", "y = f(1)"], &["1.0>3.0:f", "2.0>3.0:k"]);
}

#[test]
fn functions_change_their_arguments() {
    check(
        &["rows = []", "def add(to):\n    to.append(1)", "add(rows)", "print(rows)"],
        &["0.0>2.0:rows", "1.0>2.0:add", "0.0>3.0:rows", "2.0>3.0:rows"],
    );
}

#[test]
fn functions_bind_globals() {
    check(
        &["n = 0", "def count():\n    global n\n    n += 1", "count()", "print(n)"],
        &["0.0>2.0:n", "1.0>2.0:count", "2.0>3.0:n"],
    );
}

#[test]
fn functions_passed_to_calls_are_called() {
    let found = edges(&[
        "import pandas as pd\ndf = pd.read_csv('a.csv')\nk = 3",
        "def f(x):\n    return x * k",
        "df['y'] = df['x'].apply(f)",
    ]);
    assert!(found.contains("0.2>2.0:k"), "{found:?}");
}

#[test]
fn a_selection_is_a_copy() {
    let found = edges(&[
        "import pandas as pd\ndf = pd.read_csv('a.csv')",
        "small = df[df['x'] > 0]",
        "small['y'] = 1",
        "print(df)",
    ]);
    assert!(!found.contains("2.0>3.0:df"), "{found:?}");
}

#[test]
fn comprehensions_have_their_own_scope() {
    check(&["x = 1", "ys = [x for x in range(3)]", "print(x)"], &["0.0>2.0:x"]);
}

#[test]
fn class_instances_hold_their_attributes() {
    let found = edges(&[
        "class Box:\n    def __init__(self):\n        self.items = []\n    def add(self, x):\n        self.items.append(x)",
        "box = Box()",
        "box.add(1)",
        "print(box.items)",
    ]);
    assert!(found.contains("2.0>3.0:box"), "{found:?}");
}

#[test]
fn seeds_and_draws_are_dependencies() {
    let graph = graph(&["import numpy as np", "np.random.seed(0)", "a = np.random.rand(3)", "b = np.random.rand(3)"]);
    let state: BTreeSet<(usize, usize)> =
        graph.dependencies.iter().filter(|d| d.kind == DependencyKind::State).map(|d| (d.from, d.to)).collect();
    assert_eq!(state, BTreeSet::from([(1, 2), (1, 3), (2, 3)]));
}

#[test]
fn files_written_and_read_again() {
    let graph = graph(&[
        "import pandas as pd\ndf = pd.read_csv('a.csv')",
        "df.to_csv('b.csv')",
        "other = pd.read_csv('b.csv')",
    ]);
    assert!(graph.dependencies.iter().any(|d| d.kind == DependencyKind::File && d.from == 2 && d.to == 3));
}

#[test]
fn names_that_nothing_defines() {
    let graph = graph(&["x = missing + 1", "later()", "def later():\n    pass"]);
    let names: Vec<_> = graph.undefined.iter().map(|u| (u.name.as_str(), u.defined_later)).collect();
    assert_eq!(names, [("missing", None), ("later", Some(2))]);
}

#[test]
fn star_imports_define_what_is_not_defined() {
    let graph = graph(&["from numpy import *", "x = arange(3)", "y = unknown_name"]);
    assert!(graph.undefined.is_empty());
}

#[test]
fn deleted_names_are_undefined() {
    let graph = graph(&["x = 1", "del x", "print(x)"]);
    assert_eq!(graph.undefined.len(), 1);
}

#[test]
fn recursion_ends() {
    let found = edges(&[
        "def f(n):\n    return f(n - 1) if n else 0",
        "def g():\n    return h()\ndef h():\n    return g()",
        "f(3)",
        "g()",
    ]);
    assert!(found.contains("0.0>2.0:f") && found.contains("1.1>3.0:h"), "{found:?}");
}

#[test]
fn fitting_anew_supersedes_earlier_fits() {
    let slice_of_last = |constructor: &str| {
        let first =
            format!("from sklearn.linear_model import LinearRegression\nmodel = {constructor}\nX = [[1]]\ny = [1]");
        let graph = graph(&[&first, "model.fit(X, y)", "model.fit(X, y)", "model.predict(X)"]);
        graph.slice([6]).contains(&4)
    };
    assert!(!slice_of_last("LinearRegression()"));
    assert!(slice_of_last("LinearRegression(warm_start=True)"));
}
