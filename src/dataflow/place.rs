//! Columns and keys as places of their own: what a subscript with known names reads and changes.
//!
//! Only tables are treated so: a store of one column is known to leave the others as they are.

use std::rc::Rc;

use super::interpreter::Interpreter;
use super::object::{Interest, Keys, Object, Value};
use crate::knowledge::Setting;
use crate::syntax::ast::{Expr, ExprKind};

/// The type whose columns are places.
const TABLE: &str = "pandas.DataFrame";

/// The names that an index stands for.
#[derive(Clone, Debug)]
pub(super) struct KnownKeys {
    pub(super) names: Keys,
    /// The index is a list of names.
    pub(super) list: bool,
}

/// Where a subscript stores.
pub(super) struct Stored {
    /// What is subscripted.
    pub(super) base: Value,
    /// What the store changes of it.
    pub(super) changed: Value,
    /// The columns are new ones.
    pub(super) creates: bool,
}

impl<'a> Interpreter<'a> {
    /// Evaluates `value[index]`.
    pub(super) fn subscription(&mut self, value: &'a Expr, index: &'a Expr) -> Value {
        if let ExprKind::Name(name) = &value.kind
            && self.is_table_name(name)
        {
            let selected = self.eval(index);
            let keys = self.known_keys(index, &selected);
            let base = self.read_for(name, value.span, &interest(keys.as_ref()));
            return self.subscript(&base, index, keys.as_ref());
        }
        if let Some((table, name, columns)) = self.located(value, index) {
            let base = self.read_for(name, table.span, &interest(Some(&columns)));
            return Value { keys: Some(columns.names), ..Value::part_of(&base, None) };
        }
        if let Some(setting) = self.keyed_setting(value)
            && let ExprKind::Str(key) = &index.kind
        {
            self.eval_quietly(value);
            self.need_state(&setting.state, &Interest::Keys(Rc::from([Rc::from(key.as_str())])));
            return Value::typed("str");
        }
        let base = self.eval(value);
        let selected = self.eval(index);
        if let Some(result) = self.special_method(&base, "__getitem__", std::slice::from_ref(&selected)) {
            return result;
        }
        let keys = self.type_of(&base).filter(|t| is_table(t)).and_then(|_| self.known_keys(index, &selected));
        self.subscript(&base, index, keys.as_ref())
    }

