//! What Python 3.11 refuses inside names, numbers and strings.

/// A number's length, and why it is none.
pub(super) fn number(bytes: &[u8]) -> (usize, Option<String>) {
    let mut scan = Number { bytes, at: 0 };
    let valid = scan.number();
    let valid = valid && scan.ends();
    if valid {
        return (scan.at, None);
    }
    let length = bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let length = length.max(scan.at).max(1);
    let text = String::from_utf8_lossy(&bytes[..length]);
    (length, Some(format!("`{text}` is no number in Python 3")))
}

struct Number<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Number<'_> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or_default()
    }

    fn eat(&mut self, any: &[u8]) -> bool {
        let found = any.contains(&self.peek());
        self.at += usize::from(found);
        found
    }

    /// Digits with single underscores between them; false if one ends them or there are none.
    fn digits(&mut self, is_digit: fn(&u8) -> bool) -> bool {
        loop {
            let count = self.bytes[self.at..].iter().take_while(|byte| is_digit(byte)).count();
            self.at += count;
            if count == 0 {
                return false;
            }
            if !self.eat(b"_") {
                return true;
            }
        }
    }

    fn number(&mut self) -> bool {
        if self.peek() == b'0' {
            let is_digit: Option<fn(&u8) -> bool> = match self.bytes.get(1) {
                Some(b'x' | b'X') => Some(u8::is_ascii_hexdigit),
                Some(b'o' | b'O') => Some(|byte| matches!(byte, b'0'..=b'7')),
                Some(b'b' | b'B') => Some(|byte| matches!(byte, b'0' | b'1')),
                _ => None,
            };
            if let Some(is_digit) = is_digit {
                self.at = 2;
                self.eat(b"_");
                return self.digits(is_digit) && !self.peek().is_ascii_digit();
            }
        }
        let mut integer = true;
        if self.peek() != b'.' && !self.digits(u8::is_ascii_digit) {
            return false;
        }
        let whole = &self.bytes[..self.at];
        if self.eat(b".") {
            integer = false;
            if self.peek().is_ascii_digit() && !self.digits(u8::is_ascii_digit) {
                return false;
            }
        }
        if matches!(self.peek(), b'e' | b'E') {
            let sign = usize::from(matches!(self.bytes.get(self.at + 1), Some(b'+' | b'-')));
            if self.bytes.get(self.at + 1 + sign).is_some_and(u8::is_ascii_digit) {
                self.at += 1 + sign;
                integer = false;
                if !self.digits(u8::is_ascii_digit) {
                    return false;
                }
            } else if sign == 1 {
                return false;
            }
        }
        if self.eat(b"jJ") {
            integer = false;
        }
        // `007` is Python 2's octal; `000` is allowed.
        !(integer && whole.starts_with(b"0") && whole.iter().any(|byte| matches!(byte, b'1'..=b'9')))
    }

    /// Whether what follows may: an operator, or one of the keywords that Python still accepts there (`1if x else 2`).
    fn ends(&self) -> bool {
        let rest = &self.bytes[self.at..];
        let keyword = [&b"and"[..], b"else", b"for", b"if", b"in", b"is", b"or", b"not"];
        match rest.first() {
            Some(b'_' | b'a'..=b'z' | b'A'..=b'Z' | 0x80..) => keyword.iter().any(|word| rest.starts_with(word)),
            _ => true,
        }
    }
}

/// Whether a character may stand in an identifier. Unicode's XID properties from what the standard library knows: letters
/// and digits, but no fractions or superscripts, and the marks that combine with letters.
pub(super) fn in_identifier(c: char, first: bool) -> bool {
    if c.is_ascii() {
        return c == '_' || c.is_ascii_alphabetic() || (!first && c.is_ascii_digit());
    }
    let other_number = matches!(
        c,
        '²' | '³' | '¹' | '¼'..='¾' | '⁰' | '⁴'..='⁹' | '₀'..='₉' | '⅐'..='⅟' | '①'..='⓿' | '❶'..='➓'
    );
    if c.is_alphabetic() {
        return !other_number;
    }
    !first && !other_number && (c.is_numeric() || is_mark(c) || matches!(c, '·' | '‿' | '⁀'))
}

