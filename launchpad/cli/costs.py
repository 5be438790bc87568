"""Costs as tables on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from launchpad.cli.tables import Table
from launchpad.cli.terminal import table
from launchpad.costs.environment_cost import EnvironmentCost, Row, Total
from launchpad.costs.running_piece import Running
from launchpad.costs.wording import money, sum_in_words, unit_price
from launchpad.costs.work import WorkCost

_MONTHLY = "$ a month"


def stack_table(environment: str, cost: EnvironmentCost) -> Table:
    """What each stack costs while nothing runs, and all of them together."""
    rows = [[stack, sum_in_words(sum_)] for stack, sum_ in cost.by_stack.items()]
    title = f"Fixed cost of {environment}"
    return table(title, ["stack", _MONTHLY], [*rows, ["together", sum_in_words(cost.total)]], [_MONTHLY])


def resource_table(cost: EnvironmentCost) -> Table:
    """Every charge that doesn't depend on use."""
    rows = [[row.stack, row.logical_id, row.charge.what, _monthly(row)] for row in cost.fixed]
    return table("Resources", ["stack", "resource", "what", _MONTHLY], rows, [_MONTHLY])


def usage_table(rows: Iterable[Row]) -> Table:
    """Each kind of charge by use once, with the number of resources that have it."""
    kinds = Counter((row.resource_type.removeprefix("AWS::"), row.charge.what, row.charge.key) for row in rows)
    prices = {row.charge.key: row.price for row in rows}
    cells = []
    for (kind, what, key), count in sorted(kinds.items()):
        price = prices[key]
        cells.append([kind, str(count), what, unit_price(price) if price else f"unknown: {key}"])
    return table("By use", ["type", "resources", "what", "price"], cells, ["resources"])


def work_table(works: Sequence[WorkCost]) -> Table:
    """What each workload's jobs and endpoint cost at most."""
    rows = [[work.workload, work.what, f"{sum_in_words(work.total)} per {work.per}", work.how] for work in works]
    return table("Workloads, at most", ["workload", "what", "$", "counted"], rows)


def running_table(environment: str, running: Sequence[Running]) -> Table:
    """What runs now."""
    rows = [
        [each.kind, each.name, each.status, f"{each.since:%Y-%m-%d %H:%M}", each.how, sum_in_words(each.hourly)]
        for each in running
    ]
    together: Total = Total.together(each.hourly for each in running)
    rows.append(["together", "", "", "", "", sum_in_words(together)])
    columns = ["what", "name", "status", "since", "instances", "$ an hour"]
    return table(f"What runs in {environment}", columns, rows, ["$ an hour"])


def _monthly(row: Row) -> str:
    return "unknown" if row.monthly is None else money(row.monthly)
