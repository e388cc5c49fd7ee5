//! The parameters of functions and lambdas.

use super::super::ast::{Parameter, ParameterKind, Parameters, Span};
use super::super::kind::{Field, Kind};
use super::super::tree::{Node, children, field, is, kind, named};
use super::{Allow, Fault, Lower, Lowered, no_lone_comma, required};

impl Lower<'_> {
    /// The parameters of a function (between parentheses) or lambda.
    pub(super) fn parameters(&mut self, node: Node<'_>, parenthesised: bool) -> Lowered<Parameters> {
        let mut span = self.span(node);
        if parenthesised {
            span = Span { start: span.start + 1, end: span.end.saturating_sub(1).max(span.start + 1) };
            no_lone_comma(node)?;
        }
        let mut items: Vec<Parameter> = Vec::new();
        for part in named(node) {
            let keyword_only = items.iter().any(|earlier| opens_keywords(earlier, self.text));
            let item = self.parameter(part, keyword_only)?;
            check_order(&items, &item, part, self.text)?;
            items.push(item);
        }
        if let Some(last) = items.last()
            && last.kind == ParameterKind::Marker
            && self.marker(last) == "*"
        {
            return Err(Fault::at(node, "a bare `*` without a parameter behind it"));
        }
        Ok(Parameters { items, span })
    }

    /// The text of a marker.
    fn marker(&self, parameter: &Parameter) -> &str {
        self.text.get(parameter.span.range()).unwrap_or_default()
    }

    /// One parameter.
    fn parameter(&mut self, node: Node<'_>, keyword_only: bool) -> Lowered<Parameter> {
        let plain = if keyword_only { ParameterKind::KeywordOnly } else { ParameterKind::Positional };
        let mut name = node;
        let mut annotation = None;
        let mut default = None;
        match kind(node) {
            Some(Kind::PositionalSeparator | Kind::KeywordSeparator) => {
                let span = self.span(node);
                let kind = ParameterKind::Marker;
                return Ok(Parameter { name: String::new(), kind, default: None, annotation: None, span });
            }
            Some(Kind::TypedParameter) => {
                name = required(node, named(node).next())?;
                annotation = field(node, Field::Type);
            }
            Some(Kind::DefaultParameter | Kind::TypedDefaultParameter) => {
                name = required(node, field(node, Field::Name))?;
                annotation = field(node, Field::Type);
                default = field(node, Field::Value);
            }
            _ => {}
        }
        let (name, kind) = match kind(name) {
            Some(Kind::Identifier) => (name, plain),
            Some(Kind::ListSplatPattern | Kind::ListSplat) => {
                (required(name, named(name).next())?, ParameterKind::Args)
            }
            Some(Kind::DictionarySplatPattern) => (required(name, named(name).next())?, ParameterKind::Kwargs),
            _ => return Err(Fault::python2(name, "a tuple as a parameter is Python 2")),
        };
        if !is(name, Kind::Identifier) {
            return Err(Fault::at(name, "this can't be a parameter"));
        }
        let name = self.name(name)?;
        let annotation = match annotation {
            // Only `*args` takes `*Types` as its annotation.
            Some(annotation) if kind == ParameterKind::Args => Some(self.star_annotation(annotation)?),
            Some(annotation) => Some(self.annotation(annotation)?),
            None => None,
        };
        let default = default.map(|value| self.expression(value, Allow::EXPRESSION)).transpose()?;
        Ok(Parameter { name, kind, default, annotation, span: self.span(node) })
    }
}

/// No parameters.
pub(super) fn none(node: Node<'_>) -> Parameters {
    let colon = children(node).find(|part| is(*part, Kind::Colon));
    let place = colon.map_or(node.end_byte(), |colon| colon.start_byte());
    Parameters { items: Vec::new(), span: Span { start: place, end: place } }
}

/// Whether only keywords follow a parameter.
fn opens_keywords(parameter: &Parameter, text: &str) -> bool {
    parameter.kind == ParameterKind::Args || is_marker(parameter, text, "*")
}

/// Whether a parameter is a bare `*` or `/`.
fn is_marker(parameter: &Parameter, text: &str, marker: &str) -> bool {
    parameter.kind == ParameterKind::Marker && text.get(parameter.span.range()) == Some(marker)
}

/// Python's rules about the order of parameters.
fn check_order(earlier: &[Parameter], item: &Parameter, node: Node<'_>, text: &str) -> Lowered<()> {
    let fault = |reason: &str| Err(Fault::at(node, reason));
    let keyword_only = earlier.iter().any(|parameter| opens_keywords(parameter, text));
    if earlier.last().is_some_and(|last| last.kind == ParameterKind::Kwargs) {
        return fault("a parameter after `**`");
    }
    if opens_keywords(item, text) && keyword_only {
        return fault("two `*` among the parameters");
    }
    if is_marker(item, text, "/")
        && (keyword_only || earlier.is_empty() || earlier.iter().any(|parameter| is_marker(parameter, text, "/")))
    {
        return fault("`/` can't stand here");
    }
    if item.kind == ParameterKind::Kwargs && earlier.last().is_some_and(|last| is_marker(last, text, "*")) {
        return fault("a bare `*` without a parameter behind it");
    }
    if item.kind == ParameterKind::Positional
        && item.default.is_none()
        && earlier.iter().any(|parameter| parameter.default.is_some())
    {
        return fault("a parameter without a default after one with a default");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::ast::{ParameterKind, StmtKind};
    use super::super::sketch::{only, refused};

    #[test]
    fn kinds() {
        use ParameterKind::{Args, KeywordOnly, Kwargs, Marker, Positional};
        let text = "def f(a, /, b: int = 1, *c: str, d, e=2, **g): pass";
        let StmtKind::FunctionDef(def) = only(text).kind else { panic!() };
        let kinds: Vec<_> = def.parameters.items.iter().map(|item| item.kind).collect();
        assert_eq!(kinds, [Positional, Marker, Positional, Args, KeywordOnly, KeywordOnly, Kwargs]);
        assert_eq!(&text[def.parameters.span.range()], "a, /, b: int = 1, *c: str, d, e=2, **g");
        assert_eq!(&text[def.parameters.items[2].span.range()], "b: int = 1");
        only("lambda *, a, b=1: a");
        only("def f(*a, **b,): pass");
    }

    #[test]
    fn order() {
        for text in [
            "def f(a=1, b): pass",
            "def f(*): pass",
            "def f(*, **a): pass",
            "def f(/): pass",
            "def f(*a, *b): pass",
            "def f(*a, /): pass",
            "def f(**a, b): pass",
            "def f(*a=1): pass",
            "lambda *: a",
            "def f(,): pass",
            "def f(a.b): pass",
        ] {
            refused(text);
        }
        assert!(refused("def f((a, b)): pass").1);
    }
}
