"""The test set that a training job kept: `test.csv` in its output, with the true value in the last column."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.outputs import read_output

MEMBER = "test.csv"


@dataclass(frozen=True)
class TestSet:
    """Rows that the model has not seen, with their true values."""

    __test__ = False

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """The rows without the true value."""
    truths: tuple[str, ...]
    target: str
    """The name of the column with the true value."""

    def first(self, number: int) -> TestSet:
        """The first rows only."""
        return replace(self, rows=self.rows[:number], truths=self.truths[:number])

    def body(self) -> bytes:
        """The rows as CSV without a header, the body of a request to an endpoint."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(self.rows)
        return text.getvalue().removesuffix("\n").encode()


def read_test_set(connection: Connection, job: str) -> TestSet | None:
    """Read a completed job's test set from its output archive; None if it kept none.

    Raises:
        LaunchpadError: `test.csv` exists, but is not a table with at least two columns and one row.
    """
    description = connection.client("sagemaker").describe_training_job(TrainingJobName=job)
    text = read_output(connection, description, (MEMBER,)).get(MEMBER)
    return parse(text, job) if text is not None else None


def parse(text: str, job: str) -> TestSet:
    """Parse the table.

    Raises:
        LaunchpadError: it is not a table, or not all rows are as long as the header.
    """
    table = [row for row in csv.reader(io.StringIO(text)) if row]
    if len(table) < 2 or len(table[0]) < 2 or any(len(row) != len(table[0]) for row in table):
        raise LaunchpadError(f"{MEMBER} of training job {job} is no table: a header, then rows, the true value last")
    header, *rows = table
    return TestSet(
        columns=tuple(header[:-1]),
        rows=tuple(tuple(row[:-1]) for row in rows),
        truths=tuple(row[-1] for row in rows),
        target=header[-1],
    )
