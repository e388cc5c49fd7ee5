//! What kind of work each statement does: by its calls, else by what it makes and by who reads that.

use std::collections::BTreeMap;

use super::constants::is_plain_estimator;
use super::stages::StageKind;
use crate::analysis::Analysis;
use crate::dataflow::{CallEvent, DependencyKind, StatementFacts};
use crate::knowledge::{Kind, Purpose, knowledge};
use crate::syntax::ast::{Expr, ExprKind, StmtKind};

/// The kind of each statement, in order.
pub(super) fn kinds(analysis: &Analysis, statements: &[usize]) -> Vec<(usize, StageKind)> {
    Work::new(analysis, statements).kinds()
}

/// The last statement before one that says what it does.
#[derive(Clone, Copy)]
struct Before {
    kind: StageKind,
    cell: usize,
}

struct Work<'a> {
    analysis: &'a Analysis,
    statements: &'a [usize],
    /// The places that read what each binds, and the places whose values each reads.
    readers: Vec<Vec<usize>>,
    reads: Vec<Vec<usize>>,
    /// What the calls of each say.
    own: Vec<Option<StageKind>>,
    /// Whether each makes or changes data, or what is computed from data: parameters do not.
    data: Vec<bool>,
    /// The places of the first split, and of the production model's fit.
    split: Option<usize>,
    fit: Option<usize>,
}

impl<'a> Work<'a> {
    fn new(analysis: &'a Analysis, statements: &'a [usize]) -> Self {
        let model = analysis.classification.model.as_ref();
        let model_fit = model.map(|model| analysis.classification.candidates[model.candidate].fit_statement);
        let split = statements.iter().copied().find(|i| own_kind(analysis, *i, None, None) == Some(StageKind::Split));
        let own: Vec<Option<StageKind>> = statements
            .iter()
            .map(|index| own_kind(analysis, *index, split, model_fit).filter(|_| !is_plain_estimator(analysis, *index)))
            .collect();
        let places: BTreeMap<usize, usize> =
            statements.iter().enumerate().map(|(place, index)| (*index, place)).collect();
        let place = |wanted: usize| places.get(&wanted).copied();
        let mut readers: Vec<Vec<usize>> = vec![Vec::new(); statements.len()];
        let mut reads: Vec<Vec<usize>> = vec![Vec::new(); statements.len()];
        for (reader, index) in statements.iter().enumerate() {
            for dependency in analysis.graph.dependencies_of(*index) {
                let Some(from) = place(dependency.from) else { continue };
                let known = readers[from].last() == Some(&reader);
                if matches!(dependency.kind, DependencyKind::Data | DependencyKind::Def) && !known {
                    readers[from].push(reader);
                }
                if dependency.kind == DependencyKind::Data && from < reader {
                    reads[reader].push(from);
                }
            }
        }
        let mut work = Self {
            analysis,
            statements,
            readers,
            reads,
            data: Vec::new(),
            split: split.and_then(place),
            fit: model_fit.and_then(place),
            own,
        };
        for place in 0..statements.len() {
            if work.own[place].is_none() && work.is_fitted_later(place) {
                work.own[place] = Some(StageKind::Train);
            }
            let data = work.is_data(place);
            work.data.push(data);
        }
        work
    }

    fn kinds(&self) -> Vec<(usize, StageKind)> {
        let mut kinds: Vec<Option<StageKind>> = vec![None; self.statements.len()];
        let mut before: Option<Before> = None;
        for (place, known) in kinds.iter_mut().enumerate() {
            *known = self.kind_of_data(place, before);
            let cell = self.facts(place).at.cell;
            before = known.map(|kind| Before { kind, cell }).or(before);
        }
        // Parameters belong to what comes next, if that or something after it reads them.
        let mut next: Option<StageKind> = None;
        let mut parameters: Vec<Option<StageKind>> = vec![None; self.statements.len()];
        for place in (0..self.statements.len()).rev() {
            if kinds[place].is_none() {
                let reader = self.readers(place).find_map(|reader| kinds[reader].or(parameters[reader]));
                parameters[place] = next.filter(|next| reader.is_some_and(|reader| reader >= *next));
            } else {
                next = kinds[place];
            }
        }
        let mut previous = None;
        let mut found = Vec::new();
        for (place, index) in self.statements.iter().enumerate() {
            let following = || kinds[place..].iter().flatten().next().copied();
            let kind = kinds[place].or(parameters[place]).or(previous).or_else(following);
            let kind = kind.unwrap_or(StageKind::Features);
            previous = Some(kind);
            found.push((*index, kind));
        }
        found
    }

