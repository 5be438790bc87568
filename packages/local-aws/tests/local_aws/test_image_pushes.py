"""ECR takes an image only with a manifest that it reads, and with layers that the repository has."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.local_aws.client_errors import refused
from tests.local_aws.launcher import LocalAws
from tests.local_aws.pushed_images import MANIFEST, manifest_of, push_image, upload_layer
from tests.local_aws.test_ecr import OCI, Registry

ABSENT = "sha256:" + "0" * 64
INDEX = "application/vnd.oci.image.index.v1+json"
UNREADABLE = {
    "text": "no JSON",
    "a list": "[]",
    "no version": json.dumps({"mediaType": MANIFEST, "layers": [{"digest": ABSENT}]}),
    "another version": manifest_of(ABSENT, ABSENT, schemaVersion=3),
    "no media type": manifest_of(ABSENT, ABSENT, mediaType=None),
    "another media type": manifest_of(ABSENT, ABSENT, mediaType="application/vnd.oci.artifact.manifest.v1+json"),
    "a layer without a digest": manifest_of(ABSENT, layers=[{}]),
}


@pytest.fixture
def ecr(plain_aws: LocalAws) -> Any:
    return plain_aws.client("ecr")


@pytest.fixture
def repository(ecr: Any) -> str:
    name = f"pushed/{uuid.uuid4().hex[:8]}"
    ecr.create_repository(repositoryName=name)
    return name


def invalid(constraint: str) -> str:
    return f"Invalid parameter at 'ImageManifest' failed to satisfy constraint: '{constraint}'"


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_manifest_that_ecr_cannot_read_is_refused(plain_aws: LocalAws, ecr: Any, repository: str, kind: str) -> None:
    refusal = refused(ecr.put_image, repositoryName=repository, imageManifest=UNREADABLE[kind])
    assert refusal == f"InvalidParameterException: {invalid('Invalid JSON syntax')}"
    media_type = json.loads(UNREADABLE[kind]).get("mediaType") if kind.startswith("another media") else None
    headers = {"Content-Type": media_type or ("text/plain" if kind == "no media type" else MANIFEST)}
    path = f"/v2/{repository}/manifests/1"
    pushed = Registry(plain_aws, repository).send("PUT", path, UNREADABLE[kind].encode(), **headers)
    error = pushed.json()["errors"][0]
    assert (pushed.status, error["code"], error["message"]) == (405, "UNSUPPORTED", invalid("Invalid JSON syntax"))
    assert ecr.describe_images(repositoryName=repository)["imageDetails"] == []


def test_an_image_without_layers_is_refused(ecr: Any, repository: str) -> None:
    manifest = manifest_of(upload_layer(ecr, repository, b"{}"))
    refusal = refused(ecr.put_image, repositoryName=repository, imageManifest=manifest)
    assert refusal == f"InvalidParameterException: {invalid('Image has to have at least 1 layer')}"


def test_an_image_whose_layers_were_not_uploaded_is_refused(plain_aws: LocalAws, ecr: Any, repository: str) -> None:
    manifest = manifest_of(upload_layer(ecr, repository, b"{}"), ABSENT)
    words = (
        f"required for pushing image into repository with name '{repository}' in the registry with id '123456789012'"
    )
    words = f"Layers with digests '[{ABSENT}]' {words} do not exist"
    refusal = refused(ecr.put_image, repositoryName=repository, imageManifest=manifest)
    assert refusal == f"LayersNotFoundException: {words}"
    headers = {"Content-Type": MANIFEST}
    pushed = Registry(plain_aws, repository).send("PUT", f"/v2/{repository}/manifests/1", manifest.encode(), **headers)
    assert [(error["code"], error["message"]) for error in pushed.json()["errors"]] == [("BLOB_UPLOAD_UNKNOWN", words)]


def test_a_layer_at_its_own_url_needs_no_upload(ecr: Any, repository: str) -> None:
    elsewhere = {"digest": ABSENT, "size": 1, "urls": ["https://layers.example/1"]}
    manifest = manifest_of(upload_layer(ecr, repository, b"{}"), layers=[elsewhere])
    assert ecr.put_image(repositoryName=repository, imageManifest=manifest)["image"]


def test_an_index_needs_its_images(ecr: Any, repository: str) -> None:
    push_image(ecr, repository, "1")
    (image,) = ecr.describe_images(repositoryName=repository)["imageDetails"]
    for digest, is_there in ((ABSENT, False), (image["imageDigest"], True)):
        index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [{"digest": digest}]})
        if is_there:
            pushed = ecr.put_image(repositoryName=repository, imageManifest=index, imageTag="all")["image"]
            assert pushed["imageManifestMediaType"] == INDEX
        else:
            refusal = refused(ecr.put_image, repositoryName=repository, imageManifest=index)
            assert refusal.startswith(f"ReferencedImagesNotFoundException: Images with digests '[{digest}]' required ")


def test_an_image_with_another_digest_is_refused(ecr: Any, repository: str) -> None:
    push_image(ecr, repository, "1")
    (image,) = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": "1"}])["images"]
    request = {"repositoryName": repository, "imageManifest": image["imageManifest"], "imageDigest": ABSENT}
    assert refused(ecr.put_image, **request).startswith("ImageDigestDoesNotMatchException: ")


def test_an_image_gets_a_second_tag_but_none_twice(ecr: Any, repository: str) -> None:
    push_image(ecr, repository, "1")
    (image,) = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": "1"}])["images"]
    request = {"repositoryName": repository, "imageManifest": image["imageManifest"]}
    ecr.put_image(**request, imageTag="2")
    assert refused(ecr.put_image, **request, imageTag="2") == (
        f"ImageAlreadyExistsException: Image with digest '{image['imageId']['imageDigest']}' and tag '2' already "
        f"exists in the repository with name '{repository}' in registry with id '123456789012'"
    )


def test_an_immutable_tag_is_refused_in_ecrs_words(plain_aws: LocalAws, ecr: Any, repository: str) -> None:
    ecr.put_image_tag_mutability(repositoryName=repository, imageTagMutability="IMMUTABLE")
    push_image(ecr, repository, "1")
    words = (
        f"The image tag '1' already exists in the '{repository}' repository and cannot be overwritten because the tag "
        "is immutable."
    )
    (image,) = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": "1"}])["images"]
    request = {"repositoryName": repository, "imageManifest": image["imageManifest"], "imageTag": "1"}
    assert refused(ecr.put_image, **request) == f"ImageTagAlreadyExistsException: {words}"
    registry = Registry(plain_aws, repository)
    assert [error["code"] for error in registry.push("1").json()["errors"]] == ["TAG_INVALID"]
    assert registry.push("1").json()["errors"][0]["message"] == words
    same = registry.send(
        "PUT", f"/v2/{repository}/manifests/1", image["imageManifest"].encode(), **{"Content-Type": MANIFEST}
    )
    assert same.status == 201


def test_a_manifest_without_a_media_type_is_taken_with_one(ecr: Any, repository: str) -> None:
    config, layer = upload_layer(ecr, repository, b"{}"), upload_layer(ecr, repository, b"a chart")
    manifest = manifest_of(config, layer, mediaType=None)
    ecr.put_image(repositoryName=repository, imageManifest=manifest, imageManifestMediaType=OCI)
    (image,) = ecr.describe_images(repositoryName=repository)["imageDetails"]
    assert image["imageManifestMediaType"] == OCI


def test_layers_come_in_parts_that_follow_each_other(plain_aws: LocalAws, ecr: Any, repository: str) -> None:
    first, second = b"1" * (5 << 20), b"22"
    upload = {
        "repositoryName": repository,
        "uploadId": ecr.initiate_layer_upload(repositoryName=repository)["uploadId"],
    }
    assert "does not have any parts" in refused(ecr.complete_layer_upload, **upload, layerDigests=[ABSENT])
    ecr.upload_layer_part(**upload, partFirstByte=0, partLastByte=len(first) - 1, layerPartBlob=first)
    part = {"partFirstByte": 1, "partLastByte": 2, "layerPartBlob": second}
    assert refused(ecr.upload_layer_part, **upload, **part).startswith("InvalidLayerPartException: ")
    part = {"partFirstByte": len(first), "partLastByte": len(first) + 1, "layerPartBlob": second}
    assert ecr.upload_layer_part(**upload, **part)["lastByteReceived"] == len(first) + 1
    assert refused(ecr.complete_layer_upload, **upload, layerDigests=[ABSENT]).startswith("InvalidLayerException: ")
    digest = Registry(plain_aws, repository).push_layer(first + second)
    assert refused(ecr.complete_layer_upload, **upload, layerDigests=[digest]).startswith(
        "LayerAlreadyExistsException: "
    )
    ecr.delete_repository(repositoryName=repository)
    ecr.create_repository(repositoryName=repository)
    assert ecr.complete_layer_upload(**upload, layerDigests=[digest])["layerDigest"] == digest
    assert refused(ecr.complete_layer_upload, **upload, layerDigests=[digest]).startswith("UploadNotFoundException: ")


def test_an_upload_belongs_to_its_repository(ecr: Any, repository: str) -> None:
    other = f"{repository}-other"
    ecr.create_repository(repositoryName=other)
    upload = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
    part = {"partFirstByte": 0, "partLastByte": 0, "layerPartBlob": b"1"}
    message = refused(ecr.upload_layer_part, repositoryName=other, uploadId=upload, **part)
    assert message.startswith("UploadNotFoundException: ")


def test_parts_below_5_mb_make_no_layer(ecr: Any, repository: str) -> None:
    upload = {
        "repositoryName": repository,
        "uploadId": ecr.initiate_layer_upload(repositoryName=repository)["uploadId"],
    }
    for position in (0, 1):
        ecr.upload_layer_part(**upload, partFirstByte=position, partLastByte=position, layerPartBlob=b"1")
    assert refused(ecr.complete_layer_upload, **upload, layerDigests=[ABSENT]) == (
        "LayerPartTooSmallException: All layer parts except the last part should be at least 5MB"
    )


def test_a_repository_says_which_layers_it_has(ecr: Any, repository: str) -> None:
    digest = upload_layer(ecr, repository, b"12345")
    availability = ecr.batch_check_layer_availability(repositoryName=repository, layerDigests=[digest, ABSENT])
    assert [(layer["layerDigest"], layer["layerSize"]) for layer in availability["layers"]] == [(digest, 5)]
    assert availability["failures"][0]["failureCode"] == "MissingLayerDigest"
    ecr.get_download_url_for_layer(repositoryName=repository, layerDigest=digest)
    assert refused(ecr.get_download_url_for_layer, repositoryName=repository, layerDigest=ABSENT) == (
        f"LayersNotFoundException: The layer with digest '{ABSENT}' does not exist within the repository with name "
        f"'{repository}' in the registry with id '123456789012'"
    )
