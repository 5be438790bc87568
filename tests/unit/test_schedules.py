"""A pipeline's schedule is what EventBridge Scheduler takes; what it would refuse is refused with a remedy."""

from __future__ import annotations

import re

import pytest

from launchpad.messages.errors import InvalidFileError
from launchpad.workload.schedule import check_schedule
from tests.unit.conftest import WORKLOAD

RIGHT = (
    "rate(1 minute)",
    "rate(7 days)",
    "rate(12 hours)",
    "cron(0 6 ? * MON *)",
    "cron(0 6 ? * 2-6 *)",
    "cron(0/15 * * * ? *)",
    "cron(0,30 8-18 ? * MON-FRI 2027-2030)",
    "cron(*/10 0-23/2 1,15 JAN,MAR,6 ? *)",
    "cron(15 10 L * ? *)",
    "cron(15 10 15W * ? *)",
    "cron(15 10 LW * ? *)",
    "cron(0 12 ? * 6L *)",
    "cron(0 12 ? * FRI#3 *)",
    "cron(0 12 ? * 6#3 2199)",
)
WRONG = {
    "daily": r"'daily' is no schedule; write one such as `rate\(7 days\)`",
    "at(2027-01-01T00:00:00)": "is no schedule",
    "rate(7 days": "is no schedule",
    " rate(7 days)": "is no schedule",
    "rate(7 fortnights)": r"is not a number above 0 and minutes, hours or days; write rate\(7 days\)",
    "rate(0 days)": "is not a number above 0",
    "rate(-1 days)": "is not a number above 0",
    "rate(1.5 days)": "is not a number above 0",
    "rate(5 seconds)": "is not a number above 0",
    "rate( )": "is not a number above 0",
    "rate()": "is not a number above 0",
    "rate(1 days)": r"has the wrong ending; write rate\(1 day\)",
    "rate(5 minute)": r"has the wrong ending; write rate\(5 minutes\)",
    "cron(0 6 ? * MON)": r"has 6 fields \(minutes, hours, day of month, month, day of week, year\), not 5",
    "cron(0 6 ? * MON * *)": "has 6 fields .*, not 7",
    "cron()": "has 6 fields .*, not 0",
    "cron(0 6 * * * *)": "one of day of month and day of week must be `\\?`",
    "cron(0 6 1 * MON *)": "one of day of month and day of week must be `\\?`",
    "cron(0 6 ? * ? *)": "one of day of month and day of week must be `\\?`",
    "cron(99 6 ? * MON *)": "the cron field minutes can't be '99'; write 0-59",
    "cron(0 24 ? * MON *)": "the cron field hours can't be '24'; write 0-23",
    "cron(0 6 0 * ? *)": "the cron field day of month can't be '0'; write 1-31",
    "cron(0 6 32W * ? *)": "the cron field day of month can't be '32W'",
    "cron(0 6 L-3 * ? *)": "the cron field day of month can't be 'L-3'",
    "cron(0 6 1,? * ? *)": "the cron field day of month can't be '1,\\?'",
    "cron(0 6 ? 13 MON *)": "the cron field month can't be '13'; write 1-12 or JAN-DEC",
    "cron(0 6 ? MAI MON *)": "the cron field month can't be 'MAI'",
    "cron(0 6 ? * FUN *)": "the cron field day of week can't be 'FUN'; write 1-7 or SUN-SAT",
    "cron(0 6 ? * mon *)": "the cron field day of week can't be 'mon'",
    "cron(0 6 ? * 0 *)": "the cron field day of week can't be '0'",
    "cron(0 6 ? * MON#6 *)": "the cron field day of week can't be 'MON#6'",
    "cron(0 6 ? * MON#1,FRI#1 *)": "the cron field day of week can't be 'MON#1,FRI#1'",
    "cron(0 6 ? * FRI-MON *)": "the cron field day of week can't be 'FRI-MON'",
    "cron(? 6 ? * MON *)": "the cron field minutes can't be '\\?'",
    "cron(0 6 ? * MON 1969)": "the cron field year can't be '1969'; write 1970-2199",
    "cron(0/0 6 ? * MON *)": "the cron field minutes can't be '0/0'",
    "cron(/5 6 ? * MON *)": "the cron field minutes can't be '/5'",
    "cron(0, 6 ? * MON *)": "the cron field minutes can't be '0,'",
    "cron(1-2-3 6 ? * MON *)": "the cron field minutes can't be '1-2-3'",
}


@pytest.mark.parametrize("expression", RIGHT)
def test_a_schedule_of_the_documentation_is_accepted(expression):
    assert check_schedule(expression) == expression


@pytest.mark.parametrize("expression", WRONG)
def test_a_schedule_that_aws_refuses_is_refused_with_a_remedy(expression):
    with pytest.raises(ValueError, match=WRONG[expression]):
        check_schedule(expression)


def test_a_wrong_schedule_is_reported_with_file_line_and_key(tmp_path):
    from launchpad.config_files.yaml_source import load
    from launchpad.workload import Workload

    path = tmp_path / "workload.yaml"
    path.write_text(f"{WORKLOAD}pipeline:\n  schedule: rate(7 fortnights)\n")
    with pytest.raises(InvalidFileError) as error:
        load(path, Workload)
    assert re.search(r"workload.yaml:17: pipeline.schedule: rate\(7 fortnights\) is not a number", str(error.value))
