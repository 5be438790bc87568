"""What leads from a trained model to an endpoint: the approval, and the lines that pin it, ready to paste."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from launchpad.catalogue.pinned_endpoints import load_pins
from launchpad.cli.commands.run import next_step
from launchpad.cli.pinning import pinned_artifact, pinned_package, show_blocked_pins, show_what_comes_next
from launchpad.platform_client import platform
from launchpad.platform_client.model_packages import Version
from launchpad.settings import load_environment

WORKLOAD = "boston-housing"
ARTIFACT = f"s3://models/{WORKLOAD}/models/dev-{WORKLOAD}-7/0123456789abcdef/model.tar.gz"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
ARN = f"arn:aws:sagemaker:eu-west-1:123456789012:model-package/qa-{WORKLOAD}/7"


@pytest.fixture
def following_steps(monkeypatch, capsys):
    """What is printed about a version with a status, in an environment that serves directly or not."""
    monkeypatch.setattr("launchpad.cli.pinning.key_arn", lambda _connection: KEY)

    def printed(status: str, *, direct_deploy: bool, promotes_to: tuple[str, ...] = ()) -> tuple[str, str]:
        settings = SimpleNamespace(direct_deploy=direct_deploy, promotes_to=promotes_to)
        connection: Any = SimpleNamespace(name="qa", settings=settings)
        version = Version(ARN, status, datetime(2026, 11, 28, tzinfo=UTC), ARTIFACT, {"r2": 0.6})
        show_what_comes_next(connection, WORKLOAD, version)
        output = capsys.readouterr()
        return output.out, output.err

    return printed


@pytest.mark.parametrize("lines", [pinned_artifact(WORKLOAD, ARTIFACT, KEY), pinned_package(WORKLOAD, ARN)])
def test_the_printed_lines_are_a_pin_that_validate_accepts(tmp_path, lines):
    (tmp_path / "qa.yaml").write_text(f"name: qa\nregion: eu-west-1\n{lines}\n")
    (pin,) = load_pins(load_environment("qa", tmp_path))
    assert pin.definition["name"] == WORKLOAD


def test_a_version_that_waits_names_the_command_that_approves_it(following_steps):
    output, hint = following_steps("PendingManualApproval", direct_deploy=False)
    assert "waits for approval: `launchpad approve boston-housing --version 7 --env qa`" in " ".join(hint.split())
    assert output == ""


def test_an_approved_version_is_pinned_where_it_was_registered(following_steps):
    output, hint = following_steps("Approved", direct_deploy=False)
    assert pinned_package(WORKLOAD, ARN) in output
    assert pinned_artifact(WORKLOAD, ARTIFACT, KEY) in output
    assert "config/qa.yaml" in hint


def test_where_models_are_served_directly_the_artifact_is_pinned_elsewhere(following_steps):
    output, _ = following_steps("Approved", direct_deploy=True)
    assert output.strip() == pinned_artifact(WORKLOAD, ARTIFACT, KEY)


def test_where_models_are_promoted_the_command_is_named(following_steps):
    output, hint = following_steps("Approved", direct_deploy=True, promotes_to=("staging",))
    assert "`launchpad promote boston-housing --from qa --to staging --pull-request`" in " ".join(hint.split())
    assert output == ""


def test_before_a_rejection_the_pins_that_it_stops_are_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("launchpad.settings.environment_names", lambda: ["prod", "qa"])
    monkeypatch.setattr("launchpad.settings.load_environment", lambda name: load_environment(name, tmp_path))
    (tmp_path / "prod.yaml").write_text("name: prod\nregion: eu-west-1\n")
    (tmp_path / "qa.yaml").write_text(f"name: qa\nregion: eu-west-1\n{pinned_package(WORKLOAD, ARN)}\n")
    show_blocked_pins(ARN)
    hint = " ".join(capsys.readouterr().err.split())
    assert "config/qa.yaml pins it for boston-housing: rejected, it stops each deploy that makes its model anew" in hint
    assert "`launchpad rollback boston-housing --env qa --pull-request`" in hint
    assert "prod" not in hint


def test_a_config_with_mistakes_stops_no_rejection(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("launchpad.settings.environment_names", lambda: ["prod"])
    monkeypatch.setattr("launchpad.settings.load_environment", lambda name: load_environment(name, tmp_path))
    (tmp_path / "prod.yaml").write_text("name: prod\nregion: eu-west-1\nregions: 1\n")
    show_blocked_pins(ARN)
    assert "whether config/prod.yaml pins it is not known: " in " ".join(capsys.readouterr().err.split())


def test_a_rejected_version_leads_to_no_endpoint(following_steps):
    assert following_steps("Rejected", direct_deploy=False) == ("", "")


def test_an_environment_without_the_keys_output_pins_without_a_key(monkeypatch):
    outputs = {"StackName": "launchpad-qa-storage", "Outputs": []}
    cloudformation = SimpleNamespace(describe_stacks=lambda **_: {"Stacks": [outputs]})
    connection: Any = SimpleNamespace(name="qa", client=lambda _service: cloudformation)
    assert platform.key_arn(connection) is None
    assert "model_data_key" not in pinned_artifact(WORKLOAD, ARTIFACT, None)


@pytest.mark.parametrize(("direct_deploy", "command"), [(True, "launchpad serve"), (False, "launchpad pipeline run")])
def test_run_advises_what_the_environment_allows(direct_deploy, command):
    settings: Any = SimpleNamespace(name="qa", direct_deploy=direct_deploy)
    assert f"`{command} boston-housing --env qa`" in next_step(settings, WORKLOAD)
