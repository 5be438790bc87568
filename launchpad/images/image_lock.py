"""AWS's own container images, resolved from `images.lock.json`: no SDK, no network, the same answer at every synth.

Note: the account that holds an image differs by region, and not every image exists in every region. The lock is
written by `launchpad.images.lock_images`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from launchpad import paths
from launchpad.messages.errors import LaunchpadError, shown, suggest

FORMAT = 1
ECR_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.[a-z.]+/([a-z0-9._/-]+)(?:[:@](.+))?")
"""An image in Amazon ECR: account, region, repository, and tag or digest."""
PURPOSES = ("training", "inference")
RULES = "rules"
"""The purpose of Debugger's image, which no job or endpoint of a workload runs."""
NO_BUILD = {
    r"[a-z]+\d+g[a-z]*": "Graviton (arm64) processors",
    r"(inf|trn)\d+[a-z]*": "AWS Inferentia or Trainium accelerators",
}
"""Instance families without images in the lock, and their hardware: neither x86 processors nor NVIDIA GPUs."""


class ImageError(LaunchpadError, ValueError):
    """The lock doesn't have the image; the message says which ones it has."""


class NotInRegionError(ImageError):
    """AWS has the image, but not in the region."""


@dataclass(frozen=True)
class Image:
    """One image in one region's registry (Amazon ECR)."""

    partition: str
    dns_suffix: str
    region: str
    account: str
    repository: str
    tag: str

    @property
    def uri(self) -> str:
        """The URI for `TrainingImage` (CreateTrainingJob) and `Image` (CreateModel)."""
        return f"{self.account}.dkr.ecr.{self.region}.{self.dns_suffix}/{self.repository}:{self.tag}"

    @property
    def repository_arn(self) -> str:
        """The resource of an IAM statement that lets a role pull the image."""
        return f"arn:{self.partition}:ecr:{self.region}:{self.account}:repository/{self.repository}"


@cache
def resolve(name: str, version: str | None, purpose: str, instance_type: str, region: str) -> str:
    """Return the URI of a framework's or algorithm's image; see `find`."""
    return find(name, version, purpose, instance_type, region).uri


def find(
    name: str, version: str | None, purpose: str, instance_type: str, region: str, lock: Path = paths.IMAGES_LOCK
) -> Image:
    """Return the image of a framework or built-in algorithm.

    `version` is the newest in the lock if None; `purpose` is "training" or "inference"; the instance type (such as
    `ml.m5.large`) decides between the builds for CPU and GPU.

    Raises:
        ImageError: the lock is missing, or doesn't have the image; the message says what to do.
    """
    content = read_lock(lock)
    purposes = _pick(content["images"], name, "framework or algorithm", "frameworks and algorithms")
    versions = _pick(purposes, purpose, f"{name} image for", "purposes")
    chosen = newest(versions) if version is None else version
    if chosen not in versions:
        version_list = ", ".join(sorted(versions, key=version_key, reverse=True))
        raise ImageError(f"no {name} {chosen} for {purpose} in the image lock; it has {version_list}")
    build = versions[chosen]
    return Image(
        partition=_pick(content["regions"], region, "region", "regions"),
        dns_suffix=content["partitions"][content["regions"][region]],
        region=region,
        account=_account(content, build, region, f"{name} {chosen} for {purpose}"),
        repository=build["repository"],
        tag=_tag(build, instance_type, f"{name} {chosen} for {purpose}"),
    )


def versions_by_name() -> dict[str, list[str]]:
    """The versions of each framework and built-in algorithm that trains and serves, for any purpose, the oldest first.

    Raises:
        ImageError: the lock is missing or damaged.
    """
    images = read_lock(paths.IMAGES_LOCK)["images"]
    serving = {name: purposes for name, purposes in images.items() if "inference" in purposes}
    return {name: sorted({*chain(*purposes.values())}, key=version_key) for name, purposes in serving.items()}


