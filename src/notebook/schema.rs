//! nbformat 3 and 4 as stored. Only what the tool uses is read; pictures and widget states are passed over.

use std::borrow::Cow;

use serde::de::{MapAccess, SeqAccess};

use super::any::{Any, FromAny, Text, skip, value};
use super::error::LooksLike;
use super::output::RawOutput;
use super::{Cell, CellKind, Notebook, NotebookError, language, repair};

type SourceText = Text<{ usize::MAX }>;

/// Reads a notebook.
///
/// # Errors
///
/// If the bytes are not a notebook, or not one with Python code.
pub fn parse(bytes: &[u8]) -> Result<Notebook, NotebookError> {
    let text = decode(bytes)?;
    if text.trim().is_empty() {
        return Err(NotebookError::Empty);
    }
    let raw = deserialize(text)?;
    let major = raw.major.unwrap_or(if raw.cells.is_none() && raw.worksheets.is_some() { 3 } else { 4 });
    if raw.major.is_some_and(|major| major < 3) {
        return Err(NotebookError::TooOld { major });
    }
    let cells = match (raw.cells, raw.worksheets) {
        (Some(cells), _) => cells,
        (None, Some(worksheets)) => worksheets.into_iter().flat_map(|sheet| sheet.0).collect(),
        (None, None) => return Err(NotebookError::NotNotebook { seems: seems(raw.is_object, &raw.keys) }),
    };
    let language = language::of(&raw.metadata).map_err(|language| NotebookError::NotPython { language })?;
    let mut code_cells = 0;
    let cells: Vec<Cell> =
        cells.into_iter().enumerate().map(|(position, cell)| cell.finish(position, &mut code_cells)).collect();
    let has_code = cells.iter().any(|cell| matches!(cell.kind, CellKind::Code(_)) && !cell.source.trim().is_empty());
    if !has_code {
        return Err(NotebookError::NoCode);
    }
    Ok(Notebook { format: (major, raw.minor.unwrap_or_default()), language, cells })
}

/// UTF-8 without its byte-order mark.
fn decode(bytes: &[u8]) -> Result<&str, NotebookError> {
    let encoding = match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        // `{` and whatever follows it are ASCII.
        [0, first, 0, _, ..] if *first != 0 => Some("UTF-16BE"),
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => Some("UTF-16LE"),
        _ => None,
    };
    if let Some(encoding) = encoding {
        return Err(NotebookError::Encoding(encoding));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n');
        NotebookError::NotUtf8 { line: before.count() }
    })
}

/// Parses, and once more without what Python's `json` accepts and JSON does not, if there is any of that.
fn deserialize(text: &str) -> Result<RawNotebook, NotebookError> {
    let first = match serde_json::from_str::<Any<RawNotebook>>(text) {
        Ok(Any(raw)) => return Ok(raw),
        Err(error) => error,
    };
    let error = match repair::as_python_reads(text) {
        Cow::Borrowed(_) => first,
        Cow::Owned(repaired) => match serde_json::from_str::<Any<RawNotebook>>(&repaired) {
            Ok(Any(raw)) => return Ok(raw),
            Err(error) => error,
        },
    };
    let looks_like = match LooksLike::of(text) {
        LooksLike::Unknown if error.is_eof() => LooksLike::Truncated,
        other => other,
    };
    let message = error.to_string();
    let reason = message.split(" at line ").next().unwrap_or_default().to_owned();
    Err(NotebookError::NotJson { line: error.line(), column: error.column(), reason, looks_like })
}

/// What a JSON file without cells seems to be.
fn seems(is_object: bool, keys: &[String]) -> String {
    let has = |key: &str| keys.iter().any(|other| other == key);
    if !is_object {
        return "a JSON list or value".to_owned();
    }
    match () {
        () if has("paragraphs") => "a Zeppelin note".to_owned(),
        () if has("type") && has("features") => "GeoJSON".to_owned(),
        () if has("content") && has("sha") => "an answer of GitHub's API; decode its `content`".to_owned(),
        () if has("message") && has("documentation_url") => "an error message of GitHub's API".to_owned(),
        () if has("nbformat") => "a notebook file that lost its cells".to_owned(),
        () if keys.is_empty() => "an empty JSON object".to_owned(),
        () => {
            let shown: Vec<String> = keys.iter().take(3).map(|key| format!("`{}`", shorten(key))).collect();
            format!("a JSON object with {}", shown.join(", "))
        }
    }
}

fn shorten(text: &str) -> &str {
    &text[..text.floor_char_boundary(24)]
}

/// The file.
#[derive(Default)]
struct RawNotebook {
    is_object: bool,
    keys: Vec<String>,
    major: Option<u64>,
    minor: Option<u64>,
    cells: Option<Vec<RawCell>>,
    worksheets: Option<Vec<Worksheet>>,
    metadata: language::Metadata,
}

