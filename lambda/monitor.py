"""Watches what monitored workloads are asked: `{"workload": "...", "by": "monitor"}` starts the jobs that look at it.

EventBridge Scheduler calls it as each workload's schedule says, with the `time` of the schedule. `{"ended": "JOB"}`
publishes the result of such a job, `{"alarm": ..., "time": ...}` reacts to an alarm, and `{"heartbeat": true}`, once an
hour, says how old the last reports are. Note: no call fails because of what it finds, so that no retry repeats a
message; only a person who calls it gets the error.
"""

from __future__ import annotations

from typing import Any

from alarm_reactions import react
from decision_log import logs_decisions
from monitoring_heartbeat import heartbeat
from monitoring_reports import publish_ended
from monitoring_runs import start_runs


@logs_decisions
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Lambda's entry point.

    Raises:
        RequestError: the event is wrong, or what a person asked for can't be done.
    """
    if "ended" in event:
        return publish_ended(str(event["ended"]))
    if "alarm" in event:
        return react(event["alarm"], str(event["time"]))
    if event.get("heartbeat"):
        return heartbeat()
    return start_runs(event)
