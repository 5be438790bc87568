"""Templates are found under the environment and stack that they belong to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from template_diff.assembly import read_locations, read_templates
from template_diff.errors import TemplateError
from template_diff.whole import Location
from tests.template_diff.pairs import synthesized


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))


def test_a_real_assembly_gives_environments_stacks_and_nested_stacks() -> None:
    import aws_cdk as cdk
    from aws_cdk import aws_sqs as sqs

    def build(app: cdk.App) -> None:
        for name in ("dev", "prod"):
            stack = cdk.Stack(cdk.Stage(app, name), "data-store", stack_name=f"my-{name}-storage")
            sqs.CfnQueue(stack, "Queue")
            sqs.CfnQueue(cdk.NestedStack(stack, "Inner"), "Queue")
        sqs.CfnQueue(cdk.Stack(app, "shared"), "Queue")

    assert sorted(synthesized(build)) == [
        ("", "shared"),
        ("dev", "data-store"),
        ("dev", "datastoreInner"),
        ("prod", "data-store"),
        ("prod", "datastoreInner"),
    ]


def test_the_location_of_an_environment_is_that_of_its_stacks(tmp_path: Path) -> None:
    def artifact(environment: str) -> dict[str, Any]:
        return {
            "type": "aws:cloudformation:stack",
            "environment": environment,
            "displayName": f"{name}/storage",
            "properties": {"templateFile": "storage.template.json", "stackName": "s"},
        }

    for name, environments in {
        "dev": ["aws://unknown-account/eu-west-1"],
        "prod": ["aws://111111111111/eu-west-1", "aws://111111111111/eu-west-1"],
        "two": ["aws://111111111111/eu-west-1", "aws://111111111111/us-east-1"],
        "nowhere": ["aws://unknown-account/unknown-region"],
    }.items():
        artifacts = {str(number): artifact(environment) for number, environment in enumerate(environments)}
        write(tmp_path / f"assembly-{name}" / "manifest.json", {"artifacts": artifacts})
    assert read_locations(tmp_path) == {
        "dev": Location(None, "eu-west-1"),
        "prod": Location("111111111111", "eu-west-1"),
    }


def test_without_a_manifest_folder_and_file_name_the_environment_and_stack(tmp_path: Path) -> None:
    write(tmp_path / "dev" / "storage.template.json", {"Resources": {}})
    write(tmp_path / "lone.template.json", {"Resources": {}})
    assert sorted(read_templates(tmp_path)) == [("", "lone"), ("dev", "storage")]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="no such folder"):
        read_templates(tmp_path / "absent")


@pytest.mark.parametrize(("content", "message"), [("{", "can't be read"), ("[]", "JSON object")])
def test_a_file_that_is_no_template_is_named(tmp_path: Path, content: str, message: str) -> None:
    write(tmp_path / "it.template.json", content)
    with pytest.raises(TemplateError, match=rf"it\.template\.json: .*{message}"):
        read_templates(tmp_path)
