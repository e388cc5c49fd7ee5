//! From an analysis to a folder on disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::analysis::Analysis;
use crate::check::locked;
use crate::config::Config;
use crate::diagnostics::Failure;
use crate::host::{self, Written};
use crate::lock::{self, Lock};
use crate::plan::{PackagePlan, PlanInput, plan};
use crate::rules::{self, Finding};
use crate::{render, report};

/// The name of a folder that nobody has: only its place in the tree matters until the package has a name.
const UNNAMED: &str = "<package>";

/// What was asked for.
pub(super) struct Request<'a> {
    pub(super) notebook: &'a Path,
    pub(super) name: Option<&'a str>,
    /// `-o`
    pub(super) output: Option<&'a Path>,
    /// Whether the package gets a folder of its own below the output.
    pub(super) below: bool,
}

/// A package in memory.
pub(super) struct Prepared {
    analysis: Analysis,
    plan: PackagePlan,
    tree: BTreeMap<String, String>,
    previous: Option<Lock>,
    /// The package's root, resolved.
    pub(super) root: PathBuf,
    /// The package's root as a person would type it.
    pub(super) shown: PathBuf,
}

/// A package on disk.
pub(super) struct Extraction {
    pub(super) analysis: Analysis,
    pub(super) plan: PackagePlan,
    pub(super) notebook: String,
    pub(super) shown: PathBuf,
    pub(super) written: Written,
    pub(super) report_only: bool,
}

impl Extraction {
    /// All findings, those that came up while planning included.
    pub(super) fn findings(&self) -> Vec<Finding> {
        self.analysis.findings.iter().chain(&self.plan.findings).cloned().collect()
    }
}

/// Plans and renders a package, and looks at what is in its place.
pub(super) fn prepare(analysis: Analysis, config: &Config, request: &Request<'_>) -> Result<Prepared, Failure> {
    let file = request.notebook.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let notebook = host::resolve(request.notebook)?;
    let draft = make_plan(&analysis, config, request, &file, &notebook, UNNAMED)?;
    let shown = folder(request, &draft.distribution);
    let root = host::resolve(&shown)?;
    // The notebook may lie in the very folder; then the way to it is another.
    let plan = if host::relative(&root, &notebook) == draft.notebook_path {
        draft
    } else {
        let name = draft.distribution.clone();
        make_plan(&analysis, config, request, &file, &notebook, &name)?
    };
    let previous = locked::of_package(&root)?;
    if let Some(locked) = &previous {
        belongs_to_notebook(locked, &root, &notebook, &shown)?;
    }
    let tree = files(&analysis, &plan, previous.as_ref())?;
    Ok(Prepared { analysis, plan, tree, previous, root, shown })
}

fn make_plan(
    analysis: &Analysis,
    config: &Config,
    request: &Request<'_>,
    file: &str,
    notebook: &Path,
    name: &str,
) -> Result<PackagePlan, Failure> {
    let root = host::resolve(&folder(request, name))?;
    let path = host::relative(&root, notebook);
    let input = PlanInput { analysis, name: request.name, notebook_name: file, notebook_path: &path };
    let mut made = plan(&input);
    config.apply(&mut made.findings);
    Ok(made)
}

fn folder(request: &Request<'_>, name: &str) -> PathBuf {
    match request.output {
        Some(output) if request.below => output.join(name),
        Some(output) => output.to_owned(),
        None => PathBuf::from(name),
    }
}

/// A folder that holds the package of another notebook, which is still there, is not ours.
fn belongs_to_notebook(locked: &Lock, root: &Path, notebook: &Path, shown: &Path) -> Result<(), Failure> {
    let others: Vec<&str> = locked.notebooks.iter().map(|known| known.path.as_str()).collect();
    let same = |path: &&str| host::resolve(&root.join(path)).is_ok_and(|path| path == notebook);
    if others.is_empty() || others.iter().any(same) {
        return Ok(());
    }
    match others.iter().find(|path| host::is_file(&root.join(path))) {
        Some(other) => Err(Failure::new(format!("`{}` holds the package of {other}", shown.display()))
            .hint("choose another folder with `-o DIR`, or another name with `--name NAME`")),
        None => Ok(()),
    }
}

/// All files of the package; only the report, where production reads a name that nothing defines.
fn files(
    analysis: &Analysis,
    plan: &PackagePlan,
    previous: Option<&Lock>,
) -> Result<BTreeMap<String, String>, Failure> {
    if stops(analysis) {
        let mut tree = report::write(analysis, plan, &BTreeMap::new())
            .map_err(|error| Failure::new(format!("the review can't be written: {error:#}")))?;
        let lock = report_lock(plan, &tree, previous)?;
        tree.insert(lock::FILE_NAME.to_owned(), lock);
        return Ok(tree);
    }
    package(analysis, plan).map_err(|error| {
        Failure::new(format!("the package can't be written as Python: {error:#}"))
            .hint("this is a bug in nb2pkg; please report it, if you can with the notebook")
            .hint("`--emit slice` writes the production statements as one script meanwhile")
    })
}

fn package(analysis: &Analysis, plan: &PackagePlan) -> anyhow::Result<BTreeMap<String, String>> {
    let mut tree = render::render(plan)?;
    let reports = report::write(analysis, plan, &tree)?;
    tree.extend(reports);
    let lock = lock::of_plan(plan, &tree)?.to_toml()?;
    tree.insert(lock::FILE_NAME.to_owned(), lock);
    Ok(tree)
}

fn stops(analysis: &Analysis) -> bool {
    analysis.findings.iter().any(rules::stops_extraction)
}

/// The lock where only the report is written: what is known of a package that may be there stays, so that the next
/// extraction knows its own files.
fn report_lock(
    plan: &PackagePlan,
    reports: &BTreeMap<String, String>,
    previous: Option<&Lock>,
) -> Result<String, Failure> {
    let fresh =
        Lock { schema: lock::SCHEMA.to_owned(), notebooks: vec![lock::Notebook::of_plan(plan)], ..Lock::default() };
    let mut lock = previous.cloned().unwrap_or(fresh);
    for (path, content) in reports {
        let hash = lock::sha256(content.as_bytes());
        match lock.files.iter_mut().find(|file| file.path == *path) {
            Some(file) => file.sha256 = hash,
            None => lock.files.push(lock::File { path: path.clone(), sha256: hash }),
        }
    }
    lock.files.sort_by(|a, b| a.path.cmp(&b.path));
    lock.to_toml().map_err(|error| Failure::new(format!("{error:#}")))
}

impl Prepared {
    /// Writes the package.
    pub(super) fn write(self) -> Result<Extraction, Failure> {
        let report_only = stops(&self.analysis);
        let previous = self.previous.as_ref().map(|lock| locked::previous(lock, report_only)).unwrap_or_default();
        let written = host::write_tree(&self.root, &self.tree, &previous)?;
        Ok(Extraction {
            notebook: self.plan.notebook_name.clone(),
            analysis: self.analysis,
            plan: self.plan,
            shown: self.shown,
            written,
            report_only,
        })
    }
}
