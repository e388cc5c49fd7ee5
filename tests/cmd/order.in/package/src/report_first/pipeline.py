"""Run the stages in order: the whole production path of report_first.ipynb."""

import logging

from report_first.artifacts import save_artifacts
from report_first.config import Config, load_config
from report_first.data import load_data

logger = logging.getLogger(__name__)


def run(config: Config | None = None) -> None:
    """Load and save; without a configuration, the packaged one holds."""
    if config is None:
        config = load_config()
    orders = load_data(config.data)
    save_artifacts(orders, config.artifacts)
    logger.info("run finished")
