//! `nb2pkg rule NAME`

use std::fmt::Write as _;

use serde::Serialize;

use super::args::{Format, RuleArgs};
use super::{ExitStatus, print, print_json};
use crate::diagnostics::Style;
use crate::rules::{self, Rule};

#[derive(Serialize)]
struct RuleRecord {
    name: &'static str,
    code: &'static str,
    level: &'static str,
    summary: &'static str,
    docs: &'static str,
}

impl From<&Rule> for RuleRecord {
    fn from(rule: &Rule) -> Self {
        Self { name: rule.name, code: rule.code, level: rule.level.name(), summary: rule.summary, docs: rule.docs }
    }
}

pub(super) fn run(args: &RuleArgs) -> anyhow::Result<ExitStatus> {
    match (&args.rule, args.format) {
        (Some(name), Format::Text) => print(&explanation(rules::get(name)?))?,
        (Some(name), Format::Json) => print_json(&RuleRecord::from(rules::get(name)?))?,
        (None, Format::Text) => print(&table())?,
        (None, Format::Json) => {
            let records: Vec<RuleRecord> = rules::registry().iter().map(|rule| RuleRecord::from(*rule)).collect();
            print_json(&records)?;
        }
    }
    Ok(ExitStatus::Clean)
}

/// The documentation, and how to set the level.
fn explanation(rule: &Rule) -> String {
    format!(
        "{}\n\nLevel: {}. Change it in the configuration:\n\n    [tool.nb2pkg.rules]\n    {} = \"{}\"\n",
        rule.docs.trim_end(),
        rule.level.name(),
        rule.name,
        if rule.level == rules::Level::Error { "warning" } else { "ignore" }
    )
}

fn table() -> String {
    let widest = rules::registry().iter().map(|rule| rule.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for rule in rules::registry() {
        let level = format!("{:7}", rule.level.name());
        let name = format!("{:widest$}", rule.name);
        // Writing to a string can't fail.
        let _ = writeln!(
            text,
            "{}  {}  {}  {}",
            Style::Faint.paint(rule.code),
            Style::Strong.paint(&name),
            Style::of(rule.level).paint(&level),
            rule.summary
        );
    }
    text
}
