//! What tensors were computed with: `backward` on a loss changes the networks behind it.

use super::call::{Given, Resolved};
use super::interpreter::Interpreter;
use super::object::{ObjectId, Value};
use crate::knowledge::Kind;

const TENSOR: &str = "torch.Tensor";

impl<'a> Interpreter<'a> {
    /// A tensor that a call returns remembers the network that made it, and those behind its arguments.
    pub(super) fn trace_call(&mut self, resolved: &Resolved, given: &[Given<'a>], result: &Value) {
        let mut values: Vec<&Value> = given.iter().map(|item| &item.value).collect();
        values.extend(&resolved.receiver);
        let network = resolved.receiver.iter().filter(|_| resolved.method.is_none());
        let network: Vec<ObjectId> = network
            .filter(|value| self.kind_of(value) == Some(Kind::Network))
            .flat_map(|value| value.objects.clone())
            .collect();
        self.trace(result, &values, network);
    }

    /// So does what is computed from tensors.
    pub(super) fn trace_gradients(&mut self, result: &Value, operands: &[&Value]) {
        self.trace(result, operands, Vec::new());
    }

    fn trace(&mut self, result: &Value, operands: &[&Value], mut behind: Vec<ObjectId>) {
        if result.part || self.type_of(result).as_deref() != Some(TENSOR) {
            return;
        }
        for id in operands.iter().flat_map(|value| &value.objects) {
            let object = &self.objects[*id];
            if object.type_name.as_deref() == Some(TENSOR) {
                behind.extend(object.views.iter().flat_map(|views| views.objects.iter().copied()));
            }
        }
        behind.sort_unstable();
        behind.dedup();
        for id in result.objects.iter().filter(|_| !behind.is_empty()) {
            let below: Vec<ObjectId> = behind.iter().copied().filter(|other| other < id).collect();
            self.objects[*id].views = Some(Box::new(Value { objects: below, ..Value::default() }));
        }
    }
}
