"""A workload's way from its data to a prediction, by the command line, and what is worth writing down about it.

What a run finds goes to `build/workloads/`: a file per workload, a picture if its script drew one, and from all the
files `build/workloads.md`. `make workloads-docs` copies page and pictures to where they are read.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import re
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from launchpad.catalogue import load_workload
from launchpad.workload import Workload
from local_aws.runtimes.base import ImageNotFoundError
from local_aws.runtimes.images import find_image, load_images
from tests.workloads.checks import Check, read_check
from tests.workloads.local_platform import ROOT, Platform

RECORDS = ROOT / "build" / "workloads"
PAGE = ROOT / "build" / "workloads.md"
PICTURE = "picture.svg"
URI = re.compile(r"s3://\S+")
ROWS = re.compile(r": ([0-9]+) rows\b")
"""How the scripts that prepare data say how much it is: `PATH: N rows`, a line per file."""
HEAD = """\
# The workloads, as their last runs found them

Written by `make test-workloads`, which takes each folder of `workloads/` from its data to a prediction on the local
AWS; `make workloads-docs` copies it here. *Training* is how long the training job ran, *all* the whole way; on the
first run of a framework its environment is built too.

| Workload | Data | Rows | Runs on | Metric | Found | Gate | Training, s | All, s |
|---|---|---:|---|---|---:|---:|---:|---:|
"""


@dataclass
class Record:
    """One row of the page."""

    workload: str
    dataset: str
    rows: int = 0
    runtime: str = ""
    metric: str = ""
    value: float | None = None
    gate: str = ""
    training_seconds: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    """Of each step, by its name."""


class Journey:
    """One workload's way. Each step is a command that must succeed."""

    def __init__(self, platform: Platform, name: str) -> None:
        self.platform, self.name = platform, name
        self.folder = ROOT / "workloads" / name
        self.workload: Workload = load_workload(name)
        self.check: Check = read_check(self.folder)
        self.job = f"local-{name}-journey"
        self.record = Record(name, self.check.dataset)
        self.said: dict[str, str] = {"evaluate": ""}
        """What each step's command printed."""

    def travel(self) -> None:
        """Data, jobs before, training, gate and endpoint, prediction, jobs after; as far as the workload has them."""
        if (self.folder / "data.py").is_file():
            self.step("data", "data", self.name)
        for kind in self.check.before:
            self.step(kind, "job", kind, self.name)
        self.record.rows = sum(map(int, ROWS.findall("\n".join(self.said.values()))))
        if self.workload.training:
            self.step("run", "run", self.name, "--token", "journey", *Check.options(self.check.settings))
            self._note_training(self.judge(self.job))
            self._keep_picture()
        if self.workload.serving:
            self.step("serve", "serve", self.name, "--job", self.job)
            self.step("predict", "predict", self.name, *self._question())
            if self.check.predict:
                assert re.search(self.check.predict.answer, self.said["predict"]), self.said["predict"]
        for kind in self.check.after:
            self.step(kind, "job", kind, self.name, "--from-job", self.job)

    def step(self, step: str, *arguments: object) -> None:
        """Run one command, and keep what it said and how long it took."""
        with self._timed(step):
            self.said[step] = self.platform.succeeds(*arguments)

    def judge(self, job: str) -> dict[str, float]:
        """The numbers by which the quality gate judges a job's model."""
        if self.workload.evaluate:
            self.step("evaluate", "job", "evaluate", self.name, "--from-job", job)
            (place,) = {uri for uri in URI.findall(self.said["evaluate"]) if f"/evaluations/{job}" in uri}
            return dict(json.loads(self.platform.read(f"{place}/metrics.json")))
        described = self.platform.client("sagemaker").describe_training_job(TrainingJobName=job)
        return {metric["MetricName"]: metric["Value"] for metric in described.get("FinalMetricDataList", [])}

    def stop_serving(self) -> None:
        """Delete the endpoint, so that what is served does not slow down what follows."""
        self.platform("stop", f"local-{self.name}", "--yes")

    def _question(self) -> list[object]:
        asked = self.check.predict
        if asked is None:
            return []
        return ["--data", self.folder / asked.file, *(["--accept", asked.accept] if asked.accept else [])]

    def _note_training(self, metrics: dict[str, float]) -> None:
        job = self.platform.client("sagemaker").describe_training_job(TrainingJobName=self.job)
        self.record.training_seconds = job["TrainingTimeInSeconds"]
        self.record.runtime = runtime(job["AlgorithmSpecification"]["TrainingImage"])
        if gate := self.workload.quality_gate:
            self.record.metric, self.record.value = gate.metric, metrics.get(gate.metric)
            self.record.gate = f"≥ {gate.at_least:g}" if gate.at_least is not None else f"≤ {gate.at_most:g}"

    def _keep_picture(self) -> None:
        """Take the picture that a script drew, if one did, for the workload's README."""
        for find in (self._training_picture, self._evaluation_picture):
            with contextlib.suppress(ClientError, KeyError, ValueError):  # no output, or none of this name
                keep_picture(self.name, find())

    def _training_picture(self) -> bytes:
        """From the training job's output. Raises one of the errors above if it is not there."""
        job = self.platform.client("sagemaker").describe_training_job(TrainingJobName=self.job)
        place = f"{job['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{self.job}/output/output.tar.gz"
        with tarfile.open(fileobj=io.BytesIO(self.platform.read(place))) as archive:
            return archive.extractfile(PICTURE).read()

    def _evaluation_picture(self) -> bytes:
        """From the evaluation's output `report`; raises as `_training_picture`."""
        uris = URI.findall(self.said["evaluate"])
        outputs = self.workload.evaluate.outputs if self.workload.evaluate else {}
        (place,) = [uri for uri in uris if uri.endswith(f"/{outputs['report'].prefix}")]
        return self.platform.read(f"{place}/{PICTURE}")

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.record.seconds[step] = round(time.monotonic() - began, 1)


def runtime(image: str) -> str:
    """What an image's programs run on here, for people."""
    try:
        return find_image(image, load_images()).image.title
    except ImageNotFoundError:
        return "own container"


def keep_picture(workload: str, content: bytes) -> None:
    """Keep a workload's picture for `make workloads-docs`."""
    RECORDS.mkdir(parents=True, exist_ok=True)
    (RECORDS / f"{workload}.svg").write_bytes(content)


def write(record: Record, folder: Path = RECORDS, page: Path = PAGE) -> None:
    """Keep a record, and write the page anew from all that there are."""
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder / "page.lock"):
        (folder / f"{record.workload}.json").write_text(json.dumps(asdict(record), indent=1) + "\n", "utf-8")
        kept = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
        rows = [row(Record(**each)) for each in kept if (ROOT / "workloads" / each["workload"]).is_dir()]
        page.write_text(HEAD + "".join(rows), "utf-8")


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let no other process that names the same lock file in meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def row(record: Record) -> str:
    """One line of the page."""
    cells: list[Any] = [
        f"[{record.workload}](../workloads/{record.workload})",
        record.dataset,
        record.rows,
        record.runtime,
        record.metric,
        "" if record.value is None else f"{record.value:.4g}",
        record.gate,
        record.training_seconds,
        round(sum(record.seconds.values())),
    ]
    return f"| {' | '.join(map(str, cells))} |\n"
