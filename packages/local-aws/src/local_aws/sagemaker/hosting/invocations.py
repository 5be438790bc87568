"""The SageMaker runtime: InvokeEndpoint and its siblings pass a request to a model's container, and its response back.

A separate REST API on the same host: the body is the payload, everything else is in headers. All of it runs on the
event loop: a request waits for its container without a thread, so a slow model delays no other one. Which class
handles a request depends on the endpoint configuration (see `invocation_modes`).
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from local_aws.api.errors import AwsError, not_implemented
from local_aws.api.service import Scope
from local_aws.sagemaker.hosting.container_client import ContainerClient
from local_aws.sagemaker.hosting.endpoints import Endpoints
from local_aws.sagemaker.hosting.invocation_limits import check
from local_aws.sagemaker.hosting.invocation_modes import MAX_SECONDS, Answer, AsyncMode, Call, Mode
from local_aws.sagemaker.hosting.model_errors import UndeliveredError
from local_aws.sagemaker.hosting.real_time import RealTime
from local_aws.sagemaker.hosting.shadow import Shadows
from local_aws.sagemaker.hosting.streaming import Guarded
from local_aws.sagemaker.hosting.variants import Variant

PATH = re.compile(r"/endpoints/([^/]+)/(invocations|invocations-response-stream|async-invocations)")
OPERATIONS = {
    "invocations": "InvokeEndpoint",
    "invocations-response-stream": "InvokeEndpointWithResponseStream",
    "async-invocations": "InvokeEndpointAsync",
}

UNDELIVERED_SECONDS, RETRY_SECONDS = 2.0, 0.05
"""How long a request that no container has seen is sent again, and how often."""


class VariantMode(Mode, Protocol):
    """A mode that only some variants have, such as those with a multi-model container."""

    def serves(self, variant: Variant) -> bool:
        """Whether the variant is called in this mode; asked once per variant."""
        ...


class Invocations:
    """The operations of the runtime API.

    Modes of variants are asked in order; the first that serves a variant is used, and `RealTime` for the others.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        client: ContainerClient | None = None,
        modes: Sequence[VariantMode] = (),
        asynchronous: AsyncMode | None = None,
    ) -> None:
        self._endpoints, self._modes, self._asynchronous = endpoints, modes, asynchronous
        self._real_time = RealTime(client or ContainerClient(), endpoints.measurements)
        self._captures = endpoints.captures
        self._shadows = Shadows(self._real_time, endpoints.measurements, self._captures)
        self._chosen: WeakKeyDictionary[Variant, Mode] = WeakKeyDictionary()

    async def respond(self, scope: Scope, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Respond to one request once the model has responded, or has begun to stream its response."""
        try:
            operation = PATH.fullmatch(path)
            if not operation or method != "POST":
                raise AwsError("UnknownOperationException", f"{method} {path} is no operation of the runtime.", 404)
            call = Call(scope, unquote(operation[1]), OPERATIONS[operation[2]], headers, body)
            check(call)
            await self._until_recovered(call)
            if call.operation == "InvokeEndpointAsync":
                return await self._accept(call)
            return await self._invoke(call)
        except AwsError as error:
            return Answer(*error.response("application/json"))

    async def _until_recovered(self, call: Call) -> None:
        """Wait for the containers of an endpoint after a restart: on AWS they serve during maintenance."""
        deadline = time.monotonic() + MAX_SECONDS
        while self._endpoints.is_recovering(call.scope, call.endpoint) and time.monotonic() < deadline:
            await asyncio.sleep(RETRY_SECONDS)

    async def _accept(self, call: Call) -> Answer:
        if self._asynchronous is None:
            raise not_implemented("async-invocations: use InvokeEndpoint")
        return await self._asynchronous.accept(call)

    async def _invoke(self, call: Call) -> Answer:
        """Send the request to an instance; to another one if the first has ended and its end isn't known yet."""
        if self._asynchronous:
            self._asynchronous.check_synchronous(call)
        deadline = time.monotonic() + UNDELIVERED_SECONDS
        while True:
            try:
                return await self._send(call)
            except UndeliveredError as failure:
                if time.monotonic() > deadline:
                    self._endpoints.measurements.invoked(call.scope, failure.invocation)
                    raise failure.error from failure
            await asyncio.sleep(RETRY_SECONDS)

    async def _send(self, call: Call) -> Answer:
        route = self._endpoints.route(call.scope, call.endpoint, call.headers)
        try:
            response = await self._mode(route.variant).invoke(route, call)
        except BaseException as error:
            route.done()
            if isinstance(error, AwsError):
                self._shadows.copy(route, call)
            raise
        response = self._endpoints.sessions.noted(route, call, response)
        self._captures.add(route.variant.capture, call, response)
        self._shadows.copy(route, call)
        if isinstance(response.body, bytes):
            route.done()
            return response
        return replace(response, body=Guarded(response.body, route.done))

    def _mode(self, variant: Variant) -> Mode:
        mode = self._chosen.get(variant)
        if mode is None:
            mode = next((mode for mode in self._modes if mode.serves(variant)), self._real_time)
            self._chosen[variant] = mode
        return mode