    /// Ambient state with independent keys that an expression names: `os.environ`.
    fn keyed_setting(&self, value: &Expr) -> Option<&'static Setting> {
        let ExprKind::Attribute { value: module, attribute } = &value.kind else { return None };
        let ExprKind::Name(name) = &module.kind else { return None };
        let external = self.external(self.peek(name)?)?;
        let qualified = self.knowledge.canonical(&format!("{external}.{attribute}"));
        self.knowledge.setting(&qualified).filter(|setting| setting.keyed)
    }

    /// Evaluates what is stored into, or looked at through a key: the name counts, not all that it holds.
    fn eval_quietly(&mut self, value: &'a Expr) -> Value {
        let storing = std::mem::replace(&mut self.storing, true);
        let base = self.eval(value);
        self.storing = storing;
        base
    }

    /// A column that is read as an attribute (`table.price`): only names that stand as strings elsewhere are taken for
    /// columns, since libraries add attributes of their own to tables.
    pub(super) fn column_attribute(&mut self, value: &'a Expr, attribute: &'a str) -> Option<Value> {
        let ExprKind::Name(name) = &value.kind else { return None };
        if !self.is_table_name(name) {
            return None;
        }
        let known =
            self.knowledge.attribute(TABLE, attribute).is_some() || self.knowledge.method(TABLE, attribute).is_some();
        if known || attribute.starts_with('_') {
            return None;
        }
        // Whatever it is, the table had it before what comes now.
        let is_column = !self.strings.insert(attribute) || self.columns.contains(attribute);
        if !is_column {
            return None;
        }
        let names: Keys = Rc::from([Rc::from(attribute)]);
        let base = self.read_for(name, value.span, &Interest::Keys(names.clone()));
        Some(Value { keys: Some(names), view: true, ..Value::part_of(&base, Some("pandas.Series".into())) })
    }

    /// The place of an assignment to, or a deletion of, `value[index]`.
    pub(super) fn stored_at(&mut self, value: &'a Expr, index: &'a Expr) -> Stored {
        let creates = self.names_new_columns(index);
        if let Some((table, name, columns)) = self.located(value, index) {
            // A label that is not there yet adds a row to the whole table.
            let whole = adds_rows(index);
            let needs = if whole { Interest::Whole } else { interest(Some(&columns)) };
            let base = self.read_for(name, table.span, &needs);
            let changed = if whole { base.clone() } else { part_at(&base, Some(&columns)) };
            return Stored { base: Value::part_of(&base, None), changed, creates: creates && !whole };
        }
        let is_literal = matches!(index.kind, ExprKind::Str(_));
        let (base, keys) = if let ExprKind::Name(name) = &value.kind
            && self.is_table_name(name)
        {
            let selected = if is_literal { Value::default() } else { self.eval(index) };
            let keys = self.known_keys(index, &selected);
            (self.read_for(name, value.span, &interest(keys.as_ref())), keys)
        } else {
            let base = self.eval_quietly(value);
            if self.keyed_setting(value).is_some()
                && let ExprKind::Str(key) = &index.kind
            {
                let keys = Some(Rc::from([Rc::from(key.as_str())]));
                let changed = Value { part: true, keys, ..base.clone() };
                return Stored { base: Value::part_of(&base, None), changed, creates: true };
            }
            let is_table = self.type_of(&base).is_some_and(|t| is_table(&t));
            let selected = if is_table && is_literal { Value::default() } else { self.eval(index) };
            let keys = if is_table { self.known_keys(index, &selected) } else { None };
            (base, keys)
        };
        if creates && let ExprKind::Str(name) = &index.kind {
            self.columns.insert(name);
        }
        // The first column of an empty table makes its rows.
        let creates = creates && !base.objects.iter().any(|id| self.objects[*id].empty);
        Stored { changed: part_at(&base, keys.as_ref()), creates: creates && keys.is_some() && !base.part, base }
    }

    /// Whether an index names columns that nothing has named before.
    fn names_new_columns(&self, index: &Expr) -> bool {
        let is_new = |e: &Expr| matches!(&e.kind, ExprKind::Str(text) if !self.strings.contains(text.as_str()));
        match &index.kind {
            ExprKind::List(items) => !items.is_empty() && items.iter().all(is_new),
            ExprKind::Tuple(items) => {
                items.len() == 2
                    && match &items[1].kind {
                        ExprKind::List(columns) => columns.iter().all(is_new),
                        _ => is_new(&items[1]),
                    }
            }
            _ => is_new(index),
        }
    }

    /// Whether a name stands for a table.
    fn is_table_name(&self, name: &str) -> bool {
        let value = self.peek(name).filter(|value| !value.part);
        value.and_then(|value| self.type_of(value)).is_some_and(|type_name| is_table(&type_name))
    }

    /// `table.loc[rows, columns]`: the table, its name and the columns, if they are known. Evaluates the index then.
    fn located(&mut self, value: &'a Expr, index: &'a Expr) -> Option<(&'a Expr, &'a str, KnownKeys)> {
        let ExprKind::Attribute { value: table, attribute } = &value.kind else { return None };
        let ExprKind::Name(name) = &table.kind else { return None };
        let ExprKind::Tuple(items) = &index.kind else { return None };
        let [_, columns] = items.as_slice() else { return None };
        if !matches!(attribute.as_str(), "loc" | "at") || !self.is_table_name(name) {
            return None;
        }
        if !matches!(columns.kind, ExprKind::Str(_) | ExprKind::List(_) | ExprKind::Name(_)) {
            return None;
        }
        let names = match &columns.kind {
            ExprKind::Name(other) => self.peek(other).cloned()?,
            _ => Value::default(),
        };
        if matches!(columns.kind, ExprKind::Name(_)) && self.known_keys(columns, &names).is_none() {
            return None;
        }
        if let ExprKind::List(items) = &columns.kind
            && !items.iter().all(|item| matches!(item.kind, ExprKind::Str(_)))
        {
            return None;
        }
        let mut selected = Value::default();
        for item in items {
            selected = self.eval(item);
        }
        let columns = self.known_keys(columns, &selected)?;
        Some((table, name, columns))
    }

    /// The names that an index stands for, if all of them are known.
    pub(super) fn known_keys(&self, index: &Expr, selected: &Value) -> Option<KnownKeys> {
        match &index.kind {
            ExprKind::Str(text) => return Some(KnownKeys::one(text)),
            ExprKind::Tuple(_) | ExprKind::Slice(_) => return None,
            _ => {}
        }
        if let Some(names) = self.listed(selected) {
            return Some(KnownKeys { names: names.into(), list: true });
        }
        if selected.part || selected.objects.is_empty() {
            return None;
        }
        let names: Option<Vec<Rc<str>>> =
            selected.objects.iter().map(|id| self.objects[*id].constant.clone()).collect();
        Some(KnownKeys { names: names?.into(), list: false })
    }

    /// The strings in a list of constants that nothing has changed.
    fn listed(&self, value: &Value) -> Option<Vec<Rc<str>>> {
        let [only] = value.objects.as_slice() else { return None };
        let list = &self.objects[*only];
        let closed = list.type_name.as_deref() == Some("list")
            && list.held.is_empty()
            && list.mutated.is_empty()
            && !list.fields.is_empty()
            && !value.part;
        closed.then_some(())?;
        list.fields.values().map(|item| self.constant(item)).collect()
    }

    /// The sum of two lists of constants.
    pub(super) fn joined_lists(&mut self, left: &Value, right: &Value) -> Option<Value> {
        let (mut names, more) = (self.listed(left)?, self.listed(right)?);
        names.extend(more);
        let mut list = Object { type_name: Some("list".into()), ..Object::default() };
        for (index, name) in names.into_iter().enumerate() {
            let text = self.make(Object { type_name: Some("str".into()), constant: Some(name), ..Object::default() });
            list.fields.insert(index.to_string().into(), text);
        }
        Some(self.make(list))
    }
}

