//! Secrets in text: what they look like, and how to keep them out of everything that is written.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::analysis::Analysis;
use crate::syntax::ParsedCell;
use crate::syntax::ast::{Argument, Expr, ExprKind, Span, Stmt, StmtKind};

/// A secret in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// What it seems to be.
    pub kind: &'static str,
    /// Where it is, in bytes.
    pub range: Range<usize>,
    /// What it is assigned to or passed as, if that is how it was found.
    pub name: Option<String>,
}

/// A key whose shape is known: what it begins with, which characters follow, how many at least and at most.
struct Shape {
    kind: &'static str,
    prefix: &'static str,
    follows: fn(u8) -> bool,
    least: usize,
    most: usize,
}

fn upper(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

const fn shape(kind: &'static str, prefix: &'static str, follows: fn(u8) -> bool, least: usize, most: usize) -> Shape {
    Shape { kind, prefix, follows, least, most }
}

const SHAPES: &[Shape] = &[
    shape("an AWS access key", "AKIA", upper, 16, 16),
    shape("an AWS access key", "ASIA", upper, 16, 16),
    shape("a GitHub token", "ghp_", plain, 36, 255),
    shape("a GitHub token", "gho_", plain, 36, 255),
    shape("a GitHub token", "ghs_", plain, 36, 255),
    shape("a GitHub token", "ghu_", plain, 36, 255),
    shape("a GitHub token", "github_pat_", word, 22, 255),
    shape("a GitLab token", "glpat-", word, 20, 255),
    shape("an API key", "sk-", word, 20, 255),
    shape("a Stripe key", "sk_live_", plain, 16, 255),
    shape("a Stripe key", "rk_live_", plain, 16, 255),
    shape("a Hugging Face token", "hf_", plain, 30, 60),
    shape("a Slack token", "xoxb-", word, 10, 255),
    shape("a Slack token", "xoxp-", word, 10, 255),
    shape("a Slack token", "xoxa-", word, 10, 255),
    shape("a Slack token", "xoxr-", word, 10, 255),
    shape("a Slack token", "xoxs-", word, 10, 255),
    shape("a Google API key", "AIza", word, 35, 35),
    shape("a SendGrid key", "SG.", |byte| word(byte) || byte == b'.', 60, 80),
];

/// Secrets that can be told by their shape alone.
#[must_use]
pub fn known_secrets(text: &str) -> Vec<Secret> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    // Keys begin where words do: one walk over those, rather than a search for each shape.
    let starts = (0..bytes.len()).filter(|start| word(bytes[*start]) && (*start == 0 || !word(bytes[*start - 1])));
    for start in starts {
        // Nearly all words begin with another letter.
        let alike = SHAPES.iter().filter(|shape| shape.prefix.as_bytes()[0] == bytes[start]);
        for shape in alike.filter(|shape| bytes[start..].starts_with(shape.prefix.as_bytes())) {
            let tail = text[start + shape.prefix.len()..].bytes().take_while(|byte| (shape.follows)(*byte)).count();
            let range = start..start + shape.prefix.len() + tail;
            // Words with hyphens look like keys; keys have digits, and no two letters in a row mean anything.
            let random = shape.prefix != "sk-" || looks_random(&text[range.clone()]);
            if (shape.least..=shape.most).contains(&tail) && random {
                found.push(Secret { kind: shape.kind, range, name: None });
            }
        }
    }
    found.extend(private_keys(text));
    found.extend(passwords_in_urls(text));
    found.sort_by_key(|secret| (secret.range.start, secret.range.end));
    found
}

fn private_keys(text: &str) -> impl Iterator<Item = Secret> {
    text.match_indices("-----BEGIN ").filter_map(|(start, _)| {
        let header = text[start..].lines().next()?;
        if !header.contains("PRIVATE KEY-----") {
            return None;
        }
        let end = text[start + header.len()..].find("-----END").map_or(text.len(), |end| start + header.len() + end);
        Some(Secret { kind: "a private key", range: start..end, name: None })
    })
}

fn passwords_in_urls(text: &str) -> impl Iterator<Item = Secret> {
    text.match_indices("://").filter_map(|(at, _)| {
        let start = at + 3;
        let rest = &text[start..];
        let end = rest.find(|c: char| c.is_whitespace() || "/\"'`<>()[]{},;\\".contains(c)).unwrap_or(rest.len());
        let (user_and_password, _) = rest[..end].rsplit_once('@')?;
        let (user, password) = user_and_password.split_once(':')?;
        let begin = start + user.len() + 1;
        is_literal(password).then(|| Secret {
            kind: "a password in a URL",
            range: begin..begin + password.len(),
            name: None,
        })
    })
}

