"""Pages of the site that show a file of the repository, or list a folder, so that a link to it works offline."""

from __future__ import annotations

import subprocess
from pathlib import Path

LANGUAGES = {".py": "python", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".json": "json", ".R": "r"}
LONGEST = 60_000
"""Characters of a file that are shown; schemas and locks are longer."""


def source_page(path: Path, root: Path) -> str:
    """Markdown with the text of a file, or with the names of a folder's files that git knows."""
    name = path.relative_to(root).as_posix()
    return f"# `{name}`\n\n" + (_listing(path) if path.is_dir() else _text(path))


def _listing(folder: Path) -> str:
    tracked = subprocess.run(["git", "ls-files"], cwd=folder, capture_output=True, text=True, check=True).stdout
    return "\n".join(["```text", *tracked.splitlines(), "```", ""])


def _text(file: Path) -> str:
    text = file.read_text("utf-8")
    end = "" if len(text) <= LONGEST else "\nThe file goes on; the rest is in the repository.\n"
    fence = "`````"
    return f"{fence}{LANGUAGES.get(file.suffix, 'text')}\n{text[:LONGEST].rstrip()}\n{fence}\n{end}"
