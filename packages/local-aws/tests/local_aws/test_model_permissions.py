"""What a model's role needs to read its artifacts: an object of each container, and the models below a prefix."""

from __future__ import annotations

from typing import Any

from local_aws.api.service import Scope
from local_aws.iam.enforcement import Need
from local_aws.iam.model_data import reading, with_packages

SCOPE = Scope("123456789012", "us-east-1")
FIRST = {"Image": "a", "ModelDataUrl": "s3://bucket/first.tar.gz"}
MANY = {"Image": "b", "Mode": "MultiModel", "ModelDataUrl": "s3://bucket/models/"}


def needs(*containers: dict[str, Any]) -> list[Need]:
    request = with_packages(SCOPE, "CreateModel", {"Containers": list(containers)}, package)
    return [need for _, need in reading("CreateModel", request)]


def package(_scope: Scope, _noun: str, _name: str) -> dict[str, Any]:
    """A model package of two containers."""
    second = {"Image": "c", "ModelDataUrl": "s3://bucket/second.tar.gz"}
    return {"InferenceSpecification": {"Containers": [FIRST, second]}}


def test_each_container_has_an_artifact_and_a_multi_model_one_a_prefix() -> None:
    assert needs(FIRST, MANY) == [
        Need("s3:GetObject", "arn:aws:s3:::bucket/first.tar.gz"),
        Need("s3:ListBucket", "arn:aws:s3:::bucket", (("s3:prefix", "models/"),)),
    ]


def test_all_containers_of_a_model_package_count() -> None:
    assert needs({"ModelPackageName": "package"}) == [
        Need("s3:GetObject", "arn:aws:s3:::bucket/first.tar.gz"),
        Need("s3:GetObject", "arn:aws:s3:::bucket/second.tar.gz"),
    ]
