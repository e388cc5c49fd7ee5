"""Save the results: cells 1 and 3 of report_first.ipynb."""

import pandas as pd

from report_first.config import ArtifactsConfig


def save_artifacts(orders: pd.DataFrame, config: ArtifactsConfig) -> None:
    """Save the results (notebook cells 1 and 3)."""
    daily = orders.groupby("day")["price"].sum()
    daily.to_csv(config.daily_path)
