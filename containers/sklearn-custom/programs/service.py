"""The model behind /ping and /invocations: rows as CSV or JSON in, one prediction for each row out.

Note: nothing here says that the model is being loaded. Each of the server's processes loads it when it
imports this module, before it takes any connection: one that answers /ping can predict. A model that can't be loaded
ends the server with its traceback. There is no framework for the web: Granian reads HTTP, and two paths need no more.
"""

import asyncio
import gc
import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import sklearn
from batching import Batcher

MODEL = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")) / "model" / "model.joblib"
BODY_LIMIT = 32 * 1024 * 1024
"""Bytes; SageMaker itself takes up to 25 MB."""
SMALL_BODY = 256 * 1024
"""Bytes, which take milliseconds; what has more is read and predicted in a thread, for /ping must not wait for it."""
FEW_ROWS = 16
"""Python reads so many faster than NumPy does."""

Rows = list[list[float]] | np.ndarray
Reader = Callable[[bytes, list[str]], Rows]


class RefusalError(Exception):
    """A request that is answered with another status than 200, and with the reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


def read_csv(body: bytes, columns: list[str]) -> Rows:
    """One row of numbers per line; a first line with the columns' names is allowed. Raises ValueError for others."""
    lines = [line for line in body.decode().splitlines() if line and not line.isspace()]
    if lines and lines[0].split(",") == columns:
        del lines[0]
    if not lines:
        raise ValueError("the body has no rows")
    if len(lines) > FEW_ROWS or b"_" in body:  # Python takes 1_000 for a number
        return np.loadtxt(lines, delimiter=",", comments=None, ndmin=2)
    return [[float(cell) for cell in line.split(",")] for line in lines]


def read_json(body: bytes, columns: list[str]) -> Rows:
    """A list of rows, or such a list under "instances"; a row is a list, or an object with the columns' names."""
    rows = json.loads(body)
    rows = rows.get("instances") if isinstance(rows, dict) else rows
    if not isinstance(rows, list) or not rows:
        raise ValueError('expected a list of rows, or {"instances": [...]}')
    rows = [[row.get(name) for name in columns] if isinstance(row, dict) else row for row in rows]
    if not all(isinstance(row, list) and all(type(cell) in (int, float) for cell in row) for row in rows):
        raise ValueError("a row is a list of numbers, or an object with a number for each column")
    if len({len(row) for row in rows}) > 1:
        raise ValueError("the rows differ in length")
    return rows if len(rows) <= FEW_ROWS else np.array(rows, dtype=float)


def write_csv(values: list[float]) -> str:
    """One prediction per line."""
    return "\n".join(map(repr, values)) + "\n"


def write_json(values: list[float]) -> str:
    """The predictions as a list."""
    return json.dumps({"predictions": values})


READERS = {"text/csv": read_csv, "application/json": read_json}
WRITERS = {"text/csv": write_csv, "application/json": write_json}


class Predictor:
    """The model, which has predicted something already."""

    def __init__(self, path: Path = MODEL) -> None:
        self._model = joblib.load(path)
        self.columns = [str(name) for name in self._model.feature_names_in_]
        forget_names(self._model)
        sklearn.set_config(assume_finite=True)  # `check` looks, and scikit-learn need not look again
        self._call([[0.0] * len(self.columns)])
        self._batcher = Batcher(self._call)

    async def predict(self, read: Reader, body: bytes) -> list[float]:
        """One value per row of the body. Raises ValueError for a body that does not fit the model."""
        if len(body) > SMALL_BODY:
            return await asyncio.to_thread(self._predict_all, read, body)
        rows = self.check(read(body, self.columns))
        return await self._batcher.predict(rows) if isinstance(rows, list) else self._call(rows)

    def _predict_all(self, read: Reader, body: bytes) -> list[float]:
        return self._call(self.check(read(body, self.columns)))

    def _call(self, rows: Rows) -> list[float]:
        return np.asarray(self._model.predict(np.asarray(rows, dtype=float)), dtype=float).tolist()

    def check(self, rows: Rows) -> Rows:
        """The rows as they are. Raises ValueError for such as do not fit the model."""
        widths = {rows.shape[1]} if isinstance(rows, np.ndarray) else set(map(len, rows))
        if widths != {len(self.columns)}:
            counts = " or ".join(map(str, sorted(widths)))
            raise ValueError(f"{counts} columns; expected {len(self.columns)}: {', '.join(self.columns)}")
        if not (
            np.isfinite(rows).all()
            if isinstance(rows, np.ndarray)
            else all(math.isfinite(cell) for row in rows for cell in row)
        ):
            raise ValueError("every cell must be a finite number")
        return rows


