//! What a notebook's text may call its candidates.

use std::collections::{BTreeMap, BTreeSet};

use super::Candidate;
use crate::dataflow::Graph;
use crate::knowledge::{Kind, knowledge, shorten};

/// Variables that name no model in particular.
const GENERIC: [&str; 21] = [
    "model",
    "models",
    "clf",
    "est",
    "estimator",
    "m",
    "reg",
    "regressor",
    "classifier",
    "net",
    "learner",
    "algorithm",
    "pipe",
    "pipeline",
    "results",
    "fit",
    "grid",
    "search",
    "gs",
    "grid search",
    "random search",
];

/// The names of all candidates, as they stand in text that [`normalize`] has made plain.
pub(super) struct Names {
    /// The candidates by name.
    names: BTreeMap<String, BTreeSet<usize>>,
    /// The most words that a name has.
    longest: usize,
}

/// A name of a candidate in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    /// The word at which it begins.
    pub(super) word: usize,
    /// How many words it has.
    pub(super) words: usize,
    /// Whom it may mean.
    pub(super) candidates: Vec<usize>,
}

impl Names {
    pub(super) fn of(graph: &Graph, candidates: &[Candidate]) -> Self {
        let mut names: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (index, candidate) in candidates.iter().enumerate() {
            for name in names_of(graph, candidate) {
                names.entry(name).or_default().insert(index);
            }
        }
        let longest = names.keys().map(|name| name.split(' ').count()).max().unwrap_or(0);
        Self { names, longest }
    }

    /// Where words name candidates: the longest names, from left to right.
    pub(super) fn mentions(&self, words: &[&str]) -> Vec<Mention> {
        let mut found = Vec::new();
        let mut word = 0;
        while word < words.len() {
            let name = (1..=self.longest.min(words.len() - word)).rev().find_map(|length| {
                let known = self.names.get(&words[word..word + length].join(" "))?;
                Some(Mention { word, words: length, candidates: known.iter().copied().collect() })
            });
            word += name.as_ref().map_or(1, |mention| mention.words);
            found.extend(name);
        }
        found
    }
}

fn names_of(graph: &Graph, candidate: &Candidate) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |text: &str| {
        let plain = normalize(text).join(" ");
        if plain.len() > 1 && !GENERIC.contains(&plain.as_str()) {
            names.insert(plain);
        }
    };
    candidate.label.iter().for_each(|label| add(label));
    if !GENERIC.contains(&candidate.variable.to_lowercase().as_str()) {
        add(&candidate.variable);
    }
    let mut classes = vec![candidate.estimator.clone()];
    // A search is known by what it searches, a pipeline by its last step.
    if candidate.qualified.as_deref().and_then(|t| knowledge().kind(t)).is_some_and(holds_models) {
        classes = held_models(graph, candidate);
    }
    for class in classes.iter().filter(|class| *class != "?") {
        add(class);
        let spaced = spaced(class);
        let stem = [" classifier", " regressor", " model"].iter().find_map(|end| spaced.strip_suffix(end));
        add(&spaced);
        add(stem.unwrap_or(&spaced));
        knowledge().spoken(class).iter().for_each(|name| add(name));
    }
    names
}

fn holds_models(kind: Kind) -> bool {
    matches!(kind, Kind::Search | Kind::Pipeline)
}

/// The classes of the models that a search or a pipeline holds.
fn held_models(graph: &Graph, candidate: &Candidate) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut waiting = candidate.objects.clone();
    while let Some(next) = waiting.pop() {
        if !seen.insert(next) || seen.len() > 64 {
            continue;
        }
        for held in &graph.objects[next].held {
            let type_name = graph.objects[*held].type_name.as_deref();
            if let Some(name) = type_name.filter(|t| knowledge().kind(t).is_some_and(Kind::predicts)) {
                found.push(shorten(name).to_owned());
            }
            waiting.push(*held);
        }
    }
    found
}

/// The words of a text in lower case, without punctuation; `k-means`, `k_means` and `k means` are alike.
pub(super) fn normalize(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// `RandomForestClassifier` as `random forest classifier`.
fn spaced(class: &str) -> String {
    let mut text = String::new();
    let letters: Vec<char> = class.chars().collect();
    for (index, letter) in letters.iter().enumerate() {
        let starts_word = letter.is_uppercase()
            && index > 0
            && (letters[index - 1].is_lowercase() || letters.get(index + 1).is_some_and(|next| next.is_lowercase()));
        if starts_word {
            text.push(' ');
        }
        text.extend(letter.to_lowercase());
    }
    text
}
