//! Leaving single findings out: `# nb2pkg: ignore[rule-name] reason`, on a line of the statement or above it.

use super::registry::declare_rule;
use super::{Context, Finding, Place, get};
use crate::analysis::Analysis;
use crate::syntax::{At, ParsedCell};

declare_rule! {
    /// A suppression that does not say why.
    SUPPRESSION_WITHOUT_REASON = {
        name: "suppression-without-reason",
        code: "X103",
        summary: "A finding is left out by a comment that gives no reason",
        level: Warning,
        docs: "suppression_without_reason.md",
        check: None,
    }
}

declare_rule! {
    /// A suppression of nothing.
    UNUSED_SUPPRESSION = {
        name: "unused-suppression",
        code: "X104",
        summary: "A comment leaves out a finding that is not there",
        level: Info,
        docs: "unused_suppression.md",
        check: None,
    }
}

/// One `ignore[…]` comment.
struct Suppression {
    cell: usize,
    line: usize,
    /// Whether the comment has its line to itself, so that it speaks about the next statement.
    alone: bool,
    rules: Vec<String>,
    reason: bool,
    used: bool,
}

/// Drops suppressed findings, and adds what there is to say about the suppressions themselves.
pub fn apply(analysis: &Analysis, findings: &mut Vec<Finding>) {
    let mut suppressions: Vec<Suppression> = analysis.cells.iter().flat_map(in_cell).collect();
    if suppressions.is_empty() {
        return;
    }
    findings.retain(|finding| {
        let mut dropped = false;
        for suppression in &mut suppressions {
            if suppression.rules.iter().any(|rule| names(rule, finding)) && covers(analysis, suppression, finding) {
                suppression.used = true;
                // What can't become a package does not become one by a comment, and a bare one convinces nobody.
                dropped |= suppression.reason && !super::stops_extraction(finding);
            }
        }
        !dropped
    });
    let context = Context::new(analysis);
    for suppression in &suppressions {
        let place = context.lines(suppression.cell, (suppression.line, suppression.line));
        about(suppression, place, findings);
    }
}

fn names(rule: &str, finding: &Finding) -> bool {
    rule == finding.rule || rule.eq_ignore_ascii_case(finding.code)
}

fn about(suppression: &Suppression, place: Place, findings: &mut Vec<Finding>) {
    let listed = suppression.rules.join(", ");
    if !suppression.reason {
        findings.push(SUPPRESSION_WITHOUT_REASON.finding(
            Some(place.clone()),
            format!("`ignore[{listed}]` has no effect without a reason"),
            format!("write why: `# nb2pkg: ignore[{listed}] …`"),
        ));
    }
    for rule in &suppression.rules {
        if let Err(unknown) = get(rule) {
            findings.push(UNUSED_SUPPRESSION.finding(Some(place.clone()), unknown.message, unknown.hints.join("; ")));
        }
    }
    // What only `check` looks for can't be seen to be unused here.
    let seen = suppression.rules.iter().all(|rule| get(rule).is_ok_and(|rule| rule.check.is_some()));
    if seen && !suppression.used {
        findings.push(UNUSED_SUPPRESSION.finding(
            Some(place),
            format!("`ignore[{listed}]` leaves nothing out"),
            "remove the comment",
        ));
    }
}

fn in_cell(cell: &ParsedCell) -> Vec<Suppression> {
    let parse = |span| {
        let (rules, reason) = parse(cell.text(span))?;
        let before = cell.source.python[..span.start].rsplit('\n').next().unwrap_or_default();
        Some(Suppression {
            cell: cell.index,
            line: cell.line(span.start),
            alone: before.trim().is_empty(),
            rules,
            reason,
            used: false,
        })
    };
    cell.comments.iter().filter_map(|span| parse(*span)).collect()
}

/// The rules of a comment, and whether it gives a reason.
fn parse(comment: &str) -> Option<(Vec<String>, bool)> {
    let rest = comment.trim_start_matches('#').trim_start().strip_prefix("nb2pkg:")?;
    let (listed, reason) = rest.trim_start().strip_prefix("ignore[")?.split_once(']')?;
    let rules = listed.split(',').map(|rule| rule.trim().to_owned()).filter(|rule| !rule.is_empty()).collect();
    Some((rules, reason.chars().any(char::is_alphanumeric)))
}

/// Whether the comment stands on a line of the finding's statement, or alone above it (further comments between).
fn covers(analysis: &Analysis, suppression: &Suppression, finding: &Finding) -> bool {
    let Some(place) = &finding.place else { return false };
    let (Some(cell), true) = (place.cell.and_then(|cell| analysis.cell(cell)), place.cell == Some(suppression.cell))
    else {
        return false;
    };
    let (mut first, mut last) = place.lines;
    if let Some(statement) = place.statement.and_then(|s| analysis.statement(At { cell: cell.index, statement: s })) {
        let lines = cell.lines(statement.span);
        (first, last) = (first.min(lines.0), last.max(lines.1));
    }
    if (first..=last).contains(&suppression.line) {
        return true;
    }
    let comment_only =
        |line: usize| cell.source.python.lines().nth(line - 1).is_some_and(|text| text.trim_start().starts_with('#'));
    suppression.alone && suppression.line < first && (suppression.line..first).all(comment_only)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{all, by_rule};
    use super::*;

    #[test]
    fn comments_are_read() {
        assert_eq!(
            parse("# nb2pkg: ignore[a-b, H103] since it is ours"),
            Some((vec!["a-b".into(), "H103".into()], true))
        );
        assert_eq!(parse("#nb2pkg: ignore[a-b]"), Some((vec!["a-b".into()], false)));
        assert_eq!(parse("# nb2pkg: production"), None);
        assert_eq!(parse("# just a comment"), None);
    }

    #[test]
    fn a_reason_leaves_the_finding_out() {
        for source in [
            "key = 'AKIAIOSFODNN7EXAMPLQ'  # nb2pkg: ignore[secret-in-notebook] revoked last year",
            "# nb2pkg: ignore[P104] revoked last year\n# the key\nkey = (\n    'AKIAIOSFODNN7EXAMPLQ'\n)",
        ] {
            assert_eq!(all(&[source]), [], "{source}");
        }
    }

    #[test]
    fn a_bare_suppression_is_a_finding_and_does_nothing() {
        let source = "key = 'AKIAIOSFODNN7EXAMPLQ'  # nb2pkg: ignore[secret-in-notebook]";
        assert_eq!(by_rule(&[source], "suppression-without-reason").len(), 1);
        assert_eq!(by_rule(&[source], "secret-in-notebook").len(), 1);
    }

    #[test]
    fn unused_and_unknown_suppressions_are_findings() {
        let unused = by_rule(&["x = 1  # nb2pkg: ignore[secret-in-notebook] none here"], "unused-suppression");
        assert!(unused[0].message.contains("nothing"), "{unused:?}");
        let unknown = by_rule(&["x = 1  # nb2pkg: ignore[secret-in-notebok] typo"], "unused-suppression");
        assert!(unknown[0].help.contains("secret-in-notebook"), "{unknown:?}");
        assert_eq!(by_rule(&["x = 1  # nb2pkg: ignore[machine-path] a\nprint(x)"], "suppression-without-reason"), []);
    }
}
