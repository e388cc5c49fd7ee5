//! Abstract objects and values.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::syntax::ast::{ClassDef, Expr, FunctionDef, Parameters};

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
    /// The statements that changed it.
    pub mutated: Vec<usize>,
}

/// An abstract object: one for each value that the notebook makes.
#[derive(Clone, Debug, Default)]
pub(super) struct Object<'a> {
    pub(super) type_name: Option<Rc<str>>,
    pub(super) created: usize,
    /// Changes: when, and by which statement.
    pub(super) mutated: Vec<(u64, usize)>,
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
    /// The generator that its `fit` draws from.
    pub(super) draws: Option<Rc<str>>,
    /// A file opened for writing.
    pub(super) writes: bool,
}

/// Code of the notebook that can be called.
#[derive(Clone, Copy, Debug)]
pub(super) enum Callable<'a> {
    Function { definition: &'a FunctionDef, frame: Option<usize> },
    Lambda { parameters: &'a Parameters, body: &'a Expr, frame: Option<usize> },
    Class { definition: &'a ClassDef },
    Method { definition: &'a FunctionDef, frame: Option<usize>, receiver: ObjectId },
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
}

impl Value {
    pub(super) fn of(object: ObjectId) -> Self {
        Self { objects: vec![object], part: false, type_name: None }
    }

    pub(super) fn typed(type_name: &str) -> Self {
        Self { objects: Vec::new(), part: false, type_name: Some(type_name.into()) }
    }

    pub(super) fn part_of(base: &Self, type_name: Option<Rc<str>>) -> Self {
        Self { objects: base.objects.clone(), part: true, type_name }
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
        if self.type_name != other.type_name {
            self.type_name = None;
        }
        self
    }
}
