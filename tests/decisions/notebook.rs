//! A case as the notebook that it stands for.

use serde_json::{Value, json};

use crate::cases::{CELL, MARK};

/// What begins a line of what a cell has printed, and of what its last expression has shown.
const PRINTED: &str = "#>";
const SHOWN: &str = "#=";

/// A notebook, and where its cells stand in the case.
#[derive(Debug, Default)]
pub(crate) struct Notebook {
    /// As a file has it.
    pub(crate) bytes: Vec<u8>,
    /// For each cell the 1-based line that divides it from what is above.
    pub(crate) starts: Vec<usize>,
    /// The expectations of all lines, with their 1-based numbers; those above the first cell are about the whole.
    pub(crate) expectations: Vec<(usize, String)>,
}

/// Reads a case.
pub(crate) fn read(text: &str) -> Result<Notebook, String> {
    let mut notebook = Notebook::default();
    let mut cells: Vec<Cell<'_>> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if let Some(rest) = line.strip_prefix(CELL) {
            notebook.starts.push(number);
            cells.push(Cell::opened(rest.trim()).map_err(|why| format!("line {number}: {why}"))?);
            continue;
        }
        let (code, expectation) = match line.rsplit_once(MARK) {
            Some((code, expectation)) => (code.trim_end(), Some(expectation)),
            None => (line, None),
        };
        notebook.expectations.extend(expectation.map(|expectation| (number, expectation.to_owned())));
        match cells.last_mut() {
            Some(cell) => cell.add(code).map_err(|why| format!("line {number}: {why}"))?,
            None if code.is_empty() || code.starts_with('#') => {}
            None => return Err(format!("line {number}: code stands in a cell, below `{CELL}`")),
        }
    }
    let cells: Vec<Value> = cells.iter().map(Cell::value).collect();
    let whole = json!({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells});
    notebook.bytes = whole.to_string().into_bytes();
    Ok(notebook)
}

#[derive(Debug, Default)]
struct Cell<'t> {
    markdown: bool,
    tags: Vec<String>,
    lines: Vec<&'t str>,
    printed: Vec<&'t str>,
    shown: Vec<&'t str>,
}

impl<'t> Cell<'t> {
    /// What stands behind the divider: `[markdown]`, or `tags=["exploration"]`.
    fn opened(rest: &str) -> Result<Self, String> {
        let mut cell = Self::default();
        if rest == "[markdown]" {
            cell.markdown = true;
        } else if let Some(tags) = rest.strip_prefix("tags=") {
            cell.tags = serde_json::from_str(tags).map_err(|error| format!("tags are a list of strings: {error}"))?;
        } else if !rest.is_empty() {
            return Err(format!("behind `{CELL}` stands nothing, `[markdown]` or `tags=[…]`, and not `{rest}`"));
        }
        Ok(cell)
    }

    fn add(&mut self, line: &'t str) -> Result<(), String> {
        let output = |text: &'t str| text.strip_prefix(' ').unwrap_or(text);
        if self.markdown {
            match line.strip_prefix('#') {
                Some(text) => self.lines.push(output(text)),
                None if line.is_empty() => {}
                None => return Err("a line of text begins with `#`".to_owned()),
            }
        } else if let Some(text) = line.strip_prefix(PRINTED) {
            self.printed.push(output(text));
        } else if let Some(text) = line.strip_prefix(SHOWN) {
            self.shown.push(output(text));
        } else if line.is_empty() || (self.printed.is_empty() && self.shown.is_empty()) {
            self.lines.push(line);
        } else {
            return Err("output stands at a cell's end".to_owned());
        }
        Ok(())
    }

    fn value(&self) -> Value {
        let source = self.lines.join("\n");
        let source = source.trim_end();
        if self.markdown {
            return json!({"cell_type": "markdown", "metadata": {}, "source": source});
        }
        let mut outputs = Vec::new();
        if !self.printed.is_empty() {
            let text = self.printed.join("\n") + "\n";
            outputs.push(json!({"output_type": "stream", "name": "stdout", "text": text}));
        }
        if !self.shown.is_empty() {
            let data = json!({"text/plain": self.shown.join("\n")});
            outputs
                .push(json!({"output_type": "execute_result", "execution_count": null, "metadata": {}, "data": data}));
        }
        json!({"cell_type": "code", "metadata": {"tags": self.tags}, "execution_count": null, "outputs": outputs,
               "source": source})
    }
}
