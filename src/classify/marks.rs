//! What people say explicitly: the configuration, comments, cell tags; and which of it holds where it disagrees.

mod place;
#[cfg(test)]
mod tests;
mod words;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Choice;
use crate::dataflow::Graph;
use crate::notebook::Notebook;
use crate::syntax::{At, ParsedCell};
use place::Target;
use words::Said;

pub(crate) use words::WORDS;
pub use words::Word;

/// What people say about a notebook's statements.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// The mark that holds for a statement (production or exploration), by its index in the graph.
    pub statements: BTreeMap<usize, Mark>,
    /// The mark that holds for a whole cell, by its index among the code cells.
    pub cells: BTreeMap<usize, Mark>,
    /// The statements that are marked as those that fit the production model, by their index in the graph. The mark of
    /// a whole cell stands at each of its statements.
    pub models: BTreeMap<usize, Mark>,
    /// Marks that say the opposite of each other.
    pub contradictions: Vec<Contradiction>,
    /// What was meant as a mark and is none.
    pub without_effect: Vec<WithoutEffect>,
}

/// An explicit mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What it says.
    pub word: Word,
    /// Where it stands.
    pub source: Source,
    /// It as it is written: `# nb2pkg: skip`, a tag; empty for the configuration.
    pub text: String,
    /// The 1-based line of the cell in which it stands; none for a tag or the configuration.
    pub line: Option<usize>,
}

/// Where a mark stands; what comes first here goes before the rest. The configuration is the reviewer's, and the last
/// word; of what stands in the notebook, the nearest holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// In the configuration.
    Configuration,
    /// In a comment behind the statement.
    Behind,
    /// In a comment above the statement.
    Above,
    /// In a comment above all statements of the cell.
    CellComment,
    /// In nbdev's `#| export`.
    Export,
    /// In a tag of the cell.
    Tag,
    /// In what other tools read to hide a cell (`remove-cell`, `#| hide`): how a cell is shown says little about what
    /// it is for, so that anything else goes before it, and nothing contradicts it.
    Hidden,
}

/// Marks of one cell or statement that say the opposite of each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// Index among the code cells.
    pub cell: usize,
    /// The mark that holds.
    pub holds: Mark,
    /// The one that does not.
    pub other: Mark,
}

/// What was meant as a mark and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithoutEffect {
    /// Index among the code cells.
    pub cell: usize,
    /// The 1-based line of the cell; none for a tag.
    pub line: Option<usize>,
    /// It as it is written.
    pub text: String,
    /// What is the matter with it.
    pub why: Why,
}

/// Why a mark has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its word is not known; what it may stand for.
    Unknown(Option<String>),
    /// It is about a part of a compound statement; what that is.
    Inside(String),
    /// No statement follows it.
    NothingFollows,
}

impl Mark {
    /// Whether it says production.
    #[must_use]
    pub fn is_production(&self) -> bool {
        self.word == Word::Production
    }

    /// Whether somebody decided: what other tools read to hide a cell decides nothing.
    #[must_use]
    pub fn is_decision(&self) -> bool {
        self.source != Source::Hidden
    }

    /// Whether it is about a whole cell.
    #[must_use]
    pub fn is_of_cell(&self) -> bool {
        !matches!(self.source, Source::Behind | Source::Above)
    }

    /// What orders marks, the one that holds first. Of two in the same kind of place it is the nearer comment, and
    /// production among tags: what is kept is not lost.
    fn strength(&self) -> impl Ord + use<> {
        (self.source, Reverse(self.line), self.word)
    }

    /// Who says what, for a reviewer.
    #[must_use]
    pub fn evidence(&self) -> String {
        match self.source {
            Source::Configuration if self.is_production() => "the configuration says production".to_owned(),
            Source::Configuration => "the configuration says exploration".to_owned(),
            Source::Tag => format!("tagged `{}`", self.text),
            Source::Hidden if self.line.is_none() => format!("tagged `{}`", self.text),
            _ => format!("marked `{}`", self.text),
        }
    }
}

/// Reads all marks.
pub(super) fn find(notebook: &Notebook, cells: &[ParsedCell], graph: &Graph, choice: &Choice) -> Marks {
    let mut marks = Marks::default();
    for cell in cells {
        let said = read(notebook, cell, choice, &mut marks.without_effect);
        if said.is_empty() {
            continue;
        }
        let decides = |mark: &Mark| mark.word != Word::Model;
        let whole = strongest(said.iter().filter(|(target, _)| target.is_none()), decides);
        marks.cells.extend(whole.map(|mark| (cell.index, mark.clone())));
        for statement in 0..cell.statements.len() {
            let Some(index) = graph.index_of(At { cell: cell.index, statement }) else { continue };
            let own = || said.iter().filter(|(target, _)| target.is_none_or(|target| target == statement));
            let model = strongest(own(), |mark| !decides(mark));
            let mut holds = strongest(own(), decides);
            // A fit that is marked as the model's inside of a cell for exploration is an exception like others.
            if let (Some(mark), Some(model)) = (holds, model)
                && mark.word == Word::Exploration
                && model.strength() < mark.strength()
            {
                holds = Some(model);
            }
            marks.statements.extend(holds.map(|mark| (index, mark.clone())));
            marks.models.extend(model.map(|mark| (index, mark.clone())));
        }
        contradictions(cell.index, &said, &mut marks.contradictions);
    }
    marks
}

