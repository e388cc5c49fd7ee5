"""One run of the pipeline, in a scratch folder with copies of the notebook's data."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from loans.pipeline import RunResult, run

NOTEBOOK_FOLDER = Path(__file__).parents[1] / ".."
INPUTS = ["loans.csv"]


def copy(source: Path, target: Path) -> None:
    """Copy a file, or a folder with all that is in it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy(source, target)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a scratch folder with the data where the notebook finds it."""
    folder = tmp_path_factory.mktemp("scratch") / "run"
    folder.mkdir(parents=True)
    for name in INPUTS:
        if not (NOTEBOOK_FOLDER / name).exists():
            pytest.skip(f"the notebook's data is absent: {NOTEBOOK_FOLDER / name}")
        copy(NOTEBOOK_FOLDER / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def result(folder: Path) -> Iterator[RunResult]:
    """Run the pipeline once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield run()
