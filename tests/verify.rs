//! `nb2pkg verify` over whole runs: packages that are right, wrong, and impossible to run.
//!
//! Python is that of the tests' environment, see `support/python.rs`; most notebooks here need its standard library only,
//! as how values are compared is tested in Python, in `tests/verify/`.

#![allow(clippy::print_stderr, reason = "the environment says that it is being made")]

#[path = "support/lock.rs"]
mod lock;
#[path = "support/python.rs"]
mod python;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use python::Finished;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with a notebook, and its package in `package/`; scratch files go to a folder of their own.
struct Project {
    folder: TempDir,
    scratch: TempDir,
}

impl Project {
    fn new(notebook: &str, cells: &[&str]) -> Self {
        let project = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            scratch: tempfile::tempdir().expect("a temporary folder"),
        };
        let cell = |source: &&str| json!({"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [], "source": source});
        let prose = json!({"cell_type": "markdown", "metadata": {}, "source": "# Sums"});
        let all: Vec<Value> = std::iter::once(prose).chain(cells.iter().map(cell)).collect();
        let document = json!({"cells": all, "metadata": {}, "nbformat": 4, "nbformat_minor": 4});
        project.write(notebook, &document.to_string());
        project
    }

    /// A notebook with a package written by hand, of one stage that does `body` and returns these places.
    fn by_hand(cells: &[&str], body: &str, returns: &[(&str, [usize; 2])]) -> Self {
        let project = Self::new("notebook.ipynb", cells);
        project.package(cells, body, returns, "");
        project
    }

    fn package(&self, cells: &[&str], body: &str, returns: &[(&str, [usize; 2])], order: &str) {
        let names: Vec<&str> = returns.iter().map(|(name, _)| *name).collect();
        let at: Vec<[usize; 2]> = returns.iter().map(|(_, at)| *at).collect();
        let hash = nb2pkg::lock::code_sha256(cells.iter().copied());
        self.write(
            "package/nb2pkg.lock",
            &format!(
                "schema = \"nb2pkg.lock/1\"\n[[notebook]]\npath = \"../notebook.ipynb\"\ncode_sha256 = \"{hash}\"\n{order}\n\
                 [pipeline]\nmodule = \"sums.pipeline\"\nfunction = \"run\"\n\
                 [[stage]]\nmodule = \"sums.stages\"\nfunction = \"add\"\nparams = []\nconfig = []\n\
                 returns = {names:?}\nat = {at:?}\n"
            ),
        );
        let result = if names.len() == 1 { names[0].to_owned() } else { format!("({},)", names.join(", ")) };
        let body = body.replace('\n', "\n    ");
        self.write("package/src/sums/__init__.py", "");
        self.write("package/src/sums/stages.py", &format!("def add():\n    {body}\n    return {result}\n"));
        self.write("package/src/sums/pipeline.py", "from sums.stages import add\n\n\ndef run():\n    return add()\n");
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("written");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = python::with_environment(Command::new(env!("CARGO_BIN_EXE_nb2pkg")));
        command.current_dir(self.folder.path()).env("NO_COLOR", "1").env("TMPDIR", self.scratch.path()).args(arguments);
        command
    }

    /// Runs `verify`; whatever comes out, nothing may be left behind and nothing may have changed.
    fn verify(&self, arguments: &[&str]) -> Finished {
        let before = files(self.folder.path());
        let mut command = self.command(&["verify", "package", "--python"]);
        command.arg(python::interpreter().expect("an environment")).args(arguments);
        let finished = python::run(&mut command).expect("it runs");
        assert_eq!(files(self.folder.path()), before, "the user's files changed");
        assert!(files(self.scratch.path()).is_empty(), "scratch files were left");
        finished
    }

    fn report(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        let finished = self.verify(&[arguments, &["--format", "json", "--quiet"]].concat());
        let report =
            serde_json::from_str(&finished.stdout).unwrap_or_else(|_| panic!("{}", finished.failure("no JSON")));
        (finished.code, report)
    }
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(path).expect("read"));
        }
    }
    found
}

/// What ended with an exit code says all of these on standard error, and nothing of our own programs.
#[track_caller]
fn assert_said(finished: &Finished, code: i32, texts: &[&str]) {
    assert_eq!(finished.code, Some(code), "{}", finished.failure("exit code"));
    for text in texts {
        assert!(finished.stderr.contains(text), "{}", finished.failure(text));
    }
    for ours in ["record.py", "supervise.py", "frozen importlib"] {
        assert!(!finished.stderr.contains(ours), "{}", finished.failure(ours));
    }
}

