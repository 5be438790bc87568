"""AWS's managed policies: a copy of all that AWS publishes (`make lock-policies`)."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("managed_policies.json.xz")
PREFIX = "arn:aws:iam::aws:policy"
OF_SERVICES = "/aws-service-role/"
"""The path of policies that only a service attaches to its own role."""


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """One policy, in the version that is its default."""

    path: str
    name: str
    version: str
    created: str
    updated: str
    document: str

    @property
    def arn(self) -> str:
        """Its ARN, the same in every account."""
        return f"{PREFIX}{self.path}{self.name}"


def managed_policies() -> Iterator[ManagedPolicy]:
    """Every policy, by path and name."""
    content = json.loads(lzma.decompress(FILE.read_bytes()))
    for key, policy in content["policies"].items():
        folder, _, name = key.rpartition("/")
        yield ManagedPolicy(f"{folder}/", name, **policy)
