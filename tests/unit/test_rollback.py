"""A rollback goes to what was served before, and a rolled-back job is not served again by default."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import rollback
from launchpad.platform_client.candidates import Candidate
from launchpad.platform_client.rollback import choose, previous, rolled_back, target
from tests.unit.endpoint_changes import FIRST, SECOND, ended, record, removal, state

BACK = record("a", state("b"), by="rollback", restores="0")


def test_a_removal_is_nothing_to_roll_back_to():
    history = ended(FIRST, SECOND, removal("b"), record("b", None, restores="2"), now=state("b"))
    chosen = previous(history)
    assert chosen is not None
    assert (chosen.job, chosen.outcome) == ("a", "served")


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
