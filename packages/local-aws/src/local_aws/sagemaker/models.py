"""Models: an image, its artifact and its environment. Nothing runs until an endpoint uses the model."""

from __future__ import annotations

from typing import Any

from local_aws.api.errors import not_implemented, validation_error
from local_aws.api.service import Scope
from local_aws.files.storage import Location
from local_aws.sagemaker.kinds import MODEL
from local_aws.sagemaker.model_packages import packaged
from local_aws.sagemaker.resources import Request, Resources

UNSUPPORTED = ("AdditionalModelDataSources", "MultiModelConfig", "ImageConfig")

MEDIA_TYPES = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
)
"""The manifests of images that a model may have, in the registry of its account."""


class Models(Resources):
    """The operations."""

    kind = MODEL

    def _details(self, scope: Scope, request: Request) -> Request:
        """Refuses an image in another format than Docker's and a missing artifact, as AWS does."""
        container = packaged(self._context.store, scope, container_of(request))
        _refuse_unsupported(container)
        self._refuse_format(scope, str(container["Image"]))
        location = model_data(container)
        if location and not self._context.emulator.object_exists(scope, location):
            raise validation_error(f"Could not find model data at {location}.")
        return {"EnableNetworkIsolation": False, **super()._details(scope, request)}

    def _refuse_format(self, scope: Scope, image: str) -> None:
        """Refuse OCI's formats with AWS's words (aws/amazon-sagemaker-feedback#180).

        Note: jobs don't check it, because reports from AWS say that training accepts such an image, and that only the
        model fails. That Docker's manifest lists are refused too is not confirmed.
        """
        media_type = self._context.emulator.manifest_media_type(scope, image)
        if media_type is not None and media_type not in MEDIA_TYPES:
            raise validation_error(
                f"Unsupported manifest media type {media_type} for image {image}. Ensure that valid manifest media type"
                " is used for specified image."
            )


def container_of(model: dict[str, Any]) -> dict[str, Any]:
    """The only container of a CreateModel request or of a model's details."""
    containers = [model["PrimaryContainer"]] if "PrimaryContainer" in model else model.get("Containers", [])
    if not containers:
        raise validation_error("Either PrimaryContainer or Containers must be specified.")
    if len(containers) > 1:
        raise not_implemented("inference pipelines: give a model one container")
    return dict(containers[0])


def model_data(container: dict[str, Any]) -> Location | None:
    """The location of a container's artifact, in either of the request's two forms."""
    if url := container.get("ModelDataUrl"):
        return Location.parse(url)
    source = container.get("ModelDataSource", {}).get("S3DataSource")
    return Location.parse(source["S3Uri"]) if source else None


def _refuse_unsupported(container: dict[str, Any]) -> None:
    if container.get("Mode", "SingleModel") != "SingleModel":
        raise not_implemented("multi-model containers: set Mode to SingleModel")
    for member in UNSUPPORTED:
        if member in container:
            raise not_implemented(f"a container's {member}")
    if "Image" not in container:
        raise validation_error("A container definition needs an Image.")
