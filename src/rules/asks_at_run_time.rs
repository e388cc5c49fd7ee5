//! Production that asks whoever runs it.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::context::Context;
use super::registry::declare_rule;
use crate::analysis::Analysis;
use crate::dataflow::Definition;
use crate::syntax::At;
use crate::syntax::ast::{Expr, ExprKind, Span, Stmt, StmtKind};

declare_rule! {
    /// Production calls `input` or `getpass`.
    ASKS_AT_RUN_TIME = {
        name: "asks-at-run-time",
        code: "P105",
        summary: "Production asks whoever runs it for a value",
        level: Warning,
        docs: "asks_at_run_time.md",
        check: Some(check),
    }
}

/// A call that asks for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// The call.
    pub(crate) span: Span,
    /// The function, as the notebook writes it.
    pub(crate) function: String,
    /// The environment variable that the package reads instead; none in a loop or a function, which may ask for another
    /// value each time.
    pub(crate) variable: Option<String>,
}

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    for statement in context.production() {
        let at = statement.facts.at;
        for question in questions(context.analysis, at) {
            let asks = format!("production asks for a value with `{}`, which a package can't", question.function);
            let (message, help) = match &question.variable {
                Some(name) => (
                    format!("{asks}: the package reads it from the environment variable `{name}`"),
                    format!("set `{name}` where the package runs, or write the value into the notebook"),
                ),
                None => (
                    format!("{asks}, and may do so more than once"),
                    "write the values into the notebook: the package stops here and waits".to_owned(),
                ),
            };
            findings.push(ASKS_AT_RUN_TIME.decision(true, context.part(at, Some(question.span)), message, help));
        }
    }
}

/// The calls of a statement that ask for a value, those in the functions that it defines included. No two of a notebook
/// have the same variable.
pub(crate) fn questions(analysis: &Analysis, at: At) -> Vec<Question> {
    let asks = |text: &str| text.contains("input") || text.contains("getpass");
    if !analysis.cell(at.cell).is_some_and(|cell| asks(&cell.source.python)) {
        return Vec::new();
    }
    let search = Search { functions: functions(analysis) };
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for facts in &analysis.graph.statements {
        let Some(statement) = analysis.statement(facts.at) else { continue };
        let mut found = Vec::new();
        search.statement(statement, false, &mut found);
        for name in found.iter_mut().filter_map(|question| question.variable.as_mut()) {
            let count = taken.entry(name.clone()).or_default();
            *count += 1;
            if *count > 1 {
                *name = format!("{name}_{count}");
            }
        }
        if facts.at == at {
            return found;
        }
    }
    Vec::new()
}

/// The names by which the notebook can ask.
fn functions(analysis: &Analysis) -> BTreeSet<String> {
    let mut names = BTreeSet::from(["getpass.getpass".to_owned()]);
    let statements = analysis.graph.statements.iter();
    let own = |name: &str| {
        let binds = |definition: Definition| definition != Definition::Import;
        statements.clone().any(|facts| facts.binds.get(name).is_some_and(|binding| binds(binding.definition)))
    };
    if !own("input") {
        names.insert("input".to_owned());
    }
    for statement in analysis.cells.iter().flat_map(|cell| &cell.statements) {
        if let StmtKind::ImportFrom { module, names: aliases, .. } = &statement.kind
            && module == "getpass"
        {
            names.extend(aliases.iter().filter(|alias| alias.name == "getpass").map(|a| a.bound().to_owned()));
        }
    }
    names
}

struct Search {
    functions: BTreeSet<String>,
}

