"""Reads a cloud assembly: the stacks that a synth wrote, with their templates, dependencies and assets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

Template = Mapping[str, Any]
"""A CloudFormation template, as parsed JSON."""
ASSETS = ("files", "dockerImages")
"""The kinds of assets in an asset manifest."""


@dataclass(frozen=True)
class Stack:
    """One stack as the config has it now. Its files are read when they are asked for."""

    id: str
    manifest: Path
    """The file that lists it."""
    properties: Mapping[str, Any]
    path: str = ""
    """Its path in the app, such as `dev/network`, by which the CDK CLI selects it."""
    dependencies: tuple[str, ...] = ()
    """The ids of what is deployed before it."""
    asset_manifests: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """Its name in CloudFormation."""
        return str(self.properties.get("stackName", self.id))

    @property
    def file(self) -> Path:
        """The file of its template."""
        return self.manifest.parent / str(self.properties["templateFile"])

    @cached_property
    def template(self) -> Template:
        """Its template."""
        template: Template = json.loads(self.file.read_text("utf-8"))
        return template

    @property
    def deploy_role(self) -> str | None:
        """The ARN, with placeholders such as `${AWS::Partition}`, of the role that the CDK CLI deploys it with."""
        return self.properties.get("assumeRoleArn")

    @property
    def roles(self) -> Iterator[str]:
        """The ARNs, with placeholders, of all roles that the CDK CLI assumes for it."""
        contents = [json.loads(file.read_text("utf-8")) for file in self.asset_manifests]
        assets = [asset for content in contents for kind in ASSETS for asset in content.get(kind, {}).values()]
        for holder in [self.properties, *(target for asset in assets for target in asset["destinations"].values())]:
            if role := holder.get("assumeRoleArn"):
                yield role


def resolved(text: str, account: str, region: str) -> str:
    """An ARN or a name from an assembly, without the CDK CLI's placeholders."""
    from launchpad.config_files.aws_facts import partition_of  # not at the top: it imports pydantic

    values = {"AWS::Partition": partition_of(region), "AWS::AccountId": account, "AWS::Region": region}
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    return text


def read_stacks(assembly: Path) -> dict[str, Stack]:
    """The stacks of an assembly and its stages, by their names in CloudFormation."""
    manifests = [*assembly.glob("manifest.json"), *sorted(assembly.glob("assembly-*/manifest.json"))]
    return {stack.name: stack for manifest in manifests for stack in _stacks(manifest)}


def selected_stacks(stacks: Mapping[str, Stack], name: str | None) -> dict[str, Stack]:
    """All stacks; with a name, that one and those that it depends on, which the CDK CLI deploys with it."""
    if name is None:
        return dict(stacks)
    by_id = {stack.id: stack for stack in stacks.values()}
    waiting = [stacks[name].id] if name in stacks else []
    selected: set[str] = set()
    while waiting:
        stack_id = waiting.pop()
        if stack_id in by_id and stack_id not in selected:
            selected.add(stack_id)
            waiting += by_id[stack_id].dependencies
    return {key: stack for key, stack in stacks.items() if stack.id in selected}


def _stacks(manifest: Path) -> Iterator[Stack]:
    artifacts = json.loads(manifest.read_text("utf-8")).get("artifacts", {})
    for stack_id, artifact in artifacts.items():
        if artifact["type"] == "aws:cloudformation:stack":
            dependencies = artifact.get("dependencies", ())
            assets = [artifacts[each] for each in dependencies if each in artifacts and _is_assets(artifacts[each])]
            yield Stack(
                id=stack_id,
                manifest=manifest,
                properties=artifact["properties"],
                path=artifact.get("displayName", stack_id),
                dependencies=tuple(dependencies),
                asset_manifests=tuple(manifest.parent / each["properties"]["file"] for each in assets),
            )


def _is_assets(artifact: Mapping[str, Any]) -> bool:
    return bool(artifact["type"] == "cdk:asset-manifest")
