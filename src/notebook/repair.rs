//! What Python's `json` reads and JSON does not have: `NaN`, `Infinity`, and escapes of half a surrogate pair.

use std::borrow::Cow;

/// Replaces all that by JSON of the same length, so that places in error messages stay right. The numbers become `0.0…`,
/// the escapes the replacement character.
pub(super) fn as_python_reads(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut edits: Vec<(usize, &str)> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = string(bytes, at + 1, &mut edits),
            b'N' if bytes[at..].starts_with(b"NaN") => {
                edits.push((at, "0.0"));
                at += 3;
            }
            b'I' if bytes[at..].starts_with(b"Infinity") => {
                edits.push((at, "0.000000"));
                at += 8;
            }
            _ => at += 1,
        }
    }
    if edits.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for (at, replacement) in edits {
        out.push_str(&text[copied..at]);
        out.push_str(replacement);
        copied = at + replacement.len();
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Goes through a string to behind its closing quote.
fn string(bytes: &[u8], mut at: usize, edits: &mut Vec<(usize, &str)>) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => match surrogate(bytes, at) {
                Some(Half::High) if matches!(surrogate(bytes, at + 6), Some(Half::Low)) => at += 12,
                Some(_) => {
                    edits.push((at, "\\ufffd"));
                    at += 6;
                }
                None => at += 2,
            },
            _ => at += 1,
        }
    }
    at
}

enum Half {
    High,
    Low,
}

/// Which half of a surrogate pair is escaped here.
fn surrogate(bytes: &[u8], at: usize) -> Option<Half> {
    let escape = bytes.get(at..at + 6)?;
    if !escape.starts_with(b"\\u") || !escape[4..].iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    match (escape[2].to_ascii_lowercase(), escape[3].to_ascii_lowercase()) {
        (b'd', b'8' | b'9' | b'a' | b'b') => Some(Half::High),
        (b'd', b'c' | b'd' | b'e' | b'f') => Some(Half::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_strings_only() {
        assert_eq!(as_python_reads(r#"[NaN, -Infinity, "NaN\"NaN"]"#), r#"[0.0, -0.000000, "NaN\"NaN"]"#);
        assert!(matches!(as_python_reads(r#"{"a": 1}"#), Cow::Borrowed(_)));
    }

    #[test]
    fn halves_of_pairs() {
        assert_eq!(
            as_python_reads(r#""\ud83d\ude00 \ud83d \\ud83d \uDE00""#),
            r#""\ud83d\ude00 \ufffd \\ud83d \ufffd""#
        );
    }
}
