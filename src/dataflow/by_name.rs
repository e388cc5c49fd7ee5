//! Functions that are defined elsewhere, as far as their names tell what they do: they train, or they seed.

use super::call::{Given, Resolved};
use super::interpreter::Interpreter;
use super::object::Value;
use super::state::generator_state;
use crate::knowledge::{Kind, Purpose};
use crate::syntax::ast::{Expr, ExprKind};

impl<'a> Interpreter<'a> {
    /// `train(net, batches)` and `seed_everything(7)` of a module beside the notebook: nothing is known of them but what
    /// their names say, and a model that is left untrained, or unseeded, would be a wrong package.
    pub(super) fn defined_elsewhere(
        &mut self,
        function: &Expr,
        resolved: &Resolved,
        given: &[Given<'a>],
        result: &Value,
        position: usize,
    ) {
        let Some(name) = function.dotted().map(|parts| parts.join(".")) else { return };
        if resolved.receiver.is_some() {
            return;
        }
        if seeds_by_name(&name) {
            for generator in ["numpy", "random", "torch", "tensorflow"] {
                self.bind_state(&generator_state(generator));
            }
        }
        if !trains_by_name(&name) {
            return;
        }
        let Some(model) = given.iter().find(|argument| self.may_be_model(argument)) else { return };
        let model = model.value.clone();
        self.unknown_code();
        self.mutate(&model);
        self.hold(result, &model);
        let event = &mut self.facts[self.current].calls[position];
        event.purpose = Some(Purpose::Fit);
        event.receiver_objects.clone_from(&model.objects);
    }

    /// An argument that is a model, or a name of something of which nothing is known.
    fn may_be_model(&self, argument: &Given<'a>) -> bool {
        match self.type_of(&argument.value) {
            Some(type_name) => match self.library_type(&type_name).and_then(|library| self.knowledge.kind(&library)) {
                Some(kind) => kind.predicts() || kind == Kind::Network,
                None => type_name.starts_with("notebook:"),
            },
            None => {
                !argument.value.objects.is_empty()
                    && argument.expression.is_some_and(|expression| matches!(expression.kind, ExprKind::Name(_)))
            }
        }
    }
}

/// Whether a function's name says that it trains what it is given: `train_model`, `fit`, `training_loop`.
fn trains_by_name(name: &str) -> bool {
    const VERBS: [&str; 4] = ["train", "fit", "training", "finetune"];
    // `train_test_split`, `fit_data`, `train_loader`: about data for training.
    const OTHERWISE: [&str; 16] = [
        "split",
        "test",
        "val",
        "valid",
        "data",
        "dataset",
        "set",
        "loader",
        "generator",
        "generators",
        "features",
        "size",
        "load",
        "plot",
        "get",
        "log",
    ];
    let last = name.rsplit('.').next().unwrap_or(name).to_lowercase();
    let words: Vec<&str> = last.split('_').collect();
    words.iter().any(|word| VERBS.contains(word)) && !words.iter().any(|word| OTHERWISE.contains(word))
}

/// Whether a function's name says that it seeds generators: `set_seed`, `seed_everything`, `fix_random_seeds`.
fn seeds_by_name(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name).to_lowercase();
    let mut words = last.split('_');
    words.any(|word| matches!(word, "seed" | "seeds")) && !last.starts_with("get")
}
