"""Typed configuration. The values live in ``config.toml``; this module only reads them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class DataConfig:
    """Where the data comes from."""

    path: str


@dataclass(frozen=True, slots=True)
class SplitConfig:
    """Settings of the split."""

    test_size: float
    random_state: int


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Hyper-parameters and settings of the training."""

    n_estimators: int
    random_state: int


@dataclass(frozen=True, slots=True)
class ArtifactsConfig:
    """Where the results go."""

    loans_path: str


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that one run depends on, apart from the code and the data."""

    data: DataConfig
    split: SplitConfig
    model: ModelConfig
    artifacts: ArtifactsConfig

    @classmethod
    def from_mapping(cls, raw: Mapping[str, Any]) -> Self:
        """Build a configuration from parsed TOML; an unknown or missing key is an error."""
        expected = {"data", "split", "model", "artifacts"}
        if raw.keys() != expected:
            raise ValueError(f"expected the sections {sorted(expected)}, got {sorted(raw)}")
        return cls(
            data=DataConfig(**raw["data"]),
            split=SplitConfig(**raw["split"]),
            model=ModelConfig(**raw["model"]),
            artifacts=ArtifactsConfig(**raw["artifacts"]),
        )


def load_config(path: Path | None = None) -> Config:
    """Read ``path``, or the packaged ``config.toml`` when no path is given."""
    source = path if path is not None else files("loans").joinpath("config.toml")
    return Config.from_mapping(tomllib.loads(source.read_text(encoding="utf-8")))
