"""A deploy needs no run of the CDK CLI only if no stack differs in anything and every asset exists."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from launchpad.cloud_assembly import Stack
from launchpad.updates.deployed import DeployedStack
from launchpad.updates.unchanged import is_unchanged

TAGS = {"launchpad:environment": "local"}
TEMPLATE: Mapping[str, Any] = {"Parameters": {"BootstrapVersion": {}}, "Resources": {"It": {"Type": "AWS::SQS::Queue"}}}
DEPLOYED = DeployedStack("jobs", "arn", "CREATE_COMPLETE", False, TEMPLATE, TAGS)
ASSET = {"files": {"code": {"destinations": {"here": {"bucketName": "assets", "objectKey": "code.zip"}}}}}


class Buckets:
    """The part of an S3 client that lists a bucket, in two pages."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys

    def get_paginator(self, _: str) -> Buckets:
        return self

    def paginate(self, *, Bucket: str) -> list[dict[str, Any]]:  # noqa: N803 -- boto3's name
        if Bucket != "assets" or not self.keys:
            raise ClientError({"Error": {"Code": "NoSuchBucket"}}, "ListObjectsV2")
        return [{}, {"Contents": [{"Key": key} for key in self.keys]}]


BUCKETS = Buckets("other.zip", "code.zip")


@pytest.fixture
def assembly(tmp_path):
    """A stack as the config has it now, with one asset."""
    file = tmp_path / "assets.json"
    file.write_text(json.dumps(ASSET))
    return _stack(file)


def _stack(assets: Path, template: Mapping[str, Any] = TEMPLATE, **properties: Any) -> Stack:
    stack = Stack("jobs", assets, {"tags": TAGS, **properties}, asset_manifests=(assets,))
    stack.__dict__["template"] = template  # a cached property, which would read the file
    return stack


def test_the_same_stack_with_its_asset_is_unchanged(assembly):
    assert is_unchanged(BUCKETS, {"jobs": assembly}, {"jobs": DEPLOYED})


@pytest.mark.parametrize(
    "difference",
    [
        {"status": "UPDATE_ROLLBACK_COMPLETE"},
        {"status": "ROLLBACK_COMPLETE"},
        {"template": {**TEMPLATE, "Outputs": {}}},
        {"tags": {}},
        {"protected": True},
    ],
)
def test_a_stack_that_differs_in_anything_is_changed(assembly, difference):
    assert not is_unchanged(BUCKETS, {"jobs": assembly}, {"jobs": replace(DEPLOYED, **difference)})


def test_a_stack_that_is_not_deployed_is_changed(assembly):
    assert not is_unchanged(BUCKETS, {"jobs": assembly, "network": assembly}, {"jobs": DEPLOYED})


def test_a_parameter_with_a_value_outside_the_template_is_a_change(assembly):
    template = {**TEMPLATE, "Parameters": {"Latest": {"Type": "AWS::SSM::Parameter::Value<String>"}}}
    stack = _stack(assembly.manifest, template)
    assert not is_unchanged(BUCKETS, {"jobs": stack}, {"jobs": replace(DEPLOYED, template=template)})


@pytest.mark.parametrize("property_name", ["parameters", "notificationArns"])
def test_a_property_that_is_not_compared_counts_as_changed(assembly, property_name):
    stack = _stack(assembly.manifest, **{property_name: ["it"]})
    assert not is_unchanged(BUCKETS, {"jobs": stack}, {"jobs": DEPLOYED})


@pytest.mark.parametrize("keys", [("other.zip",), ()])
def test_an_asset_that_no_longer_exists_is_a_change(assembly, keys):
    assert not is_unchanged(Buckets(*keys), {"jobs": assembly}, {"jobs": DEPLOYED})
