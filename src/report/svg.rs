//! The dependency graph as a picture, laid out like the history of a repository: the cells below each other in the order of
//! the program, production on one line, exploration beside it. It stays legible however long the notebook is.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::Edge;
use super::markup::Markup;

/// One line of the picture.
pub(super) enum Line {
    /// A heading of the notebook.
    Heading(String),
    /// A code cell.
    Cell(Node),
}

/// A code cell in the picture.
pub(super) struct Node {
    /// Its index among the code cells.
    pub(super) cell: usize,
    /// Its position among all cells.
    pub(super) position: usize,
    /// How it is drawn: `kept`, `mixed`, `left`, `opaque`.
    pub(super) class: &'static str,
    /// What it makes.
    pub(super) makes: String,
    /// What became of it.
    pub(super) became: String,
    /// What the pointer shows.
    pub(super) title: String,
}

impl Node {
    fn is_production(&self) -> bool {
        matches!(self.class, "kept" | "mixed")
    }
}

const ROW: usize = 26;
const TOP: usize = 28;
const TRACK: usize = 9;
const MAX_TRACKS: usize = 24;
const NAMES_WIDTH: usize = 330;
const BECAME_WIDTH: usize = 390;

/// A place in the picture.
#[derive(Clone, Copy)]
struct Spot {
    /// Which cell from above it is.
    rank: usize,
    y: usize,
    production: bool,
}

/// How an edge goes from one cell to the next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    /// Along the line on which both cells are.
    Straight,
    /// Left of production.
    Left,
    /// Between the lines.
    Middle,
    /// Right of exploration.
    Right,
}

/// Draws the picture.
pub(super) fn draw(lines: &[Line], edges: &[Edge]) -> String {
    let mut spots: BTreeMap<usize, Spot> = BTreeMap::new();
    let mut y = TOP + ROW / 2;
    for line in lines {
        if let Line::Cell(node) = line {
            spots.insert(node.cell, Spot { rank: spots.len(), y, production: node.is_production() });
        }
        y += ROW;
    }
    let height = y - ROW / 2 + 6;
    let drawn: Vec<&Edge> =
        edges.iter().filter(|e| e.essential && spots.contains_key(&e.from) && spots.contains_key(&e.to)).collect();
    let sides: Vec<Side> = drawn.iter().map(|edge| side(&spots, edge)).collect();
    let tracks = tracks(&spots, &drawn, &sides);
    let width_of = |side: Side| {
        let used = tracks.iter().filter(|((other, ..), _)| *other == side).map(|(_, track)| track + 1).max();
        used.unwrap_or(0) * TRACK
    };
    let production_x = 16 + width_of(Side::Left);
    let exploration_x = production_x + 30 + width_of(Side::Middle);
    let text_x = exploration_x + 18 + width_of(Side::Right);
    let width = text_x + 66 + NAMES_WIDTH + BECAME_WIDTH;

    let mut svg = Markup::default();
    svg.raw(&format!(
        "<svg class=graph role=img aria-label=\"Dependencies between cells\" width={width} height={height} \
         viewBox=\"0 0 {width} {height}\"><defs><pattern id=stripes width=5 height=5 patternUnits=userSpaceOnUse \
         patternTransform=\"rotate(45)\"><rect class=s1 width=5 height=5 /><rect class=s2 width=2.5 height=5 /></pattern></defs>"
    ));
    let columns = [(text_x + 14, "cell"), (text_x + 54, "makes or changes"), (text_x + 60 + NAMES_WIDTH, "became")];
    for (x, name) in columns {
        svg.raw(&format!("<text class=th x={x} y={}>{name}</text>", TOP - 8));
    }
    // Rows first, so that edges and nodes lie above them.
    let mut y = TOP;
    for line in lines {
        match line {
            Line::Heading(text) => {
                svg.raw(&format!("<text class=h x={text_x} y={}>", y + 18)).text(text).raw("</text>");
            }
            Line::Cell(node) => row(&mut svg, node, y, text_x, width),
        }
        y += ROW;
    }
    let x_of = |production: bool| if production { production_x } else { exploration_x };
    // Production last, so that it lies on top.
    for wanted in [false, true] {
        for (edge, side) in drawn.iter().zip(&sides).filter(|(edge, _)| edge.production == wanted) {
            let track = tracks.get(&(*side, edge.production, edge.from)).copied().unwrap_or(0);
            let (from, to) = (spots[&edge.from], spots[&edge.to]);
            let path = match side {
                Side::Straight => format!("M{} {}V{}", x_of(from.production), from.y + 7, to.y - 7),
                Side::Left => bend(production_x, from.y, production_x - 14 - track * TRACK, production_x, to.y),
                Side::Middle => {
                    bend(x_of(from.production), from.y, production_x + 14 + track * TRACK, x_of(to.production), to.y)
                }
                Side::Right => bend(exploration_x, from.y, exploration_x + 14 + track * TRACK, exploration_x, to.y),
            };
            let class = if edge.production { "e p" } else { "e" };
            svg.raw(&format!("<path class=\"{class}\" data-f={} data-t={} d=\"{path}\"><title>", edge.from, edge.to));
            svg.text(&edge.names.iter().cloned().collect::<Vec<_>>().join(", ")).raw("</title></path>");
        }
    }
    for line in lines {
        if let Line::Cell(node) = line {
            let spot = spots[&node.cell];
            svg.raw(&format!(
                "<circle class=\"node {}\" cx={} cy={} r=6.5 />",
                node.class,
                x_of(spot.production),
                spot.y
            ));
        }
    }
    svg.raw("</svg>");
    svg.finish()
}