impl KnownKeys {
    fn one(name: &str) -> Self {
        Self { names: Rc::from([Rc::from(name)]), list: false }
    }
}

/// What a read of these keys is interested in.
fn interest(keys: Option<&KnownKeys>) -> Interest {
    keys.map_or(Interest::Whole, |keys| Interest::Keys(keys.names.clone()))
}

/// What a store at these keys changes.
fn part_at(base: &Value, keys: Option<&KnownKeys>) -> Value {
    match keys {
        Some(keys) if base.keys.is_none() => Value { part: true, keys: Some(keys.names.clone()), ..base.clone() },
        _ => base.clone(),
    }
}

/// Whether the rows of `[rows, columns]` may be ones that are not there yet.
fn adds_rows(index: &Expr) -> bool {
    let ExprKind::Tuple(items) = &index.kind else { return true };
    items.first().is_none_or(|rows| !matches!(rows.kind, ExprKind::Slice(_)) && !is_mask(&rows.kind))
}

/// Whether rows are selected by conditions: these are rows that are there.
fn is_mask(rows: &ExprKind) -> bool {
    const TESTS: [&str; 15] = [
        "isna",
        "isnull",
        "notna",
        "notnull",
        "isin",
        "between",
        "duplicated",
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "contains",
        "startswith",
    ];
    match rows {
        ExprKind::Compare { .. } => true,
        ExprKind::Unary { operator, .. } => operator == "~",
        ExprKind::Binary { operator, .. } => matches!(operator.as_str(), "&" | "|" | "^"),
        ExprKind::Call { function, .. } => {
            matches!(&function.kind, ExprKind::Attribute { attribute, .. } if TESTS.contains(&attribute.as_str()))
        }
        _ => false,
    }
}

fn is_table(type_name: &str) -> bool {
    type_name == TABLE
}
