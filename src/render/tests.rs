//! A plan made by hand, in the spirit of a typical churn notebook, and what becomes of it.

use super::*;
use crate::lock;
use crate::plan::{
    Block, ConfigField, ConfigSection, Definition, FilePlan, ModelPlan, ModulePlan, Param, Requirement, ResultPlan,
    Return, StageCall, StagePlan,
};
use crate::syntax::At;

fn at(cell: usize, statement: usize) -> At {
    At { cell, statement }
}

fn block(cell: usize, statement: usize, code: &str) -> Block {
    Block { code: code.into(), comments: Vec::new(), at: Some(at(cell, statement)) }
}

fn param(name: &str, annotation: &str) -> Param {
    Param { name: name.into(), annotation: annotation.into(), copy: None }
}

fn copied(name: &str) -> Param {
    Param { copy: Some("copy()".into()), ..param(name, "pd.DataFrame") }
}

fn value(name: &str, annotation: &str, place: At) -> Return {
    Return { name: name.into(), annotation: annotation.into(), at: place, used: true, without: Vec::new() }
}

fn field(name: &str, annotation: &str, toml: &str, cell: usize) -> ConfigField {
    let (name, annotation, toml) = (name.into(), annotation.into(), toml.into());
    ConfigField { name, annotation, toml, at: at(cell, 0), position: cell + 1, path: None }
}

fn section(name: &str, class: &str, docstring: &str, fields: Vec<ConfigField>) -> ConfigSection {
    ConfigSection { name: name.into(), class: class.into(), docstring: docstring.into(), fields }
}

fn module(name: &str, docstring: &str, imports: &[&str], stage: StagePlan) -> ModulePlan {
    ModulePlan {
        name: name.into(),
        docstring: docstring.into(),
        imports: imports.iter().map(|import| (*import).to_owned()).collect(),
        stages: vec![stage],
        ..ModulePlan::default()
    }
}

fn result(name: &str, expression: &str, place: At, printed: &str) -> ResultPlan {
    ResultPlan {
        name: name.into(),
        stage: "evaluate_model".into(),
        field: String::new(),
        expression: expression.into(),
        at: place,
        printed: Some(printed.into()),
    }
}

fn stage(function: &str, docstring: &str) -> StagePlan {
    StagePlan { function: function.into(), docstring: docstring.into(), ..StagePlan::default() }
}

fn load() -> ModulePlan {
    let stage = StagePlan {
        config: Some("data".into()),
        body: vec![block(1, 0, "df = pd.read_csv(config.path)")],
        returns: vec![value("df", "pd.DataFrame", at(1, 0))],
        ..stage("load_data", "Read the raw table.")
    };
    module("data", "Load the raw table (notebook cell 2).", &["import pandas as pd"], stage)
}

fn clean() -> ModulePlan {
    let coerced = "df[\"totalcharges\"] = pd.to_numeric(df[\"totalcharges\"], errors=\"coerce\")";
    let filled = "df['totalcharges'] = df['totalcharges'].fillna(df['totalcharges'].median())";
    let stage = StagePlan {
        params: vec![copied("df")],
        body: vec![
            block(5, 0, "df.columns = df.columns.str.lower()"),
            block(5, 1, coerced),
            block(7, 0, "df = df.drop_duplicates(subset='customerid').drop(columns='customerid')"),
            Block { comments: vec!["# Over all rows, before the split.".into()], ..block(7, 1, filled) },
        ],
        returns: vec![value("df", "pd.DataFrame", at(7, 1))],
        ..stage("clean_data", "Normalise column names, parse charges, drop duplicates.")
    };
    module("clean", "Clean the raw table (notebook cells 6 and 8).", &["import pandas as pd"], stage)
}

