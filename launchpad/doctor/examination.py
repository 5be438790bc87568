"""Runs checks at the same time; the failure of one is a row, and ends no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from itertools import groupby

from botocore.exceptions import BotoCoreError, ClientError

from launchpad.doctor.check import Check, Finding, Row, Status, problem, unknown
from launchpad.doctor.deployment import Deployment
from launchpad.messages.errors import LaunchpadError

THREADS = 8
EXPECTED = (ClientError, BotoCoreError, LaunchpadError, OSError)
Progress = Callable[[int, int, Check], None]
"""Called after each check: how many have ended, of how many, and which was the last."""


def examine(
    deployment: Deployment,
    checks: Sequence[Check],
    explain: Callable[[Exception], str] = str,
    progress: Progress = lambda *_: None,
) -> list[Row]:
    """Run all checks; the rows come in the order of the checks, whichever ended first.

    What asks AWS is left out, with the reason, where the credentials are not valid. `explain` puts an error into words.
    """
    rows: dict[int, list[Row]] = {}
    alone = [number for number, check in enumerate(checks) if not check.asks_aws]
    rest = [number for number, check in enumerate(checks) if check.asks_aws]
    with ThreadPoolExecutor(THREADS) as threads:
        for wave in (alone, rest):
            if wave is rest and not _may_ask(row for part in rows.values() for row in part):
                rows |= _not_asked(checks, rest)
                break
            futures: dict[Future[list[Row]], int] = {
                threads.submit(_run, deployment, checks[number], explain): number for number in wave
            }
            for future in as_completed(futures):
                rows[futures[future]] = future.result()
                progress(len(rows), len(checks), checks[futures[future]])
    return [row for number in sorted(rows) for row in rows[number]]


def _may_ask(rows: Iterable[Row]) -> bool:
    return not any(row.group == "account" and row.status is Status.PROBLEM for row in rows)


def _not_asked(checks: Sequence[Check], numbers: Sequence[int]) -> dict[int, list[Row]]:
    """One row per group, at the place of its first check."""
    rows: dict[int, list[Row]] = {}
    for group, members in groupby(numbers, key=lambda number: checks[number].group):
        first, *others = members
        names = ", ".join(checks[number].name for number in (first, *others))
        text = "not asked, because there are no valid credentials for this environment"
        rows[first] = [Row(group, names, Status.UNKNOWN, text, "")]
    return rows


def _run(deployment: Deployment, check: Check, explain: Callable[[Exception], str]) -> list[Row]:
    try:
        return [Row.of(check, finding) for finding in check.examine(deployment)]
    except EXPECTED as error:
        return [Row.of(check, _failure(check, explain(error)))]
    except Exception as error:  # one check's bug must not hide what the others report
        return [Row.of(check, unknown(f"this check failed: {type(error).__name__}: {error}", "report it"))]


def _failure(check: Check, reason: str) -> Finding:
    """Nothing can be deployed without credentials; any other question may stay open."""
    text, _, remedy = reason.partition("; ")
    return problem(text, remedy) if check.group == "account" else unknown(text, remedy)
