//! pyplot's current figure: what draws on it, what makes a new one, what shows it.
//!
//! The figure is ambient state (`<plt>`) with a value of its own: the figure's object, which holds its axes. So drawing
//! through pyplot reaches `fig` and `ax`, and drawing on `ax` reaches what pyplot saves.

use std::rc::Rc;

use super::call::{Given, Resolved};
use super::environment::Bound;
use super::interpreter::Interpreter;
use super::object::{Interest, Object, ObjectId, Value};
use crate::knowledge::FigureUse;
use crate::syntax::ast::{Expr, ExprKind};

/// The figure's name in dependencies.
pub(super) const FIGURE: &str = "<plt>";
/// The name of the settings that count for what is drawn.
pub(super) const DRAWING_SETTINGS: &str = "<mpl.rcParams>";
/// The field of a figure that holds the axes which pyplot draws on.
const CURRENT_AXES: &str = "<axes>";
const FIGURE_TYPE: &str = "matplotlib.figure.Figure";
const AXES_TYPE: &str = "matplotlib.axes.Axes";

impl<'a> Interpreter<'a> {
    /// What a call does with the current figure; returns what the call returns.
    pub(super) fn figure(
        &mut self,
        function: &'a Expr,
        resolved: &Resolved,
        given: &[Given<'a>],
        result: Value,
    ) -> Value {
        let known = resolved.fact.map(|fact| fact.figure);
        // Libraries that nothing is known of plot with pyplot, as a rule.
        let guessed = || match &function.kind {
            ExprKind::Name(name) => is_drawing(name),
            ExprKind::Attribute { value, attribute } => {
                let accessor = matches!(&value.kind, ExprKind::Attribute { attribute, .. } if attribute == "plot");
                accessor || is_drawing(attribute)
            }
            _ => false,
        };
        let does = match known {
            Some(does) => does,
            None => guessed().then_some(FigureUse::Current),
        };
        self.keep_axes(resolved, &result);
        let Some(does) = does else { return result };
        let on_axes = given.iter().any(|g| matches!(g.keyword, Some("ax" | "axes")));
        match does {
            FigureUse::New if !on_axes => {
                self.facts[self.current].drawing.draws = true;
                self.new_figure(&result);
                result
            }
            FigureUse::New | FigureUse::Current if on_axes => {
                self.need_state(DRAWING_SETTINGS, &Interest::Whole);
                result
            }
            FigureUse::New | FigureUse::Current => {
                let figure = self.current_figure();
                self.facts[self.current].drawing.draws = true;
                let axes = self.current_axes(&figure, resolved);
                self.mutate(&figure.value);
                self.mutate(&axes);
                self.same_drawing(result, &figure.value, axes)
            }
            FigureUse::Query => {
                let figure = self.current_figure();
                let axes = self.current_axes(&figure, resolved);
                self.same_drawing(result, &figure.value, axes)
            }
            FigureUse::Show => {
                self.need_state(FIGURE, &Interest::Whole);
                self.close_figures();
                result
            }
            FigureUse::Close => {
                self.close_figures();
                result
            }
        }
    }

    /// There is no current figure any more.
    pub(super) fn close_figures(&mut self) {
        if self.globals.get(FIGURE).is_some_and(|bound| !bound.is_unbound()) {
            self.globals.set(FIGURE, Bound::default());
        }
    }

    fn new_figure(&mut self, result: &Value) {
        self.need_state(DRAWING_SETTINGS, &Interest::Whole);
        // `fig, axes = plt.subplots()`: the figure holds its axes.
        let parts: Vec<Value> = match result.objects.as_slice() {
            [only] => ["0", "1"].iter().filter_map(|key| self.objects[*only].fields.get(*key).cloned()).collect(),
            _ => Vec::new(),
        };
        let figure = match parts.as_slice() {
            [figure, axes] => {
                self.set_axes(&figure.objects, axes);
                figure.clone()
            }
            _ if result.objects.is_empty() || result.part => self.make_typed(Some(FIGURE_TYPE.into())),
            _ => {
                if self.type_of(result).as_deref() == Some(AXES_TYPE) {
                    let figure = self.make_typed(Some(FIGURE_TYPE.into()));
                    self.set_axes(&figure.objects, result);
                    figure
                } else {
                    result.clone()
                }
            }
        };
        self.bind_state_to(FIGURE, figure);
    }

    /// The current figure, made if there is none.
    fn current_figure(&mut self) -> Bound {
        self.need_state(DRAWING_SETTINGS, &Interest::Whole);
        let known = self.globals.get(FIGURE).filter(|bound| !bound.is_unbound()).cloned();
        if let Some(bound) = known {
            self.depend(FIGURE, &bound);
            return bound;
        }
        // What the statement itself has drawn before is its own matter.
        let drawing = &mut self.facts[self.current].drawing;
        drawing.begins |= !drawing.draws;
        let figure = self.make_typed(Some(FIGURE_TYPE.into()));
        self.bind_state_to(FIGURE, figure);
        self.globals.get(FIGURE).cloned().unwrap_or_default()
    }

    /// The axes that pyplot draws on; `plt.subplot` and its kin make new ones.
    fn current_axes(&mut self, figure: &Bound, resolved: &Resolved) -> Value {
        let makes = resolved.function.as_deref().is_some_and(|function| {
            matches!(
                function,
                "matplotlib.pyplot.subplot" | "matplotlib.pyplot.axes" | "matplotlib.pyplot.subplot2grid"
            )
        });
        let mut found = Value::default();
        for id in &figure.value.objects {
            found = found.or(self.objects[*id].fields.get(CURRENT_AXES).cloned().unwrap_or_default());
        }
        if makes || found.objects.is_empty() {
            found = self.make_typed(Some(AXES_TYPE.into()));
            self.set_axes(&figure.value.objects, &found);
        }
        found
    }

    fn set_axes(&mut self, figures: &[ObjectId], axes: &Value) {
        for id in figures {
            let object: &mut Object<'a> = &mut self.objects[*id];
            if let Some(before) = object.fields.insert(Rc::from(CURRENT_AXES), axes.clone()) {
                object.held.extend(before.objects);
            }
        }
    }

    /// Figures and axes that a drawing function returns are the current ones.
    fn same_drawing(&self, result: Value, figure: &Value, axes: Value) -> Value {
        match self.type_of(&result).as_deref() {
            Some(FIGURE_TYPE) => figure.clone(),
            Some(AXES_TYPE) => axes,
            _ => result,
        }
    }

    /// Axes added to a figure belong to it and become the current ones.
    fn keep_axes(&mut self, resolved: &Resolved, result: &Value) {
        let Some(receiver) = &resolved.receiver else { return };
        if resolved.receiver_type.as_deref() == Some(FIGURE_TYPE)
            && self.type_of(result).as_deref() == Some(AXES_TYPE)
            && !result.part
        {
            let figures = receiver.objects.clone();
            self.set_axes(&figures, result);
        }
    }
}

/// Whether a function's name says that it draws.
fn is_drawing(name: &str) -> bool {
    ["plot", "visuali", "draw_"].iter().any(|start| name.starts_with(start)) || name.ends_with("_plot")
}
