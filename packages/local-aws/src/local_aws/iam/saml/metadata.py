"""The metadata document of an identity provider: who issues its assertions, and the certificates that verify them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from local_aws.iam.saml.documents import METADATA, SAML_2, SIGNATURE, instant, only, parsed, text_of

SMALLEST_RSA_KEY = 1024
"""Bits ("Creating SAML identity providers", IAM user guide)."""


@dataclass(frozen=True)
class Metadata:
    """What verifies the assertions of one identity provider."""

    entity_id: str
    certificates: tuple[x509.Certificate, ...]
    valid_until: datetime | None


def read_metadata(document: str) -> Metadata:
    """Read a metadata document; raises `ValueError` with the reason for which it is none."""
    root = parsed(document.encode("utf-8"))
    if root.tag != f"{METADATA}EntityDescriptor" or not root.get("entityID"):
        raise ValueError("its root is no EntityDescriptor with an entityID")
    provider = only(root, f"{METADATA}IDPSSODescriptor")
    if SAML_2 not in provider.get("protocolSupportEnumeration", "").split():
        raise ValueError("its IDPSSODescriptor does not support SAML 2.0")
    services = provider.findall(f"{METADATA}SingleSignOnService")
    if not services or not all(service.get("Binding") and service.get("Location") for service in services):
        raise ValueError("it has no SingleSignOnService with Binding and Location")
    certificates = tuple(_certificates(provider))
    if not certificates:
        raise ValueError("it has no X509Certificate for signing")
    limits = [instant(each.get("validUntil")) for each in (root, provider)]
    return Metadata(root.get("entityID"), certificates, min(filter(None, limits), default=None))


def _certificates(provider: Any) -> Iterator[x509.Certificate]:
    """The certificates of the keys that sign. A key without a use has both uses."""
    for key in provider.findall(f"{METADATA}KeyDescriptor"):
        if key.get("use", "signing") == "signing":
            for element in key.iter(f"{SIGNATURE}X509Certificate"):
                yield _certificate("".join(text_of(element).split()))


def _certificate(encoded: str) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(encoded, validate=True))
        list(certificate.extensions)  # an extension that is repeated raises
    except x509.DuplicateExtension as error:
        raise ValueError(str(error)) from None
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < SMALLEST_RSA_KEY:
        raise ValueError(f"the key of a certificate has less than {SMALLEST_RSA_KEY} bits")
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise ValueError("the key of a certificate is neither RSA nor of an elliptic curve")
    return certificate
