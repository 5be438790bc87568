"""What a cloud assembly says about its deploy."""

from __future__ import annotations

import json

import pytest

from launchpad.doctor.assembly import Assembly

PUSH = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/push"


@pytest.fixture
def folder(tmp_path):
    """An app with a stage of three stacks: `jobs` needs `image`, and `github` needs none."""
    stage = tmp_path / "assembly-dev"
    stage.mkdir()
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"dev": {"type": "cdk:cloud-assembly"}}}))
    artifacts = {}
    for name, needs in {"image": [], "jobs": ["image"], "github": []}.items():
        (stage / f"{name}.template.json").write_text(json.dumps({"Resources": {name: {"Type": "AWS::SNS::Topic"}}}))
        target = {"repositoryName": "r", "imageTag": "t", "assumeRoleArn": PUSH}
        images = {"a": {"source": {}, "destinations": {"x": target}}} if name == "image" else {}
        files = {"f": {"source": {}, "destinations": {"x": {"assumeRoleArn": "arn:files"}}}}
        (stage / f"{name}.assets.json").write_text(json.dumps({"files": files, "dockerImages": images}))
        properties = {
            "stackName": f"launchpad-dev-{name}",
            "templateFile": f"{name}.template.json",
            "assumeRoleArn": "arn:deploy",
            "requiresBootstrapStackVersion": 8 if name == "jobs" else 6,
            "bootstrapStackVersionSsmParameter": "/cdk-bootstrap/ours/version",
        }
        dependencies = [*needs, f"{name}.assets"]
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "properties": properties,
            "dependencies": dependencies,
        }
        artifacts[f"{name}.assets"] = {"type": "cdk:asset-manifest", "properties": {"file": f"{name}.assets.json"}}
    (stage / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return tmp_path


def test_the_stacks_of_stages_are_read(folder):
    assembly = Assembly.read(folder)
    assert [stack.name for stack in assembly.stacks] == [
        f"launchpad-dev-{part}" for part in ("image", "jobs", "github")
    ]
    assert len(list(assembly.resources("AWS::SNS::Topic"))) == 3


def test_the_highest_required_bootstrap_counts(folder):
    assembly = Assembly.read(folder)
    assert (assembly.required_bootstrap, assembly.bootstrap_parameter) == (8, "/cdk-bootstrap/ours/version")


def test_the_roles_of_deploy_and_assets_are_named(folder):
    roles = {role for stack in Assembly.read(folder).stacks for role in stack.roles}
    assert roles == {"arn:deploy", "arn:files", PUSH}


@pytest.mark.parametrize(("part", "stacks"), [("jobs", {"image", "jobs"}), ("github", {"github"})])
def test_one_part_comes_with_what_it_depends_on(folder, part, stacks):
    selected = Assembly.read(folder).only(f"launchpad-dev-{part}").stacks
    assert {stack.name for stack in selected} == {f"launchpad-dev-{name}" for name in stacks}
