"""Pushes of images: what ECR checks of a manifest, and ECR's own operations for layers, which ministack passes over.

PutImage and Docker's clients get the same refusals, the latter with the registry's codes. Confirmed by users' reports
are the words for a manifest that is no JSON, has no media type or one that ECR does not know, and no layer; for layers
and images that are missing; for an image that is there already and a tag that is immutable; for an upload without parts
and parts that are too small; and 405 UNSUPPORTED. Not confirmed: those for a wrong schemaVersion, a digest that is
another, an upload or part that does not fit, and the other statuses of the registry. Limits on the number and the size
of layers are not checked.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import ecr

from local_aws.api.errors import AwsError, Response
from local_aws.ecr.layers import Layers, NoUploadError
from local_aws.ecr.names import RegistryNames

Request = Mapping[str, Any]
MANIFESTS = frozenset(
    {"application/vnd.docker.distribution.manifest.v2+json", "application/vnd.oci.image.manifest.v1+json"}
)
INDEXES = frozenset(
    {"application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.oci.image.index.v1+json"}
)
OF_REGISTRY = {
    "InvalidParameterException": (405, "UNSUPPORTED"),
    "LayersNotFoundException": (404, "BLOB_UPLOAD_UNKNOWN"),
    "ReferencedImagesNotFoundException": (400, "MANIFEST_BLOB_UNKNOWN"),
    "ImageDigestDoesNotMatchException": (400, "DIGEST_INVALID"),
    "ImageTagAlreadyExistsException": (400, "TAG_INVALID"),
}
"""Status and code for Docker's clients, by ECR's code."""
PART = 20_971_520
LEAST_PART = 5 << 20


def check_pushes(layers: Layers, names: RegistryNames) -> None:
    """Have ECR refuse images that it can't have, and keep the layers that come by its own operations."""
    pushes = _Pushes(layers, names)
    ecr._put_image = _refusing(pushes.image, ecr._put_image)
    ecr._v2_put_manifest = pushes.checking_manifests(ecr._v2_put_manifest)
    for name in ("initiate_layer_upload", "upload_layer_part", "complete_layer_upload"):
        setattr(ecr, f"_{name}", _answering(getattr(pushes, name)))
    ecr._batch_check_layer_availability = _answering(pushes.batch_check_layer_availability)
    ecr._get_download_url_for_layer = _refusing(pushes.layer, ecr._get_download_url_for_layer)


def _refusing(
    checked: Callable[[Request], Request], inner: Callable[[Request], Response]
) -> Callable[[Request], Response]:
    def operation(request: Request) -> Response:
        try:
            if request.get("repositoryName") in ecr._repositories:
                request = checked(request)
        except AwsError as error:
            return error.response()
        return inner(request)

    return operation


def _answering(operation: Callable[[Request], dict[str, Any]]) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        try:
            name, registry = request.get("repositoryName"), get_account_id()
            if name not in ecr._repositories:
                message = f"The repository with name '{name}' does not exist in the registry with id '{registry}'"
                raise AwsError("RepositoryNotFoundException", message)
            answered: Response = ecr.json_response(operation(request))
        except AwsError as error:
            return error.response()
        return answered

    return answer


