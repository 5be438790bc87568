"""Reads the workloads out of a cloud assembly: the catalogue that each environment's functions are deployed with.

Note: the commit that is compared with may be old. An assembly whose functions have no catalogue has no workloads here.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from template_diff.model import Template

_FUNCTION = "AWS::Lambda::Function"
_CATALOGUE, _SOURCES = "catalogue.json", "sources.zip"


@dataclass(frozen=True)
class ShippedCatalogue:
    """The workloads of one environment: definitions by name, and the scripts' hashes by archive and file."""

    workloads: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    scripts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def shipped_catalogues(assembly: Path, templates: Mapping[tuple[str, str], Template]) -> dict[str, ShippedCatalogue]:
    """Each environment's catalogue; environments with the same code share it."""
    read: dict[Path, ShippedCatalogue] = {}
    catalogues: dict[str, ShippedCatalogue] = {}
    for (environment, _), template in templates.items():
        for asset in _function_assets(assembly, template):
            if environment not in catalogues and (asset / _CATALOGUE).is_file():
                catalogues[environment] = read.get(asset) or read.setdefault(asset, _read(asset))
    return catalogues


def _function_assets(assembly: Path, template: Template) -> Iterator[Path]:
    """The folders of the functions' code, which the CDK names after its hash, as it does the object in S3."""
    for resource in (template.get("Resources") or {}).values():
        key = resource.get("Properties", {}).get("Code", {}) if resource.get("Type") == _FUNCTION else {}
        if isinstance(key, dict) and isinstance(key.get("S3Key"), str):
            yield assembly / f"asset.{key['S3Key'].removesuffix('.zip')}"


def _read(asset: Path) -> ShippedCatalogue:
    workloads = json.loads((asset / _CATALOGUE).read_text("utf-8"))
    sources = asset / _SOURCES
    return ShippedCatalogue(workloads, dict(_scripts(sources)) if sources.is_file() else {})


def _scripts(sources: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Each archive of scripts, with the hash of every file in it."""
    with zipfile.ZipFile(sources) as archives:
        for name in archives.namelist():
            with tarfile.open(fileobj=io.BytesIO(archives.read(name)), mode="r:gz") as archive:
                files = ((member.name, archive.extractfile(member)) for member in archive if member.isfile())
                hashes = {path: hashlib.sha256(file.read()).hexdigest() for path, file in files if file}
            yield name.removesuffix(".tar.gz"), hashes
