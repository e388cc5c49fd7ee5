//! Rules about a repository; `check` applies them.

use super::registry::declare_rule;

declare_rule! {
    /// Code of a production package fits an estimator besides the production model.
    SECOND_ESTIMATOR_IN_PRODUCTION = {
        name: "second-estimator-in-production",
        code: "M107",
        summary: "Production code fits another model than the production model",
        level: Error,
        docs: "second_estimator_in_production.md",
        check: None,
    }
}

declare_rule! {
    /// A package whose notebook has other code than when it was extracted, or is gone.
    PACKAGE_OUT_OF_STEP = {
        name: "package-out-of-step",
        code: "G102",
        summary: "A package and its notebook have gone separate ways",
        level: Error,
        docs: "package_out_of_step.md",
        check: None,
    }
}

declare_rule! {
    /// A notebook in a folder that is imported.
    NOTEBOOK_IN_PACKAGE = {
        name: "notebook-in-package",
        code: "G101",
        summary: "A notebook lies inside an import package",
        level: Error,
        docs: "notebook_in_package.md",
        check: None,
    }
}

declare_rule! {
    /// A lock that can't be read.
    UNREADABLE_LOCK = {
        name: "unreadable-lock",
        code: "G104",
        summary: "A package's lock can't be read",
        level: Error,
        docs: "unreadable_lock.md",
        check: None,
    }
}

declare_rule! {
    /// A notebook that can't be read.
    UNREADABLE_NOTEBOOK = {
        name: "unreadable-notebook",
        code: "G103",
        summary: "A notebook can't be read",
        level: Warning,
        docs: "unreadable_notebook.md",
        check: None,
    }
}

declare_rule! {
    /// Production imports a file beside the notebook; found while the package is planned.
    MODULE_BESIDE_NOTEBOOK = {
        name: "module-beside-notebook",
        code: "X102",
        summary: "Production imports a file beside the notebook",
        level: Warning,
        docs: "module_beside_notebook.md",
        check: None,
    }
}