impl FromAny for RawNotebook {
    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut raw = Self { is_object: true, ..Self::default() };
        while let Some(key) = object.next_key::<Cow<'de, str>>()? {
            match &*key {
                "nbformat" => raw.major = value(&mut object)?,
                "nbformat_minor" => raw.minor = value(&mut object)?,
                "cells" => raw.cells = value(&mut object)?,
                "worksheets" => raw.worksheets = value(&mut object)?,
                "metadata" => raw.metadata = value(&mut object)?,
                _ => skip(&mut object)?,
            }
            if raw.keys.len() < 32 {
                raw.keys.push(key.into_owned());
            }
        }
        Ok(raw)
    }
}

/// Cells or worksheets, if they are a list.
impl<T: FromAny> FromAny for Option<Vec<T>> {
    fn from_list<'de, A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        Vec::from_list(list).map(Some)
    }
}

/// A worksheet of nbformat 3.
#[derive(Default)]
struct Worksheet(Vec<RawCell>);

impl FromAny for Worksheet {
    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut sheet = Self::default();
        while let Some(key) = object.next_key::<Cow<'de, str>>()? {
            match &*key {
                "cells" => sheet.0 = value(&mut object)?,
                _ => skip(&mut object)?,
            }
        }
        Ok(sheet)
    }
}

/// A cell of either format.
#[derive(Default)]
struct RawCell {
    cell_type: String,
    id: Option<String>,
    source: Option<String>,
    input: Option<String>,
    level: Option<u64>,
    tags: Vec<String>,
    execution_count: Option<u64>,
    outputs: Vec<RawOutput>,
}

impl FromAny for RawCell {
    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut cell = Self::default();
        while let Some(key) = object.next_key::<Cow<'de, str>>()? {
            match &*key {
                "cell_type" => cell.cell_type = value::<Option<String>, _>(&mut object)?.unwrap_or_default(),
                "id" => cell.id = value(&mut object)?,
                "source" => cell.source = Some(value::<SourceText, _>(&mut object)?.0),
                "input" => cell.input = Some(value::<SourceText, _>(&mut object)?.0),
                "level" => cell.level = value(&mut object)?,
                "metadata" => cell.tags = value::<CellMetadata, _>(&mut object)?.tags,
                "execution_count" | "prompt_number" => cell.execution_count = value(&mut object)?,
                "outputs" => cell.outputs = value(&mut object)?,
                _ => skip(&mut object)?,
            }
        }
        Ok(cell)
    }
}

impl RawCell {
    fn finish(self, position: usize, code_cells: &mut usize) -> Cell {
        let kind = match self.cell_type.as_str() {
            "code" => {
                *code_cells += 1;
                CellKind::Code(*code_cells - 1)
            }
            "markdown" | "heading" | "html" => CellKind::Markdown,
            _ => CellKind::Raw,
        };
        let stored = self.source.or(self.input).unwrap_or_default();
        let mut source = normalise(&stored);
        if self.cell_type == "heading" {
            let level = self.level.unwrap_or(1).clamp(1, 6);
            source = (0..level).map(|_| '#').chain(" ".chars()).chain(source.chars()).collect();
        }
        let outputs = self.outputs.into_iter().filter_map(RawOutput::finish).collect();
        Cell {
            position,
            kind,
            id: self.id,
            source,
            stored,
            tags: self.tags,
            execution_count: self.execution_count,
            outputs,
        }
    }
}

/// `\n` line ends, no byte-order mark.
fn normalise(stored: &str) -> String {
    let text = stored.strip_prefix('\u{feff}').unwrap_or(stored);
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() }
}

#[derive(Default)]
struct CellMetadata {
    tags: Vec<String>,
}

