"""The pages' templates."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

FOLDER = Path(__file__).parent


def templates() -> Environment:
    """The pages' templates; an undefined name in one is an error."""
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(["j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
