"""S3: writes with the account's managed key, and large objects in threads."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import unescape

from ministack.services import s3

from local_aws.api.service import service_model
from local_aws.files.state_file import StateFile
from local_aws.files.stored_bodies import Bodies
from local_aws.ministack.accounts import extend_accounts
from local_aws.ministack.bucket_rules import extend_buckets
from local_aws.ministack.bucket_tags import keep_system_tags
from local_aws.ministack.customer_keys import block_customer_keys
from local_aws.ministack.key_states import checking_keys
from local_aws.ministack.large_objects import spare_the_loop
from local_aws.ministack.multipart import extend_multipart
from local_aws.ministack.object_reads import copy_source, extend_reads
from local_aws.ministack.s3_objects import ObjectStore
from local_aws.ministack.scope import current_scope
from local_aws.settings import Settings

RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
"""No bucket's name begins or ends so ("General purpose bucket naming rules", S3 user guide)."""


def extend_s3(settings: Settings, file: StateFile | None) -> ObjectStore:
    """Change S3, and keep its objects on disk. Once per process."""
    s3._resolve_sse_write_headers = checking_keys(_with_managed_key(s3._resolve_sse_write_headers))
    s3._copy_object = _with_conditions(s3._copy_object)
    s3._location_constraint_error = _of_a_known_region(s3._location_constraint_error)
    s3._create_bucket = _without_reserved_names(s3._create_bucket)
    s3._list_object_versions = _with_encoded_names(s3._list_object_versions)
    extend_buckets()
    block_customer_keys()
    extend_reads()
    extend_accounts()
    keep_system_tags()
    s3._reject_response_overrides_if_unsigned = lambda *_: None  # every request is signed
    store = ObjectStore(s3, Bodies(settings.state / "objects"), file)
    extend_multipart(s3, store)
    s3.handle_request = _for_the_expected_owner(store.wrap(s3.handle_request))
    spare_the_loop(s3)
    return store


def _of_a_known_region(inner: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse a bucket in a region that S3 does not have, which ministack creates for us-east-1's endpoint."""

    def location_constraint_error(name: str, constraint: str | None, endpoint_region: str) -> Any:
        refusal = inner(name, constraint, endpoint_region)
        if refusal or not constraint or constraint in service_model("s3").shape_for("BucketLocationConstraint").enum:
            return refusal
        words, extra = "The specified location-constraint is not valid", {"LocationConstraint": constraint}
        return s3._error("InvalidLocationConstraint", words, 400, f"/{name}", extra=extra)

    return location_constraint_error


def _without_reserved_names(inner: Callable[..., Any]) -> Callable[..., Any]:
    def create_bucket(name: str, *rest: Any, **options: Any) -> Any:
        if name.startswith(RESERVED_PREFIXES) or name.endswith(RESERVED_SUFFIXES):
            return s3._error("InvalidBucketName", "The specified bucket is not valid.", 400, f"/{name}")
        return inner(name, *rest, **options)

    return create_bucket


def _with_encoded_names(inner: Callable[..., Any]) -> Callable[..., Any]:
    """Encode the names of a list of versions, as every client asks: XML has no control characters, which keys have."""

    def list_object_versions(bucket: str, query: dict[str, Any]) -> Any:
        status, headers, body = inner(bucket, query)
        if status != 200 or s3._qp(query, "encoding-type", "") != "url":
            return status, headers, body
        text = _NAMES.sub(_encoded, body.decode("utf-8"))
        return status, headers, text.replace(_END, f"<EncodingType>url</EncodingType>{_END}").encode()

    return list_object_versions


_NAMES = re.compile("<(Key|Prefix|Delimiter|KeyMarker|NextKeyMarker)>([^<]*)<")
_END = "</ListVersionsResult>"


def _encoded(match: re.Match[str]) -> str:
    return f"<{match[1]}>{s3._url_encode(unescape(match[2]))}<"


def _with_conditions(inner: Callable[..., Any]) -> Callable[..., Any]:
    """Hold a copy's If-Match and If-None-Match against the object that it would replace; ministack ignores them."""

    def copy_object(bucket: str, key: str, headers: dict[str, str]) -> Any:
        existing = (s3._buckets.get(bucket) or {}).get("objects", {}).get(key)
        return s3._check_put_preconditions(headers, existing) or inner(bucket, key, headers)

    return copy_object


def _for_the_expected_owner(inner: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap S3's handler to refuse a bucket, or a copy's source, of another account than expected.

    ministack passes over ExpectedBucketOwner and ExpectedSourceBucketOwner.
    """

    async def handle_request(method: str, path: str, headers: dict[str, str], *rest: Any, **options: Any) -> Any:
        buckets = {
            "x-amz-expected-bucket-owner": s3._parse_bucket_key(path, headers)[0],
            "x-amz-source-expected-bucket-owner": copy_source(headers)[0],
        }
        for name, bucket in buckets.items():
            if (expected := headers.get(name)) and s3._bucket_owner_account(bucket) not in (None, expected):
                return s3._error("AccessDenied", "Access Denied", 403)
        return await inner(method, path, headers, *rest, **options)

    return handle_request


def _with_managed_key(inner: Callable[..., Any]) -> Callable[..., Any]:
    """Use the account's managed key for a write with aws:kms and no key, as on AWS; ministack refuses it."""
    algorithm, key = "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"

    def resolve(headers: dict[str, str], bucket: str) -> Any:
        if headers.get(algorithm) == "aws:kms" and not headers.get(key):
            headers = {**headers, key: current_scope().arn("kms", "alias/aws/s3")}
        return inner(headers, bucket)

    return resolve
