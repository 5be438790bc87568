"""What S3 refuses of bucket policies, lifecycles, encryption, keys and metadata, and ministack takes.

New buckets block public access, as all have since April 2023; ministack does so with IAM enforced only. The words are
those of users' reports and of published tests against AWS. Not confirmed are those for a condition's operator, and the
code and words for a lifecycle rule without Filter and Prefix, and that a prefix and a key to delete have a key's limit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from ministack.services import s3

from local_aws.api.documents import as_list
from local_aws.api.errors import Response
from local_aws.front.bucket_requests import MALFORMED
from local_aws.iam.policy_grammar import CONDITION
from local_aws.ministack.object_reads import copy_source
from local_aws.ministack.policy_documents import is_missing

Statement = Mapping[str, Any]
MOST_KEY, MOST_METADATA = 1024, 2048
"""Bytes of an object's key, and of the names and values of its metadata."""
OF_OBJECTS = re.compile(
    r"s3:((Get|Put|Delete|Restore|Replicate)Object\w*|AbortMultipartUpload|ListMultipartUploadParts)", re.IGNORECASE
)
OF_BUCKETS = re.compile(r"s3:(\w*Bucket\w*)", re.IGNORECASE)
ACTION = re.compile(r"(s3:[\w*?]+|\*)", re.IGNORECASE)
INFREQUENT, INFREQUENT_DAYS = ("STANDARD_IA", "ONEZONE_IA"), 30
SELF_COPY = (
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
    "metadata, storage class, website redirect location or encryption attributes."
)
CHANGING = (
    *("x-amz-storage-class", "x-amz-website-redirect-location", "x-amz-server-side-encryption"),
    "x-amz-server-side-encryption-customer-algorithm",
)
"""Headers with which an object may be copied to itself."""


def extend_buckets() -> None:
    """Change S3. Once per process."""
    blocked = {"_public_access_block": s3._NEW_BUCKET_PUBLIC_ACCESS_BLOCK}
    s3._new_bucket_public_access_block = lambda: dict(blocked)
    s3._put_bucket_policy = _refusing(s3._put_bucket_policy, _policy_refusal)
    s3._put_bucket_lifecycle = _refusing(s3._put_bucket_lifecycle, _lifecycle_refusal)
    s3._put_bucket_encryption = _refusing(s3._put_bucket_encryption, _encryption_refusal)
    s3._copy_object = _to_another_object(s3._copy_object)
    s3.handle_request = _within_limits(s3.handle_request)


def policy_problem(bucket: str, document: str) -> str | None:
    """S3's words for a bucket policy that it would not take."""
    if not document.lstrip().startswith("{"):
        return "Policies must be valid JSON and the first byte must be '{'"
    try:
        statements = as_list(json.loads(document)["Statement"])
    except (ValueError, RecursionError):
        return "This policy contains invalid Json"
    except LookupError:
        return "Missing required field Statement"
    if not all(isinstance(statement, dict) for statement in statements):
        return "This policy contains invalid Json"
    return next((words for statement in statements if (words := _statement_problem(bucket, statement))), None)


def _statement_problem(bucket: str, statement: Statement) -> str | None:
    if not {"Principal", "NotPrincipal"} & statement.keys():
        return "Missing required field Principal"
    principals = statement.get("Principal")
    if isinstance(principals, dict) and any(map(is_missing, _texts(principals.get("AWS")))):
        return "Invalid principal in policy"
    for operator in _texts([*(statement.get("Condition") or ())]):
        if not CONDITION.fullmatch(operator):
            return f"Invalid Condition type : {operator}"
    actions, resources = _texts(statement.get("Action")), _texts(statement.get("Resource"))
    if any(not ACTION.fullmatch(action) for action in actions):
        return "Policy has invalid action"
    names = [resource.rpartition(":::")[2] for resource in resources]
    if any(not _is_within(bucket, name) for name in names):
        return "Policy has invalid resource"
    for action in actions if names else ():
        if not any(_applies(action, name) for name in names):
            return "Action does not apply to any resource(s) in statement"
    return None


def _texts(texts: Any) -> list[str]:
    return [str(text) for text in as_list(texts or [])]


def _is_within(bucket: str, name: str) -> bool:
    """True for the bucket and its objects, with wildcards for any part of either."""
    return name == "*" or fnmatchcase(bucket, name.partition("/")[0])


