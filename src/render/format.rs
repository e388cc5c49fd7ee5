//! Formatting of generated Python. The only module that knows the formatter: it is exact (what `ruff format` prints on
//! every machine) and it parses first, so that invalid generated code never leaves the tool unnoticed.

use ruff_python_formatter::{PyFormatOptions, format_module_source};

/// The line length of generated code.
pub(super) const LINE_LENGTH: u16 = 120;

/// `source` as `ruff format` prints it, or why it is no Python.
pub(super) fn format_python(source: &str) -> anyhow::Result<String> {
    let options =
        PyFormatOptions::default().with_line_width(LINE_LENGTH.try_into()?).with_target_version((3, 11).into());
    match format_module_source(source, options) {
        Ok(printed) => Ok(printed.into_code()),
        Err(error) => {
            let line = error
                .range()
                .and_then(|range| source.get(..usize::from(range.start())))
                .map_or(1, |before| before.matches('\n').count() + 1);
            let text = source.lines().nth(line - 1).unwrap_or_default().trim();
            Err(anyhow::anyhow!("line {line}, `{text}`: {error}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_as_ruff_does() {
        assert_eq!(format_python("x = {'a':1}\ndef f( a ):\n  return a\n").unwrap(), {
            "x = {\"a\": 1}\n\n\ndef f(a):\n    return a\n"
        });
    }

    #[test]
    fn names_the_line_that_is_no_python() {
        let error = format_python("x = 1\nprint 'x'\n").unwrap_err().to_string();
        assert!(error.starts_with("line 2, `print 'x'`"), "{error}");
    }
}
