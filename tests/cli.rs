//! What people see: transcripts of whole commands, and what is refused.
//!
//! A new transcript is a file under `tests/cmd/`, a new refusal is a notebook under `tests/refused/` with what standard
//! error has to say beside it. After a change that is meant, `TRYCMD=overwrite cargo test --test cli` writes the
//! transcripts again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

const NOTEBOOK: &str = "notebook.ipynb";
const LOANS: &str = include_str!("cmd/extract.in/loans.ipynb");

#[test]
fn transcripts() {
    trycmd::TestCases::new()
        // clap takes the width from the terminal, then from here.
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .case("tests/cmd/*.trycmd")
        .case("tests/cmd/*.toml")
        // The page of the rules walks through a notebook.
        .case("fixtures/decisions/README.md");
}

/// A folder to work in, below no configuration but its own.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, content).expect("written");
    }

    /// All files with what they hold; folders with nothing.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        collect(self.0.path(), "", &mut found);
        found
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        self.run_on(None, arguments)
    }

    /// Runs with a screen of so many columns.
    fn run_on(&self, columns: Option<&str>, arguments: &[&str]) -> Ended {
        let mut command = Command::cargo_bin("nb2pkg").expect("the program");
        command.current_dir(self.0.path()).env("NO_COLOR", "1").env_remove("COLUMNS").args(arguments);
        command.envs(columns.map(|columns| ("COLUMNS", columns)));
        let output = command.output().expect("it runs");
        Ended {
            code: output.status.code().expect("no signal"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// Runs what has to fail, and that nothing was written meanwhile.
    fn refused(&self, arguments: &[&str]) -> String {
        let before = self.files();
        let ended = self.run(arguments);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{arguments:?}: {}", ended.stderr);
        assert_eq!(self.files(), before, "{arguments:?} changed files");
        assert!(ended.stderr.starts_with("error: "), "{arguments:?}: {}", ended.stderr);
        ended.stderr
    }

    fn extracted() -> Self {
        let folder = Self::new();
        folder.write(NOTEBOOK, LOANS);
        let ended = folder.run(&["extract", NOTEBOOK, "-o", "package"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        folder
    }
}

#[derive(Debug)]
struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

fn collect(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = format!("{prefix}{}", path.file_name().expect("a name").to_string_lossy());
        if path.is_dir() {
            found.insert(format!("{name}/"), Vec::new());
            collect(&path, &format!("{name}/"), found);
        } else {
            // What can't be read is there all the same.
            found.insert(name, fs::read(&path).unwrap_or_default());
        }
    }
}

#[test]
fn what_is_no_notebook_is_refused() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/refused");
    let mut seen = 0;
    for entry in fs::read_dir(&cases).expect("the cases") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|end| end != "ipynb") {
            continue;
        }
        seen += 1;
        let case = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let expected = fs::read_to_string(path.with_extension("txt"))
            .unwrap_or_else(|error| panic!("{case}.txt says what standard error has to hold: {error}"));
        assert!(expected.contains("\nhint: "), "{case}: a refusal says what to do");
        let folder = Folder::new();
        folder.write(NOTEBOOK, fs::read(&path).expect("read"));
        for arguments in [
            &["extract", NOTEBOOK, "-o", "package"][..],
            &["extract", NOTEBOOK, "--emit", "slice"],
            &["extract", NOTEBOOK, "--format", "json"],
            &["inspect", NOTEBOOK],
            &["inspect", NOTEBOOK, "--format", "json"],
        ] {
            assert_eq!(folder.refused(arguments), expected, "{case}: {arguments:?}");
        }
    }
    assert!(seen > 15, "only {seen} cases in {}", cases.display());
}

/// Without its explanation a `.txt` file would never be compared with anything.
#[test]
fn every_refusal_has_its_notebook() {
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/refused")).expect("the cases") {
        let path = entry.expect("an entry").path();
        assert!(path.with_extension("ipynb").is_file(), "{} belongs to no notebook", path.display());
    }
}

