//! What the generated tests need to know: the notebook's files, and the numbers it printed.

use serde::Serialize;

use super::pipeline::{PipelineView, called, metric_name};
use super::text::quoted;
use crate::plan::{FilePlan, PackagePlan};

/// What the templates of the tests need to know.
#[derive(Debug, Serialize)]
pub(super) struct ChecksView {
    /// Local files that the pipeline reads, as Python strings.
    pub(super) inputs: Vec<String>,
    /// Whether any of them is a pattern.
    pub(super) globs: bool,
    /// Folders that the pipeline writes into, as Python strings.
    pub(super) folders: Vec<String>,
    /// Files that the pipeline writes, as Python strings.
    pub(super) outputs: Vec<String>,
    /// Whether the pipeline may read something else, too.
    pub(super) other_inputs: bool,
    /// Where it runs, below a scratch folder, so that paths that lead upwards stay inside.
    pub(super) place: String,
    /// Names of metrics, and the comparison's right side.
    pub(super) metrics: Vec<(String, String)>,
    /// What the pipeline returns: the model or what holds it, `metrics`, both or nothing.
    pub(super) returns: Vec<String>,
}

impl ChecksView {
    /// The view of the plan's files and results.
    pub(super) fn new(plan: &PackagePlan, pipeline: &PipelineView) -> anyhow::Result<Self> {
        let inputs = relative(&plan.inputs);
        let outputs: Vec<&str> = local(&plan.outputs).into_iter().filter(|path| !inputs.contains(path)).collect();
        let mut folders: Vec<&str> = outputs
            .iter()
            .filter_map(|path| path.trim_end_matches('/').rsplit_once('/'))
            .map(|(folder, _)| folder)
            .filter(|folder| folder.split('/').any(|step| !matches!(step, "" | "." | "..")))
            .collect();
        folders.sort_unstable();
        folders.dedup();
        let depth = inputs.iter().chain(&outputs).map(|path| levels_up(path)).max().unwrap_or(0);
        let steps: Vec<String> =
            std::iter::once("run".to_owned()).chain((1..=depth).map(|level| format!("level{level}"))).collect();
        let mut metrics = Vec::new();
        for (_, stage) in called(plan)? {
            for result in plan.results.iter().filter(|result| result.stage == stage.function) {
                if let Some(expected) = result.printed.as_deref().and_then(expectation) {
                    metrics.push((quoted(&metric_name(plan, &stage.function, &result.name)?), expected));
                }
            }
        }
        let strings = |paths: &[&str]| paths.iter().map(|path| quoted(path)).collect();
        Ok(Self {
            other_inputs: inputs.is_empty() || inputs.len() < plan.inputs.len(),
            globs: inputs.iter().any(|path| is_pattern(path)),
            inputs: strings(&inputs),
            folders: strings(&folders),
            outputs: strings(&outputs),
            place: quoted(&steps.join("/")),
            metrics,
            returns: pipeline.fields.iter().filter_map(|field| Some(field.split_once(':')?.0.to_owned())).collect(),
        })
    }
}

/// The paths that are relative and name one file or folder, each once.
pub(super) fn local(files: &[FilePlan]) -> Vec<&str> {
    relative(files).into_iter().filter(|path| !is_pattern(path)).collect()
}

/// The paths that are relative, patterns too, each once.
fn relative(files: &[FilePlan]) -> Vec<&str> {
    let rooted = |path: &str| path.is_empty() || path.starts_with(['/', '~']) || path.contains(':');
    let mut paths: Vec<&str> = files
        .iter()
        .map(|file| file.path.as_str())
        .filter(|path| !rooted(path) && !path.contains(['{', '\\', '\n']))
        .collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// How far a path leads upwards.
fn levels_up(path: &str) -> usize {
    path.split('/').filter(|step| !step.is_empty() && *step != ".").take_while(|step| *step == "..").count()
}

/// How much of a number another version of a library may change; the template says the same.
const TOLERANCE: f64 = 5e-3;

/// What pytest compares a measured number with: the only number in what the notebook printed.
fn expectation(printed: &str) -> Option<String> {
    let number = only_number(printed)?;
    let unsigned = number.trim_start_matches('-');
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    if mantissa.len() > 1 && mantissa.starts_with('0') && !mantissa.starts_with("0.") {
        return None;
    }
    let value = number.parse::<f64>().ok().filter(|value| value.is_finite())?;
    // Half a unit of the last digit.
    let last = exponent.parse::<i32>().ok()? - i32::try_from(decimals).ok()?;
    let (tolerance, half) = (TOLERANCE * value.abs(), 0.5 * 10_f64.powi(last));
    Some(if half < tolerance && decimals > 0 {
        format!("pytest.approx({number}, rel=TOLERANCE)")
    } else if last == 0 {
        format!("pytest.approx({number}, abs=0.5)")
    } else {
        format!("pytest.approx({number}, abs=5e{})", last - 1)
    })
}

/// The number in a text that has exactly one, no percentage.
fn only_number(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut numbers = Vec::new();
    let mut position = 0;
    while position < bytes.len() {
        let start = position;
        if bytes[position] == b'-' && bytes.get(position + 1).is_some_and(|next| next.is_ascii_digit() || *next == b'.')
        {
            position += 1;
        }
        let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
        if bytes[position].is_ascii_digit() {
            while bytes.get(position).is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.') {
                position += 1;
            }
            if let Some(b'e' | b'E') = bytes.get(position) {
                let sign = usize::from(matches!(bytes.get(position + 1), Some(b'-' | b'+')));
                let digits = bytes[position + 1 + sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                position += if digits > 0 { 1 + sign + digits } else { 0 };
            }
            if bytes.get(position).is_some_and(word) {
                return None;
            }
            // A sentence may end behind a number.
            let number = &text[start..position];
            numbers.push(if number.matches('.').count() > 1 { number.trim_end_matches('.') } else { number });
        } else if word(&bytes[position]) {
            position += bytes[position..].iter().take_while(|byte| word(byte)).count();
        } else {
            position += 1;
        }
    }
    let rest = |number: &str| text.split_once(number).is_some_and(|(_, rest)| rest.trim_start().starts_with('%'));
    match numbers.as_slice() {
        [one] if !rest(one) => Some(one),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expectations_are_no_more_exact_than_what_was_printed() {
        let cases = [
            ("accuracy: 0.725\n", Some("pytest.approx(0.725, rel=TOLERANCE)")),
            ("0.768012748787848", Some("pytest.approx(0.768012748787848, rel=TOLERANCE)")),
            ("np.float64(-1.5)", Some("pytest.approx(-1.5, abs=5e-2)")),
            ("0.72", Some("pytest.approx(0.72, abs=5e-3)")),
            ("1.25e-05", Some("pytest.approx(1.25e-05, rel=TOLERANCE)")),
            ("1.2e-05", Some("pytest.approx(1.2e-05, abs=5e-7)")),
            ("600", Some("pytest.approx(600, abs=0.5)")),
            ("72.5%", None),
            ("(3, 4)", None),
            ("nan", None),
            ("2x", None),
            ("1.2.3", None),
            ("It is 0.5.", Some("pytest.approx(0.5, abs=5e-2)")),
            ("id 007", None),
            ("", None),
        ];
        for (printed, expected) in cases {
            assert_eq!(expectation(printed).as_deref(), expected, "{printed}");
        }
    }

    #[test]
    fn paths_that_lead_upwards() {
        assert_eq!(levels_up("../../data/x.csv"), 2);
        assert_eq!(levels_up("./../x"), 1);
        assert_eq!(levels_up("a/../x"), 0);
    }
}
