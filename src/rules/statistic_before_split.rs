//! Statistics of all rows that training and test then share.

use super::Finding;
use super::context::{Context, Statement};
use super::registry::declare_rule;
use crate::dataflow::CallEvent;
use crate::knowledge::{Kind, Purpose, knowledge, shorten};

declare_rule! {
    /// Something is fitted on all rows before they are split.
    STATISTIC_BEFORE_SPLIT = {
        name: "statistic-before-split",
        code: "L102",
        summary: "A statistic is taken over all rows before they are split",
        level: Info,
        docs: "statistic_before_split.md",
        check: Some(check),
    }
}

/// Transformers that learn nothing about the distribution of a feature.
const HARMLESS: &[&str] =
    &["LabelEncoder", "LabelBinarizer", "MultiLabelBinarizer", "FunctionTransformer", "Normalizer"];

/// Methods that reduce a column to a number.
const STATISTICS: &[&str] = &["mean", "median", "mode", "quantile", "std"];

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    let splits = context
        .production()
        .filter(|statement| statement.facts.calls.iter().any(|call| call.purpose == Some(Purpose::Split)))
        .map(|statement| statement.index);
    let graph = &context.analysis.graph;
    let before = graph.slice(splits);
    for statement in context.production().filter(|statement| before.contains(&statement.index)) {
        let Some((call, what)) = statistic(statement) else { continue };
        findings.push(STATISTIC_BEFORE_SPLIT.finding(
            context.part(statement.facts.at, call.span),
            format!("{what} over all rows, before they are split"),
            "it is kept as in the notebook: the score may be slightly optimistic; fit on the training rows only",
        ));
    }
}

/// What the statement learns from all rows, if it keeps it in them.
fn statistic(statement: Statement<'_>) -> Option<(&CallEvent, String)> {
    let calls = &statement.facts.calls;
    if calls.iter().any(|call| call.purpose == Some(Purpose::Split)) {
        return None;
    }
    let fitted = calls.iter().find_map(|call| {
        let method = call.method.as_deref()?;
        let receiver = call.receiver_type.as_deref()?;
        let fits = matches!(method, "fit" | "fit_transform");
        let transformer = knowledge().kind(receiver) == Some(Kind::Transformer);
        (fits && transformer && !HARMLESS.contains(&shorten(receiver)))
            .then(|| (call, format!("{} is fitted", shorten(receiver))))
    });
    fitted.or_else(|| {
        let filled = calls.iter().find(|call| call.method.as_deref() == Some("fillna"))?;
        let taken = calls.iter().filter_map(|call| call.method.as_deref()).find(|name| STATISTICS.contains(name))?;
        Some((filled, format!("missing values are filled with the {taken}")))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{borrowed, by_rule, churn};

    #[test]
    fn scalers_and_medians_before_the_split_are_found() {
        for between in ["X = StandardScaler().fit_transform(X)", "X = X.fillna(X.median())"] {
            let found = by_rule(&borrowed(&churn(between)), "statistic-before-split");
            assert_eq!(found.len(), 1, "{between}: {found:?}");
        }
    }

    #[test]
    fn after_the_split_is_quiet() {
        let mut cells = churn("X = X.fillna(0)");
        cells[4] = format!("X_train = StandardScaler().fit_transform(X_train)\n{}", cells[4]);
        assert_eq!(by_rule(&borrowed(&cells), "statistic-before-split"), []);
    }
}