    /// The kind of a statement that says what it does, or that makes data.
    fn kind_of_data(&self, place: usize, before: Option<Before>) -> Option<StageKind> {
        let previous = before.map(|before| before.kind);
        let before_model = self.fit.is_none_or(|fit| place < fit);
        let before_split = self.split.is_none_or(|split| place < split);
        let own = self.own[place];
        let cell = self.facts(place).at.cell;
        let same_cell = before.is_some_and(|before| before.kind == StageKind::Load && before.cell == cell);
        // Data that a cell makes up, and does not load, is made by all of its statements.
        if same_cell && self.data[place] && matches!(own, None | Some(StageKind::Clean)) && !self.loads_before(place) {
            return previous;
        }
        if before_model && before_split && matches!(own, None | Some(StageKind::Clean)) && self.data[place] {
            if self.split.is_none() && self.splits_by_hand(place) {
                return Some(StageKind::Split);
            }
            let unpacks = same_cell && self.unpacks(place);
            if !unpacks && self.depends_on_data(place) && self.selects(place) {
                return Some(StageKind::Features);
            }
        }
        if own.is_some() || !self.data[place] {
            return own;
        }
        if !before_model {
            return match self.kind_of_reader(place) {
                // What is made from predictions and then saved.
                Some(StageKind::Save) if matches!(previous, Some(StageKind::Train | StageKind::Evaluate)) => {
                    Some(StageKind::Predict)
                }
                Some(StageKind::Save) | None => previous,
                reader => reader,
            };
        }
        Some(match previous {
            None => StageKind::Load,
            Some(StageKind::Load) if same_cell || self.makes_table(place) => StageKind::Load,
            Some(StageKind::Load) if !self.depends_on_data(place) => {
                if self.loads_before(place) {
                    return None;
                }
                StageKind::Load
            }
            Some(StageKind::Load) => {
                let next = self.own[place..].iter().flatten().next();
                if next == Some(&StageKind::Clean) { StageKind::Clean } else { StageKind::Features }
            }
            Some(previous) => previous,
        })
    }

    /// Whether a statement makes or changes data.
    fn is_data(&self, place: usize) -> bool {
        let defines = matches!(self.statement(place), Some(StmtKind::FunctionDef(_) | StmtKind::ClassDef(_)));
        if defines || is_plain_estimator(self.analysis, self.statements[place]) {
            return false;
        }
        let facts = self.facts(place);
        let is_other = |name: &String| {
            matches!(name.as_str(), "int" | "float" | "bool" | "str")
                || knowledge().kind(name).is_some_and(Kind::predicts)
        };
        if self.own[place].is_none() && !facts.types.is_empty() && facts.types.values().all(is_other) {
            return false;
        }
        let is_data = |name: &String| knowledge().kind(name) == Some(Kind::Data);
        matches!(self.own[place], Some(StageKind::Load | StageKind::Clean | StageKind::Features | StageKind::Split))
            || facts.types.values().any(is_data) && !self.is_for_settings(place)
            || self.is_fitted_on(place)
            || self.depends_on_data(place)
    }

    /// Whether a name that a statement computes is handed to a fit or a split as it is.
    fn is_fitted_on(&self, place: usize) -> bool {
        let mut computed = false;
        if let Some(value) = self.assigned(place) {
            value.walk(&mut |e| {
                computed |=
                    matches!(e.kind, ExprKind::Call { .. } | ExprKind::Compare { .. } | ExprKind::Binary { .. });
            });
        }
        let binds = &self.facts(place).binds;
        let hands_over = |reader: usize| {
            let takes_data = |call: &&CallEvent| matches!(call.purpose, Some(Purpose::Fit | Purpose::Split));
            let spans: Vec<_> =
                self.facts(reader).calls.iter().filter(takes_data).filter_map(|call| call.span).collect();
            let mut found = false;
            if let Some(statement) = self.analysis.statement(self.facts(reader).at) {
                statement.walk_expressions(&mut |e| {
                    if let ExprKind::Call { arguments, .. } = &e.kind
                        && spans.contains(&e.span)
                    {
                        found |= arguments
                            .iter()
                            .any(|a| matches!(&a.value.kind, ExprKind::Name(name) if binds.contains_key(name)));
                    }
                });
            }
            found
        };
        computed && self.readers(place).any(hands_over)
    }

