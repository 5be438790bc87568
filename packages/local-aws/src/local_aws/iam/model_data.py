"""What CreateModel asks of a model's role: to read the artifact that the request or its model package names.

AWS documents the permission ("SageMaker AI Roles", CreateModel), not the message, which is known from reports of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local_aws.api.errors import AwsError, validation_error
from local_aws.api.service import Scope
from local_aws.iam.enforcement import Need

Request = Mapping[str, Any]
Describe = Callable[[Scope, str, str], Request]


def with_packages(scope: Scope, operation: str, request: Request, describe: Describe) -> Request:
    """A CreateModel request whose containers have the images and artifacts of the model packages that they name."""
    if operation != "CreateModel":
        return request
    containers = [
        completed
        for container in filter(None, [request.get("PrimaryContainer"), *request.get("Containers", ())])
        for completed in _packaged(scope, container, describe)
    ]
    return {**{name: value for name, value in request.items() if name != "PrimaryContainer"}, "Containers": containers}


def _packaged(scope: Scope, container: Request, describe: Describe) -> list[Request]:
    if "ModelPackageName" not in container:
        return [container]
    package = describe(scope, "ModelPackage", container["ModelPackageName"])
    return [{**packaged, **container} for packaged in package["InferenceSpecification"]["Containers"]]


def reading(operation: str, request: Request) -> Iterator[tuple[str, Need]]:
    """The URI of each artifact of a model, and what its role needs to read it."""
    if operation != "CreateModel":
        return
    for container in filter(None, [request.get("PrimaryContainer"), *request.get("Containers", ())]):
        source = container.get("ModelDataSource", {}).get("S3DataSource", {})
        uri = str(container.get("ModelDataUrl") or source.get("S3Uri") or "")
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        if uri and (source.get("S3DataType") == "S3Prefix" or container.get("Mode") == "MultiModel"):
            yield uri, Need("s3:ListBucket", f"arn:aws:s3:::{bucket}", (("s3:prefix", key),))
        elif uri:
            yield uri, Need("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}")


def refused_artifact(scope: Scope, uri: str, role: str) -> AwsError:
    """AWS's refusal of an artifact that the role can't read."""
    return validation_error(
        f'Could not access model data at {uri}. Please ensure that the role "{role}" exists and that its trust '
        'relationship policy allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com". '
        f'Also ensure that the role has "s3:GetObject" permissions and that the object is located in {scope.region}. '
        "If your Model uses multiple models or uncompressed models, please ensure that the role has "
        '"s3:ListBucket" permission.'
    )
