//! What IPython tidies up before it looks for magics: blank lines on top, a common indent, pasted prompts.

use super::text::{dedent, is_space, splitlines, strip};

/// Runs all of IPython's cleanup transformations, and counts the `\n` that went with blank lines on top.
pub(super) fn clean(body: &str) -> (Vec<String>, usize) {
    let mut lines = splitlines(body);
    let blank = lines.iter().take_while(|line| strip(line).is_empty()).count();
    let mut dropped = 0;
    if blank < lines.len() {
        dropped = lines.drain(..blank).filter(|line| line.ends_with('\n')).count();
    }
    let lines = splitlines(&dedent(&lines.concat()));
    (strip_numbered_prompts(strip_doctest_prompts(lines)), dropped)
}

/// `>>> ` and `... `, indented or not, but not where a triple-quoted string shows them.
fn strip_doctest_prompts(lines: Vec<String>) -> Vec<String> {
    let shown = shown_in_strings(&lines);
    if !lines.iter().zip(&shown).any(|(line, shown)| !shown && after_prompt(line, ">>>").is_some()) {
        return lines;
    }
    let mut stripped = Vec::with_capacity(lines.len());
    for (line, &shown) in lines.iter().zip(&shown) {
        let rest = if shown { None } else { after_prompt(line, ">>>").or_else(|| after_prompt(line, "...")) };
        stripped.push(rest);
    }
    let mut out = Vec::with_capacity(lines.len());
    let mut start = 0;
    while start < lines.len() {
        let length = shown[start..].iter().take_while(|&&mask| mask == shown[start]).count();
        let segment = start..start + length;
        let text: String = segment.clone().map(|i| stripped[i].unwrap_or(&lines[i])).collect();
        if stripped[segment.clone()].iter().any(Option::is_some) {
            out.extend(splitlines(&dedent(&text)));
        } else {
            out.extend(lines[segment].iter().cloned());
        }
        start += length;
    }
    out
}

/// What follows a prompt and one blank after it.
fn after_prompt<'a>(line: &'a str, prompt: &str) -> Option<&'a str> {
    let rest = line.trim_start_matches(is_space).strip_prefix(prompt)?;
    Some(rest.strip_prefix([' ', '\t']).unwrap_or(rest))
}

/// Which lines are inside a triple-quoted string that began as data rather than behind a prompt: IPython's heuristic.
fn shown_in_strings(lines: &[String]) -> Vec<bool> {
    let mut mask = Vec::with_capacity(lines.len());
    let mut open: Option<&str> = None;
    let mut preserve = false;
    let mut seen_prompt = false;
    for line in lines {
        let mut shown = open.is_some() && preserve;
        let mut at = 0;
        while let Some((start, quotes)) = next_triple_quote(line, at) {
            at = start + 3;
            match open {
                None => {
                    open = Some(quotes);
                    let before = &line[..start];
                    let bare = after_prompt(before, ">>>").unwrap_or(before);
                    let bare = after_prompt(bare, "...").unwrap_or(bare);
                    let prompted = bare != before && seen_prompt;
                    preserve = !prompted && strip(bare).chars().all(|c| "rubfRUBF".contains(c));
                    shown = preserve;
                }
                Some(quote) if quote == quotes => {
                    open = None;
                    preserve = false;
                }
                Some(_) => {}
            }
        }
        mask.push(shown);
        seen_prompt |= after_prompt(line, ">>>").is_some();
    }
    mask
}

/// The next `"""` or `'''` that no backslash precedes.
fn next_triple_quote(line: &str, from: usize) -> Option<(usize, &'static str)> {
    let bytes = line.as_bytes();
    (from..line.len().saturating_sub(2)).find_map(|at| {
        let quotes = match &bytes[at..at + 3] {
            b"\"\"\"" => "\"\"\"",
            b"'''" => "'''",
            _ => return None,
        };
        (at == 0 || bytes[at - 1] != b'\\').then_some((at, quotes))
    })
}

/// `In [1]: ` and `   ...: `: if one of the first two lines has one, they go from all.
fn strip_numbered_prompts(lines: Vec<String>) -> Vec<String> {
    if !lines.iter().take(2).any(|line| after_numbered_prompt(line).is_some()) {
        return lines;
    }
    lines.into_iter().map(|line| after_numbered_prompt(&line).map(str::to_owned).unwrap_or(line)).collect()
}

fn after_numbered_prompt(line: &str) -> Option<&str> {
    after_input_prompt(line).or_else(|| {
        let rest = line.trim_start_matches(is_space);
        let dots = rest.trim_start_matches('.');
        if rest.len() - dots.len() < 3 {
            return None;
        }
        let rest = dots.strip_prefix(':')?;
        Some(rest.strip_prefix(' ').unwrap_or(rest))
    })
}

/// `In [1]: `, perhaps with the marks of the vi editing mode.
fn after_input_prompt(line: &str) -> Option<&str> {
    let mode = line.strip_prefix("[nav]").or_else(|| line.strip_prefix("[ins]")).unwrap_or(line);
    let rest = mode.strip_prefix(' ').unwrap_or(line).strip_prefix("In [")?;
    let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    if digits.len() == rest.len() {
        return None;
    }
    digits.strip_prefix("]: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> String {
        clean(text).0.concat()
    }

    #[test]
    fn prompts_go() {
        assert_eq!(cleaned(">>> a = 1\n>>> for i in x:\n...     b\n"), "a = 1\nfor i in x:\n    b\n");
        assert_eq!(cleaned("In [1]: a\n   ...: b\n"), "a\nb\n");
        assert_eq!(cleaned("    >>> a\n    1\n"), "a\n1\n");
    }

    #[test]
    fn prompts_in_docstrings_stay() {
        let text = "def f():\n    \"\"\"\n    >>> f()\n    \"\"\"\n";
        assert_eq!(cleaned(text), text);
        assert_eq!(cleaned("...\n"), "...\n");
    }

    #[test]
    fn a_common_indent_goes() {
        assert_eq!(clean("\n  a\n  b\n"), (vec!["a\n".to_owned(), "b\n".to_owned()], 1));
    }
}
