//! Python code cut into words: for colours, and for telling which words of a statement changed.

use crate::python::is_keyword;

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// White space, line breaks and continuations.
    Space,
    /// A keyword.
    Keyword,
    /// Any other name.
    Name,
    /// A number.
    Number,
    /// A string literal with its prefix and quotes.
    Text,
    /// A comment.
    Comment,
    /// Anything else, one character each.
    Sign,
}

/// A word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    /// What it is.
    pub(super) kind: Kind,
    /// Its text; all texts together are the code.
    pub(super) text: &'a str,
}

/// Cuts code into words. Total: what is no Python comes out as signs.
pub(super) fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = next(rest, first);
        let (text, after) = rest.split_at(length);
        if kind == Kind::Text && text[..prefix(text)].contains(['f', 'F']) {
            f_string(text, &mut found);
        } else {
            found.push(Token { kind, text });
        }
        rest = after;
    }
    found
}

/// Cuts an f-string: what stands between its braces is code.
fn f_string<'a>(text: &'a str, found: &mut Vec<Token<'a>>) {
    let bytes = text.as_bytes();
    let (mut from, mut at) = (0, 0);
    while at < bytes.len() {
        if bytes[at] != b'{' {
            at += 1;
        } else if bytes.get(at + 1) == Some(&b'{') {
            at += 2;
        } else {
            let mut depth = 0_usize;
            let end = bytes[at..].iter().position(|byte| {
                match byte {
                    b'{' => depth += 1,
                    b'}' => depth -= 1,
                    _ => {}
                }
                depth == 0
            });
            let Some(end) = end.map(|length| at + length) else { break };
            found.push(Token { kind: Kind::Text, text: &text[from..=at] });
            found.extend(tokens(&text[at + 1..end]));
            (from, at) = (end, end + 1);
        }
    }
    found.push(Token { kind: Kind::Text, text: &text[from..] });
}

/// The length of a string literal's prefix.
fn prefix(text: &str) -> usize {
    text.bytes().take(2).take_while(|b| b"rbfuRBFU".contains(b)).count()
}

fn next(rest: &str, first: char) -> (Kind, usize) {
    let run = |accept: &dyn Fn(char) -> bool| rest.find(|c| !accept(c)).unwrap_or(rest.len());
    if first.is_whitespace() {
        return (Kind::Space, run(&char::is_whitespace));
    }
    if rest.starts_with("\\\n") {
        return (Kind::Space, 2);
    }
    if first == '#' {
        return (Kind::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    if let Some(length) = string(rest) {
        return (Kind::Text, length);
    }
    let digit_follows = || rest[1..].starts_with(|c: char| c.is_ascii_digit());
    if first.is_ascii_digit() || (first == '.' && digit_follows()) {
        let mut length = run(&|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
        // `1e-3`: the sign belongs to the exponent.
        if rest[..length].ends_with(['e', 'E']) && rest[length..].starts_with(['-', '+']) {
            length += 1 + rest[length + 1..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - length - 1);
        }
        return (Kind::Number, length);
    }
    if first.is_alphabetic() || first == '_' {
        let length = run(&|c| c.is_alphanumeric() || c == '_');
        let kind = if is_keyword(&rest[..length]) { Kind::Keyword } else { Kind::Name };
        return (kind, length);
    }
    (Kind::Sign, first.len_utf8())
}

/// The length of the string literal that the text begins with.
fn string(rest: &str) -> Option<usize> {
    let prefix = prefix(rest);
    let body = &rest[prefix..];
    let quote = body.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let triple = body.bytes().take(3).filter(|b| char::from(*b) == quote).count() == 3;
    let width = if triple { 3 } else { 1 };
    let bytes = body.as_bytes();
    let mut at = width;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            // One that is not closed ends with its line.
            b'\n' if !triple => return Some(prefix + at),
            byte if char::from(byte) == quote && (!triple || body[at..].starts_with(&body[..3])) => {
                return Some(prefix + at + width);
            }
            _ => {}
        }
        at += 1;
        while at < bytes.len() && !body.is_char_boundary(at) {
            at += 1;
        }
    }
    Some(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(code: &str) -> Vec<(Kind, &str)> {
        tokens(code).into_iter().filter(|t| t.kind != Kind::Space).map(|t| (t.kind, t.text)).collect()
    }

    #[test]
    fn nothing_is_lost() {
        for code in [
            "x = f('a\\'b') # é",
            "é = \"\"\"a\n'b'\n\"\"\" + rb'x",
            "1e-3 + .5\\\n- 0x1F",
            "'ü\\",
            "''",
            "f'{a{'b'}c}{{'",
            "f'{x'",
        ] {
            assert_eq!(tokens(code).iter().map(|t| t.text).collect::<String>(), code);
        }
    }

    #[test]
    fn words_are_told_apart() {
        assert_eq!(
            words("if x1: y = f'{x}' + 1e-3  # done"),
            [
                (Kind::Keyword, "if"),
                (Kind::Name, "x1"),
                (Kind::Sign, ":"),
                (Kind::Name, "y"),
                (Kind::Sign, "="),
                (Kind::Text, "f'{"),
                (Kind::Name, "x"),
                (Kind::Text, "}'"),
                (Kind::Sign, "+"),
                (Kind::Number, "1e-3"),
                (Kind::Comment, "# done"),
            ]
        );
    }
}
