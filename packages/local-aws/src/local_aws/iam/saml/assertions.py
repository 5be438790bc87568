"""What AWS reads in a signed assertion, and refuses.

The codes and words are AWS's, from its troubleshooting page ("Troubleshoot SAML federation with IAM") and users'
reports. README.md lists those that are not confirmed.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.iam.saml.attributes import AWS, Attributes, condition_keys, tags_of
from local_aws.iam.saml.documents import ASSERTION, instant, only, text_of

log = logging.getLogger("local_aws.iam")

INVALID, EXPIRED = "InvalidIdentityToken", "ExpiredTokenException"
SIGN_IN = re.compile(r"https://([a-z]{2}(-[a-z]+)+-[0-9]\.)?signin\.aws\.amazon\.com/saml")
"""AWS's sign-in page, worldwide or a region's: the only recipient."""
AUDIENCE = "urn:amazon:webservices"
"""What an assertion may name as its audience in place of the sign-in page."""
REDEEMED_WITHIN = timedelta(minutes=5)
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
NAME = re.compile(r"[a-zA-Z_0-9+=,.@-]{2,64}")
DURATION = re.compile(r"[0-9]{3,5}")
DURATIONS = range(900, 43201)
MOST_TAGS, LONGEST_KEY, LONGEST_VALUE = 50, 128, 256
"""Limits of session tags ("Passing session tags in AWS STS")."""
TOO_OLD = AwsError(EXPIRED, "Token must be redeemed within 5 minutes of issuance")


@dataclass(frozen=True)
class Assertion:
    """The claims of a person, as an identity provider signed them."""

    issuer: str
    subject: str
    """The NameID; empty if there is none."""
    subject_format: str
    recipient: str
    session_name: str
    source_identity: str
    session_duration: int | None
    session_ends: datetime | None
    attributes: Attributes = field(default_factory=dict)

    @property
    def subject_type(self) -> str:
        """The NameID's format, without the prefix of SAML 2.0's own."""
        return self.subject_format.removeprefix("urn:oasis:names:tc:SAML:2.0:nameid-format:")

    @property
    def transitive_tags(self) -> list[str]:
        """The keys of tags that are kept when the session assumes another role."""
        return list(self.attributes.get(f"{AWS}TransitiveTagKeys", ()))

    @property
    def tags(self) -> dict[str, str]:
        """The session tags."""
        return tags_of(self.attributes)

    def name_qualifier(self, account: str, provider: str) -> str:
        """A name for the pair of issuer and provider, made as STS's API reference says."""
        text = f"{self.issuer}{account}/{provider}".encode()
        return base64.b64encode(hashlib.sha1(text, usedforsecurity=False).digest()).decode()

    def condition_keys(self, account: str, provider: str) -> dict[str, Any]:
        """The keys of a trust policy's conditions ("Available keys for SAML-based AWS STS federation")."""
        return {
            **condition_keys(self.attributes),
            "saml:aud": self.recipient,
            "saml:iss": self.issuer,
            "saml:sub": self.subject,
            "saml:sub_type": self.subject_type,
            "saml:namequalifier": self.name_qualifier(account, provider),
            "saml:doc": f"{account}/{provider}",
            "sts:rolesessionname": self.session_name,
            "sts:sourceidentity": self.source_identity or None,
            "sts:transitivetagkeys": self.transitive_tags or None,
            "aws:tagkeys": list(self.tags) or None,
        }

    def names(self, role: str, provider: str) -> bool:
        """Whether the provider lets the person assume the role. Both orders of the two ARNs are in use."""
        pairs = [{part.strip() for part in pair.split(",")} for pair in self.attributes.get(f"{AWS}Role", ())]
        return {role, provider} in pairs


def malformed(reason: object) -> AwsError:
    """AWS's words for a response without what it has to have. They name no reason, which is in this server's log."""
    log.warning("AssumeRoleWithSAML: the response is refused: %.200s", reason)
    return discovery_error("Invalid base64 SAMLResponse", "AuthSamlInvalidSamlResponseException")


def discovery_error(message: str, code: str) -> AwsError:
    """An error with the suffix that STS adds, without a request's id: the service behind STS reports it."""
    return AwsError(INVALID, f"{message} (Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: {code})")


def read_assertion(element: Any, now: datetime) -> Assertion:
    """Read a signed assertion at a time. Raises `AwsError`."""
    try:
        return _read(element, now)
    except ValueError as error:
        raise malformed(error) from None


