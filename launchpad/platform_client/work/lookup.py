"""Finds a piece of work by its name, or the newest one of a workload.

A name that begins with the environment's is looked up as that of a piece of work first, because the names of all work
that the platform starts begin so. Another name is looked up as that of a workload first, if workloads/ has it.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping

from launchpad import paths
from launchpad.messages.errors import LaunchpadError
from launchpad.messages.plain_text import shortened
from launchpad.platform_client.connection import LOCAL, Connection
from launchpad.platform_client.work import endpoint_work, pipeline_runs, sagemaker_jobs, spark_steps
from launchpad.platform_client.work.children import without_children
from launchpad.platform_client.work.names import prefix_of
from launchpad.platform_client.work.piece import KINDS, NOUNS, Work

_Describe = Callable[[Connection, str], Work | None]
_List = Callable[[Connection, str | None, int], list[Work]]
NEWEST = 10
"""The work of each kind that the newest is chosen from, so that a run is found next to the jobs that it started."""
REMEMBERED = 50
"""The work of each kind whose names are compared with a wrong one."""


def find(connection: Connection, name: str, kind: str | None = None) -> Work:
    """The piece of work with this name, ARN or id, or the newest one of the workload with this name.

    Raises:
        LaunchpadError: neither exists, or several kinds have that name and `kind` does not say which.
    """
    by_workload = name in workloads() and not name.startswith(prefix_of(connection.name))
    for look_up in (newest, _named) if by_workload else (_named, newest):
        work = look_up(connection, name, kind)
        if work is not None:
            return work
    raise LaunchpadError(_missing(connection, name, kind))


def newest(connection: Connection, workload: str, kind: str | None = None) -> Work | None:
    """The workload's newest piece of work; without `kind`, a pipeline run or a tuning job comes before its jobs.

    An endpoint is the newest work only where its kind is asked for, or nothing else exists.
    """
    pieces = list_work(connection, workload, (kind,) if kind else None, NEWEST)
    chosen = pieces if kind else without_children(connection.name, pieces)
    jobs = [work for work in chosen if work.kind != "endpoint"]
    work = next(iter(jobs or chosen), None)
    return described(connection, work.kind, work.identifier) if work else None


def list_work(
    connection: Connection, workload: str | None = None, kinds: Iterable[str] | None = None, limit: int = 20
) -> list[Work]:
    """The environment's work, or a workload's, the newest first: at most `limit` of each kind, and all running jobs."""
    chosen = KINDS if kinds is None else tuple(kinds)
    pieces = [work for kind in chosen for work in _listed(connection, kind, workload, limit)]
    return sorted(pieces, key=lambda work: work.started, reverse=True)


def workloads() -> list[str]:
    """The names of the workloads of this checkout."""
    return sorted(path.parent.name for path in paths.WORKLOADS.glob("*/workload.yaml"))


def _listed(connection: Connection, kind: str, workload: str | None, limit: int) -> list[Work]:
    if kind in sagemaker_jobs.JOBS:
        return sagemaker_jobs.listed(connection, kind, workload, limit)
    return _OTHERS[kind][1](connection, workload, limit)


def _named(connection: Connection, name: str, kind: str | None) -> Work | None:
    """The work of this name. Jobs and endpoints come first; they may share a name, because each kind has its own."""
    kinds = KINDS if kind is None else (kind,)
    if name.startswith("arn:"):
        kinds = tuple(each for each in kinds if each == "pipeline")
    ours = [each for each in kinds if each in sagemaker_jobs.JOBS or each == "endpoint"]
    pieces = [work for each in ours if (work := described(connection, each, name))]
    if len(pieces) > 1:
        nouns = " and ".join(f"a {work.noun} (--kind {work.kind})" for work in pieces)
        raise LaunchpadError(f"{name} is {nouns}; choose one with --kind")
    others = (described(connection, each, name) for each in kinds if each not in ours)
    return pieces[0] if pieces else next((work for work in others if work), None)


def described(connection: Connection, kind: str, name: str) -> Work | None:
    """The piece of work of this kind and name, ARN or id; None if it doesn't exist."""
    if kind in sagemaker_jobs.JOBS:
        return sagemaker_jobs.describe(connection, kind, name)
    return _OTHERS[kind][0](connection, name)


_OTHERS: Mapping[str, tuple[_Describe, _List]] = {
    "endpoint": (endpoint_work.describe, endpoint_work.listed),
    "pipeline": (pipeline_runs.describe, pipeline_runs.listed),
    "spark": (spark_steps.describe, spark_steps.listed),
}
"""How work is described and listed that is no job of SageMaker."""


_FIRST = {"pipeline": ("pipeline run", "starts one"), "endpoint": ("serve", "makes one")}
"""The command that makes the first of a kind, and what it does."""


def _missing(connection: Connection, name: str, kind: str | None) -> str:
    """The message about an unknown name: near names over all kinds, and the command that lists all."""
    flag = "" if connection.name == LOCAL else f" --env {connection.name}"
    short_name = shortened(name, 100)
    noun = NOUNS[kind] if kind else "job, Spark step, pipeline run or endpoint"
    if name in workloads():
        command, what = _FIRST.get(kind or "", ("run", "starts a training job"))
        return (
            f"workload {name!r} has no {noun} in environment {connection.name!r} yet;"
            f" `launchpad {command} {name}{flag}` {what}"
        )
    names = [work.name for work in list_work(connection, None, (kind,) if kind else None, REMEMBERED)]
    near = difflib.get_close_matches(short_name, [*names, *workloads()], n=3, cutoff=0.6)
    hint = f"did you mean {', '.join(near)}? " if near else ""
    return (
        f"environment {connection.name!r} has no {noun} {short_name!r}, and no workload of that name; {hint}`launchpad"
        f" status{flag}` lists what exists"
    )
