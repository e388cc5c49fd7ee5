//! Abstract objects and values.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::syntax::ast::{ClassDef, Expr, FunctionDef, Parameters};

/// The library's class behind a type: of `notebook:Net<torch.nn.Module>`, a class of the notebook's own, what it derives
/// from; every other type is its own.
#[must_use]
pub fn library_class(type_name: &str) -> &str {
    type_name.split_once('<').map_or(type_name, |(_, base)| base.trim_end_matches('>'))
}

/// Index of an abstract object.
pub type ObjectId = usize;

/// What later phases may know of an object.
#[derive(Clone, Debug, Default)]
pub struct ObjectInfo {
    /// Its type, if known.
    pub type_name: Option<String>,
    /// The statement that made it.
    pub created: usize,
    /// The objects that it holds directly.
    pub held: Vec<ObjectId>,
    /// The objects that it may share memory with: a change of it changes them too.
    pub views: Vec<ObjectId>,
    /// The statements that changed it.
    pub mutated: Vec<usize>,
    /// The columns that statements stored one by one.
    pub columns: Vec<(usize, String)>,
}

/// An abstract object: one for each value that the notebook makes.
#[derive(Clone, Debug, Default)]
pub(super) struct Object<'a> {
    pub(super) type_name: Option<Rc<str>>,
    pub(super) created: usize,
    /// Changes, in order of time.
    pub(super) mutated: Vec<Change>,
    /// Its fits go on from where the last one ended (`warm_start`).
    pub(super) continues: bool,
    /// Statements that fitted it anew, and those that changed it in another way.
    pub(super) fits: Vec<usize>,
    pub(super) changes: BTreeSet<usize>,
    /// Objects that it holds, besides those in `fields`.
    pub(super) held: BTreeSet<ObjectId>,
    /// Attributes, items by constant key, elements by position.
    pub(super) fields: BTreeMap<Rc<str>, Value>,
    /// The canonical name, for modules, functions and classes of libraries.
    pub(super) external: Option<Rc<str>>,
    /// What happens when it is called.
    pub(super) callable: Option<Callable<'a>>,
    /// A string constant; the path, for an open file.
    pub(super) constant: Option<Rc<str>>,
    /// The generator that its `fit` draws from, and whether it surely does.
    pub(super) draws: Option<(Rc<str>, bool)>,
    /// A table that has no rows before its first column comes.
    pub(super) empty: bool,
    /// What it may share memory with: a column taken from a table, an array of a table's values. A change of this object
    /// changes that too.
    pub(super) views: Option<Box<Value>>,
}

/// A change of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) time: u64,
    pub(super) statement: usize,
    /// The column or key that alone was changed; none for the object as a whole.
    pub(super) key: Option<Rc<str>>,
    /// The column is a new one: who does not read it can do without this change.
    pub(super) creates: bool,
    /// It may not have happened; nobody needs it.
    pub(super) tentative: bool,
}

impl Object<'_> {
    pub(super) fn change(&mut self, change: Change) {
        match self.mutated.last_mut() {
            Some(last) if Change { time: change.time, ..last.clone() } == change => last.time = change.time,
            _ => self.mutated.push(change),
        }
    }

    /// The statements that changed it after a time, and whether they matter: with `keys`, those do not that only made
    /// other columns.
    pub(super) fn changed(&self, after: u64, keys: Option<&[Rc<str>]>) -> BTreeMap<usize, bool> {
        let mut found = BTreeMap::new();
        for change in self.mutated.iter().rev().take_while(|change| change.time > after) {
            let matters = match (&change.key, keys) {
                (Some(key), Some(keys)) => !change.creates || keys.contains(key),
                _ => !change.tentative,
            };
            *found.entry(change.statement).or_default() |= matters;
        }
        found
    }

    /// Whether it is an instance of a class of the notebook.
    pub(super) fn is_instance(&self) -> bool {
        self.callable.is_none() && self.type_name.as_deref().is_some_and(is_notebook_type)
    }
}

/// Whether a type is a class of the notebook.
pub(super) fn is_notebook_type(type_name: &str) -> bool {
    type_name.starts_with("notebook:")
}

/// Code of the notebook that can be called.
#[derive(Clone, Copy, Debug)]
pub(super) enum Callable<'a> {
    Function {
        definition: &'a FunctionDef,
        frame: Option<usize>,
    },
    Lambda {
        parameters: &'a Parameters,
        body: &'a Expr,
        frame: Option<usize>,
    },
    Class {
        definition: &'a ClassDef,
    },
    /// What `functools.partial` makes: the function and the arguments that it was given are kept under this number.
    Partial {
        number: usize,
    },
    Method {
        definition: &'a FunctionDef,
        frame: Option<usize>,
        receiver: ObjectId,
    },
}

/// What an expression may evaluate to.
#[derive(Clone, Debug, Default)]
pub(super) struct Value {
    /// The objects that it may be, sorted; none for plain numbers and things nobody can change.
    pub(super) objects: Vec<ObjectId>,
    /// It is a part of its objects (an attribute, an item) rather than one of them: a change of it changes them.
    pub(super) part: bool,
    /// The part's own type.
    pub(super) type_name: Option<Rc<str>>,
    /// The columns or keys that the part consists of, where they are known.
    pub(super) keys: Option<Keys>,
    /// The part shares memory with its objects: a column, an array of values.
    pub(super) view: bool,
}

/// Names of columns or keys.
pub(super) type Keys = Rc<[Rc<str>]>;

/// What a read is interested in.
#[derive(Clone, Debug)]
pub(super) enum Interest {
    /// All of the object.
    Whole,
    /// These columns or keys alone.
    Keys(Keys),
}

impl Value {
    pub(super) fn of(object: ObjectId) -> Self {
        Self { objects: vec![object], ..Self::default() }
    }

    pub(super) fn typed(type_name: &str) -> Self {
        Self { type_name: Some(type_name.into()), ..Self::default() }
    }

    pub(super) fn part_of(base: &Self, type_name: Option<Rc<str>>) -> Self {
        Self { objects: base.objects.clone(), part: true, type_name, keys: base.keys.clone(), view: false }
    }

    /// Either this or the other.
    pub(super) fn or(mut self, other: Self) -> Self {
        if other.objects.is_empty() && other.type_name.is_none() {
            return self;
        }
        if self.objects.is_empty() && self.type_name.is_none() {
            return other;
        }
        self.objects.extend(other.objects);
        self.objects.sort_unstable();
        self.objects.dedup();
        self.objects.truncate(64);
        self.part |= other.part;
        self.view |= other.view;
        if self.keys != other.keys {
            self.keys = None;
        }
        if self.type_name != other.type_name {
            self.type_name = None;
        }
        self
    }
}
