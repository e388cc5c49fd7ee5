//! From TOML to [`Config`], with errors that say what was meant.

use std::collections::BTreeMap;
use std::path::Path;

use toml::{Table, Value};

use super::{CellName, Config, Setting, Settings};
use crate::diagnostics::{Failure, nearest};
use crate::order::OrderKind;
use crate::rules::{self, Level};

const KEYS: &[&str] = &["model", "order", "production", "exploration", "exclude", "rules", "notebooks"];
const NOTEBOOK_KEYS: &[&str] = &["model", "order", "production", "exploration"];
const LEVELS: &[&str] = &["error", "warning", "info", "ignore"];

/// Reads a configuration; none if it is a `pyproject.toml` (`in_table`) without `[tool.nb2pkg]`.
///
/// # Errors
///
/// If it is not TOML, or says something that nothing understands.
pub fn parse(text: &str, in_table: bool, path: &Path) -> Result<Option<Config>, Failure> {
    let wrong = |message: String| Failure::new(format!("{}: {message}", path.display()));
    let document: Table = match text.parse() {
        Ok(document) => document,
        // Somebody else's broken file is nothing to us as long as it does not mention us.
        Err(_) if in_table && !text.contains("nb2pkg") => return Ok(None),
        Err(error) => return Err(wrong(error.to_string().trim_end().to_owned())),
    };
    let table = if in_table {
        match document.get("tool").and_then(|tool| tool.get("nb2pkg")) {
            Some(Value::Table(table)) => table.clone(),
            Some(_) => return Err(wrong("`tool.nb2pkg` is not a table".to_owned())),
            None => return Ok(None),
        }
    } else {
        document
    };
    config(&table).map(Some).map_err(|failure| Failure { message: wrong(failure.message).message, ..failure })
}

fn config(table: &Table) -> Result<Config, Failure> {
    known_keys(table, KEYS, "key")?;
    let mut notebooks = BTreeMap::new();
    for (path, value) in optional_table(table, "notebooks")? {
        let Value::Table(inner) = value else {
            return Err(Failure::new(format!("`notebooks.\"{path}\"` is not a table")));
        };
        known_keys(inner, NOTEBOOK_KEYS, "key")?;
        notebooks.insert(path.replace('\\', "/").trim_start_matches("./").to_owned(), settings(inner)?);
    }
    let mut levels = BTreeMap::new();
    for (name, value) in optional_table(table, "rules")? {
        let rule = rules::get(name)?;
        levels.insert(rule.name.to_owned(), level(name, value)?);
    }
    Ok(Config {
        all: settings(table)?,
        notebooks,
        rules: levels,
        exclude: strings(table, "exclude")?,
        ..Config::default()
    })
}

fn settings(table: &Table) -> Result<Settings, Failure> {
    let model = match table.get("model") {
        None => None,
        Some(Value::String(name)) => Some(name.clone()),
        Some(_) => {
            return Err(Failure::new("`model` is not a string").hint(
                "write the model's variable, `model = \"rf\"`, or the cell that fits it, `model = \"cell 24\"`",
            ));
        }
    };
    Ok(Settings {
        model,
        production: cells(table, "production")?,
        exploration: cells(table, "exploration")?,
        order: order(table)?,
        cells_are_for_all: false,
    })
}

fn order(table: &Table) -> Result<Option<OrderKind>, Failure> {
    let Some(value) = table.get("order") else { return Ok(None) };
    let known = value.as_str().and_then(OrderKind::of_name);
    known.map(Some).ok_or_else(|| {
        Failure::new("`order` is not an order of cells").hint("the orders are \"file\" and \"executed\"")
    })
}

fn cells(table: &Table, key: &str) -> Result<Vec<CellName>, Failure> {
    list(table, key)?
        .iter()
        .map(|value| match value {
            Value::Integer(number) => usize::try_from(*number).ok().map(CellName::Position),
            Value::String(id) => Some(CellName::Id(id.clone())),
            _ => None,
        })
        .collect::<Option<_>>()
        .ok_or_else(|| {
            Failure::new(format!("`{key}` holds something that is neither a cell's position nor its id"))
                .hint(format!("for example `{key} = [12, \"3f6a01b2\"]`"))
        })
}

