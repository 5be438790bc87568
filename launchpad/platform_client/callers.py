"""The person behind the credentials, whom the records of launches and endpoints name.

Note: a record has what the command line says. CloudTrail has what AWS saw.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launchpad.checkouts import origin

if TYPE_CHECKING:
    from launchpad.platform_client.connection import Connection

_ARN = re.compile(
    r"arn:[\w-]+:(?:sts|iam)::\d{12}:(?:assumed-role/[^/]+|federated-user|user(?:/[^/]+)*)/(?P<name>[^/]+)"
)
_MADE_UP = re.compile(
    r"(botocore-session|aws-sdk-[a-z]+|AWS-CLI-session|aws-go-sdk)-[\w-]*\d[\w-]*|i-[0-9a-f]{8,17}|\d{13,}"
)
"""Session names that an SDK or EC2 chose, where the profile has no `role_session_name`."""


def origin_of(connection: Connection, folder: Path, *more: Path) -> dict[str, Any]:
    """Where the code comes from (`launchpad.checkouts.origin`), with the person of the credentials as `by`."""
    source = origin.origin_of(folder, *more)
    return {**source, "by": person_of(connection.caller_arn) or source["by"]}


def person_of(arn: str) -> str:
    """The session's name, which is an e-mail address with Identity Center, or the IAM user's; empty without one.

    >>> person_of("arn:aws:sts::111111111111:assumed-role/launchpad-dev-data-scientist/ada@example.com")
    'ada@example.com'
    """
    match = _ARN.fullmatch(arn)
    return "" if match is None or _MADE_UP.fullmatch(match["name"]) else match["name"]