    /// An array that only goes to an estimator's settings: the values that a search tries.
    fn is_for_settings(&self, place: usize) -> bool {
        let mut readers = self.readers(place).peekable();
        let settings = |reader: usize| {
            let facts = self.facts(reader);
            is_plain_estimator(self.analysis, self.statements[reader])
                || constructs(facts, &|kind| kind.predicts())
                    && !facts.calls.iter().any(|call| call.purpose == Some(Purpose::Fit))
                || facts.types.values().any(|name| name == "dict")
        };
        !self.depends_on_data(place) && readers.peek().is_some() && readers.all(settings)
    }

    /// Whether a statement reads data that an earlier one made.
    fn depends_on_data(&self, place: usize) -> bool {
        self.reads[place].iter().any(|from| self.data[*from])
    }

    /// The places that read what this one binds, later ones only: a loop may read its own.
    fn readers(&self, place: usize) -> impl Iterator<Item = usize> {
        self.readers[place].iter().copied().filter(move |reader| *reader > place)
    }

    /// Whether a statement makes from a table what is split, or fitted where nothing is split: features or target.
    fn selects(&self, place: usize) -> bool {
        let facts = self.facts(place);
        let fresh = facts.binds.keys().any(|name| !facts.reads.contains(name));
        let uses = |reader: usize| match self.own[reader] {
            Some(StageKind::Split) => true,
            Some(StageKind::Train) => self.split.is_none(),
            _ => false,
        };
        fresh && self.readers(place).any(uses)
    }

    /// `X, y = data.data, data.target`: what was loaded, by its parts.
    fn unpacks(&self, place: usize) -> bool {
        let is_part = |e: &Expr| e.dotted().is_some_and(|parts| parts.len() == 2);
        match self.assigned(place) {
            Some(Expr { kind: ExprKind::Tuple(items), .. }) => items.iter().all(is_part),
            Some(value) => is_part(value),
            None => false,
        }
    }

    /// Whether something was loaded before, from a file or a library.
    fn loads_before(&self, place: usize) -> bool {
        self.own[..place].contains(&Some(StageKind::Load))
    }

    /// Whether a statement makes what a later one fits: a model that nothing is known about.
    fn is_fitted_later(&self, place: usize) -> bool {
        let binds = &self.facts(place).binds;
        let fits = |call: &CallEvent| {
            let receiver = call.receiver.as_deref();
            call.purpose == Some(Purpose::Fit) && receiver.is_some_and(|name| binds.contains_key(name))
        };
        !is_plain_estimator(self.analysis, self.statements[place])
            && self
                .readers(place)
                .any(|reader| self.own[reader] == Some(StageKind::Train) && self.facts(reader).calls.iter().any(fits))
    }

    /// `pd.DataFrame(…)`: what was loaded, as a table.
    fn makes_table(&self, place: usize) -> bool {
        let span = self.assigned(place).map(|value| value.span);
        self.facts(place).calls.iter().any(|call| {
            let table = matches!(call.function.as_deref(), Some("pandas.DataFrame" | "pandas.Series"));
            table && call.span.is_some() && call.span == span
        }) && self.depends_on_data(place)
    }

    /// `X_train = X[:1000]`
    fn splits_by_hand(&self, place: usize) -> bool {
        fn names_a_set(name: &str) -> bool {
            let sets = ["train", "test", "val", "valid", "validation"];
            name.split('_').any(|word| sets.contains(&word.to_ascii_lowercase().as_str()))
        }
        let Some(StmtKind::Assign { targets, value }) = self.statement(place) else { return false };
        let [target] = targets.as_slice() else { return false };
        let is_part = |target: &Expr, value: &Expr| {
            let ExprKind::Name(name) = &target.kind else { return false };
            let sliced = matches!(&value.kind, ExprKind::Subscript { index, .. } if !is_text(index));
            sliced && names_a_set(name) && value.root_name().is_some_and(|root| !names_a_set(root))
        };
        match (&target.kind, &value.kind) {
            (ExprKind::Tuple(targets), ExprKind::Tuple(values)) => {
                targets.len() == values.len() && targets.iter().zip(values).all(|(t, v)| is_part(t, v))
            }
            _ => is_part(target, value),
        }
    }

