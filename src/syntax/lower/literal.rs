//! Numbers and strings.

use super::super::ast::{Expr, ExprKind};
use super::super::kind::{Field, Kind};
use super::super::tree::{Node, field, is, kind, named};
use super::super::validate::fstring;
use super::{Allow, Fault, Lower, Lowered, required};

/// The parts of one string token.
struct Token<'a> {
    /// The letters before the quotes, in lower case.
    prefix: String,
    /// One quote or three.
    quote: &'a str,
    /// What is between the quotes.
    body: &'a str,
}

impl<'a> Token<'a> {
    /// Splits a string token.
    fn new(text: &'a str) -> Option<Self> {
        let (prefix, rest) = text.split_at(text.find(['"', '\'', '`'])?);
        let triple = ["\"\"\"", "'''"].into_iter().any(|quote| rest.starts_with(quote)) && rest.len() >= 6;
        let width = if triple { 3 } else { 1 };
        let quote = rest.get(..width)?;
        let body = rest.get(width..rest.len().checked_sub(width)?)?;
        Some(Self { prefix: prefix.to_ascii_lowercase(), quote, body })
    }

    /// Whether the closing quotes come before the end, or the line ends inside a string of one line.
    fn ends_early(&self) -> bool {
        let bytes = self.body.as_bytes();
        let mut position = 0;
        while position < bytes.len() {
            match bytes[position] {
                b'\\' => position += 1,
                b'\n' if self.quote.len() == 1 => return true,
                _ if bytes[position..].starts_with(self.quote.as_bytes()) => return true,
                _ => {}
            }
            position += 1;
        }
        false
    }

    /// Whether backslashes stand for themselves.
    fn is_raw(&self) -> bool {
        self.prefix.contains('r')
    }
}

/// What adjacent string tokens add up to.
#[derive(Default)]
struct Joined {
    /// The text.
    text: String,
    /// The expressions of f-strings.
    expressions: Vec<Expr>,
    /// Whether there is an f-string.
    interpolated: bool,
    /// Whether there is a bytes literal.
    bytes: bool,
    /// Whether there is a text literal.
    plain: bool,
}

