"""A cluster of a test, and the steps that it runs."""

from __future__ import annotations

import gzip
import time
import uuid
from dataclasses import dataclass
from typing import Any

from tests.local_aws.launcher import LocalAws

OVER = ("COMPLETED", "FAILED", "CANCELLED")
PROFILE = "emr-nodes"
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class EmrSteps:
    aws: LocalAws
    bucket: str

    @property
    def emr(self) -> Any:
        return self.aws.client("emr")

    def put(self, key: str, body: str) -> str:
        self.aws.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def get(self, key: str) -> bytes:
        return bytes(self.aws.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def keys(self, prefix: str) -> list[str]:
        listing = self.aws.client("s3").list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"] for item in listing.get("Contents", ())]

    def cluster(self, *, keep: bool = True, placed: dict[str, str] | None = None, **members: Any) -> str:
        iam = self.aws.client("iam")
        if PROFILE not in {
            profile["InstanceProfileName"] for profile in iam.list_instance_profiles()["InstanceProfiles"]
        }:
            iam.create_instance_profile(InstanceProfileName=PROFILE)
        instances = {"MasterInstanceType": "m5.xlarge", "InstanceCount": 1, "KeepJobFlowAliveWhenNoSteps": keep}
        request = {
            "Name": "test",
            "ReleaseLabel": "emr-7.12.0",
            "Instances": {**instances, **(placed or {})},
            "JobFlowRole": PROFILE,
            "ServiceRole": "service",
            "LogUri": f"s3://{self.bucket}/logs/",
            **members,
        }
        return str(self.emr.run_job_flow(**request)["JobFlowId"])

    def step(self, *arguments: str, jar: str = "command-runner.jar", **members: Any) -> dict[str, Any]:
        name = f"step-{uuid.uuid4().hex[:8]}"
        runner = {"Jar": jar, "Args": list(arguments)}
        return {"Name": name, "ActionOnFailure": "CONTINUE", "HadoopJarStep": runner, **members}

    def add(self, cluster: str, *steps: dict[str, Any]) -> list[str]:
        return list(self.emr.add_job_flow_steps(JobFlowId=cluster, Steps=list(steps))["StepIds"])

    def run(self, cluster: str, *arguments: str, **members: Any) -> dict[str, Any]:
        (step,) = self.add(cluster, self.step(*arguments, **members))
        return self.wait(cluster, step)

    def describe(self, cluster: str, step: str) -> dict[str, Any]:
        return dict(self.emr.describe_step(ClusterId=cluster, StepId=step)["Step"])

    def wait(self, cluster: str, step: str, *states: str, seconds: float = 240) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            description = self.describe(cluster, step)
            if description["Status"]["State"] in (states or OVER):
                return description
            time.sleep(POLL_SECONDS)
        raise AssertionError(f"{step} is still {description['Status']['State']}")

    def wait_cluster(self, cluster: str, *states: str, seconds: float = 60) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            status = dict(self.emr.describe_cluster(ClusterId=cluster)["Cluster"]["Status"])
            if status["State"] in states:
                return status
            time.sleep(POLL_SECONDS)
        raise AssertionError(f"{cluster} is still {status['State']}")

    def log(self, cluster: str, step: str, name: str) -> str:
        return gzip.decompress(self.get(f"logs/{cluster}/steps/{step}/{name}.gz")).decode()


@dataclass(frozen=True)
class Serverless:
    """An application of EMR Serverless, and its job runs."""

    steps: EmrSteps
    application: str

    @classmethod
    def create(cls, steps: EmrSteps, **members: Any) -> Serverless:
        client = steps.aws.client("emr-serverless")
        request = {"name": "test", "releaseLabel": "emr-7.12.0", "type": "SPARK", **members}
        return cls(steps, str(client.create_application(**request)["applicationId"]))

    @property
    def client(self) -> Any:
        return self.steps.aws.client("emr-serverless")

    def request(self, script: str, *arguments: str, **members: Any) -> dict[str, Any]:
        submit = {"entryPoint": script, "entryPointArguments": list(arguments)}
        logs = {"s3MonitoringConfiguration": {"logUri": f"s3://{self.steps.bucket}/serverless"}}
        return {
            "applicationId": self.application,
            "executionRoleArn": "arn:aws:iam::123456789012:role/spark",
            "jobDriver": {"sparkSubmit": submit},
            "configurationOverrides": {"monitoringConfiguration": logs},
            **members,
        }

    def wait(self, run: str, *states: str, seconds: float = 240) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            job_run = dict(self.client.get_job_run(applicationId=self.application, jobRunId=run)["jobRun"])
            if job_run["state"] in (states or ("SUCCESS", "FAILED", "CANCELLED")):
                return job_run
            time.sleep(POLL_SECONDS)
        raise AssertionError(f"{run} is still {job_run['state']}")

    def log(self, run: str, name: str) -> str:
        key = f"serverless/applications/{self.application}/jobs/{run}/SPARK_DRIVER/{name}.gz"
        return gzip.decompress(self.steps.get(key)).decode()
