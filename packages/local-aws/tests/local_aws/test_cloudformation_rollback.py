"""A deploy that fails rolls back, and the next one works: through the real CDK CLI, as users meet it."""

from __future__ import annotations

import pytest

from tests.local_aws.cdk import cdk, deploy, synthesize
from tests.local_aws.launcher import HERE

APP = HERE / "cdk_app" / "notebooks.py"
REASON = r"(?s)OnStart: exec format.*error"
"""The CLI breaks its lines where it likes."""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("cdk")


@pytest.fixture(scope="module")
def assemblies(home):
    folders = [home / "bad", home / "good"]
    synthesize(APP, home, *folders)
    return folders


@pytest.fixture
def bootstrapped(plain_aws, home, assemblies):
    cdk(plain_aws, home, "bootstrap", "aws://123456789012/us-east-1", "--app", str(assemblies[0]))
    yield plain_aws
    cdk(plain_aws, home, "destroy", "--all", "--force", "--app", str(assemblies[1]))


def status(aws):
    return aws.client("cloudformation").describe_stacks(StackName="Notebooks")["Stacks"][0]["StackStatus"]


def test_a_failed_deploy_rolls_back_and_the_next_one_works(bootstrapped, home, assemblies, sagemaker):
    bad, good = assemblies
    with pytest.raises(AssertionError, match=REASON):
        deploy(bootstrapped, home, bad)
    assert status(bootstrapped) == "ROLLBACK_COMPLETE"
    assert notebooks(sagemaker) == []
    name = deploy(bootstrapped, home, good)["Notebooks"]["Name"]
    assert notebooks(sagemaker) == [name]
    with pytest.raises(AssertionError, match=REASON):
        deploy(bootstrapped, home, bad)
    assert status(bootstrapped) == "UPDATE_ROLLBACK_COMPLETE"
    before = sagemaker.describe_notebook_instance(NotebookInstanceName=name)
    assert (before["NotebookInstanceStatus"], before["InstanceType"]) == ("InService", "ml.t3.medium")
    assert deploy(bootstrapped, home, good)["Notebooks"]["Name"] == name


def notebooks(sagemaker):
    instances = sagemaker.list_notebook_instances(NameContains="Notebooks-Team")["NotebookInstances"]
    return [item["NotebookInstanceName"] for item in instances]