fn row(svg: &mut Markup, node: &Node, y: usize, text_x: usize, width: usize) {
    let baseline = y + 17;
    svg.raw(&format!("<a class=\"row {}\" href=\"#cell-{}\" data-c={}><title>", node.class, node.position, node.cell));
    svg.text(&node.title).raw(&format!("</title><rect x=0 y={y} width={width} height={ROW} />"));
    svg.raw(&format!("<text class=pos x={} y={baseline}>{}</text>", text_x + 38, node.position));
    svg.raw(&format!("<text class=makes x={} y={baseline}>", text_x + 54)).text(&clip(&node.makes, 45)).raw("</text>");
    svg.raw(&format!("<text class=became x={} y={baseline}>", text_x + 60 + NAMES_WIDTH)).text(&clip(&node.became, 62));
    svg.raw("</text></a>");
}

fn side(spots: &BTreeMap<usize, Spot>, edge: &Edge) -> Side {
    let (from, to) = (spots[&edge.from], spots[&edge.to]);
    if from.production != to.production {
        return Side::Middle;
    }
    let ranks = from.rank + 1..to.rank;
    let between = spots.values().any(|spot| ranks.contains(&spot.rank) && spot.production == from.production);
    match (between, from.production) {
        (false, _) => Side::Straight,
        (true, true) => Side::Left,
        (true, false) => Side::Right,
    }
}

/// The edges of one cell on one side share a track; short ones are nearest to the line.
fn tracks(spots: &BTreeMap<usize, Spot>, edges: &[&Edge], sides: &[Side]) -> BTreeMap<(Side, bool, usize), usize> {
    let mut ends: BTreeMap<(Side, bool, usize), usize> = BTreeMap::new();
    for (edge, side) in edges.iter().zip(sides).filter(|(_, side)| **side != Side::Straight) {
        let to = spots[&edge.to].rank;
        let end = ends.entry((*side, edge.production, edge.from)).or_insert(to);
        *end = (*end).max(to);
    }
    let start_of = |key: &(Side, bool, usize)| spots[&key.2].rank;
    let mut spans: Vec<(usize, (Side, bool, usize), usize)> =
        ends.into_iter().map(|(key, end)| (end - start_of(&key), key, end)).collect();
    spans.sort_unstable_by_key(|(length, key, end)| (*length, key.0, key.1, start_of(key), *end));
    let mut taken: BTreeMap<(Side, usize), Vec<(usize, usize)>> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for (_, key, end) in spans {
        let start = start_of(&key);
        let free = |track: &usize| {
            let spans = taken.get(&(key.0, *track));
            spans.is_none_or(|spans| spans.iter().all(|(first, last)| end <= *first || *last <= start))
        };
        // More than so many lie on top of each other, at the outside.
        let track = (0..MAX_TRACKS).find(free).unwrap_or(MAX_TRACKS - 1);
        taken.entry((key.0, track)).or_default().push((start, end));
        found.insert(key, track);
    }
    found
}

