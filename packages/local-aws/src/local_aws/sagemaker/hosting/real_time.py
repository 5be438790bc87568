"""Real-time serving: one container per instance, called once per request."""

from __future__ import annotations

import time

from local_aws.api.errors import AwsError
from local_aws.sagemaker.hosting import model_errors
from local_aws.sagemaker.hosting.container_client import ContainerClient, ContainerResponse
from local_aws.sagemaker.hosting.container_connection import ContainerError
from local_aws.sagemaker.hosting.container_headers import passed_back, passed_on
from local_aws.sagemaker.hosting.invocation_modes import MAX_SECONDS, Answer, Call, measured
from local_aws.sagemaker.hosting.measurements import Measurements
from local_aws.sagemaker.hosting.routing import Route
from local_aws.sagemaker.hosting.streaming import streamed

PATH = "/invocations"
VARIANT = "x-Amzn-Invoked-Production-Variant"
ONLY_FOR = {
    "x-amzn-sagemaker-target-model": "TargetModel is only for endpoints whose container has the mode MultiModel.",
    "x-amzn-sagemaker-target-container-hostname": (
        "TargetContainerHostname is only for endpoints whose InferenceExecutionConfig has the mode Direct."
    ),
}
"""Headers that only other modes accept. AWS documents a ValidationError for them; the words are ours."""


class RealTime:
    """See `Mode`."""

    def __init__(self, client: ContainerClient, measurements: Measurements) -> None:
        self._client, self._measurements = client, measurements

    async def invoke(self, route: Route, call: Call) -> Answer:
        """Send the request to the instance's container. Raises ModelError if that fails."""
        for header, message in ONLY_FOR.items():
            if header in call.headers:
                raise AwsError("ValidationError", message)
        return await (self._stream(route, call) if call.streams else self._whole(route, call))

    async def _whole(self, route: Route, call: Call) -> Answer:
        started, status = time.perf_counter(), 500
        try:
            response = await self._client.post(
                route.instance.url, PATH, passed_on(call.headers), call.body, MAX_SECONDS
            )
            status = response.status
        except ContainerError as error:
            raise model_errors.of_failure(call.scope, route.instance, error) from error
        finally:
            self._measure(route, call, status, started)
        if response.is_failure:
            raise model_errors.of_response(call.scope, route.instance, response)
        return Answer(200, {**passed_back(response.headers), VARIANT: route.variant.name}, response.body)

    async def _stream(self, route: Route, call: Call) -> Answer:
        started = time.perf_counter()
        headers = passed_on(call.headers, streams=True)
        try:
            response = await self._client.stream(route.instance.url, PATH, headers, call.body, MAX_SECONDS)
            if response.is_failure:
                failure = ContainerResponse(response.status, response.headers, await response.read(MAX_SECONDS))
                self._measure(route, call, response.status, started)
                raise model_errors.of_response(call.scope, route.instance, failure)
        except ContainerError as error:
            self._measure(route, call, 500, started)
            raise model_errors.of_failure(call.scope, route.instance, error) from error
        return streamed(
            response,
            route.variant.name,
            lambda status: self._measure(route, call, status, started),
        )

    def _measure(self, route: Route, call: Call, status: int, started: float) -> None:
        invocation = measured(route, call, status, time.perf_counter() - started)
        self._measurements.invoked(call.scope, invocation)
