"""The model behind /ping and /invocations: rows as CSV or JSON in, one prediction for each row out.

What surprises: nothing here says that the model is being loaded. Each of the server's processes loads it when it
imports this module, before it takes any connection: whoever answers /ping can predict. A model that can't be loaded
ends the server with its traceback.
"""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import falcon
import falcon.asgi
import joblib
import numpy as np
import sklearn
from batching import Batcher

MODEL = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")) / "model" / "model.joblib"
BODY_LIMIT = 32 * 1024 * 1024
"""Bytes; SageMaker itself takes up to 25 MB."""
SMALL_BODY = 256 * 1024
"""Bytes, which take milliseconds; what has more is read and predicted in a thread, for /ping must not wait for it."""

Reader = Callable[[bytes, list[str]], np.ndarray]


def read_csv(body: bytes, columns: list[str]) -> np.ndarray:
    """One row of numbers per line; a first line with the columns' names is allowed."""
    lines = body.decode().splitlines()
    if lines and lines[0].split(",") == columns:
        del lines[0]
    lines = [line for line in lines if line.strip()]
    if not lines:
        raise ValueError("the body has no rows")
    return np.loadtxt(lines, delimiter=",", comments=None, ndmin=2)


def read_json(body: bytes, columns: list[str]) -> np.ndarray:
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
    return np.array(rows, dtype=float)


def write_csv(values: np.ndarray) -> str:
    """One prediction per line."""
    return "\n".join(map(repr, values.tolist())) + "\n"


def write_json(values: np.ndarray) -> str:
    """The predictions as a list."""
    return json.dumps({"predictions": values.tolist()})


READERS = {"text/csv": read_csv, "application/json": read_json}
WRITERS = {"text/csv": write_csv, "application/json": write_json}


class Predictor:
    """The model, which has predicted something already."""

    def __init__(self, path: Path = MODEL) -> None:
        self._model = joblib.load(path)
        self.columns = [str(name) for name in self._model.feature_names_in_]
        forget_names(self._model)
        sklearn.set_config(assume_finite=True)  # `check` looks, and scikit-learn need not look again
        self._model.predict(np.zeros((1, len(self.columns))))
        self._batcher = Batcher(self._model.predict)

    async def predict(self, read: Reader, body: bytes) -> np.ndarray:
        """One value per row of the body. Raises ValueError for a body that does not fit the model."""
        if len(body) > SMALL_BODY:
            return np.asarray(await asyncio.to_thread(self._predict_all, read, body), dtype=float)
        return np.asarray(await self._batcher.predict(self.check(read(body, self.columns))), dtype=float)

    def _predict_all(self, read: Reader, body: bytes) -> np.ndarray:
        return self._model.predict(self.check(read(body, self.columns)))

    def check(self, rows: np.ndarray) -> np.ndarray:
        """The rows as they are. Raises ValueError for such as do not fit the model."""
        if rows.shape[1] != len(self.columns):
            raise ValueError(f"{rows.shape[1]} columns; expected {len(self.columns)}: {', '.join(self.columns)}")
        if not np.isfinite(rows).all():
            raise ValueError("every cell must be a finite number")
        return rows


def forget_names(model: Any) -> None:
    """Take the columns' names from a pipeline: it would warn at each request that rows come without them."""
    for part in (model, *(step for _, step in getattr(model, "steps", []))):
        if "feature_names_in_" in vars(part):
            del part.feature_names_in_


class Ping:
    """SageMaker's health check."""

    async def on_get(self, _: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        """Answer 200: whoever answers has a model that predicts."""
        response.status = falcon.HTTP_200


class Invocations:
    """SageMaker's InvokeEndpoint."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor

    async def on_post(self, request: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        """Answer with one prediction per row, or with the status and the reason why not."""
        content_type = media_type(request.content_type or "")
        reader = READERS.get(content_type)
        if reader is None:
            expected = ", ".join(READERS)
            raise falcon.HTTPUnsupportedMediaType(description=f"{request.content_type!r} is not one of {expected}")
        accept = accepted(request.get_header("Accept") or "*/*", content_type)
        body = await read_body(request)
        try:
            values = await self._predictor.predict(reader, body)
        except ValueError as error:
            raise falcon.HTTPBadRequest(description=f"the body is no {content_type} that fits: {error}") from None
        response.content_type, response.text = accept, WRITERS[accept](values)


async def read_body(request: falcon.asgi.Request) -> bytes:
    """All of it, or 413 where it is too long, whether its length was announced or not."""
    announced = request.content_length or 0
    body = await request.stream.read(BODY_LIMIT + 1) if announced <= BODY_LIMIT else b""
    if max(announced, len(body)) > BODY_LIMIT:
        raise falcon.HTTPContentTooLarge(description=f"the body has more than {BODY_LIMIT} bytes")
    return body


def accepted(header: str, content_type: str) -> str:
    """What to answer with: the first type in the Accept header that there is; where any will do, what was sent."""
    for part in header.split(","):
        wanted = media_type(part)
        if wanted in WRITERS:
            return wanted
        if wanted in ("*/*", "text/*", "application/*"):
            return next(name for name in (content_type, *WRITERS) if wanted == "*/*" or name.startswith(wanted[:-1]))
    raise falcon.HTTPNotAcceptable(description=f"{header!r} is not one of {', '.join(WRITERS)}")


def media_type(header: str) -> str:
    """The type without its parameters."""
    return header.partition(";")[0].strip().lower()


class Application(falcon.asgi.App):
    """Falcon's, which knows no HTTP version "1": that is what Granian calls 1.0."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope.get("http_version") == "1":
            scope["http_version"] = "1.0"
        await super().__call__(scope, receive, send)


def make_application() -> Application:
    """The ASGI application."""
    application = Application()
    application.add_route("/ping", Ping())
    application.add_route("/invocations", Invocations(Predictor()))
    return application


application = make_application()
