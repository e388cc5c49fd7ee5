//! Which language a notebook is in, from what kernels and platforms leave in its metadata.

use std::borrow::Cow;

use serde::de::MapAccess;

use super::any::{FromAny, skip, value};

/// The metadata that tell of the language.
#[derive(Default)]
pub(super) struct Metadata {
    kernel: Names,
    language_info: Names,
}

#[derive(Default)]
struct Names {
    name: Option<String>,
    language: Option<String>,
}

impl FromAny for Metadata {
    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut metadata = Self::default();
        while let Some(key) = object.next_key::<Cow<'de, str>>()? {
            match &*key {
                "kernelspec" => metadata.kernel = value(&mut object)?,
                "language_info" => metadata.language_info = value(&mut object)?,
                _ => skip(&mut object)?,
            }
        }
        Ok(metadata)
    }
}

impl FromAny for Names {
    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut names = Self::default();
        while let Some(key) = object.next_key::<Cow<'de, str>>()? {
            match &*key {
                "name" => names.name = value(&mut object)?,
                "language" => names.language = value(&mut object)?,
                _ => skip(&mut object)?,
            }
        }
        Ok(names)
    }
}

/// What Python is called by kernels whose language is Python or a dialect of it.
const PYTHON: &str = "\
    python python2 python3 ipython ipython2 ipython3 py py3 pyspark pyspark3 xpython sage sagemath micropython";

/// Kernels of other languages, by how their names start. Python kernels are named after environments, so any other name
/// may be one.
const OTHER_KERNELS: &str = "\
    ir julia javascript jslab tslab typescript deno scala spark2-scala spylon almond bash zsh ruby iruby perl \
    iperl haskell ihaskell octave matlab imatlab gophernotes rust evcxr java ijava kotlin .net clojure ocaml xcpp \
    cling sas stata sparkr sqlite xsql";

/// The language in lower case; a kernel that is not Python is the error, as stored.
pub(super) fn of(metadata: &Metadata) -> Result<String, String> {
    let said = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let languages: Vec<String> =
        [said(&metadata.kernel.language), said(&metadata.language_info.name)].into_iter().flatten().collect();
    if let Some(python) = languages.iter().find(|language| is_python(language)) {
        return Ok(python.trim().to_lowercase());
    }
    if let Some(language) = languages.into_iter().next() {
        return Err(language);
    }
    match said(&metadata.kernel.name) {
        Some(name) if is_other_kernel(&name) => Err(name),
        _ => Ok("python".to_owned()),
    }
}

fn is_python(language: &str) -> bool {
    let language = language.trim().to_lowercase();
    let word = language.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, ' ' | '.' | '-'));
    PYTHON.split(' ').any(|python| python == language || python == word)
}

fn is_other_kernel(name: &str) -> bool {
    let name = name.trim().to_lowercase();
    OTHER_KERNELS
        .split(' ')
        .any(|other| name.strip_prefix(other).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(kernel: &str, kernel_language: &str, info: &str) -> Result<String, String> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        of(&Metadata {
            kernel: Names { name: some(kernel), language: some(kernel_language) },
            language_info: Names { name: some(info), language: None },
        })
    }

    #[test]
    fn python_has_many_names() {
        for (kernel, kernel_language, info) in [
            ("", "", ""),
            ("python3", "python", "python"),
            ("conda-env-tf-py", "Python", ""),
            ("irene-env", "", ""),
            ("Python 2", "Python 2", ""),
            ("sagemath", "sage", "python"),
            ("pysparkkernel", "", "pyspark"),
            ("xpython", "python", ""),
        ] {
            assert!(language(kernel, kernel_language, info).is_ok(), "{kernel} {kernel_language} {info}");
        }
        assert_eq!(language("", "Python", ""), Ok("python".to_owned()));
    }

    #[test]
    fn others_are_named() {
        assert_eq!(language("ir", "R", "R"), Err("R".to_owned()));
        assert_eq!(language("julia-1.6", "", ""), Err("julia-1.6".to_owned()));
        assert_eq!(language("", "", "scala"), Err("scala".to_owned()));
    }
}
