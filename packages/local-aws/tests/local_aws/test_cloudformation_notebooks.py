"""Notebook instances: the API's states, and the resource type that goes through them."""

from __future__ import annotations

import base64
import time
import uuid

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.networks import get, group, ref, resource, vpc

ROLE = "arn:aws:iam::123456789012:role/notebooks"


def script(text):
    return [{"Content": base64.b64encode(text.encode()).decode()}]


def notebook(**properties):
    return resource("SageMaker::NotebookInstance", InstanceType="ml.t3.medium", RoleArn=ROLE, **properties)


def lifecycle(text):
    return resource("SageMaker::NotebookInstanceLifecycleConfig", OnStart=script(text))


@pytest.fixture
def instance(sagemaker):
    """The name of one in service."""
    name = f"notebook-{uuid.uuid4().hex[:8]}"
    sagemaker.create_notebook_instance(NotebookInstanceName=name, InstanceType="ml.t3.medium", RoleArn=ROLE)
    wait(sagemaker, name, "InService")
    return name


def wait(sagemaker, name, status):
    deadline = time.monotonic() + 10
    while (description := sagemaker.describe_notebook_instance(NotebookInstanceName=name))[
        "NotebookInstanceStatus"
    ] != status:
        assert time.monotonic() < deadline, description
        time.sleep(0.05)
    return description


def test_an_instance_stops_changes_and_starts_again(sagemaker, instance):
    sagemaker.stop_notebook_instance(NotebookInstanceName=instance)
    assert wait(sagemaker, instance, "Stopping")
    wait(sagemaker, instance, "Stopped")
    sagemaker.update_notebook_instance(NotebookInstanceName=instance, VolumeSizeInGB=50)
    assert wait(sagemaker, instance, "Stopped")["VolumeSizeInGB"] == 50
    sagemaker.start_notebook_instance(NotebookInstanceName=instance)
    assert wait(sagemaker, instance, "Pending")
    assert wait(sagemaker, instance, "InService")["VolumeSizeInGB"] == 50


@pytest.mark.parametrize(
    ("operation", "next_status"), [("update", "Updating"), ("delete", "Deleting"), ("start", "Pending")]
)
def test_an_instance_in_service_refuses_what_needs_a_stopped_one(sagemaker, instance, operation, next_status):
    with pytest.raises(ClientError, match=rf"Status \(InService\) not in .* Unable to transition to \({next_status}\)"):
        getattr(sagemaker, f"{operation}_notebook_instance")(NotebookInstanceName=instance)


def test_a_volume_never_shrinks(sagemaker, instance):
    sagemaker.stop_notebook_instance(NotebookInstanceName=instance)
    wait(sagemaker, instance, "Stopped")
    sagemaker.update_notebook_instance(NotebookInstanceName=instance, VolumeSizeInGB=50)
    wait(sagemaker, instance, "Stopped")
    with pytest.raises(ClientError, match="can only grow"):
        sagemaker.update_notebook_instance(NotebookInstanceName=instance, VolumeSizeInGB=20)


def test_there_is_no_way_into_an_instance(sagemaker, instance):
    with pytest.raises(ClientError, match="does not implement"):
        sagemaker.create_presigned_notebook_instance_url(NotebookInstanceName=instance)


def test_a_script_that_is_no_base64_is_refused(sagemaker):
    with pytest.raises(ClientError, match="must be base64-encoded"):
        sagemaker.create_notebook_instance_lifecycle_config(
            NotebookInstanceLifecycleConfigName="plain", OnStart=[{"Content": "#!/bin/bash"}]
        )


@pytest.mark.parametrize(
    ("text", "reason"), [("echo hello\n", "exec format error"), ("#!/bin/bash\r\necho\r\n", "no such file")]
)
def test_a_script_that_could_not_begin_fails_the_stack_with_the_reason(stack, text, reason):
    parts = {
        "Scripts": lifecycle(text),
        "Team": notebook(LifecycleConfigName=get("Scripts", "NotebookInstanceLifecycleConfigName")),
    }
    assert stack.apply(parts) == "ROLLBACK_COMPLETE"
    assert any(reason in stack_reason for stack_reason in stack.reasons())


def in_a_network(**changes):
    return {
        **vpc(),
        "Group": group("notebooks"),
        "Scripts": lifecycle("#!/bin/bash\necho hello\n"),
        "Code": resource("SageMaker::CodeRepository", GitConfig={"RepositoryUrl": "https://example.com/a.git"}),
        "Team": notebook(
            **{
                "SubnetId": ref("Subnet"),
                "SecurityGroupIds": [get("Group", "GroupId")],
                "DirectInternetAccess": "Disabled",
                "VolumeSizeInGB": "20",
                "LifecycleConfigName": get("Scripts", "NotebookInstanceLifecycleConfigName"),
                "DefaultCodeRepository": get("Code", "CodeRepositoryName"),
                "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "2"},
                "Tags": [{"Key": "team", "Value": "a"}],
                **changes,
            }
        ),
    }


OUTPUTS = {"Team": ref("Team"), "Name": get("Team", "NotebookInstanceName"), "Group": get("Group", "GroupId")}


def test_a_stack_makes_an_instance_changes_it_and_takes_it_away(stack, sagemaker, plain_aws):
    assert stack.apply(in_a_network(), OUTPUTS) == "CREATE_COMPLETE"
    created = stack.outputs()
    description = sagemaker.describe_notebook_instance(NotebookInstanceName=created["Name"])
    assert created["Team"] == description["NotebookInstanceArn"]
    assert (description["NotebookInstanceStatus"], description["VolumeSizeInGB"]) == ("InService", 20)
    with pytest.raises(ClientError, match="DependencyViolation"):
        plain_aws.client("ec2").delete_security_group(GroupId=created["Group"])
    changed = in_a_network(VolumeSizeInGB=40, Tags=[{"Key": "team", "Value": "b"}])
    assert stack.apply(changed, OUTPUTS) == "UPDATE_COMPLETE"
    after = sagemaker.describe_notebook_instance(NotebookInstanceName=created["Name"])
    assert (after["NotebookInstanceStatus"], after["VolumeSizeInGB"]) == ("InService", 40)
    tags = sagemaker.list_tags(ResourceArn=created["Team"])["Tags"]
    assert {"Key": "team", "Value": "b"} in tags
    assert stack.delete() == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="RecordNotFound"):
        sagemaker.describe_notebook_instance(NotebookInstanceName=created["Name"])


def test_a_property_that_can_not_change_makes_another_instance(stack, sagemaker):
    stack.apply({"Team": notebook(PlatformIdentifier="notebook-al2-v3")}, {"Name": get("Team", "NotebookInstanceName")})
    first = stack.outputs()["Name"]
    changed = {"Team": notebook(PlatformIdentifier="notebook-al2023-v1")}
    assert stack.apply(changed, {"Name": get("Team", "NotebookInstanceName")}) == "UPDATE_COMPLETE"
    assert stack.outputs()["Name"] != first
    with pytest.raises(ClientError, match="RecordNotFound"):
        sagemaker.describe_notebook_instance(NotebookInstanceName=first)


def test_scripts_in_use_can_not_be_deleted(stack, sagemaker):
    parts = {
        "Scripts": lifecycle("#!/bin/bash\n"),
        "Team": notebook(LifecycleConfigName=get("Scripts", "NotebookInstanceLifecycleConfigName")),
    }
    stack.apply(parts, {"Scripts": get("Scripts", "NotebookInstanceLifecycleConfigName")})
    name = stack.outputs()["Scripts"]
    with pytest.raises(ClientError, match="is in use by"):
        sagemaker.delete_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName=name)
