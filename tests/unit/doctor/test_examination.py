"""How checks run: together, each with its own failure, and none that AWS can't answer."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from launchpad.doctor.check import Check, ok, problem
from launchpad.doctor.every_check import every_check
from launchpad.doctor.examination import examine
from launchpad.messages.errors import LaunchpadError


def check(name, finding, group="machine", *, asks_aws=False):
    """A check that reports a finding, or raises an error."""

    def run(_deployment):
        if isinstance(finding, Exception):
            raise finding
        yield finding

    return Check(group, name, run, asks_aws=asks_aws)


DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetParameter")


@pytest.mark.parametrize(
    "error",
    [DENIED, EndpointConnectionError(endpoint_url="https://ssm"), LaunchpadError("no"), OSError("no"), KeyError("x")],
)
def test_a_failed_check_is_unknown_and_ends_no_other(deploy, error):
    rows = examine(deploy(), [check("one", error), check("two", ok("fine"))])
    assert [(row.name, str(row.status)) for row in rows] == [("one", "unknown"), ("two", "ok")]
    assert str(error) in rows[0].finding


def test_rows_come_in_the_order_of_the_checks(deploy):
    checks = [check(str(number), ok("fine"), asks_aws=number % 2 == 0) for number in range(9)]
    assert [row.name for row in examine(deploy(), checks)] == list("012345678")


def test_nothing_asks_aws_without_valid_credentials(deploy):
    checks = [
        check("credentials", problem("expired", "sign in"), "account"),
        check("zones", AssertionError("asked"), "region", asks_aws=True),
        check("release", AssertionError("asked"), "region", asks_aws=True),
        check("disk", ok("fine")),
    ]
    rows = examine(deploy(), checks)
    assert [(row.group, row.name, str(row.status)) for row in rows] == [
        ("account", "credentials", "problem"),
        ("region", "zones, release", "unknown"),
        ("machine", "disk", "ok"),
    ]


def test_missing_credentials_are_a_problem_with_the_remedy(deploy):
    rows = examine(deploy(), [check("credentials", LaunchpadError("none; sign in"), "account")])
    assert (str(rows[0].status), rows[0].finding, rows[0].remedy) == ("problem", "none", "sign in")


def test_progress_counts_every_check(deploy):
    counts = []
    examine(
        deploy(),
        [check("a", ok("")), check("b", ok(""))],
        progress=lambda ended, total, _: counts.append((ended, total)),
    )
    assert counts == [(1, 2), (2, 2)]


def test_the_account_is_checked_before_a_deploy():
    cheap = {(check.group, check.name) for check in every_check() if check.cheap}
    assert {("account", "credentials"), ("bootstrap", "version"), ("stacks", "states")} <= cheap
    assert not {group for group, _ in cheap} & {"quotas", "names", "permissions"}