#[test]
fn a_missing_file_is_named() {
    let folder = Folder::new();
    for verb in ["extract", "inspect"] {
        assert_eq!(folder.refused(&[verb, "notebooks/none.ipynb"]), "error: `notebooks/none.ipynb` does not exist\n");
    }
    assert!(folder.refused(&["check", "none"]).contains("`none`"));
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_named() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    folder.write(NOTEBOOK, LOANS);
    let path = folder.path(NOTEBOOK);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("permissions");
    // The superuser reads everything.
    if fs::read(&path).is_ok() {
        return;
    }
    for verb in ["extract", "inspect"] {
        let said = folder.refused(&[verb, NOTEBOOK]);
        assert!(said.contains("`notebook.ipynb` can't be read: permission denied\nhint: "), "{said}");
    }
}

#[test]
fn a_folder_is_no_notebook() {
    let folder = Folder::new();
    folder.write("notebooks/README.md", "none yet");
    assert!(folder.refused(&["inspect", "notebooks"]).contains("`notebooks` is a folder"));
    assert!(folder.refused(&["extract", "notebooks"]).contains("no notebook in `notebooks`"));
}

#[test]
fn a_file_of_somebody_else_is_never_replaced() {
    for foreign in ["README.md", "pyproject.toml", "src/mine/pipeline.py", "tests/conftest.py", "REVIEW.md"] {
        let folder = Folder::new();
        folder.write(NOTEBOOK, LOANS);
        folder.write(&format!("package/{foreign}"), "a person wrote this");
        let said = folder.refused(&["extract", NOTEBOOK, "-o", "package", "--name", "mine"]);
        assert!(said.contains(&format!("package/{foreign}` was not generated by nb2pkg")), "{foreign}: {said}");
        assert!(said.contains("\nhint: "), "{said}");
    }
}

