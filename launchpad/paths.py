"""The paths of a checkout's parts."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(os.environ.get("LAUNCHPAD_ROOT", Path(__file__).resolve().parent.parent))
"""The checkout. `LAUNCHPAD_ROOT` points the command line at another one."""
LEAVE_OUT = "LAUNCHPAD_LEAVE_OUT"
"""The variable of the CDK app that names workloads of `WORKLOADS` to leave out, with commas between them."""

CONFIG = ROOT / "config"
PRICES = CONFIG / "prices.yaml"
"""An optional price list, the same for all environments."""
PRICE_LISTS = ROOT / "prices"
"""AWS's list prices, a file per region."""
WORKLOADS = ROOT / "workloads"
CONTAINERS = ROOT / "containers"
IMAGES_LOCK = ROOT / "images.lock.json"
BUILD = ROOT / "build"
LOCAL_AWS = ROOT / ".local-aws"
"""The local AWS's state: caches, and the address of the running server."""
