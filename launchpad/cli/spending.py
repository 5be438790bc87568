"""What ended work cost, and the row of `fields` that says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchpad.costs.after_run import run_costs, tuning_cost
from launchpad.costs.wording import cost_label, cost_line
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.work import find
from launchpad.platform_client.work.pipeline_runs import Step
from launchpad.requests.cost import Cost, job_cost


def ended_cost(connection: Connection, kind: str, job: Mapping[str, Any]) -> Cost | None:
    """The cost of an ended `training`, `tuning`, `processing`, `transform` or `spark` job, from its description."""
    prices = prices_of(connection)
    if kind == "tuning":
        return tuning_cost(connection, job["HyperParameterTuningJobName"], prices)
    return job_cost(kind, job, prices)


def pipeline_costs(connection: Connection, execution: str) -> list[tuple[Step, Cost]]:
    """Each job that a pipeline run (an ARN) has started, with its cost."""
    return list(run_costs(connection, find(connection, execution, "pipeline"), prices_of(connection)))


def cost_row(environment: str, cost: Cost | None) -> tuple[str, str]:
    """The label and the amount; no amount for what still runs, which `fields` leaves out."""
    return cost_label(environment), cost_line(cost) if cost else ""


def prices_of(connection: Connection) -> Mapping[str, float]:
    """The prices of an environment's region."""
    from launchpad.costs.price_list import region_prices

    return region_prices(connection.settings.region).usd
