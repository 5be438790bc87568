"""The table of CloudFormation types agrees with AWS's own resource schemas."""

from __future__ import annotations

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from local_aws.cloudformation import hosting


@pytest.fixture(params=hosting.TYPES, ids=lambda resource: resource.type_name)
def resource(request):
    return request.param


@pytest.fixture
def schema(resource):
    return PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource.type_name).schema


def names(schema, part):
    return {path.removeprefix("/properties/") for path in schema.get(part, ())}


def test_the_properties_that_replace_are_the_schemas(resource, schema):
    assert set(resource.resource_type(lambda *_: None).create_only) == names(schema, "createOnlyProperties")


def test_everything_that_getatt_can_ask_for_is_given(resource, schema):
    attributes = names(schema, "readOnlyProperties") | {f"{resource.noun}Name"}
    assert set(resource.attributes) == attributes


def test_ref_is_the_arn_as_in_the_schema(resource, schema):
    assert names(schema, "primaryIdentifier") == {f"{resource.noun}Arn"}
