"""The models of a multi-model server: each has its own processes and code, and is loaded and unloaded by its name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local_aws.runtimes.inside.serving.pool import Pool

MINIMUM_FREE = 64 * 1024 * 1024
"""Bytes of this machine's memory that stay free when a model is loaded."""


class ModelError(Exception):
    """A request for a model that can't be met; `status` is the response's."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind = status, kind


@dataclass(frozen=True)
class Loaded:
    """A model in memory."""

    url: str
    pool: Pool


class Models:
    """The loaded models by name. ``pool_of`` makes the processes for a folder."""

    def __init__(self, pool_of: Callable[[str], Pool]) -> None:
        self._pool_of = pool_of
        self._models: dict[str, Loaded] = {}
        self._loading: set[str] = set()

    @property
    def urls(self) -> dict[str, str]:
        """The folder of each model, by name."""
        return {name: model.url for name, model in self._models.items()}

    async def load(self, name: str, url: str) -> None:
        """Load the model of a folder. Raises `ModelError`: 409 if it is loaded, 507 if there is no memory for it."""
        if name in self._models or name in self._loading:
            raise ModelError(409, "ConflictStatusException", f"Model {name} is already registered.")
        if not Path(url).is_dir():
            raise ModelError(404, "ModelNotFoundException", f"Model not found at: {url}")
        if _available() < self._needed():
            raise ModelError(507, "InsufficientStorageException", "There is no memory for another model.")
        pool = self._pool_of(url)
        self._loading.add(name)
        try:
            loaded = await pool.start_worker()
        finally:
            self._loading.discard(name)
        if not loaded and pool.was_killed:
            raise ModelError(507, "InsufficientStorageException", "The model's process was killed while it loaded it.")
        if not loaded:
            raise ModelError(500, "InternalServerException", f"Failed to load model {name}: the log has the reason.")
        pool.on_exhausted = lambda: self._lost(name, pool)
        self._models[name] = Loaded(url, pool)

    async def unload(self, name: str) -> None:
        """End a model's processes. Raises `ModelError` if it is not loaded."""
        pool = self.pool(name)
        del self._models[name]
        await pool.close()

    def pool(self, name: str) -> Pool:
        """The processes of a model. Raises `ModelError` if it is not loaded."""
        if name not in self._models:
            raise ModelError(404, "ModelNotFoundException", f"Model not found: {name}")
        return self._models[name].pool

    async def close(self) -> None:
        """End all processes."""
        for model in self._models.values():
            await model.pool.close()

    def _lost(self, name: str, pool: Pool) -> None:
        """Forget a model whose processes can't be started again, so that it can be loaded anew."""
        sys.stderr.write(f"Model {name} has no process left.\n")
        if name in self._models and self._models[name].pool is pool:
            del self._models[name]

    def _needed(self) -> int:
        """The memory for another model: as much as the largest of those that are loaded."""
        processes = [process for model in self._models.values() for process in model.pool.process_ids]
        return MINIMUM_FREE + max(map(_resident, processes), default=0)


def _available() -> float:
    """Bytes of memory that this machine has left; infinite where it does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return float("inf")


def _resident(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))
    except (OSError, StopIteration):
        return 0
