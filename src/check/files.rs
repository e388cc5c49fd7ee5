//! Which files there are to check, and which configuration holds for each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Located, shown};
use crate::config::Config;
use crate::diagnostics::Failure;
use crate::host::{self, Excludes, folder};
use crate::lock;

/// The files to check.
pub(super) struct Files {
    /// All of them, as found from the paths that were given.
    pub(super) all: Vec<PathBuf>,
    pub(super) notebooks: Vec<PathBuf>,
    /// Roots of generated packages.
    pub(super) packages: Vec<PathBuf>,
    /// The configuration of each folder.
    configs: BTreeMap<PathBuf, Arc<Config>>,
    /// The folders that were given, within which import packages are looked for.
    roots: Vec<PathBuf>,
}

impl Files {
    pub(super) fn collect(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut found = Vec::new();
        let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
        for path in paths {
            for file in host::walk(path)? {
                // Overlapping arguments name a file twice.
                if seen.insert(host::resolve(&file)?) {
                    found.push(file);
                }
            }
        }
        let configs = configurations(&found)?;
        let mut excludes: BTreeMap<PathBuf, Excludes> = BTreeMap::new();
        for config in configs.values().filter(|config| !config.exclude.is_empty()) {
            if !excludes.contains_key(&config.folder) {
                excludes.insert(config.folder.clone(), Excludes::new(&config.folder, &config.exclude)?);
            }
        }
        let mut all = Vec::new();
        for file in found {
            let config = configs.get(folder(&file));
            let excluded = match config.and_then(|config| excludes.get(&config.folder)) {
                Some(excludes) => excludes.matches(&host::resolve(&file)?),
                None => false,
            };
            if !excluded {
                all.push(file);
            }
        }
        let ends = |end: &str| -> Vec<PathBuf> {
            all.iter().filter(|path| path.extension().is_some_and(|found| found == end)).cloned().collect()
        };
        let locks = all.iter().filter(|path| path.file_name().is_some_and(|name| name == lock::FILE_NAME));
        let packages = locks.map(|path| folder(path).to_owned()).collect();
        let roots = paths.iter().filter(|path| host::is_folder(path)).cloned().collect();
        Ok(Self { notebooks: ends("ipynb"), packages, configs, roots, all })
    }

    /// Adds notebooks that feed production and lie outside of the paths that were given.
    pub(super) fn add_notebooks(&mut self, resolved: &BTreeSet<PathBuf>) -> Result<(), Failure> {
        let mut known: BTreeSet<PathBuf> = BTreeSet::new();
        for notebook in &self.notebooks {
            known.insert(host::resolve(notebook)?);
        }
        let here = host::resolve(&host::working_directory()?)?;
        for notebook in resolved.difference(&known).filter(|path| host::is_file(path)) {
            let config = Arc::new(Config::discover(folder(notebook))?);
            if Excludes::new(&config.folder, &config.exclude)?.matches(notebook) {
                continue;
            }
            let path = PathBuf::from(host::relative(&here, notebook));
            self.configs.entry(folder(&path).to_owned()).or_insert(config);
            self.notebooks.push(path);
        }
        Ok(())
    }

    /// The configuration that holds for a file.
    pub(super) fn config(&self, file: &Path) -> Arc<Config> {
        self.configs.get(folder(file)).cloned().unwrap_or_default()
    }

    /// The import package that a file lies in, if any: the nearest folder with an `__init__.py`.
    pub(super) fn import_package(&self, file: &Path) -> Option<PathBuf> {
        let within = |folder: &Path| self.roots.iter().any(|root| folder.starts_with(root) || root.as_os_str() == ".");
        let mut folders = file.ancestors().skip(1).take_while(|folder| within(folder) || *folder == host::folder(file));
        folders.find(|folder| host::is_file(&folder.join("__init__.py"))).map(Path::to_owned)
    }

    /// Gives findings the levels that the configuration of their file has.
    pub(super) fn apply_levels(&self, findings: Vec<Located>) -> Vec<Located> {
        findings
            .into_iter()
            .filter_map(|Located { path, finding }| {
                let mut one = vec![finding];
                self.config(Path::new(&path)).apply(&mut one);
                one.pop().map(|finding| Located { path, finding })
            })
            .collect()
    }
}

/// The configuration of each folder with files; each file is read once.
fn configurations(files: &[PathBuf]) -> Result<BTreeMap<PathBuf, Arc<Config>>, Failure> {
    let mut known: BTreeMap<PathBuf, Arc<Config>> = BTreeMap::new();
    for file in files {
        let folder = folder(file).to_owned();
        if !known.contains_key(&folder) {
            let config = Arc::new(Config::discover(&folder)?);
            // Findings name paths as they are shown.
            known.insert(PathBuf::from(shown(&folder)), Arc::clone(&config));
            known.insert(folder, config);
        }
    }
    Ok(known)
}
