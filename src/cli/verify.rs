//! `nb2pkg verify PACKAGE`

mod failure;
mod progress;
mod record;
mod text;

use std::path::{Path, PathBuf};

use super::args::{Format, VerifyArgs};
use super::{ExitStatus, Verbosity, note, print, print_json};
use crate::check::locked;
use crate::diagnostics::Failure;
use crate::host::{self, Interpreter};
use crate::lock::{self, Lock};
use crate::notebook::{self, Notebook};
use crate::verify::{self, Event, Options, Outcome, Task};
use progress::Progress;

/// What is compared: everything that is known before anything runs.
struct Subject {
    /// The package's root as it was typed.
    shown: PathBuf,
    /// The package's root, resolved.
    root: PathBuf,
    lock: Lock,
    /// The notebook, resolved.
    notebook: PathBuf,
    /// The folder in which both run, resolved.
    folder: PathBuf,
    /// The folder that is copied, resolved.
    copied: PathBuf,
    parsed: Notebook,
}

pub(super) fn run(args: &VerifyArgs, verbosity: Verbosity) -> anyhow::Result<ExitStatus> {
    let subject = Subject::read(args)?;
    let beside = |path: &Path| path.parent().map(Path::to_owned);
    let folders: Vec<PathBuf> =
        [Some(subject.root.clone()), beside(&subject.root), beside(&subject.notebook)].into_iter().flatten().collect();
    let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
    let interpreter = host::interpreter(args.python.as_deref(), &folders);
    let scratch = host::scratch()?;
    let task = subject.task(args, scratch.path())?;
    let mut progress = Progress::new(&subject.copied, verbosity);
    let result = compare(&task, &interpreter, scratch.path(), &mut progress);
    progress.end();
    if args.keep {
        note(&format!("scratch files are in {}", scratch.keep().display()));
    }
    let mut outcome = result?;
    if let Some(traceback) = outcome.bug {
        return Err(Failure::new(format!("the comparison failed:\n{traceback}"))
            .hint("this is a bug in nb2pkg; please report it with these lines")
            .into());
    }
    outcome.notes.splice(0..0, subject.notes());
    let comparison = record::Comparison { subject: &subject, task: &task, outcome: &outcome };
    match args.format {
        Format::Text => print(&text::render(&comparison))?,
        Format::Json => print_json(&record::record(&comparison))?,
    }
    if let Some(failure) = comparison.failure() {
        super::say_failure(&failure);
        return Ok(ExitStatus::Failed);
    }
    let wrong = comparison.rows().any(|row| row.verdict.is_wrong());
    Ok(if wrong { ExitStatus::Findings } else { ExitStatus::Clean })
}

/// Lets the programs do their work.
fn compare(
    task: &Task,
    interpreter: &Interpreter,
    scratch: &Path,
    progress: &mut Progress<'_>,
) -> Result<Outcome, Failure> {
    let programs = scratch.join("programs");
    for (name, text) in verify::PROGRAMS {
        host::write_file(&programs.join(name), text)?;
    }
    let description = scratch.join("task.json");
    let text = serde_json::to_string(task).map_err(|error| Failure::new(format!("no task: {error}")))?;
    host::write_file(&description, &text)?;
    let mut outcome = None;
    let mut too_old = None;
    let ended = host::run_python(&interpreter.command, &programs.join(verify::ENTRY), &description, |line| {
        match serde_json::from_str(line) {
            Ok(Event::Report { report }) => outcome = Some(*report),
            Ok(Event::Python { version, too_old: true, .. }) => too_old = Some(version),
            Ok(event) => progress.tell(&event, interpreter),
            // Whatever else an interpreter's start-up says.
            Err(_) => {}
        }
    })?;
    if let Some(report) = outcome {
        return Ok(report);
    }
    let shown = interpreter.command.display();
    Err(match too_old {
        Some(version) => Failure::new(format!("`{shown}` is Python {version}, which is too old"))
            .hint("name a newer one, 3.11 at least: `--python PATH`"),
        None if ended.said.is_empty() => Failure::new(format!("`{shown}` ended without an answer: {}", ended.status)),
        None => Failure::new(format!("`{shown}` ended without an answer: {}\n{}", ended.status, ended.said)),
    }
    .hint("name an interpreter that has the notebook's libraries: `--python PATH`"))
}

