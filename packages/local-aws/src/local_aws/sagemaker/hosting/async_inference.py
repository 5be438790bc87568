"""Asynchronous endpoints: InvokeEndpointAsync queues a request, and the endpoint's instances process it when they can.

A queue belongs to an endpoint, not to its instances: it survives updates and scaling to zero, and with a state folder
also the server, because each request is a record until it has a result. Note: a request that was in progress when the
server was killed is processed again.
"""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from local_aws.api.errors import AwsError, validation_error
from local_aws.api.service import Scope
from local_aws.api.store import Kind, Record
from local_aws.context import Context
from local_aws.sagemaker.hosting.async_backlog import Backlog, Entry
from local_aws.sagemaker.hosting.async_metrics import put_backlog
from local_aws.sagemaker.hosting.async_processing import AsyncProcessing, InstanceLeftError
from local_aws.sagemaker.hosting.async_requests import accepted, restored
from local_aws.sagemaker.hosting.endpoints import Endpoints
from local_aws.sagemaker.hosting.invocation_modes import Answer, Call
from local_aws.sagemaker.hosting.measurements import Measurements
from local_aws.sagemaker.hosting.routing import Route
from local_aws.sagemaker.kinds import ENDPOINT

log = logging.getLogger("local_aws.async")

CONCURRENT = 4
"""Requests of an instance without MaxConcurrentInvocationsPerInstance. AWS: "SageMaker chooses an optimal value"."""
POLL_SECONDS = 0.05
"""Between two looks for a free instance while requests wait."""
IDLE_SECONDS = 1.0
"""Between two looks for a deleted endpoint while none waits."""

_REFUSAL = validation_error("An asynchronous request is no resource.")
ASYNC_REQUEST = Kind(
    name="asynchronous request",
    member="AsyncRequest",
    arn_type="async-request",
    missing=lambda *_: _REFUSAL,
    exists=lambda *_: _REFUSAL,
)
"""Requests that have no result yet; no operation of AWS returns them."""


