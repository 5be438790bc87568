"""How each change of an endpoint ended is concluded, and a rollback goes to what was served before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from launchpad.cli.pinning import earlier_pin
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import history, rollback
from launchpad.platform_client.candidates import Candidate
from launchpad.platform_client.change_outcomes import Change, judged
from launchpad.platform_client.history import changes, removed_last
from launchpad.platform_client.rollback import choose, previous, rolled_back, target

BEGIN = datetime(2026, 11, 28, tzinfo=UTC)
PIN: dict[str, Any] = {
    "workload": "demo",
    "model_data": None,
    "model_data_key": None,
    "model_package": None,
    "preprocessors_from": lambda _: {},
}


def state(config: str, status: str = "InService", reason: str = "") -> dict[str, str]:
    return {"endpoint_config": config, "status": status, "reason": reason}


def record(config: str, before: Any, **more: Any) -> dict[str, Any]:
    """The record of a change to `config`, which serves the job of the same name."""
    own = {"endpoint_config": config, "job": config, "before": before, "outcome": "asked", "by": "serve"}
    empty = {"model": "m", "model_data": "", "metrics": {}, "run": "", "origin": {}, "restores": ""}
    return {**own, **empty, **more}


def ended(*records: dict[str, Any], now: Any) -> list[Change]:
    """The changes, of records in the order of time."""
    moments = [(BEGIN + timedelta(minutes=number)).isoformat() for number in range(len(records))]
    items = [(str(number), {**item, "time": moments[number]}) for number, item in enumerate(records)]
    return list(judged(iter(reversed(items)), now))


def outcomes(*records: dict[str, Any], now: Any) -> list[tuple[str, str]]:
    return [(change.job, change.outcome) for change in ended(*records, now=now)]


FIRST, SECOND = record("a", None), record("b", state("a"))
BACK = record("a", state("b"), by="rollback", restores="0")


def test_what_the_endpoint_serves_is_current():
    assert outcomes(FIRST, SECOND, now=state("b")) == [("b", "current"), ("a", "served")]


def test_an_update_that_failed_is_failed_with_the_endpoints_reason():
    newest, first = ended(FIRST, SECOND, now=state("a", reason="ping failed"))
    assert (newest.outcome, newest.reason, first.outcome) == ("failed", "ping failed", "current")


def test_a_failed_update_stays_failed_after_a_later_one():
    later = record("c", state("a", reason="ping failed"))
    assert outcomes(FIRST, SECOND, later, now=state("c")) == [("c", "current"), ("b", "failed"), ("a", "served")]
    assert ended(FIRST, SECOND, later, now=state("c"))[1].reason == "ping failed"


def test_an_update_that_goes_on_is_changing():
    assert outcomes(FIRST, SECOND, now=state("a", "Updating")) == [("b", "changing"), ("a", "current")]


def test_a_refused_change_is_refused_and_the_one_before_stays_current():
    refused = record("c", state("b"), outcome="refused", reason="busy")
    assert outcomes(FIRST, SECOND, refused, now=state("b"))[:2] == [("c", "refused"), ("b", "current")]


def test_a_first_endpoint_that_failed_is_failed():
    assert outcomes(FIRST, now=state("a", "Failed", "ping failed")) == [("a", "failed")]


def test_a_failed_endpoint_is_known_from_a_refused_change_after_it_is_gone():
    refused = record("b", state("a", "Failed", "ping failed"), outcome="refused", reason="has failed")
    assert outcomes(FIRST, refused, now=None) == [("b", "refused"), ("a", "failed")]


def test_whether_a_deleted_endpoint_ever_served_is_unknown():
    assert outcomes(FIRST, record("b", None), now=state("b")) == [("b", "current"), ("a", "unknown")]


def test_a_change_by_other_means_does_not_make_the_last_one_failed():
    (newest,) = ended(FIRST, now=state("other"))
    assert newest.outcome == "unknown"
    assert "changed by other means" in newest.reason


def removal(config: str, why: str = "idle") -> dict[str, Any]:
    return record(config, state(config), event="removed", why=why, by="idle")


@pytest.mark.parametrize(("why", "reason"), [("idle", "no invocation for too long"), ("hours", "outside its opening")])
def test_an_idle_or_closed_endpoint_was_removed_for_a_reason(why, reason):
    newest, first = ended(FIRST, removal("a", why), now=None)
    assert (newest.outcome, first.outcome) == ("removed", "served")
    assert reason in newest.reason


def test_what_is_served_after_a_removal_is_current():
    again = record("a", None, restores="1")
    assert outcomes(FIRST, removal("a"), again, now=state("a"))[::2] == [("a", "current"), ("a", "served")]


def test_a_removal_is_nothing_to_roll_back_to():
    history = ended(FIRST, SECOND, removal("b"), record("b", None, restores="2"), now=state("b"))
    chosen = previous(history)
    assert chosen is not None
    assert (chosen.job, chosen.outcome) == ("a", "served")


@pytest.mark.parametrize(
    ("records", "now", "last"),
    [
        ([FIRST, removal("a")], None, True),
        ([FIRST, removal("a"), record("b", None, outcome="refused", reason="busy")], None, True),
        ([FIRST, removal("a"), record("a", None)], state("a"), False),
        ([FIRST, removal("a")], state("a", "Updating"), False),
        ([FIRST], None, False),
    ],
)
def test_a_removal_counts_until_something_is_served_again(records, now, last):
    assert (removed_last(ended(*records, now=now)) is not None) is last


def test_another_model_of_a_shared_endpoint_is_another_change():
    first, second = (record("a", before, target_model=name) for name, before in (("1", None), ("2", state("a"))))
    history = ended(first, second, now=state("a"))
    assert [change.outcome for change in history] == ["current", "served"]
    chosen = previous(history)
    assert chosen is not None
    assert chosen.target_model == "1"


@pytest.fixture
def listed(monkeypatch):
    """The changes that are listed of records in the order of time, and of an endpoint that serves `config`."""

    def run(*records: dict[str, Any], config: str, limit: int | None = None) -> list[tuple[str, str]]:
        moments = [(BEGIN + timedelta(minutes=number)).isoformat() for number in range(len(records))]
        items = [(str(number), {**item, "time": moments[number]}) for number, item in enumerate(records)]
        endpoint = {"EndpointConfigName": config, "EndpointStatus": "InService", "FailureReason": "ping failed"}
        described = {"CreationTime": BEGIN - timedelta(days=1)}
        sagemaker = SimpleNamespace(describe_endpoint_config=lambda **_: described)
        connection: Any = SimpleNamespace(
            name="dev", settings=SimpleNamespace(direct_deploy=True), client=lambda _: sagemaker
        )
        monkeypatch.setattr(history, "_describe", lambda *_: endpoint)
        monkeypatch.setattr(history, "_records", lambda *_: iter(reversed(items)))
        monkeypatch.setattr(history, "config_artifact", lambda *_: ("model", "s3://b/demo/jobs/dev-demo-0/output/m"))
        return [(change.job, change.outcome) for change in changes(connection, PLATFORM, "demo", limit)]

    return run


def test_an_endpoint_older_than_the_records_is_listed_by_its_configuration(listed):
    failed = record("b", state("older"))
    assert listed(failed, config="older") == [("b", "failed"), ("dev-demo-0", "current")]


def test_the_limit_leaves_the_oldest_changes_out(listed):
    assert listed(FIRST, SECOND, config="b", limit=1) == [("b", "current")]
    assert listed(FIRST, SECOND, config="a", limit=1) == [("b", "failed")]


def test_a_rollback_goes_to_what_was_served_before():
    assert target(ended(FIRST, SECOND, now=state("b")), "demo").job == "a"


def test_a_second_rollback_does_not_return_to_what_the_first_one_left():
    history = ended(
        record("z", None),
        record("a", state("z")),
        record("b", state("a")),
        record("a", state("b"), by="rollback", restores="1"),
        now=state("a"),
    )
    chosen = previous(history)
    assert chosen is not None
    assert chosen.job == "z"


def test_a_failed_change_is_nothing_to_go_back_to():
    later = record("c", state("a", reason="ping failed"))
    assert target(ended(FIRST, SECOND, later, now=state("c")), "demo").job == "a"


@pytest.mark.parametrize(
    ("records", "now", "job", "message"),
    [
        ([FIRST], state("a"), None, "nothing was served before a"),
        ([FIRST, SECOND], state("a", reason="ping failed"), None, "the newest change, to b, failed, so 'demo' still"),
        ([FIRST, SECOND], state("a", "Updating"), None, "is still changing; wait for its end"),
        ([FIRST], None, None, "is not in service: `launchpad history demo`"),
        ([FIRST, SECOND], state("b"), "b", "'demo' serves b already"),
        ([FIRST, SECOND], state("a", reason="ping failed"), "b", r"b never came into service \(failed: ping failed\)"),
        ([FIRST, SECOND], state("b"), "x", "'demo' never served x; it served b, a; a new one is for a"),
    ],
)
def test_a_rollback_that_leads_nowhere_is_refused_with_the_reason(records, now, job, message):
    with pytest.raises(LaunchpadError, match=message):
        target(ended(*records, now=now), "demo", job)


@pytest.mark.parametrize(
    ("records", "job", "command"),
    [
        ([FIRST], None, "another job is for a data scientist to serve: `launchpad serve demo --job JOB --env dev`"),
        ([FIRST, SECOND], "x", "is for a data scientist to serve: `launchpad serve demo --job x --env dev`"),
    ],
)
def test_a_rollback_names_whose_command_serves_another_job(records, job, command):
    current = state(records[-1]["job"])
    with pytest.raises(LaunchpadError) as refusal:
        target(ended(*records, now=current), "demo", job, "dev")
    assert command in str(refusal.value)


def test_a_named_job_is_gone_back_to():
    later = record("c", state("b"))
    assert target(ended(FIRST, SECOND, later, now=state("c")), "demo", "a").name == "0"


def test_a_job_that_was_rolled_back_is_known_until_it_is_served_again():
    assert rolled_back(ended(FIRST, SECOND, BACK, now=state("a"))).keys() == {"b"}
    again = record("b", state("a"))
    assert rolled_back(ended(FIRST, SECOND, BACK, again, now=state("b"))) == {}


def test_serve_takes_what_was_served_before_a_removal(monkeypatch):
    monkeypatch.setattr(rollback, "changes", lambda *_: ended(FIRST, removal("a"), now=None))
    nothing: Any = SimpleNamespace(name="demo")
    chosen = choose(nothing, nothing, nothing)
    assert (chosen.job, chosen.record) == ("a", "1")
    assert "removed at 2026-11-28 00:01 UTC, because it had no invocation for too long" in chosen.reason


@pytest.mark.parametrize(("job", "refused"), [("b", True), ("c", False)])
def test_serve_does_not_take_a_rolled_back_job_by_default(monkeypatch, job, refused):
    monkeypatch.setattr(rollback, "candidate", lambda *_: Candidate(job))
    monkeypatch.setattr(rollback, "changes", lambda *_: ended(FIRST, SECOND, BACK, now=state("a")))
    nothing: Any = SimpleNamespace(name="demo")
    if not refused:
        assert choose(nothing, nothing, nothing).job == "c"
        return
    with pytest.raises(LaunchpadError, match="rolled back from it to a at 2026-11-28 00:02 UTC; serve it with --job b"):
        choose(nothing, nothing, nothing)


def pinned(*, versions: dict[int, str] | None = None, keys: tuple[str, ...] = (), **pin: Any) -> Any:
    """A connection to an environment with one pin, versions with their approval, and archives in S3."""
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/qa-demo/"
    summaries = [
        {"ModelPackageArn": f"{arn}{number}", "ModelPackageVersion": number, "ModelApprovalStatus": status}
        for number, status in (versions or {}).items()
    ]
    objects = [{"Key": key, "LastModified": BEGIN + timedelta(number)} for number, key in enumerate(keys)]
    pages = {"ModelPackageSummaryList": summaries, "Contents": objects}
    client = SimpleNamespace(
        get_paginator=lambda _: SimpleNamespace(paginate=lambda **_: [pages]),
        describe_model_package=lambda **request: {
            "ModelPackageArn": request["ModelPackageName"],
            "ModelApprovalStatus": "Approved",
            "CreationTime": BEGIN,
            "InferenceSpecification": {"Containers": [{}]},
        },
    )
    settings = SimpleNamespace(endpoints=[SimpleNamespace(**{**PIN, **pin})], source=Path("config/qa.yaml"))
    return SimpleNamespace(name="qa", settings=settings, client=lambda _: client)


PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/qa-demo/9"
PLATFORM: Any = SimpleNamespace(model_bucket="models")


def test_the_pin_before_a_package_is_the_approved_version_before_it():
    connection = pinned(versions={7: "Approved", 8: "Rejected", 9: "Approved", 10: "Approved"}, model_package=PACKAGE)
    assert earlier_pin(connection, PLATFORM, "demo", None) == {"model_package": f"{PACKAGE[:-1]}7"}


def test_a_pin_of_a_named_job_is_its_newest_archive():
    keys = tuple(f"demo/models/j/{digest}/model.tar.gz" for digest in ("1" * 16, "2" * 16))
    pin = earlier_pin(pinned(keys=keys, model_data="s3://elsewhere/demo/x/model.tar.gz"), PLATFORM, "demo", "j")
    assert pin == {"model_data": f"s3://elsewhere/{keys[1]}"}


def test_an_earlier_pin_keeps_the_preprocessors_of_the_present_one():
    before = {"scaler": "s3://b/scaler/model.tar.gz"}
    keys = (f"demo/models/j/{'1' * 16}/model.tar.gz",)
    present: Any = {"model_package": PACKAGE, "preprocessors_from": lambda _: before}
    of_a_job = earlier_pin(pinned(keys=keys, **present), PLATFORM, "demo", "j")
    package = pinned(versions={7: "Approved", 10: "Approved"}, **present)
    for pin in (of_a_job, earlier_pin(package, PLATFORM, "demo", None)):
        assert pin["preprocessors"] == before


@pytest.mark.parametrize(
    ("workload", "pin", "message"),
    [
        ("other", {"model_package": PACKAGE}, "pins no endpoint of 'other'"),
        ("demo", {"model_package": PACKAGE}, "no earlier version of 'demo' is approved; `git log -p config/qa.yaml`"),
        (
            "demo",
            {"model_data": "s3://b/model.tar.gz"},
            "pins an artifact of 'demo', and no commit of this branch has another pin",
        ),
    ],
)
def test_an_earlier_pin_that_is_not_known_is_looked_up_in_git(workload, pin, message):
    with pytest.raises(LaunchpadError, match=message):
        earlier_pin(pinned(**pin), PLATFORM, workload, None)