def _read(element: Any, now: datetime) -> Assertion:
    if element.get("Version") != "2.0":
        raise ValueError("the assertion is none of SAML 2.0")
    issued = instant(element.get("IssueInstant"))
    if issued is None or issued > now:
        raise ValueError("the assertion has no IssueInstant, or one in the future")
    subject = only(element, f"{ASSERTION}Subject")
    recipient, redeemable = _confirmation(subject)
    conditions = only(element, f"{ASSERTION}Conditions")
    if issued + REDEEMED_WITHIN <= now or redeemable <= now:
        raise TOO_OLD
    _check_conditions(conditions, now)
    name = subject.find(f"{ASSERTION}NameID")
    attributes = _attributes(element)
    _check_tags(tags_of(attributes))
    return Assertion(
        text_of(only(element, f"{ASSERTION}Issuer")),
        "" if name is None else text_of(name),
        UNSPECIFIED if name is None else name.get("Format", UNSPECIFIED),
        recipient,
        _session_name(attributes),
        _source_identity(attributes),
        _session_duration(attributes),
        _session_end(element, now),
        attributes,
    )


def _confirmation(subject: Any) -> tuple[str, datetime]:
    """Who receives the assertion, and until when."""
    confirmation = only(subject, f"{ASSERTION}SubjectConfirmation")
    details = only(confirmation, f"{ASSERTION}SubjectConfirmationData")
    limit, recipient = instant(details.get("NotOnOrAfter")), details.get("Recipient", "")
    if confirmation.get("Method") != BEARER or details.get("NotBefore") is not None or limit is None:
        raise ValueError("the SubjectConfirmation is no bearer's, has a NotBefore, or no NotOnOrAfter")
    if not SIGN_IN.fullmatch(recipient):
        raise ValueError(f"the Recipient is {recipient!r}, not AWS's sign-in page")
    return recipient, limit


def _check_conditions(conditions: Any, now: datetime) -> None:
    starts, ends = (instant(conditions.get(name)) for name in ("NotBefore", "NotOnOrAfter"))
    if (starts and starts > now) or (ends and ends <= now):
        raise AwsError(EXPIRED, "Token is not within its validity period")
    restrictions = conditions.findall(f"{ASSERTION}AudienceRestriction")
    if not restrictions or not all(map(_names_aws, restrictions)):
        raise AwsError(INVALID, "Response does not contain the required audience.")


def _names_aws(restriction: Any) -> bool:
    audiences = [text_of(audience) for audience in restriction.findall(f"{ASSERTION}Audience")]
    return any(audience == AUDIENCE or SIGN_IN.fullmatch(audience) for audience in audiences)


def _attributes(element: Any) -> dict[str, list[str]]:
    """All attributes by name; of attributes with the same name, the first ("only one claim will be mapped")."""
    attributes: dict[str, list[str]] = {}
    for attribute in element.iterfind(f"{ASSERTION}AttributeStatement/{ASSERTION}Attribute"):
        values = [text_of(value) for value in attribute.findall(f"{ASSERTION}AttributeValue")]
        attributes.setdefault(attribute.get("Name", ""), values)
    return attributes


def _check_tags(tags: dict[str, str]) -> None:
    fit = all(0 < len(key) <= LONGEST_KEY and len(text) <= LONGEST_VALUE for key, text in tags.items())
    if len(tags) > MOST_TAGS or not fit or len({key.lower() for key in tags}) < len(tags):
        raise ValueError("the session tags exceed AWS's limits, or two keys differ in case only")


def _session_name(attributes: Attributes) -> str:
    values = attributes.get(f"{AWS}RoleSessionName") or [""]
    if not values[0]:
        raise AwsError(INVALID, "RoleSessionName is required in AuthnResponse")
    if len(values) > 1 or not NAME.fullmatch(values[0]):
        raise AwsError(INVALID, "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}")
    return values[0]


def _source_identity(attributes: Attributes) -> str:
    values = attributes.get(f"{AWS}SourceIdentity") or [""]
    if not values[0]:
        return ""
    if len(values) > 1 or not NAME.fullmatch(values[0]) or values[0].startswith("aws:"):
        message = 'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"'
        raise AwsError(INVALID, message)
    return values[0]


def _session_duration(attributes: Attributes) -> int | None:
    values = attributes.get(f"{AWS}SessionDuration")
    if not values:
        return None
    if len(values) > 1 or not DURATION.fullmatch(values[0]) or int(values[0]) not in DURATIONS:
        raise ValueError(f"the SessionDuration {values[0]!r} is not from 900 to 43200")
    return int(values[0])


def _session_end(element: Any, now: datetime) -> datetime | None:
    """When the person's session with the identity provider ends, if that says so."""
    statements = element.findall(f"{ASSERTION}AuthnStatement")
    if not statements:
        raise ValueError("the assertion has no AuthnStatement")
    ends: Iterator[datetime] = filter(None, (instant(each.get("SessionNotOnOrAfter")) for each in statements))
    end = min(ends, default=None)
    if end is not None and end <= now:
        raise AwsError(EXPIRED, "Token is not within its validity period")
    return end
