//! From a code cell's source to Python text.

use super::lexer::lex;
use super::text::{is_space, is_word, strip};
use super::{CellSource, automagic, cleanup, magic, structure};

/// Cell magics that run their body as the cell's own code.
pub(super) const TRANSPARENT: [&str; 6] = ["time", "capture", "prun", "memit", "mprun", "notify"];

/// Transforms a cell as IPython does, on text with `\n` line ends. Every line stays where it is: where IPython makes one
/// line of several, blank ones follow it.
#[must_use]
pub fn transform(source: &str) -> CellSource {
    let mut cell = CellSource::default();
    let body = transparent_cell_magics(source, &mut cell.transparent);
    let mut lead = newlines(source) - newlines(body);
    let body = transparent_line_magics(body);
    let mut text = String::new();
    if !strip(&body).is_empty() {
        let (mut lines, dropped) = cleanup::clean(&if body.ends_with('\n') { body } else { body + "\n" });
        lead += dropped;
        if let Some((call, found)) = magic::cell_call(&lines, lead + 1) {
            let height = newlines(&lines.concat());
            cell.magics.push(found);
            lines = vec![call];
            lines.extend(std::iter::repeat_n("\n".to_owned(), height.saturating_sub(1)));
        }
        cell.problem = magic::replace(&mut lines, lead + 1, &mut cell.magics);
        text = lines.concat();
    }
    cell.python = "\n".repeat(lead) + &text;
    match_height(&mut cell.python, newlines(source));
    let lexed = lex(&cell.python);
    let automagic = automagic::replace(&mut cell.python, &lexed, &mut cell.magics);
    cell.magics.sort_by_key(|magic| magic.line);
    cell.problem = cell.problem.take().or(automagic).or_else(|| structure::problem(&cell.python, &lexed));
    cell
}

fn newlines(text: &str) -> usize {
    text.matches('\n').count()
}

/// The cell without blank lines on top and without the transparent magics and the blank lines after each.
fn transparent_cell_magics<'a>(source: &'a str, transparent: &mut Vec<String>) -> &'a str {
    let mut body = skip_blank_lines(source);
    while let Some(rest) = body.strip_prefix("%%") {
        let name = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
        if !TRANSPARENT.contains(&name) {
            break;
        }
        transparent.push(name.to_owned());
        body = skip_blank_lines(rest.split_once('\n').map_or("", |(_, rest)| rest));
    }
    body
}

fn skip_blank_lines(mut text: &str) -> &str {
    loop {
        match text.split_once('\n') {
            Some((line, rest)) if strip(line).is_empty() => text = rest,
            None if strip(text).is_empty() => return "",
            _ => return text,
        }
    }
}

/// Takes `%time` and `%memit` from the front of lines, wherever they stand. Python's `\s` also matches line ends, so the
/// statement may follow on a later line; the line ends go in front of it then, to keep all lines where they are.
fn transparent_line_magics(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let unindented = rest.trim_start_matches(is_space);
        let indent = &rest[..rest.len() - unindented.len()];
        let mut skipped = indent.len();
        let name = ["%time", "%memit"].into_iter().find_map(|name| unindented.strip_prefix(name));
        if let Some(after) = name {
            let statement = after.trim_start_matches(is_space);
            if statement.len() < after.len() && !statement.is_empty() {
                let blanks = &after[..after.len() - statement.len()];
                let blank = newlines(blanks);
                let last = indent.rfind('\n').map_or(0, |at| at + 1);
                out.push_str(&indent[..last]);
                out.push_str(&"\n".repeat(blank));
                out.push_str(&indent[last..]);
                rest = statement;
                skipped = 0;
                if blanks.ends_with('\n') {
                    continue;
                }
            }
        }
        // To the next line's start: the rest of a line is not looked at again.
        let end = rest[skipped..].find('\n').map_or(rest.len(), |at| skipped + at + 1);
        out.push_str(&rest[..end]);
        rest = &rest[end..];
    }
    out
}

