"""Step Functions' engine: our integrations and aws-sdk services, fixes where it differs from AWS, and IAM.

Each wrapper documents AWS's behavior.
"""

from __future__ import annotations

import contextvars
import functools
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import stepfunctions as engine

from local_aws.front.state_definitions import definition_problems
from local_aws.iam.enforcement import Enforcement
from local_aws.iam.service_needs import caller
from local_aws.iam.step_functions import check_task
from local_aws.ministack.scope import current_scope
from local_aws.ministack.state_paths import apply_input_path, check_path, resolve_members
from local_aws.step_functions.attempt import Attempt, ExecutionEndedError, current
from local_aws.step_functions.services import SDK_SERVICES
from local_aws.step_functions.task import Integration, TaskError

State = dict[str, Any]


def extend_step_functions(integrations: Mapping[str, Integration], enforcement: Enforcement | None) -> None:
    """Mount integrations by their resource's prefix, aws-sdk services, and the fixes. Once per process.

    With ``enforcement``, each task of each execution is checked against its state machine's role.
    """
    for prefix, integration in integrations.items():
        engine._SERVICE_DISPATCH[prefix] = _dispatched(integration)
    for name, service in SDK_SERVICES.items():
        engine._AWS_SDK_SERVICE_MAP[name] = service["call"]
        engine._AWS_SDK_ERROR_PREFIX[name] = service["prefix"]
        engine._AWS_SDK_ERROR_CODE_OVERRIDES[name] = service["errors"]
    for name, wrapper in _WRAPPERS.items():
        setattr(engine, name, functools.partial(wrapper, getattr(engine, name)))
    if enforcement:
        engine._invoke_resource = functools.partial(_invoke_resource, enforcement, engine._invoke_resource)


def _dispatched(integration: Integration) -> Callable[[str, Any], Any]:
    def call(resource: str, arguments: Any) -> Any:
        attempt = current.get()
        if attempt.over:
            raise ExecutionEndedError
        try:
            return integration(resource, json.loads(json.dumps(arguments)), attempt)
        except TaskError as error:
            raise engine._ExecutionError(error.error, error.cause) from error

    return call


def _invoke_resource(enforcement: Enforcement, inner: Any, resource: str, arguments: Any) -> Any:
    execution = current.get().execution
    machine = engine._state_machines.get(execution["stateMachineArn"]) if execution else None
    if not machine:
        return inner(resource, arguments)
    try:
        key = check_task(enforcement, current_scope(), machine, resource, arguments)
    except TaskError as error:
        raise engine._ExecutionError(error.error, error.cause) from error
    before = caller.set(key)
    try:
        return inner(resource, arguments)
    finally:
        caller.reset(before)


def _run_execution(inner: Any, arn: str) -> Any:
    """AWS ends an execution that runs longer than its state machine's TimeoutSeconds with TIMED_OUT."""
    execution = engine._executions.get(arn)
    machine = engine._state_machines.get(execution["stateMachineArn"]) if execution else None
    seconds = json.loads(machine["definition"]).get("TimeoutSeconds") if machine else None
    if not seconds:
        return inner(arn)
    timer = threading.Timer(seconds, contextvars.copy_context().run, (_time_out, execution))
    timer.daemon = True
    timer.start()
    try:
        return inner(arn)
    finally:
        timer.cancel()


def _time_out(execution: State) -> None:
    if execution["status"] != "RUNNING":
        return
    execution.update(status="TIMED_OUT", error="States.Timeout", stopDate=engine.now_iso())
    engine._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {"error": "States.Timeout"}})
    engine._emit_execution_status_event(execution)


def _execute_task(inner: Any, state: State, raw_input: Any, execution: Any, context: State) -> Any:
    """AWS also accepts TimeoutSeconds as an expression; and a stopped execution stops its tasks' jobs."""
    current.set(Attempt(execution))
    seconds = state.get("TimeoutSeconds")
    if isinstance(seconds, str) and engine._state_query_language(state, context) == "JSONata":
        evaluated = engine._jsonata_state_field(state, "TimeoutSeconds", "number", raw_input, context)
        state = {**state, "TimeoutSeconds": evaluated}
    return inner(state, raw_input, execution, context)


