"""Step Functions' integration of EMR Serverless: `arn:aws:states:::emr-serverless:startJobRun.sync` and similar.

The API's members begin with a lower-case letter, the state's arguments and results with an upper-case one.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from local_aws.api.errors import AwsError
from local_aws.api.service import JsonService, Scope
from local_aws.emr.serverless_run import ENDED
from local_aws.step_functions.attempt import Attempt
from local_aws.step_functions.sagemaker import in_milliseconds
from local_aws.step_functions.task import TaskError

PLAIN = {
    f"{operation[0].lower()}{operation[1:]}": operation
    for operation in (
        *("CreateApplication", "StartApplication", "StopApplication", "DeleteApplication"),
        *("StartJobRun", "CancelJobRun"),
    )
}
WITH_TOKEN = ("CreateApplication", "StartJobRun")


class EmrServerlessIntegration:
    """Calls EMR Serverless's operations in the scope of the execution."""

    def __init__(self, service: Callable[[], JsonService], scope: Callable[[], Scope]) -> None:
        self._service, self._scope = service, scope

    def __call__(self, resource: str, arguments: Any, attempt: Attempt) -> Any:
        """Run one task. For all but job runs ``.sync`` adds nothing, because the call returns in the final state."""
        action, _, pattern = resource.rpartition(":")[2].partition(".")
        if action not in PLAIN or pattern not in ("", "sync"):
            raise TaskError("States.Runtime", f"The resource provided {resource} is not recognized.")
        operation = PLAIN[action]
        request = _renamed(self._shape(operation, "input_shape"), arguments, str.lower)
        if operation in WITH_TOKEN:
            request = {"clientToken": uuid.uuid4().hex, **request}
        response = self._call(operation, request)
        if action == "startJobRun" and pattern:
            return self._wait(response, attempt)
        return _renamed(self._shape(operation, "output_shape"), response, str.upper)

    def _wait(self, started: dict[str, Any], attempt: Attempt) -> Any:
        key = {name: started[name] for name in ("applicationId", "jobRunId")}

        def ended() -> dict[str, Any] | None:
            response = self._call("GetJobRun", key)
            return response if response["jobRun"]["state"] in ENDED else None

        response = attempt.wait(ended, lambda: self._call("CancelJobRun", key))
        shape = self._shape("GetJobRun", "output_shape")
        result = _renamed(shape, in_milliseconds(shape, response), str.upper)
        if response["jobRun"]["state"] != "SUCCESS":
            raise TaskError("States.TaskFailed", json.dumps(result))
        return result

    def _call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._service().call(self._scope(), operation, request)
        except AwsError as error:
            raise TaskError(f"EMRServerless.{error.code.removesuffix('Exception')}Exception", error.message) from error

    def _shape(self, operation: str, side: str) -> Shape:
        shape: Shape | None = getattr(self._service().model.operation_model(operation), side)
        return shape or StructureShape("Nothing", {"type": "structure", "members": {}})


def _renamed(shape: Shape, value: Any, first: Callable[[str], str]) -> Any:
    """``value`` with ``first`` applied to its members' first letters; keys of maps are data, and stay.

    Raises `TaskError` for a member that is not written as ``first`` expects it: in PascalCase in a state's arguments.
    """
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        written = {_pascal(name) if first is str.lower else name: name for name in shape.members}
        _refuse_unknown(value, written)
        return {
            f"{first(name[0])}{name[1:]}": _renamed(shape.members[written[name]], item, first)
            for name, item in value.items()
            if item is not None
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_renamed(shape.member, item, first) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: _renamed(shape.value, item, first) for key, item in value.items()}
    return value


def _refuse_unknown(value: Collection[str], members: Collection[str]) -> None:
    """Refuse fields that are not ``members``, in the words of "Passing parameters to a service API in Step Functions".

    "Parameters in Step Functions are expressed in PascalCase, even when the native service API is camelCase" (Step
    Functions' developer guide, "Integrating services").
    """
    unknown = [name for name in value if name not in members]
    if unknown:
        reasons = ", ".join(f"The field '{name}' is not supported by Step Functions" for name in unknown)
        raise TaskError("States.Runtime", f"The Parameters could not be used to start the Task: [{reasons}]")


def _pascal(name: str) -> str:
    return f"{name[0].upper()}{name[1:]}"
