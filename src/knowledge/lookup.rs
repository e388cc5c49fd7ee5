//! Finding facts: qualified names, inherited methods, methods of receivers whose type is not known.

use super::{
    Call, CallFact, ClassList, FACTS, FILES, File, Kind, Knowledge, Library, Metric, Praise, Setting, TypeFact,
};

/// The canonical, fully qualified name of something imported: `sklearn.metrics.accuracy_score`.
pub type CallName = String;

/// The last part of a qualified name.
#[must_use]
pub fn shorten(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Reads what the embedded files say of calls.
///
/// # Panics
///
/// If a fact is not valid; a test reads them all, so this can't happen in a released binary.
pub(super) fn call_facts() -> Vec<CallFact> {
    let read = |(place, text): &(&str, &str)| match serde_json::from_str(text) {
        Ok(fact) => fact,
        Err(error) => panic!("src/knowledge/{place}: {error}"),
    };
    FACTS.iter().map(read).collect()
}

impl ClassList {
    /// The list's constructor where a class has none of its own.
    fn constructor(&self) -> Option<Call> {
        let says = self.seed_parameter.is_some() || !self.holds.is_empty() || !self.parameters.is_empty();
        says.then(|| self.complete(CallFact::default()))
    }

    /// A constructor with what the list says.
    fn complete(&self, own: CallFact) -> Call {
        let fact = CallFact {
            seed_parameter: self.seed_parameter.clone(),
            draws: self.draws.clone(),
            draws_if: self.draws_if.clone(),
            may_draw: self.may_draw.clone(),
            holds: self.holds.clone(),
            parameters: self.parameters.clone(),
            formula: self.formula.clone(),
            ..own
        };
        // Facts live as long as the program.
        Call(Box::leak(Box::new(fact)))
    }
}

impl Knowledge {
    /// Reads and merges the embedded files.
    ///
    /// # Panics
    ///
    /// If an embedded file is not valid; a test reads them all, so this can't happen in a released binary.
    pub(super) fn load() -> Self {
        let mut all = Self::default();
        for (name, text) in FILES {
            match serde_json::from_str::<File>(text) {
                Ok(file) => all.merge(file),
                Err(error) => panic!("src/knowledge/{name}: {error}"),
            }
        }
        for fact in all.types.values().filter(|fact| fact.kind != Some(Kind::Display)) {
            for (method, call) in &fact.methods {
                let says = all.methods_by_name.entry(method).or_default();
                if call.writes.is_some() {
                    // Types differ in what they return; that a file is written they agree on.
                    says.writes.get_or_insert_with(|| CallFact { returns: None, ..(**call).clone() });
                } else {
                    says.writes_nothing = true;
                }
                if let Some(mutates) = &call.mutates {
                    says.mutates.insert(mutates.iter().any(|target| target == "self"));
                }
            }
        }
        all
    }

    fn merge(&mut self, file: File) {
        self.libraries.extend(file.library.into_iter().map(|library| (library.import.clone(), library)));
        self.functions.extend(file.functions);
        self.aliases.extend(file.aliases);
        self.imports.extend(file.imports);
        self.values.extend(file.values);
        self.settings.extend(file.settings);
        self.spoken.extend(file.spoken);
        self.praise = file.praise.unwrap_or_else(|| std::mem::take(&mut self.praise));
        self.metrics.extend(file.metrics);
        for (name, fact) in file.types {
            let known = self.types.entry(name).or_default();
            let bases = if fact.bases.is_empty() { std::mem::take(&mut known.bases) } else { fact.bases.clone() };
            *known = TypeFact { bases, ..fact };
        }
        for list in file.classes {
            let constructor = list.constructor();
            for name in &list.names {
                let known = self.types.entry(name).or_default();
                known.bases.push(list.base);
                if let Some(constructor) = constructor {
                    known.constructor = Some(match known.constructor {
                        Some(own) => list.complete((*own).clone()),
                        None => constructor,
                    });
                }
            }
        }
    }

    /// The name under which facts are kept: `seaborn.apionly` style re-exports are followed, longest prefix first.
    #[must_use]
    pub fn canonical(&self, name: &str) -> CallName {
        let mut end = name.len();
        loop {
            if let Some(target) = self.aliases.get(&name[..end]) {
                return format!("{target}{}", &name[end..]);
            }
            match name[..end].rfind('.') {
                Some(dot) => end = dot,
                None => return name.to_owned(),
            }
        }
    }

    /// What calling the function or class of this canonical name does.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&CallFact> {
        self.functions.get(name).map(|call| call.0)
    }

    /// The facts of a type.
    #[must_use]
    pub fn type_fact(&self, name: &str) -> Option<&TypeFact> {
        self.types.get(name)
    }

    /// The type's own facts and those of its bases, nearest first.
    pub fn lineage<'a>(&'a self, name: &str) -> Vec<&'a TypeFact> {
        let mut found: Vec<&TypeFact> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        let mut waiting = std::collections::VecDeque::from([name]);
        while let Some(next) = waiting.pop_front() {
            if !seen.insert(next) {
                continue;
            }
            if let Some(fact) = self.types.get(next) {
                found.push(fact);
                waiting.extend(&fact.bases);
            }
        }
        found
    }

    /// Whether `name` is `base` or derives from it.
    #[must_use]
    pub fn derives_from(&self, name: &str, base: &str) -> bool {
        name == base
            || self
                .types
                .get(name)
                .is_some_and(|fact| fact.bases.iter().any(|b| *b != name && self.derives_from(b, base)))
    }

    /// What a method of a type does.
    #[must_use]
    pub fn method(&self, type_name: &str, method: &str) -> Option<&CallFact> {
        self.lineage(type_name).into_iter().find_map(|fact| fact.methods.get(method)).map(|call| call.0)
    }

    /// The type of an attribute of a type; `self` for a part of the object.
    #[must_use]
    pub fn attribute(&self, type_name: &str, attribute: &str) -> Option<&str> {
        self.lineage(type_name).into_iter().find_map(|fact| fact.attributes.get(attribute)).copied()
    }

    /// The type of what stands at a key or a position in a value of this type.
    #[must_use]
    pub fn item(&self, type_name: &str) -> Option<&str> {
        self.lineage(type_name).into_iter().find_map(|fact| fact.items.as_deref())
    }

    /// The type of a module's attribute that is not called: `matplotlib.pyplot.rcParams`.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The ambient state that a module's attribute of this name is.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings.get(name)
    }

    /// The words of praise.
    #[must_use]
    pub fn praise(&self) -> &Praise {
        &self.praise
    }

    /// The metrics that notebooks print; those that say most come first.
    #[must_use]
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// What people call an estimator's class besides its own name: that of the longest beginning that is known.
    #[must_use]
    pub fn spoken(&self, class: &str) -> &[String] {
        let known = self.spoken.iter().filter(|(beginning, _)| class.starts_with(beginning.as_str()));
        known.max_by_key(|(beginning, _)| beginning.len()).map_or(&[], |(_, names)| names)
    }

    /// The ambient state that everything of a library depends on, by a qualified name in it.
    #[must_use]
    pub fn needs_of(&self, name: &str) -> &[String] {
        let import = name.split('.').next().unwrap_or(name);
        self.libraries.get(import).map_or(&[], |library| &library.needs)
    }

    /// What the constructor of a type does.
    #[must_use]
    pub fn constructor(&self, type_name: &str) -> Option<&CallFact> {
        self.lineage(type_name).into_iter().find_map(|fact| fact.constructor).map(|call| call.0)
    }

    /// What kind of thing a type is.
    #[must_use]
    pub fn kind(&self, type_name: &str) -> Option<Kind> {
        self.lineage(type_name).into_iter().find_map(|fact| fact.kind)
    }

    /// How a signature spells a type, and the import it needs.
    #[must_use]
    pub fn annotation(&self, type_name: &str) -> Option<(&str, Option<&str>)> {
        let fact = self.types.get(type_name)?;
        Some((fact.annotation.as_deref()?, fact.annotation_import.as_deref()))
    }

    /// The method that copies a value of the type.
    #[must_use]
    pub fn copy_method(&self, type_name: &str) -> Option<&str> {
        self.lineage(type_name).into_iter().find_map(|fact| fact.copy.as_deref())
    }

    /// What a method does that writes a file on every known type that has it.
    #[must_use]
    pub fn writer_by_name(&self, method: &str) -> Option<&CallFact> {
        let says = self.methods_by_name.get(method)?;
        says.writes.as_ref().filter(|_| !says.writes_nothing)
    }

    /// Whether a method of this name changes its receiver, if all known types that have it agree.
    #[must_use]
    pub fn mutates_by_name(&self, method: &str) -> Option<bool> {
        let mut known = self.methods_by_name.get(method)?.mutates.iter();
        match (known.next(), known.next()) {
            (Some(only), None) => Some(*only),
            _ => None,
        }
    }

    /// The library that an import name belongs to.
    #[must_use]
    pub fn library(&self, import: &str) -> Option<&Library> {
        self.libraries.get(import)
    }

    /// The module that a name stands for by convention, where nothing says otherwise: `pd`, `np`, `pickle`.
    #[must_use]
    pub fn conventional_module(&self, name: &str) -> Option<&str> {
        const STANDARD: [&str; 10] =
            ["pickle", "os", "sys", "json", "math", "time", "random", "datetime", "re", "warnings"];
        let library = self.libraries.values().find(|library| library.alias.as_deref() == Some(name));
        let library = library.map(|library| library.import.as_str());
        library
            .or_else(|| self.libraries.get(name).map(|library| library.import.as_str()))
            .or_else(|| STANDARD.into_iter().find(|module| *module == name))
    }

    /// All libraries with facts of their own.
    pub fn libraries(&self) -> impl Iterator<Item = &Library> {
        self.libraries.values()
    }

    /// The distribution that provides an import name, longest dotted prefix first.
    #[must_use]
    pub fn distribution(&self, module: &str) -> Option<&str> {
        let mut name = module;
        loop {
            if let Some(found) = self.libraries.get(name).and_then(|library| library.distribution.as_deref()) {
                return Some(found);
            }
            if let Some(found) = self.imports.get(name) {
                return Some(found);
            }
            name = &name[..name.rfind('.')?];
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{FILES, Returns, knowledge};

    #[test]
    fn every_file_reads_and_every_base_exists() {
        let all = knowledge();
        for (name, fact) in &all.types {
            for base in &fact.bases {
                assert!(all.types.contains_key(base), "{name} has the unknown base {base}");
            }
        }
    }

    #[test]
    fn facts_are_said_once_and_no_alias_hides_them() {
        let all = knowledge();
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for (file, text) in FILES {
            let content: serde_json::Value = serde_json::from_str(text).expect("an embedded file is JSON");
            for table in ["functions", "types", "aliases", "imports", "values", "settings"] {
                let entries = content.get(table).and_then(|entries| entries.as_object());
                for name in entries.into_iter().flat_map(|entries| entries.keys()) {
                    let other = seen.insert(format!("{table} {name}"), file);
                    assert_eq!(other, None, "{table} of {file}: {name} stands in another file too");
                }
            }
        }
        for name in all.functions.keys().chain(all.types.keys()) {
            assert_eq!(all.canonical(name), **name, "an alias hides the facts of {name}");
        }
        for (name, target) in &all.aliases {
            assert_eq!(all.canonical(target), **target, "the alias {name} leads to another alias");
        }
    }

    #[test]
    fn what_calls_return_is_known() {
        let all = knowledge();
        let methods = all.types.iter().flat_map(|(name, fact)| fact.methods.iter().map(move |(m, c)| (name, m, c)));
        let functions = all.functions.iter().map(|(name, call)| (name, name, call));
        for (owner, name, call) in methods.chain(functions) {
            let returned = match &call.returns {
                None => &[],
                Some(Returns::One(text)) => std::slice::from_ref(text),
                Some(Returns::Tuple(items)) => items.as_slice(),
            };
            for text in returned.iter().filter(|text| text.contains('.')) {
                assert!(all.types.contains_key(text.as_str()), "{owner} {name} returns the unknown type {text}");
            }
        }
    }

    #[test]
    fn methods_are_inherited() {
        let fact = knowledge().method("sklearn.linear_model.LogisticRegression", "fit");
        assert_eq!(fact.and_then(|f| f.purpose), Some(super::super::Purpose::Fit));
    }

    #[test]
    fn distributions_follow_the_longest_prefix() {
        assert_eq!(knowledge().distribution("sklearn.metrics"), Some("scikit-learn"));
        assert_eq!(knowledge().distribution("cv2"), Some("opencv-python"));
    }
}