fn features() -> ModulePlan {
    let stage = StagePlan {
        params: vec![copied("df")],
        config: Some("features".into()),
        body: vec![
            block(10, 0, "df[\"churn\"] = (df[\"churn\"] == \"Yes\").astype(int)"),
            block(11, 0, "df[\"tenure_years\"] = df[\"tenure\"] / MONTHS"),
            block(11, 1, "df[\"charges_per_month\"] = df[\"totalcharges\"] / df[\"tenure\"].clip(lower=1)"),
            block(12, 0, "categorical = list(config.categorical)"),
            block(12, 1, "numerical = list(config.numerical)"),
            block(12, 2, "X = pd.get_dummies(df[categorical+numerical], columns=categorical, drop_first=True)"),
            block(12, 3, "y = df[\"churn\"]"),
        ],
        returns: vec![value("X", "pd.DataFrame", at(12, 2)), value("y", "pd.Series", at(12, 3))],
        description: "Categories are one-hot encoded:\n\n- the first level of each is dropped\n- unknown ones are not \
                      expected, since the table is encoded as a whole, before it is split into training and test rows"
            .into(),
        ..stage("build_features", "Derive features and separate the target.")
    };
    let definition = Definition { name: "MONTHS".into(), code: "MONTHS = 12".into(), at: at(9, 0) };
    let module = module("features", "Build features and target.", &["import pandas as pd"], stage);
    ModulePlan { definitions: vec![definition], ..module }
}

fn split() -> ModulePlan {
    let call = "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=config.test_size, \
                random_state=config.random_state, stratify=y)";
    let returns = [("X_train", "pd.DataFrame"), ("X_test", "pd.DataFrame"), ("y_train", "Any"), ("y_test", "Any")];
    let stage = StagePlan {
        params: vec![param("X", "pd.DataFrame"), param("y", "pd.Series")],
        config: Some("split".into()),
        body: vec![block(13, 0, call)],
        returns: returns.map(|(name, annotation)| value(name, annotation, at(13, 0))).into(),
        ..stage("split_data", "Hold out a stratified test set.")
    };
    let imports = ["import pandas as pd", "from sklearn.model_selection import train_test_split"];
    module("split", "Split into training and test rows.", &imports, stage)
}

fn train() -> ModulePlan {
    let create = "model = GradientBoostingClassifier(n_estimators=config.n_estimators, \
                  learning_rate=config.learning_rate, max_depth=config.max_depth, random_state=config.random_state)";
    let stage = StagePlan {
        params: vec![param("X_train", "pd.DataFrame"), param("X_test", "pd.DataFrame"), param("y_train", "Any")],
        config: Some("model".into()),
        body: vec![
            block(14, 0, "scaler = StandardScaler()"),
            block(14, 1, "X_train_s = scaler.fit_transform(X_train)"),
            block(14, 2, "X_test_s = scaler.transform(X_test)"),
            block(18, 0, create),
            block(18, 1, "model.fit(X_train_s, y_train)"),
            Block { code: "logger.info('trained on %d rows', len(X_train))".into(), ..Block::default() },
        ],
        returns: vec![
            value("scaler", "StandardScaler", at(14, 1)),
            value("X_test_s", "Any", at(14, 2)),
            value("model", "GradientBoostingClassifier", at(18, 1)),
        ],
        ..stage("train_model", "Scale the features and fit the gradient-boosting classifier.")
    };
    let imports = [
        "from sklearn.preprocessing import StandardScaler",
        "import pandas as pd",
        "from sklearn.ensemble import GradientBoostingClassifier",
    ];
    ModulePlan { logs: true, ..module("train", "Train the production model.", &imports, stage) }
}

fn evaluate() -> ModulePlan {
    let stage = StagePlan {
        params: vec![param("model", "GradientBoostingClassifier"), param("X_test_s", "Any"), param("y_test", "Any")],
        body: vec![
            block(19, 0, "y_pred = model.predict(X_test_s)"),
            block(19, 1, "y_proba = model.predict_proba(X_test_s)[:, 1]"),
            block(
                19,
                3,
                "metrics[\"accuracy\"] = accuracy_score(y_test, y_pred)\n\
                 logger.info(\"accuracy: %s\", metrics[\"accuracy\"])",
            ),
            block(19, 4, "metrics[\"roc_auc\"] = roc_auc_score(y_test, y_proba)"),
        ],
        results: results(),
        ..stage("evaluate_model", "Measure the model on the test rows.")
    };
    let imports = [
        "from sklearn.metrics import roc_auc_score",
        "from sklearn.metrics import accuracy_score",
        "from sklearn.ensemble import GradientBoostingClassifier",
    ];
    ModulePlan { logs: true, ..module("evaluate", "Evaluate the model.", &imports, stage) }
}

