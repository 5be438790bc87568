"""`launchpad deploy` gets Docker ready before the CDK CLI runs, and looks at the images afterwards."""

from __future__ import annotations

import pytest

from launchpad.cli.commands.deploy import deploy
from launchpad.cli.deploying import CdkRun, images_to_push
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.settings import EnvironmentSettings
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
    monkeypatch.setattr("launchpad.cli.updating.deploy", lambda _run, _update, only, _pending: runs.append(only))
    return runs


def test_a_stopped_docker_ends_a_deploy_before_any_question(runs, docker):
    docker.answers(version=STOPPED, refusal="Cannot connect")
    with pytest.raises(LaunchpadError, match="takes Docker: extended"):
        deploy("dev", yes=True)
    assert runs == []


def test_a_part_without_images_is_deployed_without_docker(runs, docker):
    docker.answers(version=STOPPED, refusal="Cannot connect")
    deploy("dev", yes=True, only="github")
    assert runs == ["plan", "github"]


def test_a_deploy_ends_with_an_error_about_a_bad_image(runs, aws, monkeypatch):
    def push(_run: CdkRun, _update: object, _only: str | None, _pending: object) -> None:
        aws.client("ecr").create_repository(repositoryName="launchpad/dev/extended")
        Registry(aws, "launchpad/dev/extended").push("1", media_type="application/vnd.oci.image.manifest.v1+json")

    monkeypatch.setattr("launchpad.cli.updating.deploy", push)
    with pytest.raises(LaunchpadError, match="An image that exists is not pushed again"):
        deploy("dev", yes=True)
    aws.client("ecr").delete_repository(repositoryName="launchpad/dev/extended", force=True)


def test_a_deploy_to_the_local_aws_asks_for_no_docker(aws, assembly):
    assert images_to_push(Connection(SETTINGS, caller=aws.environment), assembly, None) == []
