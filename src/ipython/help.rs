//! What a question mark at a line's end asks about.

use super::text::is_word;

/// The name before the question marks that end a line: `%%?[\w*]+(\.[\w*]+|\[-?\d+\])*`, the leftmost that fits.
pub(super) fn help_target(content: &str) -> Option<(&str, &'static str)> {
    let content = content.strip_suffix('\n').unwrap_or(content);
    let (before, escape) = match content.strip_suffix("??") {
        Some(before) => (before, "??"),
        None => (content.strip_suffix('?')?, "?"),
    };
    let mut start = 0;
    while start < before.len() {
        match target_end(before, start) {
            Ok(()) => return Some((&before[start..], escape)),
            Err(at) => start = at.max(start + before[start..].chars().next().map_or(1, char::len_utf8)),
        }
    }
    None
}

/// Whether a target reaches from `start` to the end of `text`; else the place at which it can't go on, before which no
/// other start can do better.
fn target_end(text: &str, start: usize) -> Result<(), usize> {
    let percents = text[start..].bytes().take(2).take_while(|&byte| byte == b'%').count();
    let mut at = name_end(text, start + percents).ok_or(start)?;
    while at < text.len() {
        at = match text.as_bytes()[at] {
            b'.' => name_end(text, at + 1).ok_or(at)?,
            b'[' => index_end(text, at + 1).ok_or(at)?,
            _ => return Err(at),
        };
    }
    Ok(())
}

fn name_end(text: &str, start: usize) -> Option<usize> {
    let rest = &text[start..];
    let length = rest.find(|c| !(is_word(c) || c == '*')).unwrap_or(rest.len());
    (length > 0 && !rest.starts_with(|c: char| c.is_ascii_digit())).then_some(start + length)
}

fn index_end(text: &str, start: usize) -> Option<usize> {
    let rest = &text[start..];
    let digits = rest.strip_prefix('-').unwrap_or(rest);
    let tail = digits.trim_start_matches(|c: char| c.is_ascii_digit());
    (tail.len() < digits.len() && tail.starts_with(']')).then_some(start + rest.len() - tail.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_targets() {
        for (content, expected) in [
            ("x?\n", Some(("x", "?"))),
            ("a.b[0].c??", Some(("a.b[0].c", "??"))),
            ("%%time?", Some(("%%time", "?"))),
            ("%%%time?", Some(("%%time", "?"))),
            ("f(x).y?", Some(("y", "?"))),
            ("x[ab?", Some(("ab", "?"))),
            ("1x?", Some(("x", "?"))),
            ("x.*y*?", Some(("x.*y*", "?"))),
            ("f(x)?", None),
            ("x???", None),
            ("?", None),
        ] {
            assert_eq!(help_target(content), expected, "{content}");
        }
    }
}
