"""Train the model: cell 6 of loans.ipynb."""

import pandas as pd
from sklearn.ensemble import RandomForestClassifier

from loans.config import ModelConfig


def train_model(X_train: pd.DataFrame, y_train: pd.Series, config: ModelConfig) -> RandomForestClassifier:
    """Train the model (notebook cell 6)."""
    model = RandomForestClassifier(n_estimators=config.n_estimators, random_state=config.random_state)
    model.fit(X_train, y_train)
    return model
