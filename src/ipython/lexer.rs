//! Python 3.11's tokenizer, as far as lines, brackets, strings and comments go. It reads any text to its end: what can't
//! be a token is noted as a [`Fault`] and skipped.

use super::literal;

/// A statement's line, or several that brackets, strings or backslashes join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogicalLine {
    /// Byte offset of the first token.
    pub start: usize,
    /// Byte offset after the last token; a comment is not one.
    pub end: usize,
    /// 1-based line of the first token.
    pub first_line: usize,
    /// 1-based line of the last token's end.
    pub last_line: usize,
    /// The blanks before the first token.
    pub indent: String,
    /// The indent's width with tabs to multiples of eight.
    pub column: usize,
    /// The indent's width with tabs of one: both must agree, or the indentation depends on the reader's tabs.
    pub tab_column: usize,
    /// Whether the last token is a colon outside brackets, so that an indented block must follow.
    pub ends_with_colon: bool,
    /// Index of its first token, and of the one after its last.
    pub(super) tokens: (usize, usize),
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Name,
    Number,
    String,
    /// One character of an operator; `!=` is two.
    Op,
}

/// A token, with its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What Python 3.11 would refuse, and at which byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) message: String,
}

/// A text as tokens and lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Lexed {
    pub(super) tokens: Vec<Token>,
    pub(super) lines: Vec<LogicalLine>,
    /// In the order of the text, but for brackets that are never closed, which come last.
    pub(super) faults: Vec<Fault>,
}

/// The logical lines of a Python text. Total: a text that is not Python has lines too.
#[must_use]
pub fn logical_lines(text: &str) -> Vec<LogicalLine> {
    lex(text).lines
}

/// Reads a text.
pub(super) fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer { text, bytes: text.as_bytes(), at: 0, line: 1, open: Vec::new(), out: Lexed::default() };
    while lexer.at < text.len() {
        lexer.logical_line();
    }
    let unclosed = lexer
        .open
        .first()
        .map(|&(bracket, at)| Fault { at, message: format!("`{}` is never closed", char::from(bracket)) });
    lexer.out.faults.extend(unclosed);
    lexer.out
}

/// The length of a string's prefix (`rb`, `f`, or none), if a string starts here.
pub(super) fn string_prefix(bytes: &[u8]) -> Option<usize> {
    let is_quote = |at: usize| matches!(bytes.get(at), Some(b'"' | b'\''));
    let lower = |at: usize| bytes.get(at).map(u8::to_ascii_lowercase);
    match (lower(0)?, lower(1)) {
        (b'"' | b'\'', _) => Some(0),
        (b'b' | b'r' | b'u' | b'f', _) if is_quote(1) => Some(1),
        (b'b' | b'f', Some(b'r')) | (b'r', Some(b'b' | b'f')) if is_quote(2) => Some(2),
        _ => None,
    }
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: usize,
    open: Vec<(u8, usize)>,
    out: Lexed,
}