fn verdicts(report: &Value, of: &str) -> Vec<String> {
    let rows = report[of].as_array().expect("rows").iter();
    rows.map(|row| row["verdict"].as_str().expect("a verdict").to_owned()).collect()
}

#[test]
fn an_extracted_package_is_right_until_a_line_is_changed() {
    let project = Project::new("unused.ipynb", &[]);
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/churn");
    for file in ["notebook.ipynb", "subscribers.csv"] {
        fs::copy(fixture.join(file), project.path(file)).expect("copied");
    }
    let made = python::run(&mut project.command(&["extract", "notebook.ipynb", "-o", "package"])).expect("it runs");
    assert_eq!(made.code, Some(0), "{}", made.failure("extract"));

    let finished = project.verify(&[]);
    assert_said(&finished, 0, &["running the notebook: ", "running the package: "]);
    assert!(finished.stdout.contains("equal      train_model -> rf  (cell 24)\n"), "{}", finished.stdout);
    assert!(finished.stdout.ends_with("The package computes what the notebook computes.\n"), "{}", finished.stdout);

    let module = project.path("package/src/subscriber_churn/train.py");
    let text = fs::read_to_string(&module).expect("the module");
    let changed = text.replace("n_estimators=config.n_estimators", "n_estimators=7");
    assert_ne!(text, changed);
    fs::write(&module, changed).expect("written");
    let finished = project.verify(&[]);
    assert_said(&finished, 1, &["running the notebook again: "]);
    let row = "different  train_model -> rf  (cell 24)\n           parameter n_estimators: 150 in the notebook, 7 in";
    assert!(finished.stdout.contains(row), "{}", finished.stdout);
    assert!(finished.stdout.contains("different  file churn_model.joblib\n"), "{}", finished.stdout);
}

#[test]
fn a_model_that_keeps_its_parameters_and_answers_otherwise_is_different() {
    let cells = [
        "import numpy as np\nfrom sklearn.base import BaseEstimator\nX = np.arange(6.0).reshape(3, 2)",
        "class Mean(BaseEstimator):\n    def fit(self, X):\n        self.n_features_in_ = X.shape[1]\n        return self\n\
         \n    def predict(self, X):\n        return X.mean(axis=1)",
        "model = Mean().fit(X)",
    ];
    let body = cells.join("\n").replace("X.mean(axis=1)", "X.max(axis=1)");
    let project = Project::by_hand(&cells, &body, &[("model", [2, 0])]);
    let (code, report) = project.report(&[]);
    assert_eq!(
        (code, &report["values"][0]["where"]),
        (Some(1), &json!("predict(X)[0] (3 of 3 values differ)")),
        "{report}"
    );
}

#[test]
fn what_is_not_stable_is_not_wrong() {
    let cells = ["import random\nsame = 1", "chance = random.random()"];
    let project = Project::by_hand(&cells, &cells.join("\n"), &[("same", [0, 1]), ("chance", [1, 0])]);
    let (code, report) = project.report(&[]);
    assert_eq!(
        (code, verdicts(&report, "values")),
        (Some(0), vec!["equal".to_owned(), "unstable".to_owned()]),
        "{report}"
    );
    let (code, report) = project.report(&["--once"]);
    assert_eq!(
        (code, verdicts(&report, "values")),
        (Some(1), vec!["equal".to_owned(), "different".to_owned()]),
        "{report}"
    );
}

/// Seeded, an unseeded notebook can be compared; what still differs and depends on the seed is unstable.
#[test]
fn random_numbers_can_be_seeded() {
    let cells = [
        "import random\nimport numpy as np",
        "chance = [random.random(), np.random.random()]",
        "late = random.random()",
    ];
    let returns = [("chance", [1, 0]), ("late", [2, 0])];
    let body = [cells[0], cells[1], "random.random()", cells[2]].join("\n");
    let project = Project::by_hand(&cells, &body, &returns);
    let (code, report) = project.report(&["--seed", "3"]);
    assert_eq!(
        (code, verdicts(&report, "values")),
        (Some(0), vec!["equal".to_owned(), "unstable".to_owned()]),
        "{report}"
    );
    let finished = project.verify(&[]);
    assert_said(&finished, 2, &["error: nothing could be compared\nhint: ", "`--seed 0`"]);
}

