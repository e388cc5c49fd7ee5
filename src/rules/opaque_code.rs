//! Code that nobody can see through.

use super::Finding;
use super::context::Context;
use super::registry::declare_rule;

declare_rule! {
    /// Production runs code that is made when it runs.
    OPAQUE_CODE = {
        name: "opaque-code",
        code: "H106",
        summary: "Production runs code that can't be seen: exec, eval, globals",
        level: Warning,
        docs: "opaque_code.md",
        check: Some(check),
    }
}

/// Functions that make names or run text.
const OPAQUE: &[&str] = &["exec", "eval", "globals", "locals", "vars", "__import__", "compile"];

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    for statement in context.production() {
        let mut told: Vec<&str> = Vec::new();
        for call in &statement.facts.calls {
            let Some(name) = call.function.as_deref() else { continue };
            let short = name.strip_prefix("builtins.").unwrap_or(name);
            if !(OPAQUE.contains(&short) || name == "importlib.import_module") || told.contains(&short) {
                continue;
            }
            told.push(short);
            findings.push(OPAQUE_CODE.finding(
                context.part(statement.facts.at, call.span),
                format!("production calls `{short}`: what it reads and changes can't be seen"),
                "write out the code that it runs, or check by hand that the package has all that it needs",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{borrowed, by_rule, churn};

    #[test]
    fn production_is_told() {
        let found = by_rule(&borrowed(&churn("X['a'] = eval('1 + 1')")), "opaque-code");
        assert!(found.len() == 1 && found[0].message.contains("`eval`"), "{found:?}");
    }

    #[test]
    fn exploration_and_methods_of_that_name_are_quiet() {
        assert_eq!(by_rule(&borrowed(&churn("print(eval('1 + 1'))")), "opaque-code"), []);
        assert_eq!(by_rule(&borrowed(&churn("X = X.eval('a = b + c')")), "opaque-code"), []);
    }
}