/// The blanks before a line.
struct Indent {
    start: usize,
    end: usize,
    column: usize,
    tab_column: usize,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        // A zero byte is not Python, so it can stand for the end.
        self.bytes.get(self.at + ahead).copied().unwrap_or_default()
    }

    fn fault(&mut self, at: usize, message: impl Into<String>) {
        self.out.faults.push(Fault { at, message: message.into() });
    }

    fn logical_line(&mut self) {
        let indent = self.indent();
        let first_token = self.out.tokens.len();
        let mut first_line = self.line;
        let mut last_line = self.line;
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'\n' => {
                    self.at += 1;
                    self.line += 1;
                    if self.open.is_empty() {
                        break;
                    }
                }
                b' ' | b'\t' | b'\x0c' | b'\r' => self.at += 1,
                b'#' => self.at += self.text[self.at..].find('\n').unwrap_or(self.text.len() - self.at),
                b'\\' => self.backslash(),
                _ => {
                    if self.out.tokens.len() == first_token {
                        first_line = self.line;
                    }
                    self.token();
                    last_line = self.line;
                }
            }
        }
        let tokens = (first_token, self.out.tokens.len());
        let (Some(first), Some(last)) = (self.out.tokens.get(first_token), self.out.tokens.last()) else { return };
        let ends_with_colon = self.open.is_empty() && &self.bytes[last.start..last.end] == b":";
        self.out.lines.push(LogicalLine {
            start: first.start,
            end: last.end,
            first_line,
            last_line,
            indent: self.text[indent.start..indent.end].to_owned(),
            column: indent.column,
            tab_column: indent.tab_column,
            ends_with_colon,
            tokens,
        });
    }

    /// Measures as Python does: a form feed starts anew, and after a backslash the first line's indentation counts.
    fn indent(&mut self) -> Indent {
        let mut start = self.at;
        let mut width = (0, 0);
        let mut first: Option<(usize, (usize, usize))> = None;
        loop {
            match self.peek(0) {
                b' ' => width = (width.0 + 1, width.1 + 1),
                b'\t' => width = ((width.0 / 8 + 1) * 8, width.1 + 1),
                b'\x0c' => width = (0, 0),
                b'\\' if self.peek(1) == b'\n' => {
                    if first.is_none() && width.0 > 0 {
                        first = Some((self.at, width));
                    }
                    self.backslash();
                    if first.is_none() {
                        start = self.at;
                    }
                    continue;
                }
                _ => break,
            }
            self.at += 1;
        }
        let (end, (column, tab_column)) = first.unwrap_or((self.at, width));
        Indent { start, end, column, tab_column }
    }

    fn backslash(&mut self) {
        let at = self.at;
        self.at += 1;
        if self.peek(0) == b'\r' {
            self.at += 1;
        }
        if self.peek(0) != b'\n' {
            self.fault(at, "an unexpected character follows the backslash");
            return;
        }
        self.at += 1;
        self.line += 1;
        if self.at >= self.bytes.len() {
            self.fault(at, "nothing follows the backslash");
        }
    }

    fn token(&mut self) {
        let start = self.at;
        if let Some(prefix) = string_prefix(&self.bytes[start..]) {
            self.string(prefix);
            return;
        }
        match self.peek(0) {
            b'0'..=b'9' => self.number(),
            b'.' if self.peek(1).is_ascii_digit() => self.number(),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => self.name(),
            bracket @ (b'(' | b'[' | b'{') => {
                self.open.push((bracket, start));
                self.op();
            }
            bracket @ (b')' | b']' | b'}') => {
                self.close(bracket);
                self.op();
            }
            b'!' if self.peek(1) == b'=' => self.op(),
            byte if b"%&*+,-./:;<=>@^|~".contains(&byte) => self.op(),
            byte => {
                self.fault(
                    start,
                    match byte {
                        b'`' => "backticks are Python 2".to_owned(),
                        byte => format!("stray `{}`", char::from(byte).escape_default()),
                    },
                );
                self.at += 1;
            }
        }
    }

    fn push(&mut self, kind: TokenKind, start: usize) {
        self.out.tokens.push(Token { kind, start, end: self.at });
    }

    fn op(&mut self) {
        self.at += 1;
        self.push(TokenKind::Op, self.at - 1);
    }

    fn close(&mut self, bracket: u8) {
        let expected = match bracket {
            b')' => b'(',
            b']' => b'[',
            _ => b'{',
        };
        let message = match self.open.pop() {
            Some((open, _)) if open == expected => return,
            Some((open, _)) => format!("`{}` does not close `{}`", char::from(bracket), char::from(open)),
            None => format!("unmatched `{}`", char::from(bracket)),
        };
        self.fault(self.at, message);
    }

    fn number(&mut self) {
        let start = self.at;
        let (length, message) = literal::number(&self.bytes[start..]);
        self.at += length;
        self.push(TokenKind::Number, start);
        if let Some(message) = message {
            self.fault(start, message);
        }
    }

    fn name(&mut self) {
        let start = self.at;
        let rest = &self.text[start..];
        let end = rest.find(|c: char| c.is_ascii() && !(c == '_' || c.is_ascii_alphanumeric())).unwrap_or(rest.len());
        let word = &rest[..end];
        self.at += end;
        self.push(TokenKind::Name, start);
        let wrong = word.char_indices().find(|&(at, c)| !literal::in_identifier(c, at == 0));
        if let Some((at, c)) = wrong {
            self.fault(start + at, format!("`{}` (U+{:04X}) is no Python", c.escape_debug(), u32::from(c)));
        }
    }

    /// Python joins strings that stand side by side, but not bytes with text.
    fn mixes_bytes(&mut self, start: usize) {
        let line_start = self.out.lines.last().map_or(0, |line| line.tokens.1);
        let last = self.out.tokens.get(line_start..).and_then(<[Token]>::last);
        let Some(last) = last.filter(|token| token.kind == TokenKind::String) else { return };
        let is_bytes = |at: usize| {
            let prefix = string_prefix(&self.bytes[at..]).unwrap_or_default();
            self.bytes[at..at + prefix].iter().any(|byte| byte.eq_ignore_ascii_case(&b'b'))
        };
        if is_bytes(last.start) != is_bytes(start) {
            self.fault(start, "bytes and text side by side");
        }
    }

    fn string(&mut self, prefix: usize) {
        let start = self.at;
        self.at += prefix;
        let quote = self.peek(0);
        let triple = self.peek(1) == quote && self.peek(2) == quote;
        let width = if triple { 3 } else { 1 };
        self.at += width;
        let body = self.at;
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'\\' => {
                    self.at += 1;
                    if self.peek(0) == b'\r' && self.peek(1) == b'\n' {
                        self.at += 1;
                    }
                }
                b'\n' if !triple => break,
                byte if byte == quote && (!triple || (self.peek(1) == quote && self.peek(2) == quote)) => {
                    let text = &self.text[body..self.at];
                    self.at += width;
                    self.mixes_bytes(start);
                    self.push(TokenKind::String, start);
                    if let Some((at, message)) = literal::string(&self.text[start..start + prefix], text) {
                        self.fault(body + at, message);
                    }
                    return;
                }
                _ => {}
            }
            if self.peek(0) == b'\n' {
                self.line += 1;
            }
            self.at += 1;
            while self.at < self.bytes.len() && !self.text.is_char_boundary(self.at) {
                self.at += 1;
            }
        }
        self.at = self.at.min(self.bytes.len());
        self.push(TokenKind::String, start);
        self.fault(
            start,
            if triple { "the triple-quoted string is never closed" } else { "the string is never closed" },
        );
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn faults(text: &str) -> Vec<String> {
        lex(text).faults.into_iter().map(|fault| fault.message).collect()
    }

    #[test]
    fn lines_join_over_brackets_strings_and_backslashes() {
        let text = "f(1,\n  2)\nx = '''a\n# b\n''' # c\n\n# d\nif a \\\n  and b:\n\tpass\n";
        let lines = logical_lines(text);
        let places: Vec<_> = lines.iter().map(|line| (line.first_line, line.last_line, line.ends_with_colon)).collect();
        assert_eq!(places, [(1, 2, false), (3, 5, false), (8, 9, true), (10, 10, false)]);
        assert_eq!(&text[lines[1].start..lines[1].end], "x = '''a\n# b\n'''");
        assert_eq!((lines[3].indent.as_str(), lines[3].column, lines[3].tab_column), ("\t", 8, 1));
    }

    #[test]
    fn faults_are_what_python_refuses() {
        assert!(faults("a = {'b': [1, (2)]}\nx != y\nR\"\\d\" '' F'{a!r:>{w}}'\nrb''").is_empty());
        assert_eq!(faults("f(1"), ["`(` is never closed"]);
        assert_eq!(faults("f(1]"), ["`]` does not close `(`"]);
        assert_eq!(faults("1)"), ["unmatched `)`"]);
        assert_eq!(faults("'a\nb"), ["the string is never closed"]);
        assert_eq!(faults("'''a\n''"), ["the triple-quoted string is never closed"]);
        assert_eq!(faults("a $ b?"), ["stray `$`", "stray `?`"]);
        assert_eq!(faults("a \\ b"), ["an unexpected character follows the backslash"]);
        assert_eq!(faults("'a' b'c'"), ["bytes and text side by side"]);
        assert!(faults("'a' f'b' u'b'\n(b'c'\nRB'd')\n'e'").is_empty());
        assert_eq!(faults("“a”"), ["`“` (U+201C) is no Python"]);
        assert_eq!(faults("größe = 变量 + λ2"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn any_text_has_lines(text in "(?s)([a-z(\\[{)}'\"\\\\\n:#=! \tfrb]|.){0,60}") {
            let lexed = lex(&text);
            let mut end = 0;
            for line in &lexed.lines {
                prop_assert!(end <= line.start && line.start < line.end && line.first_line <= line.last_line);
                prop_assert!(text.get(line.start..line.end).is_some());
                end = line.end;
            }
            for fault in &lexed.faults {
                prop_assert!(text.is_char_boundary(fault.at));
            }
        }
    }
}
