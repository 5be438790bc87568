"""What has a fixed name and stays when its stack goes: the next deploy would fail with "already exists".

Each such type is known to `launchpad deploy`, which takes it back or refuses with a remedy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest

from launchpad import paths
from launchpad.platform_client.retained import KEEPING
from launchpad.platform_client.taking_back import IDENTIFIERS, NAMED
from launchpad.settings import EnvironmentSettings, load_settings
from security.environments import with_every_workload
from stacks.platform import Platform, feature_flags

WITHIN_ANOTHER = {"AWS::IAM::Policy", "AWS::SageMaker::UserProfile"}
"""Types whose names are unique within a resource that is itself new."""


@pytest.fixture(scope="module", params=["comprehensive", "spark-serverless"])
def retained(request, templates) -> list[dict[str, Any]]:
    """Every resource that a sample retains."""
    settings = load_settings(paths.CONFIG / "samples" / f"{request.param}.yaml").model_dump(
        mode="json", exclude_unset=True
    )
    resources = [item for template in templates(**settings).values() for item in template["Resources"].values()]
    return [item for item in resources if item.get("DeletionPolicy") in KEEPING]


def fixed_names(resource: dict[str, Any]) -> Iterator[str]:
    for name, value in resource.get("Properties", {}).items():
        if name.endswith("Name") and isinstance(value, str):
            yield name


def test_each_retained_resource_with_a_fixed_name_is_known_to_deploy(retained):
    named = {(item["Type"], name) for item in retained for name in fixed_names(item)}
    known = {(kind, item.property) for kind, item in NAMED.items()}
    assert {pair for pair in named if pair[0] not in WITHIN_ANOTHER} <= known
    assert any(kind == "AWS::ECR::Repository" for kind, _ in named)


def test_a_failed_first_creation_leaves_nothing_of_it(retained):
    assert {item["DeletionPolicy"] for item in retained} == {"RetainExceptOnCreate"}
    assert {item["UpdateReplacePolicy"] for item in retained} == {"Retain"}


def test_buckets_and_keys_are_only_in_the_stack_that_is_imported(templates):
    for part, template in templates(name="dev", region="eu-west-1").items():
        kinds = {item["Type"] for item in template["Resources"].values()} & IDENTIFIERS.keys()
        assert kinds == (set(IDENTIFIERS) if part == "storage" else set())


def test_every_stack_has_the_tag_by_which_destroy_finds_it():
    app = cdk.App(context=feature_flags())
    Platform(app, with_every_workload(EnvironmentSettings(name="dev", region="eu-west-1")))
    (assembly,) = app.synth().nested_assemblies
    tags = [stack.tags for stack in assembly.nested_assembly.stacks]
    assert len(tags) > 6
    assert all(item == {"launchpad:environment": "dev"} for item in tags)
