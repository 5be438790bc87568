"""An account with one version of a registry and the objects of its model, and a promotion of it."""

# ruff: noqa: N803 -- the arguments are named as in boto3
from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from launchpad.catalogue import load_workload
from launchpad.promotions.promotion import Promotion
from launchpad.settings.pinned_models import PromotedModel

CONTENT = b"a model and the scripts that serve it"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
KEY = "boston-housing/models/dev-boston-housing-7/0123456789abcdef/model.tar.gz"
ARN = "arn:aws:sagemaker:eu-west-1:111111111111:model-package/dev-boston-housing/7"
KEY_ARN = "arn:aws:kms:eu-west-1:111111111111:key/01234567-89ab-cdef-0123-456789abcdef"
WORKLOAD = load_workload("boston-housing")


class Body(io.BytesIO):
    """A response's body."""

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        yield from iter(lambda: self.read(size), b"")


class Account:
    """Objects of S3 and one version of a registry; what `refused` names is denied."""

    def __init__(self, status: str = "Approved", r2: str = "0.63", artifact: str = f"s3://of-dev/{KEY}") -> None:
        self.objects: dict[tuple[str, str], bytes] = {("of-dev", KEY): CONTENT}
        self.checksums: dict[tuple[str, str], str] = {}
        self.reads = 0
        self.refused: tuple[str, ...] = ()
        self.endpoint: list[str] = []
        self.package = {
            "ModelPackageArn": ARN,
            "ModelApprovalStatus": status,
            "CreationTime": datetime(2026, 11, 28, tzinfo=UTC),
            "CustomerMetadataProperties": {"r2": r2},
            "InferenceSpecification": {"Containers": [{"ModelDataUrl": artifact}]},
        }

    def client(self, _service: str, **_: Any) -> Account:
        return self

    def describe_model_package(self, *, ModelPackageName: str) -> dict[str, Any]:
        self._check("DescribeModelPackage", "AccessDeniedException")
        assert ModelPackageName == ARN
        return self.package

    def head_object(self, *, Bucket: str, Key: str, **_: Any) -> dict[str, Any]:
        if (Bucket, Key) not in self.objects:
            raise ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadObject")
        checksum = self.checksums.get((Bucket, Key))
        whole = {"ChecksumSHA256": checksum, "ChecksumType": "FULL_OBJECT"} if checksum else {}
        return {"ContentLength": len(self.objects[Bucket, Key]), "SSEKMSKeyId": KEY_ARN, **whole}

    def list_objects(self, *, Bucket: str, Prefix: str) -> list[dict[str, Any]]:
        keys = [key for bucket, key in self.objects if bucket == Bucket and key.startswith(Prefix)]
        return [{"Contents": [{"Key": key} for key in keys]}]

    def describe_endpoint(self, **_: Any) -> dict[str, Any]:
        return {"EndpointStatus": "InService" if self.endpoint else "Failed", "EndpointConfigName": "config"}

    def describe_endpoint_config(self, **_: Any) -> dict[str, Any]:
        return {"ProductionVariants": [{"ModelName": "model"}]}

    def describe_model(self, **_: Any) -> dict[str, Any]:
        return {"Containers": [{"ModelDataUrl": uri} for uri in self.endpoint]}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        self._check("GetObject", "AccessDenied")
        self.reads += 1
        content = self.objects[Bucket, Key]
        return {"Body": Body(content), "ContentLength": len(content)}

    def put_object(self, *, Bucket: str, Key: str, Body: Any, ContentLength: int, ChecksumSHA256: str) -> None:
        self._check("PutObject", "AccessDenied")
        content = Body.read()
        assert len(content) == ContentLength
        assert base64.b64encode(hashlib.sha256(content).digest()).decode() == ChecksumSHA256
        self.objects[Bucket, Key], self.checksums[Bucket, Key] = content, ChecksumSHA256

    def _check(self, operation: str, code: str) -> None:
        if operation in self.refused:
            raise ClientError({"Error": {"Code": code, "Message": "not authorized"}}, operation)


def promotion(**changed: Any) -> Promotion:
    keys = {"from": "dev", "model_package": ARN, "artifact": f"s3://of-dev/{KEY}", "key": KEY_ARN, "sha256": DIGEST}
    return Promotion(WORKLOAD, PromotedModel.model_validate({**keys, **changed}))


SCALER = "scaler/models/dev-scaler-3/0123456789abcdef/model.tar.gz"
BASELINE = "boston-housing/baselines/dev-boston-housing-7/predictions/features.csv.out"
TOGETHER = {
    "preprocessors": {"scaler": {"artifact": f"s3://of-dev/{SCALER}", "sha256": DIGEST}},
    "baseline": {"predictions/features.csv.out": DIGEST},
}
