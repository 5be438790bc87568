"""What KMS refuses for a key's state, alias, plaintext or policy, and S3 for the key of an object.

Sources: "Key states of AWS KMS keys" in the developer guide and the API reference. Confirmed by users' reports and by
published tests against AWS are S3's words, and those for a plaintext and for a policy's principals; those for the size
of a data key are confirmed for GenerateRandom. Not confirmed are those for a policy that is no JSON, for an alias that
begins as AWS's own do, and of S3 for a missing alias.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import kms

from local_aws.api.documents import as_list
from local_aws.api.errors import Response
from local_aws.ministack.bucket_rules import s3_refusal
from local_aws.ministack.policy_documents import is_missing

Members = Mapping[str, Any]
NOT_WHEN_PENDING = frozenset(
    {
        *("CreateAlias", "CreateGrant", "DisableKey", "DisableKeyRotation", "EnableKey", "EnableKeyRotation"),
        *("ScheduleKeyDeletion", "TagResource", "UntagResource", "UpdateAlias", "UpdateKeyDescription"),
    }
)
"""Operations that fail for a key that waits for its deletion; ministack checks those that encrypt."""
NOT_WHEN_DISABLED = frozenset({"CreateGrant", "DisableKeyRotation", "EnableKeyRotation"})
DATA_KEYS = ("GenerateDataKey", "GenerateDataKeyWithoutPlaintext")
OF_AWS = "alias/aws/"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOST_BYTES = 4096
"""The largest plaintext that KMS encrypts."""


def refuse_unusable_keys() -> None:
    """Change KMS. Once per process."""
    inner = kms.handle_request

    async def handle_request(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            members = json.loads(body or b"{}")
        except (ValueError, RecursionError):
            members = {}
        refusal = _refusal(operation, members) if isinstance(members, dict) else None
        return refusal or await inner(method, path, headers, body, query)

    kms.handle_request = handle_request


def checking_keys(inner: Callable[[dict[str, str], str], Any]) -> Callable[[dict[str, str], str], Any]:
    """Wrap what resolves the encryption of an object: its key exists and is enabled."""

    def resolve(headers: dict[str, str], bucket: str) -> Any:
        resolved, error = inner(headers, bucket)
        return resolved, error or s3_problem((resolved or {}).get("x-amz-server-side-encryption-aws-kms-key-id", ""))

    return resolve


def s3_problem(key: str) -> Response | None:
    """S3's response for a key that can't encrypt; None for one that can, and for AWS's own."""
    if not key or OF_AWS in key:
        return None
    record = _found(key)
    if record is None:
        if UUID.fullmatch(key):
            key = f"arn:aws:kms:{kms.get_region()}:{kms.get_account_id()}:key/{key}"
        words = f"Key '{key}' does not exist" if key.startswith("arn:") else f"Invalid keyId '{key}'"
        return s3_refusal("KMS.NotFoundException", words)
    if error := kms._check_key_state(record):
        body = json.loads(error[2])
        return s3_refusal(f"KMS.{body['__type'].rpartition('#')[2]}", body.get("message") or body.get("Message", ""))
    return None


def _found(key: str) -> Any:
    """A key of any account, by its ARN, or of this account and region by its id or alias."""
    if key.count(":") == 5 and ":key/" in key:
        account, region = key.split(":")[4], key.split(":")[3]
        return kms._keys.get_scoped(account, region, key.rpartition("/")[2])
    return kms._resolve_key(key)


def _refusal(operation: str, members: Members) -> Any:
    code, words = _problem(operation, members)
    return kms.error_response_json(code, words, 400) if code else _state_refusal(operation, members)


def _problem(operation: str, members: Members) -> tuple[str, str]:
    """The code and the words for what KMS refuses of a request alone; two empty texts for nothing."""
    alias, sizes = str(members.get("AliasName") or ""), [members.get("KeySpec"), members.get("NumberOfBytes")]
    if operation == "CreateAlias" and alias.startswith(OF_AWS):
        return "NotAuthorizedException", f"{alias} is reserved for keys that AWS manages."
    if operation == "Encrypt" and _size(members.get("Plaintext")) > MOST_BYTES:
        words = f"Member must have length less than or equal to {MOST_BYTES}"
        message = f"1 validation error detected: Value at 'plaintext' failed to satisfy constraint: {words}"
        return "ValidationException", message
    if operation in DATA_KEYS and sum(map(bool, sizes)) != 1:
        return "ValidationException", "Please specify either number of bytes or key spec."
    if operation in ("CreateKey", "PutKeyPolicy") and (problem := _policy_problem(members.get("Policy"))):
        return "MalformedPolicyDocumentException", problem
    return "", ""


def _state_refusal(operation: str, members: Members) -> Any:
    key = kms._resolve_key(members.get("TargetKeyId") or members.get("KeyId") or "")
    state = key["KeyState"] if key else ""
    checked = {"PendingDeletion": NOT_WHEN_PENDING, "Disabled": NOT_WHEN_DISABLED}.get(state, frozenset())
    return kms._check_key_state(key) if operation in checked else None


def _size(plaintext: Any) -> int:
    try:
        return len(base64.b64decode(plaintext or "", validate=True))
    except (binascii.Error, TypeError, ValueError):
        return 0


def _policy_problem(policy: Any) -> str | None:
    if not policy:
        return None
    try:
        statements = as_list(json.loads(policy)["Statement"])
        principals = [statement.get("Principal", "*") for statement in statements]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return "The new key policy is malformed: it must be JSON with a Statement."
    named = [as_list(principal.get("AWS", [])) for principal in principals if isinstance(principal, dict)]
    if any(is_missing(str(name)) for names in named for name in names):
        return "Policy contains a statement with one or more invalid principals."
    return None
