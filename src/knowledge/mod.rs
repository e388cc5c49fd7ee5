//! What library calls mean, as data: one TOML file a library in this folder, embedded (as JSON) at build time.
//!
//! A file may say nothing about a call; the analysis then assumes that a call on an unknown method may change its
//! receiver and nothing else. See `README.md` in this folder for the format.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer};

mod lookup;

pub use lookup::{CallName, shorten};

/// All files of this folder, merged.
static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(Knowledge::load);

/// What the embedded files say of calls, by number.
static CALL_FACTS: LazyLock<Vec<CallFact>> = LazyLock::new(lookup::call_facts);

include!(concat!(env!("OUT_DIR"), "/knowledge_files.rs"));

/// The merged knowledge.
#[must_use]
pub fn knowledge() -> &'static Knowledge {
    &KNOWLEDGE
}

/// One file of knowledge.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, bound(deserialize = "'de: 'static"))]
struct File {
    library: Vec<Library>,
    functions: BTreeMap<&'static str, Call>,
    types: BTreeMap<&'static str, TypeFact>,
    classes: Vec<ClassList>,
    aliases: BTreeMap<&'static str, &'static str>,
    imports: BTreeMap<String, String>,
    values: BTreeMap<String, String>,
    settings: BTreeMap<String, Setting>,
    spoken: BTreeMap<String, Vec<String>>,
    praise: Option<Praise>,
    metrics: Vec<Metric>,
}

/// Words by which a notebook's text praises a model.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Praise {
    /// Sequences of words that praise the model which their sentence names first.
    pub phrases: Vec<String>,
    /// Words that do so right beside its name only.
    pub beside: Vec<String>,
    /// What is praised instead of a model, or what it is praised as.
    pub otherwise: Vec<String>,
    /// Words after which a sentence says nothing of the kind.
    pub doubt: Vec<String>,
    /// Sequences of words in headings and comments that call what is fitted below them the final one.
    pub headings: Vec<String>,
}

/// A metric as notebooks print it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// What a reviewer calls it.
    pub name: String,
    /// The words under which it is printed, in lower case; the first has no blank.
    pub words: Vec<String>,
    /// Whether more is better.
    pub more: bool,
}

/// A fact about a call. Thousands of calls share one, so it is kept once.
#[derive(Clone, Copy, Debug)]
pub struct Call(&'static CallFact);

impl Deref for Call {
    type Target = CallFact;

    fn deref(&self) -> &CallFact {
        self.0
    }
}

impl<'de> Deserialize<'de> for Call {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = usize::deserialize(deserializer)?;
        let fact = CALL_FACTS.get(number);
        fact.map(Self).ok_or_else(|| serde::de::Error::custom(format!("there is no fact {number}")))
    }
}

/// Ambient state that a program reaches as a module's attribute: `os.environ`, `matplotlib.rcParams`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Its name in dependencies: `<os.environ>`.
    pub state: String,
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Whether its keys are independent of each other.
    #[serde(default)]
    pub keyed: bool,
}

/// A library that can be imported.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Library {
    /// Its top-level import name.
    pub import: String,
    /// Its name on the package index; none for what comes with Python.
    pub distribution: Option<String>,
    /// The oldest version that generated code is known to work with.
    pub minimum: Option<String>,
    /// The name that people import it as (`np`).
    pub alias: Option<String>,
    /// Whether it ships type information (`py.typed`).
    #[serde(default)]
    pub typed: bool,
    /// Whether its settings change what people see, not what is computed.
    #[serde(default)]
    pub shows: bool,
    /// Ambient state that its import and its calls depend on: `<os.environ>`, `<pd.options>`.
    #[serde(default)]
    pub needs: Vec<String>,
}

/// Many classes with the same base.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassList {
    base: &'static str,
    names: Vec<&'static str>,
    #[serde(default)]
    seed_parameter: Option<String>,
    #[serde(default)]
    draws: Option<String>,
    #[serde(default)]
    draws_if: Option<String>,
    #[serde(default)]
    may_draw: Option<String>,
    #[serde(default)]
    holds: Vec<String>,
    #[serde(default)]
    parameters: Vec<String>,
    #[serde(default)]
    formula: Option<String>,
}

