"""The assertion in a response: the text that a client sends, verified by what its provider is known by."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.iam.saml.assertions import (
    EXPIRED,
    INVALID,
    Assertion,
    discovery_error,
    log,
    malformed,
    read_assertion,
)
from local_aws.iam.saml.documents import ASSERTION, PROTOCOL, only, parsed, text_of
from local_aws.iam.saml.metadata import Metadata, read_metadata
from local_aws.iam.saml.signatures import UnsignedError, is_response, signed_assertion

SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"


def verified_assertion(encoded: str, document: str) -> Assertion:
    """The assertion in a response, verified by a provider's metadata document. Raises `AwsError`."""
    now = datetime.now(UTC)
    metadata = read_metadata(document)
    try:
        response = parsed(base64.b64decode("".join(encoded.split()), validate=True))
        _check_response(response, metadata)
        element = signed_assertion(response, metadata.certificates)
    except UnsignedError as error:
        log.warning("AssumeRoleWithSAML: the response is refused: %s", error)
        raise AwsError(INVALID, "Response signature invalid") from None
    except (binascii.Error, ValueError) as error:
        raise malformed(error) from None
    if metadata.valid_until is not None and metadata.valid_until <= now:
        raise AwsError(EXPIRED, "The metadata of the specified provider has expired")
    assertion = read_assertion(element, now)
    if assertion.issuer != metadata.entity_id:
        raise _other_issuer()
    return assertion


def _check_response(response: Any, metadata: Metadata) -> None:
    """What is reported before the signature: none of it is relied on afterwards."""
    if not is_response(response):
        raise ValueError("it is no response of SAML 2.0")
    status = only(only(response, f"{PROTOCOL}Status"), f"{PROTOCOL}StatusCode").get("Value")
    if status != SUCCESS:
        raise AwsError("IDPRejectedClaim", "The identity provider reported that authentication failed.", 403)
    if response.find(f"{ASSERTION}EncryptedAssertion") is not None:
        raise ValueError("its assertion is encrypted, which the local AWS does not decrypt")
    issuers = response.iterfind(f"{ASSERTION}Assertion/{ASSERTION}Issuer")
    if any(text_of(issuer) != metadata.entity_id for issuer in issuers):
        raise _other_issuer()


def _other_issuer() -> AwsError:
    return discovery_error("Issuer not present in specified provider", "AuthSamlInvalidSamlResponseException")
