"""Shadow variants: a share of the production variant's requests is copied to a second model, whose answers are dropped.

The copy is sent once the response is on its way. Whatever happens to it, slowness and crashes included, reaches the
metrics and logs of the shadow variant only. Note: AWS documents the share only as relative to the production variant's
weight; here equal weights copy every request, and a shadow with half the weight every second one.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from dataclasses import replace

from local_aws.api.errors import AwsError
from local_aws.sagemaker.hosting.capture import Captures
from local_aws.sagemaker.hosting.invocation_modes import Call, Mode
from local_aws.sagemaker.hosting.measurements import Measurements
from local_aws.sagemaker.hosting.model_errors import UndeliveredError
from local_aws.sagemaker.hosting.routing import Route
from local_aws.sagemaker.hosting.variants import Variant

log = logging.getLogger("local_aws.shadow")

MAX_COPIES = 64
"""Copies of one variant at a time; further ones are left out, so that a slow shadow takes no memory."""


class Shadows:
    """Sends the copies. Use it on the server's event loop only."""

    def __init__(self, mode: Mode, measurements: Measurements, captures: Captures) -> None:
        self._mode, self._measurements, self._captures = mode, measurements, captures
        self._tasks: set[asyncio.Task[None]] = set()

    def copy(self, route: Route, call: Call) -> None:
        """Copy a request to the shadow variant if it has one and the share says so; returns at once."""
        shadow = route.variant.shadow
        if shadow is None or not shadow.instances or shadow.in_flight >= MAX_COPIES:
            return
        if random.random() >= share(route.variant, shadow):  # noqa: S311 (traffic, not secrets)
            return
        task = asyncio.get_running_loop().create_task(self._send(_route(route, shadow), call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, route: Route, call: Call) -> None:
        try:
            copied = replace(call, begun=time.perf_counter())
            response = await self._mode.invoke(route, copied)
            self._captures.add(route.variant.capture, copied, response)
            if not isinstance(response.body, bytes):
                async for _ in response.body:
                    pass
        except UndeliveredError as failure:
            self._measurements.invoked(call.scope, failure.invocation)
        except AwsError:
            pass  # the variant's metrics count it, and its log has the container's words
        except Exception:  # nothing of a shadow may reach a caller
            log.exception("shadow variant %s of %s", route.variant.name, route.endpoint.name)
        finally:
            route.done()


def share(production: Variant, shadow: Variant) -> float:
    """The share of the production variant's requests that the shadow variant gets, from 0 to 1."""
    return min(shadow.weight / production.weight, 1.0) if production.weight else 0.0


def _route(route: Route, shadow: Variant) -> Route:
    instance = min(shadow.instances, key=lambda instance: instance.in_flight)
    shadow.in_flight += 1
    instance.in_flight += 1

    def done() -> None:
        shadow.in_flight -= 1
        instance.in_flight -= 1

    return replace(route, variant=shadow, instance=instance, done=done)
