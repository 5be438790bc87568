"""The models of one multi-model container: downloaded and loaded when they are invoked, unloaded when room is needed.

Note: as on AWS, a model that is loaded or on the disk is not compared with its object in S3: a new version under the
same key is served only once the old one has been unloaded and deleted ("Add or Remove Models": don't overwrite).
All methods are for the server's event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.files.storage import TOO_LARGE, DownloadError
from local_aws.sagemaker.hosting.loaded_models import ContainerModels, LoadError, OutOfMemoryError
from local_aws.sagemaker.hosting.model_files import CachedModel, ModelFiles

LOAD_SECONDS = 360.0
"""How long a model may download and load ("for up to 360 seconds")."""
WAIT_SECONDS = 60.0
"""How long a request waits for that."""
NOT_READY = (
    "The multi-model endpoint {endpoint} is still downloading or loading the target model {target}. Wait and try your "
    "request again."
)

Measure = Callable[[str, float, str], None]
"""Puts a metric's value with its unit."""


class ModelCache:
    """The least recently used model comes first."""

    def __init__(self, files: ModelFiles, models: ContainerModels, measure: Measure, *, keeps: bool) -> None:
        self._files, self._container, self._measure, self._keeps = files, models, measure, keeps
        self._models: OrderedDict[str, CachedModel] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def use(self, target: str) -> AsyncIterator[CachedModel]:
        """The model, loaded, and kept so meanwhile.

        Raises `AwsError`: ValidationError without such an object, ModelNotReadyException if it takes too long. Raises
        `LoadError` if the container can't load it.
        """
        model = self._models.setdefault(target, self._files.model(target))
        self._models.move_to_end(target)
        self._measure("ModelCacheHit", float(model.is_loaded), "None")
        model.users += 1
        try:
            if not model.is_loaded:
                await self._wait(model)
            yield model
        finally:
            model.users -= 1
            if not self._keeps:
                self._in_background(self._forget(model))

    async def reload_if_lost(self, model: CachedModel) -> bool:
        """Load a model again that its container no longer has, such as after its process died; else False."""
        if await self._container.has(model):
            return False
        model.is_loaded = False
        await self._wait(model)
        return True

    async def _wait(self, model: CachedModel) -> None:
        start = time.perf_counter()
        if model.loading is None:
            model.loading = self._in_background(self._load(model))
        try:
            finished, _ = await asyncio.wait([model.loading], timeout=WAIT_SECONDS)
        finally:
            self._measure_since(start, "ModelLoadingWaitTime")
        if not finished:
            message = NOT_READY.format(target=model.target, endpoint=self._container.endpoint)
            raise AwsError("ModelNotReadyException", message, status=429)
        finished.pop().result()

    async def _load(self, model: CachedModel) -> None:
        try:
            async with asyncio.timeout(LOAD_SECONDS), model.lock:
                if not model.is_on_disk:
                    await self._download(model)
                await self._load_into_memory(model)
            model.is_loaded = True
            self._count()
        except BaseException as error:
            self._models.pop(model.target, None)
            await self._files.delete(model)
            if isinstance(error, TimeoutError):
                raise LoadError(0, f"The model was not loaded within {LOAD_SECONDS:g} seconds.") from error
            raise
        finally:
            model.loading = None

    async def _download(self, model: CachedModel) -> None:
        start = time.perf_counter()
        while True:
            try:
                await self._files.download(model, list(self._models.values()))
                break
            except DownloadError as error:
                if str(error) != TOO_LARGE or not await self._free_disk():
                    raise AwsError("ValidationError", str(error)) from error
        self._measure_since(start, "ModelDownloadingTime")

    async def _load_into_memory(self, model: CachedModel) -> None:
        start = time.perf_counter()
        while await self._container.is_short_of_memory() and await self._free_memory():
            pass
        while True:
            try:
                await self._container.load(model)
                break
            except OutOfMemoryError:
                if not await self._free_memory():
                    raise
        self._measure_since(start, "ModelLoadingTime")

    async def _free_memory(self) -> bool:
        """Unload the model that was used least recently and is not in use; False if there is none."""
        unused = next((model for model in self._models.values() if model.is_loaded and not model.users), None)
        if unused is None:
            return False
        await self._unload(unused)
        return True

    async def _free_disk(self) -> bool:
        """Delete the files of a model that is not in use, preferably of one that is not loaded; False without one."""
        unused = [model for model in self._models.values() if model.is_on_disk and not model.users]
        idle = sorted((model for model in unused if model.loading is None), key=lambda model: model.is_loaded)
        if not idle:
            return False
        await self._remove(idle[0])
        return True

    async def _forget(self, model: CachedModel) -> None:
        if not model.users and model.loading is None:
            await self._remove(model)

    async def _remove(self, model: CachedModel) -> None:
        """Unload a model, and delete its files: a request that comes meanwhile downloads it anew."""
        was_loaded, model.is_loaded = model.is_loaded, False
        async with model.lock:
            if was_loaded:
                await self._unload_locked(model)
            await self._files.delete(model)
        if not model.users and self._models.get(model.target) is model:
            del self._models[model.target]

    async def _unload(self, model: CachedModel) -> None:
        """Unload a model. It counts as unloaded from the start, so that no new request is sent to it."""
        model.is_loaded = False
        async with model.lock:
            await self._unload_locked(model)

    async def _unload_locked(self, model: CachedModel) -> None:
        start = time.perf_counter()
        await self._container.unload(model)
        self._measure_since(start, "ModelUnloadingTime")
        self._count()

    def _count(self) -> None:
        loaded = sum(model.is_loaded for model in self._models.values())
        self._measure("LoadedModelCount", float(loaded), "None")

    def _measure_since(self, start: float, metric: str) -> None:
        self._measure(metric, (time.perf_counter() - start) * 1e6, "Microseconds")

    def _in_background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task that goes on if its caller gives up; its error is raised for those who wait for it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # read here, because perhaps no request waits for it any more
