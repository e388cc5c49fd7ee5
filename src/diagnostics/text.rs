//! Findings for people.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style as Ansi};

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

/// Findings as an indented list: level, rule and place, the message, what to do.
#[must_use]
pub fn findings<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> String {
    let mut text = String::new();
    for finding in findings {
        let level = Style::of(finding.level).paint(finding.level.name());
        let at = place(finding.place.as_ref());
        let at = if at.is_empty() { String::new() } else { format!("{at} ") };
        let rule = Style::Faint.paint(&format!("({})", finding.rule));
        // Writing to a string can't fail.
        let _ = writeln!(text, "  {at}{level}: {} {rule}", finding.message);
        if !finding.help.is_empty() {
            let _ = writeln!(text, "    {}", Style::Literal.paint(&format!("help: {}", finding.help)));
        }
    }
    text
}
