//! Small pieces of Python and TOML text.

use super::format::LINE_LENGTH;

/// A docstring with its quotes, for a place indented by `margin` spaces: one line, or a summary and a description.
pub(super) fn docstring(summary: &str, description: &str, margin: usize) -> String {
    let width = usize::from(LINE_LENGTH) - margin;
    let mut lines = vec![summary.trim().to_owned()];
    if !description.trim().is_empty() {
        lines.push(String::new());
        lines.extend(description.trim().lines().flat_map(|line| wrap(line.trim_end(), width)));
    }
    let text = lines.join("\n").replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"");
    let text = text.strip_suffix('"').map_or(text.clone(), |start| format!("{start}\\\""));
    if lines.len() == 1 { format!("\"\"\"{text}\"\"\"") } else { format!("\"\"\"{text}\n\"\"\"") }
}

/// `text` in lines of at most `width` characters, as far as its words allow; an item of a list keeps its indentation.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    if text.chars().count() <= width {
        return vec![text.to_owned()];
    }
    let mut margin: String = text.chars().take_while(|character| *character == ' ').collect();
    let mut lines = Vec::new();
    let mut line = margin.clone();
    for word in text.split_whitespace() {
        let first = line.trim().is_empty();
        if !first && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::replace(&mut line, format!("{margin}{word}")));
            continue;
        }
        if first && lines.is_empty() && matches!(word, "-" | "*") {
            margin.push_str("  ");
        }
        line.push_str(if first { "" } else { " " });
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// Whether `name` occurs in `code` as a whole word.
pub(super) fn mentions(code: &str, name: &str) -> bool {
    occurrences(code, name) > 0
}

/// How often `name` occurs in `code` as a whole word.
pub(super) fn occurrences(code: &str, name: &str) -> usize {
    let part = |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let whole =
        |start: usize| !part(code[..start].chars().next_back()) && !part(code[start + name.len()..].chars().next());
    code.match_indices(name).filter(|(start, _)| whole(*start)).count()
}

/// A string as Python and TOML both read it.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            control if control.is_control() => {
                let digit = |shift: u32| char::from_digit((u32::from(control) >> shift) & 15, 16);
                out.push_str("\\u00");
                out.extend(digit(4).into_iter().chain(digit(0)));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// A name or two, or more, as a sentence lists them.
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [start @ .., last] => format!("{} and {last}", start.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docstrings_are_valid_python() {
        assert_eq!(docstring("Split.", "", 4), "\"\"\"Split.\"\"\"");
        assert_eq!(docstring("A \\d \"q\"", "", 4), "\"\"\"A \\\\d \"q\\\"\"\"\"");
        assert_eq!(docstring("Split.", "Why:\n\n- a", 4), "\"\"\"Split.\n\nWhy:\n\n- a\n\"\"\"");
    }

    #[test]
    fn long_lines_are_wrapped() {
        assert_eq!(wrap("  aa bb cc", 7), ["  aa bb", "  cc"]);
        assert_eq!(wrap("- aa bb cc", 7), ["- aa bb", "  cc"]);
        assert_eq!(wrap("aaaaaaaa b", 4), ["aaaaaaaa", "b"]);
    }

    #[test]
    fn words_are_whole() {
        assert!(mentions("dict[str, Any]", "Any"));
        assert!(!mentions("Anything, an_Any", "Any"));
    }

    #[test]
    fn strings_are_escaped() {
        assert_eq!(quoted("a\"b\\\n\u{7f}ü"), "\"a\\\"b\\\\\\n\\u007fü\"");
    }
}
