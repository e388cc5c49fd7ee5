//! Literals that a person would tune become configuration: paths, sizes, seeds, hyper-parameters, lists of columns.

use std::collections::{BTreeMap, BTreeSet};

use super::constants::is_bound_once;
use super::edit::Edits;
use super::names::{snake, unused};
use super::stages::StageKind;
use super::{ConfigField, ConfigSection, PathUse};
use crate::analysis::Analysis;
use crate::dataflow::StatementFacts;
use crate::knowledge::{Purpose, knowledge};
use crate::syntax::At;
use crate::syntax::ast::{Argument, Expr, ExprKind, Span, Stmt, StmtKind};

/// The configuration as it grows, section by section.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    sections: BTreeMap<StageKind, Vec<ConfigField>>,
    /// How the parameter of a stage is called that brings them.
    pub(super) parameter: String,
}

/// A literal that becomes a setting.
struct Literal {
    annotation: &'static str,
    toml: String,
    /// The Python expression of the setting: `{}` is replaced by its access.
    code: &'static str,
}

impl Settings {
    pub(super) fn new(parameter: String) -> Self {
        Self { sections: BTreeMap::new(), parameter }
    }

    /// Lifts what is worth it out of a statement. Whether anything was.
    pub(super) fn lift(&mut self, analysis: &Analysis, index: usize, kind: StageKind, edits: &mut Edits) -> bool {
        let facts = &analysis.graph.statements[index];
        let Some(statement) = analysis.statement(facts.at) else { return false };
        let mut lifted = self.paths(analysis, facts, statement, kind, edits);
        lifted |= self.constant(analysis, facts, statement, kind, edits);
        lifted |= self.arguments(analysis, facts, statement, kind, edits);
        lifted
    }

    fn paths(
        &mut self,
        analysis: &Analysis,
        facts: &StatementFacts,
        statement: &Stmt,
        kind: StageKind,
        edits: &mut Edits,
    ) -> bool {
        let mut lifted = false;
        let local = |path: &str| !path.contains("://");
        let count = facts.files.iter().filter(|file| file.literal.is_some()).count();
        for file in &facts.files {
            let (Some(path), Some(span)) = (&file.path, file.literal) else { continue };
            if !statement.span.contains(span) {
                continue;
            }
            let stem = path.rsplit(['/', '\\']).next().unwrap_or(path);
            let stem = snake(stem.split('.').next().unwrap_or(stem));
            let first = self.sections.get(&kind).is_none_or(|fields| !fields.iter().any(|f| f.path.is_some()));
            let alone = !file.written && count == 1 && first && loads_once(analysis);
            let own = if local(path) { format!("{stem}_path") } else { format!("{stem}_url") };
            let name = if alone && local(path) { "path".to_owned() } else { own };
            let literal = Literal { annotation: "str", toml: toml_string(path), code: "{}" };
            let usage = if !local(path) {
                None
            } else if file.written {
                Some(PathUse::Output)
            } else {
                Some(PathUse::Input)
            };
            lifted |= self.setting(analysis, facts.at, kind, &[&name], span, literal, usage, edits);
        }
        lifted
    }

    /// `TEST_SIZE = 0.2`, `categorical = ["a", "b"]`.
    fn constant(
        &mut self,
        analysis: &Analysis,
        facts: &StatementFacts,
        statement: &Stmt,
        kind: StageKind,
        edits: &mut Edits,
    ) -> bool {
        let StmtKind::Assign { targets, value } = &statement.kind else { return false };
        let [Expr { kind: ExprKind::Name(name), .. }] = targets.as_slice() else { return false };
        if !is_bound_once(analysis, name) {
            return false;
        }
        let Some(literal) = literal(value).or_else(|| text_literal(value)).or_else(|| list_literal(value)) else {
            return false;
        };
        let usage = match &value.kind {
            ExprKind::Str(text) => usage_of(analysis, text),
            _ => None,
        };
        self.setting(analysis, facts.at, kind, &[&snake(name)], value.span, literal, usage, edits)
    }

