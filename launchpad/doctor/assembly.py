"""What one deploy of a cloud assembly needs: stacks, resources, the deploying role and the bootstrap's version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launchpad.cloud_assembly import Stack, read_stacks, selected_stacks

DEFAULT_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
"""The SSM parameter with the bootstrap's version, for CDK's default qualifier."""


@dataclass(frozen=True)
class Assembly:
    """The stacks that one deploy creates or updates."""

    stacks: tuple[Stack, ...]

    @classmethod
    def read(cls, folder: Path) -> Assembly:
        """Read what a synth wrote, with the stacks of its stages."""
        return cls(tuple(read_stacks(folder).values()))

    def only(self, name: str) -> Assembly:
        """The stack of this name and those that it depends on."""
        return Assembly(tuple(selected_stacks({stack.name: stack for stack in self.stacks}, name).values()))

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
        return next(filter(None, (stack.deploy_role for stack in self.stacks)), None)

    def resources(self, *types: str) -> Iterator[tuple[Stack, str, Mapping[str, Any]]]:
        """Each resource of these types, or of all: its stack, logical id and template."""
        for stack in self.stacks:
            for logical_id, resource in stack.template.get("Resources", {}).items():
                if not types or resource["Type"] in types:
                    yield stack, logical_id, resource
