//! How signatures spell the types that the analysis found.

use std::collections::BTreeSet;

use crate::knowledge::knowledge;

/// The annotation for a type, and the imports that it needs.
pub(super) fn annotation(type_name: Option<&str>) -> (String, BTreeSet<String>) {
    let any = || ("Any".to_owned(), BTreeSet::from(["from typing import Any".to_owned()]));
    let Some(name) = type_name else { return any() };
    if let "str" | "int" | "float" | "bool" = name {
        // A number may have become another kind of number on some path.
        return if name == "str" || name == "bool" { (name.to_owned(), BTreeSet::new()) } else { any() };
    }
    if let Some((text, import)) = knowledge().annotation(name) {
        return (text.to_owned(), import.map(str::to_owned).into_iter().collect());
    }
    // A public class of a known library is imported by its own name.
    if knowledge().kind(name).is_some()
        && let Some((module, class)) = name.rsplit_once('.')
        && class.starts_with(|c: char| c.is_ascii_uppercase())
        && !module.ends_with(".base")
    {
        return (class.to_owned(), BTreeSet::from([format!("from {module} import {class}")]));
    }
    any()
}

/// How a value of this type is copied, if a stage has to keep its caller's value as it is.
pub(super) fn copy_call(type_name: Option<&str>) -> Option<String> {
    let method = knowledge().copy_method(type_name?)?;
    Some(format!("{method}()"))
}