def images_in(region: str, purposes: Iterable[str] = PURPOSES) -> list[Image]:
    """Return every image in the lock that a region has, for CPU and for GPU."""
    content = read_lock(paths.IMAGES_LOCK)
    partition = content["regions"].get(region)
    builds = [
        build
        for by_purpose in content["images"].values()
        for purpose in purposes
        for build in by_purpose.get(purpose, {}).values()
        if region in content["accounts"][build["accounts"]]
    ]
    images = {
        Image(
            partition=partition,
            dns_suffix=content["partitions"][partition],
            region=region,
            account=content["accounts"][build["accounts"]][region],
            repository=build["repository"],
            tag=tag,
        )
        for build in builds
        for tag in build["tags"].values()
    }
    return sorted(images, key=lambda image: image.uri)


def partition_of(region: str) -> str | None:
    """Return the AWS partition of a region, such as `aws-cn`; None for a region that is not in the lock."""
    partition: str | None = read_lock(paths.IMAGES_LOCK)["regions"].get(region)
    return partition


def repository_arn(uri: str, partition: str) -> str:
    """Return the ARN of the repository in an image's URI, the resource of an IAM statement that lets a role pull it.

    Raises:
        ImageError: the URI is not in Amazon ECR, the only registry that SageMaker pulls from.
    """
    match = ECR_IMAGE.fullmatch(uri)
    if match is None:
        raise ImageError(f"{uri!r} is not an image in Amazon ECR: write ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG")
    account, region, repository, _ = match.groups()
    return f"arn:{partition}:ecr:{region}:{account}:repository/{repository}"


def accelerator(instance_type: str) -> str:
    """Return "gpu" if SageMaker's instance type has NVIDIA GPUs, else "cpu".

    Raises:
        ImageError: the lock has no images for its kind of processor.
    """
    family = instance_type.removeprefix("ml.").partition(".")[0]
    for pattern, processors in NO_BUILD.items():
        if re.fullmatch(pattern, family):
            raise ImageError(
                f"{instance_type} has {processors}, for which no image is locked; write an x86 type such as"
                " ml.m5.large, or ml.g5.xlarge for a GPU, or name your own image with `uri`"
            )
    return "gpu" if family.startswith(("g", "p")) else "cpu"


def newest(versions: Iterable[str]) -> str:
    """Return the highest version, number by number ("2.10.0" is above "2.9.0")."""
    return max(versions, key=version_key)


def version_key(version: str) -> tuple[tuple[int, ...], str]:
    """Order versions by the numbers in them."""
    return tuple(int(number) for number in re.findall(r"\d+", version)), version


@cache
def read_lock(path: Path) -> Mapping[str, Any]:
    """Return the lock's content, read once.

    Raises:
        ImageError: the lock is missing, or its format is not one that this version understands.
    """
    remedy = "restore it from git, or run `make lock-images`"
    try:
        content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ImageError(f"{shown(path)}: no such file; {remedy}") from None
    except ValueError as error:
        raise ImageError(f"{shown(path)}: not JSON ({error}); {remedy}") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ImageError(f"{shown(path)}: not an image lock of format {FORMAT}; {remedy}")
    return content


def _pick(table: Mapping[str, Any], key: str, entry_noun: str, noun: str) -> Any:
    if key not in table:
        raise ImageError(f"no {entry_noun} {key!r} in the image lock; {suggest(key, table, noun)}")
    return table[key]


def _account(content: Mapping[str, Any], build: Mapping[str, Any], region: str, image: str) -> str:
    accounts: Mapping[str, str] = content["accounts"][build["accounts"]]
    if region not in accounts:
        example = "eu-west-1" if "eu-west-1" in accounts else min(accounts)
        raise NotInRegionError(
            f"AWS has no image {image} in {region}; write one of the {len(accounts)} regions that have it, such as"
            f" {example}, or name another image in the workloads"
        )
    return accounts[region]


def _tag(build: Mapping[str, Any], instance_type: str, image: str) -> str:
    needed_accelerator, tags = accelerator(instance_type), build["tags"]
    if needed_accelerator not in tags:
        raise ImageError(
            f"AWS builds {image} only for {', '.join(sorted(tags))}, and {instance_type} needs {needed_accelerator};"
            " choose another instance type"
        )
    return str(tags[needed_accelerator])
