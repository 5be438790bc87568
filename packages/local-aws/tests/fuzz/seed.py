"""Inputs by chance, the same for the same seed: FUZZ_SEED=7 FUZZ_REQUESTS=10000 pytest tests/fuzz."""

from __future__ import annotations

import os

SEED = int(os.environ.get("FUZZ_SEED", "20261128"))
REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "1500"))
