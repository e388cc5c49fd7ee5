//! Text for people: what columns a text takes, cutting and wrapping, numbers in runs.

use std::collections::BTreeSet;

use unicode_width::UnicodeWidthStr;

/// How many columns a text takes; Chinese characters take two.
#[must_use]
pub fn columns(text: &str) -> usize {
    text.width()
}

/// A text that shows on one line: tabs and line ends are spaces, and nothing in it moves the cursor or changes colours.
#[must_use]
pub fn plain(text: &str) -> String {
    // Control characters, and those that turn the direction of writing round so that code reads as other code.
    let hidden = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' => ' ',
            c if hidden(c) => '·',
            c => c,
        })
        .collect()
}

/// At most so many columns, with `…` where something was cut.
#[must_use]
pub fn shorten(text: &str, most: usize) -> String {
    let text = plain(text);
    if columns(&text) <= most {
        return text;
    }
    let cut = prefix(&text, most.saturating_sub(1));
    format!("{}…", text[..cut].trim_end())
}

/// Where a text has to end to take at most so many columns.
fn prefix(text: &str, most: usize) -> usize {
    let mut end = 0;
    for (start, c) in text.char_indices() {
        let next = start + c.len_utf8();
        if columns(&text[..next]) > most {
            break;
        }
        end = next;
    }
    end
}

/// Lines of at most so many columns, broken between words; a longer word is cut. One empty line for an empty text.
#[must_use]
pub fn wrap(text: &str, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in plain(text).split(' ').filter(|word| !word.is_empty()) {
        let mut word = word;
        loop {
            let last = lines.len() - 1;
            let line = &mut lines[last];
            let used = columns(line);
            let gap = usize::from(used > 0);
            if used + gap + columns(word) <= most {
                line.push_str(&" ".repeat(gap));
                line.push_str(word);
                break;
            }
            // Long words are those of languages without spaces, too: they fill up the line.
            let fits = if columns(word) > most { prefix(word, most.saturating_sub(used + gap)) } else { 0 };
            if fits > 0 {
                line.push_str(&" ".repeat(gap));
                line.push_str(&word[..fits]);
                word = &word[fits..];
            } else if used == 0 {
                // Not even one character fits.
                line.push_str(word);
                break;
            }
            lines.push(String::new());
        }
    }
    lines
}

/// Fills a text up to so many columns.
#[must_use]
pub fn pad(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(columns(text))))
}

/// `3-5, 9`: numbers in runs.
#[must_use]
pub fn ranges(numbers: &BTreeSet<usize>) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    let texts: Vec<String> = runs
        .iter()
        .map(|(first, last)| match last - first {
            0 => first.to_string(),
            1 => format!("{first}, {last}"),
            _ => format!("{first}-{last}"),
        })
        .collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_are_cut_by_columns() {
        assert_eq!(shorten("abcdef", 6), "abcdef");
        assert_eq!(shorten("abcdef", 5), "abcd…");
        assert_eq!(shorten("数据清洗", 8), "数据清洗");
        assert_eq!(shorten("数据清洗", 6), "数据…");
        assert_eq!(shorten("a\tb\u{1b}[31mc", 20), "a b·[31mc");
    }

    #[test]
    fn texts_are_wrapped_between_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a abcdefghij", 5), ["a abc", "defgh", "ij"]);
        assert_eq!(wrap("读取数据", 4), ["读取", "数据"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn runs_are_short() {
        assert_eq!(ranges(&BTreeSet::from([1, 3, 4, 5, 8, 9])), "1, 3-5, 8, 9");
    }

    proptest! {
        #[test]
        fn nothing_is_wider_and_nothing_is_lost(text in any::<String>(), most in 2usize..40) {
            let lines = wrap(&text, most);
            prop_assert!(lines.iter().all(|line| columns(line) <= most), "{lines:?}");
            let kept = |text: &str| plain(text).chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(kept(&lines.concat()), kept(&text));
            prop_assert!(columns(&shorten(&text, most)) <= most);
        }
    }
}
