"""ECR's operations: the registry on this server, layers on disk, and missing images.

The CDK CLI looks for an image by its tag and takes an empty response for an image, so it would never build one; it
pushes to the address that DescribeRepositories and GetAuthorizationToken return.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from ministack.core.responses import get_account_id, request_scope
from ministack.services import ecr

from local_aws.api.errors import Response
from local_aws.api.service import Scope
from local_aws.ecr.layers import Layers
from local_aws.ecr.names import RegistryNames
from local_aws.front import registry_passwords
from local_aws.iam.enforcement import Enforcement, Need, refusal
from local_aws.iam.service_needs import caller
from local_aws.ministack.accounts import not_let_in
from local_aws.ministack.image_pushes import check_pushes
from local_aws.settings import HOST, Settings

Operation = Callable[[dict[str, Any]], Response]
RegistryHandler = Callable[..., Awaitable[Response]]
_URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<repository>[^:@]+)"
    r"(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]+))?"
)


def registry(settings: Settings) -> Layers:
    """Make ECR's operations return this server's address; returns the layers of its repositories."""
    address, names = f"{HOST}:{settings.port}", RegistryNames(settings.account)
    layers = Layers(settings.state / "registry", names, _exists)
    ecr._describe_images = _missing_ones_refused(ecr._describe_images)
    ecr._get_authorization_token = _with_login(address, settings, ecr._get_authorization_token)
    ecr._delete_repository = _with_its_layers(layers, names, ecr._delete_repository)
    check_pushes(layers, names)
    select = ecr._select_registry_request_scope
    ecr._select_registry_request_scope = lambda name, *_: select(name, {}, {})  # no client names another account so
    ecr.handle_registry_request = _in_its_account(names, settings.region, ecr.handle_registry_request)
    shape = ecr._repo_shape
    ecr._repo_shape = lambda repository: {
        **shape(repository),
        "repositoryUri": f"{address}/{names.name(repository['registryId'], repository['repositoryName'])}",
    }
    return layers


def registry_of(access_key: str, settings: Settings) -> Scope:
    """The account and region whose registry an access key reaches: the key's account."""
    from ministack.services import sts

    account = access_key if access_key.isdigit() else sts._sessions.get(access_key, {}).get("AccountId")
    return Scope(account or settings.account, settings.region)


def media_type(scope: Scope, uri: str) -> str | None:
    """The media type of an image's manifest; None if the image is not in the scope's registry."""
    parts = _URI.fullmatch(uri)
    if parts is None or (parts["account"], parts["region"]) != (scope.account, scope.region):
        return None
    image_id = {"imageDigest": parts["digest"]} if parts["digest"] else {"imageTag": parts["tag"] or "latest"}
    with request_scope(scope.account, scope.region):
        image = ecr._find_image(parts["repository"], image_id)
    return str(image["imageManifestMediaType"]) if image else None


def registry_denial(enforcement: Enforcement | None, scope: Scope, access_key: str, need: Need) -> str | None:
    """Why a caller of this scope may not use a repository, or None if it may.

    The repository's policy holds with IAM or without, and one that doesn't exist lets no other account in.
    """
    denied = enforcement.decide(scope, access_key, need) if enforcement else None
    owner = need.resource.split(":")[4]
    if denied or owner == scope.account:
        return denied
    with request_scope(owner, scope.region):
        policy, _ = ecr.repository_policy_for_arn(need.resource) or ("", owner)
    with request_scope(scope.account, scope.region):
        principal = not_let_in(access_key, scope.account, policy, need.action, need.resource)
    return refusal(principal, need, by_resource=True) if principal else None


def _exists(account: str, repository: str) -> bool:
    return any((key[0], key[-1]) == (account, repository) for key, _ in ecr._repositories.all_items())


def _in_its_account(names: RegistryNames, region: str, inner: RegistryHandler) -> RegistryHandler:
    """Manifests and tags of the account in the path."""

    async def handle(method: str, path: str, *rest: Any) -> Response:
        account, name = names.parts(path.removeprefix("/v2/"))
        with request_scope(account, region):
            status, headers, body = await inner(method, f"/v2/{name}" if path.startswith("/v2/") else path, *rest)
        if location := headers.get("Location"):
            headers = {**headers, "Location": f"/v2/{names.name(account, location.removeprefix('/v2/'))}"}
        return status, headers, body

    return handle


def _missing_ones_refused(inner: Operation) -> Operation:
    """DescribeImages: ImageNotFoundException for a missing image, and the size of existing ones."""

    def describe(data: dict[str, Any]) -> Response:
        name = data.get("repositoryName", "")
        if name in ecr._repositories:
            for image_id in data.get("imageIds") or ():
                if not ecr._find_image(name, image_id):
                    return _not_found(name, image_id)
        status, headers, body = inner(data)
        if status != 200:
            return status, headers, body
        details = json.loads(body)
        sizes = {image["imageDigest"]: _size(image.get("imageManifest", "")) for image in ecr._images.get(name, ())}
        for detail in details["imageDetails"]:
            detail["imageSizeInBytes"] = sizes[detail["imageDigest"]] or detail["imageSizeInBytes"]
        changed: Response = ecr.json_response(details)
        return changed

    return describe


def _not_found(repository: str, image_id: dict[str, str]) -> Response:
    digest, tag = (f"'{image_id[key]}'" if key in image_id else "'null'" for key in ("imageDigest", "imageTag"))
    message = (
        f"The image with imageId {{imageDigest:{digest}, imageTag:{tag}}} does not exist within the repository with "
        f"name '{repository}' in the registry with id '{ecr.get_account_id()}'"
    )
    response: Response = ecr.error_response_json("ImageNotFoundException", message, 400)
    return response


def _size(manifest: str) -> int:
    """Bytes of all layers; 0 if the manifest has none."""
    try:
        return sum(int(layer["size"]) for layer in json.loads(manifest).get("layers", ()))
    except (ValueError, TypeError, KeyError):
        return 0


def _with_login(address: str, settings: Settings, inner: Operation) -> Operation:
    """GetAuthorizationToken: the caller's `docker login` for this server's registry."""

    def get_token(data: dict[str, Any]) -> Response:
        status, headers, body = inner(data)
        login = json.loads(body)
        password = registry_passwords.issue(settings.secret, caller.get() or settings.account)
        for entry in login["authorizationData"]:
            entry["proxyEndpoint"] = f"http://{address}"
            entry["authorizationToken"] = base64.b64encode(f"{registry_passwords.USER}:{password}".encode()).decode()
        return status, headers, json.dumps(login).encode()

    return get_token


def _with_its_layers(layers: Layers, names: RegistryNames, inner: Operation) -> Operation:
    """DeleteRepository: from the API, and from CloudFormation with EmptyOnDelete."""

    def delete(data: dict[str, Any]) -> Response:
        response = inner(data)
        if response[0] == 200:
            layers.forget(names.name(get_account_id(), data["repositoryName"]))
        return response

    return delete
