//! Paths that exist on one machine only.

use super::Finding;
use super::context::Context;
use super::registry::declare_rule;

declare_rule! {
    /// A path of one machine that production reads or writes.
    MACHINE_PATH = {
        name: "machine-path",
        code: "P101",
        summary: "Production uses a path of one machine",
        level: Warning,
        docs: "machine_path.md",
        check: Some(check),
    }
}

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    for statement in context.production() {
        for file in &statement.facts.files {
            let Some((path, kind)) = file.path.as_deref().and_then(|path| Some((path, kind(path)?))) else { continue };
            let verb = if file.written { "writes" } else { "reads" };
            findings.push(MACHINE_PATH.finding(
                context.part(statement.facts.at, file.literal),
                format!("production {verb} `{path}`, {kind}"),
                "the package has it in its configuration: give it a value that holds where the package runs",
            ));
        }
    }
}

/// What kind of path it is, if it is one machine's.
fn kind(path: &str) -> Option<&'static str> {
    let bytes = path.as_bytes();
    let drive =
        bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && matches!(bytes[2], b'/' | b'\\');
    if ["/content/", "/kaggle/", "../input/", "dbfs:", "/dbfs/"].iter().any(|start| path.starts_with(start)) {
        Some("a path of a notebook platform")
    } else if path.starts_with('~') || path.starts_with("/home/") || path.starts_with("/Users/") {
        Some("a path in somebody's home")
    } else if drive || path.starts_with("\\\\") {
        Some("a path of a Windows machine")
    } else if path.starts_with('/') {
        Some("an absolute path")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{borrowed, by_rule, churn};
    use super::*;

    #[test]
    fn kinds_of_paths() {
        for path in
            ["/tmp/a.csv", "~/a.csv", "C:\\a.csv", "D:/a.csv", "/content/drive/a.csv", "../input/a.csv", "dbfs:/a"]
        {
            assert!(kind(path).is_some(), "{path}");
        }
        for path in ["a.csv", "../data/a.csv", "./a", "https://x.org/a.csv", "c:a", "s3://b/a"] {
            assert!(kind(path).is_none(), "{path}");
        }
    }

    #[test]
    fn production_paths_are_found() {
        let cells: Vec<String> = churn("").iter().map(|code| code.replace("data.csv", "/home/ann/data.csv")).collect();
        let found = by_rule(&borrowed(&cells), "machine-path");
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn relative_paths_and_exploration_are_quiet() {
        let cells = churn("pd.read_csv('/tmp/other.csv').head()");
        assert_eq!(by_rule(&borrowed(&cells), "machine-path"), []);
    }
}
