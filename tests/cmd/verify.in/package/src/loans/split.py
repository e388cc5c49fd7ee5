"""Split the data: cell 4 of loans.ipynb."""

from typing import NamedTuple

import pandas as pd
from sklearn.model_selection import train_test_split

from loans.config import SplitConfig


class SplitResult(NamedTuple):
    """What ``split_data`` returns."""

    X_train: pd.DataFrame
    X_test: pd.DataFrame
    y_train: pd.Series
    y_test: pd.Series


def split_data(loans: pd.DataFrame, X: pd.DataFrame, config: SplitConfig) -> SplitResult:
    """Split the data (notebook cell 4)."""
    y = loans["default"]
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=config.test_size, random_state=config.random_state
    )
    return SplitResult(X_train, X_test, y_train, y_test)
