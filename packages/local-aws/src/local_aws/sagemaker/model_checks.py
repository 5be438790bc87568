"""What CreateModel refuses about the containers of a model.

Sources: the API reference of CreateModel and ContainerDefinition, "Inference pipelines" and "Multi-container endpoints"
in the developer guide, and errors in public reports. Where AWS documents only that it refuses, the words are ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local_aws.api.errors import AwsError, not_implemented, validation_error

Container = Mapping[str, Any]
UNSUPPORTED = ("AdditionalModelDataSources", "ImageConfig")
LABEL = "com.amazonaws.sagemaker.capabilities.{name}=true"
BIND_TO_PORT = "accept-bind-to-port"
"""The label of images that listen where SAGEMAKER_BIND_TO_PORT says."""
MULTI_MODELS = "multi-models"
"""The label of images that keep the contract of multi-model endpoints."""


def check_lists(request: Mapping[str, Any]) -> None:
    """Refuse a request that names its containers in both ways, or in none."""
    if "PrimaryContainer" in request and "Containers" in request:
        raise validation_error("Only one of PrimaryContainer and Containers may be specified.")
    if "PrimaryContainer" not in request and not request.get("Containers"):
        raise validation_error("Either PrimaryContainer or Containers must be specified.")
    if "PrimaryContainer" in request and "InferenceExecutionConfig" in request:
        raise validation_error("InferenceExecutionConfig is only for models that have Containers.")


def check_together(containers: Sequence[Container], *, direct: bool) -> None:
    """Refuse containers that can't be in one model."""
    names = [container["ContainerHostname"] for container in containers if "ContainerHostname" in container]
    if direct and len(names) < len(containers):
        raise validation_error("ContainerHostname must be specified for each container if the mode is Direct.")
    if names and len(names) < len(containers):
        raise validation_error(
            "If ContainerHostname is specified for any container of an inference pipeline, it must be specified for "
            "every container of it."
        )
    if len(set(names)) < len(names):
        raise validation_error("The ContainerHostname of each container of a model must be unique.")
    if sum(map(is_multi_model, containers)) > 1:
        raise validation_error("More than one container in MultiModel mode is not supported with inference pipeline.")


def check_container(container: Container) -> None:
    """Refuse members that are missing, or that exclude each other."""
    for member in UNSUPPORTED:
        if member in container:
            raise not_implemented(f"a container's {member}")
    if "Image" not in container:
        raise validation_error("A container definition needs an Image.")
    if not is_multi_model(container):
        if "MultiModelConfig" in container:
            raise validation_error("MultiModelConfig is only for containers whose Mode is MultiModel.")
        return
    if "ModelDataSource" in container:
        raise validation_error("ModelDataSource can't be used with a container whose Mode is MultiModel.")
    if "ModelDataUrl" not in container:
        raise validation_error("A container whose Mode is MultiModel needs a ModelDataUrl, the prefix of its models.")


def missing_label(container: Container, labels: frozenset[str], *, several: bool) -> AwsError | None:
    """AWS's refusal of an image without the label of what the model asks of it, or None."""
    needed = [MULTI_MODELS] if is_multi_model(container) else []
    needed += [BIND_TO_PORT] if several else []
    missing = [LABEL.format(name=name) for name in needed if name not in labels]
    if not missing:
        return None
    image = container["Image"]
    return validation_error(f"Your Ecr Image {image} does not contain required {', '.join(missing)} Docker label(s).")


def is_multi_model(container: Container) -> bool:
    """Whether a container serves any model below its ModelDataUrl."""
    return container.get("Mode") == "MultiModel"
