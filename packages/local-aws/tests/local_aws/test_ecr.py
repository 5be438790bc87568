"""ECR's registry: on this server's own address, as Docker's clients and the CDK CLI use it."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest
import urllib3
from botocore.exceptions import ClientError

from tests.local_aws.launcher import LocalAws
from tests.local_aws.stacks import Stack

ROLE = "arn:aws:iam::123456789012:role/any"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@dataclass(frozen=True)
class Registry:
    """A repository, and how a Docker engine talks to the registry that it is in."""

    aws: LocalAws
    name: str
    keys: dict[str, str] = field(default_factory=dict)
    """The keys with which a client logs in; the account's own where there are none."""

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> urllib3.BaseHTTPResponse:
        issued = self.aws.client("ecr", **self.keys).get_authorization_token()["authorizationData"][0]
        headers |= {"Authorization": f"Basic {issued['authorizationToken']}"}
        return urllib3.request(method, f"{self.aws.url}{path}", body=body, headers=headers, retries=False)

    def push_layer(self, content: bytes) -> str:
        """Push in two parts, as an engine does."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        upload_url = self.send("POST", f"/v2/{self.name}/blobs/uploads/").headers["location"]
        assert self.send("PATCH", upload_url, content[:7]).headers["range"] == f"0-{min(7, len(content)) - 1}"
        assert self.send("PUT", f"{upload_url}?digest={digest}", content[7:]).status == 201
        return digest

    def push(self, tag: str, content: bytes = b"the one layer", media_type: str = MANIFEST) -> urllib3.BaseHTTPResponse:
        layers = [{"digest": self.push_layer(content), "size": len(content)}]
        manifest = {"schemaVersion": 2, "mediaType": media_type, "config": layers[0], "layers": layers}
        path = f"/v2/{self.name}/manifests/{tag}"
        return self.send("PUT", path, json.dumps(manifest).encode(), **{"Content-Type": media_type})


@pytest.fixture
def ecr(plain_aws: LocalAws) -> Any:
    return plain_aws.client("ecr")


@pytest.fixture
def registry(plain_aws: LocalAws, ecr: Any) -> Registry:
    name = f"team/{uuid.uuid4().hex[:8]}"
    ecr.create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")
    return Registry(plain_aws, name)


def test_a_missing_image_is_the_error_that_the_cdk_expects(registry: Registry, ecr: Any) -> None:
    with pytest.raises(ClientError, match="imageTag:'1'} does not exist within the repository") as error:
        ecr.describe_images(repositoryName=registry.name, imageIds=[{"imageTag": "1"}])
    assert error.value.response["Error"]["Code"] == "ImageNotFoundException"


def test_a_pushed_image_is_described_with_the_size_of_its_layers(registry: Registry, ecr: Any) -> None:
    assert registry.push("1", b"x" * 1000).status == 201
    [image] = ecr.describe_images(repositoryName=registry.name, imageIds=[{"imageTag": "1"}])["imageDetails"]
    assert (image["imageTags"], image["imageSizeInBytes"]) == (["1"], 1000)


def test_a_login_and_a_push_go_to_this_server(registry: Registry, ecr: Any) -> None:
    [entry] = ecr.get_authorization_token()["authorizationData"]
    [repository] = ecr.describe_repositories(repositoryNames=[registry.name])["repositories"]
    assert entry["proxyEndpoint"] == registry.aws.url
    assert base64.b64decode(entry["authorizationToken"]).startswith(b"AWS:")
    assert f"http://{repository['repositoryUri']}" == f"{registry.aws.url}/{registry.name}"


def test_a_layer_comes_back_as_it_was_pushed(registry: Registry) -> None:
    content = bytes(range(256)) * 10_000
    digest = registry.push_layer(content)
    response = registry.send("GET", f"/v2/{registry.name}/blobs/{digest}")
    assert (response.status, response.data) == (200, content)
    assert registry.send("HEAD", f"/v2/{registry.name}/blobs/{digest}").headers["content-length"] == str(len(content))


def test_a_layer_that_arrives_damaged_is_refused(registry: Registry) -> None:
    upload_url = registry.send("POST", f"/v2/{registry.name}/blobs/uploads/").headers["location"]
    response = registry.send("PUT", f"{upload_url}?digest=sha256:{'0' * 64}", b"damaged")
    assert (response.status, response.json()["errors"][0]["code"]) == (400, "DIGEST_INVALID")
    assert registry.send("HEAD", f"/v2/{registry.name}/blobs/sha256:{'0' * 64}").status == 404


def test_a_layer_of_another_repository_is_taken_over_without_being_sent(registry: Registry, ecr: Any) -> None:
    other = Registry(registry.aws, f"{registry.name}-other")
    ecr.create_repository(repositoryName=other.name)
    digest = registry.push_layer(b"shared")
    mounted = other.send("POST", f"/v2/{other.name}/blobs/uploads/?mount={digest}&from={registry.name}")
    assert mounted.status == 201
    assert other.send("GET", f"/v2/{other.name}/blobs/{digest}").data == b"shared"


def test_a_repository_that_is_not_there_takes_nothing(plain_aws: LocalAws) -> None:
    response = Registry(plain_aws, "no/such").send("POST", "/v2/no/such/blobs/uploads/")
    assert (response.status, response.json()["errors"][0]["code"]) == (404, "NAME_UNKNOWN")


def test_an_immutable_tag_stays_with_its_image(registry: Registry) -> None:
    registry.push("1")
    response = registry.push("1", b"another layer")
    assert response.status == 400
    assert "immutable" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("force", [True, False])
def test_a_repository_with_images_is_deleted_only_by_force(registry: Registry, ecr: Any, force: bool) -> None:
    registry.push("1")
    digest = registry.push_layer(b"the one layer")
    if force:
        ecr.delete_repository(repositoryName=registry.name, force=True)
        ecr.create_repository(repositoryName=registry.name)
    else:
        with pytest.raises(ClientError, match="is not empty"):
            ecr.delete_repository(repositoryName=registry.name)
    assert registry.send("HEAD", f"/v2/{registry.name}/blobs/{digest}").status == (404 if force else 200)


def test_a_stacks_repository_goes_with_its_images_where_it_says_so(stack: Stack, registry: Registry, ecr: Any) -> None:
    name = f"{registry.name}-of-stack"
    properties = {"RepositoryName": name, "EmptyOnDelete": True}
    assert stack.apply({"Images": {"Type": "AWS::ECR::Repository", "Properties": properties}}) == "CREATE_COMPLETE"
    Registry(registry.aws, name).push("1")
    assert stack.delete() == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="does not exist"):
        ecr.describe_repositories(repositoryNames=[name])


OCI = "application/vnd.oci.image.manifest.v1+json"
OTHERS = [OCI, "application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"]


def create_model(registry: Registry, reference: str) -> str:
    """Create a model of a pushed image; returns the image's URI."""
    uri = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{registry.name}{reference}"
    registry.aws.client("sagemaker").create_model(
        ModelName=uuid.uuid4().hex, PrimaryContainer={"Image": uri}, ExecutionRoleArn=ROLE
    )
    return uri


@pytest.mark.parametrize("media_type", OTHERS)
def test_a_model_of_an_image_in_another_format_is_refused(registry: Registry, media_type: str) -> None:
    registry.push("1", media_type=media_type)
    with pytest.raises(ClientError) as error:
        create_model(registry, ":1")
    refusal = error.value.response["Error"]
    assert refusal["Code"] == "ValidationException"
    assert refusal["Message"] == (
        f"Unsupported manifest media type {media_type} for image 123456789012.dkr.ecr.us-east-1.amazonaws.com/"
        f"{registry.name}:1. Ensure that valid manifest media type is used for specified image."
    )


def test_an_image_in_another_format_is_refused_by_its_digest(registry: Registry) -> None:
    digest = registry.push("1", media_type=OCI).headers["docker-content-digest"]
    with pytest.raises(ClientError, match="Unsupported manifest media type"):
        create_model(registry, f"@{digest}")


def test_a_model_of_an_image_in_dockers_format_is_created(registry: Registry) -> None:
    registry.push("latest")
    assert create_model(registry, "").endswith(registry.name)