/// Whether a string may be a real secret rather than a stand-in for one.
fn is_literal(text: &str) -> bool {
    let lower = text.to_lowercase();
    let stand_in = [
        "xxx",
        "your",
        "password",
        "passwd",
        "secret",
        "token",
        "example",
        "changeme",
        "placeholder",
        "...",
        "***",
        "todo",
        "none",
    ];
    text.len() >= 4 && !text.starts_with(['$', '{', '<', '%']) && !stand_in.iter().any(|word| lower.contains(word))
}

/// Bits of information per character.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length)
        .map(|share| -share * share.log2())
        .sum()
}

/// `step_2_of_weighted_insertion`: words, not a key.
fn is_identifier(text: &str) -> bool {
    let separators = text.bytes().filter(|byte| matches!(byte, b'_' | b'-' | b'.' | b' ')).count();
    separators >= 2 && !text.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn looks_random(text: &str) -> bool {
    let letters = text.bytes().any(|byte| byte.is_ascii_alphabetic());
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    text.len() >= 16 && letters && digits && !text.contains(char::is_whitespace) && entropy(text) >= 3.0
}

/// What a name says about its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NameKind {
    Password,
    Token,
}

fn name_kind(name: &str) -> Option<NameKind> {
    let words = words(name);
    let has = |candidates: &[&str]| words.iter().any(|word| candidates.contains(&word.as_str()));
    if has(&["password", "passwd", "pwd", "passphrase", "passcode"]) {
        return Some(NameKind::Password);
    }
    let key = has(&["key", "apikey", "accesskey", "secretkey"]);
    (key || has(&["secret", "token", "credential", "credentials", "auth", "authorization"])).then_some(NameKind::Token)
}

/// `apiKey`, `API_KEY` -> `api`, `key`
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut lower_before = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && lower_before) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        lower_before = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// What a literal of this value is, where it is given to a name.
fn named_secret(name: &str, value: &str) -> Option<&'static str> {
    let mixed = value.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_punctuation());
    match name_kind(name)? {
        NameKind::Password => (value.len() >= 6 && mixed && is_literal(value) && !value.contains(char::is_whitespace))
            .then_some("a password"),
        NameKind::Token => {
            let path = value.contains("://") || value.starts_with(['/', '.']);
            (looks_random(value) && is_literal(value) && !path && !is_identifier(value)).then_some("a key")
        }
    }
}

/// Whether it is worth reading a cell's code for secrets: it has the shape of one, or a word that could name one.
#[must_use]
pub fn may_hold_secret(text: &str) -> bool {
    const WORDS: &[&str] = &["key", "passw", "pwd", "passphrase", "passcode", "secret", "token", "credential", "auth"];
    let lower = text.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word)) || !known_secrets(text).is_empty()
}

/// Secrets in a cell's code: by shape, and by the name that they are given to.
#[must_use]
pub(super) fn secrets_in_cell(cell: &ParsedCell) -> Vec<Secret> {
    let text = &cell.source.python;
    let mut found = known_secrets(text);
    let mut named = Vec::new();
    for statement in &cell.statements {
        statement.walk(&mut |inner| in_statement(inner, &mut named));
        statement.walk_expressions(&mut |expression| in_expression(expression, &mut named));
    }
    if cell.statements.is_empty() {
        found.extend(in_lines(text));
    }
    for (name, span, kind) in named {
        let range = span.range();
        let known = found.iter_mut().find(|secret| range.start <= secret.range.start && secret.range.end <= range.end);
        match known {
            Some(secret) => secret.name = Some(name),
            None => found.push(Secret { kind, range, name: Some(name) }),
        }
    }
    found.sort_by_key(|secret| (secret.range.start, secret.range.end));
    found.dedup();
    found
}

type Named = (String, Span, &'static str);

fn in_statement(statement: &Stmt, found: &mut Vec<Named>) {
    match &statement.kind {
        StmtKind::Assign { targets, value } => {
            for target in targets {
                given(target_name(target), value, found);
            }
        }
        StmtKind::AnnAssign { target, value: Some(value), .. } => given(target_name(target), value, found),
        StmtKind::FunctionDef(definition) => {
            for parameter in &definition.parameters.items {
                if let Some(default) = &parameter.default {
                    given(Some(&parameter.name), default, found);
                }
            }
        }
        _ => {}
    }
}

fn in_expression(expression: &Expr, found: &mut Vec<Named>) {
    match &expression.kind {
        ExprKind::Call { arguments, .. } => {
            for Argument { keyword, value, .. } in arguments {
                given(keyword.as_deref(), value, found);
            }
        }
        ExprKind::Dict(entries) => {
            for (key, value) in entries {
                if let Some(ExprKind::Str(key)) = key.as_ref().map(|key| &key.kind) {
                    given(Some(key), value, found);
                }
            }
        }
        _ => {}
    }
}

fn target_name(target: &Expr) -> Option<&str> {
    match &target.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Attribute { attribute, .. } => Some(attribute),
        ExprKind::Subscript { index, .. } => match &index.kind {
            ExprKind::Str(key) => Some(key),
            _ => None,
        },
        _ => None,
    }
}

