"""An environment's stacks as they are deployed, read with the role with which the CDK CLI deploys.

Only DescribeStacks, DescribeStackEvents and GetTemplate are called, which that role may do in every version of CDK's
bootstrap. ListImports is not among them, so the templates say what a stack imports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import stack_name
from launchpad.platform_client.stack_order import TAG
from launchpad.updates.assembly import NewStack, Template

NEVER_CREATED = frozenset({"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"})
"""The statuses of a stack whose first creation failed, or never began. It imports nothing."""


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
        return any(_has_tag(resource, environment) for resource in self.resources.values())

    @property
    def resources(self) -> Mapping[str, Any]:
        """Its resources by logical id."""
        resources: Mapping[str, Any] = self.template.get("Resources", {})
        return resources


Deployed = Mapping[str, DeployedStack]
"""The environment's deployed stacks by name."""


def deploying_client(connection: Connection, stacks: Mapping[str, NewStack]) -> Any:
    """A CloudFormation client with the credentials that the CDK CLI would use for these stacks.

    The CLI assumes its bootstrap's deploy role, and goes on with the caller's credentials where it may not.
    """
    role = next((stack.deploy_role for stack in stacks.values() if stack.deploy_role), None)
    if not role:
        return connection.client("cloudformation")
    arn = _filled_in(role, connection, connection.client("sts"))
    return connection.client("cloudformation", credentials=connection.role_credentials(arn, "launchpad-deploy"))


def deployed_stacks(cloudformation: Any, environment: str) -> dict[str, DeployedStack]:
    """The stacks with the environment's prefix, by name, the oldest first."""
    pages = cloudformation.get_paginator("describe_stacks").paginate()
    prefix = stack_name(environment, "")
    descriptions = [stack for page in pages for stack in page["Stacks"] if stack["StackName"].startswith(prefix)]
    living = [each for each in descriptions if each["StackStatus"] != "DELETE_COMPLETE"]
    return {
        each["StackName"]: _deployed(cloudformation, each)
        for each in sorted(living, key=lambda stack: stack["CreationTime"])
    }


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
        template=_template(cloudformation, description),
        tags={tag["Key"]: tag["Value"] for tag in description.get("Tags", [])},
    )


def _template(cloudformation: Any, description: Mapping[str, Any]) -> Template:
    """A stack's template; empty if it is YAML, which no stack of this app is, or if the stack never had one."""
    try:
        body = cloudformation.get_template(StackName=description["StackId"])["TemplateBody"]
    except ClientError:
        if description["StackStatus"] in NEVER_CREATED:
            return {}
        raise
    return body if isinstance(body, dict) else {}


def _has_tag(resource: Mapping[str, Any], environment: str) -> bool:
    """Whether a resource has the environment's tag; some types take tags as a list, others as a mapping."""
    tags = resource.get("Properties", {}).get("Tags", [])
    return {"Key": TAG, "Value": environment} in tags if isinstance(tags, list) else tags.get(TAG) == environment


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


def _filled_in(arn: str, connection: Connection, sts: Any) -> str:
    """The ARN without CDK's placeholders."""
    if "${AWS::AccountId}" in arn:
        account = connection.account or sts.get_caller_identity()["Account"]
        arn = arn.replace("${AWS::AccountId}", account)
    partition = connection.session.get_partition_for_region(connection.settings.region)
    return arn.replace("${AWS::Partition}", partition).replace("${AWS::Region}", connection.settings.region)
