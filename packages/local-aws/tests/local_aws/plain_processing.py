"""Processing jobs whose program is a few lines of Python, on any image."""

from __future__ import annotations

import textwrap
import time
import uuid
from dataclasses import dataclass
from typing import Any

from tests.local_aws.launcher import LocalAws
from tests.local_aws.plain_jobs import IMAGE, OVER, ROLE

PROCESSING = "/opt/ml/processing"


@dataclass(frozen=True)
class ProcessingJobs:
    """Scripts run in the job's folder: `opt()` in them is what containers know as /opt/ml."""

    aws: LocalAws
    bucket: str
    image: str = IMAGE

    @property
    def sagemaker(self) -> Any:
        return self.aws.client("sagemaker")

    def put(self, key: str, body: str | bytes) -> str:
        self.aws.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def get(self, key: str) -> bytes:
        return bytes(self.aws.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def keys(self, prefix: str) -> list[str]:
        listing = self.aws.client("s3").list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"] for item in listing.get("Contents", ())]

    def input(self, name: str, uri: str, **members: Any) -> dict[str, Any]:
        location = {"LocalPath": f"{PROCESSING}/input/{name}", "S3DataType": "S3Prefix", "S3InputMode": "File"}
        return {"InputName": name, "S3Input": {"S3Uri": uri, **location, **members}}

    def output(self, name: str, prefix: str, mode: str = "EndOfJob") -> dict[str, Any]:
        location = {"S3Uri": f"s3://{self.bucket}/{prefix}", "LocalPath": f"{PROCESSING}/output/{name}"}
        return {"OutputName": name, "S3Output": {**location, "S3UploadMode": mode}}

    def request(
        self, script: str, *inputs: dict[str, Any], outputs: Any = (), count: int = 1, **members: Any
    ) -> dict[str, Any]:
        name = f"processing-{uuid.uuid4().hex[:12]}"
        code = self.put(f"{name}/code/script.py", textwrap.dedent(script))
        cluster = {"InstanceCount": count, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
        request = {
            "ProcessingJobName": name,
            "ProcessingInputs": [self.input("code", code), *inputs],
            "ProcessingResources": {"ClusterConfig": cluster},
            "AppSpecification": {
                "ImageUri": self.image,
                "ContainerEntrypoint": ["python3", f"{PROCESSING}/input/code/script.py"],
            },
            "RoleArn": ROLE,
        }
        if outputs:
            request["ProcessingOutputConfig"] = {"Outputs": list(outputs)}
        arguments = members.pop("arguments", None)
        if arguments:
            request["AppSpecification"]["ContainerArguments"] = arguments
        return {**request, **members}

    def start(self, script: str, *inputs: dict[str, Any], **members: Any) -> str:
        request = self.request(script, *inputs, **members)
        self.sagemaker.create_processing_job(**request)
        return str(request["ProcessingJobName"])

    def run(self, script: str, *inputs: dict[str, Any], **members: Any) -> dict[str, Any]:
        return self.wait(self.start(script, *inputs, **members))

    def wait(self, name: str, *states: str, seconds: float = 60) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            job = dict(self.sagemaker.describe_processing_job(ProcessingJobName=name))
            if job["ProcessingJobStatus"] in (states or OVER):
                return job
            time.sleep(0.02)
        raise AssertionError(f"{name} is still {job['ProcessingJobStatus']}")

    def log_lines(self, name: str, host: str = "algo-1") -> list[str]:
        logs = self.aws.client("logs")
        group = "/aws/sagemaker/ProcessingJobs"
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/{host}-")["logStreams"]
        (stream,) = [item["logStreamName"] for item in streams]
        events = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]
        return [event["message"] for event in events]

    def wait_for_line(self, name: str, text: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if any(text in line for line in self.log_lines(name)):
                    return
            except (ValueError, self.aws.client("logs").exceptions.ResourceNotFoundException):
                pass
            time.sleep(0.05)
        raise AssertionError(f"{name} did not print {text!r}")
