"""Stacks as data: what is deployed, and what the config has now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from launchpad.cloud_assembly import Stack
from launchpad.updates.deployed import DeployedStack


def deployed(*stacks: DeployedStack) -> dict[str, DeployedStack]:
    return {stack.name: stack for stack in stacks}


def declared(**templates: dict[str, Any]) -> dict[str, Stack]:
    stacks = {name: Stack(name, Path("manifest.json"), {}, f"dev/{name}") for name in templates}
    for name, declaration in stacks.items():
        declaration.__dict__["template"] = templates[name]  # a cached property, which would read the file
    return stacks


def stack(
    name: str, template: dict[str, Any], status: str = "CREATE_COMPLETE", protected: bool = False
) -> DeployedStack:
    arn = f"arn:aws:cloudformation:us-east-1:123456789012:stack/{name}/0"
    return DeployedStack(name, arn, status, protected, template)


def template(resources: dict[str, Any], exports: dict[str, Any] | None = None) -> dict[str, Any]:
    """A template with these resources, and with an export per value."""
    outputs = {key: {"Value": value, "Export": {"Name": f"export-{key}"}} for key, value in (exports or {}).items()}
    return {"Resources": resources, "Outputs": outputs}


def queue(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def importing(*keys: str) -> dict[str, Any]:
    return {"Resources": {"User": queue(Tags=[{"Fn::ImportValue": f"export-{key}"} for key in keys])}}
