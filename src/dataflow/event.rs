//! What later phases may know of each call.

use super::call::{Given, Resolved, argument};
use super::graph::CallEvent;
use super::interpreter::Interpreter;
use super::object::{ObjectId, Value};
use crate::knowledge::{Kind, Purpose};
use crate::syntax::ast::{Expr, ExprKind};

impl<'a> Interpreter<'a> {
    pub(super) fn start_event(
        &mut self,
        call: &'a Expr,
        function: &'a Expr,
        resolved: &Resolved,
        given: &[Given<'a>],
        own: Option<&str>,
    ) -> usize {
        let receiver_objects = resolved.receiver.as_ref().map(|value| value.objects.clone()).unwrap_or_default();
        let arguments =
            given.iter().map(|item| (item.keyword.map(str::to_owned), self.reach(&item.value.objects))).collect();
        let receiver = match &function.kind {
            ExprKind::Attribute { value, .. } => self.source_text(value),
            _ => None,
        };
        let fact = resolved.fact;
        let event = CallEvent {
            span: self.stack.is_empty().then_some(call.span),
            function: own.map(str::to_owned).or_else(|| resolved.function.as_ref().map(ToString::to_string)),
            method: resolved.method.clone(),
            receiver_type: resolved.receiver_type.as_ref().map(ToString::to_string),
            receiver,
            receiver_objects,
            arguments,
            purpose: fact.and_then(|f| f.purpose),
            fits: self.fitted(resolved, given),
            metric: fact.and_then(|f| f.metric.clone()),
            result: Vec::new(),
            unknown: false,
            draws: fact.and_then(|f| f.draws.clone().filter(|_| super::state::draws(f, given))),
        };
        let by_hand = accuracy_by_hand(function, call);
        let event = CallEvent {
            purpose: event.purpose.or_else(|| by_hand.then_some(Purpose::Metric)),
            metric: event.metric.or_else(|| by_hand.then(|| "accuracy".to_owned())),
            ..event
        };
        let calls = &mut self.facts[self.current].calls;
        if let Some(position) = self.events.get(&(std::ptr::from_ref(call) as usize)) {
            calls[*position].join(event);
            *position
        } else {
            self.events.insert(std::ptr::from_ref(call) as usize, calls.len());
            calls.push(event);
            calls.len() - 1
        }
    }

    /// What a call fits instead of its receiver, as far as it is known before the call is made.
    fn fitted(&self, resolved: &Resolved, given: &[Given<'a>]) -> Vec<ObjectId> {
        let Some(fact) = resolved.fact else { return Vec::new() };
        let mut found: Vec<ObjectId> = match fact.fits.as_deref() {
            None | Some("result") => Vec::new(),
            Some("held") => {
                let receiver = resolved.receiver.iter().flat_map(|value| &value.objects);
                let held = receiver.flat_map(|id| &self.objects[*id].held).copied();
                held.filter(|id| self.predicts(*id)).collect()
            }
            Some(parameter) => argument(given, fact, parameter).map(|g| g.value.objects.clone()).unwrap_or_default(),
        };
        found.sort_unstable();
        found.dedup();
        found
    }

    fn predicts(&self, id: ObjectId) -> bool {
        let value = Value { objects: vec![id], ..Value::default() };
        self.kind_of(&value).is_some_and(Kind::predicts)
    }

    pub(super) fn end_event(&mut self, position: usize, result: &Value) {
        if let Some(event) = self.facts[self.current].calls.get_mut(position) {
            event.result.extend(&result.objects);
            event.result.sort_unstable();
            event.result.dedup();
        }
    }

    /// The text of an expression in the statement itself; the dotted name otherwise.
    pub(super) fn source_text(&self, expression: &Expr) -> Option<String> {
        if self.stack.is_empty() {
            let at = self.facts[self.current].at;
            let cell = self.cells.get(at.cell)?;
            return Some(cell.text(expression.span).to_owned());
        }
        expression.dotted().map(|parts| parts.join("."))
    }
}

/// `(predicted == actual).mean()` and `np.mean(predicted == actual)`.
fn accuracy_by_hand(function: &Expr, call: &Expr) -> bool {
    let compares = |e: &Expr| matches!(&e.kind, ExprKind::Compare { operators, .. } if operators.as_slice() == ["=="]);
    let ExprKind::Attribute { value, attribute } = &function.kind else { return false };
    let ExprKind::Call { arguments, .. } = &call.kind else { return false };
    attribute == "mean" && (compares(value) || arguments.first().is_some_and(|a| compares(&a.value)))
}
