"""What each kind of work left, and where in the folder it goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import Platform
from launchpad.platform_client.work import Work, find
from launchpad.platform_client.work.pipeline_runs import steps

PARTS = ("model", "output", "pictures", "evaluation", "predictions", "results")
"""What `--only` takes: the model, the other output of a training job or only the pictures in it, its evaluation, the
predictions of a transform job, and the outputs of a processing job."""
PICTURES = (".png", ".svg", ".jpg", ".jpeg", ".gif", ".webp", ".pdf")


@dataclass(frozen=True)
class Source:
    """A folder or an archive in S3."""

    part: str
    """One of `PARTS`."""
    uri: str
    target: PurePosixPath
    """The folder for its files, relative to that of the user."""
    archive: bool = False
    """Whether `uri` is one object, a tar archive that is unpacked."""
    endings: tuple[str, ...] = ()
    """Only files whose names end so; empty for all."""


def sources_of(connection: Connection, platform: Platform, work: Work, only: Sequence[str]) -> list[Source]:
    """What a piece of work left, as far as `only` names it; everything without.

    Raises:
        LaunchpadError: its kind leaves nothing, or nothing of that.
    """
    everything = {source.uri: source for source in _all(connection, platform, work, PurePosixPath())}
    sources = [_limited(source, only) for source in everything.values()]
    chosen = [source for source in sources if source]
    if not chosen:
        wish = f" of {', '.join(only)}" if only and sources else ""
        raise LaunchpadError(f"{work.noun} {work.name} is {work.status}: it has no files{wish} to fetch")
    return chosen


def _limited(source: Source, only: Sequence[str]) -> Source | None:
    if not only or source.part in only:
        return source
    if source.part == "output" and "pictures" in only:
        return Source("pictures", source.uri, source.target, source.archive, PICTURES)
    return None


def _all(connection: Connection, platform: Platform, work: Work, folder: PurePosixPath) -> Iterator[Source]:
    if work.kind == "training":
        yield from _of_training(platform, work, folder)
    elif work.kind == "processing":
        yield from _of_processing(work.description, folder)
    elif work.kind == "transform":
        yield Source("predictions", work.description["TransformOutput"]["S3OutputPath"], folder / "predictions")
    elif work.kind == "tuning":
        yield from _all(connection, platform, _best(connection, work), folder)
    elif work.kind == "pipeline":
        for step in steps(connection, work):
            if step.kind != "spark":
                yield from _all(connection, platform, find(connection, step.name, step.kind), folder / step.name)


def _of_training(platform: Platform, work: Work, folder: PurePosixPath) -> Iterator[Source]:
    job = work.description
    model = (job.get("ModelArtifacts") or {}).get("S3ModelArtifacts")
    if model:
        yield Source("model", model, folder / "model", archive=True)
    output = f"{job['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{work.name}/output/output.tar.gz"
    yield Source("output", output, folder / "output", archive=True)
    evaluation = f"s3://{platform.model_bucket}/{work.workload}/evaluations/{work.name}"
    yield Source("evaluation", evaluation, folder / "evaluation")


def _of_processing(job: Mapping[str, Any], folder: PurePosixPath) -> Iterator[Source]:
    for output in job.get("ProcessingOutputConfig", {}).get("Outputs", []):
        uri = output.get("S3Output", {}).get("S3Uri")
        if uri:
            part = "evaluation" if "/evaluations/" in urlsplit(uri).path else "results"
            yield Source(part, uri, folder / part / _safe(output["OutputName"]))


def _best(connection: Connection, work: Work) -> Work:
    best = (work.description.get("BestTrainingJob") or {}).get("TrainingJobName")
    if not best:
        raise LaunchpadError(f"{work.name} is {work.status} and has no best training job yet")
    return find(connection, best, "training")


def _safe(name: str) -> str:
    """An output's name as that of a folder: AWS allows letters, digits and hyphens, so this changes none of its."""
    return "".join(character if character.isalnum() or character in "-_" else "-" for character in name)
