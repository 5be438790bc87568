"""Chooses what a rollback serves again, and keeps `serve` from taking a job that was rolled back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.candidates import Candidate, candidate
from launchpad.platform_client.change_outcomes import CHANGING, CURRENT, FAILED, WORKED, Change
from launchpad.platform_client.connection import LOCAL, Connection
from launchpad.platform_client.history import changes, removed_last
from launchpad.platform_client.platform import Platform

if TYPE_CHECKING:
    from launchpad.workload import Workload


def target(history: Sequence[Change], workload: str, job: str | None = None, environment: str = LOCAL) -> Change:
    """The change to go back to: the one before what is served now, or the newest of `job`.

    The commands that its refusals name are about `environment`. Serving another job is a data scientist's, where a
    rollback is the on-call's too.

    Raises:
        LaunchpadError: there is none, or the endpoint doesn't serve anything to go back from.
    """
    served = next((change for change in history if change.outcome == CURRENT), None)
    flag = "" if environment == LOCAL else f" --env {environment}"
    changing = any(change.outcome == CHANGING for change in history)
    if served is None or changing:
        state = "is still changing; wait for its end" if changing else "is not in service"
        raise LaunchpadError(f"the endpoint of {workload!r} {state}: `launchpad history {workload}{flag}` shows more")
    if job is not None:
        return _of_job(history, workload, job, served, flag)
    if history[0].outcome == FAILED:
        raise LaunchpadError(
            f"the newest change, to {history[0].job}, failed, so {workload!r} still serves {served.job}: there is"
            " nothing to go back from; name an earlier job with --to to leave that one"
        )
    earlier = previous(history)
    if earlier is None:
        raise LaunchpadError(
            f"nothing was served before {served.job or served.endpoint_config}, as far as the history of {workload!r}"
            f" goes; another job is for a data scientist to serve: `launchpad serve {workload} --job JOB{flag}`"
        )
    return earlier


def previous(history: Sequence[Change]) -> Change | None:
    """The change that worked before what is served now; None without one.

    What was itself rolled back is skipped: after A, B, C and a rollback to B, the next one goes to A, not to C.
    """
    stack: list[Change] = []
    for change in reversed([change for change in history if change.name and change.outcome in WORKED]):
        names = [earlier.name for earlier in stack]
        if change.restores in names:
            del stack[names.index(change.restores) + 1 :]
        else:
            stack.append(change)
    served = next((change.content for change in history if change.outcome == CURRENT), None)
    return next((change for change in reversed(stack) if change.content != served), None)


def rolled_back(history: Sequence[Change]) -> dict[str, Change]:
    """The jobs that a rollback left, with that rollback, unless they have been served again since."""
    effective = [change for change in history if change.outcome in WORKED]
    abandoned: dict[str, Change] = {}
    for change, before in pairwise(effective):
        if change.by == "rollback":
            abandoned.setdefault(before.job, change)
    served = {job: next(change.time for change in effective if change.job == job) for job in abandoned}
    return {job: change for job, change in abandoned.items() if served[job] < change.time}


def choose(connection: Connection, platform: Platform, workload: Workload) -> Candidate:
    """What `serve` takes by default: what it served before it was removed as idle or closed, else `candidate`.

    Raises:
        LaunchpadError: there is none, or the endpoint was rolled back from it: to serve it again has to be asked for.
    """
    history = changes(connection, platform, workload.name)
    if removal := removed_last(history):
        since = f"removed at {removal.time:%Y-%m-%d %H:%M %Z}, because {removal.reason}"
        return Candidate(removal.job, f"as before the endpoint was {since}", removal.name)
    chosen = candidate(connection, platform, workload)
    rollback = rolled_back(history).get(chosen.job)
    if rollback is None:
        return chosen
    raise LaunchpadError(
        f"{chosen.job} would be served, but the endpoint was rolled back from it to {rollback.job} at"
        f" {rollback.time:%Y-%m-%d %H:%M %Z}; serve it with --job {chosen.job}, or train a better one"
    )


def _of_job(history: Sequence[Change], workload: str, job: str, served: Change, flag: str) -> Change:
    if job == served.job:
        raise LaunchpadError(f"{workload!r} serves {job} already")
    of_job = [change for change in history if change.job == job and change.name]
    worked = next((change for change in of_job if change.outcome in WORKED), None)
    if worked:
        return worked
    if of_job:
        reason = f": {of_job[0].reason}" if of_job[0].reason else ""
        raise LaunchpadError(f"{job} never came into service ({of_job[0].outcome}{reason})")
    jobs = dict.fromkeys(change.job for change in history if change.outcome in WORKED and change.job)
    raise LaunchpadError(
        f"{workload!r} never served {job}; it served {', '.join(jobs)}; a new one is for a data scientist to serve:"
        f" `launchpad serve {workload} --job {job}{flag}`"
    )
