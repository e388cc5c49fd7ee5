//! Writing HTML and SVG: the one place where text becomes markup outside of the templates, which escape by themselves.

use super::tokens::{Kind, Token};

/// Markup under construction.
#[derive(Clone, Debug, Default)]
pub(super) struct Markup(String);

impl Markup {
    /// Adds a tag, or anything else that is markup already. Only for what this program writes, never for what it read.
    pub(super) fn raw(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Adds text, for between tags.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        let mut from = 0;
        for (at, byte) in text.bytes().enumerate() {
            let escaped = match byte {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                // Characters that HTML does not allow.
                0..=8 | 11..=31 => "�",
                _ => continue,
            };
            self.0.push_str(&text[from..at]);
            self.0.push_str(escaped);
            from = at + 1;
        }
        self.0.push_str(&text[from..]);
        self
    }

    /// Adds words of a message: what stands between backquotes is code.
    pub(super) fn words(&mut self, text: &str) -> &mut Self {
        let paired = text.matches('`').count() / 2 * 2;
        for (number, part) in text.splitn(paired + 1, '`').enumerate() {
            if number % 2 == 1 {
                self.raw("<code>").text(part).raw("</code>");
            } else {
                self.text(part);
            }
        }
        self
    }

    /// The markup.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// A message as markup.
pub(super) fn words(text: &str) -> String {
    let mut markup = Markup::default();
    markup.words(text);
    markup.finish()
}

/// Code as markup, one entry a line: coloured, and with the changed words marked.
pub(super) fn code_lines(tokens: &[Token<'_>], changed: &[bool], tag: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = Markup::default();
    for (number, token) in tokens.iter().enumerate() {
        let class = match token.kind {
            Kind::Keyword => "k",
            Kind::Number => "n",
            Kind::Text => "s",
            Kind::Comment => "c",
            Kind::Space | Kind::Name | Kind::Sign => "",
        };
        let flag = |at: usize| changed.get(at).copied().unwrap_or(false);
        // Spaces between two changed words are marked with them, which is easier to read.
        let marked = flag(number) || token.kind == Kind::Space && number > 0 && flag(number - 1) && flag(number + 1);
        for (part, text) in token.text.split('\n').enumerate() {
            if part > 0 {
                lines.push(std::mem::take(&mut line).finish());
            }
            if text.is_empty() {
                continue;
            }
            if marked {
                line.raw("<").raw(tag).raw(">");
            }
            if class.is_empty() {
                line.text(text);
            } else {
                line.raw("<i class=").raw(class).raw(">").text(text).raw("</i>");
            }
            if marked {
                line.raw("</").raw(tag).raw(">");
            }
        }
    }
    lines.push(line.finish());
    // Neighbours with the same mark are one mark.
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    lines.into_iter().map(|line| line.replace(&format!("{close}{open}"), "")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(words("a < `b & 'c'` and `d"), "a &lt; <code>b &amp; 'c'</code> and `d");
    }

    #[test]
    fn code_is_cut_into_lines() {
        let words = tokens("x = \"<\n\"\n# é");
        let lines = code_lines(&words, &[], "ins");
        assert_eq!(lines, ["x = <i class=s>\"&lt;</i>", "<i class=s>\"</i>", "<i class=c># é</i>"]);
    }

    #[test]
    fn neighbouring_changes_are_one_mark() {
        let words = tokens("a.b + c");
        let changed: Vec<bool> = words.iter().map(|t| "a.b+".contains(t.text)).collect();
        assert_eq!(code_lines(&words, &changed, "ins"), ["<ins>a.b +</ins> c"]);
    }
}
