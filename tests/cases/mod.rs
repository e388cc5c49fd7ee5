//! Cases that are files: found below a folder, each a test of its own.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

/// What divides the cells of a case.
pub(crate) const CELL: &str = "# %%";
/// What begins an expectation, behind the code of a line.
pub(crate) const MARK: &str = "#: ";

/// The names of all cases below a folder: `subject/case`.
pub(crate) fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut files = Vec::new();
    below(folder, &mut files)?;
    let name = |file: &PathBuf| {
        let path = file.strip_prefix(folder).unwrap_or(file).with_extension("");
        path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
    };
    let mut names: Vec<String> = files.iter().map(name).collect();
    names.sort();
    Ok(names)
}

/// Runs all cases of `fixtures/NAME`, or of the folder that a variable of the environment names, and further tests.
pub(crate) fn run(name: &str, variable: &str, check: fn(&str) -> Result<(), String>, more: Vec<Trial>) -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = env::var_os(variable)
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name), PathBuf::from);
    let cases = match names(&folder) {
        Ok(cases) if cases.is_empty() => Err("holds no cases".to_owned()),
        Ok(cases) => Ok(cases),
        Err(error) => Err(error.to_string()),
    };
    let cases = match cases {
        Ok(cases) => cases,
        Err(why) => {
            eprintln!("error: {}: {why}", folder.display());
            return ExitCode::FAILURE;
        }
    };
    let trials = cases.into_iter().map(|case| {
        let file = folder.join(&case).with_extension("py");
        Trial::test(case.replace('/', "::"), move || {
            let text = fs::read_to_string(&file)?;
            check(&text).map_err(|why| Failed::from(format!("{}: {why}", file.display())))
        })
    });
    libtest_mimic::run(&arguments, trials.chain(more).collect()).exit_code()
}

/// A case's text with remarks below its lines.
pub(crate) fn remark<'a>(text: &str, on: impl Fn(usize) -> &'a [String]) -> String {
    let mut shown = String::from("not as it says\n");
    for (index, line) in text.lines().enumerate() {
        shown.push_str(&format!("{:>4} | {line}\n", index + 1));
        for remark in on(index + 1) {
            shown.push_str(&format!("     ^ {remark}\n"));
        }
    }
    shown
}

fn below(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            below(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "py") {
            found.push(path);
        }
    }
    Ok(())
}