def _invoke_resource_with_timeout(inner: Any, resource: str, arguments: Any, seconds: float) -> Any:
    """AWS stops the job of a state that times out; and a retry starts a new one."""
    attempt = Attempt(current.get().execution)
    before = current.set(attempt)
    try:
        return inner(resource, arguments, seconds)
    except engine._ExecutionError:
        attempt.give_up()
        raise
    finally:
        current.reset(before)


def _fail_execution(inner: Any, execution: State, error: str, cause: str) -> None:
    """A stopped execution stays ABORTED, however its tasks end afterwards."""
    if execution["status"] == "RUNNING":
        inner(execution, error, cause)


def _error_matches(inner: Any, error_equals: list[str], error: str) -> bool:
    """No Retry and no Catch takes States.Runtime, not even one of States.ALL (developer guide, "Error names")."""
    return error != "States.Runtime" and bool(inner(error_equals, error))


def _apply_output_path(inner: Any, state: State, data: Any, context: Any = None) -> Any:
    """A JSONata Succeed state has an Output. (It is the only JSONata state for which this function is called.)"""
    if state.get("Type") == "Succeed" and engine._state_query_language(state, context) == "JSONata":
        return engine._apply_jsonata_output(state, data, context, default=data)
    check_path(state.get("OutputPath"), data, "OutputPath")
    return inner(state, data, context)


def _apply_state_assign(
    inner: Any, state: State, raw_input: Any, context: Any, result: Any = None, error_output: Any = None
) -> None:
    """All expressions of an Assign see the variables from before it."""
    if context is None or not isinstance(state.get("Assign"), dict):
        return
    assigned: dict[str, Any] = {}
    for name, template in state["Assign"].items():
        alone = {**context, "variables": dict(context.get("variables", {}))}
        inner({**state, "Assign": {name: template}}, raw_input, alone, result=result, error_output=error_output)
        assigned |= {key: value for key, value in alone["variables"].items() if key == name}
    context.setdefault("variables", {}).update(assigned)


def _run_parallel_branches(inner: Any, state: State, raw_input: Any, execution: Any, context: State) -> tuple[Any, Any]:
    """A JSONata Parallel state has Arguments, Output and Assign."""
    if engine._state_query_language(state, context) != "JSONata":
        return inner(state, raw_input, execution, context)  # type: ignore[no-any-return]
    arguments = engine._apply_jsonata_arguments(state, raw_input, context)
    result, following = inner(state, arguments, execution, context)
    output = engine._apply_jsonata_output(state, raw_input, context, result=result, default=result)
    engine._apply_state_assign(state, raw_input, context, result=result)
    return output, following


MOST_DIAGNOSTICS = 100
"""The default of maxResults (API reference)."""


def _validate_state_machine_definition(_inner: Any, request: State) -> Any:
    """Judged as in CreateStateMachine; ministack finds everything OK."""
    found, most = definition_problems(str(request.get("definition"))), request.get("maxResults") or MOST_DIAGNOSTICS
    diagnostics = [
        {"severity": "ERROR", "code": problem.code, "message": problem.message}
        | ({"location": problem.location} if problem.location else {})
        for problem in found[:most]
    ]
    answer = {"result": "FAIL" if found else "OK", "diagnostics": diagnostics, "truncated": len(found) > most}
    return engine.json_response(answer)


_WRAPPERS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        *(_run_execution, _execute_task, _invoke_resource_with_timeout, _fail_execution, _error_matches),
        *(_apply_output_path, _apply_state_assign, _run_parallel_branches),
        _validate_state_machine_definition,
    )
} | {"_apply_input_path": apply_input_path, "_resolve_params_obj": resolve_members}
