"""Evaluate the model: cell 6 of loans.ipynb."""

from typing import Any

import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score


def evaluate_model(y_test: pd.Series, model: RandomForestClassifier, X_test: pd.DataFrame) -> dict[str, Any]:
    """Evaluate the model (notebook cell 6)."""
    return {"accuracy": accuracy_score(y_test, model.predict(X_test))}
