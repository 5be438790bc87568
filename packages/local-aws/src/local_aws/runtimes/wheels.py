"""Where uv gets wheels: in the folders that pip is configured with, and PyTorch in its builds without CUDA.

Note: on Linux the package index has PyTorch only with CUDA, gigabytes that no laptop without a GPU can use.
Lock files therefore name the CPU build (``torch==...+cpu``). It comes from one of pip's folders (``find-links``), or
else from PyTorch's own index, which is uv's "torch backend" ``cpu``; the hashes in the lock are valid for both.
Run as a program with a file of requirements, this prints the variables, for ``make lock``.
"""

from __future__ import annotations

import configparser
import os
import sys
from pathlib import Path

CONFIGURATION = (
    "/etc/pip.conf",
    "/etc/xdg/pip/pip.conf",
    "~/.pip/pip.conf",
    "~/.config/pip/pip.conf",
    "~/Library/Application Support/pip/pip.conf",
)
"""Pip's configuration files in addition to PIP_CONFIG_FILE; uv reads none of these."""
CPU_BUILD = "+cpu"


def variables(requirements: Path) -> dict[str, str]:
    """Environment for uv when it installs a lock file. The user's settings for uv stay as they are."""
    links = find_links()
    settings = {"UV_FIND_LINKS": ",".join(links)} if links else {}
    if CPU_BUILD in requirements.read_text(encoding="utf-8") and not any(map(_has_cpu_build, links)):
        settings["UV_TORCH_BACKEND"] = "cpu"
    return {name: value for name, value in settings.items() if name not in os.environ}


def find_links() -> list[str]:
    """The locations that pip searches in addition to its index: PIP_FIND_LINKS, or ``find-links`` in its files."""
    if "PIP_FIND_LINKS" in os.environ:
        return os.environ["PIP_FIND_LINKS"].split()
    parser = configparser.RawConfigParser()
    files = [*CONFIGURATION, os.environ.get("PIP_CONFIG_FILE", "")]
    parser.read([Path(file).expanduser() for file in files if file and file != os.devnull], encoding="utf-8")
    return parser.get("global", "find-links", fallback="").split()


def _has_cpu_build(link: str) -> bool:
    return any(Path(link.removeprefix("file://")).glob(f"torch-*{CPU_BUILD}-*.whl"))


if __name__ == "__main__":
    print(*map("=".join, variables(Path(sys.argv[1])).items()))  # noqa: T201
