"""The signature of a SAML response: only what it covers is read on (XML signature wrapping).

An identity provider signs the response, its assertion, or both; AWS takes each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import Certificate
from lxml.etree import LxmlError
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from local_aws.iam.saml.documents import ASSERTION, PROTOCOL, SIGNATURE, only

TRANSFORMS = {
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
}
"""What a signature may do to what it covers (SAML core, 5.4.4), except keep comments, which could split a text."""
METHODS = frozenset(
    method for method in SignatureMethod if method.name.startswith(("RSA_", "ECDSA_")) and "SHA1" not in method.name
)
DIGESTS = frozenset(digest for digest in DigestAlgorithm if "SHA1" not in digest.name)
IDENTIFIERS = ("ID", "Id", "id", "{http://www.w3.org/XML/1998/namespace}id")


class UnsignedError(ValueError):
    """No certificate verifies the response, or its signature does not cover what it has to."""


def signed_assertion(response: Any, certificates: Iterable[Certificate]) -> Any:
    """The assertion of a parsed response, as it was signed. Raises `UnsignedError`, or `ValueError` without one."""
    assertion = only(response, f"{ASSERTION}Assertion")
    if len(list(response.iter(f"{ASSERTION}Assertion"))) != 1:
        raise UnsignedError("it has an assertion inside another element")
    if response.find(f"{SIGNATURE}Signature") is not None:
        return only(_verified(response, response, "./", certificates), f"{ASSERTION}Assertion")
    return _verified(response, assertion, f"./{ASSERTION}Assertion/", certificates)


def _verified(response: Any, signed: Any, location: str, certificates: Iterable[Certificate]) -> Any:
    """What one of the certificates verifies at ``location``, which has to be the element ``signed``."""
    _check_reference(response, signed)
    for certificate in certificates:
        configuration = SignatureConfiguration(
            location=location, expect_references=1, signature_methods=METHODS, digest_algorithms=DIGESTS
        )
        try:
            result = XMLVerifier().verify(response, x509_cert=certificate, expect_config=configuration)
        except (SignXMLException, InvalidSignature, UnsupportedAlgorithm, LxmlError, ValueError, AssertionError):
            continue
        element = result.signed_xml if isinstance(result, VerifyResult) else None
        if element is not None and (element.tag, element.get("ID")) == (signed.tag, signed.get("ID")):
            return element
    raise UnsignedError("no certificate of the provider verifies the signature")


def _check_reference(response: Any, signed: Any) -> None:
    """Require one signature, which is the element's own and refers to it by an identifier that nothing else has."""
    signatures = signed.findall(f"{SIGNATURE}Signature")
    references = [each for signature in signatures for each in signature.iter(f"{SIGNATURE}Reference")]
    identifiers = Counter(element.get(name) for element in response.iter("*") for name in IDENTIFIERS)
    identifier = signed.get("ID")
    if len(signatures) != 1 or len(references) != 1 or not identifier or identifiers[identifier] != 1:
        raise UnsignedError("it has no signature, or its reference is ambiguous")
    transforms = {each.get("Algorithm") for each in references[0].iter(f"{SIGNATURE}Transform")}
    if references[0].get("URI") != f"#{identifier}" or not transforms <= TRANSFORMS:
        raise UnsignedError("its signature covers something else, or changes what it covers")


def is_response(root: Any) -> bool:
    """Whether the root is a response of SAML 2.0."""
    return bool(root.tag == f"{PROTOCOL}Response" and root.get("Version") == "2.0")
