"""Step Functions' integration of EMR: `arn:aws:states:::elasticmapreduce:addStep.sync` and similar resources."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.api.service import JsonService, Scope
from local_aws.emr.cluster import ENDED as CLUSTER_ENDED
from local_aws.emr.step import ENDED as STEP_ENDED
from local_aws.step_functions.attempt import Attempt
from local_aws.step_functions.sagemaker import in_milliseconds, whole_numbers
from local_aws.step_functions.task import TaskError

READY = ("WAITING", "RUNNING")


class EmrIntegration:
    """Calls EMR's operations in the scope of the execution."""

    def __init__(self, service: Callable[[], JsonService], scope: Callable[[], Scope]) -> None:
        self._service, self._scope = service, scope

    def __call__(self, resource: str, arguments: Any, attempt: Attempt) -> Any:
        """Run one task."""
        action = resource.rpartition(":")[2]
        tasks: dict[str, Callable[[Any, Attempt], Any]] = {
            "addStep": lambda value, _attempt: self._add_step(value),
            "addStep.sync": self._run_step,
            "cancelStep": lambda value, _attempt: self._cancel_step(value),
            "createCluster": lambda value, _attempt: self._create(value),
            "createCluster.sync": self._await_cluster,
            "terminateCluster": lambda value, _attempt: self._terminate(value),
            "terminateCluster.sync": self._await_end,
        }
        if action not in tasks:
            raise TaskError("States.Runtime", f"The resource provided {resource} is not recognized.")
        try:
            return tasks[action](arguments, attempt)
        except KeyError as missing:
            raise TaskError("States.Runtime", f"{resource} needs the argument {missing.args[0]}.") from missing

    def _add_step(self, arguments: Any) -> dict[str, Any]:
        role = {name: arguments[name] for name in ("ExecutionRoleArn",) if name in arguments}
        response = self._call(
            "AddJobFlowSteps", {"JobFlowId": arguments["ClusterId"], "Steps": [arguments["Step"]], **role}
        )
        return {"StepId": response["StepIds"][0]}

    def _run_step(self, arguments: Any, attempt: Attempt) -> Any:
        key = {"ClusterId": arguments["ClusterId"], **self._add_step(arguments)}

        def ended() -> dict[str, Any] | None:
            response = self._call("DescribeStep", key)
            return response if response["Step"]["Status"]["State"] in STEP_ENDED else None

        response = attempt.wait(ended, lambda: self._cancel_step(key))
        return self._result("DescribeStep", response, response["Step"]["Status"]["State"] == "COMPLETED")

    def _cancel_step(self, arguments: Any) -> dict[str, Any]:
        request = {"ClusterId": arguments["ClusterId"], "StepIds": [arguments["StepId"]]}
        return {"CancelStepsInfo": self._call("CancelSteps", request)["CancelStepsInfoList"][0]}

    def _create(self, arguments: Any) -> dict[str, Any]:
        response = self._call("RunJobFlow", arguments)
        return {"ClusterId": response["JobFlowId"], "ClusterArn": response["ClusterArn"]}

    def _await_cluster(self, arguments: Any, attempt: Attempt) -> Any:
        created = self._create(arguments)
        response = attempt.wait(
            lambda: self._cluster(created, (*READY, *CLUSTER_ENDED)), lambda: self._terminate(created)
        )
        started = response["Cluster"]["Status"]["State"] in READY
        return {**created, **self._result("DescribeCluster", response, started)}

    def _terminate(self, arguments: Any) -> dict[str, Any]:
        return self._call("TerminateJobFlows", {"JobFlowIds": [arguments["ClusterId"]]})

    def _await_end(self, arguments: Any, attempt: Attempt) -> Any:
        self._terminate(arguments)
        response = attempt.wait(lambda: self._cluster(arguments, CLUSTER_ENDED), lambda: None)
        return self._result("DescribeCluster", response, True)

    def _cluster(self, arguments: Any, states: tuple[str, ...]) -> dict[str, Any] | None:
        response = self._call("DescribeCluster", {"ClusterId": arguments["ClusterId"]})
        return response if response["Cluster"]["Status"]["State"] in states else None

    def _result(self, operation: str, response: dict[str, Any], succeeded: bool) -> Any:
        shape = self._service().model.operation_model(operation).output_shape
        result = in_milliseconds(shape, response) if shape else response
        if not succeeded:
            raise TaskError("States.TaskFailed", json.dumps(result))
        return result

    def _call(self, operation: str, request: Any) -> dict[str, Any]:
        shape = self._service().model.operation_model(operation).input_shape
        try:
            return self._service().call(self._scope(), operation, whole_numbers(shape, request) if shape else request)
        except AwsError as error:
            code = f"{error.code.removesuffix('Exception')}Exception"
            raise TaskError(f"ElasticMapReduce.{code}", error.message) from error
