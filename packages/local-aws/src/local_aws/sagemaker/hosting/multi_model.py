"""How a multi-model container is called: its target model is loaded first, if it isn't."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from weakref import WeakKeyDictionary

from local_aws.api.service import Scope
from local_aws.sagemaker.hosting import model_errors
from local_aws.sagemaker.hosting.container_client import ContainerClient, ContainerResponse
from local_aws.sagemaker.hosting.container_connection import ContainerError
from local_aws.sagemaker.hosting.invocation_modes import MAX_SECONDS, Call
from local_aws.sagemaker.hosting.loaded_models import MISSING, ContainerModels, LoadError
from local_aws.sagemaker.hosting.measurements import Measurements
from local_aws.sagemaker.hosting.model_cache import ModelCache
from local_aws.sagemaker.hosting.model_container import ModelContainer
from local_aws.sagemaker.hosting.model_files import CachedModel, ModelFiles
from local_aws.sagemaker.hosting.routing import Route
from local_aws.sagemaker.hosting.targets import TARGET_MODEL

NAMESPACES = {"LoadedModelCount": "/aws/sagemaker/Endpoints"}
"""The namespaces of metrics that are not in AWS/SageMaker ("Multi-model endpoint ... metrics", SageMaker's guide)."""


class MultiModel:
    """Calls multi-model containers; one per server, for its event loop only."""

    def __init__(self, client: ContainerClient, measurements: Measurements) -> None:
        self._client, self._measurements = client, measurements
        self._caches: WeakKeyDictionary[ModelContainer, ModelCache] = WeakKeyDictionary()

    async def call(
        self, route: Route, call: Call, container: ModelContainer, headers: list[tuple[str, str]], body: bytes
    ) -> tuple[ContainerResponse, float]:
        """The response of the target model, and the seconds that the container took for it, without the load.

        Raises `AwsError`; of the container, only if it does not respond, or can't load the model.
        """
        try:
            async with self._cache(route, call.scope, container).use(call.headers[TARGET_MODEL]) as model:
                response, seconds = await self._post(container, model, headers, body)
                cache = self._cache(route, call.scope, container)
                if response.status == MISSING and await cache.reload_if_lost(model):
                    response, seconds = await self._post(container, model, headers, body)
                return response, seconds
        except LoadError as error:
            raise model_errors.model_error(call.scope, container, error.status, str(error), container.name) from error
        except ContainerError as error:
            raise model_errors.of_failure(call.scope, container, error, container.name) from error

    async def _post(
        self, container: ModelContainer, model: CachedModel, headers: list[tuple[str, str]], body: bytes
    ) -> tuple[ContainerResponse, float]:
        start = time.perf_counter()
        path = f"/models/{model.name}/invoke"
        response = await self._client.post(container.url, path, headers, body, MAX_SECONDS)
        return response, time.perf_counter() - start

    def _cache(self, route: Route, scope: Scope, container: ModelContainer) -> ModelCache:
        cache = self._caches.get(container)
        if cache is None:
            variant = {"EndpointName": route.endpoint.name, "VariantName": route.variant.name}
            setting = container.definition.get("MultiModelConfig", {}).get("ModelCacheSetting", "Enabled")
            cache = self._caches[container] = ModelCache(
                ModelFiles(container),
                ContainerModels(container, self._client),
                partial(self._measure, scope, variant),
                keeps=setting == "Enabled",
            )
        return cache

    def _measure(self, scope: Scope, variant: Mapping[str, str], metric: str, value: float, unit: str) -> None:
        self._measurements.put(scope, NAMESPACES.get(metric, "AWS/SageMaker"), metric, value, unit, variant)
