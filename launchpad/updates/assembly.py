"""The stacks of a cloud assembly, and a copy of it with other templates for some of them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

Template = Mapping[str, Any]
"""A CloudFormation template, as parsed JSON."""


@dataclass(frozen=True)
class NewStack:
    """A stack as the config has it now."""

    name: str
    path: str
    """Its path in the app, such as `dev/network`, by which the CDK CLI selects it."""
    manifest: Path
    file: str
    deploy_role: str | None
    """The ARN of the role that the CDK CLI assumes to deploy it, with placeholders such as `${AWS::Partition}`."""

    @cached_property
    def template(self) -> Template:
        """Its template."""
        template: Template = json.loads((self.manifest.parent / self.file).read_text("utf-8"))
        return template


def new_stacks(assembly: Path) -> dict[str, NewStack]:
    """The stacks of a cloud assembly, by their names in CloudFormation."""
    stacks = {}
    for manifest in sorted(assembly.rglob("manifest.json")):
        for identifier, artifact in json.loads(manifest.read_text("utf-8")).get("artifacts", {}).items():
            if artifact["type"] == "aws:cloudformation:stack":
                stack = _stack(manifest, identifier, artifact)
                stacks[stack.name] = stack
    return stacks


def with_templates(assembly: Path, copy: Path, templates: Mapping[str, Template]) -> Path:
    """Write a copy of an assembly in which the named stacks have these templates; return its folder.

    Unchanged files are links, because an assembly contains the sources of every image.
    """
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(assembly, copy, copy_function=os.link)
    for name, stack in new_stacks(copy).items():
        if name in templates:
            _write(stack, templates[name])
    return copy


def _stack(manifest: Path, identifier: str, artifact: Mapping[str, Any]) -> NewStack:
    properties = artifact["properties"]
    return NewStack(
        name=properties.get("stackName", identifier),
        path=artifact.get("displayName", identifier),
        manifest=manifest,
        file=properties["templateFile"],
        deploy_role=properties.get("assumeRoleArn"),
    )


def _write(stack: NewStack, template: Template) -> None:
    """Write a template, and its hash wherever the old one is: the CLI uploads no file whose hash is in S3 already."""
    folder = stack.manifest.parent
    text = json.dumps(template, indent=1)
    digest = hashlib.sha256(text.encode()).hexdigest()
    old = hashlib.sha256((folder / stack.file).read_bytes()).hexdigest()
    assets = folder / stack.file.replace(".template.json", ".assets.json")
    for path in (stack.manifest, assets):
        _replace(path, path.read_text("utf-8").replace(old, digest))
    _replace(folder / stack.file, text)


def _replace(path: Path, text: str) -> None:
    path.unlink()  # a link: writing to it would change the original too
    path.write_text(text, "utf-8")
