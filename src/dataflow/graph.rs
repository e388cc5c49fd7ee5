//! The result of the analysis: facts about each statement and the dependencies between them.

use std::collections::{BTreeMap, BTreeSet};

use super::figure::{DRAWING_SETTINGS, FIGURE};
use super::object::{ObjectId, ObjectInfo};
use crate::knowledge::Purpose;
use crate::syntax::At;
use crate::syntax::ast::Span;

/// The dependency graph of a notebook.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// Facts about every top-level statement, in the order in which the program runs them. A cell's statements follow
    /// each other.
    pub statements: Vec<StatementFacts>,
    /// Dependencies, ordered by `to`, `from`, name.
    pub dependencies: Vec<Dependency>,
    /// The abstract objects that call events refer to.
    pub objects: Vec<ObjectInfo>,
    /// Names read where nothing defines them.
    pub undefined: Vec<Undefined>,
    /// For each code cell, by its index in the file, where its statements begin.
    pub(super) starts: Vec<usize>,
}

/// What one top-level statement does.
#[derive(Clone, Debug, Default)]
pub struct StatementFacts {
    /// Where it is.
    pub at: At,
    /// Global names it binds.
    pub binds: BTreeMap<String, Binding>,
    /// Global names it reads, functions that it calls included.
    pub reads: BTreeSet<String>,
    /// Global names whose object it changes.
    pub mutates: BTreeSet<String>,
    /// Global names it deletes.
    pub deletes: BTreeSet<String>,
    /// Calls it makes, in order of evaluation, those in the bodies of notebook functions included.
    pub calls: Vec<CallEvent>,
    /// Files it reads and writes.
    pub files: Vec<FileUse>,
    /// For an expression statement: its value.
    pub value: Option<ValueInfo>,
    /// Whether it is an expression whose value the notebook displays: the last of its cell.
    pub displayed: bool,
    /// Types of global names after the statement, for those that it binds or changes.
    pub types: BTreeMap<String, String>,
    /// The objects of the global names that it binds or changes, after the statement.
    pub objects: BTreeMap<String, Vec<ObjectId>>,
    /// Global names read by function bodies that the statement calls, by the function's name.
    pub called: BTreeMap<String, BTreeSet<String>>,
    /// What it does with pyplot's figure.
    pub drawing: Drawing,
    /// Code that the analysis can't see through: `exec`, `globals()`, `%run`.
    pub opaque: Vec<String>,
}

impl StatementFacts {
    /// Whether a figure outlives the statement: written into a file, or bound to a name.
    fn keeps_picture(&self) -> bool {
        self.files.iter().any(|file| file.written)
            || self.binds.keys().any(|name| self.types.get(name).is_some_and(|t| t.starts_with("matplotlib.")))
    }
}

/// What a statement does with pyplot's figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drawing {
    /// It draws, or makes a figure.
    pub draws: bool,
    /// It draws where no figure is open: a new one begins without the statement saying so.
    pub begins: bool,
}

/// How a name is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// As what.
    pub definition: Definition,
    /// Whether every path through the statement binds it.
    pub always: bool,
}

/// What a name was bound as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Definition {
    /// A value.
    Data,
    /// A function or class.
    Def,
    /// An import.
    Import,
}

/// A value's type and objects.
#[derive(Clone, Debug, Default)]
pub struct ValueInfo {
    /// Its type, if known.
    pub type_name: Option<String>,
    /// The objects that it may be.
    pub objects: Vec<ObjectId>,
}

/// One statement depends on another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// The statement that depends.
    pub to: usize,
    /// The statement it depends on; both index [`Graph::statements`].
    pub from: usize,
    /// Through what: a name, `<np.random>`, a path.
    pub name: String,
    /// Of what kind.
    pub kind: DependencyKind,
    /// Whether `from` changed the object rather than bound the name.
    pub mutation: bool,
    /// Whether a slice has to follow it.
    pub needed: bool,
}

impl Dependency {
    /// Whether it is through what is being drawn, or how.
    #[must_use]
    pub fn is_picture(&self) -> bool {
        self.kind == DependencyKind::State && matches!(self.name.as_str(), FIGURE | DRAWING_SETTINGS)
    }
}

/// The kinds of dependencies, as in the machine interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DependencyKind {
    /// Through a value.
    Data,
    /// Through a function or class.
    Def,
    /// Through an import.
    Import,
    /// Through ambient state: a random generator, pyplot's figure.
    State,
    /// Through a file.
    File,
}

impl DependencyKind {
    /// The kind of what has a name in angle brackets: a file, or other ambient state.
    pub(super) fn of_ambient(name: &str) -> Option<Self> {
        name.starts_with('<').then(|| if name.starts_with("<file:") { Self::File } else { Self::State })
    }

