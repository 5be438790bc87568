"""What a month of something costs, by the prices that the functions' code has from the environment's price list.

Note: AWS's usage types of Studio's applications are not confirmed, so their key is this project's own name until a
price list has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HOURS = 730
"""The hours of a month, as AWS's own examples count them."""
SAGEMAKER, EMR, EC2, VPC = "AmazonSageMaker", "ElasticMapReduce", "AmazonEC2", "AmazonVPC"
PRICES: dict[str, float] = json.loads(Path(__file__).with_name("prices.json").read_text()).get("prices", {})
"""US dollars by the keys of `launchpad.costs.keys`."""


def cost(parts: Iterable[tuple[str, float]]) -> dict[str, Any]:
    """Return a row's `monthly_usd` and `price_unknown`, from keys of prices with the units of a month."""
    parts = list(parts)
    missing = sorted({key for key, _ in parts if key not in PRICES})
    if missing:
        return {"monthly_usd": None, "price_unknown": ", ".join(missing)}
    return {"monthly_usd": round(sum(PRICES[key] * units for key, units in parts), 2), "price_unknown": ""}


def instance(use: str, instance_type: str, count: int = 1) -> tuple[str, float]:
    """Return a SageMaker instance of a use (`Host`, `Notebk`), all month, as a part of `cost`."""
    return f"{SAGEMAKER}/{use}:{instance_type}", count * HOURS


def volume(use: str, gigabytes: int) -> tuple[str, float]:
    """Return ML storage as a part of `cost`."""
    return f"{SAGEMAKER}/{use}:VolumeUsage.gp2", gigabytes
