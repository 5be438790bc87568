"""Finds an environment's deployed stacks, and which of them import what another exports.

The stacks are those that exist, whether or not today's app still has them. A stack belongs to the environment by its
name and by the tag that the app puts on every stack, so that a stack with a similar name is never touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import NEVER_CREATED, stack_name, stacks

TAG = "launchpad:environment"
"""The tag of everything that belongs to an environment; its value is the environment's name."""
Importers = Mapping[str, frozenset[str]]
"""The names of the stacks that import something, by the name of the stack that exports it."""


def environment_stacks(connection: Connection) -> list[Mapping[str, Any]]:
    """The environment's stacks from DescribeStacks, the oldest first."""
    return [stack for stack in stacks(connection) if _is_ours(connection, stack)]


def foreign_stacks(connection: Connection) -> list[str]:
    """The names of stacks that are named like the environment's, but are not of it."""
    return [stack["StackName"] for stack in stacks(connection) if not _is_ours(connection, stack)]


def template_of(cloudformation: Any, stack: Mapping[str, Any]) -> Mapping[str, Any]:
    """A stack's template (GetTemplate); empty if it is YAML, which no stack of this app is, or if it never had one."""
    try:
        body = cloudformation.get_template(StackName=stack["StackId"])["TemplateBody"]
    except ClientError:
        if stack["StackStatus"] in NEVER_CREATED:
            return {}
        raise
    return body if isinstance(body, dict) else {}


def has_tag(template: Mapping[str, Any], environment: str) -> bool:
    """Whether a resource of a template has the environment's tag; most types have a list of tags, some a map."""
    resources = template.get("Resources", {}).values()
    return any(_tag(resource.get("Properties", {}).get("Tags")) == environment for resource in resources)


def importers(connection: Connection, exporters: Iterable[Mapping[str, Any]]) -> Importers:
    """Which stacks import the exports of each of these stacks (CloudFormation ListImports)."""
    cloudformation = connection.client("cloudformation")
    return {stack["StackName"]: frozenset(_importers(cloudformation, stack)) for stack in exporters}


def refuse_foreign_importers(connection: Connection, names: Iterable[str], imports: Importers) -> None:
    """Refuse to delete stacks whose exports a stack outside of the environment imports, before anything is deleted.

    Raises:
        LaunchpadError: such a stack exists.
    """
    own = set(names)
    foreign = {exporter: sorted(users - own) for exporter, users in imports.items() if users - own}
    if foreign:
        uses = "; ".join(f"{', '.join(users)} imports from {exporter}" for exporter, users in sorted(foreign.items()))
        raise LaunchpadError(
            f"stacks outside of environment {connection.name!r} use it: {uses}; delete those stacks, or let them"
            " import nothing from it, then try again (nothing was destroyed)"
        )


def last_of_all(environment: str) -> str:
    """The stack that is deleted last: it holds the role with which a workflow may be doing this."""
    return stack_name(environment, "github")


def _is_ours(connection: Connection, stack: Mapping[str, Any]) -> bool:
    """Read the stack's tag; a stack that was deployed before stacks had the tag has it on its resources only."""
    tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
    if TAG in tags:
        return bool(tags[TAG] == connection.name)
    return has_tag(template_of(connection.client("cloudformation"), stack), connection.name)


def _tag(tags: Any) -> object:
    """The value of the environment's tag among a resource's tags."""
    if isinstance(tags, list):
        return next((tag.get("Value") for tag in tags if tag.get("Key") == TAG), None)
    return tags.get(TAG) if isinstance(tags, dict) else None


def _importers(cloudformation: Any, stack: Mapping[str, Any]) -> Iterator[str]:
    for output in stack.get("Outputs", []):
        if "ExportName" not in output:
            continue
        try:
            for page in cloudformation.get_paginator("list_imports").paginate(ExportName=output["ExportName"]):
                yield from page["Imports"]
        except ClientError as error:
            if "is not imported by any stack" not in str(error) and "does not exist" not in str(error):
                raise
