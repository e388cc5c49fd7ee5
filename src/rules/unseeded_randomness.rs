//! Random steps that give another result at every run.

use std::collections::BTreeSet;

use super::Finding;
use super::context::{Context, Statement, enumerate};
use super::registry::declare_rule;
use crate::dataflow::{CallEvent, Definition, Dependency, DependencyKind, ObjectId, generator_state};
use crate::knowledge::{Purpose, knowledge, shorten};

declare_rule! {
    /// Production draws random numbers without a seed.
    UNSEEDED_RANDOMNESS = {
        name: "unseeded-randomness",
        code: "R101",
        summary: "Production draws random numbers without a seed",
        level: Warning,
        docs: "unseeded_randomness.md",
        check: Some(check),
    }
}

/// Estimators that take a seed and, as they are used by default, do nothing with it.
const DETERMINISTIC: &[&str] = &[
    "ElasticNet",
    "ElasticNetCV",
    "KernelPCA",
    "Lasso",
    "LassoCV",
    "LogisticRegression",
    "LogisticRegressionCV",
    "PCA",
    "Ridge",
    "RidgeClassifier",
    "SVC",
];

fn check(context: Context<'_>, findings: &mut Vec<Finding>) {
    // Objects whose constructor was told: their `fit` is the same finding.
    let mut told: BTreeSet<ObjectId> = BTreeSet::new();
    let mut networks = false;
    for statement in context.production() {
        for call in &statement.facts.calls {
            let Some(generator) = &call.draws else { continue };
            // What a second pass of a loop draws may be noted at its last call, which is often one that prints.
            let shows = matches!(call.purpose, Some(Purpose::Display | Purpose::Plot | Purpose::Inspect));
            if shows || is_seeded(context, statement, generator) || is_deterministic(call) {
                continue;
            }
            if reach(context, &call.receiver_objects).iter().any(|id| told.contains(id)) {
                continue;
            }
            if call.purpose == Some(Purpose::Fit) && !call.receiver_objects.is_empty() && fits_seeded(context, call) {
                continue;
            }
            told.extend(&call.result);
            // Every layer of a network draws its weights: one finding for all of them.
            if matches!(generator.as_str(), "torch" | "tensorflow") {
                if !std::mem::replace(&mut networks, true) {
                    findings.push(UNSEEDED_RANDOMNESS.finding(
                        context.part(statement.facts.at, call.span),
                        format!(
                            "production draws {generator}'s random numbers without a seed: every run gives another result{}",
                            affected(context, statement.index)
                        ),
                        help(generator, call),
                    ));
                }
                continue;
            }
            let name = call.function.as_deref().map(shorten).or(call.method.as_deref()).unwrap_or("this call");
            let name = match (&call.receiver_type, call.method.as_deref()) {
                (Some(receiver), Some(method)) => format!("{}.{method}", shorten(receiver)),
                _ => name.to_owned(),
            };
            findings.push(UNSEEDED_RANDOMNESS.finding(
                context.part(statement.facts.at, call.span),
                format!(
                    "`{name}` draws random numbers without a seed: every run gives another result{}",
                    affected(context, statement.index)
                ),
                help(generator, call),
            ));
        }
    }
}

/// As many names as one cares to read.
const MOST_NAMES: usize = 6;

/// The names of production whose values come from a statement's, in brackets and behind a space; empty without any.
fn affected(context: Context<'_>, index: usize) -> String {
    let graph = &context.analysis.graph;
    let mut from = BTreeSet::from([index]);
    let mut names: Vec<String> = Vec::new();
    for statement in context.production().filter(|statement| statement.index >= index) {
        let reads = |d: &Dependency| d.kind == DependencyKind::Data && from.contains(&d.from);
        if statement.index != index && !graph.dependencies_of(statement.index).any(reads) {
            continue;
        }
        from.insert(statement.index);
        let data = statement.facts.binds.iter().filter(|(_, binding)| binding.definition == Definition::Data);
        for name in data.map(|(name, _)| name).chain(&statement.facts.mutates) {
            let quoted = format!("`{name}`");
            if !name.starts_with('_') && !names.contains(&quoted) {
                names.push(quoted);
            }
        }
    }
    let more = names.len().saturating_sub(MOST_NAMES);
    if more > 1 {
        names.truncate(MOST_NAMES);
        names.push(format!("{more} more"));
    }
    if names.is_empty() { String::new() } else { format!(" ({})", enumerate(&names)) }
}

/// Objects, and what they hold: a pipeline draws through its steps.
fn reach(context: Context<'_>, objects: &[ObjectId]) -> BTreeSet<ObjectId> {
    let mut found = BTreeSet::new();
    let mut waiting = objects.to_vec();
    while let Some(next) = waiting.pop() {
        if found.insert(next) {
            waiting.extend(context.analysis.graph.objects.get(next).into_iter().flat_map(|object| &object.held));
        }
    }
    found
}

