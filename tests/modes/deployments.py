"""The endpoints of one row of the matrix: one per mode, created together, and deleted before the next row's."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from tests.local_aws.plain_async import AsyncEndpoints, until
from tests.local_aws.plain_endpoints import PlainEndpoints
from tests.local_aws.plain_jobs import ROLE
from tests.modes.models import Workshop
from tests.modes.rows import (
    ASYNCHRONOUS,
    MODES,
    REAL_TIME,
    SERIES,
    SERVERLESS,
    SHARED,
    STREAMS,
    UNWRAPPER,
    Question,
    Row,
)

NUMBER = re.compile(r"-?\d+\.?\d*(?:[eE][-+]?\d+)?")
MEMORY = {"MemorySizeInMB": 3072, "MaxConcurrency": 2}
"""The most memory that a new account has for a serverless variant."""
START_SECONDS = 120


@dataclass
class Deployments:
    """One row's endpoints on a local AWS, by their mode."""

    endpoints: PlainEndpoints
    row: Row
    workshop: Workshop
    names: dict[str, str] = field(default_factory=dict)
    refusals: dict[str, ClientError] = field(default_factory=dict)
    targets: list[str] = field(default_factory=list)
    """What TargetModel names each model on the shared endpoint."""

    def create(self) -> None:
        """Make the models, and begin to create the endpoints; real time and streams have one together."""
        prefix = uuid.uuid4().hex[:12]
        archives = self.row.make(self.workshop, self.row.uri) if self.row.make else [b""]
        self.targets = [f"{number}.tar.gz" for number in range(len(archives))]
        for target, archive in zip(self.targets, archives, strict=True):
            self.endpoints.aws.client("s3").put_object(
                Bucket=self.endpoints.bucket, Key=f"{prefix}/{target}", Body=archive
            )
        for mode in MODES:
            if mode != STREAMS:
                try:
                    self.names[mode] = self._create(mode, f"s3://{self.endpoints.bucket}/{prefix}/")
                except ClientError as error:
                    self.refusals[mode] = error

    def delete(self) -> None:
        """Delete each endpoint, once nothing is in progress: a cell that failed may have left one on its way."""
        for name in self.names.values():
            self.endpoints.wait(name, seconds=START_SECONDS)
            self.endpoints.delete(name)

    def wait(self, mode: str) -> dict[str, Any]:
        """A mode's endpoint, as soon as nothing is in progress."""
        return self.endpoints.wait(self._name(mode), seconds=START_SECONDS)

    def ask(self, mode: str, question: Question, number: int = 0) -> list[float]:
        """The numbers that a model of the row answers in a mode."""
        if mode == STREAMS:
            return numbers(b"".join(self.parts(question)))
        if mode == ASYNCHRONOUS:
            return numbers(self._queued(question))
        members = {**question.members, **({"TargetModel": self.targets[number]} if mode == SHARED else {})}
        body = b"wrapped:" + question.body if mode == SERIES else question.body
        return numbers(self.endpoints.predict(self._name(mode), body, **members))

    def parts(self, question: Question) -> list[bytes]:
        """The parts of the answer to InvokeEndpointWithResponseStream."""
        runtime = self.endpoints.aws.client("sagemaker-runtime")
        response = runtime.invoke_endpoint_with_response_stream(
            EndpointName=self._name(STREAMS), Body=question.body, **question.members
        )
        return [event["PayloadPart"]["Bytes"] for event in response["Body"]]

    def _queued(self, question: Question) -> bytes:
        """The object with the answer, from an object with the request."""
        queue = AsyncEndpoints(self.endpoints)
        response = queue.invoke(self._name(ASYNCHRONOUS), question.body, **question.members)
        output, failure = response["OutputLocation"], response["FailureLocation"]
        if until(lambda: queue.read(output) or queue.read(failure)) and (reason := queue.read(failure)):
            raise AssertionError(reason.decode())
        return queue.result(output)

    def _name(self, mode: str) -> str:
        if mode in self.refusals:
            raise AssertionError(f"{mode} is refused") from self.refusals[mode]
        return self.names[REAL_TIME if mode == STREAMS else mode]

    def _create(self, mode: str, prefix: str) -> str:
        model = self._model(mode, prefix)
        variant, members = self.endpoints.variant(model), {}
        if mode == SERVERLESS:
            variant = {"VariantName": "AllTraffic", "ModelName": model, "ServerlessConfig": MEMORY}
        if mode == ASYNCHRONOUS:
            bucket = self.endpoints.bucket
            output = {"S3OutputPath": f"s3://{bucket}/output", "S3FailurePath": f"s3://{bucket}/failures"}
            members = {"AsyncInferenceConfig": {"OutputConfig": output}}
        return self.endpoints.start(self.endpoints.config(variant, **members))

    def _model(self, mode: str, prefix: str) -> str:
        container: dict[str, Any] = {"Image": self.row.uri, "Environment": self.row.variables}
        if mode == SHARED:
            container |= {"Mode": "MultiModel", "ModelDataUrl": prefix}
        elif self.row.serves:
            container["ModelDataUrl"] = prefix + self.targets[0]
        containers = [{"Image": UNWRAPPER}, container] if mode == SERIES else [container]
        name = f"model-{uuid.uuid4().hex[:12]}"
        self.endpoints.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, Containers=containers)
        return name


def numbers(content: bytes) -> list[float]:
    return [float(text) for text in NUMBER.findall(content.decode())]
