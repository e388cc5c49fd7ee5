//! A port of Python 3.11's `tokenize` module as far as IPython looks at it. It is more forgiving than Python's own
//! tokenizer ([`super::lexer`]): what is not a token becomes an [`Kind::Error`], and that is how magics are found.

use super::text::{is_word, strip};

/// What IPython asks of a token's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Number,
    Op,
    String,
    Comment,
    Newline,
    /// A line end that ends no statement.
    Nl,
    Indent,
    Dedent,
    /// A character that no token starts with.
    Error,
    End,
}

/// A token; positions are 0-based, columns in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) line: usize,
    pub(super) column: usize,
    /// Its text; of a string that goes over lines, only what stands on its first one.
    pub(super) text: &'a str,
}

/// Where a group of tokens starts: enough to start tokenizing there again.
#[derive(Clone, Debug)]
pub(super) struct Checkpoint {
    pub(super) line: usize,
    indents: Vec<usize>,
    /// The tokenizer's bracket depth, which a surplus `)` makes negative.
    depth: isize,
    /// The depth by which IPython groups tokens, which never is.
    group_depth: usize,
}

impl Default for Checkpoint {
    fn default() -> Self {
        Self { line: 0, indents: vec![0], depth: 0, group_depth: 0 }
    }
}

/// A line whose indentation fits no outer one, 0-based: Python's `tokenize` gives up there, and IPython with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadDedent {
    pub(super) line: usize,
}

/// Tokenizes lines, one logical line after the other.
pub(super) struct Groups<'a> {
    lines: &'a [String],
    state: Checkpoint,
    ended: bool,
}

/// A string that has not ended on the line on which it began.
enum Open {
    Triple(&'static [u8; 3]),
    /// Continued by a backslash.
    Single(u8),
}

impl<'a> Groups<'a> {
    pub(super) fn new(lines: &'a [String], from: Checkpoint) -> Self {
        Self { lines, state: from, ended: false }
    }

    /// Where the next group starts.
    pub(super) fn checkpoint(&self) -> Checkpoint {
        self.state.clone()
    }

    /// The tokens of the next logical line, comment or blank line.
    pub(super) fn next_group(&mut self) -> Result<Option<Vec<Token<'a>>>, BadDedent> {
        if self.ended {
            return Ok(None);
        }
        let mut group: Vec<Token<'a>> = Vec::new();
        let mut open: Option<Open> = None;
        let mut continued = false;
        while let Some(text) = self.lines.get(self.state.line) {
            let line = self.state.line;
            let mut at = 0;
            if let Some(string) = &open {
                match string.end(text.as_bytes()) {
                    Some(end) => {
                        open = None;
                        at = end;
                    }
                    None if matches!(string, Open::Single(_)) && !text.ends_with("\\\n") => {
                        if let Some(string) = group.last_mut() {
                            string.kind = Kind::Error;
                        }
                        open = None;
                        self.state.line += 1;
                        continue;
                    }
                    None => {
                        self.state.line += 1;
                        continue;
                    }
                }
            } else if self.state.depth == 0 && !continued {
                let Some(start) = self.indentation(text, &mut group)? else { break };
                at = start;
                if matches!(text.as_bytes()[at], b'#' | b'\r' | b'\n') {
                    let comment = text[at..].trim_end_matches(['\r', '\n']);
                    if !comment.is_empty() {
                        group.push(Token { kind: Kind::Comment, line, column: at, text: comment });
                    }
                    group.push(Token { kind: Kind::Nl, line, column: at, text: &text[at + comment.len()..] });
                    self.state.line += 1;
                    if self.state.group_depth == 0 {
                        return Ok(Some(group));
                    }
                    continue;
                }
            }
            continued = false;
            let complete = self.tokens(text, at, &mut group, &mut open, &mut continued);
            self.state.line += 1;
            if complete {
                return Ok(Some(group));
            }
        }
        self.ended = true;
        let at_end = self.state.line >= self.lines.len();
        if open.is_some() {
            group.pop();
        } else if !(at_end && (self.state.depth != 0 || continued)) {
            group.push(self.end());
        }
        Ok((!group.is_empty()).then_some(group))
    }