/// A mark with the statement that it is about; none for the whole cell.
type OfCell = (Option<usize>, Mark);

/// The mark that holds among those wanted.
fn strongest<'a>(marks: impl Iterator<Item = &'a OfCell>, wanted: impl Fn(&Mark) -> bool) -> Option<&'a Mark> {
    marks.map(|(_, mark)| mark).filter(|mark| wanted(mark)).min_by_key(|mark| mark.strength())
}

/// Everything that is said about a cell and its statements.
fn read(
    notebook: &Notebook,
    cell: &ParsedCell,
    choice: &Choice,
    without_effect: &mut Vec<WithoutEffect>,
) -> Vec<OfCell> {
    let mut said = Vec::new();
    for (positions, word) in
        [(&choice.production_cells, Word::Production), (&choice.exploration_cells, Word::Exploration)]
    {
        if positions.contains(&cell.position) {
            said.push((None, Mark { word, source: Source::Configuration, text: String::new(), line: None }));
        }
    }
    let original = notebook.cells.get(cell.position);
    for tag in original.map(|cell| &cell.tags[..]).unwrap_or_default() {
        match words::of_tag(tag) {
            Some(Said::Mark(word, text)) => said.push((None, Mark { word, source: Source::Tag, text, line: None })),
            Some(Said::Unknown(text, meant)) => {
                without_effect.push(WithoutEffect { cell: cell.index, line: None, text, why: Why::Unknown(meant) });
            }
            None if tag.eq_ignore_ascii_case("remove-cell") => {
                let text = tag.clone();
                said.push((None, Mark { word: Word::Exploration, source: Source::Hidden, text, line: None }));
            }
            None => {}
        }
    }
    for span in &cell.comments {
        let line = cell.line(span.start);
        let target = || place::of_comment(cell, *span);
        if let Some(found) = words::of_comment(cell.text(*span)) {
            comment(cell, line, target(), found, &mut said, without_effect);
        } else if let Some((word, source, text)) = directive(cell.text(*span))
            && target() == Target::Cell
        {
            said.push((None, Mark { word, source, text, line: Some(line) }));
        }
    }
    // What stands behind a command is none of Python's comments.
    for magic in cell.source.magics.iter().filter(|magic| magic.line == magic.end_line) {
        let text = original.and_then(|cell| cell.source.lines().nth(magic.line - 1)).unwrap_or_default();
        let behind = text.rfind('#').filter(|start| !text[..*start].trim().is_empty());
        if let Some(found) = behind.and_then(|start| words::of_comment(&text[start..])) {
            let target = Target::Behind(place::on_line(cell, magic.line));
            comment(cell, magic.line, target, found, &mut said, without_effect);
        }
    }
    said
}

/// Files what a comment says under what it speaks about.
fn comment(
    cell: &ParsedCell,
    line: usize,
    target: Target,
    found: Said,
    said: &mut Vec<OfCell>,
    without_effect: &mut Vec<WithoutEffect>,
) {
    let mut no_effect =
        |text, why| without_effect.push(WithoutEffect { cell: cell.index, line: Some(line), text, why });
    let (word, text) = match found {
        Said::Mark(word, text) => (word, text),
        Said::Unknown(text, meant) => return no_effect(text, Why::Unknown(meant)),
    };
    let (source, statements) = match target {
        Target::Cell => (Source::CellComment, vec![None]),
        Target::Behind(statements) => (Source::Behind, statements.into_iter().map(Some).collect()),
        Target::Above(statements) => (Source::Above, statements.into_iter().map(Some).collect()),
        Target::Inside(index) => {
            let what = cell.statements.get(index).map(place::describe).unwrap_or_default();
            return no_effect(text, Why::Inside(what));
        }
        Target::Nothing => return no_effect(text, Why::NothingFollows),
    };
    let mark = Mark { word, source, text, line: Some(line) };
    said.extend(statements.into_iter().map(|statement| (statement, mark.clone())));
}

/// nbdev's `#| export`, `#| hide` and their kin.
fn directive(comment: &str) -> Option<(Word, Source, String)> {
    let mut words = comment.strip_prefix("#|")?.split_whitespace();
    let word = words.next()?;
    match (word, words.next()) {
        ("export" | "exports" | "exporti", _) => Some((Word::Production, Source::Export, format!("#| {word}"))),
        ("hide", _) => Some((Word::Exploration, Source::Hidden, "#| hide".to_owned())),
        ("eval:", Some("false")) => Some((Word::Exploration, Source::Hidden, "#| eval: false".to_owned())),
        _ => None,
    }
}

/// Marks that say the opposite of the one that holds for the same. A statement may well be another thing than its cell:
/// only the configuration, which goes before all, leaves no room for that.
fn contradictions(cell: usize, said: &[OfCell], found: &mut Vec<Contradiction>) {
    for (target, _) in said {
        let about = |(other, mark): &&OfCell| other == target || mark.source == Source::Configuration;
        let marks = || said.iter().filter(about);
        let Some(holds) = strongest(marks(), Mark::is_decision) else { continue };
        let opposite = |mark: &Mark| (mark.word == Word::Exploration) != (holds.word == Word::Exploration);
        for (_, other) in marks().filter(|(_, mark)| mark.is_decision() && opposite(mark)) {
            let contradiction = Contradiction { cell, holds: holds.clone(), other: other.clone() };
            if !found.contains(&contradiction) {
                found.push(contradiction);
            }
        }
    }
}
