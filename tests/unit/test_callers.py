"""Who launched: the person of the session, where the credentials name one."""

from __future__ import annotations

import getpass
from types import SimpleNamespace

import pytest

from launchpad.platform_client.callers import origin_of, person_of


@pytest.mark.parametrize(
    ("arn", "person"),
    [
        ("arn:aws:sts::111111111111:assumed-role/launchpad-dev-on-call/ada@example.com", "ada@example.com"),
        ("arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_OnCall_0123456789abcdef/ada", "ada"),
        ("arn:aws-cn:iam::111111111111:user/team/ada", "ada"),
        ("arn:aws:iam::111111111111:root", ""),
        ("arn:aws:sts::111111111111:assumed-role/launchpad-dev-on-call/botocore-session-1701264000", ""),
        ("arn:aws:sts::111111111111:assumed-role/build/i-0123456789abcdef0", ""),
        ("arn:aws:sts::111111111111:assumed-role/launchpad-dev-on-call/i-jones2", "i-jones2"),
        ("arn:aws:sts::111111111111:assumed-role/launchpad-dev-on-call/1701264000000000000", ""),
        ("", ""),
    ],
)
def test_a_persons_name_is_that_of_the_session_or_the_user(arn, person):
    assert person_of(arn) == person


@pytest.mark.parametrize(
    ("arn", "by"),
    [
        ("arn:aws:sts::111111111111:assumed-role/launchpad-dev-data-scientist/ada@example.com", "ada@example.com"),
        ("", getpass.getuser()),
    ],
)
def test_the_machines_user_is_named_only_without_a_person(tmp_path, arn, by):
    assert origin_of(SimpleNamespace(caller_arn=arn), tmp_path)["by"] == by
