"""An environment's stacks as they are deployed, read with the role with which the CDK CLI deploys.

Only DescribeStacks, DescribeStackEvents and GetTemplate are called, which that role may do in every version of CDK's
bootstrap. ListImports is not among them, so the templates say what a stack imports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from launchpad.cloud_assembly import Stack, Template, resolved
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import NEVER_CREATED, living_stacks, stack_name
from launchpad.platform_client.stack_order import TAG, has_tag, template_of


@dataclass(frozen=True)
class DeployedStack:
    """One stack in the account."""

    name: str
    arn: str
    status: str
    protected: bool
    """Whether termination protection is on."""
    template: Template
    tags: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def exports(self) -> Mapping[str, str]:
        """The outputs that other stacks may import: the export's name by the output's key."""
        return exports_of(self.template)

    @cached_property
    def imports(self) -> frozenset[str]:
        """The names of the exports that it imports."""
        return frozenset() if self.status in NEVER_CREATED else frozenset(_imports(self.template))

    def is_of(self, environment: str) -> bool:
        """Whether this app deployed it for the environment.

        The stack's tag says so; a stack that was deployed before stacks had the tag has it on its resources only.
        """
        if TAG in self.tags:
            return self.tags[TAG] == environment
        return has_tag(self.template, environment)

    @property
    def resources(self) -> Mapping[str, Any]:
        """Its resources by logical id."""
        resources: Mapping[str, Any] = self.template.get("Resources", {})
        return resources


Deployed = Mapping[str, DeployedStack]
"""The environment's deployed stacks by name."""


def deploying_client(connection: Connection, stacks: Mapping[str, Stack]) -> Any:
    """A CloudFormation client with the credentials that the CDK CLI would use for these stacks.

    The CLI assumes its bootstrap's deploy role, and goes on with the caller's credentials where it may not.
    """
    role = next((stack.deploy_role for stack in stacks.values() if stack.deploy_role), None)
    if not role:
        return connection.client("cloudformation")
    account = connection.account or connection.client("sts").get_caller_identity()["Account"]
    arn = resolved(role, account, connection.settings.region)
    return connection.client("cloudformation", credentials=connection.role_credentials(arn, "launchpad-deploy"))


def deployed_stacks(cloudformation: Any, environment: str) -> dict[str, DeployedStack]:
    """The stacks with the environment's prefix, by name, the oldest first."""
    descriptions = living_stacks(cloudformation, environment)
    return {each["StackName"]: _deployed(cloudformation, each) for each in descriptions}


def listed_stacks(cloudformation: Any, environment: str) -> dict[str, DeployedStack]:
    """The same for a caller who may describe the environment's stacks only: ListStacks has the names."""
    statuses = [status for status in _statuses(cloudformation) if status != "DELETE_COMPLETE"]
    pages = cloudformation.get_paginator("list_stacks").paginate(StackStatusFilter=statuses)
    prefix = stack_name(environment, "")
    summaries = [each for page in pages for each in page["StackSummaries"] if each["StackName"].startswith(prefix)]
    arns = [each["StackId"] for each in sorted(summaries, key=lambda each: each["CreationTime"])]
    descriptions = (cloudformation.describe_stacks(StackName=arn)["Stacks"][0] for arn in arns)
    return {each["StackName"]: _deployed(cloudformation, each) for each in descriptions}


def _statuses(cloudformation: Any) -> list[str]:
    """Every status of a stack that botocore's model has."""
    model = cloudformation.meta.service_model.shape_for("StackStatus")
    return list(model.enum)


def exports_of(template: Template) -> dict[str, str]:
    """The name of each export of a template, by its output's key."""
    outputs = template.get("Outputs", {}).items()
    return {key: output["Export"]["Name"] for key, output in outputs if isinstance(output.get("Export"), dict)}


def importers(deployed: Deployed, export: str) -> list[str]:
    """The environment's stacks that import an export."""
    return [name for name, stack in deployed.items() if export in stack.imports]


def _deployed(cloudformation: Any, description: Mapping[str, Any]) -> DeployedStack:
    return DeployedStack(
        name=description["StackName"],
        arn=description["StackId"],
        status=description["StackStatus"],
        protected=description.get("EnableTerminationProtection", False),
        template=template_of(cloudformation, description),
        tags={tag["Key"]: tag["Value"] for tag in description.get("Tags", [])},
    )


def _imports(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _imports(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "Fn::ImportValue" and isinstance(value, str):
                yield value
            else:
                yield from _imports(value)
