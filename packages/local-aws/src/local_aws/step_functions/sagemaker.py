"""Step Functions' integration of SageMaker: `arn:aws:states:::sagemaker:createTrainingJob.sync` and similar.

With ``.sync`` the state waits for the job, and its result is Describe's response, times in milliseconds; a job that
does not complete fails the task with States.TaskFailed and that response as the cause.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from local_aws.api.errors import AwsError
from local_aws.api.service import JsonService, Scope
from local_aws.step_functions.attempt import Attempt
from local_aws.step_functions.task import TaskError

JOBS = ("TrainingJob", "ProcessingJob", "TransformJob", "HyperParameterTuningJob")
OTHERS = ("CreateModel", "CreateEndpointConfig", "CreateEndpoint", "UpdateEndpoint")
COMPLETED = "Completed"
OVER = {COMPLETED, "Failed", "Stopped"}
NAMED_ERRORS = {"ResourceInUse", "ResourceLimitExceeded", "ResourceNotFound", "ConflictException"}
"""Errors that have classes in AWS's SDK; all others are AmazonSageMakerException."""
OPERATIONS = {f"create{noun}": f"Create{noun}" for noun in JOBS} | {
    operation[0].lower() + operation[1:]: operation for operation in OTHERS
}


class SageMakerIntegration:
    """Calls a service's operations in the scope of the execution."""

    def __init__(self, service: JsonService, scope: Callable[[], Scope]) -> None:
        self._service, self._scope = service, scope

    def __call__(self, resource: str, arguments: Any, attempt: Attempt) -> Any:
        """Run one task."""
        action, _, pattern = resource.rpartition(":")[2].partition(".")
        noun = OPERATIONS.get(action, "").removeprefix("Create")
        if action not in OPERATIONS or pattern not in ("", "sync") or (pattern and noun not in JOBS):
            raise TaskError("States.Runtime", f"The resource provided {resource} is not recognized.")
        request = whole_numbers(self._input(OPERATIONS[action]), arguments)
        response = self._call(OPERATIONS[action], request)
        return self._wait(noun, request[f"{noun}Name"], attempt) if pattern else response

    def _wait(self, noun: str, name: str, attempt: Attempt) -> Any:
        key = {f"{noun}Name": name}

        def ended() -> dict[str, Any] | None:
            described = self._call(f"Describe{noun}", key)
            return described if described[f"{noun}Status"] in OVER else None

        job = attempt.wait(ended, lambda: self._stop(noun, key))
        shape = self._service.model.operation_model(f"Describe{noun}").output_shape
        result = in_milliseconds(shape, job) if shape else job
        if job[f"{noun}Status"] != COMPLETED:
            raise TaskError("States.TaskFailed", json.dumps(result))
        return result

    def _stop(self, noun: str, key: dict[str, str]) -> None:
        try:
            self._service.call(self._scope(), f"Stop{noun}", key)
        except AwsError:
            return  # it has ended meanwhile

    def _call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._service.call(self._scope(), operation, request)
        except AwsError as error:
            has_name = error.code in NAMED_ERRORS
            name = f"{error.code.removesuffix('Exception')}Exception" if has_name else "AmazonSageMakerException"
            cause = f"{error.message} (Service: AmazonSageMaker; Status Code: {error.status}; Error Code: {error.code})"
            raise TaskError(f"SageMaker.{name}", cause) from error

    def _input(self, operation: str) -> Shape:
        shape = self._service.model.operation_model(operation).input_shape
        assert shape  # noqa: S101 (every one of them takes members)
        return shape


def in_milliseconds(shape: Shape, value: Any) -> Any:
    """A response (times in seconds) as optimized integrations return it: times in whole milliseconds."""
    return _walk(shape, value, lambda part, item: round(item * 1000) if part.type_name == "timestamp" else item)


def whole_numbers(shape: Shape, value: Any) -> Any:
    """A request with integers where the model has them, because JSONata may have turned 5 into 5.0."""
    return _walk(
        shape,
        value,
        lambda part, item: (
            int(item)
            if part.type_name in ("integer", "long") and isinstance(item, float) and item.is_integer()
            else item
        ),
    )


def _walk(shape: Shape, value: Any, change: Callable[[Shape, Any], Any]) -> Any:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        members = shape.members
        return {
            name: _walk(members[name], item, change) if name in members else item
            for name, item in value.items()
            if item is not None
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_walk(shape.member, item, change) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: _walk(shape.value, item, change) for key, item in value.items()}
    return change(shape, value)