impl Lower<'_> {
    /// A number.
    pub(super) fn number(&self, node: Node<'_>) -> Lowered<ExprKind> {
        let text = self.text(node);
        let digits = text.replace('_', "");
        if text.ends_with(['l', 'L']) {
            return Err(Fault::python2(node, "a long integer (`10L`) is Python 2"));
        }
        if text.ends_with('_')
            || text.contains("__")
            || ["_.", "._", "_e", "_E", "_j", "_J"].into_iter().any(|bad| text.contains(bad))
        {
            return Err(Fault::at(node, "a misplaced `_` in a number"));
        }
        let hexadecimal = text.starts_with("0x") || text.starts_with("0X");
        if !hexadecimal && text.ends_with(['j', 'J']) {
            return Ok(ExprKind::Complex);
        }
        if is(node, Kind::Float) {
            return Ok(ExprKind::Float(text.to_owned()));
        }
        if digits.len() > 1
            && digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && digits.bytes().any(|byte| byte != b'0')
        {
            return Err(Fault::python2(node, "an octal number without `0o` is Python 2"));
        }
        Ok(ExprKind::Int(text.to_owned()))
    }

    /// A string or several adjacent ones.
    pub(super) fn string(&mut self, node: Node<'_>) -> Lowered<ExprKind> {
        let mut joined = Joined::default();
        if is(node, Kind::ConcatenatedString) {
            for part in named(node) {
                self.string_token(part, &mut joined)?;
            }
        } else {
            self.string_token(node, &mut joined)?;
        }
        match joined {
            Joined { bytes: true, plain: true, .. } => Err(Fault::at(node, "bytes and text can't be joined")),
            Joined { bytes: true, .. } => Ok(ExprKind::Bytes),
            Joined { interpolated: true, expressions, .. } => Ok(ExprKind::FString(expressions)),
            Joined { text, .. } => Ok(ExprKind::Str(text)),
        }
    }

    /// One token of a string.
    fn string_token(&mut self, node: Node<'_>, joined: &mut Joined) -> Lowered<()> {
        let token = Token::new(self.text(node)).ok_or_else(|| Fault::at(node, "this is not a string"))?;
        if token.quote == "`" {
            return Err(Fault::python2(node, "backquotes are Python 2"));
        }
        if token.ends_early() {
            let reason = if token.prefix.contains('f') {
                "the same quotes or a line break inside an f-string need Python 3.12"
            } else {
                "a string without its closing quotes"
            };
            return Err(Fault::at(node, reason));
        }
        match token.prefix.as_str() {
            "" | "u" | "r" => joined.plain = true,
            "b" | "br" | "rb" => {
                if !token.body.is_ascii() {
                    return Err(Fault::at(node, "a bytes literal with other than ASCII characters"));
                }
                joined.bytes = true;
            }
            "f" | "fr" | "rf" => {
                joined.plain = true;
                joined.interpolated = true;
            }
            "ur" => return Err(Fault::python2(node, "`ur\"\"` is Python 2")),
            "t" | "tr" | "rt" => return Err(Fault::at(node, "a t-string needs Python 3.14")),
            _ => return Err(Fault::at(node, format!("`{}` can't stand before a string", token.prefix))),
        }
        if token.is_raw() {
            joined.text.push_str(token.body);
        } else {
            let text = decode(&token, token.prefix.contains('b'))
                .ok_or_else(|| Fault::at(node, "an incomplete escape in a string"))?;
            joined.text.push_str(&text);
        }
        if token.prefix.contains('f') {
            fstring::check(node, self.text)?;
            self.isolated(|lower| lower.interpolations(node, &mut joined.expressions))?;
        }
        Ok(())
    }

    /// The expressions inside an f-string, those of format specifications behind the value that they format.
    fn interpolations(&mut self, node: Node<'_>, found: &mut Vec<Expr>) -> Lowered<()> {
        for part in named(node) {
            if !matches!(kind(part), Some(Kind::Interpolation | Kind::FormatExpression)) {
                continue;
            }
            let mut value = required(part, field(part, Field::Expression))?;
            if is(value, Kind::NamedExpression) {
                // 3.11 reads `{x:=5}` as `x` formatted with `=5`.
                value = required(value, field(value, Field::Name))?;
            }
            found.push(self.values(value, if is(value, Kind::Yield) { Allow::STAR_YIELD } else { Allow::EXPRESSION })?);
            if let Some(specifier) = field(part, Field::FormatSpecifier) {
                self.interpolations(specifier, found)?;
            }
        }
        Ok(())
    }
}

/// The value of a literal that is not raw; `None` if an escape is malformed.
///
/// Names of characters (`\N{DASH}`) are kept as written: their table is not worth its size here. A lone surrogate, which
/// Rust's strings can't hold, becomes U+FFFD.
fn decode(token: &Token<'_>, bytes: bool) -> Option<String> {
    let mut value = String::with_capacity(token.body.len());
    let mut rest = token.body;
    while let Some(position) = rest.find('\\') {
        let (before, escape) = rest.split_at(position);
        value.push_str(before);
        let mut characters = escape.chars();
        characters.next();
        let Some(letter) = characters.next() else {
            value.push('\\');
            return Some(value);
        };
        let after = characters.as_str();
        rest = match letter {
            '\n' => after,
            '\r' => after.strip_prefix('\n').unwrap_or(after),
            'x' => hexadecimal(after, 2, &mut value)?,
            'u' if !bytes => hexadecimal(after, 4, &mut value)?,
            'U' if !bytes => hexadecimal(after, 8, &mut value)?,
            'N' if !bytes => {
                let name = after.strip_prefix('{')?;
                let end = name.find('}')?;
                if end == 0 {
                    return None;
                }
                value.push_str(escape.get(..end + 4)?);
                name.get(end + 1..)?
            }
            '0'..='7' => {
                let length = escape[1..].bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
                let code = u32::from_str_radix(escape.get(1..=length)?, 8).ok()?;
                value.push(char::from_u32(code)?);
                escape.get(length + 1..)?
            }
            _ => {
                match simple(letter) {
                    Some(character) => value.push(character),
                    // An unknown escape stands for itself.
                    None => value.extend(['\\', letter]),
                }
                after
            }
        };
    }
    value.push_str(rest);
    Some(value)
}

