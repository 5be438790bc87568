"""The functions' code, one asset for all: their handlers, the request builders, the catalogue and the prices.

The asset is written directly into the cloud assembly, under the hash of its content. CDK would hash and copy it file by
file, for each function, which takes longer than to write it.
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
from launchpad.catalogue.packaging import source_files
from launchpad.costs.price_list import region_prices

_HANDLERS = paths.ROOT / "lambda"
PRICED = ("AmazonEC2/", "AmazonECR/", "AmazonEFS/", "AmazonS3/", "AmazonSageMaker/", "AmazonVPC/", "ElasticMapReduce/")
"""The services whose prices the functions have. Others would only change the asset with each update of the list."""
_REQUESTS = paths.ROOT / "launchpad" / "requests"


class FunctionCode(lambda_.Code):
    """The code of all functions in one environment."""

    def __init__(
        self, stage: cdk.Stage, catalogue: Catalogue, region: str, extra: Mapping[str, bytes] | None = None
    ) -> None:
        super().__init__()
        files = {**function_files(catalogue, region), **(extra or {})}
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


def function_files(catalogue: Catalogue, region: str) -> dict[str, bytes]:
    """Return the asset's files by their paths in it; the prices are those of the region."""
    code = {
        **source_files(_HANDLERS),
        "launchpad/__init__.py": paths.ROOT / "launchpad" / "__init__.py",
        **{f"launchpad/requests/{name}": path for name, path in source_files(_REQUESTS).items()},
    }
    return {
        **{name: path.read_bytes() for name, path in code.items()},
        "catalogue.json": json.dumps(catalogue.workloads, sort_keys=True).encode(),
        "prices.json": _prices(region),
        "sources.zip": _packed(catalogue),
    }


def write_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the asset's files to `folder`, as Lambda unpacks them."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _prices(region: str) -> bytes:
    """The prices of what functions look at: jobs, instances and what is stored."""
    prices = region_prices(region)
    usd = {key: usd for key, usd in prices.usd.items() if key.startswith(PRICED)}
    date = prices.dates[1] if prices.dates else None
    return json.dumps({"region": region, "date": date, "prices": usd}, sort_keys=True).encode()


def _packed(catalogue: Catalogue) -> bytes:
    """Pack all scripts into one file, because the CDK CLI reads an asset file by file. Same scripts, same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as sources:
        for digest, archive in sorted(catalogue.archives.items()):
            sources.writestr(zipfile.ZipInfo(f"{digest}.tar.gz"), archive.data)
    return buffer.getvalue()


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode())
        digest.update(files[name])
    return digest.hexdigest()


def _write(files: Mapping[str, bytes], target: Path) -> None:
    """Write to a temporary folder, then rename: another synth may run, and never sees a half-written folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as temporary:
        complete = Path(temporary, "complete")
        write_files(files, complete)
        try:
            complete.rename(target)
        except OSError:
            if not target.is_dir():
                raise
