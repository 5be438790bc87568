"""Training jobs and endpoints whose programs are a few lines of Python, run by `plain_runtime`."""

from __future__ import annotations

import io
import tarfile
import textwrap
import time
import uuid
from dataclasses import dataclass
from typing import Any

from tests.local_aws.launcher import LocalAws

ROLE = "arn:aws:iam::123456789012:role/training"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/plain:1"
OVER = ("Completed", "Failed", "Stopped")


@dataclass(frozen=True)
class PlainJobs:
    aws: LocalAws
    bucket: str

    def request(self, script: str, **members: Any) -> dict[str, Any]:
        """A valid CreateTrainingJob request; the script is uploaded as the channel ``code``."""
        name = f"job-{uuid.uuid4().hex[:12]}"
        self.put(f"{name}/code/train.py", textwrap.dedent(script))
        request = {
            "TrainingJobName": name,
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "RoleArn": ROLE,
            "InputDataConfig": [self.channel("code", f"{name}/code/")],
            "OutputDataConfig": {"S3OutputPath": f"s3://{self.bucket}/output"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        }
        return {**request, **members}

    def channel(self, name: str, prefix: str, **members: Any) -> dict[str, Any]:
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{self.bucket}/{prefix}"}
        return {"ChannelName": name, "DataSource": {"S3DataSource": source}, **members}

    def put(self, key: str, body: str | bytes) -> str:
        self.aws.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def start(self, script: str = "print('hello')", **members: Any) -> str:
        request = self.request(script, **members)
        self.aws.client("sagemaker").create_training_job(**request)
        return str(request["TrainingJobName"])

    def run(self, script: str = "print('hello')", **members: Any) -> dict[str, Any]:
        """Run a job to its end and describe it."""
        return self.wait(self.start(script, **members))

    def describe(self, name: str) -> dict[str, Any]:
        return dict(self.aws.client("sagemaker").describe_training_job(TrainingJobName=name))

    def wait(self, name: str, *states: str, seconds: float = 60) -> dict[str, Any]:
        """Wait until the job's status or secondary status is one of ``states`` (by default: until it is over)."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            job = self.describe(name)
            if {job["TrainingJobStatus"], job["SecondaryStatus"]} & set(states or OVER):
                return job
            time.sleep(0.02)
        raise AssertionError(f"{name} is still {job['TrainingJobStatus']}/{job['SecondaryStatus']}")

    def log_lines(self, name: str) -> list[str]:
        logs = self.aws.client("logs")
        group = "/aws/sagemaker/TrainingJobs"
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")["logStreams"]
        (stream,) = [item["logStreamName"] for item in streams]
        events = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]
        return [event["message"] for event in events]

    def artefact(self, uri: str) -> dict[str, bytes]:
        """The files of a .tar.gz object."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        body = self.aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(body)) as archive:
            files = [member for member in archive.getmembers() if member.isfile()]
            return {member.name: archive.extractfile(member).read() for member in files}  # type: ignore[union-attr]
