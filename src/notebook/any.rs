//! Reading JSON of which little is certain: a value of an unexpected type is skipped, not an error. Nothing here recurses
//! deeper than the types that it fills, so nested input can't overflow the stack.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What a type makes of each kind of JSON value; what it does not expect leaves the default.
pub(super) trait FromAny: Default {
    fn from_text(_: &str) -> Self {
        Self::default()
    }

    fn from_number(_: u64) -> Self {
        Self::default()
    }

    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }

    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }
}

/// Any JSON value, as what `T` makes of it.
pub(super) struct Any<T>(pub(super) T);

impl<'de, T: FromAny> Deserialize<'de> for Any<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyVisitor(PhantomData)).map(Self)
    }
}

/// An object's next value, as what `T` makes of it.
pub(super) fn value<'de, T: FromAny, A: MapAccess<'de>>(object: &mut A) -> Result<T, A::Error> {
    object.next_value::<Any<T>>().map(|any| any.0)
}

/// Passes over an object's next value.
pub(super) fn skip<'de, A: MapAccess<'de>>(object: &mut A) -> Result<(), A::Error> {
    object.next_value::<IgnoredAny>().map(|_| ())
}

struct AnyVisitor<T>(PhantomData<T>);

impl<'de, T: FromAny> Visitor<'de> for AnyVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_i64<E>(self, number: i64) -> Result<T, E> {
        Ok(u64::try_from(number).map_or_else(|_| T::default(), T::from_number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<T, E> {
        Ok(T::from_number(number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(T::from_text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::from_list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T, A::Error> {
        T::from_object(object)
    }
}

/// A whole number, if it is one.
impl FromAny for Option<u64> {
    fn from_number(number: u64) -> Self {
        Some(number)
    }
}

/// A string, if it is one.
impl FromAny for Option<String> {
    fn from_text(text: &str) -> Self {
        Some(text.to_owned())
    }
}

/// A list's items.
impl<T: FromAny> FromAny for Vec<T> {
    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut items = Self::new();
        while let Some(Any(item)) = list.next_element::<Any<T>>()? {
            items.push(item);
        }
        Ok(items)
    }
}

/// Text of at most `LIMIT` bytes, stored as a string or as a list of strings to be joined.
#[derive(Default)]
pub(super) struct Text<const LIMIT: usize>(pub(super) String);

impl<const LIMIT: usize> Text<LIMIT> {
    fn push(&mut self, text: &str) {
        let room = LIMIT.saturating_sub(self.0.len());
        self.0.push_str(&text[..text.floor_char_boundary(room)]);
    }
}

impl<const LIMIT: usize> FromAny for Text<LIMIT> {
    fn from_text(text: &str) -> Self {
        let mut out = Self::default();
        out.push(text);
        out
    }

    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut out = Self::default();
        while let Some(Any(Self(part))) = list.next_element::<Any<Self>>()? {
            out.push(&part);
        }
        Ok(out)
    }
}
