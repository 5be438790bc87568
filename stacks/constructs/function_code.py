"""The functions' code, one asset for all: their handlers, the request builders, and the catalogue.

The asset is written straight into the cloud assembly, under the hash of what is in it. CDK would hash and copy it file
by file, for each function, which takes longer than to make it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from launchpad import paths
from launchpad.catalogue import Catalogue
from launchpad.packaging import source_files

_HANDLERS = paths.ROOT / "lambda"
_REQUESTS = paths.ROOT / "launchpad" / "requests"


class FunctionCode(lambda_.Code):
    """The code of all functions in one environment."""

    def __init__(self, stage: cdk.Stage, catalogue: Catalogue) -> None:
        super().__init__()
        files = function_files(catalogue)
        self._digest = _digest(files)
        folder = Path(stage.asset_outdir, f"asset.{self._digest}")
        if not folder.is_dir():
            _write(files, folder)
        self._path_in_assembly = os.path.relpath(folder, stage.outdir)

    def bind(self, scope: Construct) -> lambda_.CodeConfig:
        """Add the asset to the stack of the function `scope`, and return where the CDK CLI will have uploaded it."""
        location = cdk.Stack.of(scope).synthesizer.add_file_asset(
            source_hash=self._digest,
            file_name=self._path_in_assembly,
            packaging=cdk.FileAssetPackaging.ZIP_DIRECTORY,
            display_name="Code of the functions",
        )
        return lambda_.CodeConfig(
            s3_location=s3.Location(bucket_name=location.bucket_name, object_key=location.object_key)
        )


def function_files(catalogue: Catalogue) -> dict[str, bytes]:
    """The asset's files by their names in it."""
    code = {
        **source_files(_HANDLERS),
        "launchpad/__init__.py": paths.ROOT / "launchpad" / "__init__.py",
        **{f"launchpad/requests/{name}": path for name, path in source_files(_REQUESTS).items()},
    }
    return {
        **{name: path.read_bytes() for name, path in code.items()},
        "catalogue.json": json.dumps(catalogue.workloads, sort_keys=True).encode(),
        "sources.zip": _together(catalogue),
    }


def write_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Lay the asset's files out in `folder`, as Lambda does."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _together(catalogue: Catalogue) -> bytes:
    """All packaged scripts in one file, for the CDK CLI reads an asset file by file. The same bytes for the same."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as sources:
        for digest, archive in sorted(catalogue.archives.items()):
            sources.writestr(zipfile.ZipInfo(f"{digest}.tar.gz"), archive.data)
    return buffer.getvalue()


def _digest(files: Mapping[str, bytes]) -> str:
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{len(files[name])}\0".encode())
        whole.update(files[name])
    return whole.hexdigest()


def _write(files: Mapping[str, bytes], target: Path) -> None:
    """Write elsewhere, then rename: another synth sees the whole folder or none, and may have been first."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as place:
        whole = Path(place, "whole")
        write_files(files, whole)
        try:
            whole.rename(target)
        except OSError:
            if not target.is_dir():
                raise
