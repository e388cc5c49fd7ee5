//! Small notebooks for the rules' tests.

use serde_json::{Value, json};

use super::Finding;
use crate::analysis::Analysis;
use crate::classify::Choice;

/// A notebook of code cells that ran in order.
pub(super) fn notebook(cells: &[&str]) -> Value {
    let cells: Vec<Value> =
        cells.iter().enumerate().map(|(index, source)| cell(source, Some(index + 1), &[])).collect();
    json!({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells})
}

/// A code cell with its execution count and what it printed.
pub(super) fn cell(source: &str, count: Option<usize>, printed: &[&str]) -> Value {
    let outputs: Vec<Value> =
        printed.iter().map(|text| json!({"output_type": "stream", "name": "stdout", "text": text})).collect();
    json!({"cell_type": "code", "source": source, "metadata": {}, "execution_count": count, "outputs": outputs})
}

/// A notebook of given cells.
pub(super) fn of_cells(cells: &[Value]) -> Value {
    json!({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells})
}

/// Analyses a notebook.
pub(super) fn analyse(notebook: &Value) -> Analysis {
    Analysis::of_notebook(notebook.to_string().as_bytes(), &Choice::default()).expect("a notebook")
}

/// All findings about a notebook of these cells.
pub(super) fn all(cells: &[&str]) -> Vec<Finding> {
    analyse(&notebook(cells)).findings
}

/// The findings of one rule.
pub(super) fn by_rule(cells: &[&str], rule: &str) -> Vec<Finding> {
    all(cells).into_iter().filter(|finding| finding.rule == rule).collect()
}

/// A notebook that trains, measures and saves a model from `data.csv`; `between` stands before the split.
pub(super) fn churn(between: &str) -> Vec<String> {
    [
        "import pandas as pd\nimport joblib\nfrom sklearn.ensemble import RandomForestClassifier\n\
         from sklearn.linear_model import LogisticRegression\nfrom sklearn.preprocessing import StandardScaler\n\
         from sklearn.metrics import accuracy_score\nfrom sklearn.model_selection import train_test_split, GridSearchCV",
        "df = pd.read_csv('data.csv')\nX = df.drop(columns='y')\ny = df['y']",
        between,
        "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)",
        "model = RandomForestClassifier(random_state=0)\nmodel.fit(X_train, y_train)",
        "print(accuracy_score(y_test, model.predict(X_test)))",
        "joblib.dump(model, 'model.joblib')",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Borrows the cells.
pub(super) fn borrowed(cells: &[String]) -> Vec<&str> {
    cells.iter().map(String::as_str).collect()
}
