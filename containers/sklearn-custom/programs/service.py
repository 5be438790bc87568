"""The model behind /ping and /invocations: rows as CSV or JSON in, one prediction for each row out.

What surprises: nothing here says that the model is being loaded. Each of the server's processes loads it when it
imports this module, before it takes any connection: whoever answers /ping can predict. A model that can't be loaded
ends the server with its traceback.
"""

import json
import os
from pathlib import Path
from typing import Any

import falcon
import joblib
import numpy as np

MODEL = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")) / "model" / "model.joblib"
BODY_LIMIT = 32 * 1024 * 1024
"""Bytes; SageMaker itself takes up to 25 MB."""


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
        self.predict(np.zeros((1, len(self.columns))))

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """One value per row. Raises ValueError for rows that do not fit the model."""
        if rows.shape[1] != len(self.columns):
            raise ValueError(f"{rows.shape[1]} columns; expected {len(self.columns)}: {', '.join(self.columns)}")
        if not np.isfinite(rows).all():
            raise ValueError("every cell must be a finite number")
        return np.asarray(self._model.predict(rows), dtype=float)


def forget_names(model: Any) -> None:
    """Take the columns' names from a pipeline: it would warn at each request that rows come without them."""
    for part in (model, *(step for _, step in getattr(model, "steps", []))):
        if "feature_names_in_" in vars(part):
            del part.feature_names_in_


class Ping:
    """SageMaker's health check."""

    def on_get(self, _: falcon.Request, response: falcon.Response) -> None:
        """Answer 200: whoever answers has a model that predicts."""
        response.status = falcon.HTTP_200


class Invocations:
    """SageMaker's InvokeEndpoint."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        """Answer with one prediction per row, or with the status and the reason why not."""
        content_type = media_type(request.content_type or "")
        reader = READERS.get(content_type)
        if reader is None:
            expected = ", ".join(READERS)
            raise falcon.HTTPUnsupportedMediaType(description=f"{request.content_type!r} is not one of {expected}")
        accept = accepted(request.get_header("Accept") or "*/*", content_type)
        if (request.content_length or 0) > BODY_LIMIT:
            raise falcon.HTTPContentTooLarge(description=f"the body has more than {BODY_LIMIT} bytes")
        try:
            values = self._predictor.predict(reader(request.bounded_stream.read(), self._predictor.columns))
        except ValueError as error:
            raise falcon.HTTPBadRequest(description=f"the body is no {content_type} that fits: {error}") from None
        response.content_type, response.text = accept, WRITERS[accept](values)


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


def make_application() -> falcon.App:
    """The WSGI application."""
    application = falcon.App()
    application.add_route("/ping", Ping())
    application.add_route("/invocations", Invocations(Predictor()))
    return application


application = make_application()
