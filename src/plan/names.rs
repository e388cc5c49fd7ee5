//! Names: of packages, functions, settings; unique, valid, and what a person would choose.

use std::collections::BTreeSet;

use crate::python::is_keyword;

/// A text as an identifier in lower case: words joined by `_`; empty if nothing is left.
pub(super) fn snake(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let letters: Vec<char> = text.chars().collect();
    for (place, c) in letters.iter().enumerate() {
        if c.is_ascii_alphanumeric() {
            if begins_word(&letters, place) && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            word.push(c.to_ascii_lowercase());
        } else if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    let joined = words.join("_");
    let joined = joined.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_').to_owned();
    let soft = matches!(joined.as_str(), "match" | "case" | "type");
    if soft || is_keyword(&joined) { format!("{joined}_") } else { joined }
}

/// Whether a capital begins a word: `churnModel`, `top10Features`, the `C` of `XGBClassifier`; not those of `2D`, `KMeans`
/// and `URLs`.
fn begins_word(letters: &[char], place: usize) -> bool {
    let at = |place: Option<usize>| place.and_then(|place| letters.get(place)).copied().unwrap_or(' ');
    if !letters[place].is_ascii_uppercase() {
        return false;
    }
    let (before, next) = (at(place.checked_sub(1)), at(Some(place + 1)));
    if before.is_ascii_digit() {
        return next.is_ascii_lowercase();
    }
    let acronym = before.is_ascii_uppercase() && at(place.checked_sub(2)).is_ascii_uppercase();
    let plural = next == 's' && !at(Some(place + 2)).is_ascii_lowercase();
    before.is_ascii_lowercase() || (acronym && next.is_ascii_lowercase() && !plural)
}

/// A text as a distribution's name: `customer-churn`.
pub(super) fn kebab(text: &str) -> String {
    snake(text).trim_matches('_').replace('_', "-")
}

/// Words with capital letters: `SplitConfig` of `split config`.
pub(super) fn pascal(text: &str) -> String {
    snake(text)
        .split('_')
        .filter(|word| !word.is_empty())
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
        })
        .collect()
}

/// The first of some names that is not taken; else the first with a number.
pub(super) fn unused(wanted: &[&str], taken: &BTreeSet<String>) -> String {
    if let Some(free) = wanted.iter().find(|name| !name.is_empty() && !taken.contains(**name)) {
        return (*free).to_owned();
    }
    let base = wanted.iter().find(|name| !name.is_empty()).copied().unwrap_or("value");
    (2..=taken.len() + 2)
        .map(|number| format!("{base}_{number}"))
        .find(|name| !taken.contains(name))
        .unwrap_or_default()
}

/// `cell 3`, `cells 3 and 5`, `cells 3, 5 and 8 to 10`.
pub(super) fn cells_phrase(positions: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for position in positions {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == *position => *end = *position,
            _ => runs.push((*position, *position)),
        }
    }
    let mut parts: Vec<String> = Vec::new();
    for (start, end) in runs {
        match end - start {
            0 => parts.push(start.to_string()),
            1 => parts.extend([start.to_string(), end.to_string()]),
            _ => parts.push(format!("{start} to {end}")),
        }
    }
    let one = positions.len() == 1;
    let list = match parts.as_slice() {
        [] => return String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    };
    if one { format!("cell {list}") } else { format!("cells {list}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_a_person_would_choose() {
        assert_eq!(snake("Customer Churn (final)"), "customer_churn_final");
        assert_eq!(snake("RandomForestClassifier"), "random_forest_classifier");
        assert_eq!(snake("XGBClassifier"), "xgb_classifier");
        assert_eq!(snake("MiniBatchKMeans on 2D URLs"), "mini_batch_kmeans_on_2d_urls");
        assert_eq!(snake("top10Features"), "top10_features");
        assert_eq!(snake("01_data-prep"), "data_prep");
        assert_eq!(snake("class"), "class_");
        assert_eq!(kebab("House Prices.v2"), "house-prices-v2");
        assert_eq!(pascal("split"), "Split");
    }

    #[test]
    fn cells_are_listed_as_runs() {
        assert_eq!(cells_phrase(&[3]), "cell 3");
        assert_eq!(cells_phrase(&[3, 4]), "cells 3 and 4");
        assert_eq!(cells_phrase(&[1, 3, 4, 5, 9]), "cells 1, 3 to 5 and 9");
    }
}
