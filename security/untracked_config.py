"""The checkout's configs for runs of the platform with other workloads: without MLflow, and without a choice of them.

A real MLflow would start with the first job: seconds, and an environment of 600 MB.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from launchpad import paths

LEFT_OUT = re.compile(r"^(tracking: \{\}|workloads: \[).*\n", re.MULTILINE)


def copy_untracked_config(target: Path) -> None:
    """Copy `config/` to the new folder `target`, and remove the keys `tracking` and `workloads` of each environment."""
    shutil.copytree(paths.ROOT / "config", target)
    for file in target.glob("*.yaml"):
        file.write_text(LEFT_OUT.sub("", file.read_text("utf-8")), "utf-8")