/// If nothing could be compared, nothing is known: that is no success.
#[test]
fn nothing_compared_is_not_equal() {
    let cells = ["import random\nchance = random.random()"];
    let project = Project::by_hand(&cells, cells[0], &[("chance", [0, 1])]);
    assert_said(&project.verify(&[]), 2, &["error: nothing could be compared\nhint: "]);
}

/// The cells run in the order that the lock says, and only those that it lists.
#[test]
fn cells_run_in_the_order_of_the_lock() {
    let cells = ["total = first + 1", "first = 1", "raise ValueError('never run')"];
    let project = Project::new("notebook.ipynb", &cells);
    let returns = [("first", [1, 0]), ("total", [0, 0])];
    project.package(&cells, "first = 1\ntotal = 2", &returns, "order = \"executed\"\ncells = [1, 0]");
    let (code, report) = project.report(&[]);
    assert_eq!((code, verdicts(&report, "values")), (Some(0), vec!["equal".to_owned(); 2]), "{report}");
    project.package(&cells, "first = 1\ntotal = 2", &returns, "");
    assert_said(&project.verify(&[]), 2, &["cell 1, line 1: NameError: name 'first' is not defined"]);
    project.package(&cells, "first = 1\ntotal = 2", &returns, "order = \"executed\"\ncells = [7]");
    assert_said(&project.verify(&[]), 2, &["it runs code cell 7, and the notebook has 3"]);
}

#[test]
fn a_missing_library_is_named_as_it_is_installed() {
    let cells = ["total = 1", "import cv2"];
    let project = Project::by_hand(&cells, "total = 1", &[("total", [0, 0]), ("total", [1, 0])]);
    let said = ["error: the notebook stopped in cell 2, line 1: ModuleNotFoundError", "`pip install opencv-python`"];
    assert_said(&project.verify(&[]), 2, &said);
    let project = Project::by_hand(&["total = 1"], "import cv2\ntotal = 1", &[("total", [0, 0])]);
    let said = ["error: the package stopped in sums/stages.py, line 2: ", "`pip install opencv-python`"];
    assert_said(&project.verify(&[]), 2, &said);
}

#[test]
fn a_missing_file_is_named_as_the_notebook_has_it() {
    let cells = ["text = open('data/sums.txt').read()"];
    let project = Project::by_hand(&cells, cells[0], &[("text", [0, 0])]);
    let wanted = project.folder.path().canonicalize().expect("a folder").join("data/sums.txt");
    let said = [
        "error: the notebook stopped in cell 1, line 1: FileNotFoundError",
        "'data/sums.txt'",
        &format!("hint: put the file at `{}`", wanted.display()),
    ];
    assert_said(&project.verify(&[]), 2, &said);
}

#[test]
fn data_above_the_notebook_are_copied_when_asked() {
    let cells = ["text = open('../data/sums.txt').read()"];
    let project = Project::by_hand(&cells, cells[0], &[("text", [0, 0])]);
    project.write("data/sums.txt", "1 2 3");
    fs::create_dir(project.path("notebooks")).expect("a folder");
    fs::rename(project.path("notebook.ipynb"), project.path("notebooks/notebook.ipynb")).expect("moved");
    let root = project.folder.path().canonicalize().expect("a folder");
    // Where it is absent, too: it would not be copied either.
    let wanted = root.join("data/other.txt");
    fs::rename(project.path("data/sums.txt"), &wanted).expect("moved");
    let put = format!("hint: put the file at `{}`", root.join("data/sums.txt").display());
    let said = [put.as_str(), &format!("hint: and copy the folder that both are in: `--root {}`", root.display())];
    assert_said(&project.verify(&["--notebook", "notebooks/notebook.ipynb"]), 2, &said);
    fs::rename(&wanted, project.path("data/sums.txt")).expect("moved");
    let said = ["it is outside of the folder that is copied", &format!("`--root {}`", root.display())];
    assert_said(&project.verify(&["--notebook", "notebooks/notebook.ipynb"]), 2, &said);
    assert_said(&project.verify(&["--notebook", "notebooks/notebook.ipynb", "--root", "."]), 0, &[]);
}

