"""Finds the resources of a deployed environment through its stacks' outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection

PARTS = {
    "DataBucketName": "storage",
    "ModelBucketName": "storage",
    "LogBucketName": "storage",
    "LaunchFunctionName": "jobs",
    "DeployFunctionName": "jobs",
}
"""The stack of each output."""


@dataclass(frozen=True)
class Platform:
    """The names that CloudFormation generated for one environment."""

    data_bucket: str
    model_bucket: str
    log_bucket: str
    launch_function: str
    deploy_function: str


BOOTSTRAP_STACK = "CDKToolkit"
"""The stack of the bootstrap of CDK, one per account and region."""
NEVER_CREATED = frozenset({"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"})
"""The statuses of a stack whose first creation failed, or never began. It imports nothing."""


def stack_name(environment: str, part: str) -> str:
    """The name of a stack, `launchpad-<environment>-<part>`: the only name that is not generated."""
    return f"launchpad-{environment}-{part}"


def find_platform(connection: Connection) -> Platform:
    """Look up the environment's resources (CloudFormation DescribeStacks).

    Raises:
        LaunchpadError: the environment is not deployed, or incomplete.
    """
    cloudformation = connection.client("cloudformation")
    outputs: dict[str, str] = {}
    for part in dict.fromkeys(PARTS.values()):
        outputs |= _outputs(cloudformation, connection.name, part)
    missing = [name for name in PARTS if name not in outputs]
    if missing:
        stack = stack_name(connection.name, PARTS[missing[0]])
        raise LaunchpadError(f"stack {stack} has no output {missing[0]}; {_remedy(connection.name)}")
    return Platform(*(outputs[name] for name in PARTS))


def key_arn(connection: Connection) -> str | None:
    """The environment's key; None if the environment was deployed before its storage stack put the key out."""
    return _outputs(connection.client("cloudformation"), connection.name, "storage").get("KeyArn")


def pipeline_arn(connection: Connection) -> str:
    """The state machine that runs workloads' pipelines.

    Raises:
        LaunchpadError: the environment is not deployed, or was deployed before pipelines existed.
    """
    outputs = _outputs(connection.client("cloudformation"), connection.name, "pipeline")
    if "StateMachineArn" not in outputs:
        raise LaunchpadError(f"environment {connection.name!r} has no pipeline yet; {_remedy(connection.name)}")
    return outputs["StateMachineArn"]


def find_output(connection: Connection, part: str, name: str) -> str | None:
    """One output of one stack; None if the stack or the output doesn't exist."""
    try:
        return _outputs(connection.client("cloudformation"), connection.name, part).get(name)
    except LaunchpadError:  # not deployed
        return None


def has_stack(connection: Connection, part: str) -> bool:
    """Whether a stack of the environment exists."""
    try:
        _outputs(connection.client("cloudformation"), connection.name, part)
    except LaunchpadError:
        return False
    return True


def tracking_outputs(connection: Connection) -> dict[str, str]:
    """The outputs of the stack with MLflow.

    Raises:
        LaunchpadError: the stack is not deployed.
    """
    return _outputs(connection.client("cloudformation"), connection.name, "tracking")


def stacks(connection: Connection) -> list[Mapping[str, Any]]:
    """The environment's stacks, as `living_stacks`, with the caller's credentials."""
    return living_stacks(connection.client("cloudformation"), connection.name)


def living_stacks(cloudformation: Any, environment: str) -> list[Mapping[str, Any]]:
    """The stacks with the environment's prefix from DescribeStacks, the oldest first; empty if nothing is deployed."""
    pages = cloudformation.get_paginator("describe_stacks").paginate()
    prefix = stack_name(environment, "")
    all_stacks = [stack for page in pages for stack in page["Stacks"] if stack["StackName"].startswith(prefix)]
    living = [stack for stack in all_stacks if stack["StackStatus"] != "DELETE_COMPLETE"]
    return sorted(living, key=lambda stack: stack["CreationTime"])


def resources(connection: Connection, stack: str) -> Iterator[Mapping[str, Any]]:
    """A stack's resources (ListStackResources), without those that an update or a rollback deleted."""
    pages = connection.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    summaries = (summary for page in pages for summary in page["StackResourceSummaries"])
    return (summary for summary in summaries if summary["ResourceStatus"] != "DELETE_COMPLETE")


def _outputs(cloudformation: Any, environment: str, part: str) -> dict[str, str]:
    name = stack_name(environment, part)
    try:
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        raise LaunchpadError(
            f"environment {environment!r} is not deployed: there is no stack {name}; {_remedy(environment)}"
        ) from None
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _remedy(environment: str) -> str:
    return f"run `launchpad deploy --env {environment}`"
