//! The Python environment in which notebooks and packages are run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::lock::FileLock;

/// What tests keep between runs.
pub(crate) const KEPT: &str = env!("CARGO_TARGET_TMPDIR");
/// Asked for in this order; the second has to be new enough.
const INTERPRETERS: [&str; 2] = ["python3.11", "python3"];
/// Written last, so that an environment whose creation was interrupted is not taken for a whole one.
const MARKER: &str = ".complete";

/// A process that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    /// `None` where a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    command: String,
}

impl Finished {
    /// Why this is not what was expected, with all that the process said.
    pub(crate) fn failure(&self, why: &str) -> String {
        let code = self.code.map_or_else(|| "a signal".to_owned(), |code| format!("exit code {code}"));
        let (command, stdout, stderr) = (&self.command, self.stdout.trim_end(), self.stderr.trim_end());
        format!("{why}: `{command}` ended with {code}\n{stdout}\n{stderr}").trim_end().to_owned()
    }
}

/// Runs a command to its end and keeps what it says.
pub(crate) fn run(command: &mut Command) -> Result<Finished, String> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let shown = words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("can't run `{shown}`: {error}"))?;
    Ok(Finished {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        command: shown,
    })
}

/// A command of the environment's Python that sees nothing of the user's own set-up.
pub(crate) fn command() -> Result<Command, String> {
    Ok(with_environment(Command::new(interpreter()?)))
}

/// The environment's Python.
pub(crate) fn interpreter() -> Result<&'static Path, String> {
    static INTERPRETER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    INTERPRETER.get_or_init(environment).as_deref().map_err(Clone::clone)
}

/// A command that shows the Python that it starts nothing of the user's own set-up.
pub(crate) fn with_environment(mut command: Command) -> Command {
    command
        .env_remove("PYTHONPATH")
        .env_remove("PYTHONHOME")
        .env("PYTHONNOUSERSITE", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONUTF8", "1")
        .env("MPLBACKEND", "Agg")
        .env("OMP_NUM_THREADS", "1")
        .env("OPENBLAS_NUM_THREADS", "1");
    command
}

/// The interpreter of the environment that belongs to `tests/requirements.txt`, made if need be.
fn environment() -> Result<PathBuf, String> {
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/requirements.txt");
    let text = fs::read(&requirements).map_err(|error| format!("{}: {error}", requirements.display()))?;
    let digest = Sha256::digest(&text);
    let hash = digest[..6].iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let folder = Path::new(KEPT).join(format!("venv-{hash}"));
    let interpreter = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let _lock = FileLock::acquire(&folder.with_extension("lock"))?;
    if !folder.join(MARKER).exists() {
        create(&folder, &interpreter, &requirements)?;
    }
    Ok(interpreter)
}

fn create(folder: &Path, interpreter: &Path, requirements: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    eprintln!("creating the Python environment for the tests (once, about two minutes) …");
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(failed)?;
    }
    step(Command::new(base_interpreter()?).args(["-m", "venv"]).arg(folder))?;
    eprintln!("installing {} …", requirements.display());
    let mut pip = Command::new(interpreter);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(requirements);
    step(&mut pip)?;
    fs::write(folder.join(MARKER), "").map_err(failed)?;
    eprintln!("the Python environment is ready: {}", folder.display());
    Ok(())
}

fn step(command: &mut Command) -> Result<(), String> {
    let finished = run(command.env_remove("PYTHONPATH").env_remove("PYTHONHOME"))?;
    if finished.code == Some(0) { Ok(()) } else { Err(finished.failure("no Python environment")) }
}

/// A Python that can read the packages' TOML.
fn base_interpreter() -> Result<&'static str, String> {
    let new_enough = |name: &&str| {
        let question = "import sys; sys.exit(sys.version_info < (3, 11))";
        run(Command::new(name).args(["-c", question])).is_ok_and(|finished| finished.code == Some(0))
    };
    INTERPRETERS
        .into_iter()
        .find(new_enough)
        .ok_or_else(|| format!("the tests need Python 3.11 or newer; tried {}", INTERPRETERS.join(", ")))
}
