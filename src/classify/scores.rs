//! What the notebook's saved outputs say about its candidates: the numbers that it printed itself.

use std::collections::BTreeSet;
use std::fmt;

use super::Candidate;
use super::measure::{Measures, says_training};
use super::names::{Mention, Names, normalize};
use crate::dataflow::Graph;
use crate::knowledge::{Metric, knowledge};
use crate::notebook::{Notebook, Output};
use crate::syntax::ParsedCell;

/// A measured value of a candidate, as the notebook shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The metric's name.
    pub metric: &'static str,
    /// Its value, as a fraction where it was shown in percent.
    pub value: f64,
    /// Half of the last digit that the notebook shows: values this near to each other are equal.
    pub precision: f64,
    /// The cell that shows it, by its position.
    pub position: usize,
}

impl Score {
    /// The value with its place: `AUC 0.91 in cell 12`.
    pub(super) fn describe(&self) -> String {
        format!("{self} in cell {}", self.position)
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.value != 0.0 && self.value.abs() < 0.001 {
            return write!(f, "{} {:.2e}", self.metric, self.value);
        }
        let digits = format!("{:.4}", self.value);
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        write!(f, "{} {digits}", self.metric)
    }
}

/// Whether more of a metric is better.
pub(super) fn more_is_better(metric: &str) -> bool {
    knowledge().metrics().iter().find(|known| known.name == metric).is_none_or(|known| known.more)
}

/// Reads the outputs: for each candidate the last value of each metric.
pub(super) fn read(
    notebook: &Notebook,
    cells: &[ParsedCell],
    graph: &Graph,
    candidates: &[Candidate],
    measures: &Measures<'_>,
    names: &Names,
    parts: &[BTreeSet<usize>],
) -> Vec<Vec<Score>> {
    let mut found: Vec<Vec<Score>> = vec![Vec::new(); candidates.len()];
    for cell in cells {
        let outputs = notebook.cells.get(cell.position).map(|cell| &cell.outputs[..]).unwrap_or_default();
        if outputs.is_empty() {
            continue;
        }
        let statements = graph.of_cell(cell.index);
        let first = statements.first().and_then(|facts| graph.index_of(facts.at)).unwrap_or(0);
        let range = first..first + statements.len();
        let fitted = |candidate: usize| candidates[candidate].fit_statement < range.end;
        // Whom the cell measures, where that is one alone.
        let mut about: Vec<usize> = range
            .clone()
            .filter(|statement| measures.measures(*statement) || measures.shows(*statement))
            .flat_map(|statement| measures.about(statement, parts))
            .filter(|candidate| fitted(*candidate))
            .collect();
        about.sort_unstable();
        about.dedup();
        let alone = if let [only] = about.as_slice() { Some(*only) } else { None };
        let measured =
            range.clone().any(|statement| measures.measures(statement) || measures.tells_own_score(statement));
        // Measured on the rows that it was fitted on, whatever the output calls it.
        let learned = |candidate: usize| {
            let mut measuring = range.clone().filter(|statement| measures.measures(*statement)).peekable();
            measuring.peek().is_some() && measuring.all(|statement| measures.on_training_data(statement, candidate))
        };
        let named = range
            .clone()
            .filter(|statement| measures.measures(*statement))
            .flat_map(|statement| &graph.statements[statement].calls)
            .find_map(|call| call.metric.as_deref());
        for output in outputs {
            let text = match output {
                Output::Stream { name, text } if name == "stdout" => text,
                Output::Display { text, .. } => text,
                _ => continue,
            };
            let mut header: Vec<Option<&'static str>> = Vec::new();
            let mut above: Vec<Mention> = Vec::new();
            for line in text.lines().take(400) {
                let Line { words, values } = Line::read(line);
                if says_training(line) || is_log(&words) {
                    continue;
                }
                let plain: Vec<&str> = words.iter().map(String::as_str).collect();
                let mut mentions = names.mentions(&plain);
                if values.is_empty() {
                    header = columns(line);
                    // A name alone on its line is about the lines below, up to an empty one or the next name.
                    if words.is_empty() {
                        above.clear();
                    } else if !mentions.is_empty() && words.len() <= 6 {
                        above = mentions;
                    }
                    continue;
                }
                if mentions.is_empty() {
                    mentions.clone_from(&above);
                } else {
                    above.clear();
                }
                let Some(candidate) = whom(&mentions, alone, &fitted, measured).filter(|one| !learned(*one)) else {
                    continue;
                };
                let mut scores = in_words(line);
                if scores.is_empty() && !mentions.is_empty() {
                    scores = in_columns(&header, &values);
                }
                // A number alone, or behind a model's name; not one of its settings.
                if scores.is_empty()
                    && measured
                    && !line.contains(['{', '='])
                    && let [only] = values.as_slice()
                {
                    scores.extend(named.and_then(metric_of).or(Some("score")).map(|metric| (metric, *only)));
                }
                for (metric, number) in scores {
                    let (value, precision) = fraction(metric, number);
                    let score = Score { metric, value, precision, position: cell.position };
                    match found[candidate].iter_mut().find(|known| known.metric == metric) {
                        // The first of a cell is the total, the rest are classes and folds.
                        Some(known) if known.position == cell.position => {}
                        Some(known) => *known = score,
                        None => found[candidate].push(score),
                    }
                }
            }
        }
    }
    found
}