/// What a type's methods and attributes mean.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, bound(deserialize = "'de: 'static"))]
pub struct TypeFact {
    /// Types whose methods it has too, nearest first.
    pub bases: Vec<&'static str>,
    /// What kind of thing it is for choosing the production model.
    pub kind: Option<Kind>,
    /// It finds topics or factors: a model where a notebook fits nothing that predicts.
    pub topics: bool,
    /// How a signature spells it, e.g. `pd.DataFrame`.
    pub annotation: Option<String>,
    /// The import that the annotation needs, e.g. `import pandas as pd`.
    pub annotation_import: Option<String>,
    /// The method that makes an independent copy.
    pub copy: Option<String>,
    /// What its constructor does.
    pub constructor: Option<Call>,
    /// What its methods do.
    pub methods: BTreeMap<&'static str, Call>,
    /// The types of its attributes; `self` for a part of the object that is changed with it.
    pub attributes: BTreeMap<&'static str, &'static str>,
    /// The type of what stands at a key or a position in it (`tuner.get_best_models()[0]`).
    pub items: Option<String>,
}

/// What kind of thing a type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Predicts a class.
    Classifier,
    /// Predicts a number.
    Regressor,
    /// Groups rows.
    Clusterer,
    /// Anything else that predicts: anomalies, rankings, time series.
    Predictor,
    /// Changes data, fitted or not.
    Transformer,
    /// Tries settings of an estimator that it holds.
    Search,
    /// Runs estimators one after the other; predicts if its last step does.
    Pipeline,
    /// Combines several estimators into one predictor.
    Ensemble,
    /// A neural network.
    Network,
    /// A table, series, array.
    Data,
    /// A figure, an axis, a display.
    Display,
    /// Steps the parameters of a network.
    Optimizer,
    /// Splits rows for validation.
    Splitter,
}

impl Kind {
    /// Whether something of this kind can be the production model.
    #[must_use]
    pub fn predicts(self) -> bool {
        matches!(
            self,
            Self::Classifier
                | Self::Regressor
                | Self::Clusterer
                | Self::Predictor
                | Self::Search
                | Self::Pipeline
                | Self::Ensemble
                | Self::Network
        )
    }
}

/// What a call does.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallFact {
    /// What it is for.
    pub purpose: Option<Purpose>,
    /// What it returns: a qualified type, `self` (the receiver itself), `same` (a new value of the receiver's type),
    /// `argument:NAME` (that argument itself), `like:NAME` (a new value of that argument's type), `none`; a list for a
    /// tuple.
    pub returns: Option<Returns>,
    /// What it changes in place: `self` or parameter names, with `[]` for the elements of a list; `with:TYPE` for the
    /// object of that type whose `with` block it is called in. An empty list says that it changes nothing.
    pub mutates: Option<Vec<String>>,
    /// What a method fits, where that is not its receiver: a parameter (`model` of Lightning's `trainer.fit(model)`),
    /// `held` for the models that its receiver holds, `result` for what it returns (statsmodels).
    pub fits: Option<String>,
    /// With `inplace=True` it changes its receiver and returns `None`.
    pub inplace: bool,
    /// The parameters that the result keeps a reference to; `*` for all.
    pub holds: Vec<String>,
    /// The parameters (or `self`) that the result may share memory with: changing the result changes them.
    pub views: Vec<String>,
    /// What it changes of ambient state takes effect when its name is imported.
    pub on_import: bool,
    /// The parameters in positional order (as far as they matter).
    pub parameters: Vec<String>,
    /// The parameter that names a file which it reads.
    pub reads: Option<String>,
    /// The parameter that names a file which it writes.
    pub writes: Option<String>,
    /// The parameters that are functions which it calls.
    pub calls: Vec<String>,
    /// The global generator it draws from: `numpy`, `random`, `torch`, `tensorflow`.
    pub draws: Option<String>,
    /// The parameter which, when given (and not `None`), keeps it from drawing from the global generator.
    pub seed_parameter: Option<String>,
    /// The parameter without which, or with a false one, it draws nothing (`shuffle`).
    pub draws_if: Option<String>,
    /// The global generator that it may draw from, depending on its version and its data, without its results depending on
    /// what it draws: such dependencies are listed, and not needed.
    pub may_draw: Option<String>,
    /// The global generators it seeds.
    pub seeds: Vec<String>,
    /// What it does with pyplot's current figure.
    pub figure: Option<FigureUse>,
    /// Ambient state that it changes: `<mpl.rcParams>`, `<cwd>`.
    pub sets: Vec<String>,
    /// Ambient state that it depends on.
    pub needs: Vec<String>,
    /// The parameter that is a formula (`"y ~ x + np.log(z)"`): names that the data does not have are looked up in the
    /// program.
    pub formula: Option<String>,
    /// For metrics: the name under which the value is reported.
    pub metric: Option<String>,
}

