//! f-strings as Python 3.11 reads them: one string token first, expressions cut out of it afterwards. What only the
//! grammar of 3.12 takes is refused.

use super::super::kind::{Field, Kind};
use super::super::lower::Fault;
use super::super::tree::{Node, field, is, kind, named};

/// Refuses an f-string that Python 3.11 can't read.
pub(in super::super) fn check(node: Node<'_>, text: &str) -> Result<(), Fault> {
    interpolations(node, text, 0)
}

/// Checks the expressions in a string or format specification.
fn interpolations(node: Node<'_>, text: &str, depth: usize) -> Result<(), Fault> {
    for part in named(node) {
        if !matches!(kind(part), Some(Kind::Interpolation | Kind::FormatExpression)) {
            continue;
        }
        if depth > 1 {
            return Err(Fault::at(part, "expressions of an f-string nested too deeply"));
        }
        let Some(value) = field(part, Field::Expression) else {
            return Err(Fault::at(part, "an empty expression in an f-string"));
        };
        let conversion = field(part, Field::TypeConversion);
        if let Some(conversion) = conversion
            && !(matches!(text.get(conversion.byte_range()), Some("!r" | "!s" | "!a"))
                && text[conversion.end_byte()..].starts_with([':', '}']))
        {
            return Err(Fault::at(conversion, "an f-string's conversion must be `!r`, `!s` or `!a`"));
        }
        let specifier = field(part, Field::FormatSpecifier);
        let end = specifier.map_or(part.end_byte(), |specifier| specifier.start_byte());
        let source = text.get(part.start_byte() + 1..end).unwrap_or_default();
        if source.contains('\\') {
            return Err(Fault::at(part, "a backslash in an f-string's expression needs Python 3.12"));
        }
        if part.descendants().any(|node| is(node, Kind::Comment)) {
            return Err(Fault::at(part, "a comment in an f-string needs Python 3.12"));
        }
        if is(value, Kind::Lambda) {
            return Err(Fault::at(value, "a lambda in an f-string needs parentheses"));
        }
        if let Some(specifier) = specifier {
            interpolations(specifier, text, depth + 1)?;
        }
    }
    Ok(())
}