/// Makes a text have as many line ends as its source: IPython ends the last line, Python need not.
fn match_height(text: &mut String, height: usize) {
    let mut surplus = newlines(text).saturating_sub(height);
    while surplus > 0 && text.ends_with('\n') {
        text.pop();
        surplus -= 1;
        if surplus == 0 && text.ends_with("\\\n") {
            // The blank last line on which a backslash went on must not get lost.
            text.push(' ');
        }
    }
    text.push_str(&"\n".repeat(height.saturating_sub(newlines(text))));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::MagicKind;
    use super::*;

    fn python(source: &str) -> String {
        transform(source).python
    }

    #[test]
    fn magics_become_calls() {
        for (source, expected) in [
            ("%matplotlib inline", "get_ipython().run_line_magic('matplotlib', 'inline')"),
            ("!ls 'a'", "get_ipython().system(\"ls 'a'\")"),
            ("!!ls", "get_ipython().getoutput('ls')"),
            ("x = !ls", "x = get_ipython().getoutput('ls')"),
            ("a.b = %timeit -o f(x)", "a.b = get_ipython().run_line_magic('timeit', '-o f(x)')"),
            ("x?", "get_ipython().run_line_magic('pinfo', 'x')"),
            ("??a.b", "get_ipython().run_line_magic('pinfo2', 'a.b')"),
            ("%time?", "get_ipython().run_line_magic('pinfo', '%time')"),
            ("?", "get_ipython().show_usage()"),
            ("/f a b", "f(a, b)"),
            (",f a b", "f(\"a\", \"b\")"),
            (";f a b", "f(\"a b\")"),
            ("if a:\n    !ls \\\n  -l\n    b\n", "if a:\n    get_ipython().system('ls    -l')\n\n    b\n"),
            ("# a\n%%time\nb", "# a\nget_ipython().run_line_magic('%time', '')\nb"),
            ("%%bash -x\necho $a\n\nls", "get_ipython().run_cell_magic('bash', '-x', 'echo $a\\n\\nls\\n')\n\n\n"),
        ] {
            assert_eq!(python(source), expected, "{source}");
        }
    }

    #[test]
    fn python_stays() {
        for source in [
            "x = '''\n%a\n!b\n'''",
            "f(a\n% b,\n!c)",
            "a = b \\\n  % c",
            "# !a\n# b?",
            "x % y\n",
            "print('a?')",
            "x = 1; !ls",
            "",
            "\n\n",
        ] {
            assert_eq!(python(source), source, "{source}");
        }
    }

    #[test]
    fn transparent_magics_leave_their_lines() {
        let cell = transform("\n%%time\n\n%%capture out\nx = 1\n%time y = 2\n    %memit\n z");
        assert_eq!(cell.python, "\n\n\n\nx = 1\ny = 2\n\n    z");
        assert_eq!(cell.transparent, ["time", "capture"]);
        assert!(cell.magics.is_empty());
    }

    #[test]
    fn magics_know_their_lines() {
        let cell = transform("\nx = 1\n%load_ext a\n!b \\\n  c\nd?");
        let places: Vec<_> = cell.magics.iter().map(|magic| (magic.line, magic.end_line, magic.kind)).collect();
        assert_eq!(places, [(3, 3, MagicKind::Line), (4, 5, MagicKind::Shell), (6, 6, MagicKind::Help)]);
        assert_eq!(cell.problem, None);
        let cell = transform("%%writefile a.py\nx = 1\n");
        let magic = &cell.magics[0];
        assert_eq!((magic.line, magic.end_line, magic.name.as_str()), (1, 2, "writefile"));
        assert_eq!(magic.body.as_deref(), Some("x = 1\n"));
    }

    #[test]
    fn what_is_no_python_is_told() {
        assert_eq!(transform("x = 1\ny = f(\nz").problem.map(|problem| problem.line), Some(2));
        assert_eq!(transform("f(x)?").problem.map(|problem| problem.message), Some("stray `?`".to_owned()));
        assert!(transform("pip install x").problem.is_some());
    }

    proptest! {
        #[test]
        fn any_cell_keeps_its_lines(source in "(?s)([a-z(\\[{)}'\"\\\\\n\n:#=%!?/,; \t.>]|%%|%time |>>> |\\.\\.\\. |.){0,60}") {
            prop_assert_eq!(newlines(&python(&source)), newlines(&source));
        }

        #[test]
        fn magics_in_any_order(source in "(%time |%a |!b |c\\?|x = |%%bash|\n|\n    |if a:|\\(|\\)|\\\\\n|'''|\"|In \\[1\\]: |\x0c|\u{2028}){0,30}") {
            let cell = transform(&source);
            prop_assert_eq!(newlines(&cell.python), newlines(&source));
            prop_assert!(cell.magics.iter().all(|magic| 1 <= magic.line && magic.line <= magic.end_line));
        }
    }
}
