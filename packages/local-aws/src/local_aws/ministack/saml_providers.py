"""IAM's SAML providers: their metadata is read, which ministack takes as any text.

No assertion is decrypted here, so a provider takes no private key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any
from xml.sax.saxutils import escape

from ministack.core.responses import get_account_id, new_uuid
from ministack.services import iam

from local_aws.api.errors import AwsError, Response

Params = Mapping[str, Any]
Operation = Callable[[Params], Response]
ARN = re.compile(r"arn:aws:iam::([0-9]{12}):saml-provider/([\w.-]+)", re.ASCII)
MOST = 100
"""Providers of an account ("IAM and AWS STS quotas")."""
A_CENTURY = 100
"""Years for which a provider is valid if its metadata do not say, as in AWS's own examples."""
ENCRYPTION = ("AssertionEncryptionMode", "AddPrivateKey", "RemovePrivateKey")


def read_providers() -> None:
    """Replace ministack's operations."""
    for operation, answer in OPERATIONS.items():
        iam._IAM_HANDLERS[operation] = _answering(operation, answer)


def provider_of(arn: str) -> dict[str, Any] | None:
    """The provider with this ARN, of any account, or None."""
    match = ARN.fullmatch(arn)
    provider: dict[str, Any] | None = iam._saml_providers.get_scoped(match[1], None, arn) if match else None
    return provider


def _answering(operation: str, answer: Callable[[Params], str]) -> Operation:
    @wraps(answer)
    def respond(params: Params) -> Response:
        try:
            members = answer(params)
        except AwsError as error:
            refusal: Response = iam._error(error.status, error.code, escape(error.message), ns="iam")
            return refusal
        content = f"<{operation}Result>{members}</{operation}Result>" if members else ""
        response: Response = iam._xml(200, f"{operation}Response", content, ns="iam")
        return response

    return respond


def _create(params: Params) -> str:
    _refuse_encryption(params)
    name, tags = iam._p(params, "Name"), iam._extract_tags(params)
    arn = f"arn:aws:iam::{get_account_id()}:saml-provider/{name}"
    if any(key.lower() == arn.lower() for key in iam._saml_providers):
        raise AwsError("EntityAlreadyExists", f"Provider with name {name} already exists.", 409)
    if len(iam._saml_providers) >= MOST:
        raise AwsError("LimitExceeded", f"Cannot exceed quota for SAMLProvidersPerAccount: {MOST}", 409)
    iam._saml_providers[arn] = {
        "Arn": arn,
        "Name": name,
        "UUID": f"SAML{new_uuid().replace('-', '').upper()}",
        "CreateDate": iam._now(),
        "Tags": sorted(tags, key=lambda tag: str(tag["Key"])),
        **_metadata(params),
    }
    return f"<SAMLProviderArn>{arn}</SAMLProviderArn>{_tags(iam._saml_providers[arn])}"


def _get(params: Params) -> str:
    provider = _existing(params)
    uuid = f"<SAMLProviderUUID>{provider['UUID']}</SAMLProviderUUID>" if "UUID" in provider else ""
    document = f"<SAMLMetadataDocument>{escape(provider['SAMLMetadataDocument'])}</SAMLMetadataDocument>"
    return f"{uuid}{document}{_dates(provider)}{_tags(provider)}"


def _update(params: Params) -> str:
    _refuse_encryption(params)
    provider = _existing(params)
    if not iam._p(params, "SAMLMetadataDocument"):
        message = "Unable to update identity provider. No updates are defined for metadata or encryption assertion."
        raise AwsError("InvalidInput", message)
    provider.update(_metadata(params))
    return f"<SAMLProviderArn>{provider['Arn']}</SAMLProviderArn>"


def _delete(params: Params) -> str:
    del iam._saml_providers[_existing(params)["Arn"]]
    return ""


def _list(_params: Params) -> str:
    members = (
        f"<member><Arn>{provider['Arn']}</Arn>{_dates(provider)}</member>" for provider in iam._saml_providers.values()
    )
    return f"<SAMLProviderList>{''.join(members)}</SAMLProviderList>"


OPERATIONS: Mapping[str, Callable[[Params], str]] = {
    "CreateSAMLProvider": _create,
    "DeleteSAMLProvider": _delete,
    "GetSAMLProvider": _get,
    "ListSAMLProviders": _list,
    "UpdateSAMLProvider": _update,
}


def _metadata(params: Params) -> dict[str, str]:
    """The document, and until when it is valid. Raises `AwsError` for one that is no provider's."""
    from local_aws.iam.saml.metadata import read_metadata  # here, because it loads lxml and cryptography

    document = iam._p(params, "SAMLMetadataDocument")
    try:
        metadata = read_metadata(document)
    except ValueError as error:
        raise AwsError("InvalidInput", f"Could not parse metadata ({error})") from None
    until = metadata.valid_until or _in_a_century(iam._now())
    return {"SAMLMetadataDocument": document, "ValidUntil": until.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _in_a_century(now: str) -> datetime:
    today = datetime.fromisoformat(now)
    leap_day = (today.month, today.day) == (2, 29)
    return today.replace(year=today.year + A_CENTURY, day=28 if leap_day else today.day)


def _refuse_encryption(params: Params) -> None:
    refused = [name for name in ENCRYPTION if iam._p(params, name)]
    if refused:
        message = f"The local AWS decrypts no SAML assertions: leave out {refused[0]}."
        raise AwsError("InvalidInput", message)


def _existing(params: Params) -> dict[str, Any]:
    arn = iam._p(params, "SAMLProviderArn")
    provider: dict[str, Any] | None = iam._saml_providers.get(arn)
    if provider is None:
        raise AwsError("NoSuchEntity", f"Manifest not found for arn {arn}", 404)
    return provider


def _dates(provider: Mapping[str, Any]) -> str:
    valid, created = provider["ValidUntil"], provider["CreateDate"]
    return f"<ValidUntil>{valid}</ValidUntil><CreateDate>{created}</CreateDate>"


def _tags(provider: Mapping[str, Any]) -> str:
    members = (
        f"<member><Key>{escape(tag['Key'])}</Key><Value>{escape(tag['Value'])}</Value></member>"
        for tag in provider.get("Tags", ())
    )
    return f"<Tags>{''.join(members)}</Tags>"
