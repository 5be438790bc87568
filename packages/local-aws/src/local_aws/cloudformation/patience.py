"""DescribeStacks waits a moment before it responds while the stack is changing.

Clients ask every five seconds (the CDK CLI; boto3's waiters every thirty), which suits AWS, where a stack takes
minutes. Here it takes less than a second, so a deployment of five stacks would mostly wait for the next poll.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from local_aws.api.errors import Response

LONGEST_SECONDS = 9.0
"""Most endpoints are created in less. Clients wait longer for a response: boto3 a minute, the CDK CLI for ever."""
_INTERVAL_SECONDS = 0.05
_ON_ITS_WAY = re.compile(rb"<StackStatus>(?!REVIEW_)\w+_IN_PROGRESS</StackStatus>")


async def patient(inner: Callable[..., Awaitable[Response]], request: tuple[Any, ...]) -> Response:
    """CloudFormation's response to `request` (method, path, headers, body, query); waits while a stack is changing."""
    response = await inner(*request)
    if not _asks_for_one_stack(request[3] or b""):
        return response
    patience = LONGEST_SECONDS
    while patience > 0 and _ON_ITS_WAY.search(response[2]):
        await asyncio.sleep(_INTERVAL_SECONDS)
        patience -= _INTERVAL_SECONDS
        response = await inner(*request)
    return response


def _asks_for_one_stack(body: bytes) -> bool:
    members = body.split(b"&", 3)  # the first few: another operation's body may hold a whole template
    return b"Action=DescribeStacks" in members and any(member.startswith(b"StackName=") for member in members)
