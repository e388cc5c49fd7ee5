//! Indenting code without changing what its strings say: lines that begin inside a string must keep their indentation.

/// What the scanner is inside of.
enum Scope {
    /// A string's text: its quote (one or three characters), whether it is formatted.
    Text { quote: &'static str, formatted: bool },
    /// The expression of a replacement field, and how many of its own brackets are open.
    Field { depth: usize },
    /// The format specification of a replacement field.
    Spec,
}

/// `code` with `width` spaces before each line that is neither empty nor begins inside a string.
pub(super) fn indent(code: &str, width: usize) -> String {
    let protected = protected_lines(code);
    let margin = " ".repeat(width);
    let mut out = String::with_capacity(code.len() + width * (protected.len() + 1));
    for (line, inside) in code.split('\n').zip(protected) {
        if !inside && !line.trim().is_empty() {
            out.push_str(&margin);
        }
        out.push_str(line);
        out.push('\n');
    }
    out.pop();
    out
}

/// For each line, whether it begins inside a string.
fn protected_lines(code: &str) -> Vec<bool> {
    let mut lines = vec![false];
    Scanner { code, position: 0, scopes: Vec::new() }.run(&mut |_, inside, character| {
        if character == '\n' {
            lines.push(inside);
        }
    });
    lines
}

/// Whether `code` has a comma outside all brackets and strings: a tuple without parentheses.
pub(super) fn has_bare_comma(code: &str) -> bool {
    let (mut depth, mut found) = (0, false);
    Scanner { code, position: 0, scopes: Vec::new() }.run(&mut |in_code, _, character| {
        depth = nested(depth, in_code, character);
        found |= in_code && character == ',' && depth == 0;
    });
    found
}

/// The statements of `code` that are simple: its lines, where those inside brackets and strings don't count.
pub(super) fn simple_statements(code: &str) -> Vec<String> {
    let (mut depth, mut ends) = (0, vec![]);
    Scanner { code, position: 0, scopes: Vec::new() }.run(&mut |in_code, inside, character| {
        depth = nested(depth, in_code, character);
        if character == '\n' {
            ends.push(depth == 0 && !inside);
        }
    });
    let mut statements = vec![String::new()];
    for (line, end) in code.split('\n').zip(ends.into_iter().chain([false])) {
        if let Some(statement) = statements.last_mut() {
            statement.push_str(line);
            statement.push('\n');
        }
        if end {
            statements.push(String::new());
        }
    }
    statements.iter().map(|statement| statement.trim_end_matches('\n').to_owned()).collect()
}

/// How many brackets are open behind a character.
fn nested(depth: usize, in_code: bool, character: char) -> usize {
    match character {
        '(' | '[' | '{' if in_code => depth + 1,
        ')' | ']' | '}' if in_code => depth.saturating_sub(1),
        _ => depth,
    }
}

/// A scanner that knows strings, their prefixes, and comments; nothing else of Python.
struct Scanner<'a> {
    code: &'a str,
    position: usize,
    scopes: Vec<Scope>,
}

