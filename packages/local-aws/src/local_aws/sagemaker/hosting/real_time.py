"""Real-time serving: one container per instance, called once per request."""

from __future__ import annotations

import time

from local_aws.sagemaker.hosting import model_errors
from local_aws.sagemaker.hosting.container_client import ContainerClient, ContainerResponse
from local_aws.sagemaker.hosting.container_connection import ContainerError, NotConnectedError
from local_aws.sagemaker.hosting.container_headers import passed_back, passed_on
from local_aws.sagemaker.hosting.invocation_modes import MAX_SECONDS, Answer, Call, measured
from local_aws.sagemaker.hosting.measurements import Measurements
from local_aws.sagemaker.hosting.routing import Route
from local_aws.sagemaker.hosting.streaming import streamed
from local_aws.sagemaker.hosting.targets import check_target_model, target_container

PATH = "/invocations"
VARIANT = "x-Amzn-Invoked-Production-Variant"


class RealTime:
    """See `Mode`."""

    def __init__(self, client: ContainerClient, measurements: Measurements) -> None:
        self._client, self._measurements = client, measurements

    async def invoke(self, route: Route, call: Call) -> Answer:
        """Send the request to the instance's container. Raises ModelError if that fails."""
        check_target_model(call, route.instance.containers)
        target_container(call, route.instance)
        return await (self._stream(route, call) if call.streams else self._whole(route, call))

    async def _whole(self, route: Route, call: Call) -> Answer:
        started = time.perf_counter()
        try:
            response = await self._client.post(
                route.instance.url, PATH, passed_on(call.headers), call.body, MAX_SECONDS
            )
        except ContainerError as error:
            raise self._failure(route, call, started, error) from error
        self._measure(route, call, response.status, started)
        if response.is_failure:
            raise model_errors.of_response(call.scope, route.instance, response)
        return Answer(200, {**passed_back(response.headers), VARIANT: route.variant.name}, response.body)

    async def _stream(self, route: Route, call: Call) -> Answer:
        started = time.perf_counter()
        headers = passed_on(call.headers, streams=True)
        try:
            response = await self._client.stream(route.instance.url, PATH, headers, call.body, MAX_SECONDS)
            body = await response.read(MAX_SECONDS) if response.is_failure else b""
        except ContainerError as error:
            raise self._failure(route, call, started, error) from error
        if response.is_failure:
            self._measure(route, call, response.status, started)
            failure = ContainerResponse(response.status, response.headers, body)
            raise model_errors.of_response(call.scope, route.instance, failure)
        return streamed(response, route.variant.name, lambda status: self._measure(route, call, status, started))

    def _failure(self, route: Route, call: Call, started: float, error: ContainerError) -> Exception:
        invocation = measured(route, call, 500, time.perf_counter() - started)
        failure = model_errors.of_failure(call.scope, route.instance, error)
        if isinstance(error, NotConnectedError):
            return model_errors.UndeliveredError(failure, invocation)
        self._measurements.invoked(call.scope, invocation)
        return failure

    def _measure(self, route: Route, call: Call, status: int, started: float) -> None:
        invocation = measured(route, call, status, time.perf_counter() - started)
        self._measurements.invoked(call.scope, invocation)
