"""Reads from a cloud assembly what its deploy needs: stacks, templates, roles and the bootstrap's version."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEFAULT_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
"""The SSM parameter with the bootstrap's version, for CDK's default qualifier."""
ASSETS = ("files", "dockerImages")
"""The kinds of assets in an asset manifest."""


@dataclass(frozen=True)
class Stack:
    """One stack of the assembly."""

    id: str
    name: str
    dependencies: tuple[str, ...]
    properties: Mapping[str, Any]
    template: Mapping[str, Any]
    assets: Mapping[str, Any]

    @property
    def roles(self) -> Iterator[str]:
        """The ARNs, with placeholders, of the roles that the CDK CLI assumes for it."""
        assets = [asset for kind in ASSETS for asset in self.assets.get(kind, {}).values()]
        for holder in [self.properties, *(target for asset in assets for target in asset["destinations"].values())]:
            if role := holder.get("assumeRoleArn"):
                yield role


@dataclass(frozen=True)
class Assembly:
    """The stacks that one deploy creates or updates."""

    stacks: tuple[Stack, ...]

    @classmethod
    def read(cls, folder: Path) -> Assembly:
        """Read what a synth wrote, with the stacks of its stages."""
        manifests = [folder / "manifest.json", *sorted(folder.glob("assembly-*/manifest.json"))]
        return cls(tuple(stack for manifest in manifests for stack in _stacks(manifest)))

    def only(self, name: str) -> Assembly:
        """The stack of this name and those that it depends on."""
        by_id = {stack.id: stack for stack in self.stacks}
        waiting = [stack.id for stack in self.stacks if stack.name == name]
        selected: set[str] = set()
        while waiting:
            stack_id = waiting.pop()
            if stack_id in by_id and stack_id not in selected:
                selected.add(stack_id)
                waiting += by_id[stack_id].dependencies
        return Assembly(tuple(stack for stack in self.stacks if stack.id in selected))

    @property
    def required_bootstrap(self) -> int:
        """The lowest version of the bootstrap that every stack accepts; 0 if none is named."""
        return max((int(stack.properties.get("requiresBootstrapStackVersion", 0)) for stack in self.stacks), default=0)

    @property
    def bootstrap_parameter(self) -> str:
        """The SSM parameter with the bootstrap's version."""
        names = (stack.properties.get("bootstrapStackVersionSsmParameter") for stack in self.stacks)
        return next(filter(None, names), DEFAULT_PARAMETER)

    @property
    def deploy_role(self) -> str | None:
        """The ARN, with placeholders, of the role with which CloudFormation is called."""
        return next(filter(None, (stack.properties.get("assumeRoleArn") for stack in self.stacks)), None)

    def resources(self, *types: str) -> Iterator[tuple[Stack, str, Mapping[str, Any]]]:
        """Each resource of these types, or of all: its stack, logical id and template."""
        for stack in self.stacks:
            for logical_id, resource in stack.template.get("Resources", {}).items():
                if not types or resource["Type"] in types:
                    yield stack, logical_id, resource


def _stacks(manifest: Path) -> Iterator[Stack]:
    artifacts = json.loads(manifest.read_text("utf-8")).get("artifacts", {})
    for stack_id, artifact in artifacts.items():
        if artifact["type"] != "aws:cloudformation:stack":
            continue
        properties, needed = artifact["properties"], artifact.get("dependencies", [])
        manifests = [artifacts[each] for each in needed if artifacts.get(each, {}).get("type") == "cdk:asset-manifest"]
        yield Stack(
            stack_id,
            properties.get("stackName", stack_id),
            tuple(needed),
            properties,
            json.loads((manifest.parent / properties["templateFile"]).read_text("utf-8")),
            _assets(manifest.parent / each["properties"]["file"] for each in manifests),
        )


def _assets(files: Iterator[Path]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for file in files:
        content = json.loads(file.read_text("utf-8"))
        for kind in ASSETS:
            merged.setdefault(kind, {}).update(content.get(kind, {}))
    return merged
