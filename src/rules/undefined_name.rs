//! Names that nothing defines.

use std::collections::BTreeMap;

use super::context::Context;
use super::registry::declare_rule;
use super::{Finding, Place};
use crate::dataflow::Undefined;
use crate::diagnostics::nearest;
use crate::knowledge::knowledge;

declare_rule! {
    /// A name that is read and that nothing in the notebook defines.
    UNDEFINED_NAME = {
        name: "undefined-name",
        code: "H103",
        summary: "A name is read that nothing defines",
        level: Error,
        docs: "undefined_name.md",
        check: Some(check),
    }
}

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    for (undefined, others) in by_name(context, |undefined| undefined.defined_later.is_none()) {
        let Some(facts) = context.analysis.graph.statements.get(undefined.statement) else { continue };
        let production = context.is_kept(undefined.statement);
        let reader = if production { "production reads" } else { "exploration reads" };
        findings.push(UNDEFINED_NAME.decision(
            production,
            context.place(facts.at).map(|place| Place { lines: (undefined.line, undefined.line), ..place }),
            format!("{reader} `{}`, which nothing defines{}", undefined.name, elsewhere(others)),
            help(context, &undefined.name),
        ));
    }
}

/// One read of each name, production's first, with the number of other statements that read it.
pub(super) fn by_name<'a>(context: Context<'a>, wanted: fn(&Undefined) -> bool) -> Vec<(&'a Undefined, usize)> {
    let mut found: BTreeMap<&'a str, Vec<&'a Undefined>> = BTreeMap::new();
    for undefined in context.analysis.graph.undefined.iter().filter(|undefined| wanted(undefined)) {
        found.entry(&undefined.name).or_default().push(undefined);
    }
    let mut firsts = Vec::new();
    for reads in found.into_values() {
        let others = reads.len() - 1;
        let first = reads.into_iter().min_by_key(|read| (!context.is_kept(read.statement), read.statement));
        firsts.extend(first.map(|read| (read, others)));
    }
    firsts
}

/// How many statements besides the one that is named.
pub(super) fn elsewhere(others: usize) -> String {
    match others {
        0 => String::new(),
        1 => " (so does one other statement)".to_owned(),
        _ => format!(" (so do {others} other statements)"),
    }
}

fn help(context: Context<'_>, name: &str) -> String {
    if let Some(library) = knowledge().libraries().find(|library| library.alias.as_deref() == Some(name)) {
        return format!("add `import {} as {name}`", library.import);
    }
    if knowledge().library(name).is_some() {
        return format!("add `import {name}`");
    }
    let bound = context.analysis.graph.statements.iter().flat_map(|facts| facts.binds.keys());
    match nearest(name, bound.map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`? Otherwise bring back the cell that defined it"),
        None => "bring back the cell that defined it, or remove what reads it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{borrowed, by_rule, churn};

    #[test]
    fn production_stops() {
        let cells = churn("X = X.fillna(medain)");
        let found = by_rule(&borrowed(&cells), "undefined-name");
        assert!(found[0].blocking && found[0].message.contains("`medain`"), "{found:?}");
    }

    #[test]
    fn the_nearest_name_and_imports_are_offered() {
        let cells = churn("median = X.median()\nX = X.fillna(medain)");
        assert!(by_rule(&borrowed(&cells), "undefined-name")[0].help.contains("`median`"));
        assert!(by_rule(&["np.zeros(3)"], "undefined-name")[0].help.contains("import numpy as np"));
    }

    #[test]
    fn exploration_does_not_block() {
        let cells = churn("print(forgotten)");
        let found = by_rule(&borrowed(&cells), "undefined-name");
        assert!(!found[0].blocking, "{found:?}");
    }

    #[test]
    fn defined_names_are_quiet() {
        assert_eq!(by_rule(&borrowed(&churn("print(len(X), _, display)")), "undefined-name"), []);
    }
}
