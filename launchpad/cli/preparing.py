"""Prepares a workload's data: runs its `data.py` and uploads the result channel by channel."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launchpad import paths
from launchpad.cli.formats import mismatches
from launchpad.cli.programs import uv
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import plural, size
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import channels, manifests
from launchpad.platform_client.channels import Upload
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import Platform
from launchpad.requests.spark import DATA

if TYPE_CHECKING:
    from launchpad.workload import Workload

SCRIPT = "data.py"
REQUIREMENTS = "data-requirements.txt"


@dataclass(frozen=True)
class Prepared:
    """What was uploaded, and what existed already."""

    uploaded: int
    unchanged: int
    sent_bytes: int
    places: tuple[str, ...]
    """The S3 URIs of the folders."""
    stale: tuple[str, ...] = ()
    """The keys of earlier uploads that data.py no longer writes."""
    kept: bool = False
    """Whether the stale ones were left where they are."""

    def __str__(self) -> str:
        files = plural(self.uploaded, "file")
        uploads = f"{files} uploaded ({size(self.sent_bytes)})" if self.uploaded else "nothing to upload"
        unchanged = f", {self.unchanged} unchanged" if self.unchanged else ""
        return f"{uploads}{unchanged}{self._stale()} in {', '.join(self.places)}"

    def _stale(self) -> str:
        if not self.stale:
            return ""
        files = plural(len(self.stale), "file")
        return f", {files} that data.py no longer writes {'kept' if self.kept else 'removed'}"


def data_script(workload: Workload, folder: Path = paths.WORKLOADS) -> Path | None:
    """The script that writes the workload's data, its own or a shared one; None if it has none."""
    script = Path(os.path.normpath(folder / workload.name / workload.data_script))
    return script if script.is_file() else None


def channel_prefixes(workload: Workload) -> dict[str, str]:
    """The training channels in the environment's data bucket, with their folders."""
    declared = workload.training.channels if workload.training else {}
    return {name: channel.prefix for name, channel in declared.items() if channel.prefix}


def input_prefixes(workload: Workload) -> dict[str, str]:
    """The folders in the data bucket that other jobs read, by input: `transform` for a transform, Spark's by folder."""
    kinds = ("prepare", "evaluate", "transform", "spark")
    return {name: prefix for kind in kinds for name, prefix in section_prefixes(workload, kind).items()}


def section_prefixes(workload: Workload, kind: str) -> dict[str, str]:
    """The folders in the data bucket that one section's job reads; of Spark those that its arguments name."""
    part = getattr(workload, kind)
    if part is None:
        return {}
    if kind == "transform":
        return {"transform": part.input.prefix} if part.input.prefix else {}
    if kind == "spark":
        folders = [text.removeprefix(DATA).strip("/") for text in part.arguments if text.startswith(f"{DATA}/")]
        return {prefix.rpartition("/")[2]: prefix for prefix in folders}
    return {name: item.prefix for name, item in part.inputs.items() if item.prefix}


def owner_of(prefix: str, workload: Workload) -> str | None:
    """The other workload that fills a folder: the one that it is named after; None if that is this one, or none."""
    from launchpad.catalogue import workload_names

    first = prefix.partition("/")[0]
    return first if first != workload.name and first in workload_names(paths.WORKLOADS) else None


def prepared_by_a_job(workload: Workload) -> bool:
    """Whether another job of the workload writes the training channels, so that `data.py` doesn't have to."""
    return bool(workload.prepare or workload.spark)


def required_channels(workload: Workload) -> tuple[str, ...]:
    """The channels that `data.py` must write: all but those that a job writes, and other workloads' folders."""
    if prepared_by_a_job(workload):
        return ()
    prefixes = channel_prefixes(workload)
    return tuple(name for name, prefix in prefixes.items() if owner_of(prefix, workload) is None)


def prepare(
    connection: Connection, platform: Platform, workload: Workload, line: LiveLine, *, keep: bool = False
) -> Prepared:
    """Run the workload's `data.py` and upload what it wrote; `line` shows the progress.

    Files that an earlier call uploaded and `data.py` no longer writes are removed, unless `keep`.

    Raises:
        LaunchpadError: `data.py` doesn't exist, failed, or wrote something other than the channels.
    """
    script = data_script(workload)
    if script is None:
        raise LaunchpadError(
            f"workload {workload.name!r} has no {SCRIPT}; write one that takes --output DIR and writes one folder per"
            f" channel, or upload to {', '.join(_places(platform, workload))} yourself"
        )
    line.detail = f"making the environment of {script.name}"
    python = uv.python_with(script.with_name(REQUIREMENTS))
    paths.BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="data-", dir=paths.BUILD) as output:
        line.detail = f"running {script.name}"

        def show(text: str) -> None:
            if text:
                line.say(f"    {text.replace(f'{output}/', '')}")

        uv.run(python, script, ["--output", output], connection.variables(), show)
        for sentence in mismatches(workload, _by_channel(Path(output))):
            line.say(f"    {sentence}", "yellow")
        return _mirror(connection, platform, workload, Path(output), line, keep=keep)


def _by_channel(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files that `data.py` wrote, each with its channel."""
    for path in channels.files_below(folder):
        yield path.relative_to(folder).parts[0], path


def _mirror(
    connection: Connection, platform: Platform, workload: Workload, folder: Path, line: LiveLine, *, keep: bool
) -> Prepared:
    s3, bucket = connection.client("s3"), platform.data_bucket
    own, others = channel_prefixes(workload), input_prefixes(workload)
    uploads = channels.plan(folder, others | own, required=required_channels(workload))
    line.detail = "comparing checksums"
    current = {upload.key: channels.sha256(upload.path) for upload in uploads}
    earlier, etag = manifests.read(s3, bucket, workload.name)
    etag = manifests.write(s3, bucket, workload.name, earlier | current, etag)  # so that a broken upload is known
    uploaded = _upload(s3, bucket, uploads, current, line)
    stale = manifests.stale_keys(s3, bucket, workload.name, earlier, current)
    if stale and not keep:
        etag = manifests.write(s3, bucket, workload.name, earlier | current, etag)  # no other upload has begun
        manifests.delete(s3, bucket, stale)
    for key in stale:
        line.say(f"    {'kept' if keep else 'removed'} s3://{bucket}/{key}, which data.py no longer writes")
    manifests.write(s3, bucket, workload.name, ({key: earlier[key] for key in stale} if keep else {}) | current, etag)
    places = {f"s3://{bucket}/{upload.prefix}/" for upload in uploads}
    sent_bytes = sum(upload.size for upload in uploaded)
    unchanged = len(uploads) - len(uploaded)
    return Prepared(len(uploaded), unchanged, sent_bytes, tuple(sorted(places)), tuple(stale), keep)


def _upload(s3: Any, bucket: str, uploads: list[Upload], checksums: Mapping[str, str], line: LiveLine) -> list[Upload]:
    """Upload the files that the bucket doesn't have; return those."""
    total, uploaded_bytes, uploaded = sum(upload.size for upload in uploads), 0, []
    for upload in uploads:

        def more(number: int) -> None:
            nonlocal uploaded_bytes
            uploaded_bytes += number
            line.detail = f"uploading {size(uploaded_bytes)} of {size(total)}"

        if channels.send(s3, bucket, upload, checksums[upload.key], more):
            uploaded.append(upload)
        else:
            more(upload.size)
    return uploaded


def _places(platform: Platform, workload: Workload) -> list[str]:
    return [f"s3://{platform.data_bucket}/{prefix}/" for prefix in channel_prefixes(workload).values()]