    /// Numbers given by name to estimators and splits.
    fn arguments(
        &mut self,
        analysis: &Analysis,
        facts: &StatementFacts,
        statement: &Stmt,
        kind: StageKind,
        edits: &mut Edits,
    ) -> bool {
        let mut found: Vec<(String, &Argument, Literal)> = Vec::new();
        let mut tunable: BTreeMap<Span, String> = BTreeMap::new();
        for call in &facts.calls {
            let Some(span) = call.span else { continue };
            let function = call.function.as_deref().unwrap_or_default();
            let class = call.method.is_none()
                && knowledge().kind(function).is_some_and(|k| {
                    k.predicts() || matches!(k, crate::knowledge::Kind::Transformer | crate::knowledge::Kind::Splitter)
                });
            let fits = call.purpose == Some(Purpose::Fit) && call.method.as_deref() == Some("fit");
            if class || fits || matches!(call.purpose, Some(Purpose::Split | Purpose::Validate)) {
                let owner = function.rsplit('.').next().unwrap_or_default();
                tunable.insert(span, if class { snake(owner) } else { String::new() });
            }
        }
        statement.walk_expressions(&mut |e| {
            let ExprKind::Call { arguments, .. } = &e.kind else { return };
            let Some(owner) = tunable.get(&e.span) else { return };
            for argument in arguments {
                let Some(keyword) = &argument.keyword else { continue };
                let settled = matches!(keyword.as_str(), "n_jobs" | "verbose" | "copy" | "axis" | "degree_");
                if let Some(value) = literal(&argument.value).filter(|_| !settled) {
                    found.push((format!("{owner}.{keyword}"), argument, value));
                }
            }
        });
        let mut lifted = false;
        for (path, argument, value) in found {
            let (owner, keyword) = path.split_once('.').unwrap_or(("", &path));
            let long = format!("{owner}_{keyword}");
            let names = [keyword, long.trim_start_matches('_')];
            lifted |= self.setting(analysis, facts.at, kind, &names, argument.value.span, value, None, edits);
        }
        lifted
    }

    #[expect(clippy::too_many_arguments, reason = "one setting is all of this")]
    fn setting(
        &mut self,
        analysis: &Analysis,
        at: At,
        kind: StageKind,
        names: &[&str],
        span: Span,
        literal: Literal,
        path: Option<PathUse>,
        edits: &mut Edits,
    ) -> bool {
        if edits.touches(span) {
            return false;
        }
        let fields = self.sections.entry(kind).or_default();
        let shared = fields.iter().find(|field| {
            let same = field.name == names[0] && field.toml == literal.toml && field.annotation == literal.annotation;
            same && (matches!(names[0], "random_state" | "seed") || path.is_some())
        });
        let name = if let Some(field) = shared {
            field.name.clone()
        } else {
            let taken: BTreeSet<String> = fields.iter().map(|field| field.name.clone()).collect();
            let name = unused(names, &taken);
            fields.push(ConfigField {
                name: name.clone(),
                annotation: literal.annotation.to_owned(),
                toml: literal.toml,
                at,
                position: analysis.position(at.cell),
                path,
            });
            name
        };
        let access = format!("{}.{name}", self.parameter);
        edits.replace(span, literal.code.replace("{}", &access))
    }

    /// The setting that holds a path, as `section.field`.
    pub(super) fn place_of_path(&self, path: &str) -> Option<String> {
        let wanted = toml_string(path);
        self.sections.iter().find_map(|(kind, fields)| {
            let field = fields.iter().find(|field| field.path.is_some() && field.toml == wanted)?;
            Some(format!("{}.{}", kind.section(), field.name))
        })
    }

    /// The finished sections.
    pub(super) fn finish(self) -> Vec<ConfigSection> {
        self.sections
            .into_iter()
            .filter(|(_, fields)| !fields.is_empty())
            .map(|(kind, fields)| {
                let section = kind.section();
                ConfigSection {
                    name: section.to_owned(),
                    class: format!("{}Config", super::names::pascal(section)),
                    docstring: docstring(kind).to_owned(),
                    fields,
                }
            })
            .collect()
    }
}

fn docstring(kind: StageKind) -> &'static str {
    match kind {
        StageKind::Load => "Where the data comes from.",
        StageKind::Clean => "Settings of the cleaning.",
        StageKind::Features => "Settings of the features.",
        StageKind::Split => "Settings of the split.",
        StageKind::Train => "Hyper-parameters and settings of the training.",
        StageKind::Evaluate => "Settings of the evaluation.",
        StageKind::Predict => "Settings of the predictions.",
        StageKind::Save => "Where the results go.",
    }
}

