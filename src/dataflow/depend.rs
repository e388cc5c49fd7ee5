//! Dependencies of what is read on what was bound and changed.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::environment::Bound;
use super::graph::{Definition, DependencyKind};
use super::interpreter::{EdgeKey, Interpreter};
use super::object::{Interest, ObjectId};

impl Interpreter<'_> {
    /// Adds the dependencies of a read.
    pub(super) fn depend(&mut self, name: &str, bound: &Bound) {
        self.depend_for(name, bound, &Interest::Whole);
    }

    /// Adds the dependencies of a read of a part.
    pub(super) fn depend_for(&mut self, name: &str, bound: &Bound, interest: &Interest) {
        let whole = matches!(interest, Interest::Whole) && !self.tentative;
        if whole && self.read_at.get(name) == Some(&self.time) {
            return;
        }
        let label: Rc<str> = Rc::from(name);
        if whole {
            self.read_at.insert(label.clone(), self.time);
        }
        // Ambient state that nobody has set is there from the beginning.
        let unset = bound.sites.is_empty();
        let mut earliest = if unset { 0 } else { u64::MAX };
        let mut import = !unset;
        let ambient = DependencyKind::of_ambient(name);
        for (statement, time, definition) in &bound.sites {
            earliest = earliest.min(*time);
            import &= *definition == Some(Definition::Import);
            let kind = match definition {
                Some(Definition::Data) => DependencyKind::Data,
                Some(Definition::Def) => DependencyKind::Def,
                Some(Definition::Import) => DependencyKind::Import,
                None => ambient.unwrap_or(DependencyKind::State),
            };
            self.add_edge(*statement, &label, kind, false, true);
        }
        if import {
            return;
        }
        let kind = ambient.unwrap_or(DependencyKind::Data);
        let interest = if bound.value.part { &Interest::Whole } else { interest };
        let wanted = match interest {
            Interest::Whole => None,
            Interest::Keys(keys) => Some(self.reach_parts(&bound.value.objects, keys)),
        };
        for id in self.reach(&bound.value.objects) {
            let is_wanted = wanted.as_ref().is_none_or(|wanted| wanted.contains(&id));
            let keys = match interest {
                Interest::Keys(keys) if bound.value.objects.contains(&id) => Some(&**keys),
                _ => None,
            };
            for (statement, matters) in self.objects[id].changed(earliest, keys) {
                // Draws from a generator that nobody has seeded give other numbers every time anyway.
                let unseeded = unset && name.ends_with("random>");
                let needed = is_wanted && matters && !self.is_superseded(id, statement) && !unseeded;
                self.add_edge(statement, &label, kind, true, needed);
            }
        }
    }

    /// What can be reached from containers through these keys alone, the containers included.
    fn reach_parts(&self, objects: &[ObjectId], keys: &[Rc<str>]) -> BTreeSet<ObjectId> {
        let mut roots = Vec::new();
        for id in objects {
            let object = &self.objects[*id];
            roots.extend(object.held.iter().copied());
            for key in keys {
                roots.extend(object.fields.get(key).into_iter().flat_map(|value| value.objects.iter().copied()));
            }
        }
        self.reach(&roots).into_iter().chain(objects.iter().copied()).collect()
    }

    /// Adds a dependency on what a statement bound.
    pub(super) fn edge(&mut self, from: usize, name: &str, kind: DependencyKind) {
        self.add_edge(from, &Rc::from(name), kind, false, true);
    }

    /// Does something that may not happen: what it depends on and changes is listed, and not needed.
    pub(super) fn tentatively(&mut self, tentative: bool, act: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.tentative, tentative);
        act(self);
        self.tentative = before;
    }

    fn add_edge(&mut self, from: usize, name: &Rc<str>, kind: DependencyKind, mutation: bool, needed: bool) {
        if from != self.current {
            // Needed through one object is needed.
            let needed = needed && !self.tentative;
            *self.edges.entry((from, name.clone(), kind, mutation)).or_default() |= needed;
        }
    }

    /// Whether all that a statement did to an object was to fit it, and a later fit began anew.
    fn is_superseded(&self, id: ObjectId, statement: usize) -> bool {
        let object = &self.objects[id];
        object.fits.last().is_some_and(|last| *last != statement)
            && object.fits.contains(&statement)
            && !object.changes.contains(&statement)
    }

    /// An estimator is fitted anew, whatever branch or loop is taken: its earlier fits no longer matter.
    pub(super) fn fit_anew(&mut self, id: ObjectId) {
        if !self.is_certain() {
            self.objects[id].changes.insert(self.current);
            return;
        }
        self.objects[id].fits.push(self.current);
        let stale: Vec<EdgeKey> = self
            .edges
            .iter()
            .filter(|((from, _, _, mutation), needed)| *mutation && **needed && self.is_superseded(id, *from))
            .map(|(key, _)| key.clone())
            .collect();
        for key in stale {
            self.edges.insert(key, false);
        }
    }
}
