"""The registry's promises: a repository per container, and images that are built from the folder and pushed to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
import pytest

from launchpad.settings import EnvironmentSettings
from stacks.platform import Platform, feature_flags
from tests.stacks.inspection import only, resources

WORKLOAD = """\
name: demo
description: A workload for tests.
image: {container: shap}
training:
  instance: {type: ml.m5.large}
  channels:
    training: {prefix: demo/training}
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("checkout")
    for name, files in {
        "containers/shap": {
            "Dockerfile": "ARG BASE_IMAGE\nFROM $BASE_IMAGE\n",
            "container.yaml": "base: {framework: sklearn}\n",
        },
        "containers/plumber": {"Dockerfile": "FROM r-base:4.5.1\n"},
        "workloads/demo": {"workload.yaml": WORKLOAD},
    }.items():
        (root / name).mkdir(parents=True)
        for file, text in files.items():
            (root / name / file).write_text(text)
    return root


@pytest.fixture(scope="module")
def platform(templates, checkout):
    return templates(checkout / "workloads", checkout / "containers", name="dev", region="eu-west-1")


@pytest.fixture(scope="module")
def images(checkout: Path) -> dict[str, dict]:
    """What the CDK CLI is to build and push, by the stack's part."""
    return _built(checkout, containers=("plumber",))


def _built(checkout: Path, **settings: object) -> dict[str, dict]:
    app = cdk.App(context=feature_flags())
    environment = EnvironmentSettings.model_validate({"name": "dev", "region": "eu-west-1", **settings})
    Platform(app, environment, checkout / "workloads", checkout / "containers")
    (assembly,) = app.synth().nested_assemblies
    return dict(_images(Path(assembly.nested_assembly.directory)))


def _images(assembly: Path) -> Iterator[tuple[str, dict]]:
    for file in assembly.glob("*.assets.json"):
        for image in json.loads(file.read_text())["dockerImages"].values():
            ((_, destination),) = image["destinations"].items()
            yield destination["repositoryName"], {**image["source"], **destination}


def test_each_containers_repository_is_immutable_and_encrypted(platform):
    repositories = resources(platform["registry"], "AWS::ECR::Repository").values()
    names = sorted(repository["Properties"]["RepositoryName"] for repository in repositories)
    assert names == ["launchpad/dev/plumber", "launchpad/dev/shap"]
    for repository in repositories:
        properties = repository["Properties"]
        assert properties["ImageTagMutability"] == "IMMUTABLE"
        assert properties["ImageScanningConfiguration"] == {"ScanOnPush": True}
        assert properties["EncryptionConfiguration"]["EncryptionType"] == "KMS"
        assert "KmsKey" in properties["EncryptionConfiguration"]


def test_an_environment_builds_what_its_workloads_need(checkout):
    assert sorted(_built(checkout)) == ["launchpad/dev/shap"]
    assert sorted(_built(checkout, containers=("plumber",))) == ["launchpad/dev/plumber", "launchpad/dev/shap"]
    assert not _built(checkout, workloads=())


def test_old_images_go_untagged_ones_first(platform):
    for repository in resources(platform["registry"], "AWS::ECR::Repository").values():
        rules = json.loads(repository["Properties"]["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
        assert [rule["selection"]["tagStatus"] for rule in rules] == ["untagged", "any"]


@pytest.mark.parametrize(("retain", "policy"), [(True, "RetainExceptOnCreate"), (False, "Delete")])
def test_images_are_deleted_with_the_environment_only_where_data_is(templates, checkout, retain, policy):
    platform = templates(
        checkout / "workloads", checkout / "containers", name="dev", region="eu-west-1", retain_data=retain
    )
    for repository in resources(platform["registry"], "AWS::ECR::Repository").values():
        assert repository["DeletionPolicy"] == policy
        assert repository["Properties"].get("EmptyOnDelete", False) is not retain


def test_an_image_is_built_for_amd64_on_the_regions_locked_base(images):
    image = images["launchpad/dev/shap"]
    assert image["platform"] == "linux/amd64"
    assert image["dockerBuildArgs"]["BASE_IMAGE"].startswith("141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-")
    assert images["launchpad/dev/plumber"]["dockerBuildArgs"] == {}


def test_an_image_is_built_with_docker_media_types(images):
    for image in images.values():
        assert image["dockerOutputs"] == ["type=docker,oci-mediatypes=false"]


def test_an_image_is_pushed_by_the_platforms_role(images, platform):
    role = only(platform["registry"], "AWS::IAM::Role")
    for image in images.values():
        assert image["assumeRoleArn"].endswith(f":role/{role['RoleName']}")


def test_the_publishing_role_pushes_to_these_repositories_only(platform):
    (policy,) = only(platform["registry"], "AWS::IAM::Role")["Policies"]
    token, push = policy["PolicyDocument"]["Statement"]
    assert (token["Action"], token["Resource"]) == ("ecr:GetAuthorizationToken", "*")
    assert len(push["Resource"]) == 2
    assert all("Fn::GetAtt" in resource for resource in push["Resource"])


def test_the_functions_and_a_parameter_name_the_image_that_is_pushed(images, platform):
    expected = f"launchpad/dev/shap:{images['launchpad/dev/shap']['imageTag']}"
    parameter = only(platform["image-shap"], "AWS::SSM::Parameter")
    assert parameter["Name"] == "/launchpad/dev/images/shap"
    assert expected in json.dumps(parameter["Value"])
    for function in resources(platform["jobs"], "AWS::Lambda::Function").values():
        assert expected in json.dumps(function["Properties"]["Environment"])


def test_a_job_may_pull_the_container_that_its_workload_names_and_no_other(platform):
    access = json.dumps(platform["access"])
    assert "repository/launchpad/dev/shap" in access
    assert "plumber" not in access


def test_another_file_is_another_image(checkout, images, tmp_path):
    changed = tmp_path / "containers" / "plumber"
    changed.mkdir(parents=True)
    (changed / "Dockerfile").write_text("FROM r-base:4.5.2\n")
    app = cdk.App(context=feature_flags())
    settings = EnvironmentSettings(name="dev", region="eu-west-1", containers=("plumber",))
    Platform(app, settings, tmp_path / "none", changed.parent)
    (assembly,) = app.synth().nested_assemblies
    (new,) = dict(_images(Path(assembly.nested_assembly.directory))).values()
    assert new["imageTag"] != images["launchpad/dev/plumber"]["imageTag"]


def test_without_containers_there_is_no_registry(templates, checkout):
    platform = templates(checkout / "none", checkout / "none", name="dev", region="eu-west-1")
    assert not [part for part in platform if part.startswith(("registry", "image"))]


def test_the_cdk_cli_waits_for_the_repository_before_it_builds_an_image(checkout, tmp_path):
    app = cdk.App(context=feature_flags(), outdir=str(tmp_path))
    settings = EnvironmentSettings(name="dev", region="eu-west-1", containers=("plumber",))
    Platform(app, settings, checkout / "workloads", checkout / "containers")
    app.synth()
    artifacts = json.loads((tmp_path / "assembly-dev" / "manifest.json").read_text())["artifacts"]
    (registry,) = [name for name in artifacts if name.startswith("devregistry") and not name.endswith(".assets")]
    manifests = [name for name in artifacts if name.startswith("devimage") and name.endswith(".assets")]
    assert len(manifests) == 2
    for name in manifests:
        assert artifacts[name]["dependencies"] == [registry]
