"""What `launchpad idle` prints of endpoints that are not used."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from launchpad.cli.commands import idle as module
from launchpad.messages.errors import LaunchpadError

UNUSED = {
    "endpoint": "dev-demo",
    "workloads": ["demo"],
    "status": "InService",
    "idle_since": "2026-11-29T03:10:00+00:00",
    "action": "keep",
    "next": "removed",
    "next_at": "2026-11-29T15:10:00+00:00",
    "reason": "no invocation for 2.0 h of 12 h",
}
GONE = {**UNUSED, "status": "Removed", "idle_since": None, "next": "", "next_at": None, "reason": "removed (idle)"}


@pytest.fixture
def printed(monkeypatch, capsys):
    """What the command prints of these rows, on stdout and on stderr."""

    def run(*rows: Any, as_json: bool = False, function: str | None = "f", **settings: bool) -> tuple[str, str]:
        own = SimpleNamespace(**{"direct_deploy": True, "removes_endpoints": True, **settings})
        monkeypatch.setattr(module, "connect", lambda _: SimpleNamespace(name="dev", settings=own))
        monkeypatch.setattr(module, "find_output", lambda *_: function)
        monkeypatch.setattr(module, "invoke", lambda *_: {"endpoints": list(rows)})
        module.idle("dev", as_json)
        output = capsys.readouterr()
        return output.out, output.err

    return run


def test_a_row_says_since_when_and_what_comes_next(printed):
    out, _ = printed(UNUSED)
    line = next(line for line in out.splitlines() if line.startswith("dev-demo"))
    assert line.split("   ") == [
        "dev-demo",
        "InService",
        "2026-11-29 03:10",
        "removed 2026-11-29 15:10",
        "no invocation for 2.0 h of 12 h",
    ]


@pytest.mark.parametrize(("action", "text"), [("report", "reported now"), ("remove", "removed now")])
def test_what_is_due_is_due_now(printed, action, text):
    assert text in printed({**UNUSED, "action": action})[0]


def test_a_removed_endpoint_names_the_command_that_brings_it_back(printed):
    assert "`launchpad serve demo --env dev` brings back" in printed(GONE)[1]


def test_json_has_every_field(printed):
    assert json.loads(printed(UNUSED, as_json=True)[0].partition("Endpoints of")[0]) == [UNUSED]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"direct_deploy": False}, "pinned endpoints are never removed"),
        ({"removes_endpoints": False}, "keeps its endpoints"),
        ({}, "run `launchpad deploy --env dev`"),
    ],
)
def test_an_environment_that_removes_none_says_why(printed, settings, message):
    with pytest.raises(LaunchpadError, match=message):
        printed(function=None, **settings)
