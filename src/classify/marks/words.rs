//! The words of marks: what a comment or a tag says, and what it seems to mean where it says nothing known.

use crate::diagnostics::nearest;

/// What a mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// It is in the package.
    Production,
    /// It is left out.
    Exploration,
    /// The production model is the one that is fitted here.
    Model,
}

/// The words that may follow `# nb2pkg:`, besides `ignore[…]`.
pub(crate) const WORDS: &[&str] = &["production", "exploration", "skip", "model"];

/// How a suppression of a finding is written.
const SUPPRESSION: &str = "ignore[rule-name] reason";

/// What a comment or a tag says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// A mark, as it is written.
    Mark(Word, String),
    /// Something that was meant as a mark: as it is written, and what it may stand for.
    Unknown(String, Option<String>),
}

impl Word {
    fn of(text: &str) -> Option<Self> {
        match text.to_lowercase().as_str() {
            "production" => Some(Self::Production),
            "exploration" | "skip" => Some(Self::Exploration),
            "model" => Some(Self::Model),
            _ => None,
        }
    }
}

/// Reads a comment; none if it is not meant for this program, or leaves out a finding.
pub(super) fn of_comment(comment: &str) -> Option<Said> {
    let text = comment.trim_start_matches('#').trim();
    let name_end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
    let (name, rest) = text.split_at(name_end);
    let colon = rest.trim_start().strip_prefix(':');
    let first = |text: &str| {
        let word = text.split_whitespace().next().unwrap_or_default();
        word.trim_end_matches(|c: char| !c.is_alphanumeric() && c != ']').to_owned()
    };
    if let (true, Some(rest)) = (name == "nb2pkg", colon) {
        let rest = rest.trim_start();
        let word = first(rest);
        if let Some(known) = Word::of(&word) {
            return Some(Said::Mark(known, format!("# nb2pkg: {word}")));
        }
        if rest.strip_prefix("ignore[").is_some_and(|listed| listed.contains(']')) {
            return None;
        }
        let meant = if word.to_lowercase().starts_with("ignore") {
            Some(SUPPRESSION)
        } else {
            nearest(&word, WORDS.iter().copied())
        };
        return Some(Said::Unknown(format!("# nb2pkg: {word}"), meant.map(comment_of)));
    }
    // `# nb2pkg production`, `# nbpkg: production`: nothing of the sort is said by chance.
    let word = first(colon.unwrap_or(rest));
    let near = name.eq_ignore_ascii_case("nb2pkg") || colon.is_some() && nearest(name, ["nb2pkg"]).is_some();
    let meant = Word::of(&word).map(|_| word.to_lowercase()).filter(|_| near)?;
    let said = format!("# {name}{} {word}", if colon.is_some() { ":" } else { "" });
    Some(Said::Unknown(said, Some(comment_of(&meant))))
}

fn comment_of(word: &str) -> String {
    format!("# nb2pkg: {word}")
}

/// Reads a cell's tag.
pub(super) fn of_tag(tag: &str) -> Option<Said> {
    let lower = tag.to_lowercase();
    if let Some(word) = lower.strip_prefix("nb2pkg") {
        let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
        if let Some(known) = Word::of(word).filter(|_| lower.starts_with("nb2pkg-")) {
            return Some(Said::Mark(known, tag.to_owned()));
        }
        let exact = WORDS.iter().copied().find(|known| *known == word);
        let meant = exact.or_else(|| nearest(word, WORDS.iter().copied()));
        return Some(Said::Unknown(tag.to_owned(), meant.map(|word| format!("nb2pkg-{word}"))));
    }
    match lower.as_str() {
        // Not `model`: a tag of that name may mean anything.
        "production" | "exploration" | "skip" => Word::of(&lower).map(|known| Said::Mark(known, tag.to_owned())),
        _ => {
            // A typing error, and no longer or shorter word of somebody else's.
            let near = nearest(&lower, ["production", "exploration"])?;
            (near.len().abs_diff(lower.len()) <= 2).then(|| Said::Unknown(tag.to_owned(), Some(near.to_owned())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(said: &str, meant: Option<&str>) -> Said {
        Said::Unknown(said.to_owned(), meant.map(str::to_owned))
    }

    #[test]
    fn comments_are_read() {
        for (text, word) in [
            ("# nb2pkg: production", Word::Production),
            ("#nb2pkg:exploration, only a look", Word::Exploration),
            ("## nb2pkg: Skip", Word::Exploration),
            ("# nb2pkg: model", Word::Model),
        ] {
            assert!(matches!(of_comment(text), Some(Said::Mark(found, _)) if found == word), "{text}");
        }
        for text in
            ["# production", "# nb2pkg made this", "# nb2pkg: ignore[machine-path] ours", "# note: skip", "#", ""]
        {
            assert_eq!(of_comment(text), None, "{text}");
        }
    }

    #[test]
    fn misspelt_comments_get_the_nearest_word() {
        let cases = [
            ("# nb2pkg: prod", "# nb2pkg: prod", Some("# nb2pkg: production")),
            ("# nb2pkg: exploraton", "# nb2pkg: exploraton", Some("# nb2pkg: exploration")),
            ("# nb2pkg: ignore machine-path", "# nb2pkg: ignore", Some("# nb2pkg: ignore[rule-name] reason")),
            ("# nb2pkg: whatever", "# nb2pkg: whatever", None),
            ("# nb2pkg production", "# nb2pkg production", Some("# nb2pkg: production")),
            ("# nbpkg: model", "# nbpkg: model", Some("# nb2pkg: model")),
        ];
        for (text, said, meant) in cases {
            assert_eq!(of_comment(text), Some(unknown(said, meant)), "{text}");
        }
    }

    #[test]
    fn tags_are_read() {
        assert_eq!(of_tag("production"), Some(Said::Mark(Word::Production, "production".to_owned())));
        assert_eq!(of_tag("nb2pkg-model"), Some(Said::Mark(Word::Model, "nb2pkg-model".to_owned())));
        assert_eq!(of_tag("nb2pkg-exploraton"), Some(unknown("nb2pkg-exploraton", Some("nb2pkg-exploration"))));
        assert_eq!(of_tag("nb2pkg:production"), Some(unknown("nb2pkg:production", Some("nb2pkg-production"))));
        assert_eq!(of_tag("exploraton"), Some(unknown("exploraton", Some("exploration"))));
        for tag in ["model", "figure", "product", "explore", "hide-input", "parameters", ""] {
            assert_eq!(of_tag(tag), None, "{tag}");
        }
    }
}
