"""What a month of something costs, by the prices that the functions' code has from the environment's price list.

Note: AWS's usage types of Studio's applications are not confirmed, so their keys are this project's own names: an
instance type after `Studio:`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from price_list import PRICES

from launchpad.requests.price_keys import EMR, HOURS, SAGEMAKER, instance_key, volume_key

__all__ = ["EC2", "EMR", "HOURS", "SAGEMAKER", "VPC", "cost", "instance", "volume"]
EC2, VPC = "AmazonEC2", "AmazonVPC"


def cost(parts: Iterable[tuple[str, float]]) -> dict[str, Any]:
    """Return a row's `monthly_usd` and `price_unknown`, from keys of prices with the units of a month."""
    parts = list(parts)
    missing = sorted({key for key, _ in parts if key not in PRICES})
    if missing:
        return {"monthly_usd": None, "price_unknown": ", ".join(missing)}
    return {"monthly_usd": round(sum(PRICES[key] * units for key, units in parts), 2), "price_unknown": ""}


def instance(use: str, instance_type: str, count: int = 1) -> tuple[str, float]:
    """Return a SageMaker instance of a use (`Host`, `Notebk`), all month, as a part of `cost`."""
    return instance_key(use, instance_type), count * HOURS


def volume(use: str, gigabytes: int) -> tuple[str, float]:
    """Return ML storage as a part of `cost`."""
    return volume_key(use), gigabytes
