"""How models with several containers, or with a multi-model one, are called: one after the other, or one directly.

In a series, the answer of a container and its content type are the next one's request. Only the last container gets the
client's Accept, so that the others answer with their default, as AWS's toolkits expect: JSON, or what
SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT names. AWS does not document which other headers pass; here SageMaker's own go to
all of them.
"""

from __future__ import annotations

import time

from local_aws.api.errors import AwsError
from local_aws.sagemaker.hosting import model_errors
from local_aws.sagemaker.hosting.container_client import ContainerClient, ContainerResponse, StreamedResponse
from local_aws.sagemaker.hosting.container_connection import ContainerError, NotConnectedError
from local_aws.sagemaker.hosting.container_headers import passed_back, passed_on
from local_aws.sagemaker.hosting.invocation_modes import MAX_SECONDS, Answer, Call, measured
from local_aws.sagemaker.hosting.measurements import Measurements
from local_aws.sagemaker.hosting.model_container import ModelContainer
from local_aws.sagemaker.hosting.multi_model import MultiModel
from local_aws.sagemaker.hosting.real_time import PATH, VARIANT
from local_aws.sagemaker.hosting.routing import Route
from local_aws.sagemaker.hosting.streaming import streamed
from local_aws.sagemaker.hosting.targets import TARGET_CONTAINER, TARGET_MODEL, check_target_model, target_container
from local_aws.sagemaker.hosting.variants import Variant
from local_aws.sagemaker.model_checks import is_multi_model

Headers = list[tuple[str, str]]


class Pipelines:
    """See `Mode`."""

    def __init__(self, client: ContainerClient, measurements: Measurements) -> None:
        self._client, self._measurements = client, measurements
        self._multi_model = MultiModel(client, measurements)

    def serves(self, variant: Variant) -> bool:
        """Whether the variant's model has several containers, or a multi-model one."""
        return len(variant.containers) > 1 or is_multi_model(variant.containers[0])

    async def invoke(self, route: Route, call: Call) -> Answer:
        """Call the containers that the request is for. Raises ValidationError, or ModelError of one of them."""
        target = target_container(call, route.instance)
        containers = [target] if target else route.instance.containers
        check_target_model(call, containers)
        return await _Series(self, route, call, containers).answer()

    async def post(
        self, route: Route, call: Call, container: ModelContainer, headers: Headers, body: bytes
    ) -> tuple[ContainerResponse, float]:
        """The response of one container, and the seconds that it took. Raises `AwsError` if it does not respond."""
        if container.is_multi_model:
            return await self._multi_model.call(route, call, container, headers, body)
        start = time.perf_counter()
        try:
            response = await self._client.post(container.url, PATH, headers, body, MAX_SECONDS)
        except ContainerError as error:
            raise model_errors.of_failure(call.scope, container, error, container.name) from error
        return response, time.perf_counter() - start

    async def stream(
        self, call: Call, container: ModelContainer, headers: Headers, body: bytes
    ) -> ContainerResponse | StreamedResponse:
        """The response of one container in parts, or whole if it is a failure. Raises `AwsError` without one."""
        try:
            response = await self._client.stream(container.url, PATH, headers, body, MAX_SECONDS)
            if response.is_failure:
                return ContainerResponse(response.status, response.headers, await response.read(MAX_SECONDS))
        except ContainerError as error:
            raise model_errors.of_failure(call.scope, container, error, container.name) from error
        return response

    def measure(self, route: Route, call: Call, status: int, seconds: float, target: str | None) -> None:
        """Count the request; ``target`` is the container that it was for alone."""
        model = call.headers.get(TARGET_MODEL)
        self._measurements.invoked(call.scope, measured(route, call, status, seconds, target, model))

    def measure_container(self, route: Route, call: Call, name: str, seconds: float) -> None:
        """Put the latency of one container of a series."""
        dimensions = {
            "EndpointName": route.endpoint.name,
            "VariantName": route.variant.name,
            "ContainerName": name,
        }
        self._measurements.put(
            call.scope, "AWS/SageMaker", "ContainerLatency", seconds * 1e6, "Microseconds", dimensions
        )


class _Series:
    """One request on its way through the containers."""

    def __init__(self, pipelines: Pipelines, route: Route, call: Call, containers: list[ModelContainer]) -> None:
        self._pipelines, self._route, self._call, self._containers = pipelines, route, call, containers
        self._target = containers[0].name if route.instance.is_direct else None
        self._seconds, self._status = 0.0, 500
        self._is_delivered = False

    async def answer(self) -> Answer:
        """The last container's answer. Raises `UndeliveredError` if not even the first container got the request."""
        try:
            body, headers = await self._prepared()
            if self._call.streams:
                return await self._streamed(headers, body)
            response = await self._one(self._containers[-1], headers, body)
        except BaseException as error:
            if isinstance(error, AwsError) and not self._is_delivered and _is_undelivered(error):
                invocation = measured(self._route, self._call, 500, self._seconds, self._target)
                raise model_errors.UndeliveredError(error, invocation) from error
            self._measure(self._status)
            raise
        self._measure(self._status)
        return Answer(200, {**passed_back(response.headers), VARIANT: self._route.variant.name}, response.body)

    async def _prepared(self) -> tuple[bytes, Headers]:
        """What the last container gets."""
        headers = passed_on(self._call.headers, streams=self._call.streams)
        headers = [(name, value) for name, value in headers if name != TARGET_CONTAINER]
        accept = [(name, value) for name, value in headers if name == "accept"]
        body, header_fields = self._call.body, [item for item in headers if item[0] != "accept"]
        for container in self._containers[:-1]:
            response = await self._one(container, header_fields, body)
            content_type = response.headers.get("content-type") or "application/octet-stream"
            header_fields = [
                ("content-type", content_type),
                *(item for item in header_fields if item[0] != "content-type"),
            ]
            body = response.body
        return body, header_fields + accept

    async def _one(self, container: ModelContainer, headers: Headers, body: bytes) -> ContainerResponse:
        self._status = 500  # unless it responds
        response, seconds = await self._pipelines.post(self._route, self._call, container, headers, body)
        self._is_delivered = True
        self._took(container, seconds)
        self._status = response.status
        if response.is_failure:
            raise model_errors.of_response(self._call.scope, container, response, container.name)
        return response

    async def _streamed(self, headers: Headers, body: bytes) -> Answer:
        container, start = self._containers[-1], time.perf_counter()
        self._status = 500
        response = await self._pipelines.stream(self._call, container, headers, body)
        if isinstance(response, ContainerResponse):
            self._status = response.status
            self._took(container, time.perf_counter() - start)
            raise model_errors.of_response(self._call.scope, container, response, container.name)

        def ended(status: int) -> None:
            self._took(container, time.perf_counter() - start)
            self._measure(status)

        return streamed(response, self._route.variant.name, ended)

    def _took(self, container: ModelContainer, seconds: float) -> None:
        self._seconds += seconds
        if len(self._containers) > 1:
            self._pipelines.measure_container(self._route, self._call, container.name, seconds)

    def _measure(self, status: int) -> None:
        self._pipelines.measure(self._route, self._call, status, self._seconds, self._target)


def _is_undelivered(error: BaseException | None) -> bool:
    """Whether an error comes from a container that accepted no connection."""
    return error is not None and (isinstance(error, NotConnectedError) or _is_undelivered(error.__cause__))
