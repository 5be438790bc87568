"""Reads the metrics of many runs with their times: from the log of each job, a few side by side."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.job_insight import read_metrics
from launchpad.platform_client.logs import training_log
from launchpad.platform_client.utilisation import Series
from launchpad.runs.reading import ATTEMPTS, THREADS
from launchpad.runs.run import Run


def curves(connection: Connection, runs: Sequence[Run]) -> dict[str, dict[str, Series]]:
    """Each run's metrics, by its job's name."""
    logs = connection.client("logs", attempts=ATTEMPTS)

    def read(run: Run) -> dict[str, Series]:
        return read_metrics(connection, run.description, training_log(logs, run.job).read())

    with ThreadPoolExecutor(THREADS) as pool:
        return dict(zip([run.job for run in runs], pool.map(read, runs), strict=True))
