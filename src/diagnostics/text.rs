//! Findings for people.

use anstyle::{AnsiColor, Style as Ansi};

use super::layout::wrap;
use crate::rules::{Finding, Level, Place};

/// What a piece of text is, rather than how it looks. Whether colours reach the terminal is decided where text is
/// printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// An error, a refusal.
    Error,
    /// A warning.
    Warning,
    /// Something that went well, or is kept.
    Good,
    /// A hint, a path, a name to type.
    Literal,
    /// Of less interest than the rest.
    Faint,
    /// A heading, a name.
    Strong,
}

impl Style {
    /// Wraps text in this style.
    #[must_use]
    pub fn paint(self, text: &str) -> String {
        let style = match self {
            Self::Error => AnsiColor::Red.on_default().bold(),
            Self::Warning => AnsiColor::Yellow.on_default().bold(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Literal => AnsiColor::Cyan.on_default(),
            Self::Faint => Ansi::new().dimmed(),
            Self::Strong => Ansi::new().bold(),
        };
        format!("{style}{text}{style:#}")
    }

    /// The style of a level.
    #[must_use]
    pub fn of(level: Level) -> Self {
        match level {
            Level::Error => Self::Error,
            Level::Warning => Self::Warning,
            Level::Info => Self::Faint,
        }
    }
}

/// A place as people count: `cell 7:3`, or `line 12` of a file that is no notebook; empty for a whole file.
#[must_use]
pub fn place(place: Option<&Place>) -> String {
    match place {
        None => String::new(),
        Some(Place { position: Some(position), lines, .. }) => format!("cell {position}:{}", lines.0),
        Some(Place { lines, .. }) => format!("{}", lines.0),
    }
}

/// Findings as an indented list: level, rule and place, the message, what to do; no line is wider than so many columns.
#[must_use]
pub fn findings<'a>(findings: impl IntoIterator<Item = &'a Finding>, width: usize) -> String {
    let mut text = String::new();
    for finding in findings {
        let level = finding.level.name();
        let at = place(finding.place.as_ref());
        let at = if at.is_empty() { String::new() } else { format!("{at} ") };
        let rule = format!("({})", finding.rule);
        let lines = wrap(&format!("{at}{level}: {} {rule}", finding.message), width.saturating_sub(4));
        for (index, line) in lines.iter().enumerate() {
            // Colours are put on after wrapping: they take no columns.
            let start = format!("{at}{level}");
            let rest = if index == 0 { line.strip_prefix(&start) } else { None };
            let head = rest.map(|_| format!("{at}{}", Style::of(finding.level).paint(level))).unwrap_or_default();
            let rest = rest.unwrap_or(line);
            let rest = match rest.strip_suffix(&rule) {
                Some(message) => format!("{message}{}", Style::Faint.paint(&rule)),
                None => rest.to_owned(),
            };
            let indent = if index == 0 { "  " } else { "    " };
            text.push_str(&format!("{indent}{head}{rest}\n"));
        }
        if !finding.help.is_empty() {
            for (index, line) in wrap(&format!("help: {}", finding.help), width.saturating_sub(6)).iter().enumerate() {
                let indent = if index == 0 { "    " } else { "      " };
                text.push_str(&format!("{indent}{}\n", Style::Literal.paint(line)));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_wrapped_and_its_colours_stay_whole() {
        let finding = Finding {
            rule: "machine-path",
            code: "P101",
            level: Level::Warning,
            blocking: false,
            place: Some(Place { cell: Some(0), position: Some(3), statement: None, lines: (2, 2) }),
            message: "a message of some words that does not fit on one line".to_owned(),
            help: "do this, or that where it can't be done".to_owned(),
        };
        let shown = findings([&finding], 40);
        let plain = anstream::adapter::strip_str(&shown).to_string();
        let expected = "  cell 3:2 warning: a message of some\n    words that does not fit on one line\n    \
                        (machine-path)\n    help: do this, or that where it\n      can't be done\n";
        assert_eq!(plain, expected);
        assert!(
            shown.contains(&Style::Warning.paint("warning")) && shown.contains(&Style::Faint.paint("(machine-path)"))
        );
    }
}
