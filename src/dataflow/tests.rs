//! What the cases under `fixtures/dependencies` can't say: they hold all else.

use super::{Graph, analyse};
use crate::ipython::transform;
use crate::syntax::parse_cell;

/// Each string is one cell.
fn graph(cells: &[&str]) -> Graph {
    let cells: Vec<_> =
        cells.iter().enumerate().map(|(index, text)| parse_cell(index, index, transform(text))).collect();
    analyse(&cells)
}

#[test]
fn names_that_nothing_defines() {
    let graph = graph(&["x = missing + 1", "later()", "def later():\n    pass"]);
    let names: Vec<_> = graph.undefined.iter().map(|u| (u.name.as_str(), u.defined_later)).collect();
    assert_eq!(names, [("missing", None), ("later", Some(2))]);
}