    /// Its name in the machine interface.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Def => "def",
            Self::Import => "import",
            Self::State => "state",
            Self::File => "file",
        }
    }
}

/// A call, resolved as far as possible.
#[derive(Clone, Debug, Default)]
pub struct CallEvent {
    /// The call's place in the statement's cell, if it stands in the statement itself (not in a function it calls).
    pub span: Option<Span>,
    /// The canonical name of the function (`pandas.read_csv`), or of the method
    /// (`sklearn.linear_model.LogisticRegression.fit`); the notebook's own functions by their name.
    pub function: Option<String>,
    /// The method's name, for calls on an object.
    pub method: Option<String>,
    /// The receiver's type.
    pub receiver_type: Option<String>,
    /// The receiver's text (`models["rf"]`), or its root name.
    pub receiver: Option<String>,
    /// The objects that the receiver may be.
    pub receiver_objects: Vec<ObjectId>,
    /// Arguments: keyword, and everything that can be reached from the value.
    pub arguments: Vec<(Option<String>, Vec<ObjectId>)>,
    /// What the call is for.
    pub purpose: Option<Purpose>,
    /// The objects that a method fits, where these are not its receiver: the model of Lightning's `trainer.fit(model)`,
    /// the results of a statistical model.
    pub fits: Vec<ObjectId>,
    /// The name under which a metric's value is reported.
    pub metric: Option<String>,
    /// The objects that the result may be.
    pub result: Vec<ObjectId>,
    /// Whether nothing is known about the call.
    pub unknown: bool,
    /// Names of the generators that the call draws from without a seed of its own.
    pub draws: Option<String>,
}

impl CallEvent {
    /// The same call made again, in a loop or from another place.
    pub(super) fn join(&mut self, other: Self) {
        self.receiver_objects.extend(other.receiver_objects);
        self.receiver_objects.sort_unstable();
        self.receiver_objects.dedup();
        if self.receiver_type != other.receiver_type {
            self.receiver_type = None;
        }
        self.purpose = self.purpose.or(other.purpose);
        self.fits.extend(other.fits);
        self.fits.sort_unstable();
        self.fits.dedup();
        self.draws = self.draws.take().or(other.draws);
        for ((_, known), (_, objects)) in self.arguments.iter_mut().zip(other.arguments) {
            known.extend(objects);
            known.sort_unstable();
            known.dedup();
        }
    }
}

/// A file that a statement reads or writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileUse {
    /// Whether it is written.
    pub written: bool,
    /// Its path, if the notebook says it literally.
    pub path: Option<String>,
    /// The literal's place in the statement's cell, if the path stands in the statement itself.
    pub literal: Option<Span>,
    /// What the call is for.
    pub purpose: Option<Purpose>,
}

/// A name that is read where nothing defines it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undefined {
    /// The statement that reads it.
    pub statement: usize,
    /// The name.
    pub name: String,
    /// 1-based line in the cell of the statement that reads it.
    pub line: usize,
    /// A later statement that defines it.
    pub defined_later: Option<usize>,
}

impl Graph {
    /// The statement at a place.
    #[must_use]
    pub fn index_of(&self, at: At) -> Option<usize> {
        let index = self.starts.get(at.cell)? + at.statement;
        self.statements.get(index).filter(|facts| facts.at == at).map(|_| index)
    }

    /// The statements of one code cell, in order.
    #[must_use]
    pub fn of_cell(&self, cell: usize) -> &[StatementFacts] {
        let start = self.starts.get(cell).copied().unwrap_or(self.statements.len());
        let statements = &self.statements[start..];
        let count = statements.iter().take_while(|facts| facts.at.cell == cell).count();
        &statements[..count]
    }

    /// Dependencies of one statement.
    pub fn dependencies_of(&self, statement: usize) -> impl Iterator<Item = &Dependency> {
        let start = self.dependencies.partition_point(|d| d.to < statement);
        self.dependencies[start..].iter().take_while(move |d| d.to == statement)
    }

    /// All statements that the given ones need, themselves included.
    #[must_use]
    pub fn slice(&self, sinks: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
        // Statements with whether they are there for the picture that they draw: one that draws besides needs no other
        // drawing.
        let mut found: BTreeMap<usize, bool> = BTreeMap::new();
        let mut waiting: Vec<(usize, bool)> = sinks.into_iter().map(|statement| (statement, false)).collect();
        while let Some((next, picture)) = waiting.pop() {
            let picture = picture || self.statements.get(next).is_some_and(StatementFacts::keeps_picture);
            if found.get(&next).is_some_and(|known| *known || !picture) {
                continue;
            }
            found.insert(next, picture);
            let needed = self.dependencies_of(next).filter(|d| d.needed && (picture || !d.is_picture()));
            waiting.extend(needed.map(|d| (d.from, d.is_picture())));
        }
        found.into_keys().collect()
    }
}
