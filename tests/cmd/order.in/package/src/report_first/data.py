"""Load the data: cell 2 of report_first.ipynb."""

import pandas as pd

from report_first.config import DataConfig


def load_data(config: DataConfig) -> pd.DataFrame:
    """Load the data (notebook cell 2)."""
    orders = pd.read_csv(config.path)
    return orders
