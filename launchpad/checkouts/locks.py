"""Compares the locked Python requirements of two commits.

Note: both commits are synthesized with the libraries that are installed now, so a change that is caused only by a
library upgrade does not show. The report therefore lists upgraded libraries.
"""

from __future__ import annotations

import re
from pathlib import Path

LOCK = Path("requirements") / "app.txt"
_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", re.MULTILINE)
_MOST = 8


def dependency_note(old: Path, new: Path) -> str | None:
    """A sentence that names the libraries whose locked versions differ between two checkouts; None without any."""
    before, after = _pins(old / LOCK), _pins(new / LOCK)
    changed = [
        f"{name} {before.get(name, 'none')} → {after.get(name, 'none')}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
    if not changed:
        return None
    more = f" and {len(changed) - _MOST} more" if len(changed) > _MOST else ""
    return (
        f"The dependencies differ ({', '.join(changed[:_MOST])}{more}). Both sides were synthesized with the libraries "
        "that are installed now, so what an upgrade itself changes is not shown."
    )


def _pins(lock: Path) -> dict[str, str]:
    """Versions by library; a library locked more than once, for several Pythons, has them all."""
    pins: dict[str, str] = {}
    for name, version in _PIN.findall(lock.read_text(encoding="utf-8") if lock.is_file() else ""):
        pins[name] = f"{pins[name]}/{version}" if name in pins else version
    return pins
