//! The command line: one verb a file, each from reading to printing.

mod args;
mod check;
mod completions;
mod extract;
mod inspect;
mod notebook;
mod rule;
mod verify;

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::diagnostics::{Failure, Style};
use crate::host;
use crate::rules::Finding;
use args::{Args, Command};

/// How a run ended; the only exit codes there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitStatus {
    /// Done, and nothing stands in the way.
    Clean,
    /// Done, and something has to be decided or repaired.
    Findings,
    /// Not done.
    Failed,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        match status {
            ExitStatus::Clean => Self::SUCCESS,
            ExitStatus::Findings => Self::from(1),
            ExitStatus::Failed => Self::from(2),
        }
    }
}

/// How much is said on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verbosity {
    Quiet,
    Normal,
    Verbose,
}

/// Runs the command line of this process.
///
/// # Errors
///
/// If the command could not do its work; see [`report`].
pub fn run() -> anyhow::Result<ExitStatus> {
    let args = Args::parse();
    args.color.apply();
    let verbosity = args.verbosity();
    match args.command {
        Command::Extract(args) => extract::run(&args, verbosity),
        Command::Inspect(args) => inspect::run(&args, verbosity),
        Command::Check(args) => check::run(&args, verbosity),
        Command::Verify(args) => verify::run(&args, verbosity),
        Command::Rule(args) => rule::run(&args),
        Command::Completions(args) => completions::run(&args),
    }
}

/// The command as clap knows it, for completions and tests of the help texts.
#[must_use]
pub fn command() -> clap::Command {
    Args::command()
}

/// The exit code that findings ask for: a person has to decide something.
fn status(findings: &[Finding]) -> ExitStatus {
    if findings.iter().any(|finding| finding.blocking) { ExitStatus::Findings } else { ExitStatus::Clean }
}

/// Prints what went wrong and what to do.
pub fn report(error: &anyhow::Error) -> ExitStatus {
    let mut message = error.to_string();
    let mut hints: &[String] = &[];
    for cause in error.chain() {
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            hints = &failure.hints;
        }
    }
    for cause in error.chain().skip(1) {
        message = format!("{message}: {cause}");
    }
    say_failure(&Failure { message, hints: hints.to_vec() });
    ExitStatus::Failed
}

/// One `error:` line and its hints on standard error.
fn say_failure(failure: &Failure) {
    let mut stderr = anstream::stderr().lock();
    // Nobody is left to be told if this fails.
    let _ = writeln!(stderr, "{} {}", Style::Error.paint("error:"), failure.message);
    for hint in &failure.hints {
        let _ = writeln!(stderr, "{} {hint}", Style::Literal.paint("hint:"));
    }
}

/// A line on standard error.
fn note(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// A warning on standard error.
fn warn(text: &str) {
    note(&format!("{} {text}", Style::Warning.paint("warning:")));
}

/// Data on standard output.
fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}

/// The width for what people read: the screen's, within what can be read, and that of a usual one where there is none.
fn screen_width() -> usize {
    host::screen_width(std::io::stdout().is_terminal()).unwrap_or(80).clamp(60, 120)
}

/// A value as JSON on standard output.
fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    // Not through the colour filter: JSON holds no styles, and a notebook's own escapes must stay escaped as they are.
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut stdout, value).map_err(std::io::Error::from)?;
    stdout.write_all(b"\n")?;
    Ok(stdout.flush()?)
}
