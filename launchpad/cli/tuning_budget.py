"""Says what a tuning costs at most before it starts, and refuses one that may cost more than it is allowed to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from launchpad.cli.terminal import note
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection

if TYPE_CHECKING:
    from launchpad.costs.tuning_budget import TuningBudget
    from launchpad.workload import Workload


def check_tuning_budget(
    connection: Connection, workload: Workload, overrides: Mapping[str, Any], max_cost: float | None
) -> None:
    """Say the most, and what is expected after earlier jobs; the workload is counted as it is in this checkout.

    Raises:
        LaunchpadError: it may cost more than `max_cost` or `tuning.max_cost_usd`, or a price for that is unknown.
    """
    if workload.tuning is None:
        if max_cost is not None:
            raise LaunchpadError(f"--max-cost limits a tuning, and workloads/{workload.name} has no `tuning` section")
        return
    from launchpad.costs.price_list import region_prices
    from launchpad.costs.tuning_budget import tuning_budget
    from launchpad.costs.wording import sum_in_words
    from launchpad.requests.overrides import apply_overrides

    definition = workload.model_dump()
    training = apply_overrides(definition["training"], overrides, "training")
    prices = region_prices(connection.settings.region)
    budget = tuning_budget(workload.name, definition["tuning"], training, prices)
    limits = [each for each in (max_cost, workload.tuning.max_cost_usd) if each is not None]
    if limits and (refusal := budget.refusal(min(limits))):
        raise LaunchpadError(refusal)
    where = " on AWS" if connection.local else ""
    if budget.most.unknown and not budget.most.usd:
        note(f"what it costs at most{where} is unknown: {budget.how}")
    else:
        note(f"costs at most {sum_in_words(budget.most)}{where}: {budget.how}")
    for key in budget.most.unknown:
        note(f"unknown price: {key}")
    if not connection.local:
        _tell_expected(connection, workload.name, training, budget)


def _tell_expected(connection: Connection, workload: str, training: Mapping[str, Any], budget: TuningBudget) -> None:
    """Say what the tuning would cost if its jobs took as long as the workload's last ones on the same instances."""
    from botocore.exceptions import ClientError

    from launchpad.costs.wording import money
    from launchpad.platform_client.training_jobs import recent_seconds

    instance = training["instance"]
    groups = instance.get("groups") or [instance]
    try:
        seconds = recent_seconds(connection, workload, [(group["type"], group["count"]) for group in groups])
    except ClientError:  # who may launch need not be allowed to list jobs, and can do without an estimate
        return
    if (usd := budget.expected(seconds)) is not None:
        note(f"about {money(usd)}, if its jobs take as long as the last {len(seconds)} on the same instances")
