"""What cfn-lint's schemas say can't be changed in place."""

from __future__ import annotations

import subprocess
import sys

import pytest

from template_diff import schemas
from template_diff.errors import TemplateError
from template_diff.schemas import CreateOnly, create_only


def test_always_and_sometimes_are_distinguished() -> None:
    assert "AuthMode" in create_only("AWS::SageMaker::Domain").always
    assert create_only("AWS::SageMaker::Domain").sometimes == ("VpcId",)


def test_a_type_without_schema_has_no_create_only_property() -> None:
    assert create_only("Custom::Anything") == CreateOnly()


def test_a_type_that_only_another_region_has_is_known() -> None:
    assert create_only("AWS::IoTEvents::Input").always == ("InputName",)


def test_clusters_are_replaced_for_their_instances_too() -> None:
    cluster = create_only("AWS::EMR::Cluster")
    assert "ReleaseLabel" in cluster.always
    assert "Instances.Ec2SubnetId" in cluster.always
    assert "Instances.CoreInstanceGroup.InstanceType" in cluster.always
    assert "Instances.CoreInstanceGroup.InstanceCount" not in cluster.always
    assert "Instances.TaskInstanceGroups" in cluster.sometimes


def test_our_reader_finds_what_cfn_lints_own_finds() -> None:
    from cfnlint.schema.manager import ProviderSchemaManager

    bundled = schemas._schemas()
    manager = ProviderSchemaManager(bundled / "providers", bundled / "resources")
    types = [name for name in manager.get_resource_types("us-east-1") if name.startswith(("AWS::S3", "AWS::SageMaker"))]
    assert len(types) > 30
    for name in types:
        schema = manager.get_resource_schema("us-east-1", name).schema
        expected = {
            path.removeprefix("/properties/").replace("/", ".") for path in schema.get("createOnlyProperties", ())
        }
        assert set(create_only(name).always) == expected, name


def test_the_schemas_are_read_without_importing_cfn_lint() -> None:
    program = "import sys; from template_diff.schemas import create_only; create_only('AWS::S3::Bucket'); "
    done = subprocess.run([sys.executable, "-c", program + "sys.exit('cfnlint' in sys.modules)"], check=False)
    assert done.returncode == 0


def test_without_the_schemas_the_error_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schemas.importlib.util, "find_spec", lambda _: None)
    schemas._schemas.cache_clear()
    with pytest.raises(TemplateError, match="make setup"):
        schemas._schemas()
    schemas._schemas.cache_clear()
