"""What a restart ends in ministack's services, and where their clocks go on."""

from __future__ import annotations

import sys

from local_aws.files.reasons import INTERRUPTED
from local_aws.ministack.schedule_sweep import moment_of

UNFINISHED_STACKS = {
    "CREATE_IN_PROGRESS": "ROLLBACK_FAILED",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_FAILED",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
    "UPDATE_IN_PROGRESS": "UPDATE_FAILED",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
}
"""What becomes of the status of a stack that a server was changing when it ended."""


def end_stacks() -> None:
    """Give the stacks that were being changed a status from which they can be deleted, and updated where AWS allows it.

    The CDK CLI deletes a stack in ROLLBACK_FAILED, and creates it again.
    """
    cloudformation = sys.modules.get("ministack.services.cloudformation")
    if cloudformation is None:
        return
    for stack in list(cloudformation._stacks._data.values()):
        if ended := UNFINISHED_STACKS.get(stack.get("StackStatus")):
            stack.update(StackStatus=ended, StackStatusReason=INTERRUPTED)


def count_from_now() -> None:
    """Let schedules count from now on: what was due while no server ran is not made up for."""
    from ministack.services import eventbridge, scheduler

    now = eventbridge._now_ts()
    for key in list(eventbridge._rules._data):
        eventbridge._rule_last_fired[key] = now
    for key, schedule in list(scheduler._schedules._data.items()):
        moment = moment_of(schedule)
        if moment is None or moment < now:
            scheduler._schedule_last_fired[key] = now
