//! What stages are called, and how their docstrings begin.

use super::build::Draft;
use super::liveness::Interface;
use super::names::{cells_phrase, snake, unused};
use super::stages::{Segment, StageKind};
use crate::knowledge::{Kind, Purpose, knowledge};
use crate::notebook::CellKind;
use crate::syntax::At;
use crate::syntax::ast::{Stmt, StmtKind};

/// Longer names of functions are hard to read.
const LONGEST: usize = 36;

/// A stage's work in words: names for the function, the best first, and the beginning of its docstring.
struct Words {
    functions: &'static [&'static str],
    docstring: &'static str,
}

impl Draft<'_> {
    fn words(&self, segment: &Segment) -> Words {
        let has = |purposes: &[Purpose]| {
            segment.statements.iter().any(|index| {
                let calls = &self.analysis.graph.statements[*index].calls;
                calls.iter().any(|call| call.purpose.is_some_and(|purpose| purposes.contains(&purpose)))
            })
        };
        match segment.kind {
            StageKind::Load if !has(&[Purpose::Load, Purpose::LoadModel]) => {
                Words { functions: &["make_data", "make_inputs", "generate_data"], docstring: "Make the data" }
            }
            StageKind::Train if !self.trains(segment) => Words {
                functions: &["prepare_training", "prepare_model", "prepare_inputs"],
                docstring: "Prepare the training",
            },
            kind => Words { functions: kind.functions(), docstring: kind.docstring() },
        }
    }

    /// Whether a stage of training fits a model, not only a scaler.
    fn trains(&self, segment: &Segment) -> bool {
        let model = self.analysis.classification.model.as_ref();
        let fit = model.map(|model| self.analysis.classification.candidates[model.candidate].fit_statement);
        segment.statements.iter().any(|index| {
            let calls = &self.analysis.graph.statements[*index].calls;
            Some(*index) == fit
                || calls.iter().any(|call| {
                    let known = call.receiver_type.as_deref().and_then(|name| knowledge().kind(name));
                    call.purpose == Some(Purpose::TrainStep)
                        || call.purpose == Some(Purpose::Fit) && known.is_none_or(Kind::predicts)
                })
        })
    }

    /// The only stage of its kind has the kind's usual name; one of several is called by its heading or by what it gives.
    pub(super) fn function_name(&mut self, number: usize, segment: &Segment, interface: &Interface) -> String {
        let base = self.words(segment).functions;
        let verb = base[0].split('_').next().unwrap_or("run");
        let alike = |other: &Segment| other.kind == segment.kind && self.words(other).functions == base;
        let first = !self.segments[..number].iter().any(alike);
        let several = self.segments.iter().enumerate().any(|(place, other)| place != number && alike(other));
        let mut wanted: Vec<String> = Vec::new();
        // The first of several steps on the data says which step; loading and training keep their names.
        let steps = matches!(segment.kind, StageKind::Clean | StageKind::Features);
        if first && !(steps && several) {
            wanted.extend(base.iter().map(|name| (*name).to_owned()));
        }
        if let Some(heading) = self.heading(segment) {
            let slug = snake(&heading);
            if heading.is_ascii() && slug.split('_').count() <= 4 && slug.len() > 3 && !says_nothing(&slug, verb) {
                let starts = slug.starts_with(&format!("{verb}_"));
                wanted.push(if starts { slug } else { format!("{verb}_{slug}") });
            }
        }
        if segment.kind == StageKind::Train {
            wanted.extend(self.model_variable(segment).map(|name| format!("{verb}_{}", snake(&name))));
        }
        match interface.gives.as_slice() {
            [only] if only.len() > 1 => wanted.push(format!("{verb}_{}", snake(only))),
            [one, two] if one.len() > 2 && two.len() > 2 => {
                wanted.push(format!("{verb}_{}_and_{}", snake(one), snake(two)));
            }
            _ => {}
        }
        wanted.retain(|name| name.len() <= LONGEST);
        wanted.push(base[0].to_owned());
        let list: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let name = unused(&list, &self.taken);
        self.taken.insert(name.clone());
        name
    }

    /// `Build the features: scaling (notebook cells 7 and 8).`
    pub(super) fn docstring(&self, number: usize, segment: &Segment, cells: &[usize]) -> String {
        let what = self.words(segment).docstring;
        let other = |(place, other): (usize, &Segment)| place != number && other.kind == segment.kind;
        let several = self.segments.iter().enumerate().any(other);
        // A heading that ends a sentence of its own would not read well.
        let plain = |text: &String| text.len() <= 40 && !text.contains(['"', '\\', '<', '{', ':', '.', '?', '!']);
        let heading = self.heading(segment).filter(|_| several).filter(plain);
        let heading = heading.map(|text| format!(": {text}")).unwrap_or_default();
        format!("{what}{heading} (notebook {}).", cells_phrase(cells))
    }

    /// The heading under which a segment begins, if the notebook has one since the last production cell; not its title.
    /// Under the heading of a training or an evaluation, other models are often tried first: there, only cells that define
    /// or import may stand between.
    fn heading(&self, segment: &Segment) -> Option<String> {
        let first = *segment.statements.first()?;
        let position = self.analysis.position(self.analysis.graph.statements[first].at.cell);
        let cells = &self.analysis.notebook.cells;
        let mut lines =
            cells.iter().filter(|cell| cell.kind == CellKind::Markdown).flat_map(|cell| cell.source.lines());
        let title = lines.find(|line| line.starts_with("# "));
        for cell in cells[..position.min(cells.len())].iter().rev() {
            match cell.kind {
                CellKind::Markdown => {
                    let heading = cell.source.lines().rev().find(|line| line.starts_with('#'));
                    if let Some(heading) = heading.filter(|heading| Some(*heading) != title) {
                        let text = heading.trim_start_matches('#').trim().trim_matches(['*', '_', '`', ':', ' ']);
                        let text =
                            text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ')' | ' '));
                        return (!text.is_empty()).then(|| text.to_owned());
                    }
                }
                CellKind::Code(index) => {
                    let statements = self.analysis.cell(index).map_or(&[][..], |cell| &cell.statements);
                    let defines = |statement: &Stmt| {
                        matches!(
                            statement.kind,
                            StmtKind::Import(_)
                                | StmtKind::ImportFrom { .. }
                                | StmtKind::FunctionDef(_)
                                | StmtKind::ClassDef(_)
                        )
                    };
                    let kept = |place: usize| {
                        let statement = self.analysis.graph.index_of(At { cell: index, statement: place });
                        statement.is_some_and(|i| self.analysis.classification.statements[i].is_packaged())
                    };
                    let passes = if matches!(segment.kind, StageKind::Train | StageKind::Evaluate) {
                        statements.iter().all(defines)
                    } else {
                        !(0..statements.len()).any(kept)
                    };
                    if !passes {
                        return None;
                    }
                }
                CellKind::Raw => {}
            }
        }
        None
    }
}

/// Whether a heading only says what kind of work is done: `Cleaning`, `Features`.
fn says_nothing(slug: &str, verb: &str) -> bool {
    let kinds = [
        "analysis",
        "data",
        "dataset",
        "evaluation",
        "features",
        "model",
        "modeling",
        "modelling",
        "output",
        "outputs",
        "predictions",
        "preprocessing",
        "results",
        "split",
        "training",
    ];
    kinds.contains(&slug) || !slug.contains('_') && slug.starts_with(verb)
}
