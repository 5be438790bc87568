"""One asynchronous request from the queue to its result: download, invocation, upload, message, metrics.

AWS documents no words for its failures but those that a container causes, which users quote (`FAILED`, and the line in
the data-log). The others are ours.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import IO

import urllib3

from local_aws.api.service import Scope
from local_aws.context import Context
from local_aws.sagemaker.hosting.async_delivery import Delivery, DeliveryError
from local_aws.sagemaker.hosting.async_messages import Result
from local_aws.sagemaker.hosting.async_requests import AsyncRequest
from local_aws.sagemaker.hosting.measurements import Measurements
from local_aws.sagemaker.hosting.model_errors import MAX_ORIGINAL_MESSAGE, TIMED_OUT
from local_aws.sagemaker.hosting.model_instance import ModelInstance
from local_aws.sagemaker.hosting.routing import Route

NAMESPACE = "AWS/SageMaker"
FAILED = (
    "ClientError: Received {side} error ({status}) from model. See the SageMaker Endpoint logs in your account for "
    "more information."
)
NO_LENGTH = "The response from container primary did not specify the required Content-Length header"
EXPIRED = "The request was in the queue for longer than its RequestTTLSeconds, {seconds}."


class InstanceLeftError(Exception):
    """The instance has ended, by an update or scale-in, or before it saw the request: another one has to serve it."""


@dataclass
class FailedRequestError(Exception):
    """The request failed for this reason; the line is for the data-log."""

    reason: str
    line: str
    body: bytes = b""
    content_type: str | None = None


class AsyncProcessing:
    """Processes requests of all endpoints, each in the thread that calls it."""

    def __init__(self, context: Context, measurements: Measurements) -> None:
        self._context, self._measurements = context, measurements

    def process(self, scope: Scope, request: AsyncRequest, route: Route) -> None:
        """Process a request with the route's instance. Raises `InstanceLeftError`, with nothing sent yet."""
        delivery = Delivery(self._context, scope, request.role)
        metrics = _Metrics(self._measurements, scope, request.endpoint, route.variant.name)
        waited = (time.time() - request.received) * self._context.clock.speed
        metrics.microseconds("TimeInBacklog", waited)
        start = time.perf_counter()
        try:
            result = self._invoked(delivery, metrics, request, route.instance)
        except FailedRequestError as failure:
            self._log(delivery, request, route.instance, failure.line)
            result = self._failed(delivery, request, failure)
            metrics.count("InvocationFailures")
        self._notify(delivery, metrics, request, result)
        metrics.count("InvocationsProcesssed")
        metrics.put("TotalProcessingTime", (waited + time.perf_counter() - start) * 1000, "Milliseconds")

    def expire(self, scope: Scope, request: AsyncRequest, variant: str) -> None:
        """End a request that has waited longer than it may."""
        delivery = Delivery(self._context, scope, request.role)
        metrics = _Metrics(self._measurements, scope, request.endpoint, variant)
        reason = EXPIRED.format(seconds=request.ttl_seconds)
        result = self._failed(delivery, request, FailedRequestError(f"ClientError: {reason}", reason))
        metrics.count("ExpiredRequests")
        metrics.count("InvocationFailures")
        self._notify(delivery, metrics, request, result)

    def _invoked(self, delivery: Delivery, metrics: _Metrics, request: AsyncRequest, instance: ModelInstance) -> Result:
        start = time.perf_counter()
        try:
            content, length = delivery.fetch(request)
        except DeliveryError as error:
            metrics.count("RequestDownloadFailures")
            raise FailedRequestError(f"ClientError: {error}", str(error)) from error
        metrics.microseconds("RequestDownloadLatency", time.perf_counter() - start)
        with content:
            response = self._called(metrics, request, instance, content, length)
        content_type = response.headers.get("Content-Type")
        if request.output:
            start = time.perf_counter()
            try:
                delivery.store(request.output, response.data, content_type, request.settings.get("KmsKeyId"))
            except DeliveryError as error:
                metrics.count("ResponseUploadFailures")
                raise FailedRequestError(f"ClientError: {error}", str(error)) from error
            metrics.microseconds("ResponseUploadLatency", time.perf_counter() - start)
        return Result(time.time(), content_type, response.data)

    def _called(
        self, metrics: _Metrics, request: AsyncRequest, instance: ModelInstance, content: IO[bytes], length: int
    ) -> urllib3.BaseHTTPResponse:
        start, status = time.perf_counter(), 500
        headers = {**request.headers, "Content-Length": str(length)}
        try:
            response = instance.call(content, headers, request.timeout_seconds)
            status = response.status
        except urllib3.exceptions.NewConnectionError as error:
            raise InstanceLeftError from error
        except urllib3.exceptions.TimeoutError as error:
            line = f'Received server error (0) from primary with message "{TIMED_OUT.format(container="primary")}"'
            raise FailedRequestError(FAILED.format(side="server", status=0), line) from error
        except urllib3.exceptions.HTTPError as error:
            if instance.is_stopping:
                raise InstanceLeftError from error
            line = f'Received server error (500) from primary with message "The container does not answer: {error}"'
            raise FailedRequestError(FAILED.format(side="server", status=500), line) from error
        finally:
            metrics.responded(status, time.perf_counter() - start)
        if not 200 <= status < 300:
            raise _refused(response)
        if "Content-Length" not in response.headers:
            raise FailedRequestError(f"ClientError: {NO_LENGTH}", NO_LENGTH)
        return response

    def _failed(self, delivery: Delivery, request: AsyncRequest, failure: FailedRequestError) -> Result:
        """Store the container's response, or the reason where there is none."""
        body, stored = failure.body or failure.reason.encode(), request.failure is not None
        if request.failure:
            try:
                delivery.store(request.failure, body, failure.content_type, request.settings.get("KmsKeyId"))
            except DeliveryError:
                stored = False  # the message still says why the request failed
        return Result(time.time(), failure.content_type, failure.body, failure.reason, stored)

    def _notify(self, delivery: Delivery, metrics: _Metrics, request: AsyncRequest, result: Result) -> None:
        try:
            delivery.notify(request, result)
        except DeliveryError:
            metrics.count("NotificationFailures")

    def _log(self, delivery: Delivery, request: AsyncRequest, instance: ModelInstance, line: str) -> None:
        group, _, stream = instance.log_stream_arn.partition(":log-group:")[2].partition(":log-stream:")
        delivery.log(group, stream, request, line)