def forget_names(model: Any) -> None:
    """Take the columns' names from a pipeline: it would warn at each request that rows come without them."""
    for part in (model, *(step for _, step in getattr(model, "steps", []))):
        if "feature_names_in_" in vars(part):
            del part.feature_names_in_


class Service:
    """The application, as Granian calls one (RSGI): `scope` is a request's head, `protocol` gives and takes bodies."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._routes = {("GET", "/ping"): self.ping, ("POST", "/invocations"): self.invoke}
        self._paths = {path for _, path in self._routes}

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        route = self._routes.get((scope.method, scope.path))
        try:
            if route is None:
                raise RefusalError(405 if scope.path in self._paths else 404, f"no {scope.method} {scope.path} here")
            content_type, text = await route(scope, protocol)
        except RefusalError as refusal:
            headers = [("content-type", "application/json")]
            protocol.response_str(refusal.status, headers, json.dumps({"error": refusal.reason}))
        else:
            protocol.response_str(200, [("content-type", content_type)], text)

    async def ping(self, *_: Any) -> tuple[str, str]:
        """SageMaker's health check: a process that answers has a model that predicts."""
        return "text/plain", "\n"

    async def invoke(self, scope: Any, protocol: Any) -> tuple[str, str]:
        """SageMaker's InvokeEndpoint: one prediction per row, or the status and the reason why not."""
        header = scope.headers.get("content-type") or ""
        content_type = media_type(header)
        reader = READERS.get(content_type)
        if reader is None:
            raise RefusalError(415, f"{header!r} is not one of {', '.join(READERS)}")
        accept = accepted(scope.headers.get("accept") or "*/*", content_type)
        body = await read_body(scope, protocol)
        try:
            values = await self._predictor.predict(reader, body)
        except (ValueError, OverflowError, RecursionError) as error:  # a number of 400 digits, a list in 10,000 lists
            raise RefusalError(400, f"the body is no {content_type} that fits: {error}") from None
        return accept, WRITERS[accept](values)


async def read_body(scope: Any, protocol: Any) -> bytes:
    """All of it, or 413 where it is too long, whether its length was announced or not."""
    announced = scope.headers.get("content-length") or ""
    if announced.isdecimal() and int(announced) <= BODY_LIMIT:
        return await protocol()
    body = bytearray()
    if not announced:
        async for part in protocol:
            body += part
            if len(body) > BODY_LIMIT:
                break
    if announced or len(body) > BODY_LIMIT:
        raise RefusalError(413, f"the body has more than {BODY_LIMIT} bytes")
    return bytes(body)


def accepted(header: str, content_type: str) -> str:
    """What to answer with: the first type in the Accept header that there is; where any will do, what was sent."""
    for part in header.split(","):
        media = media_type(part)
        if media in WRITERS:
            return media
        if media in ("*/*", "text/*", "application/*"):
            return next(name for name in (content_type, *WRITERS) if media == "*/*" or name.startswith(media[:-1]))
    raise RefusalError(406, f"{header!r} is not one of {', '.join(WRITERS)}")


def media_type(header: str) -> str:
    """The type without its parameters."""
    return header.partition(";")[0].strip().lower()


application = Service(Predictor())
gc.freeze()  # what is there for good need not be looked at with every few hundred requests