/// Whether all that a fit reaches is known to have a seed or to do nothing with one: the members of a list of models, of
/// which one is fitted at a time.
fn fits_seeded(context: Context<'_>, fit: &CallEvent) -> bool {
    let graph = &context.analysis.graph;
    let made_by = |id: ObjectId| {
        let created = graph.objects.get(id).and_then(|object| graph.statements.get(object.created))?;
        created.calls.iter().find(|call| call.method.is_none() && call.result.contains(&id))
    };
    reach(context, &fit.receiver_objects).into_iter().all(|id| {
        let class = graph.objects.get(id).and_then(|object| object.type_name.as_deref());
        let may_draw = class.and_then(|class| knowledge().function(class)).is_some_and(|fact| fact.draws.is_some());
        !may_draw || made_by(id).is_some_and(|made| made.draws.is_none() || is_deterministic(made))
    })
}

fn help(generator: &str, call: &CallEvent) -> &'static str {
    let module = call.function.as_deref().is_some_and(|name| name.starts_with("numpy.random."));
    match generator {
        // What draws from numpy's own generator takes no seed itself.
        _ if module => "call `np.random.seed(…)` first, or draw from `np.random.default_rng(…)`",
        "torch" => "call `torch.manual_seed(…)` first",
        "tensorflow" => "call `tf.random.set_seed(…)` first",
        "random" => "call `random.seed(…)` first",
        _ => "pass `random_state=…`",
    }
}

/// Whether a seed was set before, or in the same statement.
fn is_seeded(context: Context<'_>, statement: Statement<'_>, generator: &str) -> bool {
    let state = generator_state(generator);
    let graph = &context.analysis.graph;
    graph.dependencies_of(statement.index).any(|d| d.kind == DependencyKind::State && d.name == state && !d.mutation)
        || statement.facts.calls.iter().any(|call| call.purpose == Some(Purpose::Seed))
        // A constructor draws only when it is fitted; the seed counts that comes before that.
        || graph.statements[..statement.index].iter().flat_map(|facts| &facts.calls).any(|call| seeds(call, generator))
}

fn seeds(call: &CallEvent, generator: &str) -> bool {
    let fact = call.function.as_deref().and_then(|name| knowledge().function(name));
    fact.is_some_and(|fact| fact.seeds.iter().any(|seeded| seeded == generator))
}

fn is_deterministic(call: &CallEvent) -> bool {
    let known = |name: &str| DETERMINISTIC.contains(&shorten(name));
    call.receiver_type.as_deref().is_some_and(known) || call.function.as_deref().is_some_and(known)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{borrowed, by_rule, churn};

    fn unseeded(edit: impl Fn(&str) -> String) -> Vec<crate::rules::Finding> {
        let cells: Vec<String> = churn("").iter().map(|code| edit(code)).collect();
        by_rule(&borrowed(&cells), "unseeded-randomness")
    }

    #[test]
    fn draws_of_numpy_itself_take_no_random_state() {
        let mut cells = churn("");
        cells.insert(1, "import numpy as np\nnoise = np.random.randn(3)\nprint(noise)".to_owned());
        cells.push("np.savetxt('noise.csv', noise)".to_owned());
        let found = by_rule(&borrowed(&cells), "unseeded-randomness");
        assert!(found.len() == 1 && found[0].help.contains("np.random.seed"), "{found:?}");
    }

    #[test]
    fn splits_and_estimators_without_a_seed_are_found_once_each() {
        let found = unseeded(|code| code.replace(", random_state=0", "").replace("random_state=0", ""));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].message.contains("train_test_split"), "{found:?}");
        // What comes from a draw is named, through all that is computed from it.
        assert!(found[0].message.contains("`X_train`") && found[0].message.contains("`model`"), "{found:?}");
    }

    #[test]
    fn seeds_are_quiet() {
        assert_eq!(unseeded(str::to_owned), []);
    }

    #[test]
    fn a_list_of_seeded_models_is_quiet() {
        let found = |forest: &str| {
            let cells = [
                "import joblib\nfrom sklearn.datasets import load_wine\nfrom sklearn.svm import SVC".to_owned(),
                "from sklearn.ensemble import RandomForestClassifier\nX, y = load_wine(return_X_y=True)".to_owned(),
                format!("models = [SVC(), {forest}]\nfor i in range(2):\n    models[i].fit(X, y)\n    print()"),
                "joblib.dump(models, 'models.joblib')".to_owned(),
            ];
            by_rule(&borrowed(&cells), "unseeded-randomness")
        };
        assert_eq!(found("RandomForestClassifier(random_state=4)"), []);
        assert_eq!(found("RandomForestClassifier()").len(), 1);
    }

    #[test]
    fn a_global_seed_is_quiet() {
        let found = unseeded(|code| {
            code.replace(", random_state=0", "")
                .replace("(random_state=0)", "()")
                .replace("import joblib", "import joblib\nimport numpy as np\nnp.random.seed(0)")
        });
        assert_eq!(found, []);
    }
}
