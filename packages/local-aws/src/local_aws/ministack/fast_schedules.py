"""Rates on the clock: `rate(1 hour)` fires each minute with `LOCAL_AWS_CLOCK=60`.

ministack compares the real time with when a schedule fired last. Before each of its rounds, the time since then is
multiplied by the speed. `at(...)` and `cron(...)` are moments, not durations, so they stay those of the real clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

from local_aws.clock import Clock

SHORTEST_SECONDS = 0.1
"""Between two rounds, however fast the clock is."""
Fired = dict[Any, float]
"""When each schedule fired last, by its key in ministack."""


def follow_clock(clock: Clock) -> None:
    """Let the schedules of EventBridge and of EventBridge Scheduler pass as fast as the clock. Once per process."""
    from ministack.services import eventbridge, scheduler

    eventbridge._tick_scheduled_rules = _round(eventbridge._tick_scheduled_rules, clock, eventbridge, _rules)
    scheduler._tick_schedules = _round(scheduler._tick_schedules, clock, scheduler, _schedules)
    for module, name in ((eventbridge, "_SCHEDULER_TICK_INTERVAL"), (scheduler, "_SCHEDULE_TICK_INTERVAL")):
        setattr(module, name, max(clock.seconds(getattr(module, name)), SHORTEST_SECONDS))


def _round(
    tick: Callable[[], None],
    clock: Clock,
    module: ModuleType,
    recurring: Callable[[ModuleType], tuple[Fired, Iterator[Any]]],
) -> Callable[[], None]:
    def sped_up() -> None:
        now = time.time()
        fired, keys = recurring(module)
        last = {key: fired.get(key, now) for key in keys}
        pretended = {key: now - (now - moment) * clock.speed for key, moment in last.items()}
        fired.update(pretended)
        tick()
        # A rule that fired has the time of this round; the others keep theirs.
        fired.update({key: last[key] for key, moment in pretended.items() if fired.get(key) == moment})

    return sped_up


def _rules(module: ModuleType) -> tuple[Fired, Iterator[Any]]:
    rules = list(module._rules._data.items())
    return module._rule_last_fired, (key for key, rule in rules if _is_rate(rule))


def _schedules(module: ModuleType) -> tuple[Fired, Iterator[Any]]:
    schedules = list(module._schedules._data.items())
    return (
        module._schedule_last_fired,
        (key for key, schedule in schedules if _is_rate(schedule)),
    )


def _is_rate(schedule: Mapping[str, Any]) -> bool:
    return str(schedule.get("ScheduleExpression", "")).startswith("rate(")