impl Scanner<'_> {
    /// Calls `visit` for each character outside comments that is not a quote: whether it is code outside all strings,
    /// whether the next character is inside a string, and the character.
    fn run(mut self, visit: &mut dyn FnMut(bool, bool, char)) {
        while let Some(character) = self.peek() {
            match self.scopes.last() {
                Some(&Scope::Text { quote, formatted }) => self.text(quote, formatted, character, visit),
                Some(Scope::Spec) => self.spec(character, visit),
                _ => self.code(character, visit),
            }
        }
    }

    fn text(&mut self, quote: &str, formatted: bool, character: char, visit: &mut dyn FnMut(bool, bool, char)) {
        if character == '\\' {
            self.position += 1;
            if let Some(escaped) = self.peek() {
                self.position += escaped.len_utf8();
                visit(false, true, escaped);
            }
        } else if self.rest().starts_with(quote) {
            self.position += quote.len();
            self.scopes.pop();
        } else if formatted && (self.rest().starts_with("{{") || self.rest().starts_with("}}")) {
            self.position += 2;
        } else if formatted && character == '{' {
            self.position += 1;
            self.scopes.push(Scope::Field { depth: 0 });
        } else {
            self.position += character.len_utf8();
            // A plain string ends with its line, if only because the code is wrong.
            if character == '\n' && quote.len() == 1 {
                self.scopes.pop();
            }
            visit(false, !self.scopes.is_empty(), character);
        }
    }

    fn spec(&mut self, character: char, visit: &mut dyn FnMut(bool, bool, char)) {
        self.position += character.len_utf8();
        match character {
            '{' => self.scopes.push(Scope::Field { depth: 0 }),
            '}' => {
                self.scopes.pop();
                self.scopes.pop();
            }
            _ => visit(false, true, character),
        }
    }

    fn code(&mut self, character: char, visit: &mut dyn FnMut(bool, bool, char)) {
        let inside = !self.scopes.is_empty();
        if let '"' | '\'' = character {
            self.open_string(character);
            return;
        }
        if character == '#' {
            let end = self.rest().find('\n').unwrap_or(self.rest().len());
            self.position += end;
            return;
        }
        self.position += character.len_utf8();
        if let Some(Scope::Field { depth }) = self.scopes.last_mut() {
            match (character, *depth) {
                ('(' | '[' | '{', _) => *depth += 1,
                ('}', 0) => {
                    self.scopes.pop();
                    return;
                }
                (')' | ']' | '}', _) => *depth = depth.saturating_sub(1),
                (':', 0) => {
                    self.scopes.push(Scope::Spec);
                    return;
                }
                _ => {}
            }
        }
        visit(!inside, inside, character);
    }

    fn open_string(&mut self, quote: char) {
        let before = &self.code.as_bytes()[..self.position];
        let letters = before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let prefix = &before[before.len() - letters..];
        let formatted = letters <= 2 && prefix.iter().any(|byte| matches!(byte, b'f' | b'F' | b't' | b'T'));
        let quote = match (quote, self.rest()) {
            ('"', rest) if rest.starts_with("\"\"\"") => "\"\"\"",
            ('"', _) => "\"",
            (_, rest) if rest.starts_with("'''") => "'''",
            _ => "'",
        };
        self.position += quote.len();
        self.scopes.push(Scope::Text { quote, formatted });
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &str {
        &self.code[self.position..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_inside_strings_keep_their_indentation() {
        let cases = [
            ("a = 1\n\nb = (\n  2)", "    a = 1\n\n    b = (\n      2)"),
            ("q = '''one\ntwo'''\nx", "    q = '''one\ntwo'''\n    x"),
            ("q = \"it's\"\nx", "    q = \"it's\"\n    x"),
            ("# it's\nx", "    # it's\n    x"),
            ("q = 'a\\\nb'\nx", "    q = 'a\\\nb'\n    x"),
            ("q = r'''\\\\'''\nx", "    q = r'''\\\\'''\n    x"),
            ("q = f'''{d['a']}\n{{\n{x:>{w}}\n'''\nx", "    q = f'''{d['a']}\n{{\n{x:>{w}}\n'''\n    x"),
            ("q = f'{d[\"a\"]:>3}'\nx", "    q = f'{d[\"a\"]:>3}'\n    x"),
            ("q = f'''{\n  a # }\n}'''\nx", "    q = f'''{\n  a # }\n}'''\n    x"),
            ("q = f'{a!r}' f\"{b}\"\nx = '\\''\ny", "    q = f'{a!r}' f\"{b}\"\n    x = '\\''\n    y"),
            ("é = 'ü'\nq = b'''\n  '''", "    é = 'ü'\n    q = b'''\n  '''"),
            ("x = 'open\ny = 1", "    x = 'open\n    y = 1"),
        ];
        for (code, expected) in cases {
            assert_eq!(indent(code, 4), expected, "{code}");
        }
    }

    #[test]
    fn statements_end_outside_brackets() {
        assert_eq!(simple_statements("a = (\n1)\nb = '''\n'''\nf(b)"), ["a = (\n1)", "b = '''\n'''", "f(b)"]);
    }

    #[test]
    fn commas_outside_brackets() {
        assert!(has_bare_comma("a, b"));
        assert!(!has_bare_comma("f(a, b)[1, 2] + ',' # , \n"));
        assert!(!has_bare_comma("f'{a, b}'"));
    }
}
