"""DescribeLogStreams as CloudWatch Logs answers it: without the size of a stream, and by time only without a prefix.

Source: the API reference of DescribeLogStreams and LogStream ("storedBytes ... is always reported as zero").
"""

from __future__ import annotations

import json
from typing import Any


def describe_streams(logs: Any) -> None:
    """Replace the operation in ministack's module."""
    inner = logs._describe_log_streams

    def describe(request: dict[str, Any]) -> Any:
        if request.get("orderBy") == "LastEventTime" and request.get("logStreamNamePrefix"):
            message = "Cannot order by LastEventTime with a logStreamNamePrefix."
            return logs.error_response_json("InvalidParameterException", message, 400)
        status, headers, body = inner(request)
        if status != 200:
            return status, headers, body
        content = json.loads(body)
        return logs.json_response(
            {**content, "logStreams": [{**each, "storedBytes": 0} for each in content["logStreams"]]}
        )

    logs._describe_log_streams = describe
