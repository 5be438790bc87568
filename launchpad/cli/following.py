"""Shows the progress and the result of a job or an endpoint."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.text import Text

from launchpad.cli.log_folding import Folding
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import duration, fields
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import endpoints, training_jobs
from launchpad.platform_client.connection import LOCAL, Connection
from launchpad.platform_client.logs import ENDPOINT_GROUP, TRAINING_GROUP, LogLine
from launchpad.platform_client.training_jobs import Transition
from launchpad.processes.interrupts import Interrupted

if TYPE_CHECKING:
    from launchpad.workload import Workload

PROGRAM = "sagemaker_program"
"""The hyperparameter by which AWS's toolkit knows the script; a container with its own program has none."""
BREAKPOINT = "BdbQuit"
"""What Python's debugger raises at the end of its input, which a job has none of."""
LAST_LINES = 12
"""How many log lines the message of a failure repeats."""


@dataclass
class JobView:
    """Prints what `training_jobs.follow` reports, above a live line."""

    line: LiveLine
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))
    folding: Folding = field(default_factory=Folding)

    def show(self, news: Transition | LogLine) -> None:
        """Print one transition or log line."""
        if isinstance(news, LogLine):
            if self.folding.hides(news.text):
                return
            self.tail.append(news.text)
            self.line.say(f"      │ {news.text}")
            return
        message = "" if news.status == "Failed" else news.message
        self.line.detail = f"{news.status}: {message}" if message else news.status
        text = Text.assemble("    ", (f"{news.status:<12}", "bold"), (message, "dim"))
        self.line.console.print(text)


def follow_job(connection: Connection, job: str, line: LiveLine) -> Mapping[str, Any]:
    """Follow a training job to its end; return its description (DescribeTrainingJob).

    Raises:
        LaunchpadError: it failed or was stopped; has the reason, its last lines, its exit code and where its log is.
        Interrupted: the user stopped watching; the job continues.
    """
    view = JobView(line)
    try:
        ended = training_jobs.follow(connection, job, view.show)
    except Interrupted as signal:
        raise Interrupted(signal.number, _goes_on(connection.name, job)) from None
    if ended["TrainingJobStatus"] != "Completed":
        raise LaunchpadError(job_failure(ended, view.tail, connection.name))
    return ended


def job_failure(job: Mapping[str, Any], tail: deque[str] | list[str], environment: str) -> str:
    """The message about a job that has no model."""
    name, code = job["TrainingJobName"], training_jobs.exit_code(job)
    status = job["TrainingJobStatus"].lower()
    if job.get("SecondaryStatus") == "MaxRuntimeExceeded":
        status = "stopped: it ran longer than its `max_runtime_minutes`"
    parts = [f"training job {name} {'has failed' if status == 'failed' else f'was {status}'}"]
    if job.get("FailureReason"):
        parts.append(f"reason: {job['FailureReason'].strip()}")
    if tail:
        parts.append("last lines of its log:\n" + "\n".join(f"  │ {line}" for line in tail))
    if code is not None:
        parts.append(f"exit code: {code}")
    parts.append(f"log: CloudWatch Logs, {TRAINING_GROUP}, {name}/ (`launchpad logs {name}{of(environment)}`)")
    if environment == LOCAL and job["TrainingJobStatus"] == "Failed" and PROGRAM in job.get("HyperParameters", {}):
        parts.append(_debugging(job, list(tail)))
    return "\n".join(parts)


def _debugging(job: Mapping[str, Any], tail: list[str]) -> str:
    """How to look into the failed script: a job has no terminal, so its breakpoint() only raises BdbQuit."""
    workload = job["OutputDataConfig"]["S3OutputPath"].split("/")[3]  # s3://BUCKET/WORKLOAD/jobs
    command = f"`launchpad debug {workload}`"
    if any(BREAKPOINT in text for text in (job.get("FailureReason", ""), *tail)):
        return f"the script stopped at breakpoint(), and a job has no terminal for the debugger: {command} has one"
    return f"run the script in this terminal, with a debugger where it fails: {command}"


