"""A small SAML identity provider: a key pair, the metadata that IAM takes, and assertions that STS takes.

Its own program writes both, for trying a role by hand:

    PYTHONPATH=packages/local-aws python -m tests.local_aws.identity_providers metadata FOLDER
    PYTHONPATH=packages/local-aws python -m tests.local_aws.identity_providers assertion FOLDER ROLE PROVIDER PERSON
"""

from __future__ import annotations

import base64
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, SignatureMethod
from signxml.signer import XMLSigner

AWS = "https://aws.amazon.com/SAML/Attributes/"
SIGN_IN = "https://signin.aws.amazon.com/saml"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
NAMESPACES = {
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xs": "http://www.w3.org/2001/XMLSchema",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
DECLARED = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in NAMESPACES.items() if prefix != "ds")


def stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Claims:
    """What an assertion says; the defaults are what AWS takes."""

    attributes: Mapping[str, Sequence[str]]
    subject: str = "ada"
    issuer: str = ""
    audience: str = SIGN_IN
    recipient: str = SIGN_IN
    issued: datetime = field(default_factory=lambda: datetime.now(UTC))
    not_before: timedelta = timedelta(0)
    confirmed_for: timedelta = timedelta(minutes=5)
    valid_for: timedelta = timedelta(minutes=5)
    session: str = ""
    """More of the AuthnStatement, such as SessionNotOnOrAfter."""
    status: str = "Success"


def role_claims(role: str, provider: str, person: str = "ada@example.com", **more: Any) -> Claims:
    """The claims of a person who has a role."""
    attributes = {f"{AWS}Role": [f"{role},{provider}"], f"{AWS}RoleSessionName": [person]}
    return Claims({**attributes, **more.pop("attributes", {})}, **more)


class AnySigner(XMLSigner):
    """Signs with SHA-1 too, which the library otherwise refuses."""

    def check_deprecated_methods(self) -> None:
        pass


@dataclass(frozen=True)
class IdentityProvider:
    """One identity provider with one key."""

    entity_id: str = "https://login.example.com/saml"
    bits: int = 2048
    method: SignatureMethod = SignatureMethod.RSA_SHA256
    expires: timedelta = timedelta(days=365)
    """When the certificate does, from now on."""

    @cached_property
    def key(self) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
        if self.method.name.startswith("ECDSA"):
            return ec.generate_private_key(ec.SECP256R1())
        return rsa.generate_private_key(public_exponent=65537, key_size=self.bits)

    @cached_property
    def certificate(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "login.example.com")])
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=2))
            .not_valid_after(now + self.expires)
            .sign(self.key, hashes.SHA256())
        )

    def metadata(self, more: str = "") -> str:
        """The metadata document, which IAM takes from 1000 characters on; ``more`` are attributes of its root."""
        certificate = base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()
        return (
            f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{self.entity_id}"{more}>'
            '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
            f'<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{NAMESPACES["ds"]}"><ds:X509Data>'
            f"<ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
            '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" '
            f'Location="{self.entity_id}/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>'.ljust(1000)
        )

    def response(self, claims: Claims, signs: str = "assertion") -> etree._Element:
        """A response; ``signs`` is what is signed: the `assertion`, the `response`, `both`, or `nothing`."""
        root = etree.fromstring(self._document(claims))
        if signs in ("assertion", "both"):
            [assertion] = root.findall("saml:Assertion", NAMESPACES)
            root.replace(assertion, self._signed(assertion))
        return self._signed(root) if signs in ("response", "both") else root

    def assertion(self, claims: Claims, signs: str = "assertion") -> str:
        """A response as a client sends it."""
        return encoded(self.response(claims, signs))

    def _signed(self, element: etree._Element) -> etree._Element:
        place = '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="placeholder"></ds:Signature>'
        element.insert(1, etree.fromstring(place))
        signer = AnySigner(
            signature_algorithm=self.method,
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )
        certificate = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        return signer.sign(element, key=self.key, cert=certificate, reference_uri=element.get("ID"))

    def _document(self, claims: Claims) -> str:
        issuer = f"<saml:Issuer>{escape(claims.issuer or self.entity_id)}</saml:Issuer>"
        issued, status = stamp(claims.issued), f"urn:oasis:names:tc:SAML:2.0:status:{claims.status}"
        starts, ends = stamp(claims.issued + claims.not_before), stamp(claims.issued + claims.valid_for)
        name = f'<saml:NameID Format="{PERSISTENT}">{claims.subject}</saml:NameID>' if claims.subject else ""
        audience = f"<saml:Audience>{claims.audience}</saml:Audience>"
        restriction = f"<saml:AudienceRestriction>{audience}</saml:AudienceRestriction>" if claims.audience else ""
        return (
            f'<samlp:Response {DECLARED} ID="_{uuid.uuid4().hex}" Version="2.0" IssueInstant="{issued}">{issuer}'
            f'<samlp:Status><samlp:StatusCode Value="{status}"/></samlp:Status>'
            f'<saml:Assertion ID="_{uuid.uuid4().hex}" Version="2.0" IssueInstant="{issued}">{issuer}'
            f'<saml:Subject>{name}<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
            f'<saml:SubjectConfirmationData NotOnOrAfter="{stamp(claims.issued + claims.confirmed_for)}" '
            f'Recipient="{claims.recipient}"/></saml:SubjectConfirmation></saml:Subject>'
            f'<saml:Conditions NotBefore="{starts}" NotOnOrAfter="{ends}">{restriction}</saml:Conditions>'
            f'<saml:AuthnStatement AuthnInstant="{issued}"{claims.session}/>'
            f"<saml:AttributeStatement>{''.join(map(attribute, claims.attributes.items()))}</saml:AttributeStatement>"
            "</saml:Assertion></samlp:Response>"
        )


def attribute(pair: tuple[str, Sequence[str]]) -> str:
    name, values = pair
    typed = '<saml:AttributeValue xsi:type="xs:string">'
    content = "".join(f"{typed}{escape(value)}</saml:AttributeValue>" for value in values)
    return f"<saml:Attribute Name={quoteattr(name)}>{content}</saml:Attribute>"


def encoded(root: etree._Element) -> str:
    return base64.b64encode(etree.tostring(root)).decode()


def main(command: str, folder: str, *arguments: str) -> None:
    """Write the metadata and the key into a folder, or print an assertion by that key."""
    keys = Path(folder)
    if command == "metadata":
        keys.mkdir(parents=True, exist_ok=True)
        provider = IdentityProvider()
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        private = provider.key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
        (keys / "key.pem").touch(mode=0o600)
        (keys / "key.pem").write_bytes(private)
        (keys / "certificate.pem").write_bytes(provider.certificate.public_bytes(pem))
        (keys / "metadata.xml").write_text(provider.metadata())
    else:
        provider = IdentityProvider()
        key = serialization.load_pem_private_key((keys / "key.pem").read_bytes(), None)
        certificate = x509.load_pem_x509_certificate((keys / "certificate.pem").read_bytes())
        provider.__dict__.update(key=key, certificate=certificate)
        role, principal, person = arguments
        sys.stdout.write(provider.assertion(role_claims(role, principal, person)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