/// The one that a line is about: the one that it names, else the only one that the cell measures.
fn whom(mentions: &[Mention], alone: Option<usize>, fitted: &dyn Fn(usize) -> bool, measured: bool) -> Option<usize> {
    let Some(mention) = mentions.first() else { return alone.filter(|_| measured) };
    let known: Vec<usize> = mention.candidates.iter().copied().filter(|candidate| fitted(*candidate)).collect();
    match known.as_slice() {
        [only] => Some(*only),
        many if alone.is_some_and(|one| many.contains(&one)) => alone,
        // Fitted again under the same name: the last one by then.
        many => many.last().copied().filter(|_| !many.is_empty()),
    }
}

/// Progress of a training, not a result.
fn is_log(words: &[String]) -> bool {
    words.iter().any(|word| matches!(word.as_str(), "epoch" | "epochs" | "eta" | "step" | "iteration" | "fold"))
        || (words.iter().any(|w| w == "val") && words.iter().any(|w| w == "loss"))
}

/// A line's words and numbers.
struct Line {
    words: Vec<String>,
    values: Vec<Number>,
}

impl Line {
    fn read(line: &str) -> Self {
        Self { words: normalize(line), values: numbers(line) }
    }
}

/// A number as it is written.
#[derive(Clone, Copy, Debug)]
struct Number {
    /// Where it begins.
    at: usize,
    value: f64,
    /// Half of its last digit.
    precision: f64,
}

/// The decimal numbers of a line; a whole number is a count.
fn numbers(line: &str) -> Vec<Number> {
    let mut found = Vec::new();
    let bytes = line.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let starts = bytes[at].is_ascii_digit()
            && (at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_'));
        if !starts {
            at += 1;
            continue;
        }
        let mut end = at;
        while end < bytes.len() && (bytes[end].is_ascii_digit() || matches!(bytes[end], b'.' | b'e' | b'-' | b'+')) {
            let exponent = matches!(bytes[end], b'-' | b'+') && !matches!(bytes[end - 1], b'e');
            if exponent {
                break;
            }
            end += 1;
        }
        let text = line[at..end].trim_end_matches(['.', 'e', '-', '+']);
        let percent = line[end..].trim_start().starts_with('%');
        if let Ok(value) = text.parse::<f64>()
            && (text.contains(['.', 'e']) || percent)
        {
            let negative = at > 0 && bytes[at - 1] == b'-';
            let digits =
                text.split_once('.').map_or(0, |(_, fraction)| fraction.bytes().take_while(u8::is_ascii_digit).count());
            // `1.0` is how Python writes a rounded one: it says nothing about digits.
            let whole = text.ends_with(".0");
            let precision = if whole { 0.0 } else { 0.5 * 10_f64.powi(-i32::try_from(digits).unwrap_or(0)) };
            found.push(Number { at, value: if negative { -value } else { value }, precision });
        }
        at = end.max(at + 1);
    }
    found
}

fn metric_of(word: &str) -> Option<&'static str> {
    let lower = word.to_lowercase();
    let plain: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    let known = |metric: &&Metric| metric.words.iter().any(|word| lower == *word || plain == *word);
    knowledge().metrics().iter().find(known).map(|metric| metric.name.as_str())
}

/// The line with metrics that have several words by their short names.
fn in_short(line: &str) -> String {
    let mut short = line.to_lowercase();
    for metric in knowledge().metrics() {
        let Some(name) = metric.words.first() else { continue };
        for phrase in metric.words.iter().filter(|word| word.contains(' ')) {
            for written in [phrase.clone(), phrase.replace(' ', "_"), phrase.replace(' ', "-")] {
                if short.contains(&written) {
                    short = short.replace(&written, name);
                }
            }
        }
    }
    short
}

