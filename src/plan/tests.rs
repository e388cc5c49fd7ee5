//! What a stage copies, and what has to stay at its place.

use serde_json::{Value, json};

use super::*;
use crate::analysis::Analysis;
use crate::classify::Choice;

/// The plan for a notebook of these cells.
fn planned(cells: &[&str]) -> PackagePlan {
    let cells: Vec<Value> = cells
        .iter()
        .enumerate()
        .map(|(index, source)| {
            json!({"cell_type": "code", "source": source, "metadata": {}, "execution_count": index + 1, "outputs": []})
        })
        .collect();
    let notebook = json!({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}).to_string();
    let analysis = Analysis::of_notebook(notebook.as_bytes(), &Choice::default()).expect("a notebook");
    plan(&PlanInput { analysis: &analysis, name: None, notebook_name: "nb.ipynb", notebook_path: "nb.ipynb" })
}

/// The parameters, of whatever stage, that are copied first.
fn copied(plan: &PackagePlan) -> Vec<&str> {
    let stages = plan.modules.iter().flat_map(|module| &module.stages);
    let params = stages.flat_map(|stage| &stage.params);
    params.filter(|param| param.copy.is_some()).map(|param| param.name.as_str()).collect()
}

const IMPORTS: &str = "import numpy as np\nimport pandas as pd\nfrom sklearn.linear_model import LinearRegression";
const FIT: &str = "model = LinearRegression()\nmodel.fit(df[['b']], df['c'])";

#[test]
fn a_column_that_its_table_shows_is_not_copied() {
    let load = "df = pd.read_csv('data.csv')\nvalues = df['a'].to_numpy()";
    let mut cells =
        vec![IMPORTS, load, FIT, "values.sort()", "df['p'] = model.predict(df[['b']])\ndf.to_csv('out.csv')"];
    assert!(!copied(&planned(&cells)).contains(&"values"));
    // Nobody reads the table afterwards: the caller's array is to stay as it is.
    cells[4] = "np.savetxt('out.csv', values + model.coef_)";
    assert!(copied(&planned(&cells)).contains(&"values"));
}

#[test]
fn a_table_whose_column_is_changed_later_is_not_copied() {
    let load = "df = pd.read_csv('data.csv')\nvalues = np.asarray(df['a'])";
    let store = "df['z'] = df['b'] * 2";
    let mut cells = vec![IMPORTS, load, FIT, store, "values[0] = 1", "df.to_csv('out.csv')"];
    assert!(!copied(&planned(&cells)).contains(&"df"));
    cells[4] = "print(values.sum())";
    assert!(copied(&planned(&cells)).contains(&"df"));
}

#[test]
fn a_default_that_draws_is_evaluated_at_its_place() {
    let cells = [
        "import numpy as np",
        "np.random.seed(1)",
        "def start(value=np.random.rand(3)):\n    return value",
        "np.savetxt('out.csv', start())",
    ];
    let plan = planned(&cells);
    assert!(plan.modules.iter().all(|module| module.definitions.is_empty()));
    let without = planned(&[cells[0], "def start(value=3):\n    return np.ones(value)", cells[3]]);
    assert!(without.modules.iter().any(|module| !module.definitions.is_empty()));
}

#[test]
fn an_imported_name_that_the_stage_binds_is_imported_in_it() {
    let cells = [
        "import pandas as pd\nfrom sklearn.linear_model import LinearRegression\nfrom sklearn.metrics import mean_absolute_error as mae",
        "df = pd.read_csv('data.csv')\nmodel = LinearRegression().fit(df[['a']], df['b'])",
        "mae = mae(df['b'], model.predict(df[['a']]))\nprint(mae)",
    ];
    let plan = planned(&cells);
    let module = plan.modules.iter().find(|module| module.name == "evaluate").expect("an evaluation");
    assert!(module.imports.iter().all(|line| !line.contains("as mae")), "{:?}", module.imports);
    assert!(module.stages[0].body.iter().any(|block| block.code.ends_with("import mean_absolute_error as mae")));
}
