"""A notebook instance is private, encrypted, stops itself, and may do no more than its user needs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.stacks.inspection import only, resources

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:AmazonSageMaker-git-abcdef"


@pytest.fixture(scope="module")
def environment(templates):
    """A function from one notebook's keys, and more of the config, to all templates."""

    def synthesize(notebook: dict[str, Any] | None = None, **settings: Any) -> dict[str, dict[str, Any]]:
        return templates(name="dev", region="eu-west-1", notebooks=[{"name": "team", **(notebook or {})}], **settings)

    return synthesize


def instance(template) -> dict[str, Any]:
    return only(template, "AWS::SageMaker::NotebookInstance")


def start_script(template) -> str:
    (hook,) = only(template, "AWS::SageMaker::NotebookInstanceLifecycleConfig")["OnStart"]
    parts = hook["Content"]["Fn::Base64"]["Fn::Join"][1]
    return "".join(part if isinstance(part, str) else f"<{part['Fn::ImportValue'].split(':')[0]}>" for part in parts)


def permissions(environment_templates, effect: str = "Allow") -> dict[str, list[Any]]:
    """What the notebooks' role may do, by action."""
    resources_by_action: dict[str, list[Any]] = {}
    for part in ("access", "notebooks"):
        for policy in resources(environment_templates[part], "AWS::IAM::Policy").values():
            if "NotebookRole" in json.dumps(policy["Properties"]["Roles"]):
                for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                    if statement["Effect"] == effect:
                        for action in listed(statement["Action"]):
                            resources_by_action.setdefault(action, []).extend(listed(statement["Resource"]))
    return resources_by_action


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_without_notebooks_there_is_neither_a_stack_nor_a_role_for_them(dev):
    assert "notebooks" not in dev
    assert "NotebookRole" not in json.dumps(dev["access"])


def test_there_are_as_many_instances_as_the_config_lists(templates):
    names = [{"name": "one"}, {"name": "two"}, {"name": "three-3"}]
    stack = templates(name="dev", region="eu-west-1", notebooks=names)["notebooks"]
    assert sorted(
        resource["Properties"]["NotebookInstanceName"]
        for resource in resources(stack, "AWS::SageMaker::NotebookInstance").values()
    ) == ["dev-one", "dev-three-3", "dev-two"]


def test_an_instance_is_in_the_private_network_only(environment):
    properties = instance(environment()["notebooks"])
    assert properties["DirectInternetAccess"] == "Disabled"
    assert "network" in str(properties["SubnetId"])
    assert "network" in str(properties["SecurityGroupIds"])


def test_an_instances_volume_is_encrypted(environment):
    properties = instance(environment()["notebooks"])
    assert "storage" in str(properties["KmsKeyId"])
    assert properties["VolumeSizeInGB"] == 20


def test_an_instance_takes_imdsv2_only(environment):
    properties = instance(environment()["notebooks"])
    assert properties["InstanceMetadataServiceConfiguration"] == {"MinimumInstanceMetadataServiceVersion": "2"}
    assert properties["PlatformIdentifier"] == "notebook-al2023-v1"


@pytest.mark.parametrize(("docker", "access"), [(False, "Disabled"), (True, "Enabled")])
def test_root_access_is_off_unless_docker_is_wanted(environment, docker, access):
    assert instance(environment({"docker": docker})["notebooks"])["RootAccess"] == access


def test_local_mode_may_pull_the_images_of_workloads_and_no_others(environment):
    assert not [action for action in permissions(environment()) if action.startswith("ecr:")]
    allowed = permissions(environment({"docker": True}))
    assert allowed["ecr:GetAuthorizationToken"] == ["*"]
    repositories = json.dumps(allowed["ecr:BatchGetImage"])
    assert "launchpad/dev/sklearn-custom" in repositories
    assert "repository/*" not in repositories
    assert "ecr:PutImage" not in allowed


def test_every_instance_keeps_the_same_subnet_whichever_others_there_are(templates):
    alone = templates(name="dev", region="eu-west-1", notebooks=[{"name": "b"}])["notebooks"]
    after_another = templates(name="dev", region="eu-west-1", notebooks=[{"name": "a"}, {"name": "b"}])["notebooks"]
    subnets = {
        json.dumps(resource["Properties"]["SubnetId"])
        for stack in (alone, after_another)
        for resource in resources(stack, "AWS::SageMaker::NotebookInstance").values()
    }
    assert len(subnets) == 1


