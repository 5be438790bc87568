"""A training job's profiler and debugger, as an account sees them that is new to them.

AWS closed SageMaker Debugger, which the profiler is part of, to new customers on 2026-07-30. Rules are refused. The two
other members are not, because the SageMaker Python SDK v2 sends both with every job: `DebugHookConfig` says where a
framework's hook writes tensors, which AWS's current images don't do, and `ProfilerConfig` where samples go. What AWS
answers to such an account is not documented.
"""

from __future__ import annotations

from typing import Any

from local_aws.api.errors import validation_error

RULES = ("DebugRuleConfigurations", "ProfilerRuleConfigurations")


def check_insight(request: dict[str, Any]) -> None:
    """Raise `AwsError` if the job asks for rules of Debugger or the profiler."""
    for member in RULES:
        if request.get(member):
            raise validation_error(
                f"{member}: Amazon SageMaker Debugger is no longer open to new customers, and this account is one."
            )


def insight_members(request: dict[str, Any]) -> dict[str, Any]:
    """The members of Describe that follow from a request's profiler."""
    return {"ProfilingStatus": profiling_status(request.get("ProfilerConfig", {}))}


def profiling_status(config: dict[str, Any]) -> str:
    """Whether system metrics are written to S3."""
    return "Enabled" if config.get("S3OutputPath") and not config.get("DisableProfiler") else "Disabled"
