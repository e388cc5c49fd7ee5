//! One piece of IPython syntax at a time becomes the call that IPython makes of it, in IPython's order.

use super::help::help_target;
use super::text::{is_space, is_word, partition, repr, rstrip, split, strip};
use super::tokenize::{BadDedent, Checkpoint, Groups, Kind, Token};
use super::{Magic, MagicKind, Problem};

/// IPython refuses a cell that still changes after so many transformations.
const TRANSFORM_LIMIT: usize = 500;

/// How many tokens may be read again at least. Each change reads one logical line again; only brackets that shell lines
/// leave open make these long, and a cell of nothing else must not take quadratic time.
const TOKEN_BUDGET: usize = 100_000;

/// Replaces magics, shell lines and help requests in `lines`, which keep their number. `first` is the 1-based line of
/// the cell at which they start.
pub(super) fn replace(lines: &mut Vec<String>, first: usize, magics: &mut Vec<Magic>) -> Option<Problem> {
    let numbers = Numbers { first };
    let mut budget = match walk(lines) {
        Ok(tokens) => TOKEN_BUDGET.saturating_add(tokens.saturating_mul(16)),
        Err(error) => return Some(numbers.bad_dedent(lines, error)),
    };
    let mut from = Checkpoint::default();
    let mut blocked = Vec::new();
    for _ in 0..TRANSFORM_LIMIT {
        let (checkpoint, edit) = match next_edit(lines, from.clone(), &mut blocked, &mut budget) {
            Ok(Some(found)) => found,
            Ok(None) if budget == 0 => break,
            Ok(None) => return None,
            Err(error) => return Some(numbers.bad_dedent(lines, error)),
        };
        if let Some((kind, name, arguments)) = edit.magic {
            let line = numbers.of(lines, edit.first);
            let end_line = line + newlines(&lines[edit.first..edit.end]).max(1) - 1;
            magics.push(Magic { line, end_line, kind, name, arguments, body: None });
        }
        let mut replacement = edit.text;
        let height = newlines(&lines[edit.first..edit.end]);
        if height == 0 && replacement.ends_with('\n') {
            // The line ended at a form feed or the like, where IPython breaks it.
            replacement.pop();
            replacement.push(';');
        }
        for _ in newlines(&[&replacement])..height {
            replacement.push('\n');
        }
        lines.splice(edit.first..edit.end, replacement.split_inclusive('\n').map(str::to_owned));
        from = checkpoint;
    }
    let message = format!("more than {TRANSFORM_LIMIT} magics in one cell, or brackets that never close around them");
    Some(Problem { line: numbers.of(lines, from.line), message })
}

/// A cell magic's call for the whole of `lines`, without the padding.
pub(super) fn cell_call(lines: &[String], first: usize) -> Option<(String, Magic)> {
    let head = lines.first()?.strip_prefix("%%")?;
    // `%%magic?` asks for help.
    let word = head.find(|c| !is_word(c)).unwrap_or(head.len());
    if word > 0 && head[word..].starts_with('?') {
        return None;
    }
    let (name, arguments) = partition(rstrip(head));
    let body = lines[1..].concat();
    let call = format!("get_ipython().run_cell_magic({}, {}, {})\n", repr(name), repr(arguments), repr(&body));
    let magic = Magic {
        line: first,
        end_line: first + newlines(lines).max(1) - 1,
        kind: MagicKind::Cell,
        name: name.to_owned(),
        arguments: arguments.to_owned(),
        body: Some(body),
    };
    Some((call, magic))
}

/// Line numbers of the cell: `lines` may also end at a form feed, which ends no line for Python.
struct Numbers {
    first: usize,
}

impl Numbers {
    fn of(&self, lines: &[String], index: usize) -> usize {
        self.first + newlines(&lines[..index.min(lines.len())])
    }

    fn bad_dedent(&self, lines: &[String], error: BadDedent) -> Problem {
        Problem { line: self.of(lines, error.line), message: "the indentation matches no outer level".to_owned() }
    }
}

