"""A PyTorch model and its script behind /ping and /invocations.

The script is as for AWS's PyTorch images: `code/inference.py` of the model, or SAGEMAKER_PROGRAM, with `model_fn` and
whichever it wants of `input_fn`, `predict_fn`, `output_fn`, `transform_fn`. AWS's own inference toolkit calls them.
Each of the server's processes loads the model when it imports this module, before it takes any connection: one that
answers /ping can predict. A model that can't be loaded ends the server with its traceback.
"""

import os
import sys
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import falcon
import torch
from sagemaker_inference import content_types
from sagemaker_inference.default_inference_handler import DefaultInferenceHandler
from sagemaker_inference.errors import BaseInferenceToolkitError, UnsupportedFormatError
from sagemaker_inference.transformer import Transformer

MODEL = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")) / "model"
CODE = MODEL / "code"


class Handler(DefaultInferenceHandler):
    """What is done where the script leaves it out."""

    def default_predict_fn(self, data: Any, model: torch.nn.Module, context: Any = None) -> Any:  # noqa: ARG002
        """Call the model on a tensor, without gradients."""
        with torch.inference_mode():
            return model(torch.as_tensor(data, dtype=torch.get_default_dtype()))

    def default_output_fn(self, prediction: Any, accept: str, context: Any = None) -> Any:
        """Encode a tensor, or what NumPy makes an array of, as JSON, CSV or NPY."""
        plain = prediction.detach().cpu().numpy() if isinstance(prediction, torch.Tensor) else prediction
        return super().default_output_fn(plain, accept, context)


class Context:
    """What the toolkit asks its model server about a request, and tells it of the answer."""

    def __init__(self) -> None:
        self.system_properties = {"model_dir": str(MODEL), "gpu_id": 0 if torch.cuda.is_available() else None}
        self.request_processor = [self]
        self.begin({})

    def begin(self, headers: dict[str, str]) -> None:
        """Start over, for a request with these headers."""
        self.headers = headers
        self.status, self.content_type = int(HTTPStatus.OK), content_types.JSON

    def get_request_properties(self) -> dict[str, str]:
        """The request's headers."""
        return self.headers

    def get_request_header(self, index: int, key: str) -> str | None:  # noqa: ARG002
        """One of them, whatever its case."""
        return {name.lower(): value for name, value in self.headers.items()}.get(key.lower())

    def set_response_status(self, code: int = 200, phrase: str = "", index: int = 0) -> None:  # noqa: ARG002
        """The answer's HTTP status."""
        self.status = code

    def set_response_content_type(self, index: int, value: str) -> None:  # noqa: ARG002
        """The answer's content type."""
        self.content_type = value


class Model(Transformer):
    """AWS's transformer, with the statuses that tell a client's mistake from the model's."""

    def __init__(self) -> None:
        super().__init__(Handler())
        self.context = Context()
        self.validate_and_initialize(str(MODEL), self.context)

    def _run_handler_function(self, func: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return super()._run_handler_function(func, *arguments)
        except UnsupportedFormatError as error:
            status = HTTPStatus.NOT_ACCEPTABLE if func is self._output_fn else HTTPStatus.UNSUPPORTED_MEDIA_TYPE
            raise BaseInferenceToolkitError(status, str(error), status.phrase) from error
        except ValueError as error:
            if func is not self._input_fn:
                raise
            raise BaseInferenceToolkitError(HTTPStatus.BAD_REQUEST, str(error), "Bad Request") from error

    @staticmethod
    def handle_error(context: Context, inference_exception: BaseInferenceToolkitError, trace: str) -> list[str]:
        """Answer with the message; what is the model's fault is in the log, with its traceback."""
        context.set_response_status(inference_exception.status_code)
        context.set_response_content_type(0, "text/plain")
        if inference_exception.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            sys.stderr.write(f"{trace}\n")
        return [str(inference_exception.message)]


class Ping:
    """SageMaker's health check."""

    def on_get(self, _: falcon.Request, response: falcon.Response) -> None:
        """Answer 200: a process that answers has a model that predicts."""
        response.status = falcon.HTTP_200


class Invocations:
    """SageMaker's InvokeEndpoint."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        """Answer as the script does: 415 for another format, 400 for what `input_fn` can't read."""
        body = request.bounded_stream.read()
        if not body.strip():
            raise falcon.HTTPBadRequest(description="the body is empty")
        media_type = (request.content_type or content_types.JSON).partition(";")[0].strip().lower()
        if media_type in content_types.UTF8_TYPES:
            check_text(body)
        self._model.context.begin({"Content-Type": media_type, "Accept": request.accept})
        (payload,) = self._model.transform([{"body": body}], self._model.context)
        response.status = self._model.context.status
        response.content_type = self._model.context.content_type
        response.data = payload if isinstance(payload, bytes) else str(payload).encode()


def check_text(body: bytes) -> None:
    """400 for what is not UTF-8."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise falcon.HTTPBadRequest(description=f"not UTF-8: {error}") from None


def make_application() -> falcon.App:
    """The WSGI application."""
    sys.path.insert(0, str(CODE))
    application = falcon.App()
    application.add_route("/ping", Ping())
    application.add_route("/invocations", Invocations(Model()))
    return application


application = make_application()