/// What a one-letter escape stands for.
fn simple(letter: char) -> Option<char> {
    Some(match letter {
        '\\' | '\'' | '"' => letter,
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        _ => return None,
    })
}

/// Decodes an escape of so many digits and returns what follows.
fn hexadecimal<'a>(text: &'a str, digits: usize, value: &mut String) -> Option<&'a str> {
    let code = text.get(..digits).filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    let code = u32::from_str_radix(code, 16).ok()?;
    if code > 0x0010_ffff {
        return None;
    }
    value.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    text.get(digits..)
}

#[cfg(test)]
mod tests {
    use super::super::sketch::{refused, sketch, valid};

    #[test]
    fn strings_are_decoded() {
        for (text, expected) in [
            (r#"'a' "b" r'\n'"#, "ab\\n"),
            (r#""\x41\u00e9\U0001f600\101\0\q\'\n""#, "Aé😀A\0\\q'\n"),
            ("'''a\\\nb\n'''", "ab\n"),
            (r"u'\N{DASH}'", "\\N{DASH}"),
            (r"'\ud800'", "\u{fffd}"),
        ] {
            assert_eq!(sketch(text), format!("{expected:?}"), "{text}");
        }
        for text in [r"'\x4'", r"'\u12'", r"'\U00110000'", r"'\N'", "b'é'", "'a' b'b'", "bu''", "'a\nb'"] {
            refused(text);
        }
        assert_eq!(sketch(r"b'\x00\u' rb'\x'"), "Bytes");
    }

    #[test]
    fn f_strings_hold_expressions() {
        for (text, expected) in [
            (r#"f"{a!r:>{w}.{p}}" '{b}' rf'{c["d"]}'"#, r#"(f a w p c["d"])"#),
            ("f'{{a}}'", "(f )"),
            ("f'{a=}{b!=c}{d:=^5}{(e:=1)}'", "(f a (!= b c) d (:= e 1))"),
            ("f'''{\na}'''", "(f a)"),
            ("f'{a, b}'", "(f (tuple a b))"),
        ] {
            assert_eq!(sketch(text), expected, "{text}");
        }
        for text in [
            r#"f"{a["b"]}""#,
            r"f'{a}\n{'\n'}'",
            "f'{}'",
            "f'}'",
            "f'{a!x}'",
            "f'{a:{b:{c}}}'",
            "f'{lambda: a}'",
            "f'{*a}'",
            "f'''{a # b\n}'''",
        ] {
            refused(text);
        }
        assert!(refused("t'{a}'").0.contains("3.14"));
    }

    #[test]
    fn numbers() {
        for text in ["0", "00", "0_0", "1_000", "0x_f", "1e5", "1_0.5e-3", "0777.5"] {
            assert_eq!(sketch(text), text);
        }
        assert_eq!(sketch("09j"), "Complex");
        for text in ["10L", "0777", "0xfL"] {
            assert!(refused(text).1, "{text}");
        }
        for text in ["1__0", "1_", "1_.0", "0b12", "0o8"] {
            refused(text);
        }
    }

    #[test]
    fn strings_over_several_lines_are_listed() {
        let cell = valid("a = 'x'\nb = '''\n''' + f'''{\"y\"}\n'''\n");
        let texts: Vec<&str> = cell.strings.iter().map(|span| cell.text(*span)).collect();
        assert_eq!(texts, ["'''\n'''", "f'''{\"y\"}\n'''"]);
    }
}
