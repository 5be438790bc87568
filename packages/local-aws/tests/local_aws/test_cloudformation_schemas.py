"""Every type's properties are checked by AWS's schema before its service sees them."""

from __future__ import annotations

import pytest

from local_aws.cloudformation.lock_schemas import TARGET, content
from local_aws.cloudformation.schema import check_properties, replaced, schemas
from local_aws.cloudformation.types import TYPES

ROLE = "arn:aws:iam::123456789012:role/any"


def test_the_locked_schemas_are_those_of_the_installed_cfn_lint():
    assert TARGET.read_text("utf-8") == content(), "run .venv/bin/python -m local_aws.cloudformation.lock_schemas"


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.type_name)
def test_every_added_type_has_a_schema_with_its_name_and_its_tags(kind):
    schema = schemas()[kind.type_name]
    assert not kind.name_property or kind.name_property in schema["properties"]
    assert (kind.tags[0] if kind.tags else None) == (
        schema.get("tags") or ("Tags" if "Tags" in schema["properties"] else None)
    )


@pytest.mark.parametrize(
    ("properties", "problem"),
    [
        ({"InstanceType": "ml.t3.medium"}, "#: required key [RoleArn] not found"),
        ({"Colour": "red"}, "#: extraneous key [Colour] is not permitted"),
        ({"NotebookInstanceArn": ROLE}, "#: extraneous key [NotebookInstanceArn] is not permitted: it is read-only"),
        ({"VolumeSizeInGB": "big"}, "#/VolumeSizeInGB: expected type: Integer, found: String"),
        ({"RoleArn": "x" * 30}, "#/RoleArn: failed validation constraint for keyword [pattern]"),
        (
            {"InstanceMetadataServiceConfiguration": {}},
            "required key [MinimumInstanceMetadataServiceVersion] not found",
        ),
        ({"SecurityGroupIds": "sg-1"}, "#/SecurityGroupIds: expected type: JSONArray, found: String"),
    ],
)
def test_a_wrong_property_is_named_with_what_is_wrong(properties, problem):
    good = {"InstanceType": "ml.t3.medium", "RoleArn": ROLE}
    checked = properties if "required key [RoleArn]" in problem else {**good, **properties}
    with pytest.raises(ValueError, match="Properties validation failed for resource Team") as caught:
        check_properties("AWS::SageMaker::NotebookInstance", "Team", checked)
    assert problem in str(caught.value)


def test_scalars_may_be_written_as_text_as_templates_do():
    properties = {"InstanceType": "ml.t3.medium", "RoleArn": ROLE, "VolumeSizeInGB": "20"}
    check_properties("AWS::SageMaker::NotebookInstance", "Team", properties)


def test_a_change_inside_a_structure_replaces_where_the_schema_says_so():
    old, new = ({"GitConfig": {"RepositoryUrl": f"https://example.com/{name}"}} for name in ("a", "b"))
    assert replaced("AWS::SageMaker::CodeRepository", old, new)
    secret = {"GitConfig": {**old["GitConfig"], "SecretArn": "arn:aws:secretsmanager:x"}}
    assert not replaced("AWS::SageMaker::CodeRepository", old, secret)


def test_the_clusters_groups_replace_though_the_schema_forgets_to_say_so():
    def cluster(**group):
        return {"Instances": {"MasterInstanceGroup": {"InstanceType": "m5.xlarge", "InstanceCount": 1, **group}}}

    assert replaced("AWS::EMR::Cluster", cluster(), cluster(InstanceType="m5.2xlarge"))
    assert not replaced("AWS::EMR::Cluster", cluster(), cluster(InstanceCount=2))
