"""Fills a section's /opt/ml: the scripts of the working copy, and the data of its inputs.

The data comes from `--data DIR`, else from the local AWS's S3 if that runs and has it, else from data.py.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from launchpad import paths
from launchpad.cli.preparing import REQUIREMENTS, data_script, input_prefixes
from launchpad.cli.programs import uv
from launchpad.cli.terminal import note
from launchpad.cli.workbench.plan import DATA_BUCKET, MODEL_BUCKET, Plan, local_prefix
from launchpad.messages.errors import LaunchpadError, shown
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.outputs import read_object
from launchpad.platform_client.platform import Platform

if TYPE_CHECKING or sys.version_info >= (3, 11, 4):
    import tarfile
else:  # the Python of Debian 12, whose tarfile has no filters
    from backports import tarfile

if TYPE_CHECKING:
    from launchpad.workload import Workload

ARCHIVE = "model.tar.gz"


@dataclass(frozen=True)
class Source:
    """Where inputs may come from."""

    folder: Path | None = None
    """The user's, with one folder per channel or input."""
    connection: Connection | None = None
    """The connection to the local AWS; None if it isn't running."""
    platform: Platform | None = None
    """None if it is not deployed there."""


def link_scripts(plan: Plan, root: Path) -> dict[str, str]:
    """Links of the scripts below /opt/ml: edits in the working copy count at once.

    With `libraries`, the folder has a link per file and library, as the packaged archive has them together.
    """
    if plan.script is None:
        return {}
    workload, part = plan.workload, getattr(plan.workload, plan.section)
    folder = paths.WORKLOADS / workload.name
    source = Path(os.path.normpath(folder / part.source_dir))
    if not part.libraries:
        return {plan.code: str(source.resolve())}
    links = {f"{plan.code}/{path.name}": str(path.resolve()) for path in source.iterdir()}
    for library in part.libraries:
        path = Path(os.path.normpath(folder / library))
        links[f"{plan.code}/{path.name}"] = str(path.resolve())
    (root / plan.code).mkdir(parents=True, exist_ok=True)
    return links


def fetch_inputs(plan: Plan, source: Source, store: Path) -> dict[str, str]:
    """Fetch each input into `store`; return links by folder below /opt/ml.

    Raises:
        LaunchpadError: an input is nowhere to be had; says where it could come from.
    """
    links: dict[str, str] = {}
    missing: dict[str, str] = {}
    for path, uri in plan.inputs.items():
        folder = store / path
        folder.mkdir(parents=True, exist_ok=True)
        own_folder = source.folder / Path(path).name if source.folder else None
        if own_folder and own_folder.is_dir():
            links[path] = str(own_folder.resolve())
        elif _is_model(uri):
            _fetch_model(plan, source, uri, folder, unpack=plan.section == "serving")
            links[path] = str(folder)
        elif source.folder is None and source.connection and _download(source, uri, folder):
            links[path] = str(folder)
        else:
            missing[path] = uri
    return links | _prepared(plan, source, missing, store)


def _is_model(uri: str) -> bool:
    return uri.endswith(ARCHIVE)


def _fetch_model(plan: Plan, source: Source, uri: str, folder: Path, *, unpack: bool) -> None:
    """Download a model's archive; unpacked for a container that serves it."""
    if local_prefix(uri, MODEL_BUCKET) is not None or source.connection is None:
        raise LaunchpadError(
            f"section {plan.section} needs a model, and the local AWS has no completed training job of"
            f" {plan.workload.name!r}; start it (`make local`) and run `launchpad run {plan.workload.name}` first"
        )
    body = read_object(source.connection, uri)
    if body is None:
        raise LaunchpadError(f"the model {uri} doesn't exist any more; name another job with --job")
    if not unpack:
        (folder / ARCHIVE).write_bytes(body.read())
        return
    with tarfile.open(fileobj=body, mode="r|gz") as archive:
        archive.extractall(folder, filter="data")
    shutil.rmtree(folder / "code", ignore_errors=True)  # the deploy function replaces it by the workload's scripts


def _download(source: Source, uri: str, folder: Path) -> bool:
    """Download a folder of S3; False if it has no objects."""
    key = local_prefix(uri, DATA_BUCKET)
    if key is not None and source.platform is None:
        return False
    address = urlsplit(uri)
    bucket = source.platform.data_bucket if key is not None and source.platform else address.netloc
    prefix = f"{key}/" if key is not None else address.path.lstrip("/")
    assert source.connection  # noqa: S101 -- the caller asked
    s3, count = source.connection.client("s3"), 0
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            name = item["Key"].removeprefix(prefix).lstrip("/") or Path(item["Key"]).name
            if item["Key"].endswith("/") or ".." in Path(name).parts:
                continue
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            s3.download_file(bucket, item["Key"], str(folder / name))
            count += 1
    return count > 0


def _prepared(plan: Plan, source: Source, missing: dict[str, str], store: Path) -> dict[str, str]:
    """Let data.py write the inputs that are nowhere else."""
    if not missing:
        return {}
    output = store / "data.py"
    script = data_script(plan.workload)
    if script and source.folder is None:
        note(f"data by {shown(script)}, because the local AWS has none")
        output.mkdir(exist_ok=True)
        python = uv.python_with(script.with_name(REQUIREMENTS))
        uv.run(
            python,
            script,
            ["--output", str(output)],
            os.environ,
            lambda line: note(f"    {line.replace(f'{output}/', '')}"),
        )
    links = {path: str(output / _folder_of(plan.workload, uri)) for path, uri in missing.items()}
    if absent := [path for path, folder in links.items() if not Path(folder).is_dir()]:
        where = f"{shown(source.folder)} has no folder" if source.folder else "neither the local AWS nor data.py has"
        names = ", ".join(Path(path).name for path in absent)
        remedy = "" if source.folder else "; start the local AWS and run the jobs before it, or pass --data DIR"
        raise LaunchpadError(f"input {names}: {where} {names}{remedy or '; create it there'}")
    return links


def _folder_of(workload: Workload, uri: str) -> str:
    """The folder that data.py writes for a URI: named after the channel, or the input, with that prefix."""
    from launchpad.cli.preparing import channel_prefixes

    key = local_prefix(uri, DATA_BUCKET)
    prefixes = input_prefixes(workload) | channel_prefixes(workload)
    return next((name for name, prefix in prefixes.items() if prefix == key), "none")