/// What a call does with pyplot's current figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FigureUse {
    /// Makes a new one, which becomes the current one (unless it is given axes to draw on).
    New,
    /// Draws on it; makes one where there is none.
    Current,
    /// Looks at it: `gcf`, `gca`, `savefig`.
    Query,
    /// Shows and closes it.
    Show,
    /// Closes it.
    Close,
}

/// What a call returns.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Returns {
    /// One value.
    One(String),
    /// A tuple.
    Tuple(Vec<String>),
}

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Reads data from a file, a database, the network.
    Load,
    /// Writes a file (data).
    Save,
    /// Writes a model or another fitted object.
    SaveModel,
    /// Reads a model.
    LoadModel,
    /// Draws a picture.
    Plot,
    /// Shows something: `print`, `display`, `plt.show`.
    Display,
    /// Describes data for the eye and returns what only an eye uses: `head`, `info`, `describe`.
    Inspect,
    /// Sets display options, styles, warning filters.
    Configure,
    /// Fits a model or a transformer.
    Fit,
    /// Predicts.
    Predict,
    /// Transforms data.
    Transform,
    /// Measures how good predictions are.
    Metric,
    /// Fits and measures at once without keeping the model: `cross_val_score`.
    Validate,
    /// Splits rows into sets.
    Split,
    /// Cleans: drops, fills, renames, converts.
    Clean,
    /// Makes features.
    Feature,
    /// Seeds a generator.
    Seed,
    /// One step of training by hand: `backward`, `step`.
    TrainStep,
    /// Builds a model without fitting it: `compile`.
    Build,
    /// Measures time, memory, versions.
    Time,
    /// Logs.
    Log,
}

/// Everything that is known.
#[derive(Debug, Default)]
pub struct Knowledge {
    libraries: BTreeMap<String, Library>,
    functions: BTreeMap<&'static str, Call>,
    types: BTreeMap<&'static str, TypeFact>,
    aliases: BTreeMap<&'static str, &'static str>,
    imports: BTreeMap<String, String>,
    values: BTreeMap<String, String>,
    settings: BTreeMap<String, Setting>,
    /// What people call estimators, by the beginning of the class's name.
    spoken: BTreeMap<String, Vec<String>>,
    /// Words of praise.
    praise: Praise,
    /// Metrics; those that say most come first.
    metrics: Vec<Metric>,
    /// What the types that have a method of this name say of it, for receivers of unknown type.
    methods_by_name: BTreeMap<&'static str, MethodName>,
}

/// What all types together say of a method's name.
#[derive(Debug, Default)]
struct MethodName {
    mutates: BTreeSet<bool>,
    /// Some type's fact, if the method writes a file.
    writes: Option<CallFact>,
    /// A type has it whose method writes nothing.
    writes_nothing: bool,
}
