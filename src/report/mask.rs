//! Hiding what looks like a secret before it can reach a page. Better one harmless string too many than one key too few.

use crate::analysis::Analysis;
use crate::rules::Redactor;

/// What stands in the place of a secret.
const MASK: &str = "•••";

/// Beginnings of keys that services hand out, and how many characters have to follow.
const SHAPES: [(&str, usize); 18] = [
    ("AKIA", 12),
    ("ASIA", 12),
    ("AIza", 30),
    ("ghp_", 16),
    ("gho_", 16),
    ("ghu_", 16),
    ("ghs_", 16),
    ("github_pat_", 16),
    ("glpat-", 12),
    ("hf_", 16),
    ("sk-", 16),
    ("sk_live_", 8),
    ("rk_live_", 8),
    ("xoxa-", 8),
    ("xoxb-", 8),
    ("xoxp-", 8),
    ("xoxs-", 8),
    ("eyJ", 24),
];

/// Words whose value is a secret, in lower case.
const WORDS: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "access_key",
    "secret_key",
    "private_key",
    "account_key",
];

/// Hides the secrets of one notebook.
#[derive(Default)]
pub(super) struct Mask {
    redactor: Redactor,
}

impl Mask {
    /// Knows what the rule about secrets found in the notebook.
    pub(super) fn new(analysis: &Analysis) -> Self {
        Self { redactor: Redactor::new(analysis) }
    }

    /// The text without secrets; line breaks stay where they are.
    pub(super) fn text(&self, text: &str) -> String {
        let masked = mask(text);
        let clean = self.redactor.clean(&masked);
        let clean = if clean.matches('\n').count() == masked.matches('\n').count() {
            clean
        } else {
            masked.split('\n').map(|line| self.redactor.clean(line)).collect::<Vec<_>>().join("\n")
        };
        clean.replace("[redacted]", MASK)
    }
}

/// The text with everything that looks like a secret hidden.
fn mask(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut private_key = false;
    for line in text.split_inclusive('\n') {
        let (body, end) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
        if private_key || body.contains("PRIVATE KEY-----") {
            // A key in PEM form: all of its lines.
            let begins = body.contains("-----BEGIN");
            private_key = (private_key || begins) && !body.contains("-----END");
            result.push_str(MASK);
        } else {
            mask_line(body, &mut result);
        }
        result.push_str(end);
    }
    result
}

fn mask_line(line: &str, result: &mut String) {
    let mut ranges = Vec::new();
    shapes(line, &mut ranges);
    addresses(line, &mut ranges);
    named_values(line, &mut ranges);
    random_runs(line, &mut ranges);
    ranges.sort_unstable();
    let mut from = 0;
    for (start, end) in ranges {
        if start >= from {
            result.push_str(&line[from..start]);
            result.push_str(MASK);
        }
        from = from.max(end);
    }
    result.push_str(&line[from..]);
}

fn is_key_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'/' | b'=')
}

/// Keys of a known shape.
fn shapes(line: &str, ranges: &mut Vec<(usize, usize)>) {
    let bytes = line.as_bytes();
    let in_word = |at: usize| bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_';
    // Keys begin where words do: one walk over those, rather than a search for each shape.
    for at in (0..bytes.len()).filter(|at| in_word(*at) && (*at == 0 || !in_word(*at - 1))) {
        for (start, follows) in SHAPES.iter().filter(|(start, _)| bytes[at..].starts_with(start.as_bytes())) {
            let rest = &bytes[at + start.len()..];
            let length = rest.iter().take_while(|byte| is_key_character(**byte)).count();
            if length >= *follows {
                ranges.push((at, at + start.len() + length));
            }
        }
    }
}

/// The password in `scheme://user:password@host`.
fn addresses(line: &str, ranges: &mut Vec<(usize, usize)>) {
    for (at, _) in line.match_indices("://") {
        let start = at + 3;
        let length = line[start..].find(['/', ' ', '"', '\'']).unwrap_or(line.len() - start);
        let authority = &line[start..start + length];
        if let Some(host) = authority.rfind('@')
            && let Some(colon) = authority[..host].find(':')
            && colon + 1 < host
        {
            ranges.push((start + colon + 1, start + host));
        }
    }
}

/// What is assigned to a word like `password`: a quoted text, or the rest of a setting within one.
fn named_values(line: &str, ranges: &mut Vec<(usize, usize)>) {
    let lower = line.to_ascii_lowercase();
    let bytes = lower.as_bytes();
    for word in WORDS {
        for (at, _) in lower.match_indices(word) {
            let mut next = at + word.len();
            while matches!(bytes.get(next), Some(b'"' | b'\'' | b']' | b' ' | b'\t')) {
                next += 1;
            }
            if !matches!(bytes.get(next), Some(b'=' | b':')) || bytes.get(next + 1) == Some(&b'=') {
                continue;
            }
            next += 1;
            while matches!(bytes.get(next), Some(b' ' | b'\t')) {
                next += 1;
            }
            if let Some(range) = value_at(line, next) {
                ranges.push(range);
            }
        }
    }
}

