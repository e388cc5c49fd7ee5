//! The parts of Python's `str` that the transformation depends on: what white space is, where lines end, `repr`.

/// `str.isspace` for one character: Unicode's white space and the four information separators.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\x1c'..='\x1f')
}

/// What `\w` matches.
pub(super) fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// `str.strip`
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `str.rstrip`
pub(super) fn rstrip(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// `str.split()`
pub(super) fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

/// `str.partition(" ")` without the separator.
pub(super) fn partition(text: &str) -> (&str, &str) {
    text.split_once(' ').unwrap_or((text, ""))
}

/// `str.splitlines(keepends=True)`, which knows more line ends than `\n`.
pub(super) fn splitlines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let ends = match c {
            '\r' => {
                if chars.peek().is_some_and(|&(_, next)| next == '\n') {
                    chars.next();
                }
                true
            }
            '\n' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}' => true,
            _ => false,
        };
        if ends {
            let end = chars.peek().map_or(text.len(), |&(next, _)| next);
            lines.push(text[start..end].to_owned());
            start = end;
            debug_assert!(end > at);
        }
    }
    if start < text.len() {
        lines.push(text[start..].to_owned());
    }
    lines
}

/// `textwrap.dedent`: the longest common margin goes, lines of blanks become empty.
pub(super) fn dedent(text: &str) -> String {
    let mut margin: Option<&str> = None;
    let lines: Vec<&str> =
        text.split('\n').map(|line| if line.trim_matches([' ', '\t']).is_empty() { "" } else { line }).collect();
    for line in lines.iter().filter(|line| !line.is_empty()) {
        let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        margin = Some(match margin {
            None => indent,
            Some(margin) => {
                // Both are blanks, so every byte is a character.
                let common = margin.bytes().zip(indent.bytes()).take_while(|(a, b)| a == b).count();
                &margin[..common]
            }
        });
    }
    let margin = margin.unwrap_or_default();
    let stripped: Vec<&str> = lines.iter().map(|line| line.strip_prefix(margin).unwrap_or(line)).collect();
    stripped.join("\n")
}

/// `repr` of a string.
pub(super) fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            _ if c == quote => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            _ if is_printable(c) => out.push(c),
            _ => match u32::from(c) {
                code @ 0..0x100 => out.push_str(&format!("\\x{code:02x}")),
                code @ 0x100..0x1_0000 => out.push_str(&format!("\\u{code:04x}")),
                code => out.push_str(&format!("\\U{code:08x}")),
            },
        }
    }
    out.push(quote);
    out
}

/// `str.isprintable` for one character. Rust knows the same property only as what its debug format escapes; the letter
/// in front keeps it from escaping combining characters too.
fn is_printable(c: char) -> bool {
    let mut pair = String::from("a");
    pair.push(c);
    pair.escape_debug().nth(1) == Some(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repr_is_pythons() {
        for (text, expected) in [
            ("a", "'a'"),
            ("it's", "\"it's\""),
            ("'\"", "'\\'\"'"),
            ("a\\b\n\t\r", "'a\\\\b\\n\\t\\r'"),
            ("\x00\x7f\u{a0}", "'\\x00\\x7f\\xa0'"),
            ("é“\u{301}", "'é“\u{301}'"),
            ("\u{200b}\u{e0001}", "'\\u200b\\U000e0001'"),
        ] {
            assert_eq!(repr(text), expected);
        }
    }

    #[test]
    fn lines_end_where_python_ends_them() {
        assert_eq!(splitlines("a\r\nb\rc\x0cd\u{2028}"), ["a\r\n", "b\r", "c\x0c", "d\u{2028}"]);
        assert_eq!(splitlines("a\n\nb"), ["a\n", "\n", "b"]);
        assert!(splitlines("").is_empty());
    }

    #[test]
    fn dedent_takes_the_common_margin() {
        assert_eq!(dedent("  a\n    b\n   \n  c\n"), "a\n  b\n\nc\n");
        assert_eq!(dedent("  a\n\tb\n"), "  a\n\tb\n");
        assert_eq!(dedent("    a\n  b\n"), "  a\nb\n");
    }
}
