"""Training jobs of the real scikit-learn image, whose script is a few lines of Python in the channel ``code``."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.local_aws.launcher import ROOT, running_local_aws
from tests.local_aws.plain_jobs import PlainJobs

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
GROUP = "/aws/sagemaker/TrainingJobs"


@dataclass(frozen=True)
class ScriptJobs(PlainJobs):
    """Jobs as `PlainJobs`, but AWS's toolkit runs the script."""

    def request(self, script: str, **members: Any) -> dict[str, Any]:
        own = {"sagemaker_program": "train.py", "sagemaker_submit_directory": "/opt/ml/input/data/code"}
        values = {**own, **members.pop("hyperparameters", {})}
        plain = super().request(script)
        algorithm = {"TrainingImage": IMAGE, "TrainingInputMode": "File", **members.pop("algorithm", {})}
        hyperparameters = {"HyperParameters": {name: json.dumps(value) for name, value in values.items()}}
        channels = [*plain["InputDataConfig"], *members.pop("channels", ())]
        long = {"StoppingCondition": {"MaxRuntimeInSeconds": 240}}
        return {
            **plain,
            **long,
            **hyperparameters,
            "AlgorithmSpecification": algorithm,
            "InputDataConfig": channels,
            **members,
        }

    def completed(self, script: str, **members: Any) -> dict[str, Any]:
        """Run a job that must succeed."""
        job = self.wait(self.start(script, **members), seconds=240)
        lines = "\n".join(self.host_lines(job["TrainingJobName"]))
        assert job["TrainingJobStatus"] == "Completed", f"{job.get('FailureReason')}\n{lines}"
        return job

    def host_lines(self, name: str, host: str = "algo-") -> list[str]:
        """What a host has printed, or all hosts."""
        logs = self.aws.client("logs")
        try:
            streams = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=f"{name}/{host}")["logStreams"]
        except logs.exceptions.ResourceNotFoundException:  # no job has printed anything yet
            return []
        names = sorted(stream["logStreamName"] for stream in streams)
        read = [logs.get_log_events(logGroupName=GROUP, logStreamName=stream, startFromHead=True) for stream in names]
        return [event["message"] for page in read for event in page["events"]]

    def printed(self, job: dict[str, Any], word: str, host: str = "algo-") -> list[str]:
        """What follows ``word`` in the lines that begin with it."""
        lines = self.host_lines(job["TrainingJobName"], host)
        return [line.removeprefix(word).strip() for line in lines if line.startswith(word)]

    def wait_for_line(self, name: str, text: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        self.wait(name, "Training", seconds=seconds)
        while not any(text in line for line in self.host_lines(name)):
            assert time.monotonic() < deadline, f"{text!r} never came"
            time.sleep(0.1)


@contextmanager
def running_script_jobs(*options: str) -> Iterator[ScriptJobs]:
    """A server with the real runtime, and its jobs."""
    cache = str(ROOT / ".local-aws" / "cache")
    with running_local_aws("--cache", cache, "--stop-grace", "5", "--parallel-jobs", "4", *options) as server:
        server.client("s3").create_bucket(Bucket="scripts")
        yield ScriptJobs(server, "scripts")
