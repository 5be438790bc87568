"""The paths of the platform's parts, and of the project that uses it.

A project is a separate repository, made by `launchpad new-project`, with the platform as a submodule in `platform/`. In
a checkout of the platform itself, both are the same folder.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

PLATFORM_FOLDER = "platform"
"""Where a project has the platform."""
PROJECT_FILE = "launchpad.toml"
"""Marks a project, next to `PLATFORM_FOLDER`."""


def _project(root: Path, variables: Mapping[str, str]) -> Path:
    """The project: `LAUNCHPAD_PROJECT`, or the folder whose platform `root` is, or else `root` itself."""
    if chosen := variables.get("LAUNCHPAD_PROJECT"):
        return Path(chosen).absolute()
    return root.parent if root.name == PLATFORM_FOLDER and (root.parent / PROJECT_FILE).is_file() else root


ROOT = Path(os.environ.get("LAUNCHPAD_ROOT", Path(__file__).resolve().parent.parent))
"""The checkout of the platform. `LAUNCHPAD_ROOT` points the command line at another one."""
PROJECT = _project(ROOT, os.environ)
"""The folder with configs, workloads and containers; what runs leave behind goes there, too."""
LEAVE_OUT = "LAUNCHPAD_LEAVE_OUT"
"""The variable of the CDK app that names workloads of `WORKLOADS` to leave out, with commas between them."""

CONFIG = PROJECT / "config"
PRICES = CONFIG / "prices.yaml"
"""An optional price list, the same for all environments."""
PRICE_LISTS = PROJECT / "prices"
"""AWS's list prices, a file per region."""
WORKLOADS = PROJECT / "workloads"
CONTAINERS = PROJECT / "containers"
IMAGES_LOCK = ROOT / "images.lock.json"
BUILD = PROJECT / "build"
LOCAL_AWS = PROJECT / ".local-aws"
"""The local AWS's state: caches, and the address of the running server."""