impl Subject {
    /// Reads all that is named, and that it fits together.
    fn read(args: &VerifyArgs) -> Result<Self, Failure> {
        let shown = args.package.clone();
        let root = host::resolve(&shown)?;
        let lock = read_lock(&shown, &root)?;
        let known = lock.notebooks.first().cloned().unwrap_or_default();
        let asked = args.notebook.clone().unwrap_or_else(|| root.join(&known.path));
        let notebook = host::resolve(&asked)?;
        let asked = shown_path(&notebook)?;
        if !host::is_file(&notebook) {
            let named = if args.notebook.is_some() { "there is no" } else { "the lock names a notebook that is gone:" };
            return Err(Failure::new(format!("{named} `{asked}`")).hint("say where the notebook is: `--notebook FILE`"));
        }
        let bytes = host::read(&notebook)?;
        let parsed = notebook::parse(&bytes).map_err(|error| super::notebook::refusal(Path::new(&asked), &error))?;
        let hash = lock::code_sha256(parsed.code_cells().map(|cell| cell.stored.as_str()));
        if hash != known.code_sha256 {
            return Err(Failure::new(format!(
                "`{asked}` has other code than the notebook that the package was made from"
            ))
            .hint(format!("extract it again: `nb2pkg extract {} -o {}`", asked, shown.display()))
            .hint("or name the notebook as it was then: `--notebook FILE`"));
        }
        let folder = match &args.cwd {
            Some(folder) => host::resolve(&folder.join("."))?,
            None => host::folder(&notebook).to_owned(),
        };
        let copied = match &args.root {
            Some(root) => host::resolve(&root.join("."))?,
            None => folder.clone(),
        };
        if !host::is_folder(&copied) || !host::is_folder(&folder) || !folder.starts_with(&copied) {
            return Err(Failure::new(format!(
                "`{}` is no folder that holds `{}`",
                shown_path(&copied)?,
                shown_path(&folder)?
            ))
            .hint("`--root` is for a folder which has all data, and the folder in which the notebook runs"));
        }
        Ok(Self { shown, root, lock, notebook, folder, copied, parsed })
    }

    fn task(&self, args: &VerifyArgs, scratch: &Path) -> Result<Task, Failure> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let source = self.root.join("src");
        let source = if host::is_folder(&source) { source } else { self.root.clone() };
        let artefacts = self.lock.artefacts.iter();
        let beside = !self.folder.starts_with(&self.root);
        Ok(Task {
            scratch: text(scratch),
            root: text(&self.copied),
            folder: host::relative(&self.copied, &self.folder),
            leave_out: if beside { vec![text(&self.root)] } else { Vec::new() },
            import_from: (!args.installed).then(|| text(&source)),
            pipeline: self.lock.pipeline.clone().unwrap_or_default(),
            stages: verify::stages(&self.lock),
            places: verify::places(&self.lock)?,
            replaces: artefacts
                .flat_map(|new| new.replaces.iter().map(|old| (old.clone(), new.path.clone())))
                .collect(),
            cells: verify::cells(&self.parsed, &self.lock.notebooks[0])?,
            options: Options {
                timeout: args.timeout,
                rtol: args.rtol,
                once: args.once,
                seed: args.seed,
                keep: args.keep,
            },
        })
    }

    /// What a reader of the report should know besides.
    fn notes(&self) -> Vec<String> {
        let others = self.lock.stages.iter().filter(|stage| stage.notebook.unwrap_or_default() != 0).count();
        let skipped = (others > 0).then(|| format!("{others} stages of other notebooks are not compared"));
        skipped.into_iter().collect()
    }
}

/// A resolved path as a person would type it.
fn shown_path(path: &Path) -> Result<String, Failure> {
    let here = host::resolve(&host::working_directory()?.join("."))?;
    let relative = host::relative(&here, path);
    let outside = relative.starts_with("../..");
    Ok(if outside { path.display().to_string() } else { relative })
}

/// The lock of a package that can be run.
fn read_lock(shown: &Path, root: &Path) -> Result<Lock, Failure> {
    let folder = shown.display();
    if !host::is_folder(root) {
        let what = if host::is_file(root) { "is a file, not a package's folder" } else { "does not exist" };
        return Err(Failure::new(format!("`{folder}` {what}"))
            .hint("name the folder that `nb2pkg extract` wrote, the one with nb2pkg.lock"));
    }
    let Some(lock) = locked::of_package(shown)? else {
        return Err(Failure::new(format!("`{folder}` is no generated package: it has no {}", lock::FILE_NAME))
            .hint(format!("make one: `nb2pkg extract NOTEBOOK -o {folder}`")));
    };
    if lock.pipeline.is_none() || lock.notebooks.is_empty() {
        return Err(Failure::new(format!("the package in `{folder}` has no pipeline that could be run"))
            .hint("REVIEW.md says what has to be decided first; then extract it again"));
    }
    Ok(lock)
}
