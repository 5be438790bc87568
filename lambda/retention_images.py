"""Old images in the environment's repositories, and images in use that ECR's lifecycle rule is about to delete.

The lifecycle rule keeps the newest images of a repository and can't know which are used: an endpoint whose image is
gone can neither scale out nor replace an instance.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
from housekeeping_rows import REPORT, Row
from platform_access import ENVIRONMENT, HERE
from retention_references import Names, References
from retention_rows import IMAGE_STORAGE, Rules, stored

from launchpad.requests import RequestError

IMAGE, ENDANGERED = "image", "image in danger"
NEAR = 10
"""So many pushes before ECR deletes an image that is used, it is reported."""
KEPT: int = json.loads((HERE / "retention.json").read_text())["kept_images"]
"""The newest images that the lifecycle rule keeps."""


def old_images(references: References, rules: Rules) -> Iterator[Row]:
    """Yield the images that no model, no model package, no rollback, no job and no deployed workload uses."""
    limit = rules.limit("images_days")
    images = [(name, image) for name, image in _images() if image["imagePushedAt"] < limit]
    used = Names(*references.everything) if images else Names()
    for repository, image in images:
        if not _is_used(repository, image, used):
            name = f"{repository}:{', '.join(image.get('imageTags', [])) or image['imageDigest']}"
            arn = f"{repository}@{image['imageDigest']}"
            row = rules.row(IMAGE, name, arn, image["imagePushedAt"], "images_days", "nothing uses it")
            yield stored(row, image["imageSizeInBytes"], IMAGE_STORAGE)


def endangered_images(references: References, rules: Rules) -> Iterator[Row]:
    """Yield the images in use that a few more pushes let ECR delete."""
    del rules
    ranks: dict[str, int] = {}
    near: list[tuple[str, int, dict[str, Any]]] = []
    for repository, image in sorted(_images(), key=lambda pair: pair[1]["imagePushedAt"], reverse=True):
        ranks[repository] = ranks.get(repository, 0) + 1
        if ranks[repository] > KEPT - NEAR:
            near.append((repository, KEPT - ranks[repository], image))
    used = Names(*references.everything) if near else Names()
    for repository, left, image in near:
        if _is_used(repository, image, used):
            name = f"{repository}:{', '.join(image.get('imageTags', [])) or image['imageDigest']}"
            reason = (
                f"it is used, and after {max(left, 0) + 1} more pushes ECR deletes it (the newest {KEPT} stay); serve"
                " or deploy with the image of today what uses it"
            )
            yield Row(ENDANGERED, name, "", image["imagePushedAt"], 0.0, action=REPORT, reason=reason)


def remove_image(row: Row) -> None:
    """Delete an image with all its tags.

    Raises:
        RequestError: ECR keeps it, because a list of images has it.
    """
    repository, _, digest = row.arn.partition("@")
    response = boto3.client("ecr").batch_delete_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])
    failures = [each for each in response.get("failures", []) if each["failureCode"] != "ImageNotFound"]
    if failures:
        raise RequestError(f"{failures[0]['failureCode']}: {failures[0]['failureReason']}")


def _images() -> Iterator[tuple[str, dict[str, Any]]]:
    """The images of the deployed containers' repositories, each with its repository's name."""
    pages = boto3.client("ecr").get_paginator("describe_images")
    for repository in sorted({_repository(uri) for uri in ENVIRONMENT.containers.values()}):
        for page in pages.paginate(repositoryName=repository):
            yield from ((repository, image) for image in page["imageDetails"])


def _repository(uri: str) -> str:
    """`launchpad/dev/demo` of `123456789012.dkr.ecr.eu-west-1.amazonaws.com/launchpad/dev/demo:0a1b`."""
    return uri.partition("/")[2].partition("@")[0].partition(":")[0]


def _is_used(repository: str, image: Mapping[str, Any], used: Names) -> bool:
    """Whether something names the image, by a tag or by its digest; in a URI, both follow the last slash."""
    last = repository.rpartition("/")[2]
    names = [f"{last}@{image['imageDigest']}", *(f"{last}:{tag}" for tag in image.get("imageTags", []))]
    return any(name in used for name in names)
