"""The contract of multi-model containers: load, unload and look up a model ("Custom Containers Contract", SageMaker).

A container that has no memory for a model responds with 507, and the caller then unloads others.
"""

from __future__ import annotations

import asyncio
import json
import os

from local_aws.runtimes.inside.process_tree import descendants
from local_aws.sagemaker.hosting.container_client import ContainerClient, ContainerResponse
from local_aws.sagemaker.hosting.container_connection import ContainerError
from local_aws.sagemaker.hosting.model_container import ModelContainer
from local_aws.sagemaker.hosting.model_files import FOLDER, CachedModel
from local_aws.sagemaker.instance_limits import bytes_of
from local_aws.sagemaker.instance_types import memory

CONTROL_SECONDS = 60.0
LOAD_SECONDS = 360.0
FULL = 0.9
"""The share of an instance's memory above which a model is unloaded before the next is loaded. AWS documents none."""
TARGET = "X-Amzn-SageMaker-Target-Model"
ALREADY_LOADED, NO_MEMORY, MISSING = 409, 507, 404


class LoadError(Exception):
    """The container did not load a model."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class OutOfMemoryError(LoadError):
    """The container has no memory for it."""


class ContainerModels:
    """The models in a container's memory."""

    def __init__(self, container: ModelContainer, client: ContainerClient) -> None:
        self._container, self._client = container, client

    @property
    def endpoint(self) -> str:
        """The endpoint's name."""
        return self._container.place.endpoint.name

    async def load(self, model: CachedModel) -> None:
        """Load a model from its folder. Raises `LoadError`."""
        url = f"{self._container.models_path}/{model.name}/{FOLDER}"
        body = json.dumps({"model_name": model.name, "url": url}).encode()
        response = await self._call("POST", "/models", model, LOAD_SECONDS, body)
        if response.status == NO_MEMORY:
            raise OutOfMemoryError(response.status, response.body.decode(errors="replace"))
        if response.is_failure and response.status != ALREADY_LOADED:
            raise LoadError(response.status, response.body.decode(errors="replace"))

    async def unload(self, model: CachedModel) -> None:
        """Unload a model. One that the container no longer has, or can't unload, is not reported."""
        try:
            await self._call("DELETE", f"/models/{model.name}", model, CONTROL_SECONDS)
        except LoadError:
            return

    async def has(self, model: CachedModel) -> bool:
        """Whether the container has the model."""
        return (await self._call("GET", f"/models/{model.name}", model, CONTROL_SECONDS)).status != MISSING

    async def is_short_of_memory(self) -> bool:
        """Whether the container uses nearly all memory that its instance has, or this machine."""
        return await asyncio.to_thread(self._is_short)

    def _is_short(self) -> bool:
        allowed = memory(self._container.place.instance_type or "") or _machine()
        return self._used() > FULL * min(allowed, _machine())

    def _used(self) -> int:
        tops = [process_id for process_id, _ in self._container.programs]
        return sum(bytes_of(process) for top in tops for process in (top, *descendants(top)))

    async def _call(
        self, method: str, path: str, model: CachedModel, seconds: float, body: bytes = b""
    ) -> ContainerResponse:
        headers = [("Content-Type", "application/json"), ("Accept", "application/json"), (TARGET, model.target)]
        try:
            return await self._client.request(method, self._container.url, path, headers, body, seconds)
        except ContainerError as error:
            raise LoadError(500, f"The container does not answer: {error}") from error


def _machine() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
