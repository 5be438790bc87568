"""The estimates by which a config is refused are never below what the samples' templates have, and not far above."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from launchpad import paths
from launchpad.catalogue import load_catalogue
from launchpad.catalogue.sizes import promotion_policy_size, role_policies_size, variables_size
from launchpad.images.containers import container_names
from launchpad.settings import EnvironmentSettings, load_environment, load_settings
from security.environments import with_every_workload
from tests.stacks.inspection import resources
from tests.stacks.test_promoted_pins import checkout, synthesize

SAMPLES = sorted((paths.CONFIG / "samples").glob("*.yaml"))
ROLES = {"training": "TrainingRole", "serving": "ServingRole", "processing": "ProcessingRole"}
VALUES = {
    "Role": f"arn:aws:iam::123456789012:role/{'x' * 64}",
    "Key": f"arn:aws:kms:ap-northeast-1:123456789012:key/{'x' * 36}",
    "Group": f"sg-{'x' * 17}",
    "Subnet": f"subnet-{'x' * 17}",
    "Vpc": f"vpc-{'x' * 17}",
    "Tracking": f"arn:aws:sagemaker:ap-northeast-1:123456789012:mlflow-tracking-server/{'x' * 20}",
    "Bucket": f"arn:aws:s3:::{'x' * 63}",
}
"""Values as long as AWS's longest, by a part of the reference to them."""


def resolved(value: Any) -> Any:
    """A part of a template as it is after the deploy."""
    if isinstance(value, list):
        return [resolved(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return separator.join(str(resolved(part)) for part in parts)
    if "Fn::Sub" in value:
        return value["Fn::Sub"].replace("${AWS::AccountId}", "1" * 12).replace("${AWS::URLSuffix}", "amazonaws.com")
    if len(value) == 1 and next(iter(value)) in ("Ref", "Fn::GetAtt", "Fn::ImportValue"):
        return next((text for part, text in VALUES.items() if part in str(value)), "x" * 20)
    return {key: resolved(inner) for key, inner in value.items()}


def sample(path: Path, templates) -> tuple[EnvironmentSettings, Any]:
    settings = with_every_workload(load_settings(path))
    return settings, templates(**settings.model_dump(exclude_unset=True))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("role", ROLES)
def test_the_size_of_a_roles_policies_is_estimated_from_above(templates, path, role):
    settings, made = sample(path, templates)
    size = sum(
        len(json.dumps(resolved(resource["Properties"]["PolicyDocument"]), separators=(",", ":")))
        for template in made.values()
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::IAM::Policy" and ROLES[role] in json.dumps(resource["Properties"]["Roles"])
    )
    estimate = role_policies_size(settings, load_catalogue(settings).workloads, role)
    assert size <= estimate <= size * 1.35


def test_the_baselines_of_monitored_pins_count_for_the_processing_role():
    workload = {"monitoring": {"image": "container:monitoring"}}
    pin = {"workload": "boston-housing", "model_data": "s3://staging-models/boston-housing/jobs/x/output/model.tar.gz"}
    sizes = [
        role_policies_size(settings, {"boston-housing": workload}, "processing")
        for pins in ([], [pin])
        for settings in [EnvironmentSettings(name="dev", region="eu-west-1", endpoints=pins)]
    ]
    assert sizes[1] - sizes[0] > 2 * len("staging-models/boston-housing/baselines/")


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_size_of_the_functions_variables_is_estimated_from_above(templates, path):
    settings, made = sample(path, templates)
    sizes = [
        sum(
            len(name) + len(resolved(value))
            for name, value in resource["Properties"]["Environment"]["Variables"].items()
        )
        for template in made.values()
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
    ]
    assert max(sizes) <= variables_size(settings, container_names()) <= max(sizes) * 1.35


def test_the_size_of_the_promotion_roles_policy_is_estimated_from_above(tmp_path):
    folders = checkout(tmp_path, "staging")
    with (folders.config / "staging.yaml").open("a") as file:
        digests = ", ".join(f"file-{number}.json: '{number:064}'" for number in range(8))
        file.write(f"      baseline: {{{digests}}}\n")
        file.write("containers: [mine]\n")
    (folders.containers / "mine").mkdir()
    (folders.containers / "mine" / "Dockerfile").write_text("FROM scratch\n")
    (folders.containers / "mine" / "image.toml").touch()
    settings = load_environment("staging", folders.config)
    roles = resources(synthesize(folders, "staging")["promotion"], "AWS::IAM::Role").values()
    sizes = [
        len(json.dumps(resolved(policy["PolicyDocument"]), separators=(",", ":")))
        for role in roles
        for policy in role["Properties"]["Policies"]
    ]
    assert len(sizes) == 2
    assert max(sizes) <= promotion_policy_size(settings, ["mine"], ["dev"]) <= max(sizes) * 1.35
