"""Each constraint of S3's configurations in XML, and of headers with a choice, broken once and refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import StructureShape

from local_aws.api.service import service_model
from tests.conformance.test_emulated_services import OTHERS, SHOWN, answered, sent
from tests.conformance.variants import Variant, variants
from tests.local_aws.launcher import LocalAws

MALFORMED = "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema"
EMPTY = "MissingRequestBodyError: Request Body is empty"
WORDS = {
    "x-amz-storage-class": "InvalidStorageClass: The storage class you specified is not valid",
    "x-amz-server-side-encryption": "InvalidArgument: The encryption method specified is not supported",
    "x-amz-metadata-directive": "InvalidArgument: Unknown metadata directive.",
    "x-amz-tagging-directive": "InvalidArgument: Unknown tagging directive.",
    "x-amz-object-lock-mode": "InvalidArgument: Unknown wormMode directive.",
    "x-amz-object-lock-legal-hold": "InvalidArgument: Legal Hold must be either of 'ON' or 'OFF'",
    "x-amz-object-ownership": "InvalidArgument: Invalid x-amz-object-ownership header: {}",
    "encoding-type": "InvalidArgument: Invalid Encoding Method specified in Request",
}
OLD = ("PutBucketLifecycle", "PutBucketNotification")
"""Operations that others with the same address have replaced."""


def broken() -> Iterator[tuple[Variant, str]]:
    """Every request that breaks a constraint that is checked, and its refusal."""
    model, visited = service_model("s3"), set[tuple[str, str]]()
    for name in model.operation_names:
        operation = model.operation_model(name)
        shape, configured = operation.input_shape, "?" in operation.http["requestUri"] and name not in OLD
        for variant in variants(operation, visited) if shape else ():
            if variant.wrong_type or OTHERS.match(variant.what) or not variant.problems:
                continue
            wire = shape.members[variant.member].serialization
            if words := WORDS.get(wire.get("name", "")) if "location" in wire else None:
                yield variant, words.format(variant.request[variant.member])
            elif configured and variant.member == _configuration(shape):
                yield variant, MALFORMED if variant.request.get(variant.member) is not None else EMPTY


def _configuration(shape: StructureShape) -> str | None:
    """The member that the body has in XML."""
    name = shape.serialization.get("payload")
    return name if name and shape.members[name].type_name == "structure" else None


def test_every_broken_configuration_and_choice_is_refused():
    cases = list(broken())
    refusals = [(variant, answered("s3", sent(variant) or {}), expected) for variant, expected in cases]
    wrong = [f"{variant}\n  {refusal}" for variant, refusal, expected in refusals if refusal != expected]
    assert not wrong, f"{len(wrong)} of {len(cases)}:\n" + "\n".join(wrong[:SHOWN])
    assert len(cases) > 250


ON_THE_WIRE: dict[str, tuple[str, dict[str, Any]]] = {
    "MalformedXML": ("put_bucket_tagging", {"Tagging": {"TagSet": [{"Key": "a"}]}}),
    "InvalidStorageClass": ("put_object", {"Key": "a", "StorageClass": "COLD"}),
    "InvalidArgument": ("list_objects_v2", {"EncodingType": "base64"}),
}


@pytest.mark.parametrize("code", sorted(ON_THE_WIRE))
def test_a_client_gets_the_code(plain_aws: LocalAws, code):
    unchecked = plain_aws.client("s3", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))
    unchecked.create_bucket(Bucket="a-strict-bucket")
    operation, request = ON_THE_WIRE[code]
    with pytest.raises(ClientError) as refusal:
        getattr(unchecked, operation)(Bucket="a-strict-bucket", **request)
    assert refusal.value.response["Error"]["Code"] == code


def test_what_the_model_allows_passes(plain_aws: LocalAws):
    s3 = plain_aws.client("s3")
    s3.create_bucket(Bucket="a-lenient-bucket")
    s3.put_bucket_tagging(Bucket="a-lenient-bucket", Tagging={"TagSet": [{"Key": "a", "Value": ""}]})
    expired = {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket="a-lenient-bucket", LifecycleConfiguration={"Rules": [expired]})
    s3.put_object(Bucket="a-lenient-bucket", Key="a/b", Body=b"<", StorageClass="STANDARD_IA", Tagging="k=v")
    s3.put_object_tagging(Bucket="a-lenient-bucket", Key="a/b", Tagging={"TagSet": []})
    assert s3.get_object_tagging(Bucket="a-lenient-bucket", Key="a/b")["TagSet"] == []


def test_a_bucket_of_another_account_than_expected_is_refused(plain_aws: LocalAws):
    s3 = plain_aws.client("s3")
    s3.create_bucket(Bucket="an-owned-bucket")
    s3.put_object(Bucket="an-owned-bucket", Key="a", Body=b"", ExpectedBucketOwner="123456789012")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.get_object(Bucket="an-owned-bucket", Key="a", ExpectedBucketOwner="210987654321")
    copied = {"Bucket": "an-owned-bucket", "Key": "b", "CopySource": "an-owned-bucket/a"}
    s3.copy_object(**copied, ExpectedSourceBucketOwner="123456789012")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.copy_object(**copied, ExpectedSourceBucketOwner="210987654321")
