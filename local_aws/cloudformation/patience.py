"""DescribeStacks holds its answer for a moment while the stack is on its way.

Clients ask every five seconds (the CDK CLI, boto3's waiters every thirty), which is right for AWS, where a stack takes
minutes. Here it takes less than a second, and a deploy of five stacks would be spent waiting for the next question.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from local_aws.api.errors import Response

LONGEST_SECONDS = 3.0
_INTERVAL_SECONDS = 0.05
_ONE_STACK = re.compile(rb"(?=.*\bAction=DescribeStacks\b).*\bStackName=")
_ON_ITS_WAY = re.compile(rb"<StackStatus>(?!REVIEW_)\w+_IN_PROGRESS</StackStatus>")


async def patient(inner: Callable[..., Awaitable[Response]], request: tuple[Any, ...]) -> Response:
    """CloudFormation's answer to `request` (method, path, headers, body, query), held while a stack is on its way."""
    answer = await inner(*request)
    if not _ONE_STACK.search(request[3] or b""):
        return answer
    patience = LONGEST_SECONDS
    while patience > 0 and _ON_ITS_WAY.search(answer[2]):
        await asyncio.sleep(_INTERVAL_SECONDS)
        patience -= _INTERVAL_SECONDS
        answer = await inner(*request)
    return answer