fn given(name: Option<&str>, value: &Expr, found: &mut Vec<Named>) {
    if let (Some(name), ExprKind::Str(text)) = (name, &value.kind) {
        if let Some(kind) = named_secret(name, text) {
            found.push((name.to_owned(), value.span, kind));
        } else if !known_secrets(text).is_empty() {
            found.push((name.to_owned(), value.span, "a key"));
        }
    }
}

/// `name = "literal"` in text that is no Python.
fn in_lines(text: &str) -> Vec<Secret> {
    let mut found = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if let Some(at) = line.find(['=', ':']) {
            let name = line[..at].rsplit(|c: char| !c.is_alphanumeric() && c != '_').find(|part| !part.is_empty());
            let rest = &line[at + 1..];
            let quote = rest.find(['"', '\'']);
            if let (Some(name), Some(open)) = (name, quote)
                && let Some(length) = rest[open + 1..].find(&rest[open..=open])
                && let Some(kind) = named_secret(name, &rest[open + 1..open + 1 + length])
            {
                let start = offset + at + 1 + open;
                found.push(Secret { kind, range: start..start + length + 2, name: Some(name.to_owned()) });
            }
        }
        offset += line.len();
    }
    found
}

/// Takes the secrets of a notebook out of any text that is made of it: reports, comments, outputs.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    /// The values, longest first.
    values: Vec<String>,
}

impl Redactor {
    /// Knows all secrets of a notebook.
    #[must_use]
    pub fn new(analysis: &Analysis) -> Self {
        let mut values: BTreeSet<String> = BTreeSet::new();
        for cell in &analysis.cells {
            for secret in secrets_in_cell(cell) {
                let text = cell.source.python.get(secret.range).unwrap_or_default();
                let text = text.trim_start_matches(['r', 'R', 'u', 'U', 'b', 'B', 'f', 'F']);
                let bare = text.trim_matches(['"', '\'']);
                // Short values occur in ordinary words, which would be mangled.
                if bare.len() >= 4 {
                    values.insert(bare.to_owned());
                }
            }
        }
        let mut values: Vec<String> = values.into_iter().collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Self { values }
    }

    /// The text without them.
    #[must_use]
    pub fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for value in &self.values {
            if text.contains(value.as_str()) {
                text = text.replace(value.as_str(), "[redacted]");
            }
        }
        for secret in known_secrets(&text).iter().rev() {
            // Two shapes may overlap; the outer one was replaced first where they do.
            if text.get(secret.range.clone()).is_some_and(|part| !part.contains("[redacted]")) {
                text.replace_range(secret.range.clone(), "[redacted]");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<&'static str> {
        known_secrets(text).into_iter().map(|secret| secret.kind).collect()
    }

    #[test]
    fn known_shapes_are_found() {
        let token = format!("ghp_{}", "a1B2".repeat(9));
        assert_eq!(kinds(&format!("t = '{token}'")), ["a GitHub token"]);
        assert_eq!(kinds("AKIAIOSFODNN7EXAMPLQ"), ["an AWS access key"]);
        assert_eq!(kinds(&format!("sk-proj-{}", "9fKq2LmZx7Pw4Rt8")), ["an API key"]);
        assert_eq!(kinds("postgres://app:s3cr-9t@db:5432/x"), ["a password in a URL"]);
        assert_eq!(kinds("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END"), ["a private key"]);
    }

    #[test]
    fn lookalikes_are_not() {
        for text in [
            "sk-learn-contrib-lightning-estimators",
            "task-1234567890abcdefghij",
            "AKIA",
            "https://user:{password}@host/",
            "https://user:<password>@host/",
            "http://localhost:8888/?a@b",
            "-----BEGIN PUBLIC KEY-----",
            "hf_hub_download",
        ] {
            assert_eq!(kinds(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn names_tell() {
        assert_eq!(named_secret("db_password", "hunter2!"), Some("a password"));
        assert_eq!(named_secret("apiKey", "9fKq2LmZx7Pw4Rt8aa"), Some("a key"));
        assert_eq!(named_secret("pad_token", "<pad>"), None);
        assert_eq!(named_secret("key", "customer_identifier"), None);
        assert_eq!(named_secret("stat_key", "step_2_of_weighted_insertion"), None);
        assert_eq!(named_secret("tokenizer", "9fKq2LmZx7Pw4Rt8aa"), None);
        assert_eq!(named_secret("password", "your_password_1"), None);
    }

    #[test]
    fn lines_that_are_no_python_are_read_too() {
        let found = in_lines("print 'x'\npassword = \"hunter2!\"\n");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].name.as_deref(), Some("password"));
    }
}
