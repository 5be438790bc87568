"""Pipelines of SageMaker whose jobs are a few lines of Python."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

from tests.local_aws.plain_endpoints import PlainEndpoints
from tests.local_aws.plain_jobs import IMAGE, ROLE, PlainJobs
from tests.local_aws.plain_processing import ProcessingJobs

OVER = ("Succeeded", "Failed", "Stopped")


@dataclass(frozen=True)
class Workflows:
    jobs: PlainJobs
    endpoints: PlainEndpoints

    @property
    def client(self) -> Any:
        return self.jobs.aws.client("sagemaker")

    def definition(self, *steps: dict[str, Any], **members: Any) -> str:
        return json.dumps({"Version": "2020-12-01", "Metadata": {}, "Parameters": [], "Steps": steps, **members})

    def create(self, *steps: dict[str, Any], request: dict[str, Any] | None = None, **members: Any) -> str:
        name = f"pipeline-{uuid.uuid4().hex[:8]}"
        own = {"PipelineName": name, "RoleArn": ROLE, "ClientRequestToken": uuid.uuid4().hex, **(request or {})}
        self.client.create_pipeline(PipelineDefinition=self.definition(*steps, **members), **own)
        return str(own["PipelineName"])

    def start(self, pipeline: str, parameters: dict[str, str] | None = None, **members: Any) -> str:
        listed = [{"Name": key, "Value": text} for key, text in (parameters or {}).items()]
        response = self.client.start_pipeline_execution(
            PipelineName=pipeline, PipelineParameters=listed, ClientRequestToken=uuid.uuid4().hex, **members
        )
        return str(response["PipelineExecutionArn"])

    def wait(self, arn: str, *states: str, seconds: float = 60) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            execution = self.client.describe_pipeline_execution(PipelineExecutionArn=arn)
            if execution["PipelineExecutionStatus"] in (states or OVER):
                return dict(execution)
            time.sleep(0.05)
        raise AssertionError(f"{execution}\n{self.steps(arn)}")

    def run(self, *steps: dict[str, Any], parameters: dict[str, str] | None = None, **members: Any) -> dict[str, Any]:
        """Run a new pipeline to its end; returns its steps by name."""
        arn = self.start(self.create(*steps, **members), parameters)
        self.wait(arn)
        return self.steps(arn)

    def steps(self, arn: str) -> dict[str, Any]:
        pages = self.client.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=arn)
        return {step["StepName"]: step for page in pages for step in page["PipelineExecutionSteps"]}

    def training(self, name: str, script: str = "print('hello')", **members: Any) -> dict[str, Any]:
        arguments = self.jobs.request(script, **members.pop("arguments", {}))
        del arguments["TrainingJobName"]
        return {"Name": name, "Type": "Training", "Arguments": arguments, **members}

    def processing(self, name: str, script: str, *inputs: Any, **members: Any) -> dict[str, Any]:
        processing = ProcessingJobs(self.jobs.aws, self.jobs.bucket)
        own = {key: members.pop(key) for key in ("outputs", "arguments") if key in members}
        arguments = processing.request(script, *inputs, **own)
        del arguments["ProcessingJobName"]
        return {"Name": name, "Type": "Processing", "Arguments": arguments, **members}

    def output(self, name: str) -> dict[str, Any]:
        return ProcessingJobs(self.jobs.aws, self.jobs.bucket).output(name, f"out/{uuid.uuid4().hex}")

    def job(self, step: dict[str, Any]) -> dict[str, Any]:
        """The training job of a step."""
        return self.jobs.describe(step["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2])


def condition(name: str, left: Any, right: Any, kind: str = "Equals", **branches: Any) -> dict[str, Any]:
    """A Condition step with one comparison."""
    comparison = {"Type": kind, "LeftValue": left, "RightValue": right}
    return {"Name": name, "Type": "Condition", "Arguments": {"Conditions": [comparison], **branches}}


def fail(name: str, message: Any = "no good") -> dict[str, Any]:
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}}


def container(artifact: Any) -> dict[str, Any]:
    return {"Image": IMAGE, "ModelDataUrl": artifact}
