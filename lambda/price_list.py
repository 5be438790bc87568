"""The prices of the environment's region at its last deploy: US dollars by the keys of the price list."""

from __future__ import annotations

import json
from pathlib import Path

PRICES: dict[str, float] = json.loads(Path(__file__).with_name("prices.json").read_text())["prices"]
"""The known prices: `PRICES.get(key)` is None for the others."""
