"""The rows of old things: how old, how large, and what a month of them costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from housekeeping_rows import REMOVE, REPORT, Row
from price_list import PRICES

GIGABYTE = 2**30
"""S3 and ECR bill binary gigabytes."""
S3_STORAGE = "AmazonS3/TimedStorage-ByteHrs"
IMAGE_STORAGE = "AmazonECR/TimedStorage-ByteHrs"


@dataclass(frozen=True)
class Rules:
    """The section `retention` of the config, at one moment."""

    settings: Mapping[str, Any]
    now: datetime

    def limit(self, key: str) -> datetime:
        """The moment before which something is old by the rule `key`; none is before it where the rule says never."""
        days: int = self.settings[key]
        return self.now - timedelta(days=days) if days else datetime.min.replace(tzinfo=UTC)

    def row(self, kind: str, name: str, arn: str, since: datetime, key: str, reason: str) -> Row:
        """Return the row of an old thing that costs nothing."""
        age = f"{(self.now - since).days} days old; {key}: {self.settings[key]}"
        action = REMOVE if self.settings["delete"] else REPORT
        return Row(kind, name, arn, since, 0.0, action=action, reason=f"{reason}; {age}")


def stored(row: Row, size: int, price: str) -> Row:
    """Return the row with its size, and what a month of it costs by the key of a price for a GB and month."""
    usd = PRICES.get(price)
    monthly = None if usd is None else size / GIGABYTE * usd
    return Row(**{**vars(row), "bytes": size, "monthly_usd": monthly, "price_unknown": price if usd is None else ""})
