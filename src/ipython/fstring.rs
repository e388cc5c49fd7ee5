//! Python 3.11's f-strings, which are stricter than those of 3.12: no backslash, no comment and none of the string's own
//! quotes in an expression.

/// What is wrong in an f-string's body, and at which of its bytes.
pub(super) fn problem(body: &str, raw: bool) -> Option<(usize, &'static str)> {
    Format { body, at: 0, raw }.literal(0).err()
}

/// Reads as Python 3.11 does.
struct Format<'a> {
    body: &'a str,
    at: usize,
    raw: bool,
}

type Checked = Result<(), (usize, &'static str)>;

impl Format<'_> {
    fn peek(&self) -> Option<u8> {
        self.body.as_bytes().get(self.at).copied()
    }

    fn starts(&self, text: &str) -> bool {
        self.body.as_bytes()[self.at..].starts_with(text.as_bytes())
    }

    /// Text with expressions; inside a format specification (`depth` 1) up to the brace that ends it.
    fn literal(&mut self, depth: usize) -> Checked {
        while let Some(byte) = self.peek() {
            match byte {
                b'\\' if !self.raw => {
                    self.at += 1;
                    match self.peek() {
                        Some(b'N') => {
                            self.at += 1;
                            if self.peek() == Some(b'{') {
                                let rest = &self.body.as_bytes()[self.at..];
                                let length =
                                    rest.iter().position(|&byte| byte == b'}').map_or(rest.len(), |end| end + 1);
                                self.at += length;
                            }
                        }
                        // The brace still begins or ends an expression.
                        Some(b'{' | b'}') | None => {}
                        Some(_) => self.at += 1,
                    }
                }
                b'{' | b'}' if depth == 0 && self.starts(if byte == b'{' { "{{" } else { "}}" }) => self.at += 2,
                b'{' => self.expression(depth)?,
                b'}' if depth == 0 => return Err((self.at, "a single `}`")),
                b'}' => return Ok(()),
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    fn expression(&mut self, depth: usize) -> Checked {
        let open = self.at;
        if depth >= 2 {
            return Err((open, "expressions nested too deeply"));
        }
        self.at += 1;
        let start = self.at;
        self.code()?;
        if self.peek().is_none() {
            return Err((open, "`{` is never closed (or the string's own quotes inside it need Python 3.12)"));
        }
        if self.body[start..self.at].trim().is_empty() {
            return Err((open, "an empty expression"));
        }
        if self.peek() == Some(b'=') {
            self.at += 1;
            self.at += self.body.as_bytes()[self.at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        }
        if self.peek() == Some(b'!') {
            self.at += 1;
            if !matches!(self.peek(), Some(b's' | b'r' | b'a')) {
                return Err((self.at.min(self.body.len()), "`!` needs `s`, `r` or `a`"));
            }
            self.at += 1;
        }
        if self.peek() == Some(b':') {
            self.at += 1;
            self.literal(depth + 1)?;
        }
        if self.peek() != Some(b'}') {
            return Err((open, "`{` is never closed"));
        }
        self.at += 1;
        Ok(())
    }

    /// Goes to the end of an expression's code: a brace, colon, `!` or `=` outside of its brackets and strings.
    fn code(&mut self) -> Checked {
        let mut brackets: Vec<u8> = Vec::new();
        let mut quote: Option<&'static str> = None;
        while let Some(byte) = self.peek() {
            if byte == b'\\' {
                return Err((self.at, "a backslash in an expression needs Python 3.12"));
            }
            if let Some(open) = quote {
                if self.starts(open) {
                    quote = None;
                    self.at += open.len();
                } else {
                    self.at += 1;
                }
                continue;
            }
            quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| self.starts(quote));
            if let Some(open) = quote {
                self.at += open.len();
                continue;
            }
            match byte {
                b'(' | b'[' | b'{' => brackets.push(byte),
                b'#' => return Err((self.at, "a comment in an expression needs Python 3.12")),
                b'!' | b':' | b'}' | b'=' | b'<' | b'>' if brackets.is_empty() => {
                    if ["!=", "==", "<=", ">="].into_iter().any(|op| self.starts(op)) {
                        self.at += 1;
                    } else if !matches!(byte, b'<' | b'>') {
                        return Ok(());
                    }
                }
                b')' | b']' | b'}' => {
                    let expected = match byte {
                        b')' => b'(',
                        b']' => b'[',
                        _ => b'{',
                    };
                    if brackets.pop() != Some(expected) {
                        return Err((self.at, "brackets that do not match"));
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        // Left open: the caller sees that nothing follows.
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f_strings_as_in_3_11() {
        for good in [
            "{a}",
            "{{}}",
            "{a!r:>{w}}",
            "{a['b']}",
            "{a == b}",
            "{a=}",
            "{a = }",
            "{(lambda x: 1)(2)}",
            "{a:{b}.{c}f}",
            "\\N{DASH}",
            "{a:%Y-%m}",
            "{x[1:2]}",
            "{ {1: 2}[1] }",
            "\\{a}",
        ] {
            assert_eq!(problem(good, false), None, "{good}");
        }
        for bad in
            ["{}", "{ }", "}", "{a", "{x[", "{'\\n'.join(a)}", "{a # b\n}", "{a!x}", "{a)}", "{a:{b:{c}}}", "{a!r"]
        {
            assert!(problem(bad, false).is_some(), "{bad}");
        }
    }
}
