"""The permissions that a state machine's role needs for tasks of services other than Lambda's and SageMaker's.

The emulator's engine calls its services without their gateway, so nothing else asks for these. Sources: "IAM policies
for integrated services" (Step Functions' developer guide) and the Service Authorization Reference. An operation whose
resource is not known here is authorized on `*`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local_aws.api.service import Scope
from local_aws.iam.enforcement import Need

Arguments = Mapping[str, Any]
PREFIXES = {
    "cloudwatchlogs": "logs",
    "emr": "elasticmapreduce",
    "emrserverless": "emr-serverless",
    "eventbridge": "events",
    "sfn": "states",
}
"""The services of `aws-sdk:` integrations whose actions have another prefix."""
ACTIONS = {
    "elasticmapreduce:AddStep": ("elasticmapreduce:AddJobFlowSteps",),
    "elasticmapreduce:CancelStep": ("elasticmapreduce:CancelSteps",),
    "elasticmapreduce:CreateCluster": ("elasticmapreduce:RunJobFlow",),
    "elasticmapreduce:TerminateCluster": ("elasticmapreduce:TerminateJobFlows",),
    "lambda:Invoke": ("lambda:InvokeFunction",),
    "s3:CopyObject": ("s3:GetObject", "s3:PutObject"),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:ListBuckets": ("s3:ListAllMyBuckets",),
    "s3:ListObjects": ("s3:ListBucket",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
}
"""Operations that are authorized by actions of other names."""
AWAITED = {
    "elasticmapreduce:AddStep": (
        ("elasticmapreduce:DescribeStep", "elasticmapreduce:CancelSteps"),
        "StepFunctionsGetEventForEMRAddJobFlowStepsRule",
    ),
    "elasticmapreduce:CreateCluster": (
        ("elasticmapreduce:DescribeCluster", "elasticmapreduce:TerminateJobFlows"),
        "StepFunctionsGetEventForEMRRunJobFlowRule",
    ),
    "elasticmapreduce:TerminateCluster": (
        ("elasticmapreduce:DescribeCluster",),
        "StepFunctionsGetEventForEMRTerminateJobFlowsRule",
    ),
    "emr-serverless:StartJobRun": ((), "StepFunctionsGetEventsForEMRServerlessJobRule"),
    "states:StartExecution": (
        ("states:DescribeExecution", "states:StopExecution"),
        "StepFunctionsGetEventsForStepFunctionsExecutionRule",
    ),
}
"""What `.sync` needs in addition: actions, and the rule by which Step Functions learns of the end."""
CHECKED = ("emr-serverless",)
"""Services that decide their operations themselves (`service_needs.py`)."""


def needs_of_task(scope: Scope, service: str, name: str, pattern: str, arguments: Arguments) -> Iterator[Need]:
    """The permissions of one task; ``name`` is the operation in PascalCase."""
    prefix = PREFIXES.get(service, service)
    operation = f"{prefix}:{name}"
    resource = _resource(scope, prefix, arguments)
    if prefix not in CHECKED:
        context = _context(operation, arguments)
        yield from (Need(action, resource, context) for action in ACTIONS.get(operation, (operation,)))
    if pattern.startswith("sync") and operation in AWAITED:
        actions, rule = AWAITED[operation]
        awaited = _execution(resource) if prefix == "states" else resource
        yield from (Need(action, awaited) for action in actions)
        events = ("events:DescribeRule", "events:PutRule", "events:PutTargets")
        yield from (Need(action, scope.arn("events", f"rule/{rule}")) for action in events)


def _resource(scope: Scope, prefix: str, arguments: Arguments) -> str:
    """The ARN that the task is authorized on."""
    members: dict[str, tuple[str, Callable[[str], str]]] = {
        "dynamodb": ("TableName", lambda name: scope.arn("dynamodb", f"table/{name}")),
        "elasticmapreduce": ("ClusterId", lambda name: scope.arn("elasticmapreduce", f"cluster/{name}")),
        "lambda": ("FunctionName", lambda name: scope.arn("lambda", f"function:{name}")),
        "s3": (
            "Bucket",
            lambda name: f"arn:aws:s3:::{name}{'/' if 'Key' in arguments else ''}{arguments.get('Key', '')}",
        ),
        "sns": ("TopicArn", str),
        "sqs": ("QueueUrl", lambda url: scope.arn("sqs", url.rpartition("/")[2])),
        "states": ("StateMachineArn", str),
    }
    if prefix == "events":
        return scope.arn("events", f"event-bus/{_bus(arguments)}")
    member, arn_of = members.get(prefix, ("", str))
    value = arguments.get(member)
    if isinstance(value, str):
        return value if value.startswith("arn:") else arn_of(value)
    arns = [value for value in arguments.values() if isinstance(value, str) and value.startswith(f"arn:aws:{prefix}:")]
    return arns[0] if len(arns) == 1 else "*"


def _bus(arguments: Arguments) -> str:
    entries = arguments.get("Entries")
    first = entries[0] if isinstance(entries, list) and entries else None
    return str(first.get("EventBusName", "default") if isinstance(first, dict) else "default").rpartition("/")[2]


def _execution(machine: str) -> str:
    return f"{machine.replace(':stateMachine:', ':execution:')}:00000000"


def _context(operation: str, arguments: Arguments) -> tuple[tuple[str, Any], ...]:
    role = arguments.get("ExecutionRoleArn")
    return (("elasticmapreduce:executionrolearn", role),) if operation == "elasticmapreduce:AddStep" and role else ()
