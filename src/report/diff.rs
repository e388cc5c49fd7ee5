//! Which words of a statement changed on its way into the package. Layout does not count: neither white space, nor the
//! kind of quotes, nor a comma before a closing bracket.

use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::tokens::{Kind, Token};

/// More words than this are not compared: the time would grow with the square.
const MAX_WORDS: usize = 4000;

/// For each token of both sides, whether it has no counterpart on the other side.
pub(super) fn changed(old: &[Token<'_>], new: &[Token<'_>]) -> (Vec<bool>, Vec<bool>) {
    let (old_at, old_keys) = keys(old);
    let (new_at, new_keys) = keys(new);
    let mut old_changed = vec![false; old.len()];
    let mut new_changed = vec![false; new.len()];
    if old_keys == new_keys || old_keys.len() > MAX_WORDS || new_keys.len() > MAX_WORDS {
        return (old_changed, new_changed);
    }
    for operation in capture_diff_slices(Algorithm::Myers, &old_keys, &new_keys) {
        if operation.tag() != DiffTag::Equal {
            operation.old_range().for_each(|at| old_changed[old_at[at]] = true);
            operation.new_range().for_each(|at| new_changed[new_at[at]] = true);
        }
    }
    (old_changed, new_changed)
}

/// What is compared of each word, and where the word is.
fn keys(tokens: &[Token<'_>]) -> (Vec<usize>, Vec<String>) {
    let words: Vec<(usize, &Token<'_>)> = tokens.iter().enumerate().filter(|(_, t)| t.kind != Kind::Space).collect();
    let closes = |next: Option<&(usize, &Token<'_>)>| next.is_some_and(|(_, t)| matches!(t.text, ")" | "]" | "}"));
    words
        .iter()
        .enumerate()
        .filter(|(number, (_, token))| token.text != "," || !closes(words.get(number + 1)))
        .map(|(_, (at, token))| (*at, key(token)))
        .unzip()
}

fn key(token: &Token<'_>) -> String {
    match token.kind {
        Kind::Text => {
            let start = token.text.find(['"', '\'']).unwrap_or(0);
            let (prefix, body) = token.text.split_at(start);
            format!("{}{}", prefix.to_ascii_lowercase(), body.replace('\\', "").replace('\'', "\""))
        }
        Kind::Comment => format!("# {}", token.text.trim_start_matches('#').trim()),
        Kind::Number => number(token.text),
        _ => token.text.to_owned(),
    }
}

/// A number as a formatter writes it: `0.5` for `.5`, `1.0` for `1.`.
pub(super) fn number(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let lower = if lower.ends_with('.') { format!("{lower}0") } else { lower };
    if lower.starts_with('.') { format!("0{lower}") } else { lower }
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    fn marked(old: &str, new: &str) -> (String, String) {
        let (old, new) = (tokens(old), tokens(new));
        let (a, b) = changed(&old, &new);
        let pick = |tokens: &[Token<'_>], flags: &[bool]| {
            let words: Vec<&str> = tokens.iter().zip(flags).filter(|(_, f)| **f).map(|(t, _)| t.text).collect();
            words.join(" ")
        };
        (pick(&old, &a), pick(&new, &b))
    }

    #[test]
    fn only_changed_words_are_marked() {
        assert_eq!(
            marked("split(X, y, test_size=0.2)", "split(X, y, test_size=config.test_size)"),
            ("0.2".to_owned(), "config . test_size".to_owned())
        );
    }

    #[test]
    fn layout_and_quotes_do_not_count() {
        assert_eq!(
            marked("f(a,'x',\\\n .5)#go", "f(\n    a,\n    \"x\",\n    0.5,\n)  # go"),
            (String::new(), String::new())
        );
    }
}