def _refused(response: urllib3.BaseHTTPResponse) -> FailedRequestError:
    side = "client" if 400 <= response.status < 500 else "server"
    text = response.data.decode(errors="replace")[:MAX_ORIGINAL_MESSAGE]
    line = f'Received {side} error ({response.status}) from primary with message "{text}"'
    reason = FAILED.format(side=side, status=response.status)
    return FailedRequestError(reason, line, response.data, response.headers.get("Content-Type"))


@dataclass(frozen=True, slots=True)
class _Metrics:
    """The metrics of one variant."""

    measurements: Measurements
    scope: Scope
    endpoint: str
    variant: str

    def put(self, metric: str, value: float, unit: str) -> None:
        dimensions = {"EndpointName": self.endpoint, "VariantName": self.variant}
        self.measurements.put(self.scope, NAMESPACE, metric, value, unit, dimensions)

    def count(self, metric: str) -> None:
        self.put(metric, 1, "Count")

    def microseconds(self, metric: str, seconds: float) -> None:
        self.put(metric, seconds * 1e6, "Microseconds")

    def responded(self, status: int, seconds: float) -> None:
        self.microseconds("ModelLatency", seconds)
        self.put("Invocation4XXErrors", float(400 <= status < 500), "None")
        self.put("Invocation5XXErrors", float(status >= 500), "None")
