"""What the modes of serving have in common: a call, its response, and the seam where a mode plugs in."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from local_aws.api.service import Scope
from local_aws.sagemaker.hosting.measurements import Invocation
from local_aws.sagemaker.hosting.routing import Route

MAX_SECONDS = 60.0
"""How long a container may take for a response ("Containers must respond to requests within 60 seconds")."""
MAX_STREAM_SECONDS = 480.0
"""How long a response stream may take in all (8 minutes; reported by users, because AWS documents no number)."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to an endpoint, after the checks that are the same for each mode."""

    scope: Scope
    endpoint: str
    operation: str
    """InvokeEndpoint, InvokeEndpointWithResponseStream or InvokeEndpointAsync."""
    headers: Mapping[str, str]
    """The headers as the client sent them; names in lower case."""
    body: bytes
    begun: float = field(default_factory=time.perf_counter)

    @property
    def streams(self) -> bool:
        """Whether the client reads the response as an event stream."""
        return self.operation == "InvokeEndpointWithResponseStream"


@dataclass(frozen=True, slots=True)
class Answer:
    """A response for the client; a body in parts is sent part by part."""

    status: int
    headers: Mapping[str, str]
    body: bytes | AsyncIterator[bytes]


def measured(
    route: Route, call: Call, status: int, model_seconds: float, container: str | None = None, model: str | None = None
) -> Invocation:
    """The measurement of a request whose model took ``model_seconds``; the rest of its time is overhead."""
    overhead = max(0.0, time.perf_counter() - call.begun - model_seconds)
    return Invocation(
        route.endpoint.name, route.variant.name, route.config, status, model_seconds, overhead, container, model
    )


class Mode(Protocol):
    """How the instances of an endpoint are called. It raises `AwsError` for what the client is to get as an error.

    The caller of `invoke` calls ``route.done``, for a stream after its last part.
    """

    async def invoke(self, route: Route, call: Call) -> Answer:
        """Call the instance of the route; measure, and return the response."""
        ...


class AsyncMode(Protocol):
    """How an endpoint with an AsyncInferenceConfig accepts requests. It needs no instance to do so."""

    async def accept(self, call: Call) -> Answer:
        """Queue the request, and return 202 with its InferenceId and its output's location."""
        ...

    def check_synchronous(self, call: Call) -> None:
        """Raise ValidationError for any other invocation of an asynchronous endpoint."""
        ...