fn save() -> ModulePlan {
    let stage = StagePlan {
        params: vec![param("model", "GradientBoostingClassifier"), param("scaler", "StandardScaler")],
        config: Some("artifacts".into()),
        body: vec![
            block(22, 1, "joblib.dump(model, config.model_path)"),
            block(22, 2, "joblib.dump(scaler, \"scaler.pkl\")"),
        ],
        ..stage("save_model", "Write the model and its scaler.")
    };
    let imports = [
        "import joblib",
        "from sklearn.preprocessing import StandardScaler",
        "from sklearn.ensemble import GradientBoostingClassifier",
    ];
    module("artifacts", "Write the model.", &imports, stage)
}

fn results() -> Vec<ResultPlan> {
    vec![
        result("accuracy", "accuracy_score(y_test, y_pred)", at(19, 3), "accuracy: 0.725"),
        result("roc_auc", "roc_auc_score(y_test, y_proba)", at(19, 4), "ROC AUC: 0.768012748787848"),
    ]
}

fn configuration() -> Vec<ConfigSection> {
    let columns =
        |names: &[&str]| format!("[{}]", names.iter().map(|n| text::quoted(n)).collect::<Vec<_>>().join(", "));
    let categorical = columns(&["gender", "partner", "contract", "paymentmethod", "internetservice"]);
    let numerical =
        columns(&["seniorcitizen", "tenure", "tenure_years", "monthlycharges", "totalcharges", "charges_per_month"]);
    vec![
        section(
            "data",
            "DataConfig",
            "Where the data is.",
            vec![field("path", "str", "\"../data/telco_churn.csv\"", 1)],
        ),
        section(
            "features",
            "FeaturesConfig",
            "Columns that become features.",
            vec![
                field("categorical", "tuple[str, ...]", &categorical, 12),
                field("numerical", "tuple[str, ...]", &numerical, 12),
            ],
        ),
        section(
            "split",
            "SplitConfig",
            "Training and test rows.",
            vec![field("test_size", "float", "0.2", 13), field("random_state", "int", "42", 13)],
        ),
        section(
            "model",
            "ModelConfig",
            "The model's parameters.",
            vec![
                field("n_estimators", "int", "200", 18),
                field("learning_rate", "float", "0.05", 18),
                field("max_depth", "int", "3", 18),
                field("random_state", "int", "42", 18),
            ],
        ),
        section(
            "artifacts",
            "ArtifactsConfig",
            "What is written.",
            vec![field("model_path", "str", "\"churn_model.pkl\"", 22)],
        ),
    ]
}

fn requirement(distribution: &str, specifier: &str, import: &str) -> Requirement {
    Requirement { distribution: distribution.into(), specifier: specifier.into(), imports: vec![import.into()] }
}

fn file(path: &str, place: At) -> FilePlan {
    FilePlan { path: path.into(), at: place, config: None }
}

/// The plan of a typical notebook.
fn churn() -> PackagePlan {
    let modules = vec![load(), clean(), features(), split(), train(), evaluate(), save()];
    let call =
        |module: &ModulePlan| StageCall { module: module.name.clone(), function: module.stages[0].function.clone() };
    PackagePlan {
        distribution: "customer-churn".into(),
        package: "customer_churn".into(),
        title: "Customer churn".into(),
        description: "Predict which customers leave next month.".into(),
        notebook_name: "churn.ipynb".into(),
        notebook_path: "../notebooks/churn.ipynb".into(),
        fetched_by: String::new(),
        code_sha256: "b1ed".into(),
        calls: modules.iter().map(call).collect(),
        modules,
        config: configuration(),
        requirements: vec![
            requirement("scikit-learn", ">=1.5", "sklearn"),
            requirement("pandas", ">=2.2", "pandas"),
            requirement("joblib", "", "joblib"),
        ],
        model: Some(ModelPlan {
            estimator: "sklearn.ensemble.GradientBoostingClassifier".into(),
            variable: "model".into(),
            stage: "train_model".into(),
            decision: "evident".into(),
        }),
        results: results(),
        inputs: vec![file("../data/telco_churn.csv", at(1, 0))],
        outputs: vec![file("churn_model.pkl", at(22, 1)), file("scaler.pkl", at(22, 2))],
        ..PackagePlan::default()
    }
}