fn newlines<S: AsRef<str>>(lines: &[S]) -> usize {
    lines.iter().map(|line| line.as_ref().matches('\n').count()).sum()
}

/// Reads all lines once, as IPython does before it changes any, and counts their tokens.
fn walk(lines: &[String]) -> Result<usize, BadDedent> {
    let mut groups = Groups::new(lines, Checkpoint::default());
    let mut tokens = 0;
    while let Some(group) = groups.next_group()? {
        tokens += group.len();
    }
    Ok(tokens)
}

/// A change of the lines `first..end`.
struct Edit {
    first: usize,
    end: usize,
    text: String,
    magic: Option<(MagicKind, String, String)>,
}

/// IPython's transformers, in the order in which they are tried at the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Transformer {
    HelpEnd,
    MagicAssign,
    SystemAssign,
    EscapedCommand,
}

const TRANSFORMERS: [Transformer; 4] =
    [Transformer::MagicAssign, Transformer::SystemAssign, Transformer::EscapedCommand, Transformer::HelpEnd];

/// Where a transformer found something: line, column and, for help, the line of the question mark.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    line: usize,
    column: usize,
    last: usize,
}

/// The next change, and where to go on reading after it. A transformer that fails at the first place it finds finds
/// nothing else, as in IPython: it would find that place again.
fn next_edit(
    lines: &[String],
    from: Checkpoint,
    blocked: &mut Vec<Transformer>,
    budget: &mut usize,
) -> Result<Option<(Checkpoint, Edit)>, BadDedent> {
    let mut groups = Groups::new(lines, from);
    loop {
        let checkpoint = groups.checkpoint();
        let Some(group) = groups.next_group()? else { return Ok(None) };
        *budget = budget.saturating_sub(group.len());
        if *budget == 0 {
            return Ok(None);
        }
        let mut candidates: Vec<(usize, usize, Transformer, Candidate)> = TRANSFORMERS
            .into_iter()
            .filter(|transformer| !blocked.contains(transformer))
            .filter_map(|transformer| {
                let found = find(transformer, &group, lines)?;
                Some((found.line, found.column, transformer, found))
            })
            .collect();
        candidates.sort_by_key(|&(line, column, transformer, _)| (line, column, transformer));
        for &(_, _, transformer, candidate) in &candidates {
            if let Some(edit) = apply(transformer, candidate, lines) {
                return Ok(Some((checkpoint, edit)));
            }
        }
        blocked.extend(candidates.iter().map(|candidate| candidate.2));
    }
}

fn find(transformer: Transformer, group: &[Token<'_>], lines: &[String]) -> Option<Candidate> {
    let at = |token: &Token<'_>| Candidate { line: token.line, column: token.column, last: token.line };
    match transformer {
        Transformer::MagicAssign => {
            let assign = assignment(group)?;
            let percent = group.get(assign + 1).filter(|token| token.text == "%")?;
            group.get(assign + 2).filter(|token| token.kind == Kind::Name)?;
            Some(at(percent))
        }
        Transformer::SystemAssign => {
            let assign = assignment(group)?;
            if strip(&lines[group[assign].line]).starts_with('=') {
                return None;
            }
            group[assign + 1..]
                .iter()
                .take_while(|token| token.kind == Kind::Error)
                .find(|token| token.text == "!" || !token.text.chars().all(is_space))
                .filter(|token| token.text == "!")
                .map(at)
        }
        Transformer::EscapedCommand => {
            let first = first_token(group)?;
            matches!(first.text, "!" | "?" | "%" | "," | ";" | "/").then(|| at(first))
        }
        Transformer::HelpEnd => {
            let [.., question, _] = group else { return None };
            if group.len() < 3 || question.text != "?" {
                return None;
            }
            let first = first_token(group)?;
            Some(Candidate { last: question.line, ..at(first) })
        }
    }
}

fn first_token<'t, 'a>(group: &'t [Token<'a>]) -> Option<&'t Token<'a>> {
    group.iter().find(|token| !matches!(token.kind, Kind::Indent | Kind::Dedent))
}

