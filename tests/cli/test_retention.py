"""What `launchpad retention` prints, asks and has deleted."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from launchpad.cli.commands import retention as module
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import housekeeping as client
from launchpad.settings import EnvironmentSettings

NOW = "2026-11-29T12:00:00+00:00"


def kind(name: str, count: int, rule: str, **changes: Any) -> dict[str, Any]:
    return {
        "kind": name,
        "count": count,
        "bytes": None,
        "monthly_usd": 0.0,
        "price_unknown": [],
        "oldest": "2025-03-01T12:00:00+00:00" if count else None,
        "rule": {rule: 90},
        "unreadable": None,
        **changes,
    }


ARTIFACT = kind("artifact", 3, "artifacts_days", bytes=2_500_000_000, monthly_usd=5.25)
LOG = kind("job log", 2, "job_logs_days", monthly_usd=None, price_unknown=["the size of log streams"])
MODEL = kind("model", 4, "models_days")
ROW = {
    "kind": "artifact",
    "name": "dev-demo-1",
    "arn": "s3://bucket/demo/jobs/dev-demo-1/",
    "since": "2025-03-01T12:00:00+00:00",
    "monthly_usd": 5.25,
    "price_unknown": "",
    "action": "remove",
    "reason": "nothing refers to it; 638 days old; artifacts_days: 90",
    "bytes": 2_500_000_000,
    "done": "",
}


@pytest.fixture
def printed(monkeypatch, capsys):
    """What the command prints, on stdout and stderr, where the function finds these kinds and answers so when asked."""

    def run(
        *kinds: Any,
        answers: Any = (),
        deletes: bool = True,
        left_out: int = 0,
        function: str | None = "weekly",
        housekeeping: Any = None,
        **options: Any,
    ) -> tuple[str, str]:
        state = {"now": NOW, "kinds": list(kinds), "rows": [ROW], "rows_left_out": left_out, "deletes": deletes}
        remaining = iter(answers)
        settings = EnvironmentSettings.model_validate(
            {"name": "dev", "region": "eu-west-1", "housekeeping": housekeeping or {}}
        )

        def invoke(_connection: Any, name: str, event: dict[str, Any]) -> Any:
            assert (name, event["only"]) == ("weekly", "retention")
            if event["dry_run"]:
                return dict(state)
            assert event["now"] == NOW  # what is deleted is what was shown
            return next(remaining)

        monkeypatch.setattr(module, "connect", lambda _: SimpleNamespace(name="dev", settings=settings))
        monkeypatch.setattr(client, "find_output", lambda *_: function)
        monkeypatch.setattr(client, "invoke", invoke)
        module.retention("dev", **options)
        output = capsys.readouterr()
        assert next(remaining, None) is None
        return output.out, output.err

    return run


def cells(out: str, first: str) -> list[str]:
    line = next(line for line in out.splitlines() if line.startswith(first))
    return [cell.strip() for cell in line.split("   ") if cell.strip()]


def test_each_kind_has_number_size_cost_age_and_rule(printed):
    out, err = printed(ARTIFACT, MODEL)
    assert cells(out, "artifact") == ["artifact", "3", "2.5 GB", "$5.25", "2025-03-01", "artifacts_days: 90"]
    assert cells(out, "model") == ["model", "4", "$0.00", "2025-03-01", "models_days: 90"]
    assert "`launchpad retention --env dev --apply` deletes it now" in err


@pytest.mark.parametrize(
    ("housekeeping", "words"),
    [
        ({}, "it is deleted on schedule, cron(0 6 ? * MON *);"),
        ({"schedule": "rate(1 day)"}, "it is deleted on schedule, rate(1 day);"),
        ({"enabled": False}, "it stays;"),
    ],
)
def test_when_it_is_deleted_is_said_as_the_config_has_it(printed, housekeeping, words):
    assert words in printed(ARTIFACT, housekeeping=housekeeping)[1]


def test_what_is_unknown_is_called_so(printed):
    out, err = printed(LOG, kind("image", 0, "images_days", unreadable="can't be read: denied"))
    assert cells(out, "job log") == ["job log", "2", "unknown", "unknown", "2025-03-01", "job_logs_days: 90"]
    assert cells(out, "image")[1] == "unknown"
    assert "unknown price: the size of log streams" in err
    assert "image: can't be read: denied" in err


def test_a_rule_that_never_applies_says_so(printed):
    never = {**kind("image", 0, "images_days"), "rule": {"images_days": 0}}
    assert "images_days: 0 (never)" in printed(never)[0]


def test_details_list_each_with_its_reason(printed):
    out, err = printed(ARTIFACT, details=True, left_out=7)
    assert "artifact dev-demo-1" in out
    assert "nothing refers to it; 638 days old" in out
    assert "and 7 smaller ones" in err


def test_an_environment_that_only_reports_says_how_to_delete(printed):
    assert "write `retention: {delete: true}` into config/dev.yaml, then deploy" in printed(ARTIFACT, deletes=False)[1]


def test_apply_is_refused_where_the_config_only_reports(printed):
    with pytest.raises(LaunchpadError, match="only reports what is old: write `retention:"):
        printed(ARTIFACT, deletes=False, apply=True, yes=True)


def test_apply_calls_until_nothing_is_left(printed):
    answers = [
        {"removed": {"artifact": 2}, "failures": [], "left": 5},
        {"removed": {"artifact": 1, "model": 4}, "failures": [], "left": 0},
    ]
    out, err = printed(ARTIFACT, MODEL, answers=answers, apply=True, yes=True)
    assert "deleted: 3 x artifact, 4 x model" in out
    assert "S3 keeps deleted objects as noncurrent versions, which cost as much, for 90 days more" in err


def test_apply_ends_where_no_call_deletes_any_more(printed):
    answers = [{"removed": {}, "failures": ["artifact dev-demo-1: AccessDenied"], "left": 2}]
    with pytest.raises(LaunchpadError, match="AWS kept artifact dev-demo-1: AccessDenied"):
        printed(ARTIFACT, answers=answers, apply=True, yes=True)


def test_apply_asks_and_deletes_nothing_without_a_yes(printed, monkeypatch):
    questions = []

    def confirm(question: str, **_: Any) -> None:
        questions.append(question)
        raise typer.Abort

    monkeypatch.setattr("typer.confirm", confirm)
    with pytest.raises(typer.Abort):
        printed(ARTIFACT, MODEL, apply=True)
    assert questions == ["Delete 3 x artifact, 4 x model (2.5 GB where the size is known) in dev?"]


def test_apply_with_nothing_old_asks_nothing(printed):
    assert "nothing is old" in printed(kind("model", 0, "models_days"), apply=True)[1]


def test_json_has_every_field_and_what_was_deleted(printed):
    answers = [{"removed": {"artifact": 3}, "failures": [], "left": 0}]
    document = json.loads(printed(ARTIFACT, answers=answers, apply=True, yes=True, json=True)[0])
    assert document["kinds"] == [ARTIFACT]
    assert document["rows"] == [ROW]
    assert document["deleted"] == {"removed": {"artifact": 3}, "failures": []}


def test_an_environment_without_the_function_needs_a_deploy(printed):
    with pytest.raises(LaunchpadError, match="run `launchpad deploy --env dev`"):
        printed(function=None)
