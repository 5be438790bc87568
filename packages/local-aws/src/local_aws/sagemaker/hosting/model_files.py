"""The files of the models of a multi-model container: where they come from, and how much of the disk they take."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.files.storage import DownloadError, Location, download_archive
from local_aws.files.volumes import GIGABYTE, Volume
from local_aws.sagemaker.hosting.model_container import ModelContainer

NOT_DOWNLOADED = (
    "Failed to download model data(bucket: {bucket}, key: {key}). Please ensure that there is an object located at the "
    "URL and that the role passed to CreateModel has permissions to download the model."
)
FOLDER = "model"
"""The folder of a model's files, in one that is named like the model."""


@dataclass(eq=False)
class CachedModel:
    """A model that was invoked, and how far it has come."""

    target: str
    """TargetModel."""
    name: str
    """The name that its container knows, which says nothing."""
    folder: Path
    size: int = 0
    """Bytes on the disk."""
    is_on_disk: bool = False
    is_loaded: bool = False
    users: int = 0
    """Requests that need it at the moment."""
    loading: asyncio.Task[None] | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while it is loaded or unloaded."""


class ModelFiles:
    """The folder of a container's models."""

    def __init__(self, container: ModelContainer) -> None:
        self._container = container

    def model(self, target: str) -> CachedModel:
        """A model that has not been downloaded yet."""
        name = hashlib.sha256(target.encode()).hexdigest()[:32]
        return CachedModel(target, name, self._container.models_folder / name)

    async def download(self, model: CachedModel, others: Iterable[CachedModel]) -> None:
        """Download a model and unpack it. Raises `DownloadError`, for a full disk with the message `TOO_LARGE`."""
        used = sum(other.size for other in others)
        try:
            await asyncio.to_thread(self._fetch, model, used)
        except DownloadError:
            await self.delete(model)
            raise
        model.is_on_disk = True

    async def delete(self, model: CachedModel) -> None:
        """Remove a model's files."""
        model.is_on_disk, model.size = False, 0
        await asyncio.to_thread(shutil.rmtree, model.folder, ignore_errors=True)

    def _fetch(self, model: CachedModel, used: int) -> None:
        location = Location.parse(self._container.definition["ModelDataUrl"]) / model.target.lstrip("/")
        folder = model.folder / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        try:
            download_archive(self._container.client("s3"), location, folder, self._room(used), self._container.name)
        except DownloadError as error:
            if isinstance(error.__cause__, ClientError | BotoCoreError):
                message = NOT_DOWNLOADED.format(bucket=location.bucket, key=location.key)
                raise DownloadError(message) from error
            raise
        model.size = sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())

    def _room(self, used: int) -> Volume:
        """What the other models leave of the instance's volume; without VolumeSizeInGB, of this machine's disk."""
        gigabytes = self._container.place.gigabytes
        if gigabytes is None:
            return self._container.volume(self._container.models_folder)
        return Volume(gigabytes * GIGABYTE - used)
