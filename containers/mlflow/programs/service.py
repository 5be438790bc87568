"""An MLflow model behind /ping and /invocations, in the formats of MLflow's own scoring server.

The requests are read and the answers written by MLflow's own code; the server before it is faster than MLflow's. Each
of the server's processes loads the model when it imports this module, before it takes any connection: one that answers
/ping can predict. A model that can't be loaded ends the server with its traceback.
"""

import os
from pathlib import Path

import falcon
import mlflow.pyfunc
from mlflow.exceptions import MlflowException
from mlflow.pyfunc.scoring_server import invocations

ROOT = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")) / "model"
LAST_CHARACTERS = 1000
"""The last characters of a refusal: the table before the reason has all columns."""


def find_model(root: Path) -> Path:
    """The folder with MLflow's own description of the model: the archive's top, or one below it."""
    folders = sorted(path.parent for path in [root / "MLmodel", *root.glob("*/MLmodel")] if path.is_file())
    if not folders:
        raise FileNotFoundError(f"{root}: no file MLmodel, there or one folder below; save the model with MLflow")
    return folders[0]


class Ping:
    """SageMaker's health check."""

    def on_get(self, _: falcon.Request, response: falcon.Response) -> None:
        """Answer 200: a process that answers has a model that predicts."""
        response.status = falcon.HTTP_200


class Invocations:
    """SageMaker's InvokeEndpoint."""

    def __init__(self, model: mlflow.pyfunc.PyFuncModel) -> None:
        self._model = model
        self._schema = model.metadata.get_input_schema()

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        """Answer as MLflow does: 415 for another format, 400 for a body that is not its format or not the model's."""
        body = request.bounded_stream.read()
        if not body.strip():
            raise falcon.HTTPBadRequest(description="the body is empty")
        try:
            reply = invocations(body, request.content_type or "", self._model, self._schema)
        except (MlflowException, ValueError, RecursionError) as error:
            # After a table of the rows, the last line of MLflow's words names the column that is missing.
            raise falcon.HTTPBadRequest(description=" ".join(str(error).split())[-LAST_CHARACTERS:]) from None
        response.status, response.content_type, response.text = reply.status, reply.mimetype, reply.response


def make_application() -> falcon.App:
    """The WSGI application."""
    application = falcon.App()
    application.add_route("/ping", Ping())
    application.add_route("/invocations", Invocations(mlflow.pyfunc.load_model(str(find_model(ROOT)))))
    return application


application = make_application()