/// `accuracy: 0.91, F1: 0.88`: each metric with the first number behind it.
fn in_words(line: &str) -> Vec<(&'static str, Number)> {
    let line = &in_short(line);
    let values = numbers(line);
    let mut named: Vec<(usize, &'static str)> = Vec::new();
    let mut start = None;
    for (at, letter) in line.char_indices().chain([(line.len(), ' ')]) {
        if letter.is_alphanumeric() {
            start.get_or_insert(at);
        } else if let Some(from) = start.take()
            && let Some(metric) = metric_of(&line[from..at])
            // `base_score=0.5` is a setting.
            && letter != '='
        {
            named.push((from, metric));
        }
    }
    let mut found: Vec<(&'static str, Number)> = Vec::new();
    for (index, (at, metric)) in named.iter().enumerate() {
        let next = named.get(index + 1).map_or(usize::MAX, |(next, _)| *next);
        let mut behind = values.iter().filter(|number| number.at > *at && number.at < next).peekable();
        let value = if line[*at..].find('[').is_some_and(|b| behind.peek().is_some_and(|number| b + at < number.at)) {
            // `evaluate` gives the loss first, the metrics behind it.
            behind.last()
        } else {
            behind.next()
        };
        if let Some(number) = value {
            if !found.iter().any(|(known, _)| known == metric) {
                found.push((metric, *number));
            }
        } else if let ([_], [only]) = (named.as_slice(), values.as_slice()) {
            found.push((metric, *only));
        }
    }
    // `F1 score: 0.9` finds nothing behind `F1` itself.
    if let ([(_, first), (_, "score" | "error")], [("score" | "error", number)]) = (named.as_slice(), found.as_slice())
    {
        return vec![(first, *number)];
    }
    found
}

/// The metrics that the columns of a table's header are, from left to right.
fn columns(line: &str) -> Vec<Option<&'static str>> {
    let columns: Vec<Option<&'static str>> = line
        .split("  ")
        .filter(|part| !part.trim().is_empty())
        .map(|part| {
            if says_training(part) {
                return None;
            }
            let words: Vec<&str> = part.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
            metric_of(&words.concat()).or_else(|| words.iter().find_map(|word| metric_of(word)))
        })
        .collect();
    if columns.iter().any(Option::is_some) { columns } else { Vec::new() }
}

/// The values of a table's row, by its columns: both end at the right.
fn in_columns(header: &[Option<&'static str>], values: &[Number]) -> Vec<(&'static str, Number)> {
    let pairs = header.iter().rev().zip(values.iter().rev());
    pairs.filter_map(|(metric, number)| Some(((*metric)?, *number))).collect()
}

/// A number and its precision: shares in percent as fractions, losses that were negated to be maximized as they are.
fn fraction(metric: &str, number: Number) -> (f64, f64) {
    const SHARES: [&str; 6] = ["accuracy", "AUC", "F1", "precision", "recall", "score"];
    let Number { value, precision, .. } = number;
    if SHARES.contains(&metric) && value > 1.0 && value <= 100.0 {
        (value / 100.0, precision / 100.0)
    } else if more_is_better(metric) {
        (value, precision)
    } else {
        (value.abs(), precision)
    }
}

/// The metric that most candidates have, and who is the best by it: several where the notebook's digits do not tell them
/// apart. None where fewer than two have one.
pub(super) fn best(scores: &[Vec<Score>], eligible: &dyn Fn(usize) -> bool) -> Vec<(usize, Score)> {
    let of = |metric: &str| -> Vec<(usize, &Score)> {
        (0..scores.len())
            .filter(|candidate| eligible(*candidate))
            .filter_map(|candidate| Some((candidate, scores[candidate].iter().find(|score| score.metric == metric)?)))
            .collect()
    };
    // Among metrics that equally many have, the one that is named first above.
    let mut most: Vec<(usize, &Score)> = Vec::new();
    for metric in knowledge().metrics().iter().map(|metric| metric.name.as_str()) {
        let ranked = of(metric);
        // One of a pair that only tells something together.
        let half = matches!(metric, "precision" | "recall") && most.len() >= 2;
        if ranked.len() > most.len() && !half {
            most = ranked;
        }
    }
    if most.len() < 2 {
        return Vec::new();
    }
    let more = more_is_better(most[0].1.metric);
    let better = |a: &Score, b: &Score| if more { a.value > b.value } else { a.value < b.value };
    let Some(top) = most.iter().map(|(_, score)| *score).reduce(|top, next| if better(next, top) { next } else { top })
    else {
        return Vec::new();
    };
    let equal = |score: &Score| (score.value - top.value).abs() <= score.precision.max(top.precision);
    let tied: Vec<(usize, Score)> =
        most.iter().filter(|(_, score)| equal(score)).map(|(index, score)| (*index, (*score).clone())).collect();
    // Where all are equal, nobody is the best.
    if tied.len() == most.len() { Vec::new() } else { tied }
}
