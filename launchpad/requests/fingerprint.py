"""Digests of a workload's sections, which tell a deployed workload from the working copy."""

from __future__ import annotations

import hashlib
import json

from launchpad.requests.context import Definition


def fingerprints(definition: Definition) -> dict[str, str]:
    """A digest of each section, with the digest of its scripts; equal for equal settings and scripts."""
    return {
        name: hashlib.sha256(json.dumps(section, sort_keys=True).encode()).hexdigest()[:16]
        for name, section in definition.items()
    }
