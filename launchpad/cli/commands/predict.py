"""`launchpad predict`: invoke an endpoint with the user's rows, or with the test set that its training job kept."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from launchpad import paths
from launchpad.cli.asking import Asking, answer, print_parts, question
from launchpad.cli.formats import CONTENT_TYPES, check_default_handler, content_type_of
from launchpad.cli.judging import compare
from launchpad.cli.options import Environment, Json, Workload
from launchpad.cli.terminal import emit, note, say, show
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import endpoints
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.invocations import Answer, without_line_end
from launchpad.platform_client.served_model import ServedModel, served_model
from launchpad.platform_client.test_set import read_test_set

SHOWN_ROWS = 10
COMPARED_ROWS = 100
"""Enough for a line about the model, and few enough for one request."""
STDIN = "-"


def predict(
    workload: Workload,
    env: Environment = "local",
    data: Annotated[
        str | None,
        typer.Option(help="A file with rows, or - for standard input.", metavar="FILE|-", show_default=False),
    ] = None,
    content_type: Annotated[
        str | None, typer.Option(help=f"Of the rows; else by the file's ending ({', '.join(CONTENT_TYPES)}).")
    ] = None,
    accept: Annotated[str | None, typer.Option(help="Content type of the answer.", metavar="TYPE")] = None,
    stream: Annotated[bool, typer.Option("--stream", help="Print the parts of the answer as they come.")] = False,
    queued: Annotated[
        bool, typer.Option("--async", help="Queue the request, and wait for the answer; implied by `mode: async`.")
    ] = False,
    variant: Annotated[
        str | None, typer.Option(metavar="NAME", help="Ask this variant, else one by their weights.")
    ] = None,
    inference_id: Annotated[
        str | None,
        typer.Option("--inference-id", metavar="ID", help="Your name for the request, which its label has later."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Predict: ask the workload's endpoint.

    Prints its response unchanged; with --stream each part when it comes. A request to an asynchronous endpoint is
    uploaded to S3 if it is larger than 128 kB; then the answer is waited for and printed, or the reason of its failure.

    With --inference-id, up to 64 characters, a monitored endpoint captures the request under that id, by which
    `launchpad monitor labels` finds it: of a request with several rows, the third one's label has the id ID#2.

    Without --data, sends the first rows of the test set that the training job kept (test.csv in its output, whose
    last column is the true value) and shows predictions next to the true values, with one line about all of them.

    Example: tail -n +2 rows.csv | launchpad predict boston-housing --data -
    """
    from launchpad.catalogue import load_workload

    checked = load_workload(workload)
    kind = content_type or content_type_of(Path(data or STDIN))
    if data is not None:
        check_default_handler(checked, paths.WORKLOADS / workload, kind)
    connection = connect(env)
    served = served_model(connection, checked)
    asking = Asking(stream, queued, variant, inference_id)
    asking.check(served, own_rows=data is not None, json=as_json)
    if data is None:
        _compare(connection, served, asking, workload, as_json=as_json)
        return
    asked = question(_read(data, kind), kind, accept, asking, served)
    if stream:
        print_parts(connection, served, asked)
        return
    prediction = answer(connection, served, asked, asking, workload)
    if as_json:
        emit(_content(prediction))
    else:
        _print(prediction.body)
    note(f"{prediction.content_type} from {prediction.variant or served.endpoint}")


def _content(prediction: Answer) -> dict[str, Any]:
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


def _read(data: str, kind: str) -> bytes:
    return without_line_end(sys.stdin.buffer.read() if data == STDIN else Path(data).read_bytes(), kind)


def _compare(connection: Connection, served: ServedModel, asking: Asking, workload: str, *, as_json: bool) -> None:
    job = served.job or endpoints.served_job(connection, served.endpoint)
    if job is None:
        raise LaunchpadError(
            f"the artifact of {served.endpoint} doesn't name its training job; pass rows with --data FILE"
        )
    tests = read_test_set(connection, job)
    if tests is None:
        raise LaunchpadError(
            f"training job {job} kept no test set (test.csv in its output); pass rows with --data FILE"
        )
    tests = tests.first(COMPARED_ROWS)
    asked = question(tests.body(), "text/csv", "application/json", asking, served)
    prediction = answer(connection, served, asked, asking, workload)
    predictions = read_predictions(prediction.body, len(tests.rows), prediction.content_type)
    if as_json:
        pairs = zip(predictions, tests.truths, strict=True)
        rows = [{"predicted": predicted, "true": true} for predicted, true in pairs]
        emit({"job": job, "target": tests.target, "rows": rows})
        return
    comparison = compare(tests, predictions, SHOWN_ROWS)
    show(comparison.table)
    if comparison.summary:
        say(comparison.summary)
    note(f"rows of the test set that training job {job} kept")


def read_predictions(body: bytes, rows: int, content_type: str = "application/json") -> list[float | str]:
    """Parse a JSON list, or CSV in lines or in one line, with one prediction per row.

    Raises:
        LaunchpadError: the body is something else.
    """
    try:
        values = _read_csv(body) if content_type.startswith("text/csv") else json.loads(body)
    except ValueError:
        values = None
    if isinstance(values, dict):
        values = values.get("predictions")
    if not isinstance(values, list) or len(values) != rows:
        start = body[:80].decode(errors="replace")
        raise LaunchpadError(f"the endpoint didn't answer with a JSON list of {rows} predictions, but with: {start}")
    values = [value.get("label", value) if isinstance(value, dict) else value for value in values]
    flat = [value[0] if isinstance(value, list) and len(value) == 1 else value for value in values]
    return [value if isinstance(value, int | float) else str(value) for value in flat]


def _read_csv(body: bytes) -> list[float | str]:
    """The cells of CSV with one column, or one line, which XGBoost's algorithm answers on multi-model endpoints."""
    cells = [cell.strip() for line in body.decode().splitlines() for cell in line.split(",")]
    return [_number(cell) for cell in cells if cell]


def _number(cell: str) -> float | str:
    try:
        return float(cell)
    except ValueError:
        return cell
