"""Every row of the table of commands is run under a duty that may, and refused to one that may not.

The walks themselves run with IAM enforced, in `tests/end_to_end`; here their rows are counted.
"""

from __future__ import annotations

from launchpad.duties import BY_NAME, COMMANDS, Duty
from tests.end_to_end.duty_walks import (
    AUDITED,
    BY_AN_ADMINISTRATOR,
    HARMLESS,
    NEVER_REFUSED,
    REFUSED_ELSEWHERE,
    UNTRACKED,
    WALKS,
    attempts,
    command_of,
    refusable,
)

WALKED = [(duty, command_of(line)) for walk in WALKS for step in walk for duty, each in step.items() for line in each]
ELSEWHERE = [
    (duty, command_of(line))
    for table in (REFUSED_ELSEWHERE, UNTRACKED)
    for duty, each in table.items()
    for line in each
]
REFUSED = [(duty, command.name) for duty, command, _ in attempts()] + ELSEWHERE
OF_DUTIES = {command.name for command in COMMANDS if command.duties}
OF_AN_ADMINISTRATOR = {command.name for command in COMMANDS if not command.duties}
DEPLOYED = {"bootstrap", "deploy", "destroy"}
"""What `test_identities.py` runs at its beginning and end, and refuses to the workflow that may only plan."""
PINNED = {"validate --pins"}
"""What `test_accounts.py` runs, whose environments have pins."""


def test_every_row_is_run_by_a_duty_that_may():
    assert {name for _, name in WALKED} | AUDITED == OF_DUTIES
    assert [(duty, name) for duty, name in WALKED if duty not in BY_NAME[name].duties] == []


def test_every_row_is_refused_to_a_duty_that_may_not():
    assert {name for _, name in REFUSED} | AUDITED | set(NEVER_REFUSED) == OF_DUTIES
    assert {name for _, name in REFUSED} & set(NEVER_REFUSED) == set()
    assert [(duty, name) for duty, name in REFUSED if duty in BY_NAME[name].duties] == []


def test_what_changes_something_is_refused_to_each_other_duty():
    missing = [
        (duty, command.name)
        for command in COMMANDS
        for duty in Duty
        if command.changes and command.duties and duty not in command.duties and refusable(duty, command)
    ]
    here = [each for each in missing if not each[1].startswith("monitor ")]
    assert set(here) - set(REFUSED) == HARMLESS


def test_an_administrators_rows_are_all_run():
    assert {command_of(line) for line in BY_AN_ADMINISTRATOR} - {"cost"} | {"cost --running"} == (
        OF_AN_ADMINISTRATOR - DEPLOYED - PINNED
    )
