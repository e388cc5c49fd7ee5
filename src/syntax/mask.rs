//! Where tree-sitter's grammar fails on valid Python, the text is changed for it, byte for byte in length, so that all
//! places stay the same. Names, operators and values are read from the true text afterwards.

use super::ast::Span;

/// A text for tree-sitter instead of the true one.
pub(super) struct Masked {
    /// The text, of the same length.
    pub(super) text: String,
    /// Comments that it lacks.
    pub(super) comments: Vec<Span>,
}

/// Changes what tree-sitter fails on:
///
/// - Between brackets, line breaks and comments become blanks: a line there that is less indented than the block would
///   end the block.
/// - The word `type` at the given places becomes another name: `type(x).y = 1` is not the statement `type`.
/// - A name behind a colon or arrow and before a bracket becomes a number: the annotation `List[int] or None` is an
///   expression like any other, but the grammar has a rule of its own for `List[int]` which takes nothing behind it.
/// - The star in `x = *[1], 2` becomes another unary operator: outside brackets the grammar takes only names there.
/// - The equals sign of the format in `f"{x:=5}"`, which looks like `:=`, becomes a letter.
/// - The backslash of `b"\u"`, which is none of the escapes of bytes, becomes a letter.
pub(super) fn mask(text: &str, types: &[usize]) -> Masked {
    let mut masked = text.as_bytes().to_vec();
    let mut comments = Vec::new();
    let mut brackets = 0_usize;
    let mut position = 0;
    while let Some(&byte) = masked.get(position) {
        match byte {
            b'(' | b'[' | b'{' => brackets += 1,
            b')' | b']' | b'}' => brackets = brackets.saturating_sub(1),
            b'"' | b'\'' => {
                position = mask_string(&mut masked, position);
                continue;
            }
            b'#' => {
                let end = line_end(&masked, position);
                if brackets > 0 {
                    comments.push(Span { start: position, end });
                    masked[position..end].fill(b' ');
                }
                position = end;
                continue;
            }
            b'\\' if brackets > 0 && masked.get(position + 1) == Some(&b'\n') => masked[position] = b' ',
            b'\n' if brackets > 0 => masked[position] = b' ',
            b'*' if brackets == 0 && is_unpacking(text, position) => masked[position] = b'~',
            b':' => mask_subscripted_name(&mut masked, position + 1),
            b'>' if text[..position].ends_with('-') => mask_subscripted_name(&mut masked, position + 1),
            _ => {}
        }
        position += 1;
    }
    for start in types {
        // An upper-case letter makes it a name without changing its length.
        if let Some(letter) = masked.get_mut(*start) {
            letter.make_ascii_uppercase();
        }
    }
    // Only whole characters were replaced.
    let text = String::from_utf8(masked).unwrap_or_else(|_| text.to_owned());
    Masked { text, comments }
}

/// Where the line of a place ends.
fn line_end(bytes: &[u8], start: usize) -> usize {
    bytes[start..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| start + length)
}

/// Whether a byte may be part of a name.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Whether a star unpacks a literal or group: nothing to multiply stands before it.
fn is_unpacking(text: &str, star: usize) -> bool {
    let before = text[..star].trim_end_matches([' ', '\t']);
    let after = text[star + 1..].trim_start_matches([' ', '\t']);
    let starts = before.is_empty()
        || before.ends_with(['=', ',', '\n', ';', ':'])
        || ["return", "yield", "in"]
            .into_iter()
            .any(|word| before.strip_suffix(word).is_some_and(|rest| !rest.bytes().next_back().is_some_and(is_word)));
    starts && after.starts_with(['(', '[', '{', '"', '\''])
}

/// Turns a name that starts here (behind blanks) and has a bracket behind it into a number.
fn mask_subscripted_name(bytes: &mut [u8], start: usize) {
    let skip_blanks = |from: usize| from + bytes[from..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let start = skip_blanks(start);
    let end = start + bytes[start..].iter().take_while(|byte| is_word(**byte)).count();
    if bytes.get(start).is_some_and(|first| is_word(*first) && !first.is_ascii_digit())
        && bytes.get(skip_blanks(end)) == Some(&b'[')
    {
        bytes[start..end].fill(b'0');
    }
}

/// Where the string ends that starts at its quotes; the end of the line or text if it is not closed. Changes what
/// tree-sitter fails on in bytes.
fn mask_string(bytes: &mut [u8], start: usize) -> usize {
    let quote = bytes[start];
    let width = if bytes[start..].starts_with(&[quote; 3]) { 3 } else { 1 };
    let prefix = bytes[..start].iter().rev().take(2).take_while(|byte| byte.is_ascii_alphabetic());
    let is_bytes = prefix.clone().any(|letter| letter.eq_ignore_ascii_case(&b'b'));
    let is_format = prefix.clone().any(|letter| letter.eq_ignore_ascii_case(&b'f'));
    let mut brackets = 0_usize;
    let mut position = start + width;
    while position < bytes.len() {
        match bytes[position] {
            b'\\' => {
                if is_bytes && matches!(bytes.get(position + 1), Some(b'N' | b'u' | b'U')) {
                    bytes[position] = b'_';
                }
                position += 1;
            }
            b'\n' if width == 1 => return position,
            b'{' => brackets = 0,
            b'(' | b'[' => brackets += 1,
            b')' | b']' => brackets = brackets.saturating_sub(1),
            b':' if is_format && brackets == 0 && bytes.get(position + 1) == Some(&b'=') => bytes[position + 1] = b'_',
            byte if byte == quote && bytes[position..].starts_with(&[quote; 3][..width]) => return position + width,
            _ => {}
        }
        position += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_and_comments_between_brackets_become_blanks() {
        let masked = mask("f(a. # é\nb)\n# c\n'(\\''\nd", &[]);
        assert_eq!(masked.text, "f(a.      b)\n# c\n'(\\''\nd");
        assert_eq!(masked.comments, [Span { start: 5, end: 9 }]);
    }

    #[test]
    fn what_the_grammar_lacks_becomes_what_it_has() {
        assert_eq!(mask("x\ntype(x).y = 1", &[2]).text, "x\nType(x).y = 1");
        assert_eq!(mask("def f(x: A[1]) -> Été [b]: a", &[]).text, "def f(x: 0[1]) -> 00000 [b]: a");
        assert_eq!(mask("x = *[1], 2 * (3)", &[]).text, "x = ~[1], 2 * (3)");
        assert_eq!(mask("f'{x:=^5}{(x:=5)}' ':='", &[]).text, "f'{x:_^5}{(x:=5)}' ':='");
        assert_eq!(mask(r#"b"\u \x" "\u""#, &[]).text, r#"b"_u \x" "\u""#);
    }

    #[test]
    fn unclosed_strings_end_somewhere() {
        for text in ["'", "'''", "'''a", "'a\\", "(\"\n)", "\\", ":", "->", ": a", "*", "b'\\"] {
            assert_eq!(mask(text, &[]).text.len(), text.len());
        }
    }
}
