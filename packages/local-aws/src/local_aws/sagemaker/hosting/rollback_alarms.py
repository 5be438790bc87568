"""The CloudWatch alarms of an AutoRollbackConfiguration, read as the model's execution role.

Only the state ALARM rolls back ("if any alarms are tripped"); INSUFFICIENT_DATA does not. Note: AWS documents no check
of the names. Here an alarm that does not exist rolls back, because it can't monitor anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.api.service import Scope
from local_aws.context import Context

DENIED = ("AccessDenied", "AccessDeniedException")


class RollbackAlarms:
    """Alarms that a deployment monitors."""

    def __init__(self, context: Context, scope: Scope, role: str | None, config: dict[str, Any]) -> None:
        alarms = config.get("AutoRollbackConfiguration", {}).get("Alarms", [])
        self._names: Sequence[str] = [alarm["AlarmName"] for alarm in alarms]
        self._context, self._scope, self._role = context, scope, role

    def problem(self) -> str | None:
        """Why to roll back now, if there is a reason."""
        if not self._names:
            return None
        try:
            client = self._context.client("cloudwatch", self._scope, self._role)
            states = {name: state for name in self._names if (state := _state(client, name))}
        except (ClientError, BotoCoreError) as error:
            return f"The auto-rollback alarms can't be read: {error}"
        return judged(self._names, states)


def _state(client: Any, name: str) -> str | None:
    """An alarm's state. Each alarm is read alone, because a role may have the permission for these alarms only."""
    if alarms := client.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])["MetricAlarms"]:
        return str(alarms[0]["StateValue"])
    try:
        composites = client.describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    except ClientError as error:
        if error.response["Error"]["Code"] in DENIED:  # they take a permission for all alarms
            return None
        raise
    return str(composites[0]["StateValue"]) if composites else None


def judged(names: Sequence[str], states: dict[str, str]) -> str | None:
    """Why to roll back, from the alarms' states by name."""
    if missing := [name for name in names if name not in states]:
        return f"The following auto-rollback alarms do not exist: {', '.join(missing)}."
    if tripped := [name for name in names if states[name] == "ALARM"]:
        return f"The following auto-rollback alarms are in ALARM state: {', '.join(tripped)}."
    return None
