//! A case: a folder with a notebook, and the package that the tool makes of it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde::Deserialize;
use tempfile::TempDir;

use super::python;
use super::tree::Tree;

const NOTEBOOK: &str = "notebook.ipynb";
/// Where the tests that run the package find it, in the folder of the notebook.
const PACKAGE: &str = "package";

/// What `case.toml` says where a case is special.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// Whether notebook and package can be run in the tests' environment.
    pub run: bool,
    /// More arguments for `nb2pkg extract`.
    args: Vec<String>,
    /// The exit code that `nb2pkg extract` has to end with.
    exit: i32,
    /// For `fixtures/execute.py` only.
    #[serde(rename = "keep_execution_counts")]
    _keep_execution_counts: bool,
    /// For `fixtures/execute.py` only.
    #[serde(rename = "order")]
    _order: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { run: true, args: Vec::new(), exit: 0, _keep_execution_counts: false, _order: None }
    }
}

/// One folder under `fixtures/`.
#[derive(Debug)]
pub(crate) struct Case {
    pub name: String,
    pub settings: Settings,
    folder: PathBuf,
    extracted: OnceLock<Result<Extraction, String>>,
    installed: OnceLock<Result<TempDir, String>>,
}

/// A copy of the case's folder in which the tool made a package.
#[derive(Debug)]
pub(crate) struct Extraction {
    scratch: TempDir,
    case: String,
    output: &'static str,
    /// The package as it was made: running it may leave more files in its folder.
    pub files: Tree,
}

impl Extraction {
    /// The notebook beside the package.
    pub(crate) fn notebook(&self) -> PathBuf {
        self.scratch.path().join(&self.case).join(NOTEBOOK)
    }

    /// The package's folder.
    pub(crate) fn package(&self) -> PathBuf {
        self.scratch.path().join(&self.case).join(self.output)
    }
}

impl Case {
    /// All cases, by name.
    pub(crate) fn discover(fixtures: &Path) -> Result<Vec<Self>, String> {
        let failed = |error: io::Error| format!("{}: {error}", fixtures.display());
        let mut cases = Vec::new();
        for entry in fs::read_dir(fixtures).map_err(failed)? {
            let folder = entry.map_err(failed)?.path();
            if folder.join(NOTEBOOK).is_file() {
                cases.push(Self::open(folder)?);
            }
        }
        cases.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(cases)
    }

    fn open(folder: PathBuf) -> Result<Self, String> {
        let file = folder.join("case.toml");
        let settings = match fs::read_to_string(&file) {
            Ok(text) => toml::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Settings::default(),
            Err(error) => return Err(format!("{}: {error}", file.display())),
        };
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, settings, folder, extracted: OnceLock::new(), installed: OnceLock::new() })
    }

    /// What the tool is expected to make of the notebook.
    pub(crate) fn expected(&self) -> PathBuf {
        self.folder.join("expected")
    }

    /// The package as a user makes it, beside the notebook; made once for all tests of the case.
    pub(crate) fn extracted(&self) -> Result<&Extraction, String> {
        self.extracted.get_or_init(|| self.extract(PACKAGE, true)).as_ref().map_err(Clone::clone)
    }

    /// The same from somewhere else and into a folder of another name, which must change nothing.
    pub(crate) fn extracted_elsewhere(&self) -> Result<Extraction, String> {
        self.extract("another_name", false)
    }

    fn extract(&self, output: &'static str, beside: bool) -> Result<Extraction, String> {
        let scratch = scratch(&self.name)?;
        let project = scratch.path().join(&self.name);
        let elsewhere = scratch.path().join("elsewhere");
        self.copy_to(&project)
            .and_then(|()| fs::create_dir_all(&elsewhere))
            .map_err(|error| format!("can't copy {}: {error}", self.folder.display()))?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_nb2pkg"));
        command.arg("extract");
        if beside {
            command.current_dir(&project).args([NOTEBOOK, "-o", output]);
        } else {
            command.current_dir(&elsewhere).arg(project.join(NOTEBOOK)).arg("-o").arg(project.join(output));
        }
        let finished = python::run(command.args(&self.settings.args))?;
        if finished.code != Some(self.settings.exit) {
            return Err(finished.failure(&format!("exit code {} was expected", self.settings.exit)));
        }
        let files = Tree::read(&project.join(output)).map_err(|error| format!("can't read the package: {error}"))?;
        Ok(Extraction { scratch, case: self.name.clone(), output, files })
    }

    /// Copies what a user would have: the notebook and its data.
    fn copy_to(&self, project: &Path) -> io::Result<()> {
        let mut tree = Tree::read(&self.folder)?;
        tree.retain(|path| path != "case.toml" && !path.starts_with("expected/"));
        tree.write(project)
    }

    /// A folder with the installed package, and nothing else.
    pub(crate) fn installed(&self) -> Result<&Path, String> {
        let installed = self.installed.get_or_init(|| self.install());
        installed.as_ref().map(TempDir::path).map_err(Clone::clone)
    }

    fn install(&self) -> Result<TempDir, String> {
        let package = self.extracted()?;
        let site = scratch(&self.name)?;
        // From a copy: a build may leave files in the folder, which other tests read.
        let source = scratch(&self.name)?;
        package.files.write(source.path()).map_err(|error| format!("can't copy the package: {error}"))?;
        let mut pip = python::command()?;
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--no-index", "--no-deps", "--no-build-isolation", "--target"])
            .arg(site.path())
            .arg(source.path());
        let finished = python::run(&mut pip)?;
        if finished.code == Some(0) { Ok(site) } else { Err(finished.failure("the package can't be installed")) }
    }
}

/// A temporary folder outside of the repository: neither its settings nor its ignored files count there.
pub(crate) fn scratch(name: &str) -> Result<TempDir, String> {
    tempfile::Builder::new()
        .prefix(&format!("nb2pkg-{name}-"))
        .tempdir()
        .map_err(|error| format!("can't make a temporary folder: {error}"))
}
