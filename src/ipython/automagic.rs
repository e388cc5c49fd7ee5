//! Magics without `%`. IPython accepts them only where nothing else has the name, and after its other transformations;
//! Python itself then reads `cd /tmp` as a division and refuses `pip install x`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::lexer::{Lexed, LogicalLine, Token, TokenKind};
use super::text::{partition, repr};
use super::{Magic, MagicKind, Problem};

/// Line magics and aliases that IPython has from the start.
static NAMES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    "alias alias_magic autoawait autocall automagic autosave bookmark cat cd clear code_wrap colors conda config \
    connect_info cp debug dhist dirs doctest_mode ed edit env gui hist history killbgscripts ldir less lf lk ll \
    load load_ext loadpy logoff logon logstart logstate logstop ls lsmagic lx macro magic mamba man matplotlib \
    micromamba mkdir more mv notebook page pastebin pdb pdef pdoc pfile pinfo pinfo2 pip popd pprint precision \
    prun psearch psource pushd pwd pycat pylab quickref recall rehashx reload_ext rep rerun reset reset_selective \
    rm rmdir run save set_env store sx system tb time timeit unalias unload_ext uv who who_ls whos"
        .split(' ')
        .collect()
});

/// Those that no notebook uses as a variable's name, so that the bare word is the command.
const BARE: &str = "cd ls lsmagic pip pwd quickref rehashx who who_ls whos";

const KEYWORDS: &str = "and as async for from if import in is not or else";

/// How Python reads a line that starts with a magic's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// Names and operators: one statement.
    Expression,
    /// Two operands side by side, or an operator at the end.
    Impossible,
    /// Anything else: not a command.
    Python,
}

/// Replaces automagic lines that Python accepts, records all of them, and tells of the first that it refuses.
pub(super) fn replace(python: &mut String, lexed: &Lexed, magics: &mut Vec<Magic>) -> Option<Problem> {
    let mut problem = None;
    let mut edits = Vec::new();
    let text = python.as_str();
    for line in lexed.lines.iter().filter(|line| line.column == 0 && line.first_line == line.last_line) {
        let tokens = &lexed.tokens[line.tokens.0..line.tokens.1];
        let Some(name) = tokens.first().map(|token| &text[token.start..token.end]) else { continue };
        if !NAMES.contains(name) {
            continue;
        }
        // The lexer stops a line at a comment; IPython does not.
        let end = text[line.start..].find('\n').map_or(text.len(), |length| line.start + length);
        let command = text[line.start..end].trim_end();
        let reading = reading(text, tokens);
        let is_command = match reading {
            Reading::Python => false,
            Reading::Impossible => true,
            Reading::Expression => {
                let only_line = lexed.lines.len() == 1;
                if tokens.len() == 1 { only_line && is_one_of(BARE, name) } else { looks_typed(text, tokens) }
            }
        };
        if !is_command || (reading == Reading::Expression && is_used_elsewhere(text, lexed, line, name)) {
            continue;
        }
        let (_, arguments) = partition(command);
        let arguments = arguments.trim_start();
        magics.push(Magic {
            line: line.first_line,
            end_line: line.first_line,
            kind: MagicKind::Automagic,
            name: name.to_owned(),
            arguments: arguments.to_owned(),
            body: None,
        });
        if reading == Reading::Expression {
            let call = format!("get_ipython().run_line_magic({}, {})", repr(name), repr(arguments));
            edits.push((line.start..line.start + command.len(), call));
        } else if problem.is_none() {
            let message = format!("`{name}` without `%` is a command to IPython, not Python");
            problem = Some(Problem { line: line.first_line, message });
        }
    }
    for (range, call) in edits.into_iter().rev() {
        python.replace_range(range, &call);
    }
    problem
}

fn is_one_of(words: &str, word: &str) -> bool {
    words.split(' ').any(|other| other == word)
}

/// `ls -la`, `cd /tmp`: blank before the operator and none after it.
fn looks_typed(text: &str, tokens: &[Token]) -> bool {
    let [name, operator, operand, ..] = tokens else { return false };
    name.end < operator.start
        && operator.end == operand.start
        && matches!(&text[operator.start..operator.end], "-" | "/")
}

