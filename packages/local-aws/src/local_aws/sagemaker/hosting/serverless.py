"""How serverless variants are called: a request waits for its container's cold start, and its payload is smaller."""

from __future__ import annotations

import asyncio
import time

from local_aws.api.errors import AwsError
from local_aws.sagemaker.hosting import model_errors
from local_aws.sagemaker.hosting.invocation_modes import Answer, Call, Mode
from local_aws.sagemaker.hosting.measurements import Measurements
from local_aws.sagemaker.hosting.model_instance import StartError
from local_aws.sagemaker.hosting.routing import Route
from local_aws.sagemaker.hosting.serverless_pool import Pool
from local_aws.sagemaker.hosting.variants import Variant

MAX_BODY = 4 * 1024 * 1024
READY_POLL_SECONDS = 0.02
NAMESPACE, UTILIZATION = "AWS/SageMaker", "/aws/sagemaker/Endpoints"


class Serverless:
    """How serverless variants are called; see `Mode`. The containers themselves are called in real time."""

    def __init__(self, real_time: Mode, measurements: Measurements) -> None:
        self._real_time, self._measurements = real_time, measurements

    def serves(self, variant: Variant) -> bool:
        """Whether the variant is serverless."""
        return variant.pool is not None

    async def invoke(self, route: Route, call: Call) -> Answer:
        """Wait for the container if it is still starting, then call it."""
        pool = route.variant.pool
        assert pool  # noqa: S101 (see `serves`)
        check_size(call)
        try:
            if not route.instance.is_ready:
                await self._set_up(pool, route, call)
            self._measure(pool, route, call)
            return await self._real_time.invoke(route, call)
        finally:
            pool.used(route.instance)
            utilization = pool.memory.utilization(route.instance)
            self._put(route, call, "MemoryUtilization", utilization, "Percent", UTILIZATION)

    async def _set_up(self, pool: Pool, route: Route, call: Call) -> None:
        start = time.perf_counter()
        while not route.instance.is_settled:
            await asyncio.sleep(READY_POLL_SECONDS)
        try:
            route.instance.wait_ready()  # returns at once, because it is settled
        except StartError as error:
            pool.discard(route.instance)
            raise model_errors.model_error(call.scope, route.instance, 500, str(error)) from error
        self._put(route, call, "ModelSetupTime", (time.perf_counter() - start) * 1e6, "Microseconds")

    def _measure(self, pool: Pool, route: Route, call: Call) -> None:
        running = route.variant.in_flight
        self._put(route, call, "ServerlessConcurrentExecutionsUtilization", running / pool.most, "None")
        if provisioned := pool.provisioned:
            within = running <= provisioned
            spilled = "ServerlessProvisionedConcurrencySpilloverInvocations"
            self._put(route, call, "ServerlessProvisionedConcurrencyExecutions", min(running, provisioned), "Count")
            utilization = min(running / provisioned, 1.0)
            self._put(route, call, "ServerlessProvisionedConcurrencyUtilization", utilization, "None")
            self._put(route, call, "ServerlessProvisionedConcurrencyInvocations", float(within), "Count")
            self._put(route, call, spilled, float(not within), "Count")

    def _put(self, route: Route, call: Call, metric: str, value: float, unit: str, namespace: str = NAMESPACE) -> None:
        dimensions = {"EndpointName": route.endpoint.name, "VariantName": route.variant.name}
        self._measurements.put(call.scope, namespace, metric, value, unit, dimensions)


def check_size(call: Call) -> None:
    """Raise ValidationError for a payload over 4 MB, in the words that AWS has for other payloads."""
    if len(call.body) > MAX_BODY:
        raise AwsError(
            "ValidationError",
            "1 validation error detected: Value at 'body' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_BODY}",
        )
