//! "Did you mean …": the nearest of some names.

/// The candidate that a person who wrote `name` most likely meant, if one is near.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let limit = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name && !candidate.is_empty())
        .filter_map(|candidate| {
            let other = candidate.to_lowercase();
            let mut distance = distance(&lower, &other);
            // `X_train` for `x_train_scaled`: one name continues the other.
            let long = lower.chars().count().min(other.chars().count()) >= 4;
            if long && distance > limit && (other.starts_with(&lower) || lower.starts_with(&other)) {
                distance = limit;
            }
            (distance <= limit).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters have to be inserted, removed, replaced or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_are_found() {
        assert_eq!(nearest("accuray", ["accuracy", "precision"]), Some("accuracy"));
        assert_eq!(nearest("X_tarin", ["X_train", "X_test"]), Some("X_train"));
        assert_eq!(nearest("df_claen", ["df", "df_clean"]), Some("df_clean"));
        assert_eq!(nearest("x_train", ["X_train", "y_train"]), Some("X_train"));
    }

    #[test]
    fn far_names_are_not_offered() {
        assert_eq!(nearest("model", ["frame", "accuracy"]), None);
        assert_eq!(nearest("x", ["model"]), None);
    }
}
