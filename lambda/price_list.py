"""The prices of the environment's region as they were when it was deployed: US dollars by the keys of the price list."""

from __future__ import annotations

import json
from pathlib import Path

_FILE = json.loads(Path(__file__).with_name("prices.json").read_text())
PRICES: dict[str, float] = _FILE["prices"]
"""Without those that are not known; so `PRICES.get(key)` is None for them."""
DATE: str | None = _FILE["date"]
"""Of the newest price of AWS's; None without any."""