class _Pushes:
    def __init__(self, layers: Layers, names: RegistryNames) -> None:
        self._layers, self._names = layers, names

    def image(self, request: Request) -> Request:
        """The request of PutImage, with the media type of its manifest; raises `AwsError` for what ECR refuses."""
        name, text, tag = str(request["repositoryName"]), str(request.get("imageManifest")), request.get("imageTag")
        kind = self._check(name, text, request.get("imageManifestMediaType"))
        digest = ecr._image_digest(text)
        _check_digest(str(request.get("imageDigest") or digest), digest)
        _check_tag(name, tag)
        image = ecr._find_image(name, {"imageDigest": digest})
        if image and (tag is None or tag in image["imageTags"]):
            tagged = f" and tag '{tag}'" if tag else ""
            where = f"in the repository with name '{name}' in registry with id '{get_account_id()}'"
            raise AwsError(
                "ImageAlreadyExistsException", f"Image with digest '{digest}'{tagged} already exists {where}"
            )
        return {**request, "imageManifestMediaType": kind} if kind else request

    def checking_manifests(self, inner: Callable[..., Response]) -> Callable[..., Response]:
        """Wrap what Docker's clients put, to refuse the same."""

        def put_manifest(name: str, reference: str, headers: Mapping[str, str], body: bytes) -> Response:
            if body and name in ecr._repositories:
                try:
                    self._check(name, body.decode("utf-8", "replace"), headers.get("content-type"))
                    digest = ecr._content_digest(body)
                    _check_digest(reference, digest if ":" in reference else reference)
                    _check_tag(name, reference, digest)
                except AwsError as error:
                    status, code = OF_REGISTRY[error.code]
                    refused: Response = ecr._registry_error(status, code, error.message)
                    return refused
            return inner(name, reference, headers, body)

        return put_manifest

    def _check(self, name: str, text: str, media_type: str | None) -> str:
        """The media type of a manifest; raises `AwsError` if it is none, or of what the repository does not have."""
        try:
            manifest = json.loads(text)
            version, kind = manifest["schemaVersion"], str(media_type or manifest.get("mediaType") or "")
            layers, images = _layers(manifest), [each["digest"] for each in manifest.get("manifests", ())]
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            raise _invalid("Invalid JSON syntax") from None
        if version != 1 and (version != 2 or kind not in MANIFESTS | INDEXES):
            raise _invalid("Invalid JSON syntax")
        if kind not in INDEXES and not (manifest.get("layers") or manifest.get("fsLayers")):
            raise _invalid("Image has to have at least 1 layer")
        if missing := [digest for digest in layers if self._size(name, digest) is None]:
            raise AwsError("LayersNotFoundException", _required("Layers", missing, name))
        if missing := [digest for digest in images if not ecr._find_image(name, {"imageDigest": digest})]:
            raise AwsError("ReferencedImagesNotFoundException", _required("Images", missing, name))
        return kind

    def _size(self, name: str, digest: str) -> int | None:
        return self._layers.size(self._full_name(name), digest)

    def _full_name(self, repository: str) -> str:
        return self._names.name(get_account_id(), repository)

    def layer(self, request: Request) -> Request:
        """The request of GetDownloadUrlForLayer; raises `AwsError` for a layer that the repository does not have."""
        name, digest = str(request["repositoryName"]), str(request.get("layerDigest"))
        if self._size(name, digest) is None:
            where = f"within the repository with name '{name}' in the registry with id '{get_account_id()}'"
            raise AwsError("LayersNotFoundException", f"The layer with digest '{digest}' does not exist {where}")
        return request

    def initiate_layer_upload(self, request: Request) -> dict[str, Any]:
        """Begin an upload."""
        return {"uploadId": self._layers.begin(self._full_name(str(request["repositoryName"]))), "partSize": PART}

    def upload_layer_part(self, request: Request) -> dict[str, Any]:
        """Append a part, which has to follow the last one."""
        try:
            part = base64.b64decode(request.get("layerPartBlob") or "", validate=True)
        except binascii.Error:
            raise AwsError("InvalidParameterException", "The part of the layer is not in base64") from None
        upload = self._upload(request)
        first, last = request.get("partFirstByte"), request.get("partLastByte")
        if (first, last) != (upload.size, upload.size + len(part) - 1):
            message = (
                f"The part has {len(part)} bytes, and byte {upload.size} is the next; it is said to be {first}-{last}"
            )
            raise AwsError("InvalidLayerPartException", message, members={"lastValidByteReceived": upload.size - 1})
        upload.parts.append(len(part))
        upload.append(part)
        return {**_of(request), "lastByteReceived": upload.size - 1}

    def complete_layer_upload(self, request: Request) -> dict[str, Any]:
        """Make a layer of an upload's parts."""
        upload, name, upload_id = self._upload(request), str(request["repositoryName"]), str(request["uploadId"])
        where = f"in the repository with name '{name}' in registry with id '{get_account_id()}'"
        if not upload.size:
            message = f"The upload with id '{upload_id}' {where} cannot be completed because it does not have any parts"
            raise AwsError("EmptyUploadException", message)
        if any(size < LEAST_PART for size in upload.parts[:-1]):
            raise AwsError("LayerPartTooSmallException", "All layer parts except the last part should be at least 5MB")
        digest, claimed = f"sha256:{upload.digest.hexdigest()}", request.get("layerDigests") or ()
        if digest not in claimed:
            raise AwsError("InvalidLayerException", f"The layer's digest is '{digest}', and not one of {list(claimed)}")
        if self._size(name, digest) is not None:
            raise AwsError("LayerAlreadyExistsException", f"Layer with digest '{digest}' already exists {where}")
        self._layers.finish(self._full_name(name), upload_id, digest)
        return {**_of(request), "layerDigest": digest}

    def batch_check_layer_availability(self, request: Request) -> dict[str, Any]:
        """Say which layers a repository has."""
        sizes = {digest: self._size(str(request["repositoryName"]), digest) for digest in request["layerDigests"]}
        words = {"failureCode": "MissingLayerDigest", "failureReason": "Layer not found"}
        failures = [{"layerDigest": digest, **words} for digest, size in sizes.items() if size is None]
        layers = [
            {"layerDigest": digest, "layerAvailability": "AVAILABLE", "layerSize": size}
            for digest, size in sizes.items()
            if size is not None
        ]
        return {"layers": layers, "failures": failures}

    def _upload(self, request: Request) -> Any:
        upload_id, name = str(request.get("uploadId")), str(request["repositoryName"])
        try:
            return self._layers.upload(self._full_name(name), upload_id)
        except NoUploadError:
            where = f"in the repository with name '{name}' in registry with id '{get_account_id()}'"
            message = f"The upload with id '{upload_id}' does not exist {where}"
            raise AwsError("UploadNotFoundException", message) from None


