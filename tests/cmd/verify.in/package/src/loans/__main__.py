"""Command line: ``python -m loans [--config FILE]``."""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

from loans.config import load_config
from loans.pipeline import run


def main(argv: Sequence[str] | None = None) -> None:
    """Run the pipeline."""
    parser = argparse.ArgumentParser(prog="loans", description="Loan defaults: the production path of loans.ipynb.")
    parser.add_argument("--config", type=Path, help="TOML file (default: the packaged config.toml)")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    run(load_config(args.config))


if __name__ == "__main__":
    main()
