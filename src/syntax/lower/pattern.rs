//! `match` statements, whose patterns are reduced to what they bind and read.

use super::super::ast::{Expr, ExprKind, MatchCase, Span, StmtKind};
use super::super::kind::{Field, Kind};
use super::super::tree::{Node, children, field, fields, is, kind, named};
use super::{Allow, Fault, Lower, Lowered, required, trailing_comma};

/// What the patterns of one case have shown so far.
#[derive(Default)]
struct Found {
    /// Names that are captured.
    binds: Vec<String>,
    /// Values and classes that are read.
    reads: Vec<Expr>,
}

impl Lower<'_> {
    /// `match subject: case …`
    pub(super) fn match_statement(&mut self, node: Node<'_>) -> Lowered<StmtKind> {
        let subjects: Vec<Node<'_>> = fields(node, Field::Subject).collect();
        let before: Vec<Node<'_>> = children(node).take_while(|part| !is(*part, Kind::Colon)).skip(1).collect();
        let first = required(node, subjects.first().copied())?;
        let subject = if subjects.len() == 1 && !trailing_comma(before.iter().copied()) {
            self.expression(first, Allow::NAMED)?
        } else {
            let items =
                subjects.iter().map(|item| self.expression(*item, Allow::STAR_NAMED)).collect::<Lowered<_>>()?;
            let end = before.last().map_or(first.end_byte(), Node::end_byte);
            Expr { kind: ExprKind::Tuple(items), span: Span { start: first.start_byte(), end } }
        };
        let body = required(node, field(node, Field::Body))?;
        let cases = fields(body, Field::Alternative).map(|case| self.case(case)).collect::<Lowered<Vec<_>>>()?;
        if cases.is_empty() {
            return Err(Fault::at(node, "`match` without a `case`"));
        }
        Ok(StmtKind::Match { subject, cases })
    }

    /// `case pattern if guard:`
    fn case(&mut self, node: Node<'_>) -> Lowered<MatchCase> {
        let mut found = Found::default();
        let patterns: Vec<Node<'_>> = named(node).filter(|part| is(*part, Kind::CasePattern)).collect();
        let before: Vec<Node<'_>> =
            children(node).take_while(|part| !is(*part, Kind::Colon) && !is(*part, Kind::IfClause)).collect();
        let sequence = patterns.len() > 1 || trailing_comma(before.iter().copied());
        for pattern in patterns {
            self.pattern(pattern, sequence, &mut found)?;
        }
        let guard = match field(node, Field::Guard) {
            Some(clause) => {
                let test = required(clause, named(clause).next())?;
                Some(self.expression(test, Allow::NAMED)?)
            }
            None => None,
        };
        let body = self.suite(node, field(node, Field::Consequence))?;
        Ok(MatchCase { binds: found.binds, reads: found.reads, guard, body })
    }

    /// One pattern. `element`: it stands in a sequence, where `*rest` is allowed.
    fn pattern(&mut self, node: Node<'_>, element: bool, found: &mut Found) -> Lowered<()> {
        match kind(node) {
            Some(Kind::CasePattern) => {
                let parts: Vec<Node<'_>> = children(node).collect();
                match parts[..] {
                    [only] => self.pattern(only, element, found),
                    [minus, number] if is(minus, Kind::Minus) => self.number(number).map(drop),
                    _ => Err(Fault::at(node, "this is not a pattern")),
                }
            }
            Some(Kind::AsPattern) => {
                let &[pattern, target] = &named(node).collect::<Vec<_>>()[..] else {
                    return Err(Fault::at(node, "incomplete syntax"));
                };
                self.pattern(pattern, false, found)?;
                if self.text(target) == "_" {
                    return Err(Fault::at(target, "`_` can't be captured"));
                }
                found.binds.push(self.name(target)?);
                Ok(())
            }
            Some(Kind::UnionPattern) => children(node)
                .filter(|part| part.is_named() || is(*part, Kind::Underscore))
                .try_for_each(|part| self.pattern(part, false, found)),
            Some(Kind::ListPattern | Kind::TuplePattern) => {
                let items: Vec<Node<'_>> = named(node).collect();
                // `(a)` is a pattern in parentheses, not a sequence.
                let group = is(node, Kind::TuplePattern) && items.len() == 1 && !trailing_comma(children(node));
                items.into_iter().try_for_each(|item| self.pattern(item, !group, found))
            }
            Some(Kind::SplatPattern) => self.splat(node, element, found),
            Some(Kind::DictPattern) => self.dict_pattern(node, found),
            Some(Kind::ClassPattern) => self.class_pattern(node, found),
            Some(Kind::DottedName) => {
                if named(node).count() == 1 {
                    let name = self.name(node)?;
                    if name != "_" {
                        found.binds.push(name);
                    }
                } else {
                    found.reads.push(self.dotted(node)?);
                }
                Ok(())
            }
            Some(Kind::String | Kind::ConcatenatedString) => {
                if let ExprKind::FString(expressions) = self.string(node)? {
                    found.reads.extend(expressions);
                }
                Ok(())
            }
            Some(Kind::Integer | Kind::Float) => self.number(node).map(drop),
            Some(Kind::ComplexPattern) => self.complex_pattern(node),
            Some(Kind::True | Kind::False | Kind::None | Kind::Underscore) => Ok(()),
            _ => Err(Fault::at(node, "this is not a pattern")),
        }
    }

    /// `-1 + 2j`
    fn complex_pattern(&self, node: Node<'_>) -> Lowered<()> {
        let &[real, imaginary] = &named(node).collect::<Vec<_>>()[..] else {
            return Err(Fault::at(node, "incomplete syntax"));
        };
        let real = self.number(real)?;
        let imaginary = self.number(imaginary)?;
        if matches!(real, ExprKind::Complex) || !matches!(imaginary, ExprKind::Complex) {
            return Err(Fault::at(node, "this is not a complex number"));
        }
        Ok(())
    }

    /// `*rest`
    fn splat(&self, node: Node<'_>, element: bool, found: &mut Found) -> Lowered<()> {
        let single = children(node).next().is_some_and(|star| is(star, Kind::Star));
        if !single || !element {
            return Err(Fault::at(node, "a star can't stand here"));
        }
        self.capture_rest(node, found)
    }

    /// The name behind `*` or `**`.
    fn capture_rest(&self, node: Node<'_>, found: &mut Found) -> Lowered<()> {
        if let Some(name) = named(node).next() {
            let name = self.name(name)?;
            if name != "_" {
                found.binds.push(name);
            }
        }
        Ok(())
    }

    /// `{"key": pattern, **rest}`
    fn dict_pattern(&mut self, node: Node<'_>, found: &mut Found) -> Lowered<()> {
        let parts: Vec<Node<'_>> = children(node).collect();
        let rest = parts.iter().position(|part| is(*part, Kind::SplatPattern));
        let last = parts.iter().rposition(Node::is_named);
        for key in fields(node, Field::Key) {
            if !matches!(
                kind(key),
                Some(
                    Kind::String
                        | Kind::ConcatenatedString
                        | Kind::Integer
                        | Kind::Float
                        | Kind::ComplexPattern
                        | Kind::True
                        | Kind::False
                        | Kind::None
                        | Kind::DottedName
                        | Kind::Minus
                )
            ) || is(key, Kind::DottedName) && named(key).count() == 1
            {
                return Err(Fault::at(key, "this can't be the key of a pattern"));
            }
        }
        for part in named(node).filter(|part| !is(*part, Kind::SplatPattern)) {
            self.pattern(part, false, found)?;
        }
        if let Some(rest) = rest {
            let splat = parts[rest];
            let double = children(splat).next().is_some_and(|star| is(star, Kind::DoubleStar));
            if Some(rest) != last || !double || children(splat).any(|part| is(part, Kind::Underscore)) {
                return Err(Fault::at(splat, "`**rest` must be last in a pattern"));
            }
            self.capture_rest(splat, found)?;
        }
        Ok(())
    }

    /// `Point(x, y=0)`
    fn class_pattern(&mut self, node: Node<'_>, found: &mut Found) -> Lowered<()> {
        let parts: Vec<Node<'_>> = named(node).collect();
        let class = required(node, parts.first().copied())?;
        found.reads.push(self.dotted(class)?);
        let mut keywords = false;
        for argument in parts.into_iter().skip(1) {
            let inner: Vec<Node<'_>> = children(argument).collect();
            let keyword = inner.first().and_then(|first| keyword_of(*first));
            if let Some(keyword) = keyword {
                keywords = true;
                let pattern: Vec<Node<'_>> = children(keyword).collect();
                let alias = inner.first().filter(|first| is(**first, Kind::AsPattern));
                for part in pattern.into_iter().skip(2) {
                    if is(part, Kind::Minus) {
                        continue;
                    }
                    self.pattern(part, false, found)?;
                }
                if let Some(target) = alias.and_then(|alias| named(*alias).last()) {
                    found.binds.push(self.name(target)?);
                }
            } else if keywords {
                return Err(Fault::at(argument, "a positional pattern after keyword patterns"));
            } else {
                self.pattern(argument, false, found)?;
            }
        }
        Ok(())
    }

    /// A dotted name that is read.
    fn dotted(&self, node: Node<'_>) -> Lowered<Expr> {
        let mut parts = named(node);
        let first = required(node, parts.next())?;
        let mut value = Expr { kind: ExprKind::Name(self.name(first)?), span: self.span(first) };
        for part in parts {
            let span = Span { start: first.start_byte(), end: part.end_byte() };
            let attribute = self.name(part)?;
            value = Expr { kind: ExprKind::Attribute { value: Box::new(value), attribute }, span };
        }
        Ok(value)
    }
}

