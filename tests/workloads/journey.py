"""A workload's way from its data to a prediction, by the command line, and what is worth writing down about it."""

from __future__ import annotations

import contextlib
import io
import json
import re
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from launchpad.catalogue import load_workload
from launchpad.platform_client.outputs import read_output
from launchpad.report.pictures import KINDS
from launchpad.workload import Workload
from tests.workloads.checks import Check, read_check
from tests.workloads.local_platform import ROOT, Platform
from tests.workloads.page import Record, drawn, keep_picture, runtime

PICTURE = "picture.svg"
URI = re.compile(r"s3://\S+")
ROWS = re.compile(r": ([0-9]+) rows\b")
"""How the scripts that prepare data say how much it is: `PATH: N rows`, a line per file."""


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
        for other in self.check.first:
            for command in ("data", "run", "serve"):
                self.step(f"{command} {other}", command, other)
        if (self.folder / self.workload.data_script).is_file():
            self.step("data", "data", self.name)
        for kind in self.check.before:
            self.step(kind, "job", kind, self.name)
        self.record.rows = sum(map(int, ROWS.findall("\n".join(self.said.values()))))
        if self.workload.training:
            self.step("run", "run", self.name, "--token", "journey", *Check.options(self.check.settings))
            self._note_training(self.judge(self.job))
            self._keep_picture()
        else:
            self._note_processing()
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
            (prefix,) = {uri for uri in URI.findall(self.said["evaluate"]) if f"/evaluations/{job}" in uri}
            return dict(json.loads(self.platform.read(f"{prefix}/metrics.json")))
        described = self.platform.client("sagemaker").describe_training_job(TrainingJobName=job)
        return {metric["MetricName"]: metric["Value"] for metric in described.get("FinalMetricDataList", [])}

    def stop_serving(self) -> None:
        """Delete the endpoint, so that what is served does not slow down what follows."""
        self.platform("stop", f"local-{self.name}", "--yes")

    def _question(self) -> list[object]:
        predict = self.check.predict
        if predict is None:
            return []
        return ["--data", self.folder / predict.file, *(["--accept", predict.accept] if predict.accept else [])]

    def _note_training(self, metrics: dict[str, float]) -> None:
        job = self.platform.client("sagemaker").describe_training_job(TrainingJobName=self.job)
        self.record.job_seconds = job["TrainingTimeInSeconds"]
        self.record.runtime = runtime(job["AlgorithmSpecification"]["TrainingImage"])
        if gate := self.workload.quality_gate:
            self.record.metric, self.record.value = gate.metric, metrics.get(gate.metric)
            self.record.gate = f"≥ {gate.at_least:g}" if gate.at_least is not None else f"≤ {gate.at_most:g}"

    def _note_processing(self) -> None:
        """Note the only job of a workload that trains nothing."""
        sagemaker = self.platform.client("sagemaker")
        (job,) = sagemaker.list_processing_jobs(NameContains=f"local-{self.name}-")["ProcessingJobSummaries"]
        described = sagemaker.describe_processing_job(ProcessingJobName=job["ProcessingJobName"])
        self.record.runtime = runtime(described["AppSpecification"]["ImageUri"])
        self.record.job_seconds = round(
            (described["ProcessingEndTime"] - described["ProcessingStartTime"]).total_seconds()
        )

    def _keep_picture(self) -> None:
        """Take the picture that a script drew, or draw its tables, for the workload's README."""
        with contextlib.suppress(ClientError, KeyError):  # no output, or none of this name
            keep_picture(self.name, self.output(PICTURE))
        job = self.platform.client("sagemaker").describe_training_job(TrainingJobName=self.job)
        tables = read_output(self.platform, job, KINDS)
        with contextlib.suppress(ValueError):  # no evaluation with a report
            tables |= self._evaluation_tables()
        drawn(self.name, tables)

    def output(self, name: str) -> bytes:
        """A file that the training job left next to its model. Raises `ClientError` or `KeyError` if it did not."""
        job = self.platform.client("sagemaker").describe_training_job(TrainingJobName=self.job)
        uri = f"{job['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{self.job}/output/output.tar.gz"
        with tarfile.open(fileobj=io.BytesIO(self.platform.read(uri))) as archive:
            return archive.extractfile(name).read()

    def _evaluation_tables(self) -> dict[str, str]:
        """Read the evaluation's output `report`; raises `ValueError` if there is none."""
        uris = URI.findall(self.said["evaluate"])
        outputs = self.workload.evaluate.outputs if self.workload.evaluate else {}
        prefix = outputs["report"].prefix if "report" in outputs else None
        (folder,) = [uri for uri in uris if uri.endswith(f"/{prefix}")]
        texts = {}
        for name in KINDS:
            with contextlib.suppress(ClientError):
                texts[name] = self.platform.read(f"{folder}/{name}").decode()
        return texts

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        self.record.seconds[step] = round(time.monotonic() - start, 1)
