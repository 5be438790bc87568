"""When scheduled actions are due: at and cron at real moments in their timezone, rate by the clock."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from local_aws.api.errors import validation_error
from local_aws.clock import Clock

NextTime = Callable[[str, datetime], datetime | None]
RATE = re.compile(r"rate\(([1-9][0-9]*) (minute|hour|day)s?\)")
SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


def next_due(action: Mapping[str, Any], after: float, clock: Clock, next_time: NextTime) -> float | None:
    """When an action runs next after a moment, in seconds since 1970; None if never again.

    Raises AWS's ValidationException for a schedule or timezone that is none.
    """
    begin = max(after, float(action.get("StartTime") or 0))
    if rate := RATE.fullmatch(action["Schedule"]):
        due = begin + clock.seconds(int(rate[1]) * SECONDS[rate[2]])
    else:
        moment = _next(action, begin, next_time)
        if moment is None:
            return None
        due = moment.timestamp()
    return None if due > float(action.get("EndTime") or due) else due


def _next(action: Mapping[str, Any], after: float, next_time: NextTime) -> datetime | None:
    name = action.get("Timezone") or "UTC"
    try:
        timezone = UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise validation_error(f"Invalid timezone {name}.") from error
    try:
        return next_time(action["Schedule"], datetime.fromtimestamp(after, timezone))
    except ValueError as error:
        raise validation_error(f"Invalid schedule expression {action['Schedule']}.") from error
