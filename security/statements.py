"""Reads every policy statement in the templates, in any kind of resource, with intrinsics as readable text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from security.acknowledgements import names, others
from security.environments import Stack

IDENTITY = {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role"}


@dataclass(frozen=True)
class Statement:
    """One statement, and its resource."""

    stack: Stack
    path: str
    """The construct path of the resource, below the environment's stage."""
    kind: str
    """The CloudFormation type of the resource."""
    document: dict[str, Any]

    @property
    def allows(self) -> bool:
        """Whether it is an Allow statement; a Deny may be as wide as it likes."""
        return bool(self.document["Effect"] == "Allow")

    @cached_property
    def actions(self) -> list[str]:
        """The actions as text; `NotAction` is `*`, because it covers everything else."""
        return ["*"] if "NotAction" in self.document else _texts(self.document.get("Action"))

    @cached_property
    def resources(self) -> list[str]:
        """The resources as text, with placeholders for what differs between environments."""
        if "NotResource" in self.document:
            return ["*"]
        return [self._generic(text) for text in _texts(self.document.get("Resource"))]

    @property
    def wildcards(self) -> list[str]:
        """The resources with a `*` in them."""
        return [resource for resource in self.resources if "*" in resource]

    def _generic(self, text: str) -> str:
        environment = self.stack.environment
        for short, imported in names().items():
            text = text.replace(imported.replace("{environment}", environment.name), f"{{{short}}}")
        for placeholder, values in others(environment).items():
            for value in values:
                text = re.sub(rf"(?<=:){re.escape(value)}(?=[-/])", placeholder, text)
        text = text.replace(environment.account or "<AWS::AccountId>", "{account}")
        text = text.replace(f":{environment.region}:", ":{region}:")
        text = re.sub(rf"(:repository/launchpad/){environment.name}/", r"\1{environment}/", text)
        return re.sub(rf"([/:])(launchpad-)?{environment.name}-", r"\1\2{environment}-", text)


def statements(stacks: Iterable[Stack]) -> Iterator[Statement]:
    """All statements, in the order of stacks and resources."""
    for stack in stacks:
        for path, resource in stack.resources:
            for document in _documents(resource.get("Properties")):
                for statement in document if isinstance(document, list) else [document]:
                    yield Statement(stack, path, resource["Type"], statement)


def flat(value: Any) -> str:
    """A template's value as text: intrinsics are resolved, or in angle brackets if only AWS knows the value."""
    if not isinstance(value, dict):
        return str(value)
    ((function, argument),) = value.items()
    if function == "Fn::Join":
        return str(argument[0]).join(flat(part) for part in argument[1])
    if function == "Fn::ImportValue":
        return flat(argument)
    if function == "Fn::Select":  # as cdk-nag writes it
        return json.dumps(value, separators=(",", ":"))
    if function == "Fn::Sub":
        return str(argument if isinstance(argument, str) else argument[0]).replace("${", "<").replace("}", ">")
    return f"<{'.'.join(map(flat, argument)) if isinstance(argument, list) else argument}>"


def _documents(value: Any) -> Iterator[Any]:
    """The content of every `Statement` below a value, including those in policies that are JSON text."""
    if isinstance(value, dict) and set(value) == {"Fn::Join"}:
        value = flat(value)
    if isinstance(value, str) and value.startswith("{") and '"Statement"' in value:
        value = json.loads(value)
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "Statement":
                yield item
            else:
                yield from _documents(item)
    elif isinstance(value, list):
        for item in value:
            yield from _documents(item)


def _texts(value: Any) -> list[str]:
    return [flat(item) for item in (value if isinstance(value, list) else [value])] if value is not None else []