/// From a cell to a track, along it, and to another cell; with round corners.
fn bend(from_x: usize, from_y: usize, track_x: usize, to_x: usize, to_y: usize) -> String {
    let (leave, arrive) = (from_y + 3, to_y - 3);
    let toward = |x: usize| if track_x < x { track_x + 5 } else { track_x - 5 };
    let (out, back) = (toward(from_x), toward(to_x));
    format!(
        "M{from_x} {leave}H{out}Q{track_x} {leave} {track_x} {}V{}Q{track_x} {arrive} {back} {arrive}H{to_x}",
        leave + 5,
        arrive - 5
    )
}

/// The text, cut where it would run into the next column.
fn clip(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(characters - 1).collect();
    short.push('…');
    short
}

/// Names in a few words: `a, b, c, …`.
pub(super) fn few(names: &BTreeSet<String>, most: usize) -> String {
    let shown: Vec<&str> = names.iter().take(most).map(String::as_str).collect();
    let more = if names.len() > most { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(cell: usize, class: &'static str) -> Line {
        let text = String::new;
        Line::Cell(Node { cell, position: cell, class, makes: text(), became: "<x>".to_owned(), title: text() })
    }

    fn edge(from: usize, to: usize, production: bool) -> Edge {
        Edge { from, to, names: BTreeSet::from(["df".to_owned()]), production, essential: true }
    }

    #[test]
    fn long_edges_go_around_what_is_between() {
        let lines = [node(0, "kept"), node(1, "left"), node(2, "kept"), node(3, "kept")];
        let edges = [edge(0, 1, false), edge(0, 2, true), edge(0, 3, true)];
        let svg = draw(&lines, &edges);
        assert_eq!(svg.matches("<path").count(), 3);
        assert_eq!(svg.matches("<circle").count(), 4);
        assert!(svg.contains("&lt;x&gt;"));
        let spot = |cell: usize| Spot { rank: cell, y: 30 * cell + 20, production: cell != 1 };
        let spots: BTreeMap<usize, Spot> = (0..4).map(|cell| (cell, spot(cell))).collect();
        assert!(side(&spots, &edges[0]) == Side::Middle);
        assert!(side(&spots, &edges[1]) == Side::Straight);
        assert!(side(&spots, &edges[2]) == Side::Left);
    }

    #[test]
    fn cells_stand_in_the_order_of_the_program() {
        let lines = [node(3, "kept"), node(0, "kept"), node(2, "kept")];
        let svg = draw(&lines, &[edge(3, 2, true), edge(0, 2, true)]);
        assert_eq!(svg.matches("<path").count(), 2);
    }

    #[test]
    fn tracks_are_shared_when_free() {
        let edges = [edge(0, 2, true), edge(2, 4, true), edge(1, 5, true)];
        let all: Vec<&Edge> = edges.iter().collect();
        let spots = (0..6).map(|cell| (cell, Spot { rank: cell, y: 0, production: true })).collect();
        let found = tracks(&spots, &all, &[Side::Left; 3]);
        assert_eq!(found.values().copied().collect::<Vec<_>>(), [0, 1, 0]);
    }
}