/// The first `=` outside brackets.
fn assignment(group: &[Token<'_>]) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, token) in group.iter().enumerate() {
        match token.text {
            "=" if depth == 0 => return Some(index),
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn apply(transformer: Transformer, candidate: Candidate, lines: &[String]) -> Option<Edit> {
    let Candidate { line: first, column, last } = candidate;
    let before = &lines[first][..column];
    if transformer == Transformer::HelpEnd {
        let piece = lines[first..=last].concat();
        let (target, escape) = help_target(&piece[column..])?;
        let (call, magic) = help_call(target, escape);
        return Some(Edit { first, end: last + 1, text: format!("{before}{call}\n"), magic: Some(magic) });
    }
    let (command, end) = continued(lines, first, column);
    let (call, magic) = match transformer {
        Transformer::MagicAssign => line_call(command.strip_prefix('%')?),
        Transformer::SystemAssign => captured(command.strip_prefix('!')?),
        _ => escaped(&command)?,
    };
    Some(Edit { first, end, text: format!("{before}{call}\n"), magic })
}

/// A line and those that backslashes add to it, as one, and the line after them.
fn continued(lines: &[String], first: usize, column: usize) -> (String, usize) {
    let mut last = first;
    while lines.get(last).is_some_and(|line| line.ends_with("\\\n")) {
        last += 1;
    }
    let end = (last + 1).min(lines.len());
    let parts = &lines[first..end];
    let mut pieces = Vec::with_capacity(parts.len());
    for (index, part) in parts.iter().enumerate() {
        let part = rstrip(if index == 0 { &part[column..] } else { part });
        pieces.push(if index + 1 < parts.len() { part.strip_suffix('\\').unwrap_or(part) } else { part });
    }
    (pieces.join(" "), end)
}

type Call = (String, Option<(MagicKind, String, String)>);

fn line_call(content: &str) -> Call {
    let (name, arguments) = partition(content);
    let call = format!("get_ipython().run_line_magic({}, {})", repr(name), repr(arguments));
    (call, Some((MagicKind::Line, name.to_owned(), arguments.to_owned())))
}

fn captured(command: &str) -> Call {
    shell("getoutput", command)
}

fn shell(method: &str, command: &str) -> Call {
    let call = format!("get_ipython().{method}({})", repr(command));
    (call, Some((MagicKind::Shell, String::new(), command.to_owned())))
}

/// The call of a line that starts with an escape character; `None` where IPython raises `SyntaxError`.
fn escaped(line: &str) -> Option<Call> {
    if let Some(command) = line.strip_prefix("!!") {
        return Some(captured(command));
    }
    if let Some(target) = line.strip_prefix("??") {
        return Some(help(target, "??"));
    }
    let mut chars = line.chars();
    let escape = chars.next()?;
    let content = chars.as_str();
    let (name, arguments) = partition(content);
    // The last three call a function of the notebook: no magic, and IPython does not escape anything.
    Some(match escape {
        '!' => shell("system", content),
        '?' => help(content, "?"),
        '%' => line_call(content),
        ',' => (format!("{name}(\"{}\")", split(arguments).collect::<Vec<_>>().join("\", \"")), None),
        ';' => (format!("{name}(\"{arguments}\")"), None),
        '/' if name.is_empty() => return None,
        _ => (format!("{name}({})", split(arguments).collect::<Vec<_>>().join(", ")), None),
    })
}

fn help(target: &str, escape: &str) -> Call {
    if target.is_empty() {
        return ("get_ipython().show_usage()".to_owned(), Some((MagicKind::Help, String::new(), String::new())));
    }
    let (call, magic) = help_call(target, escape);
    (call, Some(magic))
}

fn help_call(target: &str, escape: &str) -> (String, (MagicKind, String, String)) {
    let method = match escape {
        "??" => "pinfo2",
        _ if target.contains('*') => "psearch",
        _ => "pinfo",
    };
    let call = format!("get_ipython().run_line_magic('{method}', {})", repr(target));
    (call, (MagicKind::Help, String::new(), target.to_owned()))
}