/// A combining mark: what Rust's debug format escapes alone, but not behind a letter.
fn is_mark(c: char) -> bool {
    let mut pair = String::from("a");
    pair.push(c);
    c.escape_debug().len() > 1 && pair.escape_debug().nth(1) == Some(c)
}

/// What is wrong in a string's body, and at which of its bytes.
pub(super) fn string(prefix: &str, body: &str) -> Option<(usize, String)> {
    let has = |letter: char| prefix.chars().any(|c| c.eq_ignore_ascii_case(&letter));
    if has('b') && !body.is_ascii() {
        let at = body.bytes().position(|byte| !byte.is_ascii()).unwrap_or_default();
        return Some((at, "bytes can only have ASCII characters".to_owned()));
    }
    if has('f') {
        let wrong = super::fstring::problem(body, has('r'));
        if let Some((at, message)) = wrong {
            return Some((at, format!("f-string: {message}")));
        }
    }
    if has('r') { None } else { escapes(body, !has('b')) }
}

/// Backslash escapes that stop short: `"C:\Users"` is the usual one.
fn escapes(body: &str, unicode: bool) -> Option<(usize, String)> {
    let bytes = body.as_bytes();
    let mut at = 0;
    while let Some(found) = body[at..].find('\\') {
        at += found;
        let digits = match bytes.get(at + 1) {
            Some(b'x') => 2,
            Some(b'u') if unicode => 4,
            Some(b'U') if unicode => 8,
            Some(b'N') if unicode => {
                let named = body[at + 2..].strip_prefix('{').and_then(|rest| rest.split_once('}'));
                if named.is_none_or(|(name, _)| name.is_empty()) {
                    return Some((at, "`\\N` names no character".to_owned()));
                }
                0
            }
            _ => 0,
        };
        let start = at + 2;
        let found = bytes[start.min(bytes.len())..].iter().take(digits).take_while(|byte| byte.is_ascii_hexdigit());
        let found = found.count();
        let too_large = digits == 8
            && found == 8
            && body.get(start..start + 8).and_then(|hex| u32::from_str_radix(hex, 16).ok()) > Some(0x10_FFFF);
        if found < digits || too_large {
            let escape = body[at..].chars().take(2 + found).collect::<String>();
            return Some((at, format!("the string's escape `{escape}` is incomplete; a path needs `r\"...\"`")));
        }
        // Whatever is escaped is one character, a backslash too.
        at = start;
        while !body.is_char_boundary(at.min(body.len())) {
            at += 1;
        }
        if at >= body.len() {
            break;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for good in ["0", "000", "1_000", "0xFF", "0b1", "1.", ".5", "1e-5", "1j", "0.5", "00.5", "1if", "09e1", "0_0"]
        {
            assert_eq!(number(good.as_bytes()).1, None, "{good}");
        }
        for bad in ["0777", "10L", "1__0", "1_", "0b2", "0x", "1abc", "0o8", "1e+", "08"] {
            assert!(number(bad.as_bytes()).1.is_some(), "{bad}");
        }
        assert_eq!(number(b"1.real").0, 2);
    }

    #[test]
    fn escapes_that_stop_short() {
        for (prefix, good) in [("", "\\n\\x41\\\\U"), ("r", "C:\\Users"), ("b", "\\u"), ("", "\\N{DASH}"), ("", "\\é")]
        {
            assert_eq!(string(prefix, good), None, "{good}");
        }
        for bad in ["C:\\Users", "\\x4", "\\u12", "\\N", "\\N{}", "\\Uffffffff"] {
            assert!(string("", bad).is_some(), "{bad}");
        }
        assert!(string("b", "é").is_some());
    }

    #[test]
    fn identifiers() {
        assert!("éλ变_ªⅧ".chars().all(|c| in_identifier(c, true)));
        assert!("1\u{301}٣".chars().all(|c| in_identifier(c, false) && !in_identifier(c, true)));
        assert!("²½→“\u{a0}\u{200b}😀①".chars().all(|c| !in_identifier(c, false)));
    }
}
