//! The configuration's module and values.

use serde::Serialize;

use super::text::quoted;
use crate::plan::PackagePlan;

/// What the templates need to know of the configuration.
#[derive(Debug, Serialize)]
pub(super) struct ConfigView {
    sections: Vec<SectionView>,
    /// Whether any value is a list: TOML's arrays become tuples.
    lists: bool,
}

#[derive(Debug, Serialize)]
struct SectionView {
    name: String,
    class: String,
    docstring: String,
    fields: Vec<FieldView>,
    /// Whether any of its values is a list.
    lists: bool,
}

#[derive(Debug, Serialize)]
struct FieldView {
    name: String,
    /// The name as TOML's key.
    key: String,
    annotation: String,
    toml: String,
    position: usize,
}

impl ConfigView {
    /// The view of the plan's configuration.
    pub(super) fn new(plan: &PackagePlan) -> Self {
        let sections: Vec<SectionView> = plan
            .config
            .iter()
            .map(|section| {
                let fields: Vec<FieldView> = section
                    .fields
                    .iter()
                    .map(|field| FieldView {
                        name: field.name.clone(),
                        key: key(&field.name),
                        annotation: field.annotation.clone(),
                        toml: field.toml.clone(),
                        position: field.position,
                    })
                    .collect();
                SectionView {
                    name: section.name.clone(),
                    class: section.class.clone(),
                    docstring: section.docstring.clone(),
                    lists: fields.iter().any(|field| field.annotation.contains("tuple[")),
                    fields,
                }
            })
            .collect();
        Self { lists: sections.iter().any(|section| section.lists), sections }
    }
}

/// A name as TOML's key: quoted unless it is plain ASCII.
fn key(name: &str) -> String {
    if name.is_ascii() { name.to_owned() } else { quoted(name) }
}
