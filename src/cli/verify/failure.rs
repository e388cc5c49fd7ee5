//! Why a notebook or a package could not be run, and what to do about it.

use std::path::Path;

use super::Subject;
use super::progress::size;
use crate::diagnostics::Failure;
use crate::host;
use crate::knowledge::knowledge;
use crate::verify::{Frame, Stopped, Task};

/// More frames than this tell nobody more.
const MOST_FRAMES: usize = 12;

/// How far above a notebook the folder may be in which it was run.
const MOST_LEVELS: usize = 4;

/// A failure in words.
pub(super) fn explain(stopped: &Stopped, subject: &Subject, task: &Task) -> Failure {
    let side = &stopped.side;
    let failure = match stopped.reason.as_str() {
        "space" => {
            return Failure::new(format!(
                "a copy of `{}` needs {}, and {} are free",
                subject.copied.display(),
                size(stopped.needed),
                size(stopped.free)
            ))
            .hint("set TMPDIR to a folder with more room, or `--root` to one that holds less");
        }
        "timeout" | "crash" => {
            let at = if stopped.at.is_empty() { String::new() } else { format!(" in {}", stopped.at) };
            let log = if stopped.log.is_empty() { String::new() } else { format!("\n{}", indented(&stopped.log)) };
            Failure::new(format!("the {side} stopped{at}: {}{log}", stopped.message))
        }
        _ => Failure::new(format!("the {side} stopped{}: {}{}", place(stopped), stopped.message, traceback(stopped))),
    };
    let failure = match stopped.reason.as_str() {
        "timeout" => failure.hint(format!("give it more time: `--timeout {}`", task.options.timeout * 4.0)),
        "module" => module_hint(failure, stopped, subject),
        "file" => file_hint(failure, stopped, subject),
        "input" => failure.hint("the notebook asks for input, which nobody gives here; write the answer into it"),
        "crash" => failure,
        _ if side == "notebook" => {
            failure.hint("the notebook has to run from its first cell to its last production cell")
        }
        _ => failure,
    };
    if stopped.not_run.is_empty() {
        return failure;
    }
    failure.hint(format!("what needs a shell is not run, do it by hand first: `{}`", stopped.not_run.join("`, `")))
}

/// Where it happened: the innermost place in a cell, or in the package.
fn place(stopped: &Stopped) -> String {
    let is_ours = |frame: &&Frame| frame.position.is_some() || frame.package.is_some();
    stopped.frames.iter().rev().find(is_ours).map(|frame| format!(" in {}", frame_place(frame))).unwrap_or_default()
}

fn frame_place(frame: &Frame) -> String {
    let line = frame.line;
    match (frame.position, &frame.package, &frame.path, &frame.library) {
        (Some(position), ..) => format!("cell {position}, line {line}"),
        (_, Some(path), ..) | (_, _, Some(path), _) | (_, _, _, Some(path)) => format!("{path}, line {line}"),
        _ => format!("line {line}"),
    }
}

/// The frames of the notebook's and the package's own code; of libraries only how many.
fn traceback(stopped: &Stopped) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut hidden = 0;
    for frame in &stopped.frames {
        if frame.library.is_some() {
            hidden += 1;
            continue;
        }
        hidden = 0;
        lines.push(format!("  {}: {}", frame_place(frame), frame.text));
    }
    if hidden > 0
        && let Some(last) = stopped.frames.last()
    {
        lines.push(format!("  {}: {}  (in {hidden} frames of libraries)", frame_place(last), last.text));
    }
    let skipped = lines.len().saturating_sub(MOST_FRAMES);
    if skipped > 0 {
        lines.drain(1..=skipped);
        lines.insert(1, format!("  … {skipped} more"));
    }
    if lines.is_empty() { String::new() } else { format!("\n{}", lines.join("\n")) }
}

fn module_hint(failure: Failure, stopped: &Stopped, subject: &Subject) -> Failure {
    let Some(module) = &stopped.module else { return failure };
    let top = module.split('.').next().unwrap_or(module);
    let distribution = knowledge().distribution(module).unwrap_or(top);
    if top == "tomllib" {
        return failure.hint("the package needs Python 3.11 or newer: `--python PATH`");
    }
    let own = subject.lock.pipeline.as_ref().and_then(|pipeline| pipeline.module.split('.').next());
    if own == Some(top) {
        return failure.hint(format!(
            "install the package there, or leave `--installed` out: `pip install {}`",
            subject.shown.display()
        ));
    }
    let beside = host::folder(&subject.notebook);
    if host::is_file(&beside.join(format!("{top}.py"))) || host::is_folder(&beside.join(top)) {
        return failure
            .hint(format!("`{top}` lies beside the notebook: the package can't find it until it is installed"));
    }
    if stopped.parent_installed && module.contains('.') {
        return failure.hint(format!(
            "the installed {distribution} has no `{module}`: install the version that the notebook was written with"
        ));
    }
    failure
        .hint(format!("install it there: `pip install {distribution}`"))
        .hint("or name a Python that has it: `--python PATH`")
}

fn file_hint(failure: Failure, stopped: &Stopped, subject: &Subject) -> Failure {
    let Some(path) = &stopped.path else { return failure };
    let Ok(wanted) = host::resolve(&subject.folder.join(path)) else { return failure };
    let exists = |path: &Path| host::is_file(path) || host::is_folder(path);
    if !wanted.starts_with(&subject.copied) && exists(&wanted) {
        let above = wanted.ancestors().find(|ancestor| subject.folder.starts_with(ancestor));
        let root = above.map_or_else(|| "DIR".to_owned(), |above| above.display().to_string());
        return failure.hint(format!("it is outside of the folder that is copied; copy one above it: `--root {root}`"));
    }
    let failure = failure.hint(format!("put the file at `{}`", wanted.display()));
    if !wanted.starts_with(&subject.copied)
        && let Some(above) = wanted.ancestors().find(|ancestor| subject.folder.starts_with(ancestor))
    {
        // The folder that a relative path leads out of is not copied, so neither would the file be.
        return failure.hint(format!("and copy the folder that both are in: `--root {}`", above.display()));
    }
    if let Some(above) = subject.folder.ancestors().skip(1).take(MOST_LEVELS).find(|above| exists(&above.join(path))) {
        return failure.hint(format!("or run where it is there: `--cwd {}`", above.display()));
    }
    if stopped.folder_exists {
        return failure;
    }
    let folder = host::folder(&wanted);
    failure.hint(format!("if it is to be written, its folder has to be there first: `{}`", folder.display()))
}

fn indented(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..]
        .iter()
        .map(|line| format!("  {line}\n"))
        .collect::<String>()
        .trim_end()
        .to_owned()
}
