"""Writes a page, and prints its path."""

from __future__ import annotations

import re
from pathlib import Path

from launchpad import paths
from launchpad.cli.terminal import say
from launchpad.messages.errors import shown

FOLDER = paths.BUILD / "reports"


def page_file(output: Path | None, name: str) -> Path:
    """The file of a page: `output`, or one that is called after `name`."""
    return output or FOLDER / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name)[-200:]}.html"


def write_page(html: str, output: Path | None, name: str, *, quiet: bool = False) -> None:
    """Write a page to `output`, or to a file that is called after `name`."""
    target = page_file(output, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(html, "utf-8")
    if not quiet:
        say(shown(target))
