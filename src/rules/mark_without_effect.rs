//! Comments and tags that were meant as marks and are none.

use super::Finding;
use super::context::{Context, enumerate};
use super::registry::declare_rule;
use crate::classify::{Source, WORDS, Why, WithoutEffect};
use crate::knowledge::Purpose;

declare_rule! {
    /// What was meant as a mark and is none.
    MARK_WITHOUT_EFFECT = {
        name: "mark-without-effect",
        code: "X106",
        summary: "A comment or tag was meant as a mark and decides nothing",
        level: Warning,
        docs: "mark_without_effect.md",
        check: Some(check),
    }
}

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    for mark in &context.analysis.classification.marks.without_effect {
        let (message, help) = words(mark);
        let line = mark.line.unwrap_or(1);
        findings.push(MARK_WITHOUT_EFFECT.finding(Some(context.lines(mark.cell, (line, line))), message, help));
    }
    models(context, findings);
}

fn words(mark: &WithoutEffect) -> (String, String) {
    let text = &mark.text;
    match &mark.why {
        Why::Unknown(meant) => {
            let what = if mark.line.is_some() {
                format!("`{text}` is no mark")
            } else {
                format!("the tag `{text}` is no mark")
            };
            let known: Vec<String> = WORDS.iter().map(|word| format!("`{word}`")).collect();
            let help = meant.as_ref().map_or_else(
                || format!("the marks are {}; `ignore[rule-name] reason` leaves out a finding", enumerate(&known)),
                |meant| format!("did you mean `{meant}`?"),
            );
            (what, help)
        }
        Why::Inside(what) => (
            format!("`{text}` stands inside of {what}, of which no part can be decided alone"),
            "write it above the whole statement or behind its first line; or move the line out".to_owned(),
        ),
        Why::NothingFollows => (
            format!("no statement follows `{text}`"),
            "write it above the statement that is meant, or behind it".to_owned(),
        ),
    }
}

/// Marks of a model where none is fitted.
fn models(context: Context<'_>, findings: &mut Vec<Finding>) {
    let classification = &context.analysis.classification;
    let fits = |statement: usize| {
        let calls = &context.analysis.graph.statements[statement].calls;
        classification.candidates.iter().any(|candidate| candidate.fit_statement == statement)
            || calls.iter().any(|call| matches!(call.purpose, Some(Purpose::Fit | Purpose::TrainStep)))
    };
    let marks = &classification.marks.models;
    let mut told = Vec::new();
    for (index, mark) in marks {
        let at = context.analysis.graph.statements[*index].at;
        // The statements that share the mark.
        let key = (at.cell, mark.line);
        let of_cell = |other: usize| context.analysis.graph.statements[other].at.cell == at.cell;
        if told.contains(&key) || marks.iter().any(|(other, same)| of_cell(*other) && same == mark && fits(*other)) {
            continue;
        }
        told.push(key);
        let said = if mark.source == Source::Tag { "the cell is tagged" } else { "the code is marked" };
        findings.push(MARK_WITHOUT_EFFECT.finding(
            context.place(at),
            format!("{said} `{}`, and no model is fitted here", mark.text),
            "mark the statement that fits the production model, the one with `fit`",
        ));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{analyse, borrowed, by_rule, cell, churn, of_cells};

    const RULE: &str = "mark-without-effect";

    #[test]
    fn misspelt_marks_get_the_nearest_word() {
        let found = by_rule(&["x = 1  # nb2pkg: prod"], RULE);
        assert_eq!(found[0].message, "`# nb2pkg: prod` is no mark");
        assert!(found[0].help.contains("`# nb2pkg: production`"), "{found:?}");
        let mut tagged = cell("x = 1", None, &[]);
        tagged["metadata"] = json!({"tags": ["nb2pkg-exploraton"]});
        let found = analyse(&of_cells(&[tagged])).findings;
        assert!(found[0].rule == RULE && found[0].help.contains("`nb2pkg-exploration`"), "{found:?}");
        assert!(by_rule(&["!ls  # nb2pkg: prod"], RULE).len() == 1);
    }

    #[test]
    fn a_line_of_a_loop_cannot_be_decided_alone() {
        let found = by_rule(&["for i in range(3):\n    print(i)\n    print(2)  # nb2pkg: exploration"], RULE);
        assert!(found.len() == 1 && found[0].message.contains("inside of a loop"), "{found:?}");
        assert_eq!(found[0].place.as_ref().map(|place| place.lines), Some((3, 3)));
        assert_eq!(
            by_rule(&["x = 1\n# nb2pkg: production"], RULE)[0].message,
            "no statement follows `# nb2pkg: production`"
        );
    }

    #[test]
    fn a_model_is_fitted_where_one_is_marked() {
        let found = by_rule(&borrowed(&churn("X = X.fillna(0)  # nb2pkg: model")), RULE);
        assert!(found.len() == 1 && found[0].message.contains("no model is fitted here"), "{found:?}");
        let cells: Vec<String> = churn("")
            .iter()
            .map(|code| code.replace("model.fit(X_train, y_train)", "model.fit(X_train, y_train)  # nb2pkg: model"))
            .collect();
        assert_eq!(by_rule(&borrowed(&cells), RULE), []);
    }

    #[test]
    fn marks_and_other_comments_are_quiet() {
        for source in
            ["x = 1  # nb2pkg: production", "# production\nx = 1", "x = 1  # nb2pkg: ignore[machine-path] ours"]
        {
            assert_eq!(by_rule(&[source], RULE), [], "{source}");
        }
    }
}
