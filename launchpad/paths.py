"""Where the parts of a checkout lie."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(os.environ.get("LAUNCHPAD_ROOT", Path(__file__).resolve().parent.parent))
"""The checkout. `LAUNCHPAD_ROOT` points the command line at another one."""

CONFIG = ROOT / "config"
PRICES = CONFIG / "prices.yaml"
"""A price list, where there is one: it is of no environment."""
WORKLOADS = ROOT / "workloads"
CONTAINERS = ROOT / "containers"
IMAGES_LOCK = ROOT / "images.lock.json"
BUILD = ROOT / "build"
LOCAL_AWS = ROOT / ".local-aws"
"""What the local AWS keeps: caches, and how to reach the one that runs."""