def _layers(manifest: dict[str, Any]) -> list[str]:
    """The digests that a repository has to have for an image; not of layers that are elsewhere, at their URLs."""

    def digests() -> Iterator[str]:
        for part in [manifest.get("config"), *manifest.get("layers", ())]:
            if part is not None and not part.get("urls"):
                yield part["digest"]
        yield from (layer["blobSum"] for layer in manifest.get("fsLayers", ()))

    return list(dict.fromkeys(digests()))


def _invalid(constraint: str) -> AwsError:
    message = f"Invalid parameter at 'ImageManifest' failed to satisfy constraint: '{constraint}'"
    return AwsError("InvalidParameterException", message)


def _required(what: str, digests: list[str], name: str) -> str:
    where = f"into repository with name '{name}' in the registry with id '{get_account_id()}'"
    return f"{what} with digests '[{', '.join(map(str, digests))}]' required for pushing image {where} do not exist"


def _check_digest(claimed: str, digest: str) -> None:
    if claimed != digest:
        message = f"The image's digest is '{digest}', and not '{claimed}'"
        raise AwsError("ImageDigestDoesNotMatchException", message)


def _check_tag(name: str, tag: str | None, digest: str = "") -> None:
    """Raise `AwsError` for a tag that stays with its image; Docker's clients may push that of ``digest`` again."""
    holder = ecr._find_image(name, {"imageTag": tag}) if tag else None
    if holder and holder["imageDigest"] != digest and ecr._repositories[name].get("imageTagMutability") == "IMMUTABLE":
        why = "cannot be overwritten because the tag is immutable."
        message = f"The image tag '{tag}' already exists in the '{name}' repository and {why}"
        raise AwsError("ImageTagAlreadyExistsException", message)


def _of(request: Request) -> dict[str, Any]:
    return {
        "registryId": get_account_id(),
        "repositoryName": request["repositoryName"],
        "uploadId": request["uploadId"],
    }
