//! What the cases under `fixtures/dependencies` can't say: they hold all else.

use super::{Graph, analyse};
use crate::ipython::transform;
use crate::syntax::parse_cell;

/// Each string is one cell.
fn graph(cells: &[&str]) -> Graph {
    let cells: Vec<_> =
        cells.iter().enumerate().map(|(index, text)| parse_cell(index, index, transform(text))).collect();
    analyse(&cells)
}

#[test]
fn names_that_nothing_defines() {
    let graph = graph(&["x = missing + 1", "later()", "def later():\n    pass"]);
    let names: Vec<_> = graph.undefined.iter().map(|u| (u.name.as_str(), u.defined_later)).collect();
    assert_eq!(names, [("missing", None), ("later", Some(2))]);
}

#[test]
fn what_is_fitted_may_be_neither_receiver_nor_result() {
    let graph = graph(&[
        "import torch\nimport pytorch_lightning as pl\nfrom transformers import AutoModel, Trainer",
        "net = torch.nn.Module()",
        "pl.Trainer().fit(net, [])",
        "model = AutoModel.from_pretrained('x')",
        "trainer = Trainer(model=model, train_dataset=[])",
        "trainer.train()",
    ]);
    let object = |name: &str| graph.statements.iter().find_map(|facts| facts.objects.get(name)).cloned();
    let fitted: Vec<_> =
        graph.statements.iter().flat_map(|facts| &facts.calls).filter(|c| !c.fits.is_empty()).collect();
    let [lightning, transformers] = fitted.as_slice() else { panic!("two calls fit: {fitted:?}") };
    assert_eq!(object("net").map(|ids| ids.into_iter().collect()), Some(lightning.fits.clone()));
    assert_eq!(object("model").map(|ids| ids.into_iter().collect()), Some(transformers.fits.clone()));
}

#[test]
fn results_are_what_a_statistical_model_fits() {
    let graph = graph(&["import statsmodels.api as sm\nmodel = sm.OLS([1], [2])", "results = model.fit()"]);
    let last = graph.statements.last().expect("a statement");
    assert_eq!(last.calls[0].fits, last.calls[0].result);
}
