//! Marks that say the opposite of each other.

use std::collections::BTreeMap;

use super::context::{Context, enumerate};
use super::registry::declare_rule;
use super::{Finding, Place};
use crate::classify::{Mark, Source};

declare_rule! {
    /// Marks that say the opposite of each other.
    CONTRADICTORY_MARKS = {
        name: "contradictory-marks",
        code: "X105",
        summary: "Marks of one cell or statement say the opposite of each other",
        level: Warning,
        docs: "contradictory_marks.md",
        check: Some(check),
    }
}

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    for contradiction in &context.analysis.classification.marks.contradictions {
        let (holds, other) = (&contradiction.holds, &contradiction.other);
        let line = other.line.or(holds.line).unwrap_or(1);
        findings.push(CONTRADICTORY_MARKS.finding(
            Some(context.lines(contradiction.cell, (line, line))),
            format!("{}, but {}: {} holds", other.evidence(), holds.evidence(), holder(holds)),
            "keep one of the two; the configuration goes before comments, comments before tags",
        ));
    }
    several_models(context, findings);
}

/// What a mark is, so that one can say that it holds.
fn holder(mark: &Mark) -> String {
    match mark.source {
        Source::Configuration => "the configuration".to_owned(),
        Source::Tag => format!("`{}`", mark.text),
        Source::Behind | Source::Above | Source::CellComment => "the comment".to_owned(),
        Source::Export | Source::Hidden => "the directive".to_owned(),
    }
}

/// There is one production model: more than one model that is marked as such leaves it open which.
fn several_models(context: Context<'_>, findings: &mut Vec<Finding>) {
    let classification = &context.analysis.classification;
    let mut marked: BTreeMap<&str, Place> = BTreeMap::new();
    for candidate in &classification.candidates {
        if classification.marks.models.contains_key(&candidate.fit_statement) {
            let place = context.place(candidate.fit);
            marked.extend(place.map(|place| (candidate.variable.as_str(), place)));
        }
    }
    if marked.len() < 2 {
        return;
    }
    let names: Vec<String> = marked.keys().map(|name| format!("`{name}`")).collect();
    findings.push(CONTRADICTORY_MARKS.finding(
        marked.into_values().max(),
        format!("{} are all marked as the production model, and there is one", enumerate(&names)),
        "keep the mark of one of them",
    ));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{analyse, borrowed, by_rule, cell, churn, of_cells};
    use crate::analysis::Analysis;
    use crate::classify::Choice;

    const RULE: &str = "contradictory-marks";

    #[test]
    fn tags_comments_and_the_configuration_may_disagree() {
        let mut tagged = cell("# nb2pkg: production\nx = 1", None, &[]);
        tagged["metadata"] = json!({"tags": ["exploration"]});
        let found = analyse(&of_cells(&[tagged.clone()])).findings;
        assert_eq!(found[0].message, "tagged `exploration`, but marked `# nb2pkg: production`: the comment holds");
        let choice = Choice { exploration_cells: [0].into(), ..Choice::default() };
        let notebook = of_cells(&[tagged]).to_string();
        let found = Analysis::of_notebook(notebook.as_bytes(), &choice).expect("a notebook").findings;
        assert!(found.len() == 1 && found[0].message.ends_with("the configuration holds"), "{found:?}");
    }

    #[test]
    fn a_cell_tagged_both_ways_is_told() {
        let mut both = cell("x = 1", None, &[]);
        both["metadata"] = json!({"tags": ["exploration", "production"]});
        let analysis = analyse(&of_cells(&[both]));
        assert_eq!(analysis.findings[0].message, "tagged `exploration`, but tagged `production`: `production` holds");
        assert!(analysis.classification.statements[0].role.is_kept());
    }

    #[test]
    fn two_models_are_one_too_many() {
        let mut cells = churn("");
        cells[4] = "a = LogisticRegression().fit(X_train, y_train)  # nb2pkg: model\n\
                    b = RandomForestClassifier().fit(X_train, y_train)  # nb2pkg: model"
            .to_owned();
        let found = by_rule(&borrowed(&cells), RULE);
        assert!(found.len() == 1 && found[0].message.starts_with("`a` and `b` are all marked"), "{found:?}");
    }

    #[test]
    fn exceptions_within_a_cell_and_hidden_cells_are_quiet() {
        assert_eq!(by_rule(&["# nb2pkg: exploration\nx = 1\ny = 2  # nb2pkg: production"], RULE), []);
        let mut hidden = cell("# nb2pkg: production\nx = 1", None, &[]);
        hidden["metadata"] = json!({"tags": ["remove-cell"]});
        assert_eq!(analyse(&of_cells(&[hidden])).findings, []);
    }
}
