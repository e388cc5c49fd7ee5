//! Generated packages: their locks, their notebooks, what was added to them.

use std::path::{Path, PathBuf};

use super::files::Files;
use super::{Located, estimators, locked, shown};
use crate::analysis::Analysis;
use crate::host;
use crate::lock::{self, Lock};
use crate::notebook;
use crate::rules::{self, Finding};

/// The ends of files that people read.
const TEXT: &[&str] = &["py", "toml", "md", "html", "cfg", "ini", "yml", "yaml", "json", "txt", "sh"];

/// A package with a lock that can be read.
pub(super) struct Package {
    pub(super) root: PathBuf,
    pub(super) lock: Lock,
    /// The notebooks that it comes from, resolved.
    pub(super) notebooks: Vec<PathBuf>,
}

impl Package {
    fn lock_path(&self) -> String {
        shown(&self.root.join(lock::FILE_NAME))
    }

    fn located(&self, finding: Finding) -> Located {
        Located { path: self.lock_path(), finding }
    }

    /// A name for people: the folder's.
    fn name(&self) -> String {
        shown(&self.root)
    }

    /// Whether a file holds what was generated.
    fn is_unedited(&self, file: &Path, text: &str) -> bool {
        let Ok(path) = file.strip_prefix(&self.root) else { return false };
        let path = path.to_string_lossy().replace('\\', "/");
        self.lock.files.iter().any(|known| known.path == path && known.sha256 == lock::sha256(text.as_bytes()))
    }
}

/// All packages, and what there is to say about their locks.
pub(super) struct Packages {
    pub(super) packages: Vec<Package>,
    pub(super) findings: Vec<Located>,
}

/// Reads the locks, and compares each with its notebooks.
pub(super) fn read(files: &Files) -> Packages {
    let mut found = Packages { packages: Vec::new(), findings: Vec::new() };
    for root in &files.packages {
        match locked::of_package(root) {
            Ok(Some(lock)) => {
                let notebooks = lock.notebooks.iter().filter_map(|known| host::resolve(&root.join(&known.path)).ok());
                let package = Package { root: root.clone(), notebooks: notebooks.collect(), lock };
                found.findings.extend(decision(&package));
                found.findings.extend(in_step(&package));
                found.packages.push(package);
            }
            Ok(None) => {}
            Err(failure) => found.findings.push(Located {
                path: shown(&root.join(lock::FILE_NAME)),
                finding: rules::UNREADABLE_LOCK.finding(None, failure.message, failure.hints.join("; ")),
            }),
        }
    }
    found
}

/// A model that nobody confirmed.
fn decision(package: &Package) -> Option<Located> {
    let model = package.lock.model.as_ref().filter(|model| model.decision == "open")?;
    let plain = model.variable.chars().all(|c| c.is_alphanumeric() || c == '_');
    let name = if plain { &model.variable } else { short(&model.estimator) };
    let notebook = package.lock.notebooks.first().map_or("the notebook", |notebook| notebook.path.as_str());
    Some(package.located(rules::OPEN_MODEL_CHOICE.finding(
        None,
        format!(
            "`{}` ({}) was guessed among several models of {notebook}, and nobody confirmed it",
            model.variable,
            short(&model.estimator)
        ),
        format!(
            "extract again with `--model {name}` or another name, or write `model = \"{name}\"` under `[tool.nb2pkg]` first"
        ),
    )))
}

/// Whether the notebooks have the code that the package was made from.
fn in_step(package: &Package) -> Vec<Located> {
    let mut findings = Vec::new();
    for known in &package.lock.notebooks {
        let path = package.root.join(&known.path);
        let message = if host::is_file(&path) {
            let Ok(notebook) =
                host::read(&path).map_err(|_| ()).and_then(|bytes| notebook::parse(&bytes).map_err(|_| ()))
            else {
                findings.push(package.located(rules::PACKAGE_OUT_OF_STEP.finding(
                    None,
                    format!("{} can't be read any more", known.path),
                    "repair the notebook, or restore it from version control",
                )));
                continue;
            };
            let hash = lock::code_sha256(notebook.code_cells().map(|cell| cell.stored.as_str()));
            if hash == known.code_sha256 {
                continue;
            }
            format!("{} has other code than when the package was made", known.path)
        } else {
            format!("{}, from which the package was made, is gone", known.path)
        };
        let help = if host::is_file(&path) {
            "extract it again, or undo the change in the notebook"
        } else {
            "restore it, or extract from where it is now into this folder"
        };
        findings.push(package.located(rules::PACKAGE_OUT_OF_STEP.finding(None, message, help)));
    }
    findings
}

/// More than one package with a production model.
pub(super) fn compare(packages: &[Package]) -> Vec<Located> {
    let mut models = packages.iter().filter_map(|package| Some((package, package.lock.model.as_ref()?)));
    let Some((first, model)) = models.next() else { return Vec::new() };
    models
        .map(|(package, other)| {
            package.located(rules::MORE_THAN_ONE_MODEL.finding(
                None,
                format!(
                    "`{}` has the production model {}, and `{}` has another: {}",
                    first.name(),
                    short(&model.estimator),
                    package.name(),
                    short(&other.estimator)
                ),
                "keep one of the packages; a repository has one production model",
            ))
        })
        .collect()
}

fn short(estimator: &str) -> &str {
    crate::knowledge::shorten(estimator)
}

/// What stands in a package's own files: secrets, and estimators that somebody added.
pub(super) fn inside(files: &Files, package: &Package) -> Vec<Located> {
    let mut findings = Vec::new();
    let mut modules = Vec::new();
    let mut generated = Vec::new();
    for file in files.all.iter().filter(|file| file.starts_with(&package.root)) {
        let kind = file.extension().and_then(|end| end.to_str()).unwrap_or_default();
        if !TEXT.contains(&kind) {
            continue;
        }
        let Ok(Some(text)) = host::read_text(file) else { continue };
        let unedited = package.is_unedited(file, &text);
        let found = if kind == "py" && !unedited {
            let module = Analysis::of_module(&text);
            let found = rules::secrets(&module).into_iter().map(as_file).collect();
            if is_source(package, file) {
                modules.push(estimators::Module { path: file.clone(), analysis: module, generated: false });
            }
            found
        } else {
            if kind == "py" && is_source(package, file) {
                generated.push((file, text.clone()));
            }
            rules::secrets_in_text(&text)
        };
        findings.extend(found.into_iter().map(|finding| Located { path: shown(file), finding }));
    }
    if !modules.is_empty() {
        // What was generated was decided when it was; it only says which functions the training calls.
        modules.extend(generated.into_iter().map(|(file, text)| estimators::Module {
            path: file.clone(),
            analysis: Analysis::of_module(&text),
            generated: true,
        }));
    }
    for (path, finding) in estimators::second(&package.lock, &modules) {
        findings.push(Located { path: shown(&path), finding });
    }
    findings
}

/// Whether a file belongs to what is imported, rather than to tests or tools around it.
fn is_source(package: &Package, file: &Path) -> bool {
    let Some(name) = package.lock.pipeline.as_ref().and_then(|pipeline| pipeline.module.split('.').next()) else {
        return false;
    };
    file.starts_with(package.root.join("src").join(name)) || file.starts_with(package.root.join(name))
}

/// A finding about a module, which was read as a notebook of one cell.
pub(super) fn as_file(finding: Finding) -> Finding {
    let place = finding.place.map(|place| rules::Place { cell: None, position: None, ..place });
    Finding { place, ..finding }
}