#[test]
fn a_notebook_that_was_run_elsewhere_can_be_run_there() {
    let cells = ["text = open('data/sums.txt').read()"];
    let project = Project::by_hand(&cells, cells[0], &[("text", [0, 0])]);
    project.write("data/sums.txt", "1 2 3");
    fs::create_dir(project.path("notebooks")).expect("a folder");
    fs::rename(project.path("notebook.ipynb"), project.path("notebooks/notebook.ipynb")).expect("moved");
    let root = project.folder.path().canonicalize().expect("a folder");
    let said = ["hint: put the file at `", &format!("hint: or run where it is there: `--cwd {}`", root.display())];
    assert_said(&project.verify(&["--notebook", "notebooks/notebook.ipynb"]), 2, &said);
    assert_said(&project.verify(&["--notebook", "notebooks/notebook.ipynb", "--cwd", "."]), 0, &[]);
}

#[test]
fn a_failing_cell_is_shown_with_its_own_lines() {
    let cells = ["def half(x):\n    return x / 0", "one = 1\ntwo = half(one)"];
    let project = Project::by_hand(&cells, "two = 2", &[("two", [1, 1])]);
    let said = [
        "error: the notebook stopped in cell 1, line 2: ZeroDivisionError: division by zero\n",
        "  cell 2, line 2: two = half(one)\n  cell 1, line 2: return x / 0\n",
    ];
    assert_said(&project.verify(&[]), 2, &said);
    let (_, report) = project.report(&[]);
    assert_eq!((&report["stopped"]["side"], &report["stopped"]["reason"]), (&json!("notebook"), &json!("error")));
    assert_eq!(report["stopped"]["frames"][1]["position"], 1, "{report}");
}

#[test]
fn what_the_package_did_before_it_stopped_is_shown() {
    let cells = ["first = 1", "second = 2"];
    let project = Project::by_hand(&cells, "first = 1", &[("first", [0, 0])]);
    let lock = fs::read_to_string(project.path("package/nb2pkg.lock")).expect("the lock");
    let more = "[[stage]]\nmodule = \"sums.stages\"\nfunction = \"fail\"\nparams = []\nconfig = []\n\
                returns = [\"second\"]\nat = [1, 0]\n";
    project.write("package/nb2pkg.lock", &(lock + more));
    let stages = fs::read_to_string(project.path("package/src/sums/stages.py")).expect("the module");
    let fails = "\n\ndef fail():\n    raise KeyError(\"second\")\n";
    project.write("package/src/sums/stages.py", &(stages + fails));
    let pipeline = "from sums.stages import add, fail\n\n\ndef run():\n    add()\n    fail()\n";
    project.write("package/src/sums/pipeline.py", pipeline);
    let finished = project.verify(&[]);
    let said = [
        "error: the package stopped in sums/stages.py, line 7: KeyError: 'second'\n",
        "  sums/pipeline.py, line 6: fail()\n  sums/stages.py, line 7: raise KeyError(\"second\")\n",
    ];
    assert_said(&finished, 2, &said);
    assert_eq!(finished.stdout, "equal      add -> first  (cell 1)\n\n");
}

/// Nobody is there to answer.
#[test]
fn a_notebook_that_asks_is_told_so() {
    let project = Project::by_hand(&["total = int(input('How many?'))"], "total = 1", &[("total", [0, 0])]);
    assert_said(&project.verify(&[]), 2, &["cell 1, line 1: EOFError", "hint: the notebook asks for input"]);
}

#[test]
fn a_shell_line_that_was_needed_is_named() {
    let cells = ["!unzip data.zip", "text = open('data.csv').read()"];
    let project = Project::by_hand(&cells, "text = ''", &[("text", [1, 0])]);
    assert_said(&project.verify(&[]), 2, &["do it by hand first: `!unzip data.zip`"]);
}

#[test]
fn a_run_that_takes_too_long_says_how_to_give_it_more_time() {
    let cells = ["total = 1", "import time\ntime.sleep(600)"];
    let project = Project::by_hand(&cells, "total = 1", &[("total", [1, 0])]);
    let said =
        ["error: the notebook stopped in cell 2 (2 of 2): not finished after 4 seconds\nhint: ", "`--timeout 16`"];
    assert_said(&project.verify(&["--timeout", "4"]), 2, &said);
}

#[test]
fn a_process_that_dies_is_reported() {
    let cells = ["import os\nprint('so far', flush=True)\nos._exit(3)"];
    let project = Project::by_hand(&cells, "total = 1", &[("total", [0, 2])]);
    let said = ["error: the notebook stopped in cell 1 (1 of 1): its process ended with exit code 3\n  so far\n"];
    assert_said(&project.verify(&[]), 2, &said);
}

