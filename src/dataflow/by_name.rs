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
        (position, alone): (usize, bool),
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
        if saves_by_name(&name) {
            self.saved_elsewhere(given, position);
        } else if alone && changes_by_name(&name) {
            for argument in given.iter().filter(|argument| is_name(argument)) {
                self.mutate(&argument.value.clone());
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

    /// `save_results(table, "out.csv")`: writes a file; a model's, if it is given one.
    fn saved_elsewhere(&mut self, given: &[Given<'a>], position: usize) {
        let known = |argument: &Given<'a>| {
            let kind = self.type_of(&argument.value).and_then(|t| self.knowledge.kind(self.library_type(&t)?.as_ref()));
            kind.is_some_and(Kind::predicts)
        };
        let purpose = if given.iter().any(known) { Purpose::SaveModel } else { Purpose::Save };
        self.facts[self.current].calls[position].purpose = Some(purpose);
        let path = given.iter().find(|argument| self.constant(&argument.value).is_some()).cloned();
        if let Some(path) = path {
            self.write_file(&path, purpose);
        }
    }

    /// An argument that is a model, or a name of something of which nothing is known.
    fn may_be_model(&self, argument: &Given<'a>) -> bool {
        match self.type_of(&argument.value) {
            Some(type_name) => match self.library_type(&type_name).and_then(|library| self.knowledge.kind(&library)) {
                Some(kind) => kind.predicts() || kind == Kind::Network,
                None => type_name.starts_with("notebook:"),
            },
            None => !argument.value.objects.is_empty() && is_name(argument),
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

/// Whether a function's name says that it writes a file: `save_model`, `export_results`; pictures are no results.
fn saves_by_name(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name).to_lowercase();
    let words: Vec<&str> = last.split('_').collect();
    let pictures = ["fig", "figure", "plot", "image", "images", "img", "graph"];
    matches!(words.first(), Some(&("save" | "export" | "dump" | "write")))
        && !words.iter().any(|word| pictures.contains(word))
}

/// Whether the name of a function whose result nobody takes says that it changes what it is given: `clean_names(df)`.
fn changes_by_name(name: &str) -> bool {
    const VERBS: [&str; 22] = [
        "add",
        "clean",
        "convert",
        "create",
        "drop",
        "edit",
        "encode",
        "engineer",
        "fill",
        "fix",
        "impute",
        "make",
        "normalize",
        "prepare",
        "preprocess",
        "process",
        "remove",
        "rename",
        "replace",
        "scale",
        "transform",
        "update",
    ];
    let last = name.rsplit('.').next().unwrap_or(name).to_lowercase();
    last.split('_').next().is_some_and(|word| VERBS.contains(&word))
}

fn is_name(argument: &Given<'_>) -> bool {
    argument.expression.is_some_and(|expression| matches!(expression.kind, ExprKind::Name(_)))
}
