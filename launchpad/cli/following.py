"""Shows the progress and the result of a job or an endpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.text import Text

from launchpad.cli.failures import Tail, failure_message, goes_on, logs_command, short_reason
from launchpad.cli.failures import of as of
from launchpad.cli.progress import LiveLine
from launchpad.cli.spending import cost_row, ended_cost
from launchpad.cli.terminal import duration, fields
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import endpoints, training_jobs
from launchpad.platform_client.connection import LOCAL, Connection
from launchpad.platform_client.logs import LogLine
from launchpad.platform_client.training_jobs import Transition
from launchpad.processes.interrupts import Interrupted
from launchpad.requests.cost import cost_document

if TYPE_CHECKING:
    from launchpad.workload import Workload

STATUS_WIDTH = 11
"""That of the longest usual status; a longer one is followed by a blank too."""
PROGRAM = "sagemaker_program"
"""The hyperparameter by which AWS's toolkit knows the script; a container with its own program has none."""
BREAKPOINT = "BdbQuit"
"""What Python's debugger raises at the end of its input, which a job has none of."""


@dataclass
class JobView:
    """Prints what `training_jobs.follow` reports, above a live line."""

    line: LiveLine
    tail: Tail = field(default_factory=Tail)

    def show(self, news: Transition | LogLine) -> None:
        """Print one transition or log line."""
        if isinstance(news, LogLine):
            if self.tail.add(news.text):
                self.line.say(f"      │ {news.text}")
            return
        message = "" if news.status == "Failed" else news.message
        self.line.detail = f"{news.status}: {message}" if message else news.status
        text = Text.assemble("    ", (f"{news.status:<{STATUS_WIDTH}}", "bold"), " ", (message, "dim"))
        text.rstrip()
        self.line.console.print(text)


def follow_job(connection: Connection, job: str, line: LiveLine) -> Mapping[str, Any]:
    """Follow a training job to its end; return its description (DescribeTrainingJob).

    Raises:
        LaunchpadError: it failed or was stopped; has the reason, its exit code and where its log is.
        Interrupted: the user stopped watching; the job continues.
    """
    view = JobView(line)
    try:
        ended = training_jobs.follow(connection, job, view.show)
    except Interrupted as signal:
        raise Interrupted(signal.number, goes_on("job", job, connection.name)) from None
    if ended["TrainingJobStatus"] != "Completed":
        fields([cost_row(connection.name, ended_cost(connection, "training", ended))])
        resumable = training_jobs.has_checkpoints(connection, ended)
        raise LaunchpadError(job_failure(ended, view.tail.lines, connection.name, resumable=resumable))
    return ended


def job_failure(job: Mapping[str, Any], lines: Sequence[str], environment: str, *, resumable: bool = False) -> str:
    """The message about a job that has no model; `lines` are the last ones of its log, which the user has just seen.

    `resumable` says that it wrote checkpoints from which another job can go on.
    """
    name, code = job["TrainingJobName"], training_jobs.exit_code(job)
    status = job["TrainingJobStatus"].lower()
    if job.get("SecondaryStatus") == "MaxRuntimeExceeded":
        status = "stopped: it ran longer than its `max_runtime_minutes`"
    outcome = f"training job {name} {'has failed' if status == 'failed' else f'was {status}'}"
    reason = job.get("FailureReason", "")
    unsaid = code is not None and "exit code" not in short_reason(reason)
    more = [f"exit code: {code}"] if unsaid else []
    message = failure_message(outcome, reason, (), logs_command(name, environment), more)
    return "\n".join([message, *_ways_on(job, lines, environment, resumable)])


def _ways_on(job: Mapping[str, Any], lines: Sequence[str], environment: str, resumable: bool) -> Iterator[str]:
    if resumable and not job.get("TuningJobArn"):
        yield resumption(job, environment)
    if environment == LOCAL and job["TrainingJobStatus"] == "Failed" and PROGRAM in job.get("HyperParameters", {}):
        yield _debugging(job, lines)


def resumption(job: Mapping[str, Any], environment: str) -> str:
    """How to go on from the checkpoints of a job that has left some."""
    workload, name = job["CheckpointConfig"]["S3Uri"].split("/")[3], job["TrainingJobName"]
    return f"go on from its checkpoints: `launchpad run {workload} --resume {name}{of(environment)}`"


def _debugging(job: Mapping[str, Any], tail: Sequence[str]) -> str:
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
    tail = Tail()

    def show(news: str | LogLine) -> None:
        if isinstance(news, LogLine):
            tail.add(news.text)
            return
        line.detail = news
        if ": " in news:  # a step of an update, which a file or pipe is to have too
            line.say(f"    {news}")

    try:
        settled = endpoints.follow(connection, deployment["endpoint_name"], show)
    except Interrupted as signal:
        raise Interrupted(signal.number, goes_on("endpoint", deployment["endpoint_name"], connection.name)) from None
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


def waiting(line: LiveLine) -> Callable[[str], None]:
    """Shows what a change of an endpoint waits for: on the line, and once each for a file or pipe."""
    said: set[str] = set()

    def show(text: str) -> None:
        line.detail = text
        if text not in said:
            said.add(text)
            line.say(f"    {text}")

    return show


def _endpoint_failure(endpoint: Mapping[str, Any], outcome: str, tail: Tail, last: str, environment: str) -> str:
    name = endpoint["EndpointName"]
    reason = endpoint.get("FailureReason", "")
    message = failure_message(f"endpoint {name} {outcome}", reason, tail.lines, logs_command(name, environment))
    return f"{message}\n{last}"


def summarize(connection: Connection, job: Mapping[str, Any], workload: Workload) -> None:
    """Print a completed job's metrics, its artifact, and what it cost."""
    values = training_jobs.metrics(job)
    seconds = job.get("BillableTimeInSeconds")
    fields(
        [
            ("metrics", "  ".join(f"{name} {value:.6g}" for name, value in values.items())),
            ("quality gate", _gate(workload, job)),
            ("artifact", job["ModelArtifacts"]["S3ModelArtifacts"]),
            ("billable", duration(seconds) if seconds else ""),
            cost_row(connection.name, ended_cost(connection, "training", job)),
        ]
    )


def result_of(connection: Connection, job: Mapping[str, Any], workload: Workload) -> dict[str, Any]:
    """A completed training job for a program to read."""
    return {
        "kind": "training",
        "name": job["TrainingJobName"],
        "workload": workload.name,
        "status": job["TrainingJobStatus"],
        "metrics": training_jobs.metrics(job),
        "quality_gate": _gate(workload, job) or None,
        "artifact": job["ModelArtifacts"]["S3ModelArtifacts"],
        "billable_seconds": job.get("BillableTimeInSeconds"),
        **cost_document(ended_cost(connection, "training", job)),
    }


def misses_gate(workload: Workload, job: Mapping[str, Any]) -> bool:
    """Whether the deploy function would refuse the job's model by its metrics."""
    return _gate(workload, job).startswith("missed")


def _gate(workload: Workload, job: Mapping[str, Any]) -> str:
    """The deploy function's verdict on the job's metrics; empty if an evaluation decides."""
    return "" if workload.evaluate else gate_verdict(workload, training_jobs.metrics(job))


def gate_verdict(workload: Workload, metrics: Mapping[str, float]) -> str:
    """Whether a model with these metrics passes the workload's gate as it is written now; empty without a gate."""
    from launchpad.runs.verdicts import verdict

    gate = verdict(workload.model_dump(), metrics, evaluated=True)
    if gate is None:
        return ""
    return "passed" if gate.passed else f"missed, {gate.words.partition(';')[0]}"
