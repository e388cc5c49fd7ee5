"""Run the stages in order: the whole production path of loans.ipynb."""

import logging
from typing import Any, NamedTuple

from sklearn.ensemble import RandomForestClassifier

from loans.artifacts import save_artifacts
from loans.clean import clean_data
from loans.config import Config, load_config
from loans.data import load_data
from loans.evaluate import evaluate_model
from loans.split import split_data
from loans.train import train_model

logger = logging.getLogger(__name__)


class RunResult(NamedTuple):
    """What a run produced."""

    model: RandomForestClassifier
    metrics: dict[str, Any]


def run(config: Config | None = None) -> RunResult:
    """Load, clean, split, train, evaluate and save; without a configuration, the packaged one holds."""
    if config is None:
        config = load_config()
    loans = load_data(config.data)
    X = clean_data(loans)
    split = split_data(loans, X, config.split)
    model = train_model(split.X_train, split.y_train, config.model)
    metrics = evaluate_model(split.y_test, model, split.X_test)
    save_artifacts(model, config.artifacts)
    for name, value in metrics.items():
        logger.info("%s: %s", name, value)
    return RunResult(model, metrics)
