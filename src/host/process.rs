//! Running Python: the one thing that this program starts, and only `nb2pkg verify` asks for it.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::diagnostics::Failure;

/// Where an environment has its interpreter.
const IN_ENVIRONMENT: &str = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
/// What the interpreter is called where there is no environment.
const ON_PATH: &str = if cfg!(windows) { "python" } else { "python3" };

/// An interpreter, and why it is this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// Its path, or its name on the `PATH`.
    pub command: PathBuf,
    /// Why it was taken, in a few words.
    pub why: String,
}

/// The Python to run: the one that was asked for, else that of the active virtual environment, else that of a `.venv` in
/// one of some folders, else the one on the `PATH`.
#[must_use]
pub fn interpreter(asked: Option<&Path>, folders: &[&Path]) -> Interpreter {
    if let Some(path) = asked {
        let inside = path.join(IN_ENVIRONMENT);
        let command = if inside.is_file() { inside } else { path.to_owned() };
        return Interpreter { command, why: "--python".to_owned() };
    }
    let active = std::env::var_os("VIRTUAL_ENV").map(|folder| PathBuf::from(folder).join(IN_ENVIRONMENT));
    if let Some(command) = active.filter(|command| command.is_file()) {
        return Interpreter { command, why: "the active virtual environment".to_owned() };
    }
    let beside = folders.iter().map(|folder| folder.join(".venv")).find(|folder| folder.join(IN_ENVIRONMENT).is_file());
    match beside {
        Some(folder) => {
            Interpreter { command: folder.join(IN_ENVIRONMENT), why: "the virtual environment there".to_owned() }
        }
        None => Interpreter { command: PathBuf::from(ON_PATH), why: "on the PATH".to_owned() },
    }
}

/// A folder for what is made on the way; it goes away with the value.
///
/// # Errors
///
/// If it can't be made.
pub fn scratch() -> Result<TempDir, Failure> {
    tempfile::Builder::new().prefix("nb2pkg-verify-").tempdir().map_err(|error| {
        Failure::new(format!("no temporary folder can be made: {error}"))
            .hint("set TMPDIR to a folder that may be written to")
    })
}

/// How a program ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// In words: `exit code 1`, or a signal.
    pub status: String,
    /// Its last words on standard error.
    pub said: String,
}

/// Runs a Python program to its end and hands on its output line by line. The program's standard input stays open
/// meanwhile: when it ends, nobody waits any more, be it that this process was interrupted or killed.
///
/// # Errors
///
/// If the interpreter can't be started.
pub fn run_python(
    interpreter: &Path,
    program: &Path,
    argument: &Path,
    mut line: impl FnMut(&str),
) -> Result<Ended, Failure> {
    let mut command = Command::new(interpreter);
    command.arg(program).arg(argument).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Ctrl-C is for this process alone: the program sees that nobody waits, and cleans up undisturbed.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(|error| {
        let shown = interpreter.display();
        let why = match error.kind() {
            ErrorKind::NotFound => format!("there is no Python interpreter `{shown}`"),
            ErrorKind::PermissionDenied => format!("`{shown}` can't be run: permission denied"),
            _ => format!("`{shown}` can't be run: {error}"),
        };
        Failure::new(why).hint("name one that has the notebook's libraries: `--python PATH`")
    })?;
    let waiting = child.stdin.take();
    let errors = child.stderr.take().map(|mut pipe| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            // What was read until then is all there is.
            let _ = pipe.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).trim().to_owned()
        })
    });
    if let Some(pipe) = child.stdout.take() {
        for text in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            line(&String::from_utf8_lossy(&text));
        }
    }
    let status = child.wait().map(|status| status.to_string()).unwrap_or_default();
    drop(waiting);
    let said = errors.and_then(|thread| thread.join().ok()).unwrap_or_default();
    Ok(Ended { status, said })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_stands_for_its_interpreter() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let command = folder.path().join(IN_ENVIRONMENT);
        std::fs::create_dir_all(command.parent().expect("a parent")).expect("created");
        std::fs::write(&command, "").expect("written");
        assert_eq!(interpreter(Some(folder.path()), &[]).command, command);
        assert_eq!(interpreter(Some(Path::new("python3.12")), &[]).command, Path::new("python3.12"));
    }

    #[test]
    fn what_does_not_exist_is_named() {
        let failure = run_python(Path::new("/nowhere/python"), Path::new("a.py"), Path::new("b"), |_| {})
            .expect_err("it does not exist");
        assert!(failure.message.contains("`/nowhere/python`") && failure.hints[0].contains("--python"), "{failure}");
    }
}
