//! What can be typed.

use std::path::PathBuf;

use clap::builder::Styles;
use clap::builder::styling::AnsiColor;
use clap::{ArgAction, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::Verbosity;
use crate::order::OrderKind;

/// Green headings, cyan literals.
const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "Examples:
  nb2pkg inspect churn.ipynb          what is production, and why
  nb2pkg extract churn.ipynb          write the package to ./churn
  nb2pkg check                        hold the repository to one production model

Exit codes: 0 clean, 1 something has to be decided or repaired, 2 could not do it.
`nb2pkg help COMMAND` says more.";

/// Turn a finished Jupyter notebook into a Python package
///
/// nb2pkg reads a notebook, works out which of its statements the production model needs, and writes a package of
/// them: stages as functions, typed configuration, tests, and a review of what went where and why.
#[derive(Debug, Parser)]
#[command(name = "nb2pkg", version, styles = STYLES, after_help = EXAMPLES, propagate_version = true, max_term_width = 100)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,

    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t, global = true, help_heading = "Global options")]
    pub(super) color: Color,

    /// Print only results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Global options")]
    quiet: bool,

    /// Say more about what is done
    #[arg(short, long, global = true, action = ArgAction::SetTrue, help_heading = "Global options")]
    verbose: bool,
}

impl Args {
    pub(super) fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        }
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    pub(super) fn apply(self) {
        let choice = match self {
            Self::Auto => return,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Extract(ExtractArgs),
    Inspect(InspectArgs),
    Check(CheckArgs),
    Verify(VerifyArgs),
    Rule(RuleArgs),
    Completions(CompletionsArgs),
}

/// Write a package from a notebook
///
/// The package holds what the production model needs, as functions with explicit parameters and results, with typed
/// configuration, tests and REVIEW.md, which says what became of every cell. Files that nb2pkg did not generate, and
/// files edited since, are never replaced.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nb2pkg extract churn.ipynb
  nb2pkg extract churn.ipynb -o packages/churn --name customer-churn
  nb2pkg extract churn.ipynb --model gb              the production model is in `gb`
  nb2pkg extract churn.ipynb --model 24              the production model is fitted in cell 24
  nb2pkg extract churn.ipynb --emit slice > churn.py  the production statements as one script
  nb2pkg extract notebooks/ -o packages              a package for each notebook")]
pub(super) struct ExtractArgs {
    /// Notebooks, or folders of notebooks
    #[arg(required = true, value_name = "NOTEBOOK")]
    pub(super) notebooks: Vec<PathBuf>,

    /// Where to write
    ///
    /// The package's folder, `./NAME` if left out. With several notebooks, the folder in which each gets its own. With
    /// `--emit slice`, the script.
    #[arg(short, long, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,

    /// The package's name
    ///
    /// As it is installed, for example `customer-churn`. From the notebook's file name if left out.
    #[arg(long, value_parser = distribution_name)]
    pub(super) name: Option<String>,

    /// The production model
    ///
    /// The variable that holds it, its class, what the notebook calls it (the key in a dictionary of models), or the
    /// position of the cell that fits it (`24`, `cell 24`). By default the notebook's own evidence decides: what it saves,
    /// submits, calls final, measures as the best and last.
    #[arg(long, value_name = "NAME")]
    pub(super) model: Option<String>,

    /// The order in which the cells make up the program
    ///
    /// By default the file's, unless it reads names before anything defines them and the order in which the cells ran,
    /// by their execution counts, does not.
    #[arg(long, value_enum)]
    pub(super) order: Option<OrderArg>,

    /// What to write
    #[arg(long, value_enum, default_value_t)]
    pub(super) emit: Emit,

    /// How to print the summary
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// The orders of a notebook's cells.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum OrderArg {
    /// As they stand in the file
    File,
    /// As they ran, by their execution counts
    Executed,
}

impl From<OrderArg> for OrderKind {
    fn from(order: OrderArg) -> Self {
        match order {
            OrderArg::File => Self::File,
            OrderArg::Executed => Self::Executed,
        }
    }
}

/// What `extract` writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Emit {
    /// A package
    #[default]
    Package,
    /// One script of the production statements, lines untouched
    Slice,
}

/// Text for people, JSON for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// Show what is production in a notebook, and why
///
/// Prints the production model with the evidence for it, a line for each cell with its role and the reason, and
/// what a reviewer should know. Lines fit the terminal, or COLUMNS. Nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nb2pkg inspect churn.ipynb
  nb2pkg inspect churn.ipynb --cell 12               why each of its statements is in or out
  nb2pkg inspect churn.ipynb --format json | jq .model
  nb2pkg inspect churn.ipynb --format dot | dot -Tsvg > churn.svg")]
pub(super) struct InspectArgs {
    /// The notebook
    pub(super) notebook: PathBuf,

    /// The production model, as for `extract`
    #[arg(long, value_name = "NAME")]
    pub(super) model: Option<String>,

    /// The order of the cells, as for `extract`
    #[arg(long, value_enum)]
    pub(super) order: Option<OrderArg>,

    /// Show the statements of one cell, and why each is in or out
    ///
    /// The cell's position among all cells, from 0, as everywhere.
    #[arg(long, value_name = "N")]
    pub(super) cell: Option<usize>,

    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: InspectFormat,
}

/// The formats of `inspect`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum InspectFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// The dependency graph for Graphviz
    Dot,
}

