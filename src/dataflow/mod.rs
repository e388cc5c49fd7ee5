//! What depends on what: an abstract interpretation of the notebook from top to bottom.
//!
//! Every top-level statement is executed abstractly. Values are sets of abstract objects; an object knows its type (as
//! far as the knowledge about libraries tells), the objects that it holds, and the statements that changed it. A read of
//! a name therefore depends on the statement that bound the name and on each that changed its object since, whatever
//! name, container or function it was changed through. Functions and methods of the notebook are executed where they are
//! called, so their globals resolve to the values at that time.

mod builtins;
mod by_name;
mod call;
mod callback;
mod container;
mod depend;
mod environment;
mod event;
mod expression;
mod figure;
mod file;
mod gradient;
mod graph;
mod interpreter;
mod invoke;
mod names;
mod object;
mod place;
mod scope;
mod state;
mod statement;

pub use builtins::{is_history, is_predefined};
pub use graph::{
    Binding, CallEvent, Definition, Dependency, DependencyKind, Drawing, FileUse, Graph, StatementFacts, Undefined,
    ValueInfo,
};
pub use object::{ObjectId, ObjectInfo, library_class};
pub use scope::{bound_names, free_names};
pub use state::generator_state;

use crate::syntax::ParsedCell;

/// Builds the dependency graph of a notebook (or of a module, as a notebook of one cell).
///
/// Total: code that can't be understood yields fewer facts, never an error.
#[must_use]
pub fn analyse(cells: &[ParsedCell]) -> Graph {
    interpreter::Interpreter::new(cells).run(0..cells.len())
}

/// The same for cells that run in another order than they stand in: `order` has the index of each once.
#[must_use]
pub fn analyse_in_order(cells: &[ParsedCell], order: &[usize]) -> Graph {
    interpreter::Interpreter::new(cells).run(order.iter().copied().filter(|index| *index < cells.len()))
}

#[cfg(test)]
mod tests;
