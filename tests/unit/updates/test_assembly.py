"""A copy of a cloud assembly with another template for a stack: the CDK CLI must upload it, and the original stays."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sqs as sqs

from launchpad.cloud_assembly import read_stacks
from launchpad.updates.assembly import with_templates

OTHER = {"Resources": {"Other": {"Type": "AWS::SQS::Queue"}}}


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("app") / "cdk.out"
    app = cdk.App(outdir=str(folder))
    stage = cdk.Stage(app, "dev", env=cdk.Environment(account="123456789012", region="us-east-1"))
    for part in ("network", "jobs"):
        sqs.CfnQueue(cdk.Stack(stage, part, stack_name=f"launchpad-dev-{part}"), "Queue")
    app.synth()
    return folder


@pytest.fixture
def copy(assembly: Path, tmp_path: Path) -> Path:
    return with_templates(assembly, tmp_path / "copy", {"launchpad-dev-network": OTHER})


def test_every_stack_has_its_name_its_path_and_its_role(assembly):
    network = read_stacks(assembly)["launchpad-dev-network"]
    assert network.path == "dev/network"
    assert "cdk-hnb659fds-deploy-role-123456789012-us-east-1" in str(network.deploy_role)


def test_only_the_named_stack_has_another_template(assembly, copy):
    stacks, before = read_stacks(copy), read_stacks(assembly)
    assert stacks["launchpad-dev-network"].template == OTHER
    assert stacks["launchpad-dev-jobs"].template == before["launchpad-dev-jobs"].template


def test_the_original_stays_as_it_was(assembly, copy):
    assert read_stacks(assembly)["launchpad-dev-network"].template != OTHER


def test_the_template_is_uploaded_under_its_own_hash(copy):
    stack = read_stacks(copy)["launchpad-dev-network"]
    digest = hashlib.sha256(stack.file.read_bytes()).hexdigest()
    assets = json.loads(stack.asset_manifests[0].read_text())
    (asset,) = assets["files"].values()
    (destination,) = asset["destinations"].values()
    assert destination["objectKey"] == f"{digest}.json"
    assert f"/{digest}.json" in stack.manifest.read_text()