/// Hold a repository to one production model
///
/// Reads every notebook, generated package and the Python code around it (.gitignore is honoured), and reports by rule:
/// more than one production model, a model choice that nobody confirmed, notebooks inside a package, packages out of
/// step with their notebook, names that nothing defines, secrets. `nb2pkg rule --all` lists the rules.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nb2pkg check
  nb2pkg check notebooks packages/churn
  nb2pkg check --format json > findings.json

Levels are set in `[tool.nb2pkg.rules]`; only errors fail. A comment leaves out one finding:
  url = \"…\"  # nb2pkg: ignore[network-read] the mirror is ours")]
pub(super) struct CheckArgs {
    /// Folders and files to check
    #[arg(value_name = "PATH", default_value = ".")]
    pub(super) paths: Vec<PathBuf>,

    /// How to print findings
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// Run a notebook and its package, and compare their values
///
/// Runs the notebook as it is and then the package, each in a process of its own and in a scratch copy of the
/// notebook's folder, and compares every value that nb2pkg.lock lists and every file that they write. Where something
/// differs, the notebook runs once more: what differs there too is unstable, not wrong. No other command runs code.
///
/// The Python is that of the active virtual environment, else of a `.venv` beside the package or the notebook, else
/// `python3`. It needs what the notebook imports; IPython is not needed. Plots are not shown, shell lines (`!…`) are not
/// run, standard input is empty. Code may still do what you may: reach the network, write to absolute paths.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nb2pkg verify churn
  nb2pkg verify packages/churn --python .venv/bin/python
  nb2pkg verify churn --root .                       the notebook reads files above its folder
  nb2pkg verify churn --format json > report.json

Exit codes: 0 all is equal, 1 something differs or is missing, 2 it could not be run.")]
pub(super) struct VerifyArgs {
    /// The package's folder, the one with nb2pkg.lock
    #[arg(value_name = "PACKAGE")]
    pub(super) package: PathBuf,

    /// The notebook, where it is not where the lock says
    #[arg(long, value_name = "FILE")]
    pub(super) notebook: Option<PathBuf>,

    /// The Python to run both with, or its environment's folder
    #[arg(long, value_name = "PATH")]
    pub(super) python: Option<PathBuf>,

    /// The folder to run both in, where it is not the notebook's
    #[arg(long, value_name = "DIR")]
    pub(super) cwd: Option<PathBuf>,

    /// The folder to copy for the runs
    ///
    /// The folder in which they run if left out. Name one above it where the notebook reads files from there. Version control,
    /// environments and caches are not copied.
    #[arg(long, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,

    /// Use the package as it is installed in that Python
    ///
    /// By default it is imported from its folder, and need not be installed.
    #[arg(long)]
    pub(super) installed: bool,

    /// Most seconds for each run
    #[arg(long, value_name = "SECONDS", default_value_t = 600.0, value_parser = seconds)]
    pub(super) timeout: f64,

    /// The relative difference up to which numbers count as close
    #[arg(long, value_name = "NUMBER", default_value_t = 1e-6, value_parser = tolerance)]
    pub(super) rtol: f64,

    /// Seed random numbers before each run
    ///
    /// For a notebook that does not seed them itself, so that fewer values are unstable: the global generators of Python,
    /// numpy, torch and TensorFlow.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(..=i64::from(u32::MAX - 1)))]
    pub(super) seed: Option<u32>,

    /// Never run the notebook a second time
    #[arg(long)]
    pub(super) once: bool,

    /// Keep scratch files, and say where they are
    #[arg(long)]
    pub(super) keep: bool,

    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// Explain a rule, or list all
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nb2pkg rule undefined-name
  nb2pkg rule H103
  nb2pkg rule --all")]
pub(super) struct RuleArgs {
    /// The rule's name or code
    #[arg(required_unless_present = "all")]
    pub(super) rule: Option<String>,

    /// List all rules
    #[arg(long, conflicts_with = "rule")]
    pub(super) all: bool,

    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  nb2pkg completions bash > ~/.local/share/bash-completion/completions/nb2pkg")]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(super) shell: Shell,
}

/// Checks a distribution's name as PEP 508 has it.
fn distribution_name(text: &str) -> Result<String, String> {
    let inner = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    if !inner || !ends(text.as_bytes().first()) || !ends(text.as_bytes().last()) {
        return Err(
            "a name has letters, digits, `-`, `_` and `.`, and begins and ends with a letter or digit".to_owned()
        );
    }
    if !text.as_bytes()[0].is_ascii_alphabetic() {
        return Err("Python can't import a name that begins with a digit".to_owned());
    }
    Ok(text.to_owned())
}

/// Reads a number of seconds.
fn seconds(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "a number of seconds above 0 is needed".to_owned())
}

/// Reads a relative tolerance.
fn tolerance(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok().filter(|number: &f64| (0.0..1.0).contains(number));
    number.ok_or_else(|| "a number from 0 to below 1 is needed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        super::super::command().debug_assert();
    }

    #[test]
    fn names_are_checked() {
        for good in ["churn", "customer-churn", "a.b_c2"] {
            assert!(distribution_name(good).is_ok(), "{good}");
        }
        for bad in ["", "-x", "x-", "a b", "3d", "é"] {
            assert!(distribution_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn help_lines_are_short_and_end_without_a_stop() {
        for command in super::super::command().get_subcommands() {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(!about.is_empty() && about.len() < 60 && !about.ends_with('.'), "{about}");
            for argument in command.get_arguments() {
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(!help.ends_with('.') && help.len() < 80, "{help}");
            }
        }
    }
}
