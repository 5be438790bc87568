"""Describe's members about a job's profiler and debugger rules. The rules themselves are not evaluated here."""

from __future__ import annotations

import time
from typing import Any

NOT_EVALUATED = (
    "Rules are not evaluated by the local AWS. On AWS this rule runs as a processing job beside the training."
)


def insight_members(request: dict[str, Any]) -> dict[str, Any]:
    """The members that follow from a request's own profiler and debugger members."""
    members: dict[str, Any] = {"ProfilingStatus": profiling_status(request.get("ProfilerConfig", {}))}
    for source, target in (
        ("DebugRuleConfigurations", "DebugRuleEvaluationStatuses"),
        ("ProfilerRuleConfigurations", "ProfilerRuleEvaluationStatuses"),
    ):
        if source in request:
            members[target] = [_status(rule) for rule in request[source]]
    return members


def profiling_status(config: dict[str, Any]) -> str:
    """Whether system metrics are written to S3."""
    return "Enabled" if config.get("S3OutputPath") and not config.get("DisableProfiler") else "Disabled"


def _status(rule: dict[str, Any]) -> dict[str, Any]:
    return {
        "RuleConfigurationName": rule["RuleConfigurationName"],
        "RuleEvaluationStatus": "Stopped",
        "StatusDetails": NOT_EVALUATED,
        "LastModifiedTime": time.time(),
    }