fn value_at(line: &str, start: usize) -> Option<(usize, usize)> {
    let bytes = line.as_bytes();
    let quote = *bytes.get(start)?;
    if matches!(quote, b'"' | b'\'') {
        let value = line.get(start + 1..)?;
        let value = &value[..value.find(char::from(quote))?];
        let placeholder = value.starts_with(['<', '[', '{']) || value.contains(' ');
        return (value.len() >= 6 && !placeholder).then_some((start + 1, start + 1 + value.len()));
    }
    let length = line.get(start..)?.find([';', '&', '"', '\'', '@', ' ', ',', ')', '(', '.', '['])?;
    let within_a_setting = matches!(bytes.get(start + length), Some(b';' | b'&' | b'"' | b'\'' | b'@'));
    (length >= 4 && within_a_setting).then_some((start, start + length))
}

/// Long runs of characters that nobody would type.
fn random_runs(line: &str, ranges: &mut Vec<(usize, usize)>) {
    let bytes = line.as_bytes();
    let mut start = 0;
    while start < bytes.len() {
        let length = bytes[start..].iter().take_while(|byte| is_key_character(**byte) && **byte != b'.').count();
        if length >= 24 {
            let run = &line[start..start + length];
            let whole = !run.contains('/') || length == 40;
            if whole && is_random(run) {
                ranges.push((start, start + length));
            } else {
                let mut from = start;
                for part in run.split('/') {
                    if part.len() >= 24 && is_random(part) {
                        ranges.push((from, from + part.len()));
                    }
                    from += part.len() + 1;
                }
            }
        }
        start += length.max(1);
    }
}

fn is_random(run: &str) -> bool {
    let count = |wanted: fn(&u8) -> bool| run.bytes().filter(wanted).count();
    let (digits, upper, lower) =
        (count(u8::is_ascii_digit), count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let hexadecimal = run.len() >= 32 && run.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hexadecimal {
        return digits >= 6 && digits < run.len();
    }
    // Words change from one kind of character to another rarely, random text at every second step.
    let kind = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase(), byte.is_ascii_lowercase());
    let changes = run.as_bytes().windows(2).filter(|pair| kind(pair[0]) != kind(pair[1])).count();
    digits >= 2 && upper >= 2 && lower >= 2 && changes * 3 >= run.len()
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn keys_and_passwords_are_hidden() {
        for (text, hidden) in [
            ("key = 'AKIAIOSFODNN7EXAMPLE'", "key = '•••'"),
            ("t = \"ghp_0123456789abcdefghijABCDEFGHIJ012345\"", "t = \"•••\""),
            ("login(\"hf_abcdefghijklmnopqrstuvwx\")", "login(\"•••\")"),
            ("create_engine('postgresql://bob:hunter2@db/x')", "create_engine('postgresql://bob:•••@db/x')"),
            ("conn = 'Server=x;Password=abc123;'", "conn = 'Server=x;Password=•••;'"),
            ("password = \"correct-horse\"", "password = \"•••\""),
            ("{\"api_key\": \"0123abcd\"}", "{\"api_key\": \"•••\"}"),
            ("os.environ['SECRET'] = 'tr0ub4dor'", "os.environ['SECRET'] = '•••'"),
            ("x = 'aZ3kP0qLm9XyT2bVn5RcW8sD'", "x = '•••'"),
            ("a\n-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nb", "a\n•••\n•••\n•••\nb"),
        ] {
            assert_eq!(mask(text), hidden);
        }
    }

    #[test]
    fn ordinary_code_stays_as_it_is() {
        for text in [
            "model = GradientBoostingClassifier(n_estimators=200, random_state=42)",
            "df = pd.read_csv('/kaggle/input/house-prices-advanced-regression-techniques/train.csv')",
            "token = get_token()",
            "vectorizer = TfidfVectorizer(token_pattern=r'\\w+')",
            "tokenizer.pad_token = '[PAD]'",
            "api_key = os.environ['API_KEY']",
            "password = getpass('Password: ')",
            "x_train_scaled_2019_final_version = x_train_scaled_2018_final_version",
            "url = 'https://raw.githubusercontent.com/org/repository-name/main/data/file_2021.csv'",
        ] {
            assert_eq!(mask(text), text);
        }
    }
}
