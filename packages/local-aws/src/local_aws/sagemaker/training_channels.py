"""A job's channels: the mode of each, the objects that a host gets from it, and how File mode copies them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.files.reasons import words_of
from local_aws.files.storage import DownloadError
from local_aws.files.volumes import Volume
from local_aws.sagemaker.input_objects import InputObject, input_objects
from local_aws.sagemaker.training_cluster import Cluster, Host
from local_aws.sagemaker.training_records import Share

PARALLEL_DOWNLOADS = 8
SHARDED = "ShardedByS3Key"


def mode_of(details: dict[str, Any], channel: dict[str, Any]) -> str:
    """File, FastFile or Pipe: the channel's InputMode, or the job's if the channel has none."""
    return str(channel.get("InputMode") or details["AlgorithmSpecification"]["TrainingInputMode"])


def share_of(channel: dict[str, Any], cluster: Cluster, host: Host) -> Share | None:
    """A host's share of a channel, by S3DataDistributionType and InstanceGroupNames; None if it gets nothing."""
    source = channel["DataSource"]["S3DataSource"]
    hosts = cluster.in_groups(source.get("InstanceGroupNames"))
    if host not in hosts:
        return None
    return Share(hosts.index(host), len(hosts)) if source.get("S3DataDistributionType") == SHARDED else Share()


def objects_of(s3: Any, channel: dict[str, Any]) -> list[InputObject]:
    """Every object of a channel with S3DataType S3Prefix or ManifestFile. Raises `DownloadError`."""
    source = channel["DataSource"]["S3DataSource"]
    return input_objects(s3, source["S3DataType"], source["S3Uri"])


def download(s3: Any, objects: Iterable[InputObject], folder: Path, volume: Volume) -> None:
    """Download the objects into ``folder``, several at a time. Raises `DownloadError`."""
    with ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool:
        for future in [pool.submit(_download_one, s3, item, folder, volume) for item in objects]:
            future.result()


def _download_one(s3: Any, item: InputObject, folder: Path, volume: Volume) -> None:
    path = folder / item.path
    try:
        response = s3.get_object(Bucket=item.location.bucket, Key=item.location.key)
        volume.take(response["ContentLength"])
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file, response["Body"] as body:
            shutil.copyfileobj(body, file, 1024 * 1024)
    except (ClientError, BotoCoreError) as error:
        raise DownloadError(f"Failed to download {item.location}: {error}") from error
    except (IsADirectoryError, NotADirectoryError, FileExistsError) as error:
        raise DownloadError(
            f"Failed to download data. {item.location} is an object, and its key is also a folder of other objects."
        ) from error
    except OSError as error:
        raise DownloadError(words_of(error)) from error
