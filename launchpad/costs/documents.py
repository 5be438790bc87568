"""Costs as JSON documents, for a program to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from launchpad.costs.environment_cost import EnvironmentCost, Row, Total
from launchpad.costs.price_list import PriceList
from launchpad.costs.running_piece import Running
from launchpad.costs.work import WorkCost


def cost_document(
    environment: str, cost: EnvironmentCost, works: Iterable[WorkCost], prices: PriceList
) -> dict[str, Any]:
    """The whole answer of `launchpad cost --json`."""
    oldest, newest = prices.dates or (None, None)
    return {
        "environment": environment,
        "region": prices.region,
        "prices": {"oldest": oldest, "newest": newest},
        "monthly": total_document(cost.total),
        "stacks": [{"stack": stack, **total_document(sum_)} for stack, sum_ in cost.by_stack.items()],
        "resources": [row_document(row) for row in cost.fixed],
        "by_use": [row_document(row) for row in cost.by_use],
        "without_rule": [{"stack": stack, "resource": name, "type": kind} for stack, name, kind in cost.unruled],
        "workloads": [
            {"workload": work.workload, "what": work.what, "per": work.per, "how": work.how}
            | {"at_most": total_document(work.total)}
            for work in works
        ],
    }


def total_document(total: Total) -> dict[str, Any]:
    """A sum, and the prices that are missing from it."""
    return {"usd": round(total.usd, 6), "unknown": list(total.unknown)}


def row_document(row: Row) -> Mapping[str, Any]:
    """One charge of one resource."""
    price = None if row.price is None else row.price.model_dump()
    return {
        "stack": row.stack,
        "resource": row.logical_id,
        "type": row.resource_type,
        "what": row.charge.what,
        "key": row.charge.key,
        "price": price,
        "quantity": row.charge.quantity or None,
        "monthly_usd": row.monthly,
    }


def running_document(environment: str, running: Iterable[Running], prices: PriceList) -> dict[str, Any]:
    """The whole answer of `launchpad cost --running --json`."""
    listed = list(running)
    return {
        "environment": environment,
        "region": prices.region,
        "hourly": total_document(Total.together(each.hourly for each in listed)),
        "running": [
            {
                "kind": each.kind,
                "name": each.name,
                "status": each.status,
                "since": each.since,
                "how": each.how,
                "hourly": total_document(each.hourly),
            }
            for each in listed
        ],
    }
