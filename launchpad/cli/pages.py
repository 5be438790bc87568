"""Writes a page, and prints its path."""

from __future__ import annotations

import re
from pathlib import Path

from launchpad import paths
from launchpad.cli.terminal import say
from launchpad.messages.errors import shown

FOLDER = paths.BUILD / "reports"


def write_page(html: str, output: Path | None, name: str) -> None:
    """Write a page to `output`, or to a file that is called after `name`."""
    target = output or FOLDER / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name)[-200:]}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(html, "utf-8")
    say(shown(target))
