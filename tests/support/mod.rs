//! What the fixture tests are made of.

pub(crate) mod case;
pub(crate) mod checks;
pub(crate) mod lock;
pub(crate) mod python;
pub(crate) mod tree;
