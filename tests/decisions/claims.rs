//! What a case says of its statements and of the whole.

use nb2pkg::classify::{Role, SinkKind};

/// A claim about one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It has this role.
    Role(Role),
    /// It fits the production model, whose variable, class or label is this.
    Model(Option<String>),
    /// Production exists for it, as what is said.
    Sink(Option<String>),
    /// It picks the model when it runs.
    Picks,
    /// The reason given for its role holds this text.
    Why(String),
}

/// A claim about the whole, or something that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whole {
    /// There is no production model.
    NoModel,
    /// How it was decided.
    Decision(String),
    /// How sure the choice is.
    Confidence(String),
    /// The evidence for the model holds this text.
    Because(String),
    /// These are the candidates, by variable, class or label.
    Candidates(Vec<String>),
    /// These rules have findings.
    Finding(String),
    /// As by `--model`.
    Ask(String),
    /// As by the configuration.
    Configured(Role, usize),
}

/// Reads what stands behind a statement; clauses are divided by `;`.
pub(crate) fn of_statement(text: &str) -> Result<Vec<Claim>, String> {
    let mut claims = Vec::new();
    for (word, rest) in clauses(text) {
        claims.push(match (word, rest) {
            ("production", "") => Claim::Role(Role::Production),
            ("exploration", "") => Claim::Role(Role::Exploration),
            ("mixed", "") => Claim::Role(Role::Mixed),
            ("model", name) => Claim::Model(some(name)),
            ("sink", kind) if kind.is_empty() || SINKS.iter().any(|(known, _)| *known == kind) => {
                Claim::Sink(some(kind))
            }
            ("picks", "") => Claim::Picks,
            ("why", text) if !text.is_empty() => Claim::Why(text.to_owned()),
            _ => {
                return Err(format!(
                    "`{word} {rest}` says nothing about a statement; fixtures/README.md tells what does"
                ));
            }
        });
    }
    Ok(claims)
}

/// Reads what stands above the first cell.
pub(crate) fn of_whole(text: &str) -> Result<Vec<Whole>, String> {
    let mut claims = Vec::new();
    for (word, rest) in clauses(text) {
        claims.push(match (word, rest) {
            ("model", "none") => Whole::NoModel,
            ("decision", "open" | "evident" | "chosen") => Whole::Decision(rest.to_owned()),
            ("confidence", "high" | "medium" | "low") => Whole::Confidence(rest.to_owned()),
            ("because", text) if !text.is_empty() => Whole::Because(text.to_owned()),
            ("candidates", names) => Whole::Candidates(names.split_whitespace().map(str::to_owned).collect()),
            ("finding", rule) if !rule.is_empty() => Whole::Finding(rule.to_owned()),
            ("ask", name) if !name.is_empty() => Whole::Ask(name.to_owned()),
            ("configured", rest) => configured(rest)?,
            _ => {
                return Err(format!(
                    "`{word} {rest}` says nothing about the whole; fixtures/README.md tells what does"
                ));
            }
        });
    }
    Ok(claims)
}

/// The names of what makes a statement a sink.
const SINKS: [(&str, SinkKind); 7] = [
    ("mark", SinkKind::Mark),
    ("saved-model", SinkKind::SavedModel),
    ("written-file", SinkKind::WrittenFile),
    ("fit", SinkKind::Fit),
    ("metric", SinkKind::Metric),
    ("prediction", SinkKind::Prediction),
    ("result", SinkKind::Result),
];

/// The name of what makes a statement a sink.
pub(crate) fn sink_name(kind: SinkKind) -> &'static str {
    SINKS.iter().find(|(_, known)| *known == kind).map_or("?", |(name, _)| *name)
}

fn clauses(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(';').map(|clause| {
        let clause = clause.trim();
        let (word, rest) = clause.split_once(' ').unwrap_or((clause, ""));
        (word, rest.trim())
    })
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn configured(text: &str) -> Result<Whole, String> {
    let (word, position) = text.split_once(' ').unwrap_or((text, ""));
    let role = match word {
        "production" => Role::Production,
        "exploration" => Role::Exploration,
        _ => return Err(format!("`configured` is followed by production or exploration, and not by `{word}`")),
    };
    let position = position.trim().parse().map_err(|_| format!("`{position}` is no position of a cell"))?;
    Ok(Whole::Configured(role, position))
}