    /// The kind of the next statement that says what it is, if it reads this one.
    fn kind_of_reader(&self, place: usize) -> Option<StageKind> {
        for later in place + 1..self.statements.len() {
            let reads = self.readers(place).any(|reader| reader == later);
            if let Some(kind) = self.own[later] {
                return reads.then_some(kind);
            }
            if reads {
                return self.kind_of_reader(later);
            }
        }
        None
    }

    fn facts(&self, place: usize) -> &'a StatementFacts {
        &self.analysis.graph.statements[self.statements[place]]
    }

    fn statement(&self, place: usize) -> Option<&'a StmtKind> {
        self.analysis.statement(self.facts(place).at).map(|statement| &statement.kind)
    }

    fn assigned(&self, place: usize) -> Option<&'a Expr> {
        match self.statement(place)? {
            StmtKind::Assign { value, .. } => Some(value),
            _ => None,
        }
    }
}

fn is_text(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Str(_) => true,
        ExprKind::List(items) => items.iter().any(is_text),
        _ => false,
    }
}

/// What a statement's calls say about its kind of work.
fn own_kind(analysis: &Analysis, index: usize, split: Option<usize>, model_fit: Option<usize>) -> Option<StageKind> {
    let facts = &analysis.graph.statements[index];
    let has = |purpose: Purpose| facts.calls.iter().any(|call| call.purpose == Some(purpose));
    let after_split = split.is_some_and(|split| index > split);
    let fitted = model_fit.is_some_and(|fit| index > fit);
    if has(Purpose::SaveModel) || has(Purpose::Save) {
        return Some(StageKind::Save);
    }
    if Some(index) == model_fit || has(Purpose::TrainStep) {
        return Some(StageKind::Train);
    }
    if has(Purpose::Split) {
        return Some(StageKind::Split);
    }
    if has(Purpose::Load) || has(Purpose::LoadModel) {
        return Some(StageKind::Load);
    }
    if has(Purpose::Metric) || has(Purpose::Validate) {
        return Some(StageKind::Evaluate);
    }
    if has(Purpose::Fit) {
        let trains = facts.calls.iter().any(fits_model);
        return Some(if trains || after_split { StageKind::Train } else { StageKind::Features });
    }
    if fitted && has(Purpose::Predict) {
        return Some(if followed_by_metric(analysis, index) { StageKind::Evaluate } else { StageKind::Predict });
    }
    if has(Purpose::Build) || constructs(facts, &|kind| kind.predicts() || kind == Kind::Optimizer) {
        return Some(StageKind::Train);
    }
    if fitted {
        return None;
    }
    if constructs(facts, &|kind| kind == Kind::Transformer) {
        return Some(if after_split { StageKind::Train } else { StageKind::Features });
    }
    if has(Purpose::Feature) || has(Purpose::Transform) {
        return Some(if after_split { StageKind::Train } else { StageKind::Features });
    }
    if has(Purpose::Clean) {
        return Some(StageKind::Clean);
    }
    None
}

fn fits_model(call: &CallEvent) -> bool {
    call.purpose == Some(Purpose::Fit)
        && call.receiver_type.as_deref().is_some_and(|t| knowledge().kind(t).is_some_and(Kind::predicts))
}

fn constructs(facts: &StatementFacts, wanted: &dyn Fn(Kind) -> bool) -> bool {
    facts.calls.iter().any(|call| {
        let class = call.function.as_deref().filter(|_| call.method.is_none());
        class.and_then(|name| knowledge().kind(name)).is_some_and(wanted)
    })
}

/// Whether some production statement measures what this one predicts.
fn followed_by_metric(analysis: &Analysis, index: usize) -> bool {
    analysis.graph.statements.iter().enumerate().skip(index + 1).any(|(later, facts)| {
        analysis.classification.statements[later].is_packaged()
            && facts.calls.iter().any(|call| call.purpose == Some(Purpose::Metric))
            && analysis.graph.dependencies_of(later).any(|d| d.from == index)
    })
}