class AsyncInference:
    """All asynchronous endpoints; see `AsyncMode`."""

    def __init__(self, context: Context, endpoints: Endpoints, measurements: Measurements) -> None:
        self._context, self._endpoints, self._measurements = context, endpoints, measurements
        self._processing = AsyncProcessing(context, measurements)
        self._backlogs: dict[str, Backlog] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()

    async def accept(self, call: Call) -> Answer:
        """Queue the request. Raises ValidationError for an endpoint that is not asynchronous."""
        endpoint = self._asynchronous(call)
        details = endpoint.details
        request = accepted(call, details["AsyncInferenceConfig"], self._endpoints.role_of(endpoint))
        record = self._context.store.create(ASYNC_REQUEST, call.scope, uuid.uuid4().hex, request.as_details())
        self._backlog(endpoint).add(Entry(request, record))
        locations = {
            "X-Amzn-SageMaker-OutputLocation": request.output,
            "X-Amzn-SageMaker-FailureLocation": request.failure,
        }
        headers = {name: value for name, value in locations.items() if value}
        body = json.dumps({"InferenceId": request.inference_id}).encode()
        return Answer(202, {"content-type": "application/json", **headers}, body)

    def check_synchronous(self, call: Call) -> None:
        """Raise ValidationError if the endpoint is asynchronous: such an endpoint has no other invocations."""
        endpoint = self._context.store.find(ENDPOINT, call.scope, call.endpoint)
        if endpoint and "AsyncInferenceConfig" in endpoint.details:
            raise AwsError(
                "ValidationError",
                f"Endpoint {call.endpoint} of account {call.scope.account} is asynchronous: {call.operation} is not "
                "supported, use InvokeEndpointAsync.",
            )

    def recover(self) -> None:
        """Queue again what the last server left without a result; call it once the endpoints have recovered."""
        records = sorted(self._context.store.every(ASYNC_REQUEST), key=lambda record: record.details["received"])
        for record in records:
            request = restored(record.details)
            endpoint = self._context.store.find(ENDPOINT, record.scope, request.endpoint)
            if endpoint is None:
                self._context.store.remove(record)
            else:
                self._backlog(endpoint).add(Entry(request, record))

    def measure(self) -> None:
        """Put the metrics of every queue; call it once per minute of the clock."""
        for endpoint in self._context.store.every(ENDPOINT):
            if "AsyncInferenceConfig" in endpoint.details:
                backlog = self._backlogs.get(endpoint.arn)
                put_backlog(self._measurements, endpoint, backlog, self._context.clock.speed)

    def close(self) -> None:
        """Accept and begin nothing more, because the server stops."""
        self._closed.set()

    def _asynchronous(self, call: Call) -> Record:
        hosted = self._endpoints.serving(call.scope, call.endpoint)
        if hosted is None:
            raise AwsError("ValidationError", f"Endpoint {call.endpoint} of account {call.scope.account} not found.")
        if "AsyncInferenceConfig" not in hosted.record.details:
            raise AwsError(
                "ValidationError",
                f"Endpoint {call.endpoint} of account {call.scope.account} is not asynchronous: InvokeEndpointAsync is "
                "not supported, use InvokeEndpoint.",
            )
        return hosted.record

    def _backlog(self, endpoint: Record) -> Backlog:
        with self._lock:
            backlog = self._backlogs.get(endpoint.arn)
            if backlog is None:
                backlog = self._backlogs[endpoint.arn] = Backlog(endpoint.scope, endpoint.name)
                self._start(f"async {endpoint.name}", self._dispatch, endpoint.arn, backlog)
            return backlog

    def _start(self, name: str, target: Callable[..., None], *arguments: object) -> None:
        threading.Thread(target=target, args=arguments, name=name, daemon=True).start()

    # In a thread for each endpoint, and one for each request in progress

    def _dispatch(self, arn: str, backlog: Backlog) -> None:
        while not self._closed.is_set():
            endpoint = self._context.store.find(ENDPOINT, backlog.scope, backlog.endpoint)
            if endpoint is None or endpoint.arn != arn:
                break
            entry = backlog.next(IDLE_SECONDS)
            for expired in backlog.take_expired(self._context.clock.speed):
                self._start("async expiry", self._expire, backlog.scope, expired, endpoint)
                entry = None
            if entry is None:
                continue
            route = self._route(endpoint)
            if route is None:
                self._closed.wait(POLL_SECONDS)
                continue
            backlog.begin(entry)
            self._start(f"async {entry.request.inference_id}", self._process, backlog, entry, route)
        else:
            return  # a stopped server keeps its requests for the next one
        with self._lock:
            self._backlogs.pop(arn, None)
        for entry in backlog.take_all():
            self._context.store.remove(entry.record)

    def _route(self, endpoint: Record) -> Route | None:
        """An instance with room for one more request, or None for now."""
        try:
            route = self._endpoints.route(endpoint.scope, endpoint.name, {})
        except AwsError:
            return None
        if route.instance.in_flight > concurrency(endpoint.details.get("AsyncInferenceConfig", {})):
            route.done()
            return None
        return route

    def _process(self, backlog: Backlog, entry: Entry, route: Route) -> None:
        try:
            self._processing.process(backlog.scope, entry.request, route)
        except InstanceLeftError:
            self._closed.wait(POLL_SECONDS)  # until the endpoint has noticed it
            backlog.give_back(entry)
            return
        except Exception:  # the thread's last resort: a request must not stay in progress forever
            log.exception("asynchronous request %s of %s", entry.request.inference_id, backlog.endpoint)
        finally:
            route.done()
        backlog.end(entry)
        self._context.store.remove(entry.record)

    def _expire(self, scope: Scope, entry: Entry, endpoint: Record) -> None:
        names = [variant["VariantName"] for variant in endpoint.details.get("ProductionVariants", ())]
        self._processing.expire(scope, entry.request, names[0] if names else "AllTraffic")
        self._context.store.remove(entry.record)


def concurrency(config: Mapping[str, Any]) -> int:
    """How many requests of an asynchronous endpoint one instance gets at a time."""
    return int(config.get("ClientConfig", {}).get("MaxConcurrentInvocationsPerInstance", CONCURRENT))
