"""The pipeline runs on the notebook's data."""

import inspect
from pathlib import Path

import pytest

from report_first.pipeline import run


def test_run_needs_no_arguments() -> None:
    inspect.signature(run).bind()


@pytest.mark.usefixtures("finished")
def test_run_writes_its_files(folder: Path) -> None:
    outputs = ["daily.csv"]
    assert [name for name in outputs if not (folder / name).exists()] == []