    /// The token that ends the last statement: a line end that is not there, or the end itself.
    fn end(&self) -> Token<'a> {
        let line = self.state.line;
        let last = line.checked_sub(1).and_then(|line| self.lines.get(line)).map_or("", String::as_str);
        let implied = !last.is_empty() && !last.ends_with(['\r', '\n']) && !strip(last).starts_with('#');
        Token { kind: if implied { Kind::Newline } else { Kind::End }, line, column: 0, text: "" }
    }

    /// Measures a new statement's indentation; `None` for a last line of nothing but blanks, at which `tokenize` stops.
    fn indentation(&mut self, text: &'a str, group: &mut Vec<Token<'a>>) -> Result<Option<usize>, BadDedent> {
        let mut column = 0;
        let mut at = 0;
        for byte in text.bytes() {
            match byte {
                b' ' => column += 1,
                b'\t' => column = (column / 8 + 1) * 8,
                b'\x0c' => column = 0,
                _ => break,
            }
            at += 1;
        }
        let Some(first) = text.as_bytes().get(at) else { return Ok(None) };
        if matches!(first, b'#' | b'\r' | b'\n') {
            return Ok(Some(at));
        }
        let line = self.state.line;
        let indents = &mut self.state.indents;
        if indents.last().is_some_and(|&last| column > last) {
            indents.push(column);
            group.push(Token { kind: Kind::Indent, line, column: 0, text: &text[..at] });
        }
        while indents.last().is_some_and(|&last| column < last) {
            if !indents.contains(&column) {
                return Err(BadDedent { line });
            }
            indents.pop();
            group.push(Token { kind: Kind::Dedent, line, column: at, text: "" });
        }
        Ok(Some(at))
    }

    /// The tokens of the rest of a line; true if the group ends with it.
    fn tokens(
        &mut self,
        text: &'a str,
        mut at: usize,
        group: &mut Vec<Token<'a>>,
        open: &mut Option<Open>,
        continued: &mut bool,
    ) -> bool {
        let line = self.state.line;
        while at < text.len() {
            let blanks = text[at..].bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c')).count();
            let start = at + blanks;
            if start == text.len() {
                break;
            }
            match scan(text, start) {
                Scan::Token(kind, end) => {
                    let token = Token { kind, line, column: start, text: &text[start..end] };
                    group.push(token);
                    at = end;
                    match token.text {
                        "\n" | "\r\n" | "\r" => {
                            let ends = self.state.depth <= 0;
                            if let Some(last) = group.last_mut() {
                                last.kind = if ends { Kind::Newline } else { Kind::Nl };
                            }
                            if ends || self.state.group_depth == 0 {
                                return true;
                            }
                        }
                        "(" | "[" | "{" => {
                            self.state.depth += 1;
                            self.state.group_depth += 1;
                        }
                        ")" | "]" | "}" => {
                            self.state.depth -= 1;
                            self.state.group_depth = self.state.group_depth.saturating_sub(1);
                        }
                        _ => {}
                    }
                }
                Scan::Continues => {
                    *continued = true;
                    return false;
                }
                Scan::Opens(string) => {
                    group.push(Token { kind: Kind::String, line, column: start, text: &text[start..] });
                    *open = Some(string);
                    return false;
                }
                // The blank before it, if there is one, is the character that fits no token: `tokenize` matches both
                // together. The character itself comes next.
                Scan::Nothing => {
                    let end = at + text[at..].chars().next().map_or(1, char::len_utf8);
                    group.push(Token { kind: Kind::Error, line, column: at, text: &text[at..end] });
                    at = end;
                }
            }
        }
        false
    }
}

/// What stands at a place of a line.
enum Scan {
    Token(Kind, usize),
    Opens(Open),
    /// A backslash at the line's end.
    Continues,
    Nothing,
}

fn scan(text: &str, start: usize) -> Scan {
    let bytes = text.as_bytes();
    let rest = &bytes[start..];
    match rest[0] {
        b'#' => return Scan::Token(Kind::Comment, start + text[start..].trim_end_matches(['\r', '\n']).len()),
        b'\n' => return Scan::Token(Kind::Newline, start + 1),
        b'\r' if rest.get(1) == Some(&b'\n') => return Scan::Token(Kind::Newline, start + 2),
        b'\\' if matches!(rest[1..], [b'\n'] | [b'\r', b'\n']) => return Scan::Continues,
        b'0'..=b'9' => return Scan::Token(Kind::Number, start + number_length(rest)),
        b'.' if rest.get(1).is_some_and(u8::is_ascii_digit) => {
            return Scan::Token(Kind::Number, start + number_length(rest));
        }
        _ => {}
    }
    let prefix = super::lexer::string_prefix(rest);
    if let Some(prefix) = prefix {
        return scan_string(bytes, start, prefix);
    }
    let word = text[start..].find(|c| !is_word(c)).unwrap_or(text.len() - start);
    if word > 0 {
        let identifier = text[start..].starts_with(|c: char| c == '_' || c.is_alphabetic());
        return Scan::Token(if identifier { Kind::Name } else { Kind::Op }, start + word);
    }
    match operator_length(rest) {
        0 => Scan::Nothing,
        length => Scan::Token(Kind::Op, start + length),
    }
}

