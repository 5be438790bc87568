"""Queries of CloudWatch Logs Insights: what ministack does not evaluate is refused, because it answers without it."""

from __future__ import annotations

import re
from typing import Any

from local_aws.ministack.added_operations import add_operations


def refuse_unknown_commands(logs: Any) -> None:
    """Answer StartQuery only if each command of the query counts; ministack passes over all others."""

    def start(request: dict[str, Any]) -> Any:
        for command in logs._split_insights_pipes(request.get("queryString") or ""):
            if command and not _is_evaluated(logs, command):
                message = f"The local AWS does not evaluate `{command}`, but queries such as: {EXAMPLE}"
                return logs.error_response_json("NotImplementedException", message, 400)
        return logs._start_query(request)

    add_operations(logs, {"StartQuery": start})


EXAMPLE = "fields @timestamp, @message | filter @message like /error/ | sort @timestamp desc | limit 20"
_FIELDS = re.compile(r"fields\s+@\w+(\s*,\s*@\w+)*", re.IGNORECASE)
_LIMIT = re.compile(r"limit\s+[0-9]+", re.IGNORECASE)


def _is_evaluated(logs: Any, command: str) -> bool:
    if _FIELDS.fullmatch(command) or _LIMIT.fullmatch(command):
        return True
    return bool(logs._parse_insights_sort(command) or logs._compile_insights_filter(command))
