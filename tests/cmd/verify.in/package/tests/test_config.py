"""The packaged configuration loads, and mistakes in a configuration are refused."""

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from loans.config import Config, load_config


@pytest.fixture
def raw() -> dict[str, Any]:
    """Return what the packaged ``config.toml`` says."""
    return tomllib.loads(files("loans").joinpath("config.toml").read_text(encoding="utf-8"))


def test_packaged_values_load(raw: dict[str, Any]) -> None:
    assert load_config() == Config.from_mapping(raw)


def test_unknown_key_is_refused(raw: dict[str, Any]) -> None:
    raw["data"]["no_such_key"] = 1
    with pytest.raises(TypeError, match="no_such_key"):
        Config.from_mapping(raw)


def test_missing_key_is_refused(raw: dict[str, Any]) -> None:
    del raw["data"]["path"]
    with pytest.raises(TypeError, match="path"):
        Config.from_mapping(raw)


def test_missing_section_is_refused(raw: dict[str, Any]) -> None:
    del raw["data"]
    with pytest.raises(ValueError, match="data"):
        Config.from_mapping(raw)
