"""What `launchpad history` prints of changes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from launchpad.cli.commands import history as module
from launchpad.platform_client.history import Change

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


@pytest.fixture
def printed(monkeypatch, capsys):
    """What the command prints of these changes, on stdout and on stderr."""

    def run(*changes: Change, direct_deploy: bool = True, as_json: bool = False) -> tuple[str, str]:
        settings = SimpleNamespace(direct_deploy=direct_deploy)
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
    assert "`git log -p config/dev.yaml` has what it pinned before" in printed(CURRENT, direct_deploy=False)[1]
