"""Reads what the page of each kind of work shows, and renders it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from launchpad.costs.after_run import work_cost
from launchpad.costs.job_sizing import job_advice
from launchpad.costs.right_sizing import Advice
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.job_insight import read_insight
from launchpad.platform_client.logs import LogLine, LogTail
from launchpad.platform_client.outputs import read_object
from launchpad.platform_client.platform import Platform
from launchpad.platform_client.records import record_of
from launchpad.platform_client.utilisation import NAMESPACES, Span, Utilisation, sampled
from launchpad.platform_client.work import Work, find
from launchpad.platform_client.work.pipeline_runs import steps
from launchpad.platform_client.work.sagemaker_jobs import JOBS
from launchpad.report.endpoint_page import render_endpoint
from launchpad.report.endpoint_reading import read_endpoint
from launchpad.report.job_page import render_job
from launchpad.report.pictures import KINDS
from launchpad.report.pipeline_page import PipelineInsight, StageJob, render_pipeline
from launchpad.report.tiles import short
from launchpad.report.work_page import WorkInsight, render_work
from launchpad.requests.cost import Cost
from launchpad.runs.reading import Reader, numbers_in, workload_of
from launchpad.runs.run import Run

Filter = Callable[[Sequence[LogLine]], list[LogLine]]


@dataclass(frozen=True)
class Pages:
    """Makes the page of any piece of work."""

    connection: Connection
    platform: Platform
    reader_of: Callable[[str], Reader]
    comparison: Callable[[str], str]
    """Makes the page of a tuning job."""
    prices: Mapping[str, float]
    without_noise: Filter
    """Leaves the toolkit's lines out of a log."""
    job_page: Callable[[str], str] = lambda _: ""
    """The address of a job's page, relative to an endpoint's; empty if it has none."""
    advised: Callable[[Sequence[Advice]], object] = lambda _: None
    """Gets what the rules say about the size of a job's or an endpoint's instances."""

    def page(self, work: Work) -> str:
        """The page of a piece of work, as HTML."""
        if work.kind == "tuning":
            return self.comparison(work.name)
        pages = {"training": self._training, "pipeline": self._pipeline, "endpoint": self._endpoint}
        return pages.get(work.kind, self._other)(work)

    def _training(self, work: Work) -> str:
        insight = read_insight(self.connection, work.name, KINDS)
        insight = replace(insight, log=self.without_noise(insight.log))
        advice = self._job_advice(insight.job, insight.utilisation)
        return render_job(insight, self.connection.name, self.prices, self._run(insight.job), advice)

    def _job_advice(self, job: Mapping[str, Any], used: Utilisation) -> list[Advice]:
        advice = job_advice(job, used, self.prices, local=self.connection.local is not None)
        self.advised(advice)
        return advice

    def _run(self, job: Mapping[str, Any]) -> Run | None:
        """The job as a run of its workload; None if the platform did not start it."""
        try:
            return self.reader_of(workload_of(job)).run(job)
        except LaunchpadError:
            return None

    def _other(self, work: Work) -> str:
        record = record_of(self.connection, self.platform, work.workload, work.name) or {}
        span = Span(work.started, work.ended)
        names = [f"algo-{number}" for number in range(1, _instances(work.description) + 1)]
        used = sampled(self.connection, work.kind, work.name, names, span) if work.kind in NAMESPACES else {}
        insight = WorkInsight(work, self._log(work), used, record, self._numbers(work), self._cost(work))
        return render_work(insight, self.connection.name, self._job_advice(work.description, used))

    def _cost(self, work: Work) -> Cost | None:
        return work_cost(self.connection, work, self.prices)

    def _log(self, work: Work) -> list[LogLine]:
        group = JOBS[work.kind].log_group if work.kind in JOBS else None
        if not group:
            return []
        return self.without_noise(LogTail(self.connection.client("logs"), group, f"{work.name}/").read())

    def _numbers(self, work: Work) -> dict[str, float]:
        """The numbers that an evaluation wrote."""
        for output in work.description.get("ProcessingOutputConfig", {}).get("Outputs", []):
            uri = output.get("S3Output", {}).get("S3Uri", "")
            if "/evaluations/" in uri and (body := read_object(self.connection, f"{uri.rstrip('/')}/metrics.json")):
                return numbers_in(body.read())
        return {}

    def _pipeline(self, work: Work) -> str:
        jobs = list(self._stage_jobs(work))
        result = _json(work.description.get("output"))
        gate = next((trained.gate for _, trained in jobs if trained and trained.gate), None)
        version = _described(self.connection, result.get("model_package_arn"))
        insight = PipelineInsight(work, _entered(self.connection, work), [job for job, _ in jobs], gate, version)
        return render_pipeline(insight, self.connection.name)

    def _stage_jobs(self, run: Work) -> Iterator[tuple[StageJob, Run | None]]:
        for step in steps(self.connection, run):
            try:
                work = find(self.connection, step.name, step.kind)
            except LaunchpadError:
                yield StageJob(step.state, step.name, "not created", ""), None
                continue
            trained = self._trained(work)
            metrics = "  ".join(f"{name} {value:.5g}" for name, value in (trained.metrics if trained else {}).items())
            took = short((work.ended - work.started).total_seconds()) if work.ended else ""
            yield StageJob(step.state, work.name, work.status, took, metrics, self._cost(work)), trained

    def _trained(self, work: Work) -> Run | None:
        if work.kind == "training":
            return self._run(work.description)
        best = (work.description.get("BestTrainingJob") or {}).get("TrainingJobName")
        if work.kind == "tuning" and best:
            return self._run(find(self.connection, best, "training").description)
        return None

    def _endpoint(self, work: Work) -> str:
        insight = read_endpoint(self.connection, self.platform, work, self._served, self.prices)
        self.advised(insight.advice)
        return render_endpoint(insight, self.connection.name, self.job_page)

    def _served(self, job: str | None) -> Run | None:
        """The run of the served job; None if it is of another account, or deleted."""
        try:
            return self._run(find(self.connection, job, "training").description) if job else None
        except LaunchpadError:
            return None


def _entered(connection: Connection, run: Work) -> list[tuple[str, datetime]]:
    pages = connection.client("stepfunctions").get_paginator("get_execution_history").paginate(**run.key)
    events = (event for page in pages for event in page["events"])
    return [
        (event["stateEnteredEventDetails"]["name"], event["timestamp"])
        for event in events
        if event.get("stateEnteredEventDetails")
    ]


def _described(connection: Connection, version: str | None) -> Mapping[str, Any] | None:
    """The model package that was registered; None if there is none, or it was deleted."""
    if not version:
        return None
    try:
        package: Mapping[str, Any] = connection.client("sagemaker").describe_model_package(ModelPackageName=version)
    except ClientError:
        return None
    return package


def _instances(description: Mapping[str, Any]) -> int:
    resources = description.get("ProcessingResources", {}).get("ClusterConfig") or description.get("TransformResources")
    return int((resources or {}).get("InstanceCount", 1))


def _json(text: Any) -> dict[str, Any]:
    try:
        values = json.loads(text or "{}")
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}