/// The keyword pattern of an argument; with `as` behind it, tree-sitter wraps the two together.
fn keyword_of(node: Node<'_>) -> Option<Node<'_>> {
    match kind(node)? {
        Kind::KeywordPattern => Some(node),
        Kind::AsPattern | Kind::CasePattern => keyword_of(named(node).next()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sketch::{list, only, refused};
    use super::*;

    #[test]
    fn patterns_bind_and_read() {
        for (pattern, binds, reads) in [
            ("a", "a", ""),
            ("_", "", ""),
            ("a.b", "", "a.b"),
            ("-1 | 1 + 2j | 'x' 'y' | None", "", ""),
            ("[a, *rest, _]", "a rest", ""),
            ("a, *_", "a", ""),
            ("{'k': v, m.n: [w], **rest}", "v w rest", "m.n"),
            ("Point(x, y=0, z=w as v)", "x w v", "Point"),
            ("m.A() | m.B() as c", "c", "m.A m.B"),
            ("(a)", "a", ""),
        ] {
            let StmtKind::Match { cases, .. } = only(&format!("match s:\n    case {pattern} if g: pass")).kind else {
                panic!()
            };
            assert_eq!(cases[0].binds.join(" "), binds, "{pattern}");
            assert_eq!(list(&cases[0].reads), reads, "{pattern}");
            assert!(cases[0].guard.is_some());
        }
    }

    #[test]
    fn soft_keywords_are_names() {
        for text in ["match = 1", "match(x, y)", "match[x]", "case = type = 1", "match.x = 1", "type(x)"] {
            only(text);
        }
        for pattern in ["{a: b}", "*a", "a as _", "A(b=c, d)", "1 + 2", "{**a, 'b': c}", "f()()"] {
            refused(&format!("match s:\n    case {pattern}: pass"));
        }
        refused("match s:\n    pass");
    }
}
