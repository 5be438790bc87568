"""The role of a schedule: EventBridge Scheduler looks at its trust policy when the schedule is created."""

from __future__ import annotations

from typing import Any

from local_aws.api.errors import validation_error
from local_aws.api.service import Scope
from local_aws.iam.enforcement import Enforcement

SCHEDULER = "scheduler.amazonaws.com"


def check_schedule(enforcement: Enforcement, scope: Scope, properties: dict[str, Any]) -> None:
    """Refuse, as CreateSchedule does, a role that the service can't assume. The message is known from reports of it."""
    role = (properties.get("Target") or {}).get("RoleArn", "")
    if not enforcement.trusts(scope, role, SCHEDULER):
        message = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
        raise validation_error(message)
