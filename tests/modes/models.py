"""The models of the matrix: archives that the images' own libraries or training programs have made, in seconds."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from launchpad import paths
from local_aws.runtimes.environments import Environments
from local_aws.runtimes.images import find_image, load_images
from tests.containers.case import Case, process_runtime, registry_uri
from tests.containers.contract import load_contract
from tests.local_aws.algorithm_jobs import algorithm_jobs
from tests.local_aws.launcher import LocalAws
from tests.modes.programs import COMMON

CACHE = paths.ROOT / ".local-aws" / "cache"
SOURCES = paths.ROOT / "packages" / "local-aws" / "src"
UV = paths.ROOT / ".venv-local-aws" / "bin" / "uv"


@dataclass(frozen=True)
class Workshop:
    """Where models are made: a running local AWS and an empty folder."""

    aws: LocalAws
    folder: Path


Maker = Callable[[Workshop, str], list[bytes]]
"""Makes the archives of one model or of two for an image's URI."""


def by_program(*sources: str) -> Maker:
    """Models that a program writes in the image's environment; see `programs`."""

    def make(workshop: Workshop, uri: str) -> list[bytes]:
        image = find_image(uri, load_images()).image
        environment = Environments(CACHE / "environments", uv=UV).ensure(image, print)
        command = [environment / "bin/python", "-c", "".join((COMMON, *sources)), workshop.folder, image.folder]
        subprocess.run(command, env={"PYTHONPATH": str(SOURCES)}, check=True, timeout=120)
        return [packed(workshop.folder / name) for name in ("first", "second")]

    return make


def by_jobs(hyperparameters: dict[str, str], *tables: str) -> Maker:
    """Models that training jobs of a built-in algorithm learn, each from a table of CSV."""

    def make(workshop: Workshop, uri: str) -> list[bytes]:
        algorithm = uri.rpartition("/")[2].partition(":")[0]
        jobs = algorithm_jobs(workshop.aws, algorithm)
        archives = []
        for number, table in enumerate(tables):
            jobs.put(f"{number}/rows.csv", table)
            content_type = "text/csv;label_size=0" if algorithm == "kmeans" else "text/csv"
            channels = [jobs.channel("train", f"{number}/", ContentType=content_type)]
            job = jobs.completed(hyperparameters=hyperparameters, channels=channels)
            bucket, _, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").partition("/")
            archives.append(workshop.aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
        return archives

    return make


def by_contract(workshop: Workshop, uri: str) -> list[bytes]:
    """The model that a folder of `containers/` trains in the tests of its contract, with the contract's scripts."""
    name = uri.rpartition("/")[2].partition(":")[0]
    source = paths.CONTAINERS / name
    runtime = process_runtime(paths.CONTAINERS)
    case = Case(name, "process", registry_uri(name), load_contract(source), source, runtime, workshop.folder)
    try:
        return [packed(case.trained(), source / "contract/ml/code")]
    finally:
        case.close()


def by_hand(workshop: Workshop, uri: str) -> list[bytes]:
    """A model of one number."""
    (workshop.folder / "offset").write_text("5")
    return [packed(workshop.folder)]


def packed(model: Path, code: Path | None = None) -> bytes:
    """The archive of a model's folder, with scripts below `code/`."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        archive.add(model, ".")
        if code and code.is_dir():
            archive.add(code, "code")
    return content.getvalue()
