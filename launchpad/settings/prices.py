"""Hourly prices of instances from `config/prices.yaml`. Users maintain the list, because prices change and differ.

prices:
  ml.m5.large: 0.115
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from launchpad import paths
from launchpad.config_files.yaml_source import Settings, load
from launchpad.settings.operations import AnyInstanceType


class Prices(Settings):
    """A price list."""

    prices: dict[AnyInstanceType, Annotated[float, Field(ge=0, allow_inf_nan=False)]]
    """An instance type, such as `ml.m5.large`, to US dollars an hour, on demand, for its use in training."""


def load_prices(path: Path | None = None) -> Mapping[str, float]:
    """Load the price list; empty if the file doesn't exist.

    Raises:
        InvalidFileError: the file is not a valid price list.
    """
    path = path or paths.PRICES
    return load(path, Prices).prices if os.path.lexists(path) else {}
