"""Models: images, their artifacts and their environments. Nothing runs until an endpoint or a job uses the model."""

from __future__ import annotations

from typing import Any

from local_aws.api.errors import validation_error
from local_aws.api.service import Scope
from local_aws.api.store import Record, Store
from local_aws.files.storage import Location
from local_aws.sagemaker.builtin_algorithms import check_algorithm
from local_aws.sagemaker.kinds import MODEL
from local_aws.sagemaker.model_checks import (
    check_container,
    check_lists,
    check_together,
    is_multi_model,
    missing_label,
)
from local_aws.sagemaker.model_packages import all_packaged
from local_aws.sagemaker.resources import Request, Resources
from local_aws.sagemaker.vpc import check_vpc

MEDIA_TYPES = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
)
"""The manifests of images that a model may have, in the registry of its account."""


class Models(Resources):
    """The operations."""

    kind = MODEL
    sends_events = True

    def _details(self, scope: Scope, request: Request) -> Request:
        """Refuses images in another format than Docker's, missing artifacts and impossible containers, as AWS does."""
        check_lists(request)
        check_vpc(self._context, scope, request)
        containers = _completed(self._context.store, scope, request)
        for container in containers:
            check_container(container)
            check_algorithm(self._context, container["Image"])
        check_together(containers, direct=is_direct(request))
        for container in containers:
            self._check_image(scope, container, several=len(containers) > 1)
            location = model_data(container)
            if location and not self._context.emulator.object_exists(scope, location):
                raise validation_error(f"Could not find model data at {location}.")
        members = super()._details(scope, request)
        if "PrimaryContainer" in members:
            members["PrimaryContainer"] = _with_defaults(members["PrimaryContainer"])
        else:
            members["Containers"] = [_with_defaults(container) for container in members["Containers"]]
        return {"EnableNetworkIsolation": False, **members}

    def _check_image(self, scope: Scope, container: dict[str, Any], *, several: bool) -> None:
        """Refuse OCI's formats with AWS's words (aws/amazon-sagemaker-feedback#180), and images without a label.

        Note: jobs don't check the format, because reports from AWS say that training accepts such an image, and that
        only the model fails. That Docker's manifest lists are refused too is not confirmed.
        """
        image = str(container["Image"])
        media_type = self._context.emulator.manifest_media_type(scope, image)
        if media_type is not None and media_type not in MEDIA_TYPES:
            raise validation_error(
                f"Unsupported manifest media type {media_type} for image {image}. Ensure that valid manifest media type"
                " is used for specified image."
            )
        labels = self._context.runtime.labels(image) if several or is_multi_model(container) else None
        if labels is not None and (refusal := missing_label(container, labels, several=several)):
            raise refusal


def containers_of(store: Store, model: Record) -> list[dict[str, Any]]:
    """The containers of a model, completed from the model packages that they name.

    Each has a ContainerHostname if there are several: "a unique name is automatically assigned based on the position".
    """
    containers = _completed(store, model.scope, model.details)
    if len(containers) == 1:
        return containers
    return [{"ContainerHostname": f"container-{number}", **container} for number, container in enumerate(containers, 1)]


def is_direct(model: dict[str, Any]) -> bool:
    """Whether each request to the model names one of its containers."""
    return bool(model.get("InferenceExecutionConfig", {}).get("Mode") == "Direct")


def model_data(container: dict[str, Any]) -> Location | None:
    """The location of a container's artifact, in either of the request's two forms."""
    if url := container.get("ModelDataUrl"):
        return Location.parse(url)
    source = container.get("ModelDataSource", {}).get("S3DataSource")
    return Location.parse(source["S3Uri"]) if source else None


def _with_defaults(container: dict[str, Any]) -> dict[str, Any]:
    """A container as DescribeModel returns it: with the members that AWS fills in."""
    return {"Mode": "SingleModel", "Environment": {}, **container}


def _listed(model: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(container) for container in model.get("Containers") or [model["PrimaryContainer"]]]


def _completed(store: Store, scope: Scope, model: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for container in _listed(model) for each in all_packaged(store, scope, container)]
