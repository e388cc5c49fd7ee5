"""Clean the data: cell 4 of loans.ipynb."""

import pandas as pd


def clean_data(loans: pd.DataFrame) -> pd.DataFrame:
    """Clean the data (notebook cell 4)."""
    X = loans.drop(columns="default")
    return X
