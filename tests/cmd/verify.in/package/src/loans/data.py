"""Load the data: cell 2 of loans.ipynb."""

import pandas as pd

from loans.config import DataConfig


def load_data(config: DataConfig) -> pd.DataFrame:
    """Load the data (notebook cell 2)."""
    loans = pd.read_csv(config.path)
    return loans