def follow_endpoint(connection: Connection, deployment: Mapping[str, str], line: LiveLine) -> Mapping[str, Any]:
    """Wait until an endpoint serves what the deploy function gave it; return its description (DescribeEndpoint).

    Note: after a failed update an endpoint is InService again, with its earlier configuration and a FailureReason.

    Raises:
        LaunchpadError: it failed to start or to change; has the reason, its last lines and where its log is.
        Interrupted: the user stopped watching; the endpoint continues to start.
    """
    tail: deque[str] = deque(maxlen=LAST_LINES)

    def show(news: str | LogLine) -> None:
        if isinstance(news, LogLine):
            tail.append(news.text)
        else:
            line.detail = news

    try:
        settled = endpoints.follow(connection, deployment["endpoint_name"], show)
    except Interrupted as signal:
        goes_on = f"interrupted; the endpoint goes on coming up: `launchpad status{of(connection.name)}` tells"
        raise Interrupted(signal.number, goes_on) from None
    if settled["EndpointStatus"] != endpoints.SERVING:
        remedy = (
            f"delete it before you deploy again: `launchpad stop {settled['EndpointName']}{of(connection.name)} --yes`"
        )
        raise LaunchpadError(
            _endpoint_failure(settled, f"is {settled['EndpointStatus']}", tail, remedy, connection.name)
        )
    if settled["EndpointConfigName"] != deployment["endpoint_config_name"]:
        job = endpoints.served_job(connection, settled["EndpointName"])
        serves = f"it still serves the model of {job or 'its earlier configuration'} ({settled['EndpointConfigName']})"
        raise LaunchpadError(_endpoint_failure(settled, "was not updated", tail, serves, connection.name))
    return settled


def _endpoint_failure(endpoint: Mapping[str, Any], outcome: str, tail: deque[str], last: str, environment: str) -> str:
    name = endpoint["EndpointName"]
    parts = [f"endpoint {name} {outcome}"]
    if endpoint.get("FailureReason"):
        parts.append(f"reason: {endpoint['FailureReason'].strip()}")
    if tail:
        parts.append("last lines of its log:\n" + "\n".join(f"  │ {line}" for line in tail))
    parts.append(f"log: CloudWatch Logs, {ENDPOINT_GROUP}/{name} (`launchpad logs {name}{of(environment)}`)")
    return "\n".join([*parts, last])


def _goes_on(environment: str, job: str) -> str:
    flag = of(environment)
    return (
        f"interrupted; the job goes on: follow it with `launchpad logs {job} --follow{flag}`,"
        f" end it with `launchpad stop {job}{flag}`"
    )


def of(environment: str) -> str:
    """The option that names the environment in a command line to copy; empty for the default one."""
    return "" if environment == "local" else f" --env {environment}"


def summarize(job: Mapping[str, Any], workload: Workload) -> None:
    """Print a completed job's metrics, its artifact, and what to do next."""
    values = training_jobs.metrics(job)
    seconds = job.get("BillableTimeInSeconds")
    fields(
        [
            ("metrics", "  ".join(f"{name} {value:.6g}" for name, value in values.items())),
            ("quality gate", _gate(workload, job)),
            ("artifact", job["ModelArtifacts"]["S3ModelArtifacts"]),
            ("billable", duration(seconds) if seconds else ""),
        ]
    )


def _gate(workload: Workload, job: Mapping[str, Any]) -> str:
    """The deploy function's verdict on the job's metrics; empty if an evaluation decides."""
    return "" if workload.evaluate else gate_verdict(workload, training_jobs.metrics(job))


def gate_verdict(workload: Workload, metrics: Mapping[str, float]) -> str:
    """Whether a model with these metrics passes the workload's gate as it is written now; empty without a gate."""
    from launchpad.requests import RequestError
    from launchpad.requests.quality import check_quality

    if not workload.quality_gate:
        return ""
    try:
        check_quality(workload.model_dump(), metrics)
    except RequestError as error:
        return f"missed, {str(error).removeprefix('quality gate: ').partition(';')[0]}"
    return "passed"
