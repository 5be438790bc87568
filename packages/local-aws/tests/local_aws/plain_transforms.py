"""Transform jobs whose model is a few lines of Python: twice the first column, unless a test says more."""

from __future__ import annotations

import time
import uuid
from typing import Any

from tests.local_aws.launcher import LocalAws
from tests.local_aws.plain_endpoints import PlainEndpoints, server
from tests.local_aws.plain_jobs import OVER

DOUBLE = """
    def predict(self, body):
        lines = body.decode().split("\\n")
        if any("bad" in line for line in lines):
            return self.answer(400, b"could not convert 'bad' to float")
        numbers = [float(line.split(",")[0]) * 2 for line in lines]
        self.answer(200, ("\\n".join(str(number) for number in numbers) + "\\n").encode())
    Handler.predict = predict
"""
"""Twice the first column of each line; 400 for a line with "bad" in it."""
ECHO = "Handler.predict = lambda self, body: self.answer(200, b'<' + body + b'>')"


class Transforms:
    """Puts input, starts transform jobs and waits for them, and reads their output and logs."""

    def __init__(self, aws: LocalAws, bucket: str, endpoints: PlainEndpoints) -> None:
        self.aws, self.bucket, self.endpoints = aws, bucket, endpoints
        self.sagemaker = aws.client("sagemaker")

    def put(self, key: str, body: str | bytes) -> None:
        self.aws.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)

    def get(self, key: str) -> str:
        return str(self.aws.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read().decode())

    def keys(self, prefix: str = "out/") -> list[str]:
        listing = self.aws.client("s3").list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"] for item in listing.get("Contents", ())]

    def request(
        self,
        predict: str = DOUBLE,
        *,
        split: str = "Line",
        source: dict[str, str] | None = None,
        accept: str | None = None,
        model: str | None = None,
        **members: Any,
    ) -> dict[str, Any]:
        data = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{self.bucket}/in/", **(source or {})}
        content = {"ContentType": members.pop("content_type", "text/csv"), "SplitType": split}
        compression = members.pop("compression", "None")
        output = {"S3OutputPath": f"s3://{self.bucket}/out", "AssembleWith": members.pop("assemble", "Line")}
        return {
            "TransformJobName": f"transform-{uuid.uuid4().hex[:12]}",
            "ModelName": model or self.endpoints.model(server(predict)),
            "TransformInput": {"DataSource": {"S3DataSource": data}, **content, "CompressionType": compression},
            "TransformOutput": {**output, **({"Accept": accept} if accept else {})},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": members.pop("count", 1)},
            **members,
        }

    def start(self, *arguments: Any, **members: Any) -> str:
        request = self.request(*arguments, **members)
        self.sagemaker.create_transform_job(**request)
        return str(request["TransformJobName"])

    def run(self, *arguments: Any, **members: Any) -> Any:
        return self.wait(self.start(*arguments, **members))

    def wait(self, name: str, *states: str) -> Any:
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            job = self.sagemaker.describe_transform_job(TransformJobName=name)
            if job["TransformJobStatus"] in (states or OVER):
                return job
            time.sleep(0.02)
        raise AssertionError(f"{name} is still {job['TransformJobStatus']}")

    def lines(self, name: str, *, data_log: bool) -> list[str]:
        logs = self.aws.client("logs")
        group = "/aws/sagemaker/TransformJobs"
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")["logStreams"]
        names = [item["logStreamName"] for item in streams if item["logStreamName"].endswith("/data-log") == data_log]
        pages = [logs.get_log_events(logGroupName=group, logStreamName=item)["events"] for item in names]
        return [event["message"] for events in pages for event in events]

    def bodies(self, name: str) -> list[str]:
        """What the model's server was sent."""
        return [line.removeprefix("got ") for line in self.lines(name, data_log=False) if line.startswith("got ")]
