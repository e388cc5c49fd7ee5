//! `nb2pkg extract NOTEBOOK`

mod generate;
mod record;
mod summary;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::args::{Emit, ExtractArgs, Format};
use super::notebook::{self, Asked, Read};
use super::{ExitStatus, Verbosity, note, print, print_json, say_failure};
use crate::diagnostics::Failure;
use crate::host;
use generate::{Extraction, Request};

pub(super) fn run(args: &ExtractArgs, verbosity: Verbosity) -> anyhow::Result<ExitStatus> {
    let notebooks = notebooks(&args.notebooks)?;
    let several = notebooks.len() > 1 || args.notebooks.iter().any(|path| host::is_folder(path));
    if several && args.name.is_some() {
        return Err(Failure::new("`--name` names one package, and there are several notebooks")
            .hint("extract them one by one, or leave `--name` out")
            .into());
    }
    if args.emit == Emit::Slice {
        return slices(args, &notebooks, several, verbosity);
    }
    let mut batch = Batch { taken: BTreeMap::new(), several };
    let mut status = ExitStatus::Clean;
    let mut done = Vec::new();
    for (index, path) in notebooks.iter().enumerate() {
        progress(index, notebooks.len(), path, verbosity);
        match batch.extract(args, path, verbosity) {
            Ok(extraction) => {
                status = status.max(super::status(&extraction.findings()));
                if args.format == Format::Text && verbosity != Verbosity::Quiet {
                    let gap = if done.is_empty() { "" } else { "\n" };
                    print(&format!("{gap}{}", summary::render(&extraction)))?;
                }
                done.push(record::record(&extraction));
            }
            Err(failure) if several => {
                say_failure(&about(path, failure));
                status = ExitStatus::Failed;
            }
            Err(failure) => return Err(failure.into()),
        }
    }
    if args.format == Format::Json {
        print_json(&record::Extractions::new(done))?;
    }
    Ok(status)
}

fn asked(args: &ExtractArgs) -> Asked<'_> {
    Asked { model: args.model.as_deref(), order: args.order.map(Into::into) }
}

/// The notebooks that arguments stand for: a folder for all below it.
fn notebooks(arguments: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in arguments {
        if host::is_folder(path) {
            let below = host::walk(path)?;
            let before = found.len();
            found.extend(below.into_iter().filter(|path| path.extension().is_some_and(|end| end == "ipynb")));
            if found.len() == before {
                return Err(Failure::new(format!("there is no notebook in `{}`", path.display()))
                    .hint("files that .gitignore names are not looked at"));
            }
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

/// Among several notebooks, a failure says which one it is about.
fn about(path: &Path, failure: Failure) -> Failure {
    let shown = path.display().to_string();
    if failure.message.contains(&shown) {
        return failure;
    }
    Failure { message: format!("{shown}: {}", failure.message), ..failure }
}

/// Where a person waits for many, one line says how far it is.
fn progress(index: usize, all: usize, path: &Path, verbosity: Verbosity) {
    if all > 1 && verbosity != Verbosity::Quiet && host::is_watched() {
        note(&format!("[{}/{all}] {}", index + 1, path.display()));
    }
}

/// Extractions of one run: no two may share a folder.
struct Batch {
    taken: BTreeMap<PathBuf, PathBuf>,
    several: bool,
}

impl Batch {
    fn extract(&mut self, args: &ExtractArgs, path: &Path, verbosity: Verbosity) -> Result<Extraction, Failure> {
        let Read { analysis, config } = notebook::analyse(path, asked(args), verbosity)?;
        notebook::say_order(&analysis, verbosity);
        let request =
            Request { notebook: path, name: args.name.as_deref(), output: args.output.as_deref(), below: self.several };
        let prepared = generate::prepare(analysis, &config, &request)?;
        if let Some(other) = self.taken.insert(prepared.root.clone(), path.to_owned()) {
            self.taken.insert(prepared.root.clone(), other.clone());
            return Err(Failure::new(format!(
                "{}: its package would go to `{}`, like that of {}",
                path.display(),
                prepared.shown.display(),
                other.display()
            ))
            .hint("extract it alone, with `-o DIR` or `--name NAME`"));
        }
        prepared.write()
    }
}

/// `--emit slice`: data to standard output, or a script for each notebook.
fn slices(
    args: &ExtractArgs,
    notebooks: &[PathBuf],
    several: bool,
    verbosity: Verbosity,
) -> anyhow::Result<ExitStatus> {
    if several && args.output.is_none() {
        return Err(Failure::new("several scripts can't share standard output")
            .hint("name a folder with `-o DIR`")
            .into());
    }
    let mut status = ExitStatus::Clean;
    for path in notebooks {
        let one = || -> Result<(String, ExitStatus), Failure> {
            let Read { analysis, .. } = notebook::analyse(path, asked(args), verbosity)?;
            notebook::say_order(&analysis, verbosity);
            let script = crate::plan::slice_script(&analysis);
            if let Some(output) = &args.output {
                let script_like = output.extension().is_some_and(|end| end == "py") && !several;
                let name = Path::new(path.file_stem().unwrap_or_default()).with_extension("py");
                let target = if script_like { output.clone() } else { output.join(name) };
                host::write_file(&target, &script)?;
            }
            Ok((script, super::status(&analysis.findings)))
        };
        match one() {
            Ok((script, found)) => {
                status = status.max(found);
                if args.output.is_none() {
                    print(&script)?;
                }
            }
            Err(failure) if several => {
                say_failure(&about(path, failure));
                status = ExitStatus::Failed;
            }
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(status)
}
