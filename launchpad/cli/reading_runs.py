"""The reader of a workload's runs, with the prices and the working copy's definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from launchpad import paths
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import find_platform

if TYPE_CHECKING:
    from launchpad.runs.reading import Reader


def reader_of(connection: Connection, workload: str) -> Reader:
    """A reader of a workload's runs, also of one whose folder is gone."""
    from launchpad.costs.price_list import region_prices
    from launchpad.runs.reading import Reader

    prices = region_prices(connection.settings.region).usd
    return Reader(connection, find_platform(connection), workload, prices, definition_of(workload))


def definition_of(workload: str) -> Mapping[str, Any] | None:
    """The quality gate of the working copy, for jobs without a record; None if the workload can't be loaded."""
    from launchpad.catalogue import load_workload

    if not (paths.WORKLOADS / workload / "workload.yaml").is_file():
        return None
    try:
        checked = load_workload(workload)
    except LaunchpadError:
        return None
    gate = checked.quality_gate.model_dump() if checked.quality_gate else None
    return {"quality_gate": gate, "evaluate": checked.evaluate is not None}