fn strings(table: &Table, key: &str) -> Result<Vec<String>, Failure> {
    list(table, key)?
        .iter()
        .map(|value| value.as_str().map(str::to_owned))
        .collect::<Option<_>>()
        .ok_or_else(|| Failure::new(format!("`{key}` holds something that is not a string")))
}

fn list<'a>(table: &'a Table, key: &str) -> Result<&'a [Value], Failure> {
    match table.get(key) {
        None => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(Failure::new(format!("`{key}` is not a list"))),
    }
}

fn optional_table<'a>(table: &'a Table, key: &str) -> Result<Vec<(&'a str, &'a Value)>, Failure> {
    match table.get(key) {
        None => Ok(Vec::new()),
        Some(Value::Table(inner)) => Ok(inner.iter().map(|(name, value)| (name.as_str(), value)).collect()),
        Some(_) => Err(Failure::new(format!("`{key}` is not a table"))),
    }
}

fn level(rule: &str, value: &Value) -> Result<Setting, Failure> {
    Ok(match value.as_str() {
        Some("error") => Setting::Level(Level::Error),
        Some("warning") => Setting::Level(Level::Warning),
        Some("info") => Setting::Level(Level::Info),
        Some("ignore") => Setting::Ignore,
        _ => {
            let near = value.as_str().and_then(|name| nearest(name, LEVELS.iter().copied()));
            return Err(did_you_mean(
                Failure::new(format!("`rules.{rule}` is not a level")),
                near,
                "the levels are error, warning, info and ignore",
            ));
        }
    })
}

fn known_keys(table: &Table, known: &[&str], what: &str) -> Result<(), Failure> {
    let Some(unknown) = table.keys().find(|key| !known.contains(&key.as_str())) else { return Ok(()) };
    let all = format!("the keys are {}", known.join(", "));
    Err(did_you_mean(
        Failure::new(format!("unknown {what} `{unknown}`")),
        nearest(unknown, known.iter().copied()),
        &all,
    ))
}

fn did_you_mean(failure: Failure, near: Option<&str>, all: &str) -> Failure {
    match near {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<Config>, Failure> {
        parse(text, false, Path::new("nb2pkg.toml"))
    }

    #[test]
    fn everything_is_read() {
        let text = "model = 'rf'\norder = 'executed'\nproduction = [3, 'ab']\nexclude = ['old/']\n[rules]\nnetwork-read = 'ignore'\n\
                    [notebooks.'./a/b.ipynb']\nmodel = 'gb'\n";
        let config = read(text).expect("valid").expect("present");
        assert_eq!(config.all.model.as_deref(), Some("rf"));
        assert_eq!(config.all.order, Some(OrderKind::Executed));
        assert_eq!(config.all.production, [CellName::Position(3), CellName::Id("ab".to_owned())]);
        assert_eq!(config.rules["network-read"], Setting::Ignore);
        assert_eq!(config.notebooks["a/b.ipynb"].model.as_deref(), Some("gb"));
        assert_eq!(config.exclude, ["old/"]);
    }

    #[test]
    fn unknown_names_get_the_nearest_one() {
        for (text, expected) in [
            ("modle = 'x'", "`model`"),
            ("[rules]\nnetwork-raed = 'info'", "`network-read`"),
            ("[rules]\nnetwork-read = 'warn'", "warning"),
        ] {
            let failure = read(text).expect_err("refused");
            assert!(failure.hints.iter().any(|hint| hint.contains(expected)), "{failure:?}");
            assert!(failure.message.starts_with("nb2pkg.toml: "), "{failure}");
        }
    }

    #[test]
    fn a_pyproject_without_the_table_is_none() {
        let path = Path::new("pyproject.toml");
        assert_eq!(parse("[project]\nname = 'x'\n", true, path).expect("valid"), None);
        assert_eq!(parse("not toml at all", true, path).expect("not ours"), None);
        assert!(parse("[tool.nb2pkg]\nmodel = 'm'\n", true, path).expect("valid").is_some());
    }

    #[test]
    fn wrong_types_are_named() {
        for text in [
            "model = 3",
            "order = 'reverse'",
            "production = 'x'",
            "production = [true]",
            "exclude = [1]",
            "rules = 1",
            "notebooks = 1",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
