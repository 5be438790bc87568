"""What `launchpad history` prints of changes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from launchpad.cli.commands import history as module
from launchpad.platform_client.history import Change
from launchpad.settings import PinnedEndpoint

CURRENT = Change(
    time=datetime(2026, 11, 28, 12, tzinfo=UTC),
    endpoint_config="c2",
    job="dev-boston-housing-2",
    by="pipeline",
    outcome="current",
    metrics={"r2": 0.75, "mse": 40.0},
    run="nightly-1",
    origin={"commit": "", "dirty": False, "by": "ada"},
)
FAILED = Change(
    time=datetime(2026, 11, 28, 11, tzinfo=UTC),
    endpoint_config="c1",
    job="dev-boston-housing-1",
    by="serve",
    outcome="failed",
    reason="ping\nfailed",
)


PROMOTED = {
    "from": "lab",
    "model_package": "arn:aws:sagemaker:eu-west-1:111111111111:model-package/lab-boston-housing/7",
    "artifact": "s3://of-lab/boston-housing/models/lab-boston-housing-7/0123456789abcdef/model.tar.gz",
    "key": "arn:aws:kms:eu-west-1:111111111111:key/01234567-89ab-cdef-0123-456789abcdef",
    "sha256": "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
    "trained": {"commit": "0a1b2c3d", "by": "ada"},
}


@pytest.fixture
def printed(monkeypatch, capsys):
    """What the command prints of these changes, on stdout and on stderr."""

    pin = PinnedEndpoint.model_validate({"workload": "boston-housing", "promoted": PROMOTED})

    def run(*changes: Change, direct_deploy: bool = True, as_json: bool = False) -> tuple[str, str]:
        settings = SimpleNamespace(direct_deploy=direct_deploy, endpoints=[pin])
        monkeypatch.setattr(module, "connect", lambda _: SimpleNamespace(name="dev", settings=settings))
        monkeypatch.setattr(module, "find_platform", lambda _: None)
        monkeypatch.setattr(module, "changes", lambda *_: list(changes))
        module.history("boston-housing", "dev", 20, as_json)
        output = capsys.readouterr()
        return output.out, output.err

    return run


def test_a_change_shows_what_asked_for_it_and_who(printed):
    cells = ["2026-11-28 12:00:00", CURRENT.job, "mse 40  r2 0.75", "pipeline nightly-1 (ada)", "current"]
    assert [str(cell) for cell in module._row(CURRENT)] == cells
    assert "Endpoint of boston-housing" in printed(CURRENT)[0]


def test_the_reason_of_a_failed_change_is_one_line_below_the_table(printed):
    _, notes = printed(CURRENT, FAILED)
    assert "2026-11-28 11:00:00 dev-boston-housing-1: ping failed" in notes.splitlines()


def test_json_has_all_that_is_recorded(printed):
    change, _ = json.loads(printed(CURRENT, FAILED, as_json=True)[0])
    assert (change["time"], change["origin"]["by"]) == ("2026-11-28T12:00:00+00:00", "ada")
    assert change["metrics"] == {"r2": 0.75, "mse": 40.0}


def test_an_endpoint_that_was_never_served_names_the_command_that_does(printed):
    assert "`launchpad serve boston-housing --env dev` does" in printed()[0]


def test_an_endpoint_that_a_config_pins_is_made_by_a_deploy(printed):
    assert "config/dev.yaml pins is served by the next `launchpad deploy" in printed(direct_deploy=False)[0]


def test_where_a_config_pins_the_history_is_in_git(printed):
    notes = " ".join(printed(CURRENT, direct_deploy=False)[1].split())
    assert "config/dev.yaml pins version 7 from lab" in notes
    assert "commit 0a1b2c3d, trained by ada" in notes
    assert "`git log -p config/dev.yaml` has what it pinned before" in notes
