"""A step's CacheConfig and RetryPolicies, by the developer guide's pages on both."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.sagemaker.workflows.step_types import CACHED_TUNING, STEP_TYPES

SERVICE_FAULT, THROTTLING = "Step.SERVICE_FAULT", "Step.THROTTLING"
INTERNAL_ERROR, RESOURCE_LIMIT = "SageMaker.JOB_INTERNAL_ERROR", "SageMaker.RESOURCE_LIMIT"
CAPACITY_ERRORS = ("SageMaker.CAPACITY_ERROR", "SageMaker.JOB_CAPACITY_ERROR")
EXCEPTIONS = (SERVICE_FAULT, THROTTLING, INTERNAL_ERROR, RESOURCE_LIMIT, *CAPACITY_ERRORS)
LIMITS = {"IntervalSeconds": 43_200, "MaxAttempts": 20, "ExpireAfterMin": 14_400}
MINUTE, HOUR, DAY = 60, 3600, 86_400
DURATION = re.compile(
    r"P?(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?)?",
    re.IGNORECASE | re.ASCII,
)
SECONDS = {"years": 365 * DAY, "months": 30 * DAY, "weeks": 7 * DAY, "days": DAY, "hours": HOUR, "minutes": MINUTE}


@dataclass(frozen=True)
class RetryPolicy:
    """One policy, with AWS's defaults."""

    exceptions: tuple[str, ...]
    interval: float = 1.0
    backoff: float = 2.0
    attempts: int | None = None
    expire_minutes: int | None = None

    def delay(self, retries: int, elapsed: float) -> float | None:
        """Seconds before the next attempt after so many retries and seconds; None if there is none."""
        if self.expire_minutes is not None:
            if elapsed >= self.expire_minutes * MINUTE:
                return None
        elif retries >= (5 if self.attempts is None else self.attempts):
            return None
        return float(self.interval * self.backoff**retries)


def seconds(duration: Any) -> int | None:
    """An ISO 8601 duration such as `30d` or `PT1H` in seconds, or None."""
    match = DURATION.fullmatch(duration) if isinstance(duration, str) else None
    total = sum(int(number) * SECONDS[unit] for unit, number in match.groupdict().items() if number) if match else 0
    return total or None


def cache_problem(kind: str, config: Any) -> str | None:
    """What is wrong with a CacheConfig, or None.

    The SDK writes one for Lambda and Callback steps too, which AWS's list of cached types has not: they run each time.
    """
    if config is None:
        return None
    if not isinstance(config, dict) or not isinstance(config.get("Enabled"), bool):
        return "CacheConfig needs Enabled, which is true or false."
    if not config["Enabled"]:
        return None
    if kind in STEP_TYPES and not STEP_TYPES[kind].cached_by:
        return f"CacheConfig is not supported for steps of type {kind}."
    if seconds(config.get("ExpireAfter")) is None:
        return f"ExpireAfter '{config.get('ExpireAfter')}' of CacheConfig is no ISO 8601 duration."
    return None


def retry_problem(definition: Mapping[str, Any]) -> str | None:
    """What is wrong with a step's RetryPolicies, or None."""
    policies = definition.get("RetryPolicies") or []
    if not isinstance(policies, list):
        return "Expecting start of Json Array."
    return next((problem for policy in policies if (problem := _policy_problem(policy))), None)


def _policy_problem(policy: Any) -> str | None:
    if not isinstance(policy, dict):
        return "Expecting start of Json Object."
    kinds = policy.get("ExceptionType")
    if not isinstance(kinds, list) or not kinds or any(kind not in EXCEPTIONS for kind in kinds):
        return f"ExceptionType of a retry policy must be a list of {', '.join(EXCEPTIONS)}."
    if "MaxAttempts" in policy and "ExpireAfterMin" in policy:
        return "Only one of MaxAttempts or ExpireAfterMin can be given in a retry policy, but not both."
    for member, most in LIMITS.items():
        number = policy.get(member, 0)
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= most:
            return f"{member} of a retry policy must be an integer from 0 to {most}."
    if not isinstance(policy.get("BackoffRate", 2.0), int | float) or policy.get("BackoffRate", 2.0) < 0:
        return "BackoffRate of a retry policy must be a number that is not negative."
    return None


def retry_policies(definition: Mapping[str, Any]) -> list[RetryPolicy]:
    """A step's policies."""
    return [
        RetryPolicy(
            tuple(policy["ExceptionType"]),
            policy.get("IntervalSeconds", 1),
            policy.get("BackoffRate", 2.0),
            policy.get("MaxAttempts"),
            policy.get("ExpireAfterMin"),
        )
        for policy in definition.get("RetryPolicies") or []
    ]


def cache_key(kind: str, name: str, arguments: Mapping[str, Any]) -> str | None:
    """What has to be the same for a result to be used again; None for a type that is never cached."""
    step_type = STEP_TYPES.get(kind)
    if step_type is None or not step_type.cached_by:
        return None
    cached = {member: arguments.get(member) for member in step_type.cached_by}
    if training := cached.get("TrainingJobDefinition"):
        cached["TrainingJobDefinition"] = {member: training.get(member) for member in CACHED_TUNING}
    return json.dumps([name, kind, cached], sort_keys=True)