impl FromAny for CellMetadata {
    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut metadata = Self::default();
        while let Some(key) = object.next_key::<Cow<'de, str>>()? {
            match &*key {
                "tags" => {
                    let tags: Vec<Option<String>> = value(&mut object)?;
                    metadata.tags = tags.into_iter().flatten().collect();
                }
                _ => skip(&mut object)?,
            }
        }
        Ok(metadata)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Output;
    use super::super::output::OUTPUT_LIMIT;
    use super::*;

    fn cells(json: &str) -> Vec<Cell> {
        parse(json.as_bytes()).map(|notebook| notebook.cells).unwrap()
    }

    fn error(json: impl AsRef<[u8]>) -> NotebookError {
        parse(json.as_ref()).unwrap_err()
    }

    #[test]
    fn nbformat_4() {
        let notebook = parse(
            br##"{"cells": [
                {"cell_type": "markdown", "metadata": {}, "source": "# T"},
                {"cell_type": "code", "id": "a1", "metadata": {"tags": ["x", 1]}, "source": ["a = 1\r\n", "b"], "execution_count": 3,
                 "outputs": [
                    {"output_type": "stream", "name": "stderr", "text": ["a\n", "b"]},
                    {"output_type": "display_data", "metadata": {}, "data": {"image/png": "AAAA", "text/plain": ["<Fig>"]}},
                    {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t"]}]},
                {"cell_type": "code"},
                {"cell_type": "raw", "source": null}],
              "metadata": {"kernelspec": {"language": "Python"}, "widgets": {"s": {}}}, "nbformat": 4, "nbformat_minor": 5}"##,
        )
        .unwrap();
        assert_eq!((notebook.format, notebook.language.as_str()), ((4, 5), "python"));
        let cell = &notebook.cells[1];
        assert_eq!((cell.position, cell.kind), (1, CellKind::Code(0)));
        assert_eq!((cell.source.as_str(), cell.stored.as_str()), ("a = 1\nb", "a = 1\r\nb"));
        assert_eq!(
            (cell.id.as_deref(), cell.tags.as_slice(), cell.execution_count),
            (Some("a1"), &["x".to_owned()][..], Some(3))
        );
        assert_eq!(
            cell.outputs,
            [
                Output::Stream { name: "stderr".to_owned(), text: "a\nb".to_owned() },
                Output::Display { text: "<Fig>".to_owned(), other: vec!["image/png".to_owned()] },
                Output::Error { name: "E".to_owned(), value: "v".to_owned() },
            ]
        );
        assert_eq!(notebook.cells[2].kind, CellKind::Code(1));
        assert_eq!(notebook.code_cells().count(), 2);
    }

    #[test]
    fn nbformat_3() {
        let cells = cells(
            r#"{"worksheets": [{"cells": [{"cell_type": "heading", "level": 2, "source": "T"},
                {"cell_type": "code", "collapsed": false, "input": "x", "prompt_number": 7, "language": "python",
                 "outputs": [{"output_type": "pyout", "prompt_number": 7, "text": ["1"], "png": "AA"},
                             {"output_type": "stream", "stream": "stdout", "text": "a"}, {"output_type": "pyerr", "ename": "E"}]}]},
                {"cells": [{"cell_type": "code", "input": ["y"]}]}], "metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0}"#,
        );
        assert_eq!(
            (cells[0].kind, cells[0].source.as_str(), cells[0].stored.as_str()),
            (CellKind::Markdown, "## T", "T")
        );
        assert_eq!((cells[1].source.as_str(), cells[1].execution_count), ("x", Some(7)));
        assert_eq!(cells[1].outputs[0], Output::Display { text: "1".to_owned(), other: vec!["image/png".to_owned()] });
        assert_eq!(cells[1].outputs[1], Output::Stream { name: "stdout".to_owned(), text: "a".to_owned() });
        assert_eq!((cells[2].kind, cells[2].source.as_str()), (CellKind::Code(1), "y"));
    }

    #[test]
    fn what_only_python_reads() {
        let cells = cells(
            "\u{feff}{\"cells\": [], \"metadata\": {\"x\": NaN, \"y\": [-Infinity]},
              \"cells\": [{\"cell_type\": \"code\", \"source\": \"a \\ud83d\", \"source\": \"b \\ud83d\", \"execution_count\": 1.5}]}",
        );
        assert_eq!((cells[0].source.as_str(), cells[0].execution_count), ("b \u{fffd}", None));
    }

    #[test]
    fn deep_and_large_values_are_passed_over() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        let json = format!(
            "{{\"metadata\": {{\"widgets\": {deep}}}, \"cells\": [{{\"cell_type\": \"code\", \"source\": \"a\", \"outputs\": [
               {{\"output_type\": \"stream\", \"text\": [\"{text}\", \"é{text}\"]}}, {deep}]}}]}}",
            text = "é".repeat(30_000)
        );
        let cells = cells(&json);
        let Output::Stream { text, .. } = &cells[0].outputs[0] else { panic!("a stream") };
        assert_eq!(text.len(), OUTPUT_LIMIT);
    }

    #[test]
    fn errors_say_what_it_is() {
        assert_eq!(error(" \n"), NotebookError::Empty);
        assert_eq!(error(b"\xff\xfe{\0"), NotebookError::Encoding("UTF-16"));
        assert_eq!(error(b"{\0\n\0"), NotebookError::Encoding("UTF-16LE"));
        assert_eq!(error(b"{\n\"a\": \"\xe9\"}"), NotebookError::NotUtf8 { line: 2 });
        assert_eq!(
            error("{\"cells\": [],\n x}").to_string(),
            "not valid JSON at line 2, column 2: key must be a string"
        );
        let cut = error("{\"cells\": [");
        assert!(matches!(cut, NotebookError::NotJson { looks_like: LooksLike::Truncated, .. }), "{cut}");
        assert_eq!(
            error("[1]").to_string(),
            "not a notebook: it has no list of cells, and seems to be a JSON list or value"
        );
        assert_eq!(error("{\"a\": 1}"), NotebookError::NotNotebook { seems: "a JSON object with `a`".to_owned() });
        assert_eq!(error("{\"nbformat\": 2, \"worksheets\": []}"), NotebookError::TooOld { major: 2 });
        assert_eq!(error("{\"cells\": [{\"cell_type\": \"code\", \"source\": \" \"}]}"), NotebookError::NoCode);
        let r = "{\"cells\": [], \"metadata\": {\"language_info\": {\"name\": \"R\"}}}";
        assert_eq!(error(r), NotebookError::NotPython { language: "R".to_owned() });
    }
}
