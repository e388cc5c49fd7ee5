//! What is being run, for the person who waits.

use std::io::Write as _;
use std::path::Path;

use super::super::{Verbosity, note};
use crate::diagnostics::Style;
use crate::host::{self, Interpreter};
use crate::verify::Event;

/// From this size on a person wants to know what is copied.
const LARGE: u64 = 200_000_000;

/// Tells on standard error what happens: a line that changes on a terminal, a line for each run elsewhere.
pub(super) struct Progress<'a> {
    copied: &'a Path,
    silent: bool,
    moving: bool,
    shown: String,
}

impl<'a> Progress<'a> {
    /// For a run whose data are in the folder `copied`.
    pub(super) fn new(copied: &'a Path, verbosity: Verbosity) -> Self {
        Self { copied, silent: verbosity == Verbosity::Quiet, moving: host::is_watched(), shown: String::new() }
    }

    /// Shows an event.
    pub(super) fn tell(&mut self, event: &Event, interpreter: &Interpreter) {
        if self.silent {
            return;
        }
        match event {
            Event::Python { version, .. } => {
                let command = interpreter.command.display();
                self.line(&format!("using {command} (Python {version}, {})", interpreter.why));
            }
            Event::Copy { bytes, .. } if *bytes >= LARGE => {
                self.line(&format!("copying {} from {}", size(*bytes), self.copied.display()));
            }
            Event::Run { side, number } => {
                if self.moving {
                    self.moving_line(&format!("{} …", running(side, *number)));
                }
            }
            Event::Progress { side, seconds, at } => {
                if self.moving {
                    let at = if at.is_empty() { String::new() } else { format!(", {at}") };
                    self.moving_line(&format!("running the {side}: {seconds:.0} s{at}"));
                }
            }
            Event::Ran { side, number, seconds } => {
                self.line(&format!("{}: {seconds:.1} s", running(side, *number)));
            }
            Event::Copy { .. } | Event::Report { .. } => {}
        }
    }

    /// Leaves the terminal as it was.
    pub(super) fn end(&mut self) {
        if !self.shown.is_empty() {
            self.moving_line("");
        }
    }

    fn line(&mut self, text: &str) {
        self.end();
        note(&Style::Faint.paint(text));
    }

    /// Replaces the last line.
    fn moving_line(&mut self, text: &str) {
        if text == self.shown {
            return;
        }
        let rest = " ".repeat(self.shown.chars().count().saturating_sub(text.chars().count()));
        let mut stderr = anstream::stderr().lock();
        // Nobody watches if this fails.
        let _ = write!(stderr, "\r{text}{rest}{}", if text.is_empty() { "\r" } else { "" });
        let _ = stderr.flush();
        text.clone_into(&mut self.shown);
    }
}

fn running(side: &str, number: u64) -> String {
    let again = if number > 2 { " again" } else { "" };
    format!("running the {side}{again}")
}

/// A number of bytes for people.
pub(super) fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1_000_000 => format!("{} kB", bytes / 1000),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_readable() {
        assert_eq!([size(12_345), size(1_550_000), size(2_000_000_000)], ["12 kB", "1.5 MB", "2.0 GB"]);
    }
}