/// A notebook that writes into its own data must not reach the user's, and each run finds them as they were.
#[test]
fn data_that_are_written_to_are_fresh_for_each_run() {
    let cells = ["with open('log.txt', 'a') as log:\n    log.write('again ')\ntext = open('log.txt').read()"];
    let project = Project::by_hand(&cells, cells[0], &[("text", [0, 1])]);
    project.write("log.txt", "once ");
    let (code, report) = project.report(&[]);
    assert_eq!((code, verdicts(&report, "values")), (Some(0), vec!["equal".to_owned()]), "{report}");
    assert_eq!(report["files"], json!([{"path": "log.txt", "verdict": "equal"}]));
}

#[test]
fn written_files_are_compared_wherever_they_go() {
    let cells = [
        "%%time\n!mkdir -p out\nimport csv",
        "for path, value in (('out/a.csv', 1), ('b.csv', 2), ('../c.csv', 3), ('seen.csv', 4)):\n    with open(path, 'w') as f:\n        f.write(f'x\\n{value}\\n')\ntotal = 1",
    ];
    let body = "import os\nos.makedirs('out')\n".to_owned()
        + &cells[1].replace("('b.csv', 2)", "('b.csv', 5)").replace(", ('seen.csv', 4)", "");
    let project = Project::by_hand(&cells, &body, &[("total", [1, 1])]);
    let (code, report) = project.report(&[]);
    assert_eq!(code, Some(1), "{report}");
    let rows: Vec<(&str, &str)> = report["files"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| (row["path"].as_str().unwrap_or_default(), row["verdict"].as_str().unwrap_or_default()))
        .collect();
    let expected =
        [("../c.csv", "equal"), ("b.csv", "different"), ("out/a.csv", "equal"), ("seen.csv", "only in the notebook")];
    assert_eq!(rows, expected);
    assert_eq!(report["files"][1]["where"], "row 2, column x", "{report}");
}

/// What later code may rely on is done, without IPython.
#[test]
fn magics_do_their_work() {
    let cells = [
        "%%writefile helper.py\nVALUE = 3",
        "%env SIZE=4\n%matplotlib inline\nimport os\nimport helper\nsize = int(os.environ['SIZE']) + helper.VALUE",
        "lines = !cat helper.py\n%timeit size\nhalf = %time size / 2\nsize?",
        "%mkdir sub\n%cd sub\n!mkdir -p deep\n%cd deep\nhere = os.path.basename(os.getcwd())",
    ];
    let returns = [("size", [1, 4]), ("half", [2, 2]), ("lines", [2, 0]), ("here", [3, 4])];
    let body = "size = 7\nhalf = 3.5\nlines = []\nhere = 'deep'\nopen('helper.py', 'w').write('VALUE = 3')";
    let project = Project::by_hand(&cells, body, &returns);
    let (code, report) = project.report(&[]);
    assert_eq!((code, verdicts(&report, "values")), (Some(0), vec!["equal".to_owned(); 4]), "{report}");
    assert_eq!(report["files"], json!([{"path": "helper.py", "verdict": "equal"}]));
    assert_eq!(report["notes"], json!(["not run in the notebook: !cat helper.py"]));
}

