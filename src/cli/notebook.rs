//! Reading a notebook with what the command line and the configuration say about it.

use std::path::Path;

use crate::analysis::Analysis;
use crate::classify::Decision;
use crate::config::Config;
use crate::diagnostics::{Failure, nearest};
use crate::host;
use crate::notebook::{self, NotebookError, Output};
use crate::order::OrderKind;
use crate::syntax::Trust;

use super::Verbosity;

/// A notebook, and the configuration that holds for it.
pub(super) struct Read {
    pub(super) analysis: Analysis,
    pub(super) config: Config,
}

/// What the command line says about a notebook; it goes before the configuration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) model: Option<&'a str>,
    pub(super) order: Option<OrderKind>,
}

/// Reads and analyses a notebook; findings have the levels of its configuration.
pub(super) fn analyse(path: &Path, asked: Asked<'_>, verbosity: Verbosity) -> Result<Read, Failure> {
    let bytes = host::read(path)?;
    let config = Config::discover(host::folder(path))?;
    if verbosity == Verbosity::Verbose && !config.folder.as_os_str().is_empty() {
        super::note(&format!("configuration from {}", config.folder.display()));
    }
    let mut settings = config.settings(path);
    settings.model = asked.model.map(str::to_owned).or(settings.model);
    settings.order = asked.order.or(settings.order);
    let choice = if let Some(choice) = settings.choice_without_cells() {
        choice
    } else {
        let notebook = notebook::parse(&bytes).map_err(|error| refusal(path, &error))?;
        settings.choice(&notebook, path)?
    };
    let mut analysis = Analysis::of_notebook(&bytes, &choice).map_err(|error| refusal(path, &error))?;
    refuse_python2(&analysis, path)?;
    config.apply(&mut analysis.findings);
    if let Some(name) = &choice.model
        && !is_chosen(&analysis)
    {
        let failure = no_such_model(name, &analysis);
        if asked.model.is_some() {
            return Err(failure);
        }
        super::warn(&format!("{failure}, though the configuration in {} names it", config.folder.display()));
    }
    if let Some(why) = &analysis.order.refused {
        let message = format!("{}: there is no order in which the cells ran: {why}", path.display());
        if asked.order.is_some() {
            return Err(
                Failure::new(message).hint("leave `--order executed` out, or restart the kernel and run all cells")
            );
        }
        super::warn(&format!("{message}, though the configuration in {} asks for it", config.folder.display()));
    }
    Ok(Read { analysis, config })
}

/// Says in which order the program has the cells, where it is not the file's or everything is to be said.
pub(super) fn say_order(analysis: &Analysis, verbosity: Verbosity) {
    let unusual = analysis.order.kind == OrderKind::Executed;
    if verbosity == Verbosity::Verbose || (verbosity == Verbosity::Normal && unusual) {
        super::note(&analysis.order.sentence());
    }
}

/// Python 2 is another language. A cell of it that failed when it ran is one that shows what no longer works.
fn refuse_python2(analysis: &Analysis, notebook: &Path) -> Result<(), Failure> {
    let failed = |position: usize| {
        let outputs = analysis.notebook.cells.get(position).map(|cell| &cell.outputs[..]).unwrap_or_default();
        outputs.iter().any(|output| matches!(output, Output::Error { .. }))
    };
    for cell in &analysis.cells {
        if let Trust::Opaque { line, reason, python2: true } = &cell.trust
            && !failed(cell.position)
        {
            let place = format!("{}: cell {}, line {line}", notebook.display(), cell.position);
            return Err(Failure::new(format!("{place}: Python 2 code ({reason})"))
                .hint("convert the notebook to Python 3 and run it again; `2to3` does most of it"));
        }
    }
    Ok(())
}

/// Why a notebook is not read.
pub(super) fn refusal(path: &Path, error: &NotebookError) -> Failure {
    Failure::new(format!("{}: {error}", path.display())).hint(error.hint())
}

fn is_chosen(analysis: &Analysis) -> bool {
    analysis.classification.model.as_ref().is_some_and(|model| model.decision == Decision::Chosen)
}

fn no_such_model(name: &str, analysis: &Analysis) -> Failure {
    let failure = Failure::new(format!("the notebook fits no model `{name}`"));
    let candidates = &analysis.classification.candidates;
    if candidates.is_empty() {
        return failure.hint("it fits no model at all; leave `--model` out");
    }
    let names = candidates.iter().flat_map(|candidate| {
        [candidate.variable.as_str(), candidate.estimator.as_str()].into_iter().chain(candidate.label.as_deref())
    });
    if let Some(near) = nearest(name, names) {
        return failure.hint(format!("did you mean `{near}`?"));
    }
    let mut listed: Vec<String> = candidates
        .iter()
        .map(|candidate| {
            let position = analysis.position(candidate.fit.cell);
            format!("`{}` ({}) in cell {position}", candidate.variable, candidate.estimator)
        })
        .collect();
    listed.dedup();
    failure.hint(format!("it fits {}", listed.join(", ")))
}
