"""What `launchpad idle` prints of endpoints that are not used."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from launchpad.cli.commands import idle as module
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import housekeeping

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
WEEKLY, HOURLY = "HousekeepingFunctionName", "IdleFunctionName"
GONE = {**UNUSED, "status": "Removed", "idle_since": None, "next": "", "next_at": None, "reason": "removed (idle)"}


NOTEBOOK = {
    "kind": "notebook instance",
    "name": "dev-team",
    "arn": "arn",
    "since": "2026-11-20T03:10:00+00:00",
    "monthly_usd": 67.5,
    "price_unknown": "",
    "action": "stop",
    "reason": "runs for 200 h: its idle stop is off, or it is in use",
    "bytes": None,
    "done": "",
}
SERVER = {**NOTEBOOK, "kind": "MLflow tracking server", "monthly_usd": None, "price_unknown": "key", "action": "report"}


@pytest.fixture
def printed(monkeypatch, capsys):
    """What the command prints of these rows, on stdout and on stderr."""

    def run(*endpoints: Any, idle: Any = (), old: Any = (), functions: Any = (WEEKLY, HOURLY), **options: Any) -> Any:
        own = SimpleNamespace(**{"direct_deploy": True, "removes_endpoints": True, **options.pop("settings", {})})
        connection = SimpleNamespace(name="dev", settings=own)
        monkeypatch.setattr(module, "connect", lambda _: connection)
        for caller in (module, housekeeping):
            monkeypatch.setattr(caller, "find_output", lambda *names: names[2] if names[2] in functions else None)
            monkeypatch.setattr(caller, "invoke", lambda _connection, name, event: answer(name, event))
        usd = sum(row["monthly_usd"] or 0 for row in idle)
        unknown = [row["price_unknown"] for row in idle if row["price_unknown"]]

        def answer(name: str, event: dict[str, Any]) -> dict[str, Any]:
            if name == HOURLY:
                return {"endpoints": list(endpoints)}
            if event["only"] == "retention":
                return {"kinds": list(old)}
            assert event["only"] == "idle"
            outcome = "" if event["dry_run"] else "stopped"
            rows = [{**row, "done": outcome if row["action"] == "stop" else ""} for row in idle]
            return {"rows": rows, "monthly_usd": usd, "unknown": unknown, "failures": ["studio: no answer"]}

        module.idle("dev", **options)
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
    document = json.loads(printed(UNUSED, idle=[NOTEBOOK], json=True)[0])
    assert (document["endpoints"], document["rows"], document["monthly_usd"]) == ([UNUSED], [NOTEBOOK], 67.5)


def test_what_is_idle_has_its_cost_and_a_sum(printed):
    out, err = printed(idle=[SERVER, NOTEBOOK])
    line = next(line for line in out.splitlines() if line.startswith("notebook instance dev-team"))
    assert [cell.strip() for cell in line.split("   ") if cell][1:4] == ["2026-11-20", "$67.50", "to be stopped"]
    assert "together $67.50 + 1 unknown price a month" in out
    assert "unknown price: key" in err


def test_old_things_are_counted_by_kind(printed):
    kind = {"unreadable": "", "bytes": None, "monthly_usd": 1.5, "oldest": "2026-01-02T03:04:05+00:00"}
    old = {**kind, "kind": "image", "count": 3, "rule": {"images_days": 120}}
    out, err = printed(old=[old, {**old, "kind": "artifact", "count": 0}])
    line = next(line for line in out.splitlines() if line.startswith("image"))
    assert line.split() == ["image", "3", "unknown", "$1.50", "2026-01-02", "images_days:", "120"]
    assert "artifact" not in out
    assert "`launchpad retention --env dev --details`" in err
    assert "no old model" in printed()[0]


def test_what_could_not_be_looked_at_is_named(printed):
    assert "not looked at or not stopped: studio: no answer" in printed()[1]


def test_stop_stops_what_the_config_names(printed):
    out, _ = printed(idle=[SERVER, NOTEBOOK], stop=True, yes=True)
    assert "stopped now" in out


def test_stop_without_anything_to_stop_says_why(printed):
    assert "`housekeeping.stop` in config/dev.yaml" in printed(idle=[SERVER], stop=True)[1]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"direct_deploy": False}, "pinned endpoints are never removed"),
        ({"removes_endpoints": False}, "keeps its endpoints"),
    ],
)
def test_an_environment_that_removes_none_says_why(printed, settings, message):
    assert message in printed(functions=(WEEKLY,), settings=settings)[1]


def test_an_environment_without_the_function_needs_a_deploy(printed):
    with pytest.raises(LaunchpadError, match="run `launchpad deploy --env dev`"):
        printed(functions=())
