"""How a transform job calls the model: how much at a time, how many retries, and what counts as a failure."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import urllib3

from local_aws.sagemaker.hosting.model_instance import ModelInstance
from local_aws.sagemaker.transform_records import Batch

DEFAULT_MEGABYTES = 6
DEFAULT_TIMEOUT_SECONDS = 600
DEFAULT_RETRIES = 3
RETRY_SECONDS = 0.5
NO_LIMIT_CONCURRENT = 8
QUERY_SECONDS = 5.0


class TransformError(Exception):
    """An input object has no output; `kind` is ClientError (the data's fault) or AlgorithmError (the model's)."""

    def __init__(self, kind: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.kind, self.detail = kind, detail


@dataclass(frozen=True, slots=True)
class Parameters:
    """The job's parameters, or else the container's from /execution-parameters, or else SageMaker's defaults."""

    concurrent: int
    megabytes: int
    single: bool
    timeout: float
    retries: int

    @staticmethod
    def environment(details: dict[str, Any]) -> dict[str, str]:
        """The variables that SageMaker sets in the container of a transform job."""
        values = {
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": details.get("MaxPayloadInMB"),
            "SAGEMAKER_BATCH_STRATEGY": {"SingleRecord": "SINGLE_RECORD", "MultiRecord": "MULTI_RECORD"}.get(
                details.get("BatchStrategy", "")
            ),
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": details.get("MaxConcurrentTransforms"),
        }
        return {name: str(value) for name, value in values.items() if value is not None}


def parameters(details: dict[str, Any], instance: ModelInstance) -> Parameters:
    """The parameters of a job whose model is running."""
    requested = _execution_parameters(instance)
    client = details.get("ModelClientConfig", {})
    concurrent = int(details.get("MaxConcurrentTransforms") or requested.get("MaxConcurrentTransforms") or 1)
    strategy = details.get("BatchStrategy") or requested.get("BatchStrategy", "MULTI_RECORD")
    return Parameters(
        concurrent=max(1, min(concurrent, NO_LIMIT_CONCURRENT)),
        megabytes=int(details.get("MaxPayloadInMB", requested.get("MaxPayloadInMB", DEFAULT_MEGABYTES))),
        single=strategy in ("SingleRecord", "SINGLE_RECORD"),
        timeout=client.get("InvocationsTimeoutInSeconds", DEFAULT_TIMEOUT_SECONDS),
        retries=client.get("InvocationsMaxRetries", DEFAULT_RETRIES),
    )


def invoke(
    instance: ModelInstance, batch: Batch, headers: dict[str, str], chosen: Parameters, stopped: Callable[[], bool]
) -> bytes:
    """The model's response to a mini-batch. Raises `TransformError`; failures not caused by the data are retried."""
    for attempt in range(chosen.retries + 1):
        if stopped():
            break
        try:
            response = instance.call(batch.body, headers, chosen.timeout)
        except urllib3.exceptions.HTTPError as error:
            failure = TransformError("AlgorithmError", f"{_records(batch)}: no answer from the model", str(error))
        else:
            if 200 <= response.status < 300:
                return response.data
            kind = "ClientError" if 400 <= response.status < 500 else "AlgorithmError"
            text = response.data.decode(errors="replace")
            failure = TransformError(kind, f"{_records(batch)}: {kind}: {response.status}", text)
            if kind == "ClientError":
                raise failure
        if attempt < chosen.retries and not stopped():
            time.sleep(RETRY_SECONDS)
    if stopped():
        raise TransformError("ClientError", f"{_records(batch)}: the job was stopped")
    raise failure


def _records(batch: Batch) -> str:
    return f"record {batch.first}" if batch.first == batch.last else f"records {batch.first} to {batch.last}"


def _execution_parameters(instance: ModelInstance) -> dict[str, Any]:
    """The parameters that the container requests, if it has any."""
    try:
        response = instance.get("/execution-parameters", QUERY_SECONDS)
        requested = json.loads(response.data) if response.status == 200 else {}
    except (urllib3.exceptions.HTTPError, ValueError):
        return {}
    return requested if isinstance(requested, dict) else {}
