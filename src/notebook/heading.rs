//! Headings in prose.

/// The headings of a text cell with their level: `## Cleaning`, `<h2>Cleaning</h2>`. Tags inside of them stay.
#[must_use]
pub fn headings(source: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in source.lines() {
        let line = line.trim_start();
        fenced ^= line.starts_with("```");
        let marks = line.bytes().take_while(|byte| *byte == b'#').count();
        let level = if marks > 0 { marks } else { level_of_tag(line) };
        if fenced || !(1..=6).contains(&level) {
            continue;
        }
        let text = if marks > 0 { line[marks..].to_owned() } else { without_tags(line) };
        let text = text.trim().trim_matches(['#', ' ']).replace(['*', '`', '_'], "");
        if !text.is_empty() {
            found.push((level, text));
        }
    }
    found
}

/// The level of a line that begins with `<h2>`; 0 if it does not.
fn level_of_tag(line: &str) -> usize {
    let mut characters = line.strip_prefix("<h").or_else(|| line.strip_prefix("<H")).unwrap_or_default().chars();
    let level = characters.next().and_then(|c| c.to_digit(10)).unwrap_or(0);
    if characters.next().is_some_and(|c| matches!(c, '>' | ' ')) { level as usize } else { 0 }
}

/// A text without HTML's tags; `a < b` is none.
#[must_use]
pub fn without_tags(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let inner = &rest[start + 1..];
        let tag = inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        let end = inner.find('>').filter(|_| tag);
        kept.push_str(&rest[..start]);
        if let Some(end) = end {
            rest = &inner[end + 1..];
        } else {
            kept.push('<');
            rest = inner;
        }
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_found_outside_of_code() {
        let source = "# **Loans**\ntext\n```\n# a comment\n```\n###Cleaning ###\n#\n####### seven";
        assert_eq!(headings(source), [(1, "Loans".to_owned()), (3, "Cleaning".to_owned())]);
    }

    #[test]
    fn tags_are_no_text() {
        let source = "<h2 align='center'>Fit <b>all</b></h2>\n# <b>One</b>\n<hr>\n<head>x";
        assert_eq!(headings(source), [(2, "Fit all".to_owned()), (1, "<b>One</b>".to_owned())]);
        assert_eq!(without_tags("<a id='1'></a>Where a < b and 1 <2<br/>"), "Where a < b and 1 <2");
    }
}
