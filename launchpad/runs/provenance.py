"""Where a job's data and code came from, as its record says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

DIGITS = 16


def data_version(record: Mapping[str, Any]) -> str:
    """One version of all channels, as in the tag `launchpad:data`; empty where a channel has no whole version."""
    channels = record.get("data") or {}
    if not channels or any(not data.get("version") or data.get("truncated") for data in channels.values()):
        return ""
    lines = "\n".join(f"{name}\0{channels[name]['version']}" for name in sorted(channels))
    return hashlib.sha256(lines.encode()).hexdigest()[:DIGITS]


def code_version(record: Mapping[str, Any]) -> str:
    """The first digits of the hash of the code that the job ran."""
    code = record.get("code") or {}
    section = "training" if record.get("kind") == "tuning" else str(record.get("kind", "training"))
    return str(code.get(section) or next(iter(code.values()), ""))[:DIGITS]


def commit_words(origin: Mapping[str, Any]) -> str:
    """The commit's first digits, and whether the working copy differed from it; empty if unknown."""
    commit = str(origin.get("commit") or "")
    return f"{commit[:8]}{' + changes' if origin.get('dirty') else ''}" if commit else ""
