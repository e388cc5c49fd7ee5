"""Save the results: cell 7 of loans.ipynb."""

import joblib
from sklearn.ensemble import RandomForestClassifier

from loans.config import ArtifactsConfig


def save_artifacts(model: RandomForestClassifier, config: ArtifactsConfig) -> None:
    """Save the results (notebook cell 7)."""
    joblib.dump(model, config.loans_path)
