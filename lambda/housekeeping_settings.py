"""The config's `housekeeping` section, and which kinds the environment has, as the stack passes them on."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class HousekeepingSettings:
    """When something counts as idle; see `HousekeepingSettings` of `launchpad.settings` for what each means."""

    kinds: tuple[str, ...]
    """What the environment has: `notebooks`, `studio`, `emr`, `emr-serverless`, `mlflow`, `endpoints`, `network`."""
    stop: tuple[str, ...]
    running_hours: int
    idle_hours: int
    unused_days: int
    stopped_days: int


SETTINGS = HousekeepingSettings(**json.loads(os.environ["HOUSEKEEPING"]))