@pytest.mark.parametrize(("retain", "policy"), [(True, "RetainExceptOnCreate"), (False, "Delete")])
def test_retain_data_keeps_notebook_volume_and_its_parts(environment, retain, policy):
    stack = environment(
        {"repository": "https://git.example.com/a", "repository_secret": SECRET},
        network={"nat": True},
        retain_data=retain,
    )["notebooks"]
    policies = {
        resource["Type"]: resource["DeletionPolicy"]
        for resource in stack["Resources"].values()
        if "SageMaker" in resource["Type"]
    }
    assert policies == {
        "AWS::SageMaker::NotebookInstance": policy,
        "AWS::SageMaker::NotebookInstanceLifecycleConfig": policy,
        "AWS::SageMaker::CodeRepository": policy,
    }


def test_terminals_and_kernels_know_where_the_platform_is(environment):
    script = start_script(environment()["notebooks"])
    for line in (
        "LAUNCHPAD_ENVIRONMENT=dev",
        "LAUNCHPAD_DATA_BUCKET=<launchpad-dev-storage>",
        "LAUNCHPAD_MODEL_BUCKET=<launchpad-dev-storage>",
        "LAUNCHPAD_TRAINING_ROLE_ARN=<launchpad-dev-access>",
        "LAUNCHPAD_LAUNCH_FUNCTION=<launchpad-dev-jobs>",
    ):
        assert f"\n{line}\n" in script


def test_the_config_says_when_an_instance_stops_itself(environment):
    assert " 45 no " in start_script(environment({"idle_minutes": 45})["notebooks"])


@pytest.mark.parametrize(
    ("notebook", "settings", "installed"),
    [
        ({}, {}, False),
        ({"package_index": "https://packages.example.com/simple/"}, {}, True),
        ({}, {"network": {"nat": True}}, True),
        (
            {},
            {"network": {"existing": {"vpc_id": "vpc-12345678", "subnet_ids": ["subnet-12345678", "subnet-87654321"]}}},
            True,
        ),
    ],
)
def test_the_sdk_is_installed_only_where_a_package_index_may_be_reached(environment, notebook, settings, installed):
    script = start_script(environment(notebook, **settings)["notebooks"])
    assert ("sagemaker[local]==" in script) == installed


def test_pip_uses_the_configured_index(environment):
    script = start_script(environment({"package_index": "https://packages.example.com/simple/"})["notebooks"])
    assert "\nPIP_INDEX_URL=https://packages.example.com/simple/\n" in script


def test_a_public_repository_is_cloned_by_its_url(environment):
    stack = environment({"repository": "https://git.example.com/a"}, network={"nat": True})["notebooks"]
    assert instance(stack)["DefaultCodeRepository"] == "https://git.example.com/a"


def test_a_private_repositorys_secret_can_be_read_by_the_role(environment):
    stacks = environment(
        {"repository": "https://git.example.com/a", "repository_secret": SECRET}, network={"nat": True}
    )
    repository = only(stacks["notebooks"], "AWS::SageMaker::CodeRepository")
    assert repository["GitConfig"] == {"RepositoryUrl": "https://git.example.com/a", "SecretArn": SECRET}
    assert permissions(stacks)["secretsmanager:GetSecretValue"] == [SECRET]


def test_a_notebook_may_stop_and_see_instances_of_its_environment_only(environment):
    allowed = permissions(environment())
    for action in ("sagemaker:StopNotebookInstance", "sagemaker:DescribeNotebookInstance"):
        (arn,) = allowed[action]
        assert ":notebook-instance/dev-*" in json.dumps(arn)


def test_a_notebook_can_neither_start_a_job_by_itself_nor_hand_over_a_role(environment):
    actions = permissions(environment())
    assert [action for action in actions if action.startswith(("iam:", "sagemaker:Create", "sagemaker:Start"))] == []
    assert [action for action in actions if "*" in action] == []


def test_a_notebook_reaches_the_functions_in_a_network_with_no_way_out(environment, dev):
    def services(network: dict[str, Any]) -> str:
        return json.dumps(
            [resource["Properties"]["ServiceName"] for resource in resources(network, "AWS::EC2::VPCEndpoint").values()]
        )

    assert "lambda" in services(environment()["network"])
    assert "lambda" not in services(dev["network"])


def test_a_notebook_reaches_nothing_by_a_bare_star(environment):
    assert [action for action, targets in permissions(environment()).items() if "*" in targets] == []


def test_a_notebook_cant_change_the_scripts_that_jobs_run(environment):
    denied = permissions(environment(), "Deny")
    assert set(denied) == {"s3:PutObject", "s3:DeleteObject"}
    assert "/code/*" in json.dumps(denied)


def test_a_notebook_may_deploy_only_where_a_deploy_is_allowed(environment):
    assert len(permissions(environment(direct_deploy=True, allow_serverless=True))["lambda:InvokeFunction"]) == 2
    assert len(permissions(environment(direct_deploy=False))["lambda:InvokeFunction"]) == 1
