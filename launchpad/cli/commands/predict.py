"""`launchpad predict`: invoke an endpoint with the user's rows, or with the test set that its training job kept."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from launchpad.cli.options import CONTENT_TYPES, Environment, Json, Workload, content_type_of
from launchpad.cli.tables import Table
from launchpad.cli.terminal import emit, note, say, show, table
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import endpoints
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.test_set import TestSet, read_test_set
from launchpad.requests.names import endpoint_name

SHOWN_ROWS = 10
STDIN = "-"


def predict(
    workload: Workload,
    env: Environment = "local",
    data: Annotated[
        str | None,
        typer.Option(help="A file with rows, or - for standard input.", metavar="FILE|-", show_default=False),
    ] = None,
    content_type: Annotated[
        str | None, typer.Option(help=f"Of the rows; else by the file's ending ({', '.join(CONTENT_TYPES)}), else CSV.")
    ] = None,
    accept: Annotated[str | None, typer.Option(help="Content type of the answer.", metavar="TYPE")] = None,
    as_json: Json = False,
) -> None:
    """Predict: ask the workload's endpoint.

    Prints its response unchanged.

    Without --data, sends the first rows of the test set that the training job kept (test.csv in its output, whose
    last column is the true value) and shows each prediction next to the true value.

    Example: tail -n +2 rows.csv | launchpad predict boston-housing --data -
    """
    from launchpad.catalogue import load_workload

    load_workload(workload)
    connection = connect(env)
    endpoint = endpoint_name(connection.name, workload)
    if data is None:
        _compare(connection, endpoint, as_json=as_json)
        return
    body = _read(data)
    prediction = endpoints.predict(connection, endpoint, body, content_type or content_type_of(Path(data)), accept)
    if as_json:
        emit(_content(prediction))
    else:
        _print(prediction.body)
    note(f"{prediction.content_type} from {prediction.variant or endpoint}")


def _content(prediction: endpoints.Answer) -> dict[str, Any]:
    """A response for a program to read: JSON as it is, anything else as text."""
    text = prediction.body.decode(errors="backslashreplace")
    try:
        body = json.loads(text)
    except ValueError:
        body = text
    return {"content_type": prediction.content_type, "variant": prediction.variant or None, "body": body}


def _print(body: bytes) -> None:
    """Print the body unchanged to a file or pipe; on a terminal, escape binary data and control sequences."""
    if sys.stdout.isatty():
        say(body.decode(errors="backslashreplace").removesuffix("\n"))
        return
    sys.stdout.buffer.write(body if body.endswith(b"\n") else body + b"\n")
    sys.stdout.flush()


def _read(data: str) -> bytes:
    return sys.stdin.buffer.read() if data == STDIN else Path(data).read_bytes()


def _compare(connection: Connection, endpoint: str, *, as_json: bool) -> None:
    job = endpoints.served_job(connection, endpoint)
    if job is None:
        raise LaunchpadError(f"the artifact of {endpoint} doesn't name its training job; pass rows with --data FILE")
    tests = read_test_set(connection, job)
    if tests is None:
        raise LaunchpadError(
            f"training job {job} kept no test set (test.csv in its output); pass rows with --data FILE"
        )
    tests = tests.first(SHOWN_ROWS)
    prediction = endpoints.predict(connection, endpoint, tests.body(), "text/csv", "application/json")
    predictions = read_predictions(prediction.body, len(tests.rows))
    if as_json:
        pairs = zip(predictions, tests.truths, strict=True)
        rows = [{"predicted": predicted, "true": true} for predicted, true in pairs]
        emit({"job": job, "target": tests.target, "rows": rows})
        return
    show(comparison(tests, predictions))
    note(f"rows of the test set that training job {job} kept")


def read_predictions(body: bytes, rows: int) -> list[float | str]:
    """Parse a JSON list with one prediction per row.

    Raises:
        LaunchpadError: the body is something else.
    """
    try:
        values = json.loads(body)
    except ValueError:
        values = None
    if isinstance(values, dict):
        values = values.get("predictions")
    if not isinstance(values, list) or len(values) != rows:
        start = body[:80].decode(errors="replace")
        raise LaunchpadError(f"the endpoint didn't answer with a JSON list of {rows} predictions, but with: {start}")
    flat = [value[0] if isinstance(value, list) and len(value) == 1 else value for value in values]
    return [value if isinstance(value, int | float) else str(value) for value in flat]


def comparison(tests: TestSet, predictions: list[float | str]) -> Table:
    """A table of each prediction next to the true value."""
    rows = []
    for number, (true, predicted) in enumerate(zip(tests.truths, predictions, strict=True), start=1):
        error = f"{predicted - float(true):+.2f}" if isinstance(predicted, int | float) and _is_number(true) else ""
        rows.append([str(number), _short(predicted), true, error])
    return table(f"{tests.target}: predicted and true", ["row", "predicted", "true", "error"], rows, right=_NUMBERS)


_NUMBERS = ("row", "predicted", "true", "error")


def _short(value: float | str) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