fn is_used_elsewhere(text: &str, lexed: &Lexed, line: &LogicalLine, name: &str) -> bool {
    let inside = line.tokens.0..line.tokens.1;
    let mut others = lexed.tokens.iter().enumerate().filter(|(index, _)| !inside.contains(index));
    others.any(|(_, token)| token.kind == TokenKind::Name && &text[token.start..token.end] == name)
}

fn reading(text: &str, tokens: &[Token]) -> Reading {
    let mut index = 1;
    // Whether an operand has just ended; the magic's name is one.
    let mut operand = true;
    while let Some(token) = tokens.get(index) {
        let part = &text[token.start..token.end];
        let is_op = token.kind == TokenKind::Op;
        if is_one_of(KEYWORDS, part) || (is_op && matches!(part, "(" | ")" | "[" | "]" | "{" | "}" | "," | ":" | ";")) {
            return Reading::Python;
        }
        match (operand, is_op) {
            (true, true) => {
                let next = tokens.get(index + 1).filter(|next| next.start == token.end);
                let both = next.map_or(part, |next| &text[token.start..next.end]);
                match both {
                    "**" | "//" | "<<" | ">>" if text[token.end + 1..].starts_with('=') => return Reading::Python,
                    "==" | "!=" | "<=" | ">=" | "**" | "//" | "<<" | ">>" => index += 1,
                    _ if part == "=" || both.ends_with('=') => return Reading::Python,
                    _ if part == "!" => return Reading::Impossible,
                    _ => {}
                }
                if part == "." && tokens.get(index + 1).is_none_or(|next| next.kind != TokenKind::Name) {
                    return Reading::Impossible;
                }
                operand = false;
            }
            (false, true) if !matches!(part, "+" | "-" | "~") => return Reading::Impossible,
            (true, false) => return Reading::Impossible,
            (false, is_op) => operand = !is_op,
        }
        index += 1;
    }
    if operand { Reading::Expression } else { Reading::Impossible }
}

#[cfg(test)]
mod tests {
    use super::super::lexer::lex;
    use super::*;

    fn run(text: &str) -> (String, Vec<(String, String)>, bool) {
        let mut python = text.to_owned();
        let mut magics = Vec::new();
        let problem = replace(&mut python, &lex(text), &mut magics);
        let magics = magics.into_iter().map(|magic| (magic.name, magic.arguments)).collect();
        (python, magics, problem.is_some())
    }

    #[test]
    fn commands_that_python_reads_as_arithmetic() {
        let call = "get_ipython().run_line_magic('cd', '/tmp')";
        assert_eq!(run("cd /tmp"), (call.to_owned(), vec![("cd".to_owned(), "/tmp".to_owned())], false));
        assert_eq!(run("import os\nls -la\n").1, [("ls".to_owned(), "-la".to_owned())]);
        assert_eq!(run("pwd").1, [("pwd".to_owned(), String::new())]);
    }

    #[test]
    fn commands_that_python_refuses() {
        for text in
            ["pip install a b # c", "cd ..", "cat a.txt", "ls *.csv", "conda install -c conda-forge x", "rm -r x/"]
        {
            let (python, magics, problem) = run(text);
            assert_eq!((python.as_str(), magics.len(), problem), (text, 1, true), "{text}");
        }
        assert_eq!(run("x = 1\npip install 'a[b]>=1'").1[0].1, "install 'a[b]>=1'");
    }

    #[test]
    fn variables_with_such_names() {
        for text in [
            "history",
            "ll",
            "env.reset()",
            "time = 5",
            "ls = [1]\nls -la",
            "cat - dog",
            "run if a else b",
            "history.history",
            "store['a']",
            "x = 1\npwd",
            "time += 1",
            "page, env = 1, 2",
            "if a:\n    cd /tmp",
            "time **= 2",
        ] {
            assert_eq!(run(text), (text.to_owned(), vec![], false), "{text}");
        }
    }
}
