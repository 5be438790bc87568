"""CloudTrail's trails: their bucket exists, and with IAM enforced its policy and that of the key let CloudTrail in.

AWS tries both when a trail is created or changed. Nothing is recorded here: no object is ever written to the bucket.
Sources: the errors of CreateTrail in its API reference, whose words are those that users report; of a missing key the
words are not confirmed.
"""

from __future__ import annotations

from typing import Any

from local_aws.api.service import Scope
from local_aws.iam.enforcement import Enforcement, Need
from local_aws.ministack.scope import current_scope

SERVICE = "cloudtrail.amazonaws.com"


def check_trails(enforcement: Enforcement | None) -> None:
    """Check trails before ministack stores them."""
    from ministack.services import cloudtrail

    for operation in ("CreateTrail", "UpdateTrail"):
        cloudtrail._DISPATCH[operation] = _checked(cloudtrail, cloudtrail._DISPATCH[operation], enforcement)


def _checked(cloudtrail: Any, inner: Any, enforcement: Enforcement | None) -> Any:
    def store(request: dict[str, Any]) -> Any:
        refusal = _refusal(request, enforcement)
        return cloudtrail._err(*refusal) if refusal else inner(request)

    return store


def _refusal(request: dict[str, Any], enforcement: Enforcement | None) -> tuple[str, str] | None:
    """The error's code and message, or None for a trail that CloudTrail could deliver."""
    from local_aws.ministack.accounts import BUCKET, owner_of  # here, because it loads S3's service

    bucket, key = request.get("S3BucketName"), request.get("KmsKeyId")
    if bucket and owner_of(f"{BUCKET}{bucket}") is None:
        return "S3BucketDoesNotExistException", f"S3 bucket {bucket} does not exist!"
    scope = current_scope()
    if key and (arn := _key_arn(scope, key)) is None:
        return "KmsKeyNotFoundException", f"KMS key {key} does not exist."
    if enforcement is None:
        return None
    name = request["Name"].rpartition("/")[2]
    source = ("aws:sourcearn", scope.arn("cloudtrail", f"trail/{name}"))
    prefix = f"{request['S3KeyPrefix']}/" if request.get("S3KeyPrefix") else ""
    path = f"arn:aws:s3:::{bucket}/{prefix}AWSLogs/{scope.account}/CloudTrail/{scope.region}"
    acl = (source, ("s3:x-amz-acl", "bucket-owner-full-control"))
    needs = [Need("s3:GetBucketAcl", f"arn:aws:s3:::{bucket}", (source,)), Need("s3:PutObject", path, acl)]
    if bucket and not all(enforcement.serves(scope, SERVICE, need) for need in needs):
        return "InsufficientS3BucketPolicyException", f"Incorrect S3 bucket policy is detected for bucket: {bucket}"
    context = (source, ("kms:encryptioncontext:aws:cloudtrail:arn", source[1]))
    if key and not enforcement.serves(scope, SERVICE, Need("kms:GenerateDataKey", str(arn), context)):
        message = f"Insufficient permissions to access S3 bucket {bucket} or KMS key {key}."
        return "InsufficientEncryptionPolicyException", message
    return None


def _key_arn(scope: Scope, key: str) -> str | None:
    """The ARN of a key, by its id, alias or ARN, in whichever account; None if there is none in the region."""
    from ministack.core.responses import request_scope
    from ministack.services import kms

    account = key.split(":")[4] if key.startswith("arn:") else scope.account
    with request_scope(account, scope.region):
        found = kms._resolve_key(key)
    return str(found["Arn"]) if found else None
