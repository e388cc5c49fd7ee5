//! Calls that only rearrange what containers hold: `enumerate`, `zip`, `items`, `list`, `sorted` and their kin. They make new
//! containers of the same objects, so a change of an element reaches its other names.

use std::rc::Rc;

use super::call::{Given, Resolved};
use super::interpreter::Interpreter;
use super::object::{Object, Value};

impl<'a> Interpreter<'a> {
    /// The result of a call that rearranges, or nothing if the call does something else.
    pub(super) fn rearranged(&mut self, resolved: &Resolved, receiver: &Value, given: &[Given<'a>]) -> Option<Value> {
        let function = resolved.function.as_deref()?;
        let first = given.first().map(|g| g.value.clone()).unwrap_or_default();
        let rows = match function {
            "builtins.enumerate" => vec![Value::default(), self.item_of(&first)],
            "builtins.zip" | "itertools.product" | "itertools.zip_longest" => {
                given.iter().map(|g| self.item_of(&g.value)).collect()
            }
            "dict.items" => vec![Value::default(), self.item_of(receiver)],
            "dict.values" => {
                let items = self.item_of(receiver);
                return Some(self.holding("list", &items));
            }
            "builtins.list" | "builtins.sorted" | "builtins.tuple" | "builtins.reversed" | "builtins.set"
            | "builtins.iter" => {
                let type_name = if function == "builtins.tuple" { "tuple" } else { "list" };
                let items = self.item_of(&first);
                return (!given.is_empty()).then(|| self.holding(type_name, &items));
            }
            "builtins.dict"
            | "collections.OrderedDict"
            | "dict.copy"
            | "collections.OrderedDict.copy"
            | "copy.copy" => {
                let source = if given.is_empty() { receiver.clone() } else { first };
                let type_name = self.type_of(&source).filter(|t| super::call::is_container(t))?;
                return Some(self.shallow_copy(&source, type_name));
            }
            "builtins.next" => return Some(self.item_of(&first)),
            "dict.get" | "dict.pop" | "dict.setdefault" => {
                let key = self.constant(&first);
                return Some(match key {
                    Some(key) => self.element(receiver, &key),
                    None => self.item_of(receiver),
                });
            }
            _ => return None,
        };
        let mut row = Object { type_name: Some("tuple".into()), ..Object::default() };
        for (index, value) in rows.into_iter().enumerate() {
            row.fields.insert(index.to_string().into(), value);
        }
        let row = self.make(row);
        Some(self.holding("list", &row))
    }

    /// A new container of the same objects under the same keys.
    fn shallow_copy(&mut self, source: &Value, type_name: Rc<str>) -> Value {
        let mut copy = Object { type_name: Some(type_name), ..Object::default() };
        for id in &source.objects {
            copy.held.extend(self.objects[*id].held.iter().copied());
            for (key, value) in &self.objects[*id].fields {
                let known = copy.fields.remove(key).unwrap_or_default();
                copy.fields.insert(key.clone(), known.or(value.clone()));
            }
        }
        self.make(copy)
    }

    /// A new container of these objects.
    pub(super) fn holding(&mut self, type_name: &str, items: &Value) -> Value {
        // Parts of a table are copies; only what is shared is held.
        let items = self.settle(items.clone());
        self.make(Object {
            type_name: Some(type_name.into()),
            held: items.objects.iter().copied().collect(),
            ..Object::default()
        })
    }
}
