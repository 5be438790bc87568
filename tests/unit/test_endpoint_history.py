"""How each change of an endpoint ended is concluded from its records and from what it serves."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from launchpad.platform_client import history
from launchpad.platform_client.history import changes, removed_last
from launchpad.platform_client.rollback import previous
from tests.unit.endpoint_changes import BEGIN, FIRST, PLATFORM, SECOND, ended, record, removal, state


def outcomes(*records: dict[str, Any], now: Any) -> list[tuple[str, str]]:
    return [(change.job, change.outcome) for change in ended(*records, now=now)]


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


@pytest.mark.parametrize(("why", "reason"), [("idle", "no invocation for too long"), ("hours", "outside its opening")])
def test_an_idle_or_closed_endpoint_was_removed_for_a_reason(why, reason):
    newest, first = ended(FIRST, removal("a", why), now=None)
    assert (newest.outcome, first.outcome) == ("removed", "served")
    assert reason in newest.reason


def test_what_is_served_after_a_removal_is_current():
    again = record("a", None, restores="1")
    assert outcomes(FIRST, removal("a"), again, now=state("a"))[::2] == [("a", "current"), ("a", "served")]


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
