"""The pipeline runs on the notebook's data."""

import inspect
import math
import numbers
from pathlib import Path

from loans.pipeline import RunResult, run


def test_run_needs_no_arguments() -> None:
    inspect.signature(run).bind()


def test_run_writes_its_files(folder: Path, result: RunResult) -> None:
    outputs = ["loans.joblib"]
    assert [name for name in outputs if not (folder / name).exists()] == []


def test_metrics_are_finite(result: RunResult) -> None:
    measured = {name: value for name, value in result.metrics.items() if isinstance(value, numbers.Real)}
    assert [name for name, value in measured.items() if not math.isfinite(value)] == []