/// When nobody waits any more, what was started ends and leaves nothing.
#[cfg(unix)]
#[test]
fn a_killed_verify_leaves_nothing_behind() {
    use std::time::{Duration, Instant};

    let wait = |what: &str, done: &dyn Fn() -> bool| {
        let begun = Instant::now();
        while !done() {
            assert!(begun.elapsed() < Duration::from_mins(1), "{what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let signs = tempfile::tempdir().expect("a temporary folder");
    let sign = signs.path().join("pid");
    let cell = format!(
        "import os, subprocess, time\nchild = subprocess.Popen(['sleep', '600'])\n\
         open({sign:?}, 'w').write(f'{{os.getpid()}} {{child.pid}} .')\ntime.sleep(600)"
    );
    let cells = [cell.as_str()];
    let project = Project::by_hand(&cells, "total = 1", &[("total", [0, 3])]);
    let mut command = project.command(&["verify", "package", "--python"]);
    command.arg(python::interpreter().expect("an environment")).stderr(std::process::Stdio::null());
    let mut running = command.spawn().expect("it runs");
    wait("the notebook does not start", &|| fs::read_to_string(&sign).is_ok_and(|text| text.ends_with('.')));
    running.kill().expect("killed");
    running.wait().expect("ended");
    let text = fs::read_to_string(&sign).expect("pids");
    let pids: Vec<&str> = text.split_whitespace().take(2).collect();
    let runs = |pid: &str| {
        let status = Command::new("ps").args(["-o", "stat=", "-p", pid]).output().expect("ps runs");
        let state = String::from_utf8_lossy(&status.stdout).trim().to_owned();
        !state.is_empty() && !state.starts_with('Z')
    };
    assert_eq!(pids.len(), 2);
    wait("what was started still runs", &|| !pids.iter().any(|pid| runs(pid)));
    wait("scratch files are left", &|| fs::read_dir(project.scratch.path()).expect("a folder").next().is_none());
}

#[test]
fn scratch_files_are_kept_when_asked() {
    let project = Project::by_hand(&["total = 1"], "total = 1", &[("total", [0, 0])]);
    let mut command = project.command(&["verify", "package", "--keep", "--quiet", "--python"]);
    let finished = python::run(command.arg(python::interpreter().expect("an environment"))).expect("it runs");
    assert_said(&finished, 0, &["scratch files are in "]);
    let folder = Path::new(finished.stderr.trim().trim_start_matches("scratch files are in "));
    assert!(folder.starts_with(project.scratch.path()) && folder.join("1-notebook/log.txt").is_file());
}

#[test]
fn an_interpreter_that_is_none_is_told_from_a_package_that_is_wrong() {
    let project = Project::by_hand(&["total = 1"], "total = 1", &[("total", [0, 0])]);
    project.write("python", "not a program");
    let run =
        |python: &str| python::run(&mut project.command(&["verify", "package", "--python", python])).expect("it runs");
    assert_said(&run("./python"), 2, &["error: `./python` can't be run: ", "\nhint: "]);
    if cfg!(unix) {
        assert_said(&run("/bin/false"), 2, &["error: `/bin/false` ended without an answer: exit status: 1\nhint: "]);
    }
}

/// What an interpreter that is too old says; a program of the shell says it here.
#[cfg(unix)]
#[test]
fn an_interpreter_that_is_too_old_is_named() {
    use std::os::unix::fs::PermissionsExt as _;

    let project = Project::by_hand(&["total = 1"], "total = 1", &[("total", [0, 0])]);
    let event = r#"{"event": "python", "version": "3.7.1", "executable": "/python", "too_old": true}"#;
    project.write("python", &format!("#!/bin/sh\necho '{event}'\n"));
    fs::set_permissions(project.path("python"), fs::Permissions::from_mode(0o755)).expect("permissions");
    let mut command = project.command(&["verify", "package", "--python", "./python"]);
    let finished = python::run(&mut command).expect("it runs");
    assert_said(&finished, 2, &["error: `./python` is Python 3.7.1, which is too old\nhint: "]);
}

#[test]
fn the_active_virtual_environment_is_used() {
    let project = Project::by_hand(&["total = 1"], "total = 1", &[("total", [0, 0])]);
    let environment = python::interpreter().expect("an environment").ancestors().nth(2).expect("its folder");
    let finished = python::run(project.command(&["verify", "package"]).env("VIRTUAL_ENV", environment));
    assert_said(&finished.expect("it runs"), 0, &["using ", "the active virtual environment"]);
}

#[test]
fn a_virtual_environment_beside_the_package_is_found() {
    let project = Project::by_hand(&["total = 1"], "total = 1", &[("total", [0, 0])]);
    let base = python::interpreter().expect("an environment");
    let made = python::run(Command::new(base).args(["-m", "venv", "--without-pip"]).arg(project.path(".venv")));
    assert_eq!(made.expect("it runs").code, Some(0));
    let mut command = project.command(&["verify", "package"]);
    let finished = python::run(command.env_remove("VIRTUAL_ENV")).expect("it runs");
    assert_said(&finished, 0, &["using ", ".venv", "the virtual environment there"]);
}

/// How pictures are taken and compared: `tests/verify/`.
#[test]
fn pictures_and_differences() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = python::command().expect("an environment");
    command
        .env("PYTHONPATH", root.join("src/verify"))
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir"])
        .arg(root.join("tests/verify"))
        .arg(root.join("tests/verify"));
    let finished = python::run(&mut command).expect("pytest runs");
    assert_eq!(finished.code, Some(0), "{}", finished.failure("the tests in Python"));
}
