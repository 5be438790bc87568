"""`launchpad deploy` gets Docker ready before the CDK CLI runs, and looks at the images afterwards."""

from __future__ import annotations

import json

import pytest

from launchpad.cli.commands.deploy import deploy
from launchpad.cli.deploying import CdkRun, images_to_push
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.settings import EnvironmentSettings, load_environment
from tests.image_builds.conftest import STOPPED
from tests.local_aws.test_ecr import Registry

SETTINGS = EnvironmentSettings(name="dev", region="us-east-1")


@pytest.fixture
def runs(aws, docker, assembly, monkeypatch) -> list[str | None]:
    """The plan and the runs of the CDK CLI, which do nothing; the command takes the account for one on AWS."""
    connection = Connection(SETTINGS, caller=docker.variables)
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    runs: list[str | None] = []
    monkeypatch.setattr("launchpad.cli.commands.deploy.connect", lambda _: connection)
    monkeypatch.setattr("launchpad.cli.commands.deploy.synthesize_what_is_right", lambda *_: assembly)
    monkeypatch.setattr("launchpad.cli.commands.deploy.stop_at_problems", lambda *_: None)
    monkeypatch.setattr("launchpad.cli.commands.deploy.read_stacks", lambda _: {})
    monkeypatch.setattr("launchpad.cli.updating.plan", lambda *_, **__: runs.append("plan"))
    monkeypatch.setattr("launchpad.cli.updating.deploy", lambda _run, _update, only, *_: runs.append(only))
    return runs


@pytest.fixture
def promoted_to(aws, docker, monkeypatch, tmp_path):
    """The same environment, to which another one promotes."""
    monkeypatch.setattr("launchpad.catalogue.chosen_containers.built_containers", lambda _: {"extended"})
    folder = tmp_path / "configs"
    folder.mkdir()
    account = 'region: us-east-1\naccount: "123456789012"\n'
    (folder / "lab.yaml").write_text(f"name: lab\n{account}promotes_to: [dev]\n")
    (folder / "dev.yaml").write_text(f"name: dev\n{account}")
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}]}
    role = {"RoleName": "launchpad-dev-promotion", "AssumeRolePolicyDocument": json.dumps(trust)}
    aws.client("iam").create_role(**role)
    caller = {name: value for name, value in docker.variables.items() if name != "AWS_ENDPOINT_URL"}  # as on AWS
    connection = Connection(load_environment("dev", folder), caller=caller)
    monkeypatch.setattr("launchpad.cli.commands.deploy.connect", lambda _: connection)
    yield connection
    aws.client("iam").delete_role(RoleName=role["RoleName"])


def test_a_stopped_docker_ends_a_deploy_before_any_question(runs, docker):
    docker.answers(version=STOPPED, refusal="Cannot connect")
    with pytest.raises(LaunchpadError, match="takes Docker: extended"):
        deploy("dev", yes=True)
    assert runs == []


def test_a_part_without_images_is_deployed_without_docker(runs, docker):
    docker.answers(version=STOPPED, refusal="Cannot connect")
    deploy("dev", yes=True, only="github")
    assert runs == ["plan", "github"]


def test_an_image_of_the_environment_before_is_copied_first(runs, aws, docker, promoted_to):
    ecr = aws.client("ecr")
    for repository in ("launchpad/lab/extended", "launchpad/dev/extended"):
        ecr.create_repository(repositoryName=repository)
    Registry(aws, "launchpad/lab/extended").push("1")
    docker.answers(version=STOPPED, refusal="Cannot connect")
    deploy("dev", yes=True)
    assert runs == ["plan", "promotion", "plan", None]
    images = [
        ecr.describe_images(repositoryName=f"launchpad/{environment}/extended")["imageDetails"][0]["imageDigest"]
        for environment in ("lab", "dev")
    ]
    assert images[0] == images[1]
    for repository in ("launchpad/lab/extended", "launchpad/dev/extended"):
        ecr.delete_repository(repositoryName=repository, force=True)


def test_a_deploy_ends_with_an_error_about_a_bad_image(runs, aws, monkeypatch):
    def push(_run: CdkRun, _update: object, _only: str | None, *_others: object) -> None:
        aws.client("ecr").create_repository(repositoryName="launchpad/dev/extended")
        Registry(aws, "launchpad/dev/extended").push("1", media_type="application/vnd.oci.image.manifest.v1+json")

    monkeypatch.setattr("launchpad.cli.updating.deploy", push)
    with pytest.raises(LaunchpadError, match="An image that exists is not pushed again"):
        deploy("dev", yes=True)
    aws.client("ecr").delete_repository(repositoryName="launchpad/dev/extended", force=True)


def test_a_deploy_to_the_local_aws_asks_for_no_docker(aws, assembly):
    assert images_to_push(Connection(SETTINGS, caller=aws.environment), assembly, None) == []