/// A number with whatever letters follow: IPython never looks inside, and no string or bracket hides there.
fn number_length(rest: &[u8]) -> usize {
    rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')).count()
}

fn operator_length(rest: &[u8]) -> usize {
    const THREE: [&[u8; 3]; 5] = [b"**=", b"...", b"//=", b"<<=", b">>="];
    const TWO: [&[u8; 2]; 19] = [
        b"!=", b"%=", b"&=", b"**", b"*=", b"+=", b"-=", b"->", b"//", b"/=", b":=", b"<<", b"<=", b"==", b">=", b">>",
        b"@=", b"^=", b"|=",
    ];
    if THREE.iter().any(|op| rest.starts_with(*op)) {
        3
    } else if TWO.iter().any(|op| rest.starts_with(*op)) {
        2
    } else {
        usize::from(b"%&()*+,-./:;<=>@[]^{|}~".contains(&rest[0]))
    }
}

fn scan_string(bytes: &[u8], start: usize, prefix: usize) -> Scan {
    let at = start + prefix;
    let open = match &bytes[at..] {
        [b'"', b'"', b'"', ..] => Open::Triple(b"\"\"\""),
        [b'\'', b'\'', b'\'', ..] => Open::Triple(b"'''"),
        [quote, ..] => Open::Single(*quote),
        [] => return Scan::Nothing,
    };
    let body = at + if matches!(open, Open::Triple(_)) { 3 } else { 1 };
    match open.end(&bytes[body..]) {
        Some(end) => Scan::Token(Kind::String, body + end),
        None if matches!(open, Open::Triple(_)) => Scan::Opens(open),
        None if bytes.ends_with(b"\\\n") && continues(&bytes[body..]) => Scan::Opens(open),
        // The quote is no token, but a prefix before it is a name.
        None if prefix > 0 => Scan::Token(Kind::Name, at),
        None => Scan::Nothing,
    }
}

/// Whether the backslash before the last line end is not itself escaped.
fn continues(body: &[u8]) -> bool {
    let before = &body[..body.len() - 1];
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

impl Open {
    /// Where the string ends in (the rest of) a line.
    fn end(&self, line: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < line.len() {
            match line[at] {
                b'\\' if line.get(at + 1) == Some(&b'\n') => return None,
                b'\\' => at += 2,
                byte => match self {
                    Self::Triple(quotes) if line[at..].starts_with(*quotes) => return Some(at + 3),
                    Self::Single(quote) if byte == *quote => return Some(at + 1),
                    _ => at += 1,
                },
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::splitlines;
    use super::*;

    fn groups(text: &str) -> Vec<Vec<(Kind, String)>> {
        let lines = splitlines(text);
        let mut groups = Groups::new(&lines, Checkpoint::default());
        let mut out = Vec::new();
        while let Ok(Some(group)) = groups.next_group() {
            out.push(group.iter().map(|token| (token.kind, token.text.to_owned())).collect());
        }
        out
    }

    #[test]
    fn brackets_and_backslashes_continue_a_group() {
        assert_eq!(groups("f(\n% a)\nb \\\n% c\n").len(), 3);
    }

    #[test]
    fn blanks_before_strange_characters_are_errors_too() {
        let group = &groups("a = !ls\n")[0];
        assert_eq!(group[2], (Kind::Error, " ".to_owned()));
        assert_eq!(group[3], (Kind::Error, "!".to_owned()));
    }

    #[test]
    fn an_unclosed_quote_is_a_character() {
        let group = &groups("!echo it's\n")[0];
        assert_eq!(group[0], (Kind::Error, "!".to_owned()));
        assert_eq!(group.last().map(|token| token.0), Some(Kind::Newline));
    }

    #[test]
    fn a_wrong_dedent_is_an_error() {
        let lines = splitlines("if a:\n    b\n  c\n");
        let mut groups = Groups::new(&lines, Checkpoint::default());
        let error = loop {
            match groups.next_group() {
                Ok(Some(_)) => {}
                other => break other.err(),
            }
        };
        assert_eq!(error, Some(BadDedent { line: 2 }));
    }
}
