"""AWS's `Transformer`, with HTTP statuses that distinguish a client's mistake from the model's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sagemaker_inference.errors import BaseInferenceToolkitError, UnsupportedFormatError
from sagemaker_inference.transformer import Transformer


class StatusTransformer(Transformer):
    """415 and 406 for formats, 400 for input that ``input_fn`` can't decode, 500 for all else."""

    @staticmethod
    def handle_error(context: Any, inference_exception: BaseInferenceToolkitError, trace: str) -> list[str]:
        """Respond with the message, and with the traceback if the fault is not the client's."""
        response: list[str] = Transformer.handle_error(context, inference_exception, trace)
        return [str(inference_exception.message)] if inference_exception.status_code < 500 else response

    def _run_handler_function(self, func: Callable[..., Any], *argv: Any) -> Any:
        try:
            return super()._run_handler_function(func, *argv)
        except UnsupportedFormatError as error:
            if func is self._output_fn:
                raise BaseInferenceToolkitError(406, str(error), "Not Acceptable") from error
            raise BaseInferenceToolkitError(415, str(error), "Unsupported Media Type") from error
        except ValueError as error:
            if func is not self._input_fn:
                raise
            raise BaseInferenceToolkitError(400, str(error), "Bad Request") from error
