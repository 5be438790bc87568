"""The cache of a multi-model container's models: which request waits, what makes room, and what is measured."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any

import pytest

from local_aws.api.errors import AwsError
from local_aws.files.storage import TOO_LARGE, DownloadError
from local_aws.sagemaker.hosting import model_cache
from local_aws.sagemaker.hosting.loaded_models import LoadError, OutOfMemoryError
from local_aws.sagemaker.hosting.model_cache import ModelCache
from local_aws.sagemaker.hosting.model_files import CachedModel


class Files:
    """A disk for ``most`` models."""

    def __init__(self, most: int = 100) -> None:
        self.most = most
        self.present: list[str] = []

    def model(self, target: str) -> CachedModel:
        return CachedModel(target, target, Path())

    async def download(self, model: CachedModel, others: Iterable[CachedModel]) -> None:  # noqa: ARG002
        if len(self.present) >= self.most:
            raise DownloadError(TOO_LARGE)
        if model.target == "missing":
            raise DownloadError("not there")
        self.present.append(model.target)
        model.is_on_disk = True

    async def delete(self, model: CachedModel) -> None:
        model.is_on_disk = False
        if model.target in self.present:
            self.present.remove(model.target)


class Container:
    """Memory for ``most`` models."""

    endpoint = "endpoint"

    def __init__(self, most: int = 100, *, fills: int = 100) -> None:
        self.most, self.fills = most, fills
        self.loads: list[str] = []
        self.loaded: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def load(self, model: CachedModel) -> None:
        await self.gate.wait()
        if len(self.loaded) >= self.most:
            raise OutOfMemoryError(507, "full")
        if model.target == "broken":
            raise LoadError(500, "broken")
        self.loads.append(model.target)
        self.loaded.append(model.target)

    async def unload(self, model: CachedModel) -> None:
        self.loaded.remove(model.target)

    async def has(self, model: CachedModel) -> bool:
        return model.target in self.loaded

    async def is_short_of_memory(self) -> bool:
        return len(self.loaded) >= self.fills


class Cache:
    """A cache on these parts, and what it measured."""

    def __init__(self, files: Files, container: Container, *, keeps: bool = True) -> None:
        self.values: list[tuple[str, float, str]] = []
        parts: Any = (files, container)
        self._cache = ModelCache(*parts, lambda *value: self.values.append(value), keeps=keeps)

    async def use(self, *targets: str) -> None:
        for target in targets:
            async with self._cache.use(target):
                pass

    def hold(self, target: str) -> Any:
        return self._cache.use(target)

    def metric(self, name: str) -> list[float]:
        return [value for metric, value, _ in self.values if metric == name]


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def test_concurrent_requests_load_a_model_once() -> None:
    async def work() -> None:
        container = Container()
        cache = Cache(Files(), container)
        await asyncio.gather(*(cache.use("a") for _ in range(5)))
        await cache.use("a")
        assert container.loads == ["a"]
        assert cache.metric("ModelCacheHit") == [0, 0, 0, 0, 0, 1]
        assert cache.metric("LoadedModelCount") == [1]
        assert len(cache.metric("ModelLoadingWaitTime")) == 5
        assert [len(cache.metric(name)) for name in ("ModelDownloadingTime", "ModelLoadingTime")] == [1, 1]

    run(work())


@pytest.mark.parametrize("container", [{"most": 2}, {"fills": 2}], ids=["507", "memory"])
def test_the_least_recently_used_model_is_unloaded_and_stays_on_disk(container: dict[str, int]) -> None:
    async def work() -> None:
        files, memory = Files(), Container(**container)
        cache = Cache(files, memory)
        await cache.use("a", "b", "a", "c")
        assert (memory.loaded, files.present) == (["a", "c"], ["a", "b", "c"])
        await cache.use("b")
        assert memory.loaded == ["c", "b"]
        assert len(cache.metric("ModelDownloadingTime")) == 3
        assert len(cache.metric("ModelUnloadingTime")) == 2

    run(work())


def test_a_model_in_use_is_never_unloaded() -> None:
    async def work() -> None:
        memory = Container(most=1)
        cache = Cache(Files(), memory)
        async with cache.hold("a"):
            with pytest.raises(OutOfMemoryError):
                await cache.use("b")
        await cache.use("b")
        assert memory.loaded == ["b"]

    run(work())


def test_a_full_disk_loses_an_unloaded_model_first() -> None:
    async def work() -> None:
        files, memory = Files(most=2), Container(most=1)
        cache = Cache(files, memory)
        await cache.use("a", "b", "c")
        assert (memory.loaded, files.present) == (["c"], ["b", "c"])

    run(work())


def test_a_request_waits_no_longer_than_aws_and_the_load_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_cache, "WAIT_SECONDS", 0.01)

    async def work() -> None:
        memory = Container()
        memory.gate.clear()
        cache = Cache(Files(), memory)
        with pytest.raises(AwsError) as caught:
            await cache.use("a")
        assert (caught.value.code, caught.value.status) == ("ModelNotReadyException", 429)
        memory.gate.set()
        while not memory.loaded:
            await asyncio.sleep(0)
        await cache.use("a")
        assert memory.loads == ["a"]

    run(work())


@pytest.mark.parametrize(("target", "error"), [("missing", AwsError), ("broken", LoadError)])
def test_a_model_that_failed_is_tried_again_by_the_next_request(target: str, error: type[Exception]) -> None:
    async def work() -> None:
        files = Files()
        cache = Cache(files, Container())
        for _ in range(2):
            with pytest.raises(error):
                await cache.use(target)
        assert files.present == []

    run(work())


def test_without_caching_a_model_is_deleted_after_its_last_request() -> None:
    async def work() -> None:
        files, memory = Files(), Container()
        cache = Cache(files, memory, keeps=False)
        async with cache.hold("a"):
            await cache.use("a")
            await asyncio.sleep(0.01)
            assert memory.loaded == ["a"]
        await asyncio.sleep(0.01)
        assert (memory.loaded, files.present) == ([], [])

    run(work())
