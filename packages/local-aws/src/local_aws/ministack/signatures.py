"""Verifies signatures with ministack's parts: its SigV4, the keys in its IAM and STS, its error messages."""

from __future__ import annotations

import hmac
import re
import time
import uuid
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlencode, urlsplit

import ministack.app as gateway
from botocore.auth import HmacV1Auth
from botocore.awsrequest import HTTPHeaders
from botocore.credentials import Credentials
from ministack.core import iam_evaluator, router, sigv4

from local_aws.api.errors import AwsError, Response
from local_aws.files.chunked_bodies import Frames
from local_aws.front import registry_passwords
from local_aws.front.signatures import MISSING, REGISTRY, SignedRequest
from local_aws.ministack import post_policies

ACCOUNT = re.compile(r"[0-9]{12}")
EXPIRES = re.compile(r"[0-9]{1,12}")
VERSION_4 = ("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "x-amz-signedheaders")
"""The parameters of a URL presigned with version 4."""
UNKNOWN_KEY = AwsError("UnrecognizedClientException", "The security token included in the request is invalid.")
HINT = "(The local AWS has a random secret for each state folder: use the export lines that this server printed.)"
REFUSED_BY_S3 = {
    "XAmzContentSHA256Mismatch": 400,
    "EntityTooLarge": 400,
    "MaxPostPreDataLengthExceededError": 400,
}
"""S3's error codes and their HTTP status, for which ministack has no messages."""


class MinistackVerifier:
    """A `Verifier`. ``secret`` is the server's, with which every 12-digit key signs."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def head(self, request: SignedRequest) -> str | None:
        """See `Verifier.head`."""
        signature = _signature(request)
        if isinstance(signature, str):
            _check_version_2(request, signature)
            _check_for_objects(request)
            return signature
        access_key, secret = _secret_of(request, signature)
        if request.is_presigned_object:
            _check(request, signature, secret, b"")
            _check_for_objects(request)
            return access_key
        if not request.digest:
            return None
        _check(request, signature, secret, b"")
        return access_key

    def whole(self, request: SignedRequest, body: bytes | Frames) -> str:
        """See `Verifier.whole`."""
        signature = _signature(request)
        access_key, secret = _secret_of(request, signature)
        failure = sigv4.header_signature_failure(
            signature,
            secret,
            request.method,
            _signed_path(request, signature),
            request.query,
            request.headers,
            body,
            presigned=_in_query(request),
        )
        if failure:
            raise _mismatch(access_key) if failure[0] == "SignatureDoesNotMatch" else AwsError(*failure)
        return access_key

    def form(self, request: SignedRequest, body: bytes) -> str:
        """See `Verifier.form`."""
        _check_for_objects(request)
        fields = post_policies.fields_of(request.headers["content-type"], body)
        signature = post_policies.signature_of(fields)
        if signature is None:
            raise MISSING
        secret = _resolve(signature.access_key, fields.get("x-amz-security-token", ""))
        if not signature.matches(secret):
            raise _mismatch(signature.access_key)
        return signature.access_key

    def registry(self, request: SignedRequest) -> str:
        """See `Verifier.registry`."""
        access_key = registry_passwords.principal(self._secret, request.headers.get("authorization", ""))
        if access_key is None or _account_of(access_key) is None:
            raise AwsError("UNAUTHORIZED", "Not Authorized")
        return access_key

    def refuse(self, request: SignedRequest, error: AwsError) -> Response:
        """See `Verifier.refuse`."""
        if REGISTRY.fullmatch(request.path):
            body = b'{"errors":[{"code":"UNAUTHORIZED","message":"Not Authorized"}]}'
            challenge = {"WWW-Authenticate": 'Basic realm="the local AWS",service="ecr.amazonaws.com"'}
            return 401, {"Content-Type": "application/json", **challenge}, body
        if error.code in REFUSED_BY_S3:
            content = f"<Error><Code>{error.code}</Code><Message>{error.message}</Message></Error>"
            return REFUSED_BY_S3[error.code], {"Content-Type": "application/xml"}, content.encode()
        form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        if form and "authorization" not in request.headers:
            service = "sts"  # a service of the query protocol; the body says which one
        else:
            service = router.detect_service(request.method, request.path, request.headers, request.query)
        failure = iam_evaluator.AuthError(error.code, error.message)
        response: Response = gateway._credential_failure(service, "", str(uuid.uuid4()), failure, request.headers)
        return response


def _in_query(request: SignedRequest) -> bool:
    return not request.headers.get("authorization", "").startswith("AWS4-")


def _first(request: SignedRequest, name: str) -> str:
    return (request.query.get(name) or [""])[0]


def _signature(request: SignedRequest) -> Any:
    """The parts of a version 4 signature, or the access key of a URL presigned with version 2; raises otherwise."""
    authorization = request.headers.get("authorization", "")
    if not authorization and _first(request, "AWSAccessKeyId") and _first(request, "Signature"):
        _check_parts(request, _first(request, "AWSAccessKeyId"), VERSION_4)
        return _first(request, "AWSAccessKeyId")
    if authorization.startswith("AWS4-HMAC-SHA256 "):
        signature = sigv4.parse_header_signature(request.headers)
    elif not authorization and _first(request, "X-Amz-Algorithm") == "AWS4-HMAC-SHA256":
        signature = sigv4.parse_query_signature(request.query)
    elif authorization.startswith("AWS"):
        raise AwsError("UnsupportedSignature", "The request signature does not conform to AWS standards.")
    else:
        raise MISSING
    if isinstance(signature, tuple):
        raise AwsError(*signature)
    _check_parts(request, signature.access_key_id, () if _in_query(request) else VERSION_4)
    _check_signed_headers(request, signature)
    _check_time(request, signature)
    return signature


def _check_parts(request: SignedRequest, access_key: str, foreign: tuple[str, ...]) -> None:
    """Refuse parts that only the emulator would read: it looks for credentials in both header and query."""
    names = [name.lower() for name, values in request.query.items() for _ in values]
    twice = any(names.count(name) > 1 for name in (*VERSION_4, "awsaccesskeyid", "signature", "expires"))
    twice = twice or request.headers.get("authorization", "").count("Credential=") > 1
    if twice or set(foreign) & set(names) or router.extract_access_key_id(request.headers, request.query) != access_key:
        raise AwsError("IncompleteSignature", "The request names its credentials more than once.")


def _check_signed_headers(request: SignedRequest, signature: Any) -> None:
    """Require signatures of host and every `x-amz-` header.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
    """
    names = signature.signed_headers.split(";")
    required = {name for name in request.headers if name == "host" or name.startswith("x-amz-")}
    if len(names) != len(set(names)) or required - {*names, "x-amz-content-sha256"}:
        raise AwsError("AccessDenied", "There were headers present in the request which were not signed")


def _check_for_objects(request: SignedRequest) -> None:
    """Restrict a presigned S3 URL to S3, because neither version signs everything that selects the service."""
    service = router.detect_service(request.method, request.path, request.headers, request.query)
    if service != "s3" or "Action" in request.query:
        raise AwsError("AccessDenied", "Access Denied")


def _check_time(request: SignedRequest, signature: Any) -> None:
    if not request.is_presigned_object:
        skewed = sigv4.request_time_failure(signature)
        if skewed:
            raise AwsError(*skewed)
        return
    try:
        expired = sigv4.presigned_request_is_expired(signature.amz_date, _first(request, "X-Amz-Expires"))
    except ValueError:
        expired = True
    if expired:
        raise AwsError("RequestExpired", "Request has expired")


def _secret_of(request: SignedRequest, signature: Any) -> tuple[str, str]:
    token = _first(request, "X-Amz-Security-Token") if _in_query(request) else ""
    return signature.access_key_id, _resolve(
        signature.access_key_id, token or request.headers.get("x-amz-security-token", "")
    )


def _account_of(access_key: str) -> str | None:
    """The account that an access key belongs to, or None if the key was never issued."""
    from ministack.services import sts

    if ACCOUNT.fullmatch(access_key):
        return access_key
    try:
        account = sts._sessions.get(access_key, {}).get("AccountId")
        account = account or iam_evaluator.find_iam_access_key_account(access_key)
    except iam_evaluator.AmbiguousAccessKeyError:
        return None
    return str(account) if account else None


def _resolve(access_key: str, token: str) -> str:
    """The secret of an access key: the server's for an account's, otherwise the one that STS or IAM issued with it."""
    account = _account_of(access_key)
    if account is None:
        raise UNKNOWN_KEY
    credential = iam_evaluator.resolve_credential(access_key, account, token)
    if isinstance(credential, iam_evaluator.CredentialResolutionError):
        # AWS treats a session's key without its token as unknown, and reports a wrong token as such.
        unknown = credential.code == "InvalidToken" and not token
        raise UNKNOWN_KEY if unknown else AwsError(credential.code, credential.message)
    return str(credential.secret_access_key)


def _signed_path(request: SignedRequest, signature: Any) -> str:
    """The path to sign: S3 signs it in its own encoding, whatever the client sent; other services as it was sent."""
    return quote(unquote_to_bytes(request.path), safe="/-_.~") if signature.service == "s3" else request.path


def _check(request: SignedRequest, signature: Any, secret: str, body: bytes) -> None:
    """Compare the signature of everything except the body, which it covers by its digest or not at all."""
    if signature.date_stamp != signature.amz_date[:8]:
        message = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP."
        raise AwsError("CredentialDateMismatch", message)
    _, text = sigv4.header_signing_documents(
        signature,
        request.method,
        _signed_path(request, signature),
        request.query,
        request.headers,
        body,
        presigned=_in_query(request),
    )
    expected = sigv4.calculate_signature(secret, signature.date_stamp, signature.region, signature.service, text)
    if not sigv4.signatures_match(expected, signature.signature):
        raise _mismatch(signature.access_key_id)


def _mismatch(access_key: str) -> AwsError:
    """AWS's message, and for an account's own key the most likely cause."""
    hint = f" {HINT}" if ACCOUNT.fullmatch(access_key) else ""
    return AwsError("SignatureDoesNotMatch", f"{sigv4.SIGNATURE_MISMATCH}{hint}")


class _Version2(HmacV1Auth):  # type: ignore[misc]
    """S3's older signature, which boto3 still uses in presigned URLs. It signs the expiry instead of a date."""

    def __init__(self, credentials: Credentials, expires: str) -> None:
        super().__init__(credentials)
        self._expires = expires

    def _get_date(self) -> str:
        return self._expires


def _check_version_2(request: SignedRequest, access_key: str) -> None:
    expires, token = _first(request, "Expires"), _first(request, "x-amz-security-token")
    if not EXPIRES.fullmatch(expires) or int(expires) < time.time():
        raise AwsError("RequestExpired", "Request has expired")
    headers = HTTPHeaders()
    for name, value in request.headers.items():
        headers[name] = value
    pairs = [(name, value) for name, values in request.query.items() for value in values]
    url = urlsplit(f"http://host{with_bucket(request)}?{urlencode(pairs, quote_via=quote)}")
    signer = _Version2(Credentials(access_key, _resolve(access_key, token), token or None), expires)
    expected = signer.get_signature(request.method, url, headers)
    if not hmac.compare_digest(expected.encode(), _first(request, "Signature").encode()):
        raise _mismatch(access_key)


def with_bucket(request: SignedRequest) -> str:
    """The path that version 2 signs: with the bucket in front if the host names it, as in bucket.localhost."""
    bucket = request.headers.get("host", "").partition(":")[0].removesuffix(".localhost").removesuffix(".s3")
    return request.path if bucket in ("localhost", "127.0.0.1", "s3") else f"/{bucket}{request.path}"
