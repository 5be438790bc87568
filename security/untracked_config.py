"""The checkout's configs without MLflow, for runs of the platform that are about something else.

A real MLflow would start with the first job: seconds, and an environment of 600 MB.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from launchpad import paths

SECTION = re.compile(r"^tracking: \{\}.*\n", re.MULTILINE)


def copy_untracked_config(target: Path) -> None:
    """Copy `config/` to the new folder `target`, and remove the section `tracking` of each environment."""
    shutil.copytree(paths.ROOT / "config", target)
    for file in target.glob("*.yaml"):
        file.write_text(SECTION.sub("", file.read_text("utf-8")), "utf-8")