/// A plan with neither model nor measured values nor configuration.
fn bare() -> PackagePlan {
    let mut modules = vec![load(), clean()];
    modules[0].stages[0].config = None;
    modules[0].stages[0].body[0].code = "df = pd.read_csv('orders.csv')".into();
    modules[1].stages[0].returns.clear();
    let calls = churn().calls[..2].to_vec();
    let outputs = vec![file("out/clean.csv", at(7, 1))];
    let inputs = vec![file("orders.csv", at(1, 0))];
    PackagePlan { modules, calls, config: vec![], model: None, results: vec![], inputs, outputs, ..churn() }
}

#[test]
fn the_pipeline_is_plain_calls() {
    let tree = render(&churn()).unwrap();
    let expected = r#"
    if config is None:
        config = load_config()
    df = load_data(config.data)
    df = clean_data(df)
    features = build_features(df, config.features)
    split = split_data(features.X, features.y, config.split)
    training = train_model(split.X_train, split.X_test, split.y_train, config.model)
    metrics = evaluate_model(training.model, training.X_test_s, split.y_test)
    save_model(training.model, training.scaler, config.artifacts)
    for name, value in metrics.items():
        logger.info("%s: %s", name, value)
    return RunResult(training.model, metrics)
"#;
    let pipeline = &tree["src/customer_churn/pipeline.py"];
    assert!(pipeline.ends_with(expected), "{pipeline}");
}

#[test]
fn stages_are_functions() {
    let tree = render(&churn()).unwrap();
    let expected = r#"def evaluate_model(model: GradientBoostingClassifier, X_test_s: Any, y_test: Any) -> dict[str, Any]:
    """Measure the model on the test rows."""
    y_pred = model.predict(X_test_s)
    y_proba = model.predict_proba(X_test_s)[:, 1]
    return {
        "accuracy": accuracy_score(y_test, y_pred),
        "roc_auc": roc_auc_score(y_test, y_proba),
    }
"#;
    let module = &tree["src/customer_churn/evaluate.py"];
    assert!(module.ends_with(expected), "{module}");
}

#[test]
fn without_configuration_there_is_no_such_module() {
    let tree = render(&bare()).unwrap();
    assert!(!tree.contains_key("src/customer_churn/config.py") && !tree.contains_key("tests/test_config.py"));
    assert!(tree["src/customer_churn/pipeline.py"].contains("def run() -> None:"));
}

#[test]
fn patterns_of_inputs_are_copied_as_such() {
    let mut plan = bare();
    plan.inputs.push(file("../orders/*.csv", at(1, 0)));
    let fixture = &render(&plan).unwrap()["tests/conftest.py"];
    assert!(fixture.contains("INPUTS = [\"../orders/*.csv\", \"orders.csv\"]"), "{fixture}");
    assert!(fixture.contains("sorted(NOTEBOOK_FOLDER.glob(pattern))"), "{fixture}");
}

#[test]
fn a_value_that_nothing_returns_is_an_error() {
    let mut plan = churn();
    plan.calls.remove(0);
    let error = format!("{:#}", render(&plan).unwrap_err());
    assert_eq!(error, "module `pipeline`: `clean_data` needs `df`, which no stage before it returns");
}

#[test]
fn invalid_python_is_an_error_that_names_the_module() {
    let mut plan = churn();
    plan.modules[0].stages[0].body[0].code = "print 'x'".into();
    let error = format!("{:#}", render(&plan).unwrap_err());
    assert!(error.starts_with("`src/customer_churn/data.py` would be no valid Python: line "), "{error}");
    assert!(error.contains("`print 'x'`"), "{error}");
}

#[test]
fn the_lock_says_what_came_from_where() {
    let plan = churn();
    let tree = render(&plan).unwrap();
    let lock = lock::of_plan(&plan, &tree).unwrap();
    let text = lock.to_toml().unwrap();
    assert_eq!(lock::parse(&text).unwrap(), lock);
    assert_eq!(lock.files.len(), tree.len());
    let train = r#"
[[stage]]
module = "customer_churn.train"
function = "train_model"
params = ["X_train", "X_test", "y_train"]
config = ["config.model"]
returns = ["scaler", "X_test_s", "model"]
at = [[14, 1], [14, 2], [18, 1]]

[[stage]]
module = "customer_churn.evaluate"
function = "evaluate_model"
params = ["model", "X_test_s", "y_test"]
config = []
returns = []
at = [19, 4]
"#;
    assert!(text.contains(train), "{text}");
}

#[test]
fn rendering_twice_gives_the_same_files() {
    assert_eq!(render(&churn()).unwrap(), render(&churn()).unwrap());
}