impl Search {
    fn statement(&self, statement: &Stmt, again: bool, found: &mut Vec<Question>) {
        let target = match &statement.kind {
            StmtKind::Assign { targets, value } => match targets.as_slice() {
                [Expr { kind: ExprKind::Name(name), .. }] => self.asked(value).map(|call| (call, name.as_str())),
                _ => None,
            },
            _ => None,
        };
        let again = again
            || matches!(
                statement.kind,
                StmtKind::For { .. } | StmtKind::While { .. } | StmtKind::FunctionDef(_) | StmtKind::ClassDef(_)
            );
        for expression in statement.expressions() {
            let mut comprehensions: Vec<Span> = Vec::new();
            expression.walk(&mut |inner| {
                if matches!(inner.kind, ExprKind::Comprehension { .. } | ExprKind::Lambda { .. }) {
                    comprehensions.push(inner.span);
                }
                let Some((function, prompt)) = self.question(inner) else { return };
                let again = again || comprehensions.iter().any(|span| span.contains(inner.span));
                let bound = target.filter(|(call, _)| *call == inner.span).map(|(_, name)| name);
                let names = [bound, prompt].into_iter().flatten().map(variable_name);
                let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| "ANSWER".to_owned());
                found.push(Question { span: inner.span, function, variable: (!again).then_some(name) });
            });
        }
        for inner in statement.bodies().into_iter().flatten() {
            self.statement(inner, again, found);
        }
    }

    /// The function that a call asks with, and its prompt.
    fn question<'e>(&self, call: &'e Expr) -> Option<(String, Option<&'e str>)> {
        let ExprKind::Call { function, arguments } = &call.kind else { return None };
        let function = function.dotted()?.join(".");
        let prompt = arguments.first().and_then(|argument| match &argument.value.kind {
            ExprKind::Str(text) => Some(text.as_str()),
            _ => None,
        });
        self.functions.contains(&function).then_some((function, prompt))
    }

    /// The question whose answer a value is, converted at most: `int(input())`, `input().strip()`.
    fn asked(&self, value: &Expr) -> Option<Span> {
        if self.question(value).is_some() {
            return Some(value.span);
        }
        let ExprKind::Call { function, arguments } = &value.kind else { return None };
        match (&function.kind, arguments.as_slice()) {
            (ExprKind::Name(_), [only]) => self.asked(&only.value),
            (ExprKind::Attribute { value, .. }, []) => self.asked(value),
            _ => None,
        }
    }
}

/// `learning rate: ` is `LEARNING_RATE`.
fn variable_name(text: &str) -> String {
    let words: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_uppercase)
        .collect();
    let name = words.join("_");
    if name.len() > 40 || name.starts_with(|c: char| c.is_ascii_digit()) { String::new() } else { name }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{borrowed, by_rule, churn};

    const RULE: &str = "asks-at-run-time";

    #[test]
    fn a_question_that_production_needs_blocks() {
        let found = by_rule(&borrowed(&churn("X = X * float(input('Scale: '))")), RULE);
        assert!(found.len() == 1 && found[0].blocking && found[0].message.contains("`SCALE`"), "{found:?}");
        let found = by_rule(&borrowed(&churn("from getpass import getpass as ask\nk = ask()\nX = X * len(k)")), RULE);
        assert!(found.len() == 1 && found[0].message.contains("`K`"), "{found:?}");
    }

    #[test]
    fn questions_that_may_come_again_have_no_answer() {
        for code in
            ["for c in X:\n    X[c] = X[c] * float(input(c))", "def f():\n    return float(input())\nX = X * f()"]
        {
            let found = by_rule(&borrowed(&churn(code)), RULE);
            assert!(found.len() == 1 && found[0].message.contains("more than once"), "{found:?}");
        }
    }

    #[test]
    fn two_questions_have_two_answers() {
        let found = by_rule(&borrowed(&churn("X = X * int(input()) + int(input())")), RULE);
        let messages: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
        assert!(found.len() == 2 && messages.iter().any(|text| text.contains("`ANSWER_2`")), "{messages:?}");
    }

    #[test]
    fn exploration_and_own_functions_are_quiet() {
        assert_eq!(by_rule(&borrowed(&churn("print(input('go on? '))")), RULE), []);
        let own = "def input(x):\n    return x\nX = X * input(2)";
        assert_eq!(by_rule(&borrowed(&churn(own)), RULE), []);
    }
}
