"""Command line: ``python -m report_first [--config FILE]``."""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

from report_first.config import load_config
from report_first.pipeline import run


def main(argv: Sequence[str] | None = None) -> None:
    """Run the pipeline."""
    parser = argparse.ArgumentParser(
        prog="report-first", description="Report first: the production path of report_first.ipynb."
    )
    parser.add_argument("--config", type=Path, help="TOML file (default: the packaged config.toml)")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    run(load_config(args.config))


if __name__ == "__main__":
    main()
