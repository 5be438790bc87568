"""Docker is got ready for the images that have to be built, and for no others; what was pushed is looked at."""

from __future__ import annotations

import uuid

import pytest
import urllib3

from launchpad.image_builds.assembly_images import AssemblyImage
from launchpad.image_builds.preparation import check_pushed, prepare_docker
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.settings import EnvironmentSettings
from tests.image_builds.conftest import STOPPED
from tests.local_aws.test_ecr import Registry

BASE = "763104351884.dkr.ecr.eu-west-1.amazonaws.com"
OCI = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture
def connection(aws, docker, monkeypatch) -> Connection:
    """An environment that is not `local`, in the account that the local AWS stands for."""
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    settings = EnvironmentSettings(name="dev", region="us-east-1")
    return Connection(settings, caller={**docker.variables, **aws.environment})


@pytest.fixture
def image() -> AssemblyImage:
    return AssemblyImage(f"launchpad/dev/{uuid.uuid4().hex[:8]}", "1", frozenset({BASE}))


@pytest.fixture
def registry(aws, image) -> Registry:
    aws.client("ecr").create_repository(repositoryName=image.repository, imageTagMutability="IMMUTABLE")
    return Registry(aws, image.repository)


def test_docker_is_logged_in_to_the_registry_of_a_base(connection, docker, image):
    assert prepare_docker(connection, [image]) == [BASE]
    assert docker.calls[-1] == f"login --username AWS --password-stdin {BASE}"
    assert len((docker.folder / "password").read_text()) > 20


def test_one_login_serves_all_images_on_the_same_base(connection, docker, image):
    other = AssemblyImage("launchpad/dev/other", "1", image.base_registries)
    prepare_docker(connection, [image, other])
    assert [call for call in docker.calls if call.startswith("login")] == docker.calls[-1:]


def test_an_existing_image_needs_neither_docker_nor_a_login(connection, docker, image, registry):
    registry.push("1")
    docker.answers(version=STOPPED, refusal="Cannot connect")
    assert prepare_docker(connection, [image]) == []
    assert docker.calls == []


def test_a_deploy_without_images_asks_nothing(connection, docker):
    assert prepare_docker(connection, []) == []
    assert docker.calls == []


def test_a_stopped_docker_is_one_error_that_names_the_images(connection, docker, image):
    docker.answers(version=STOPPED, refusal="Cannot connect")
    with pytest.raises(LaunchpadError, match=rf"takes Docker: {image.container}\. .*start Docker"):
        prepare_docker(connection, [image])


def test_a_refused_login_keeps_the_password_to_itself(connection, docker, image):
    docker.answers(login="refused, with the password in its words")
    with pytest.raises(LaunchpadError, match=f"could not log in to {BASE}") as error:
        prepare_docker(connection, [image])
    assert (docker.folder / "password").read_text() not in str(error.value)
    assert "***" in str(error.value)


@pytest.mark.parametrize("media_type", [OCI, "application/vnd.oci.image.index.v1+json"])
def test_a_pushed_image_that_sagemaker_cannot_run_is_refused(connection, image, registry, media_type):
    assert registry.push("1", media_type=media_type).status == 201
    with pytest.raises(LaunchpadError) as error:
        check_pushed(connection, [image])
    assert f"{image} ({media_type})" in str(error.value)
    assert f"batch-delete-image --region us-east-1 --repository-name {image.repository} --image" in str(error.value)
    assert "docker image rm --force cdkasset-1" in str(error.value)


def test_it_is_refused_again_before_the_next_deploy(connection, docker, image, registry):
    registry.push("1", media_type=OCI)
    with pytest.raises(LaunchpadError, match="is not pushed again"):
        prepare_docker(connection, [image])
    assert docker.calls == []


def test_the_remedy_makes_room_for_a_good_image(connection, aws, image, registry):
    registry.push("1", media_type=OCI)
    aws.client("ecr").batch_delete_image(repositoryName=image.repository, imageIds=[{"imageTag": "1"}])
    registry.push("1")
    check_pushed(connection, [image])


def test_the_password_that_docker_gets_is_amazon_ecrs(connection, docker, aws, image):
    prepare_docker(connection, [image])
    password = (docker.folder / "password").read_text()
    headers = urllib3.make_headers(basic_auth=f"AWS:{password}")
    assert urllib3.request("GET", f"{aws.url}/v2/", headers=headers).status == 200
