//! Outputs of nbformat 3 and 4, reduced to text.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess};

use super::Output;
use super::any::{FromAny, Text, skip, value};

/// More text than this of one output is of no use: tables and logs begin with what matters.
pub(super) const OUTPUT_LIMIT: usize = 64 * 1024;

type OutputText = Text<OUTPUT_LIMIT>;
/// An output of either format.
#[derive(Default)]
pub(super) struct RawOutput {
    output_type: String,
    name: Option<String>,
    text: String,
    data: Data,
    /// What nbformat 3 stores beside `text` rather than in `data`.
    beside: Vec<String>,
    error_name: String,
    error_value: String,
}

impl FromAny for RawOutput {
    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut output = Self::default();
        while let Some(key) = object.next_key::<Cow<'de, str>>()? {
            match &*key {
                "output_type" => output.output_type = value::<Option<String>, _>(&mut object)?.unwrap_or_default(),
                "name" | "stream" => output.name = value(&mut object)?,
                "text" => output.text = value::<OutputText, _>(&mut object)?.0,
                "data" => output.data = value(&mut object)?,
                "ename" => output.error_name = value::<OutputText, _>(&mut object)?.0,
                "evalue" => output.error_value = value::<OutputText, _>(&mut object)?.0,
                key => {
                    output.beside.extend(mime_type(key).map(str::to_owned));
                    skip(&mut object)?;
                }
            }
        }
        Ok(output)
    }
}

/// nbformat 3's names for MIME types.
fn mime_type(key: &str) -> Option<&'static str> {
    Some(match key {
        "html" => "text/html",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpeg" => "image/jpeg",
        "pdf" => "application/pdf",
        "latex" => "text/latex",
        "json" => "application/json",
        "javascript" => "application/javascript",
        _ => return None,
    })
}

impl RawOutput {
    pub(super) fn finish(self) -> Option<Output> {
        match self.output_type.as_str() {
            "stream" => {
                Some(Output::Stream { name: self.name.unwrap_or_else(|| "stdout".to_owned()), text: self.text })
            }
            "error" | "pyerr" => Some(Output::Error { name: self.error_name, value: self.error_value }),
            "execute_result" | "display_data" | "pyout" | "update_display_data" => {
                let text = if self.data.text.is_empty() { self.text } else { self.data.text };
                let mut other = self.data.other;
                other.extend(self.beside);
                other.sort();
                other.dedup();
                Some(Output::Display { text, other })
            }
            _ => None,
        }
    }
}

/// nbformat 4's bundle of representations.
#[derive(Default)]
struct Data {
    text: String,
    other: Vec<String>,
}

impl FromAny for Data {
    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut data = Self::default();
        while let Some(key) = object.next_key::<Cow<'de, str>>()? {
            if key == "text/plain" {
                data.text = value::<OutputText, _>(&mut object)?.0;
            } else {
                object.next_value::<IgnoredAny>()?;
                data.other.push(key.into_owned());
            }
        }
        Ok(data)
    }
}
