"""The permissions that a state machine's role needs: before each task, and for the rules that report a job's end."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope
from local_aws.iam import needs
from local_aws.iam.enforcement import Enforcement, Need
from local_aws.iam.service_needs import caller
from local_aws.step_functions.attempt import current

STATES = "states.amazonaws.com"
SESSION = "StepFunctions"
RULES = {
    "TrainingJob": "StepFunctionsGetEventsForSageMakerTrainingJobsRule",
    "ProcessingJob": "StepFunctionsGetEventsForSageMakerProcessingJobsRule",
    "HyperParameterTuningJob": "StepFunctionsGetEventsForSageMakerTuningJobsRule",
    "TransformJob": "StepFunctionsGetEventsForSageMakerTransformJobsRule",
}
RULE_ACTIONS = ("events:DescribeRule", "events:PutRule", "events:PutTargets")
LOGGING = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
TRACING = ("xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments")


def install(engine: Any, enforcement: Enforcement, scope: Any) -> None:
    """Check each task of each execution against its state machine's role."""
    engine._invoke_resource = functools.partial(_invoke, engine, enforcement, scope, engine._invoke_resource)


def guard_type(handlers: dict[str, Any], enforcement: Enforcement, scope: Any) -> None:
    """Refuse, as AWS does, a state machine whose role can't be assumed or may not write to the machine's log group."""

    def check(properties: dict[str, Any]) -> None:
        where: Scope = scope()
        role = properties["RoleArn"]
        if not enforcement.trusts(where, role, STATES):
            raise AwsError("AccessDeniedException", f"{STATES} is not authorized to assume the provided role {role}.")
        session = enforcement.credentials(where, role, SESSION).access_key
        if (properties.get("LoggingConfiguration") or {}).get("Level", "OFF") != "OFF":
            for action in LOGGING:
                enforcement.require(where, session, Need(action))
        if (properties.get("TracingConfiguration") or {}).get("Enabled"):
            for action in TRACING:  # without them there are no traces, but no other error
                enforcement.decide(where, session, Need(action))

    for event, number in (("create", 1), ("update", 2)):
        inner = handlers[event]

        def checked(*arguments: Any, inner: Any = inner, number: int = number) -> Any:
            check(arguments[number])
            return inner(*arguments)

        handlers[event] = checked


def _invoke(engine: Any, enforcement: Enforcement, scope: Any, inner: Any, resource: str, arguments: Any) -> Any:
    execution = current.get().execution
    machine = engine._state_machines.get(execution["stateMachineArn"]) if execution else None
    if not machine:
        return inner(resource, arguments)
    where: Scope = scope()
    key = enforcement.credentials(where, machine["roleArn"], SESSION).access_key
    try:
        for need in (*_key_needs(machine), *task_needs(where, resource, arguments)):
            enforcement.require(where, key, need)
    except AwsError as error:
        raise engine._ExecutionError(*_as_failure(resource, error)) from error
    before = caller.set(key)
    try:
        return inner(resource, arguments)
    finally:
        caller.reset(before)


def _key_needs(machine: dict[str, Any]) -> Iterator[Need]:
    """The permissions for the key that encrypts an execution's data, which the machine's role needs."""
    key = (machine.get("encryptionConfiguration") or {}).get("kmsKeyId")
    if key:
        yield from (Need(action, key) for action in ("kms:Decrypt", "kms:GenerateDataKey"))


def task_needs(scope: Scope, resource: str, arguments: Any) -> Iterator[Need]:
    """The permissions of one task in addition to those of the operations that its integration calls with the role."""
    service, _, operation = resource.partition(":::")[2].removeprefix("aws-sdk:").partition(":")
    operation, _, pattern = operation.partition(".")
    name = operation[:1].upper() + operation[1:]
    if service == "lambda":
        yield Need("lambda:InvokeFunction", str(arguments.get("FunctionName", "")))
    elif service == "sagemaker" and "aws-sdk:" in resource:
        yield from needs.of_the_caller(scope, name, arguments)
    elif service == "sagemaker" and pattern == "sync":
        noun = name.removeprefix("Create")
        rule = scope.arn("events", f"rule/{RULES[noun]}")
        yield from (Need(action, rule) for action in RULE_ACTIONS)
        # Step Functions stops the job when its execution is stopped, which few runs show.
        yield from needs.of_the_caller(scope, f"Stop{noun}", arguments)


def _as_failure(resource: str, error: AwsError) -> tuple[str, str]:
    """The error's name and cause, as Retry and Catch see them."""
    service, name = (
        ("Lambda", "AWSLambdaException") if ":lambda:" in resource else ("SageMaker", "AmazonSageMakerException")
    )
    if "aws-sdk:" in resource:
        name = "SageMakerException"
    code = f"Service: {service}; Status Code: {error.status}; Error Code: {error.code}"
    return f"{service}.{name}", f"{error.message} ({code})"