/// Whether production reads one file only.
fn loads_once(analysis: &Analysis) -> bool {
    let kept =
        analysis.graph.statements.iter().zip(&analysis.classification.statements).filter(|(_, v)| v.is_packaged());
    kept.flat_map(|(facts, _)| &facts.files).filter(|file| !file.written).count() == 1
}

/// How production uses a path that stands in a constant.
fn usage_of(analysis: &Analysis, path: &str) -> Option<PathUse> {
    let kept =
        analysis.graph.statements.iter().zip(&analysis.classification.statements).filter(|(_, v)| v.is_packaged());
    let mut uses = kept.flat_map(|(facts, _)| &facts.files).filter(|file| file.path.as_deref() == Some(path));
    uses.next().map(|file| if file.written { PathUse::Output } else { PathUse::Input })
}

/// A number.
fn literal(value: &Expr) -> Option<Literal> {
    match &value.kind {
        ExprKind::Int(text) => {
            let plain = text.replace('_', "");
            plain.parse::<i64>().ok().filter(|n| n.to_string() == plain)?;
            Some(Literal { annotation: "int", toml: plain, code: "{}" })
        }
        ExprKind::Float(text) => Some(Literal { annotation: "float", toml: toml_float(text)?, code: "{}" }),
        ExprKind::Unary { operator, operand } if operator == "-" => {
            let inner = literal(operand)?;
            Some(Literal { toml: format!("-{}", inner.toml), ..inner })
        }
        _ => None,
    }
}

fn text_literal(value: &Expr) -> Option<Literal> {
    match &value.kind {
        ExprKind::Str(text) if !text.contains('\n') && text.len() < 200 => {
            Some(Literal { annotation: "str", toml: toml_string(text), code: "{}" })
        }
        _ => None,
    }
}

/// A list of strings or numbers of one kind.
fn list_literal(value: &Expr) -> Option<Literal> {
    let ExprKind::List(items) = &value.kind else { return None };
    let values: Option<Vec<Literal>> = items.iter().map(|item| literal(item).or_else(|| text_literal(item))).collect();
    let values = values.filter(|values| !values.is_empty())?;
    let annotation = match values[0].annotation {
        "str" => "tuple[str, ...]",
        "int" => "tuple[int, ...]",
        _ => "tuple[float, ...]",
    };
    if values.iter().any(|value| value.annotation != values[0].annotation) {
        return None;
    }
    let list: Vec<String> = values.into_iter().map(|value| value.toml).collect();
    Some(Literal { annotation, toml: format!("[{}]", list.join(", ")), code: "list({})" })
}

/// A float as TOML wants it; the value stays the same to the last bit, for it is the same text.
fn toml_float(text: &str) -> Option<String> {
    let plain = text.replace('_', "");
    let (mantissa, exponent) = match plain.find(['e', 'E']) {
        Some(at) => (&plain[..at], &plain[at..]),
        None => (&plain[..], ""),
    };
    let mantissa = match mantissa.split_once('.') {
        Some(("", fraction)) => format!("0.{fraction}"),
        Some((whole, "")) => format!("{whole}.0"),
        Some((whole, fraction)) => format!("{whole}.{fraction}"),
        None => mantissa.to_owned(),
    };
    // TOML has no leading zeros.
    let trimmed = mantissa.trim_start_matches('0');
    let mantissa =
        if trimmed.starts_with('.') || trimmed.is_empty() { format!("0{trimmed}") } else { trimmed.to_owned() };
    let candidate = format!("{mantissa}{exponent}");
    let value: f64 = plain.parse().ok()?;
    // The same text has to be the same number to the last bit.
    (candidate.parse::<f64>().ok()?.to_bits() == value.to_bits()).then_some(candidate)
}

/// A basic TOML string.
pub(super) fn toml_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_keep_their_value() {
        assert_eq!(toml_float(".5").as_deref(), Some("0.5"));
        assert_eq!(toml_float("1.").as_deref(), Some("1.0"));
        assert_eq!(toml_float("1e-3").as_deref(), Some("1e-3"));
        assert_eq!(toml_float("0.1").as_deref(), Some("0.1"));
        assert_eq!(toml_float("00.1").as_deref(), Some("0.1"));
    }

    #[test]
    fn strings_are_escaped() {
        assert_eq!(toml_string("a\\b\"c"), "\"a\\\\b\\\"c\"");
    }
}
