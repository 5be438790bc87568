"""The SageMaker runtime: InvokeEndpoint passes a request to a model's container, and returns its response.

A separate REST API on the same host: the body is the payload, everything else is in headers. The event loop chooses
the instance, and a thread of its variant waits for the model, so a slow model does not delay the others.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from concurrent.futures import Future
from urllib.parse import unquote

import urllib3

from local_aws.api.errors import AwsError, Response, not_implemented
from local_aws.api.service import Scope
from local_aws.sagemaker.hosting.deployment import OverloadedError, RetiredError, Variant
from local_aws.sagemaker.hosting.endpoints import Endpoints
from local_aws.sagemaker.hosting.model_instance import ModelInstance

PATH = re.compile(r"/endpoints/([^/]+)/(invocations|invocations-response-stream|async-invocations)")
MAX_BODY = 6 * 1024 * 1024
MAX_SECONDS = 60.0
PASSED = "x-amzn-sagemaker-"
TARGET_VARIANT = "x-amzn-sagemaker-target-variant"
UNSUPPORTED = {
    "x-amzn-sagemaker-target-model": "multi-model endpoints (TargetModel)",
    "x-amzn-sagemaker-target-container-hostname": "inference pipelines (TargetContainerHostname)",
    "x-amzn-sagemaker-inference-component": "inference components (InferenceComponentName)",
}
MAX_ORIGINAL_MESSAGE = 1024
THROTTLED = "The request was denied due to request throttling."
"""The message in the list of SageMaker's common errors."""


class Invocations:
    """InvokeEndpoint."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints

    async def respond(self, scope: Scope, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Respond to one request once the model has responded."""
        try:
            operation = PATH.fullmatch(path)
            if not operation or method != "POST":
                raise AwsError("UnknownOperationException", f"{method} {path} is no operation of the runtime.", 404)
            if operation[2] != "invocations":
                raise not_implemented(f"{operation[2]}: use InvokeEndpoint")
            _check(headers, body)
            future = self._submit(scope, unquote(operation[1]), headers, body)
            # Shielded, because a client that disconnects does not stop the model.
            return await asyncio.shield(asyncio.wrap_future(future))
        except AwsError as error:
            return error.response("application/json")

    def _submit(self, scope: Scope, name: str, headers: Mapping[str, str], body: bytes) -> Future[Response]:
        while True:
            hosted = self._endpoints.serving(scope, name)
            deployment = hosted.deployment if hosted else None
            if deployment is None:
                raise AwsError("ValidationError", f"Endpoint {name} of account {scope.account} not found.")
            try:
                return deployment.submit(
                    headers.get(TARGET_VARIANT),
                    lambda variant, instance: self._call(scope, variant, instance, headers, body),
                )
            except RetiredError:
                continue  # an update has just replaced the deployment
            except LookupError as error:
                raise AwsError("ValidationError", f"Variant {error} not found for endpoint {name}.") from error
            except OverloadedError as error:
                raise AwsError("ThrottlingException", THROTTLED) from error

    def _call(
        self, scope: Scope, variant: Variant, instance: ModelInstance, headers: Mapping[str, str], body: bytes
    ) -> Response:
        try:
            response = instance.call(body, _passed_on(headers), MAX_SECONDS)
        except urllib3.exceptions.TimeoutError as error:
            raise self._model_error(
                scope,
                instance,
                0,
                "Your invocation timed out while waiting for a response from container primary. "
                "Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.",
            ) from error
        except urllib3.exceptions.HTTPError as error:
            raise self._model_error(scope, instance, 500, f"The container does not answer: {error}") from error
        if not 200 <= response.status < 300:
            raise self._model_error(scope, instance, response.status, response.data.decode(errors="replace"))
        return 200, {**_passed_back(response), "x-Amzn-Invoked-Production-Variant": variant.name}, response.data

    def _model_error(self, scope: Scope, instance: ModelInstance, status: int, message: str) -> AwsError:
        side = "client" if 400 <= status < 500 else "server"
        name = instance.place.endpoint.name
        console = f"https://{scope.region}.console.aws.amazon.com/cloudwatch/home?region={scope.region}"
        return AwsError(
            "ModelError",
            f'Received {side} error ({status}) from primary with message "{message[:MAX_ORIGINAL_MESSAGE]}". '
            f"See {console}#logEventViewer:group=/aws/sagemaker/Endpoints/{name} "
            f"in account {scope.account} for more information.",
            status=424,
            members={
                "OriginalStatusCode": status,
                "OriginalMessage": message,
                "LogStreamArn": instance.log_stream_arn,
            },
        )


def _check(headers: Mapping[str, str], body: bytes) -> None:
    for header, feature in UNSUPPORTED.items():
        if header in headers:
            raise not_implemented(feature)
    if len(body) > MAX_BODY:
        raise AwsError(
            "ValidationError",
            f"1 validation error detected: Value at 'body' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_BODY}",
        )


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that the container gets: Content-Type, Accept, and SageMaker's."""
    own = {name: value for name, value in headers.items() if name.startswith(PASSED) and name != TARGET_VARIANT}
    plain = {name: headers[name] for name in ("content-type", "accept") if headers.get(name)}
    return {**plain, **own}


def _passed_back(response: urllib3.BaseHTTPResponse) -> dict[str, str]:
    headers = {name: value for name, value in response.headers.items() if name.lower().startswith(PASSED)}
    # In lower case, because the gateway rewrites a JSON "Content-Type" to that of SageMaker's control plane.
    return {"content-type": response.headers.get("Content-Type", "application/octet-stream"), **headers}
