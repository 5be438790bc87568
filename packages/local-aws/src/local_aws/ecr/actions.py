"""Responses of ECR's operations that differ from the emulator's: the registry's address, and missing images.

The CDK CLI looks for an image by its tag and takes an empty response for an image, so it would never build one; it
pushes to the address that DescribeRepositories and GetAuthorizationToken return.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from local_aws.ecr import tokens
from local_aws.ecr.layers import Layers

Answer = tuple[int, dict[str, str], bytes]
Operation = Callable[[dict[str, Any]], Answer]


def install(ecr: Any, address: str, layers: Layers, password: Callable[[], str]) -> None:
    """Change the emulator's module ``ecr``.

    ``address`` is this server's, as 127.0.0.1:PORT; ``password`` returns the caller's for `docker login`.
    """
    ecr._describe_images = _missing_ones_refused(ecr, ecr._describe_images)
    ecr._get_authorization_token = _for(address, password, ecr._get_authorization_token)
    ecr._delete_repository = _with_its_layers(layers, ecr._delete_repository)
    shape = ecr._repo_shape
    ecr._repo_shape = lambda repository: {
        **shape(repository),
        "repositoryUri": f"{address}/{repository['repositoryName']}",
    }


def _missing_ones_refused(ecr: Any, inner: Operation) -> Operation:
    """DescribeImages: ImageNotFoundException for a missing image, and the size of existing ones."""

    def describe(data: dict[str, Any]) -> Answer:
        name = data.get("repositoryName", "")
        if name in ecr._repositories:
            for image_id in data.get("imageIds") or ():
                if not ecr._find_image(name, image_id):
                    return _not_found(ecr, name, image_id)
        status, headers, body = inner(data)
        if status != 200:
            return status, headers, body
        content = json.loads(body)
        sizes = {image["imageDigest"]: _size(image.get("imageManifest", "")) for image in ecr._images.get(name, ())}
        for detail in content["imageDetails"]:
            detail["imageSizeInBytes"] = sizes[detail["imageDigest"]] or detail["imageSizeInBytes"]
        changed: Answer = ecr.json_response(content)
        return changed

    return describe


def _not_found(ecr: Any, repository: str, image_id: dict[str, str]) -> Answer:
    digest, tag = (f"'{image_id[key]}'" if key in image_id else "'null'" for key in ("imageDigest", "imageTag"))
    message = (
        f"The image with imageId {{imageDigest:{digest}, imageTag:{tag}}} does not exist within the repository with "
        f"name '{repository}' in the registry with id '{ecr.get_account_id()}'"
    )
    response: Answer = ecr.error_response_json("ImageNotFoundException", message, 400)
    return response


def _size(manifest: str) -> int:
    """Bytes of all layers; 0 if the manifest has none."""
    try:
        return sum(int(layer["size"]) for layer in json.loads(manifest).get("layers", ()))
    except (ValueError, TypeError, KeyError):
        return 0


def _for(address: str, password: Callable[[], str], inner: Operation) -> Operation:
    """GetAuthorizationToken: for this server's registry."""

    def get_token(data: dict[str, Any]) -> Answer:
        status, headers, body = inner(data)
        content = json.loads(body)
        for entry in content["authorizationData"]:
            entry["proxyEndpoint"] = f"http://{address}"
            entry["authorizationToken"] = base64.b64encode(f"{tokens.USER}:{password()}".encode()).decode()
        return status, headers, json.dumps(content).encode()

    return get_token


def _with_its_layers(layers: Layers, inner: Operation) -> Operation:
    """DeleteRepository: from the API, and from CloudFormation with EmptyOnDelete."""

    def delete(data: dict[str, Any]) -> Answer:
        response = inner(data)
        if response[0] == 200:
            layers.forget(data["repositoryName"])
        return response

    return delete
