//! Names and what they are bound to, with layers for branches that may not run.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::graph::Definition;
use super::object::{ObjectId, Value};

/// What a name is bound to.
#[derive(Clone, Debug, Default)]
pub(super) struct Bound {
    /// The statements that may have bound it last, and when.
    pub(super) sites: Vec<(usize, u64, Option<Definition>)>,
    /// The value.
    pub(super) value: Value,
    /// Some path leaves it unbound.
    pub(super) maybe_unbound: bool,
}

impl Bound {
    pub(super) fn is_unbound(&self) -> bool {
        self.sites.is_empty()
    }

    fn or(&self, other: &Self) -> Self {
        let mut sites = self.sites.clone();
        for site in &other.sites {
            if !sites.iter().any(|known| known.0 == site.0) {
                sites.push(*site);
            }
        }
        Self {
            sites,
            value: self.value.clone().or(other.value.clone()),
            maybe_unbound: self.maybe_unbound || other.maybe_unbound || self.is_unbound() || other.is_unbound(),
        }
    }
}

/// One layer of changes: what a branch has bound or unbound.
pub(super) type Layer = BTreeMap<Rc<str>, Bound>;

/// The names of one scope.
#[derive(Clone, Debug)]
pub(super) struct Names {
    layers: Vec<Layer>,
}

impl Default for Names {
    fn default() -> Self {
        Self { layers: vec![Layer::new()] }
    }
}

impl Names {
    pub(super) fn get(&self, name: &str) -> Option<&Bound> {
        self.layers.iter().rev().find_map(|layer| layer.get(name))
    }

    pub(super) fn set(&mut self, name: &str, bound: Bound) {
        if let Some(layer) = self.layers.last_mut() {
            layer.insert(name.into(), bound);
        }
    }

    /// Binds a name as if it had been bound before any branch.
    pub(super) fn set_everywhere(&mut self, name: &str, bound: Bound) {
        if let Some(layer) = self.layers.first_mut() {
            layer.insert(name.into(), bound);
        }
    }

    /// How many branches are open, plus one.
    pub(super) fn depth(&self) -> usize {
        self.layers.len()
    }

    pub(super) fn push(&mut self) {
        self.layers.push(Layer::new());
    }

    pub(super) fn pop(&mut self) -> Layer {
        if self.layers.len() > 1 { self.layers.pop().unwrap_or_default() } else { Layer::new() }
    }

    /// Applies what a branch did that certainly ran.
    pub(super) fn apply(&mut self, layer: Layer) {
        if let Some(last) = self.layers.last_mut() {
            last.extend(layer);
        }
    }

    /// Applies branches of which exactly one ran; an empty layer stands for "nothing happened".
    pub(super) fn join(&mut self, branches: &[Layer]) {
        let names: BTreeSet<Rc<str>> = branches.iter().flat_map(|layer| layer.keys().cloned()).collect();
        let nothing = Bound::default();
        for name in names {
            let before = self.get(&name).cloned();
            let mut joined: Option<Bound> = None;
            for layer in branches {
                let bound = layer.get(&name).or(before.as_ref()).unwrap_or(&nothing);
                joined = Some(joined.map_or_else(|| bound.clone(), |known| known.or(bound)));
            }
            if let Some(bound) = joined {
                self.set(&name, bound);
            }
        }
    }

    /// All names that are bound now.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Rc<str>, &Bound)> {
        let mut seen: BTreeMap<&Rc<str>, &Bound> = BTreeMap::new();
        for layer in self.layers.iter().rev() {
            for (name, bound) in layer {
                seen.entry(name).or_insert(bound);
            }
        }
        seen.into_iter()
    }
}

/// The local scope of a function call, a class body or a comprehension.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    pub(super) names: Names,
    /// The enclosing scope; none for one at the top level.
    pub(super) parent: Option<usize>,
    /// Names that `CPython`'s compiler makes local; none where any binding is.
    pub(super) locals: Option<Rc<BTreeSet<String>>>,
    /// Names declared `global`.
    pub(super) globals: BTreeSet<String>,
    /// Names declared `nonlocal`.
    pub(super) nonlocals: BTreeSet<String>,
    /// What the function returns.
    pub(super) returned: Value,
    /// The object that a method is called on.
    pub(super) first: Option<Value>,
    /// Stands for the variables that functions defined in it share with it.
    pub(super) cell: Option<ObjectId>,
    /// A class body: not visible from the functions in it.
    pub(super) class: bool,
    /// A comprehension: a walrus in it binds in the scope around it.
    pub(super) comprehension: bool,
}
