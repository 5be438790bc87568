"""Flask's response and application. Scripts of inference pipelines return `worker.Response(body, mimetype=accept)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
from sagemaker_training import content_types


class Response(flask.Response):
    """A response that an `output_fn` or a `transform_fn` may return; `accept` has no effect."""

    default_mimetype = content_types.JSON

    def __init__(
        self,
        response: Any = None,
        accept: str | None = None,  # noqa: ARG002
        status: int = 200,
        headers: Any = None,
        mimetype: str | None = None,
        direct_passthrough: bool = False,
    ) -> None:
        super().__init__(response, status, headers, mimetype, None, direct_passthrough)


class Worker(flask.Flask):
    """A Flask application with SageMaker's routes."""

    def __init__(
        self,
        transform_fn: Callable[[], Any],
        module_name: str | None = None,
        healthcheck_fn: Callable[[], Any] | None = None,
        execution_parameters_fn: Callable[[], Any] | None = None,
    ) -> None:
        super().__init__(module_name or __name__)
        self.add_url_rule("/invocations", "invocations", transform_fn, methods=["POST"])
        self.add_url_rule("/ping", "ping", healthcheck_fn or Response)
        if execution_parameters_fn:
            self.add_url_rule("/execution-parameters", "execution-parameters", execution_parameters_fn)