#[test]
fn other_files_in_the_folder_stay() {
    let folder = Folder::new();
    folder.write(NOTEBOOK, LOANS);
    folder.write("package/notes.md", "mine");
    folder.write("package/src/other/__init__.py", "mine too");
    let ended = folder.run(&["extract", NOTEBOOK, "-o", "package"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let files = folder.files();
    assert_eq!(
        (&*files["package/notes.md"], &*files["package/src/other/__init__.py"]),
        (&b"mine"[..], &b"mine too"[..])
    );
}

#[test]
fn an_edited_file_is_never_replaced() {
    let folder = Folder::new();
    folder.write(NOTEBOOK, LOANS);
    let arguments = ["extract", NOTEBOOK, "-o", "package", "--name", "mine"];
    let ended = folder.run(&arguments);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let path = "package/src/mine/train.py";
    let mut text = fs::read_to_string(folder.path(path)).expect("the module");
    text.push_str("\n\nEDITED = True\n");
    folder.write(path, &text);
    let said = folder.refused(&arguments);
    assert!(said.contains(&format!("{path}` was edited since nb2pkg wrote it")), "{said}");
    assert_eq!(fs::read_to_string(folder.path(path)).expect("the module"), text);
}

#[test]
fn a_file_is_no_folder_for_a_package() {
    let folder = Folder::new();
    folder.write(NOTEBOOK, LOANS);
    folder.write("package", "a file");
    let said = folder.refused(&["extract", NOTEBOOK, "-o", "package"]);
    assert!(said.contains("package` is a file, not a folder"), "{said}");
}

#[test]
fn a_script_is_never_replaced() {
    let folder = Folder::new();
    folder.write(NOTEBOOK, LOANS);
    folder.write("slice.py", "mine");
    let said = folder.refused(&["extract", NOTEBOOK, "--emit", "slice", "-o", "slice.py"]);
    assert!(said.contains("slice.py` exists already"), "{said}");
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_out_of_the_package() {
    let folder = Folder::new();
    folder.write(NOTEBOOK, LOANS);
    folder.write("elsewhere/README.md", "mine");
    fs::create_dir(folder.path("package")).expect("a folder");
    std::os::unix::fs::symlink(folder.path("elsewhere/README.md"), folder.path("package/README.md")).expect("a link");
    let said = folder.refused(&["extract", NOTEBOOK, "-o", "package"]);
    assert!(said.contains("package/README.md` is a symbolic link"), "{said}");
}

#[test]
fn the_package_of_another_notebook_stays() {
    let folder = Folder::extracted();
    folder.write("other.ipynb", LOANS);
    let said = folder.refused(&["extract", "other.ipynb", "-o", "package"]);
    assert!(said.contains("`package` holds the package of ../notebook.ipynb"), "{said}");
}

#[test]
fn a_package_out_of_step_is_found_and_extracting_again_repairs_it() {
    let folder = Folder::extracted();
    let clean = folder.run(&["check"]);
    assert_eq!(clean.code, 0, "{}", clean.stdout);
    folder.write(NOTEBOOK, LOANS.replace("n_estimators=200", "n_estimators=300"));
    let found = folder.run(&["check"]);
    assert_eq!(found.code, 1, "{}", found.stdout);
    assert!(found.stdout.contains("package/nb2pkg.lock: error: ") && found.stdout.contains("(package-out-of-step)"));
    assert_eq!(folder.run(&["extract", NOTEBOOK, "-o", "package", "--quiet"]).code, 0);
    let clean = folder.run(&["check"]);
    assert_eq!(clean.code, 0, "{}", clean.stdout);
}

/// Output, prose and execution counts are no code: running a notebook again leaves its package in step.
#[test]
fn running_a_notebook_again_keeps_its_package_in_step() {
    let folder = Folder::extracted();
    let ran =
        LOANS.replace("Who pays back?", "Who does not?").replace("\"execution_count\": 6", "\"execution_count\": 60");
    assert_ne!(ran, LOANS);
    folder.write(NOTEBOOK, ran);
    let clean = folder.run(&["check"]);
    assert!(!clean.stdout.contains("package-out-of-step"), "{}", clean.stdout);
}

/// Tags are no code, so the package is in step; but the next one would not be what the tag asks for.
#[test]
fn a_mark_that_would_break_the_package_is_found() {
    let folder = Folder::extracted();
    let mut notebook: serde_json::Value = serde_json::from_str(LOANS).expect("JSON");
    notebook["cells"][4]["metadata"]["tags"] = serde_json::json!(["exploration"]);
    folder.write(NOTEBOOK, notebook.to_string());
    let found = folder.run(&["check"]);
    assert_eq!(found.code, 1, "{}", found.stdout);
    assert!(found.stdout.contains("(forced-exploration-is-needed)"), "{}", found.stdout);
    assert!(!found.stdout.contains("(package-out-of-step)"), "{}", found.stdout);
}

#[test]
fn a_package_whose_notebook_is_gone_is_out_of_step() {
    let folder = Folder::extracted();
    fs::remove_file(folder.path(NOTEBOOK)).expect("removed");
    let found = folder.run(&["check"]);
    assert_eq!(found.code, 1, "{}", found.stdout);
    assert!(found.stdout.contains("(package-out-of-step)"), "{}", found.stdout);
}

#[test]
fn ignored_folders_are_not_checked() {
    let folder = Folder::new();
    folder.write(".gitignore", "old/\n");
    folder.write("old/keys.ipynb", include_str!("cmd/check_secret.in/notebooks/keys.ipynb"));
    fs::create_dir(folder.path(".git")).expect("a folder");
    let clean = folder.run(&["check"]);
    assert_eq!((clean.code, clean.stdout.as_str()), (0, "0 notebooks and 0 packages checked: nothing found\n"));
    let named = folder.run(&["check", "old/keys.ipynb"]);
    assert_eq!(named.code, 1, "{}", named.stdout);
}

/// Programs read JSON whether or not a person asked for colours.
#[test]
fn json_is_json() {
    let folder = Folder::new();
    folder.write(NOTEBOOK, LOANS);
    for (arguments, schema) in [
        (&["inspect", NOTEBOOK, "--format", "json"][..], "nb2pkg.inspect/1"),
        (&["check", "--format", "json"], "nb2pkg.check/1"),
        (&["extract", NOTEBOOK, "-o", "package", "--format", "json"], "nb2pkg.extract/1"),
    ] {
        let ended = folder.run(&[arguments, &["--color", "always"]].concat());
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{arguments:?}");
        let value: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
        assert_eq!(value["schema"], schema);
    }
}

/// Colours are for terminals and for those who ask.
#[test]
fn colours_are_asked_for() {
    let folder = Folder::new();
    folder.write(NOTEBOOK, LOANS);
    let plain = folder.run(&["inspect", NOTEBOOK]);
    let coloured = folder.run(&["inspect", NOTEBOOK, "--color", "always"]);
    assert!(!plain.stdout.contains('\x1b') && coloured.stdout.contains('\x1b'));
    assert!(folder.run(&["inspect", "none.ipynb", "--color", "always"]).stderr.starts_with('\x1b'));
}

/// The same notebook gives the same bytes wherever it is extracted from.
#[test]
fn the_working_directory_changes_nothing() {
    let folder = Folder::extracted();
    let first = folder.files();
    fs::remove_dir_all(folder.path("package")).expect("removed");
    fs::create_dir(folder.path("elsewhere")).expect("a folder");
    let mut command = Command::cargo_bin("nb2pkg").expect("the program");
    command.current_dir(folder.path("elsewhere")).args(["extract", "../notebook.ipynb", "-o", "../package"]);
    command.assert().success();
    fs::remove_dir(folder.path("elsewhere")).expect("removed");
    assert_eq!(folder.files(), first);
}

/// A notebook with what makes lines wide: long names and words, characters that take two columns, none, or move the
/// cursor.
fn wide_notebook() -> String {
    let long = "a_very_long_name_of_a_table_".repeat(8);
    let code = [
        "import joblib\nimport pandas as pd\nfrom sklearn.linear_model import LogisticRegression".to_owned(),
        format!("{long} = pd.read_csv('数据/客户流失预测数据集客户流失预测数据集客户流失预测数据集.csv')"),
        format!("\t{long}.head()  # \u{1b}[31m👩‍🔬🇩🇪 é\u{301} ❤\u{fe0f}\u{202e}").trim_start().to_owned(),
        format!("标签 = {long}['是否流失']\n模型 = LogisticRegression().fit({long}[['年龄', '余额']], 标签)"),
        "joblib.dump(模型, '模型.joblib')\n缺失的名字".to_owned(),
        "x = = 1 # not Python".to_owned(),
    ];
    let mut cells = vec![serde_json::json!({"cell_type": "markdown", "metadata": {},
        "source": format!("# {}\n## <b>客户</b> {long}", "标题".repeat(60))})];
    cells.extend(code.iter().map(|source| {
        serde_json::json!({"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null, "source": source})
    }));
    serde_json::json!({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}).to_string()
}

#[test]
fn inspect_fits_the_screen() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut notebooks: Vec<(String, Vec<u8>)> = fs::read_dir(root.join("fixtures"))
        .expect("the fixtures")
        .filter_map(|entry| {
            let path = entry.expect("an entry").path().join(NOTEBOOK);
            Some((path.display().to_string(), fs::read(&path).ok()?))
        })
        .collect();
    notebooks.push(("loans".to_owned(), LOANS.into()));
    notebooks.push(("wide".to_owned(), wide_notebook().into_bytes()));
    assert!(notebooks.len() > 10, "only {} notebooks", notebooks.len());
    let folder = Folder::new();
    let name = "ein Notizbuch mit langem Namen, 客户流失预测数据集客户流失预测数据集客户流失预测数据集.ipynb";
    for (case, notebook) in notebooks {
        folder.write(name, &notebook);
        let widths = [(Some("60"), 60), (None, 80), (Some("80"), 80), (Some("10"), 60), (Some("500"), 120)];
        // For the fixtures two are enough.
        let widths = if case == "wide" { &widths[..] } else { &widths[..2] };
        for &(columns, most) in widths {
            let ended = folder.run_on(columns, &["inspect", name]);
            assert!(ended.code < 2, "{case}: {}", ended.stderr);
            assert_fits(&ended.stdout, most, &case);
            if (columns, case.as_str()) == (Some("60"), "wide") {
                assert!(ended.stdout.contains("  2 prod    a_very_long"), "{}", ended.stdout);
                for cell in 1..=6 {
                    let ended = folder.run_on(columns, &["inspect", name, "--cell", &cell.to_string()]);
                    assert!(ended.code < 2 && ended.stdout.starts_with(&format!("Cell {cell}: ")), "{}", ended.stderr);
                    assert_fits(&ended.stdout, most, &format!("cell {cell}"));
                }
            }
        }
    }
}

fn assert_fits(text: &str, most: usize, case: &str) {
    for line in text.lines() {
        let width = unicode_width::UnicodeWidthStr::width(line);
        assert!(width <= most, "{case}: {width} columns instead of {most}: {line:?}");
        assert!(!line.contains(char::is_control), "{case}: {line:?}");
    }
}
