"""An image of the environment before this one is copied, in place of built: the digest is the same in both."""

from __future__ import annotations

import io
import json
import urllib.error
import uuid
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from launchpad.catalogue import chosen_containers
from launchpad.image_builds import promoted_images
from launchpad.image_builds.assembly_images import AssemblyImage
from launchpad.image_builds.preparation import prepare_docker
from launchpad.image_builds.promoted_images import missing_promoted, take_over
from launchpad.image_builds.registry_copies import copy_image
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.promotions import denials
from launchpad.settings import load_environment
from tests.image_builds.conftest import STOPPED
from tests.local_aws.test_ecr import Registry

BUILT = chosen_containers.built_containers
CONTENT = bytes(range(256)) * 5_000
ACCOUNT = 'region: us-east-1\naccount: "123456789012"\n'


@pytest.fixture
def container() -> str:
    return f"container-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def image(container: str) -> AssemblyImage:
    """What a deploy of staging would push."""
    return AssemblyImage(f"launchpad/staging/{container}", "1", frozenset())


@pytest.fixture
def registries(aws, container) -> tuple[Registry, Registry]:
    names = [f"launchpad/{environment}/{container}" for environment in ("dev", "staging")]
    for name in names:
        aws.client("ecr").create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")
    return Registry(aws, names[0]), Registry(aws, names[1])


@pytest.fixture
def staging(aws, docker, container, monkeypatch, tmp_path: Path) -> Connection:
    """The environment that dev promotes to, with its promotion role, in the account of the registry."""
    monkeypatch.setattr(chosen_containers, "built_containers", lambda _: {container})
    (tmp_path / "dev.yaml").write_text(f"name: dev\n{ACCOUNT}promotes_to: [staging]\n")
    (tmp_path / "staging.yaml").write_text(f"name: staging\n{ACCOUNT}")
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}]}
    iam = aws.client("iam")
    if "launchpad-staging-promotion" not in [role["RoleName"] for role in iam.list_roles()["Roles"]]:
        iam.create_role(RoleName="launchpad-staging-promotion", AssumeRolePolicyDocument=json.dumps(trust))
    settings = load_environment("staging", tmp_path)
    return Connection(settings, caller={**docker.variables, **aws.environment})


def digest(registry: Registry) -> str:
    (image,) = registry.aws.client("ecr").describe_images(repositoryName=registry.name, imageIds=[{"imageTag": "1"}])[
        "imageDetails"
    ]
    return str(image["imageDigest"])


def test_the_copy_has_the_digest_of_the_source_and_every_layer(staging, image, registries):
    dev, own = registries
    dev.push("1", CONTENT)
    (line,) = take_over(staging, missing_promoted(staging, [image]), print)
    assert line == f"image {image.container} is copied from dev: {digest(dev)}"
    assert digest(own) == digest(dev)
    layer = own.push_layer(CONTENT)
    assert own.send("GET", f"/v2/{own.name}/blobs/{layer}").data == CONTENT


def test_a_copied_image_needs_no_docker(staging, docker, image, registries):
    registries[0].push("1")
    take_over(staging, missing_promoted(staging, [image]), print)
    docker.answers(version=STOPPED, refusal="Cannot connect")
    assert missing_promoted(staging, [image]) == []
    assert prepare_docker(staging, [image]) == []


def test_an_image_that_no_source_has_is_left_to_be_built(staging, image, registries):
    registries[0].push("2")
    assert take_over(staging, missing_promoted(staging, [image]), print) == []


def test_a_denied_copy_is_tried_again_while_iam_spreads_the_policy(staging, image, registries, monkeypatch):
    registries[0].push("1")
    answers = iter((403, 403))
    said: list[str] = []

    def denied_at_first(*repositories: Any) -> str:
        if code := next(answers, None):
            raise urllib.error.HTTPError("https://registry", code, "Forbidden", Message(), io.BytesIO(b"denied"))
        return copy_image(*repositories)

    monkeypatch.setattr(promoted_images, "copy_image", denied_at_first)
    monkeypatch.setattr(denials, "PAUSE", 0)
    (line,) = take_over(staging, missing_promoted(staging, [image]), said.append)
    assert digest(registries[1]) in line
    assert len(said) == 1


@pytest.mark.parametrize("lines", ["", "containers: [r-custom]\n", "workloads: [unknown]\n"])
def test_a_source_whose_config_lacks_the_container_is_not_asked(staging, monkeypatch, lines):
    """Between accounts, Amazon ECR answers 403 for a repository that does not exist."""

    def denied(*_: Any) -> str:
        raise urllib.error.HTTPError("https://registry", 403, "Forbidden", Message(), io.BytesIO(b"denied"))

    monkeypatch.setattr(chosen_containers, "built_containers", BUILT)
    monkeypatch.setattr(promoted_images, "copy_image", denied)
    monkeypatch.setattr(denials, "SECONDS", 0)
    with (staging.settings.source.parent / "dev.yaml").open("a") as file:
        file.write(lines)
    image = AssemblyImage("launchpad/staging/r-custom", "1", frozenset())
    if lines:
        with pytest.raises(LaunchpadError, match="`launchpad deploy --env dev` lets this environment in"):
            take_over(staging, [image], print)
    else:
        assert take_over(staging, [image], print) == []


def test_an_image_in_a_format_that_sagemaker_refuses_is_not_copied(staging, image, registries):
    registries[0].push("1", media_type="application/vnd.oci.image.manifest.v1+json")
    with pytest.raises(LaunchpadError, match="which SageMaker doesn't run"):
        take_over(staging, missing_promoted(staging, [image]), print)


def test_an_environment_that_nothing_promotes_to_copies_nothing(staging, image, registries):
    registries[0].push("1")
    dev = load_environment("dev", staging.settings.source.parent)
    assert missing_promoted(Connection(dev, caller=staging.caller), [image]) == []