def _applies(action: str, name: str) -> bool:
    """False for an action on objects with a bucket, and the other way round; what has wildcards applies."""
    of_objects = "/" in name
    if "*" in action or "?" in action or (not of_objects and name.endswith("*")):
        return True
    if OF_OBJECTS.fullmatch(action):
        return of_objects
    return not of_objects if OF_BUCKETS.fullmatch(action) else True


def _refusing(inner: Callable[..., Any], check: Callable[[str, bytes], Response | None]) -> Callable[..., Any]:
    def operation(name: str, body: bytes, *rest: Any, **options: Any) -> Any:
        try:
            refused = check(name, body) if name in s3._buckets else None
        except ParseError:
            refused = s3_refusal("MalformedXML", MALFORMED)
        return refused or inner(name, body, *rest, **options)

    return operation


def s3_refusal(code: str, words: str) -> Response:
    """S3's response to a request that it refuses."""
    response: Response = s3._error(code, words, 400)
    return response


def _policy_refusal(bucket: str, body: bytes) -> Response | None:
    words = policy_problem(bucket, body.decode("utf-8", errors="replace"))
    return s3_refusal("MalformedPolicy", words) if words else None


def _children(element: Element, name: str) -> list[Element]:
    return [child for child in element.iter() if child.tag.rpartition("}")[2] == name]


def _text(element: Element, name: str) -> str:
    return next((child.text or "" for child in _children(element, name)), "")


def _lifecycle_refusal(_bucket: str, body: bytes) -> Response | None:
    """A lifecycle's XML has been checked by the model before (`bucket_requests`)."""
    names = set[str]()
    for rule in _children(s3.fromstring(body), "Rule"):
        children = {child.tag.rpartition("}")[2] for child in rule}
        if not {"Filter", "Prefix"} & children:
            return s3_refusal("MalformedXML", MALFORMED)
        if not children - {"ID", "Filter", "Prefix", "Status"}:
            return s3_refusal("InvalidRequest", "At least one action needs to be specified in a rule")
        name = _text(rule, "ID")
        if name and name in names:
            return s3_refusal("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")
        names.add(name)
        for transition in _children(rule, "Transition"):
            storage, days = _text(transition, "StorageClass"), _text(transition, "Days")
            if storage in INFREQUENT and days.isdecimal() and int(days) < INFREQUENT_DAYS:
                words = f"greater than or equal to {INFREQUENT_DAYS} for storageClass '{storage}'"
                return s3_refusal("InvalidArgument", f"'Days' in Transition action must be {words}")
    return None


def _encryption_refusal(_bucket: str, body: bytes) -> Response | None:
    root = s3.fromstring(body)
    if _text(root, "SSEAlgorithm") == "AES256" and _text(root, "KMSMasterKeyID"):
        words = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
        return s3_refusal("InvalidArgument", words)
    return None


def _to_another_object(inner: Callable[..., Any]) -> Callable[..., Any]:
    def copy_object(bucket: str, key: str, headers: dict[str, str]) -> Any:
        replaced = headers.get("x-amz-metadata-directive", "COPY") == "REPLACE"
        changed = replaced or any(headers.get(name) for name in CHANGING)
        if copy_source(headers) == (bucket, key, "") and not changed:
            return s3_refusal("InvalidRequest", SELF_COPY)
        return inner(bucket, key, headers)

    return copy_object


def _within_limits(inner: Callable[..., Any]) -> Callable[..., Any]:
    async def handle_request(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: Mapping[str, Any],
        *rest: Any,
        **options: Any,
    ) -> Any:
        bucket, key = s3._parse_bucket_key(path, headers)
        prefix = s3._qp(query or {}, "prefix", "") if bucket and not key else ""
        if (size := len((key or prefix).encode(errors="replace"))) > MOST_KEY:
            extra = {"Size": str(size), "MaxSizeAllowed": str(MOST_KEY)}
            return s3._error("KeyTooLongError", "Your key is too long", 400, extra=extra)
        metadata = {name: text for name, text in headers.items() if name.startswith("x-amz-meta-")}
        size = sum(len(name) - len("x-amz-meta-") + len(text) for name, text in metadata.items())
        if size > MOST_METADATA:
            return s3_refusal("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size")
        return await inner(method, path, headers, body, query, *rest, **options)

    return handle_request
