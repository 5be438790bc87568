"""Responses that an attacker changed or made, with no key of the identity provider."""

from __future__ import annotations

import base64
import copy

import pytest
from lxml import etree

from tests.local_aws.iam.saml import Company
from tests.local_aws.iam.test_saml_sessions import INVALID, MALFORMED
from tests.local_aws.identity_providers import NAMESPACES, Claims, IdentityProvider, encoded

UNSIGNED = (INVALID, "Response signature invalid", 400)
REFUSED = (INVALID, MALFORMED, 400)


def part(root, path):
    return root.find(path, NAMESPACES)


def test_a_response_without_a_signature_is_refused(company, role):
    assert company.refused(role, company.provider.assertion(company.claims(role), "nothing")) == UNSIGNED


def test_another_key_with_its_own_certificate_is_refused(company, role):
    assert company.refused(role, IdentityProvider().assertion(company.claims(role))) == UNSIGNED


@pytest.mark.parametrize("signs", ["assertion", "response"])
def test_a_change_after_the_signature_is_refused(company, role, signs):
    root = company.provider.response(company.claims(role), signs)
    part(root, ".//saml:NameID").text = "eve"
    assert company.refused(role, encoded(root)) == UNSIGNED


def forged(company: Company, role: str) -> Claims:
    return company.claims(role, subject="eve")


def wrapped(root, company, role, holder):
    """A forged assertion in the place of the signed one, which is moved into another element."""
    signed = part(root, "saml:Assertion")
    false = part(company.provider.response(forged(company, role), "nothing"), "saml:Assertion")
    root.replace(signed, false)
    etree.SubElement(part(root, holder) if holder else root, "Extension").append(signed)
    return false, signed


@pytest.mark.parametrize("holder", ["", "saml:Assertion", "samlp:Status"])
@pytest.mark.parametrize("identifier", ["new", "same"])
def test_a_signed_assertion_elsewhere_proves_nothing(company, role, holder, identifier):
    root = company.provider.response(company.claims(role))
    false, signed = wrapped(root, company, role, holder)
    if identifier == "same":
        false.set("ID", signed.get("ID"))
    assert company.refused(role, encoded(root)) == UNSIGNED


def test_a_signature_moved_to_a_forged_assertion_is_refused(company, role):
    root = company.provider.response(company.claims(role))
    false, signed = wrapped(root, company, role, "")
    false.insert(1, copy.deepcopy(part(signed, "ds:Signature")))
    assert company.refused(role, encoded(root)) == UNSIGNED


def test_a_second_assertion_is_refused(company, role):
    root = company.provider.response(company.claims(role))
    root.append(part(company.provider.response(forged(company, role), "nothing"), "saml:Assertion"))
    assert company.refused(role, encoded(root)) == REFUSED


def test_a_comment_does_not_shorten_a_name(company, role):
    root = company.provider.response(company.claims(role, subject="ada.example.org"))
    name = part(root, ".//saml:NameID")
    name.text, comment = "ada", etree.Comment("")
    comment.tail = ".example.org"
    name.append(comment)
    assert company.assume(role, encoded(root))["Subject"] == "ada.example.org"


@pytest.mark.parametrize(
    "algorithm", ["http://www.w3.org/2000/09/xmldsig#base64", "http://www.w3.org/TR/1999/REC-xpath-19991116"]
)
def test_a_signature_with_other_transforms_is_refused(company, role, algorithm):
    root = company.provider.response(company.claims(role))
    etree.SubElement(part(root, ".//ds:Transforms"), f"{{{NAMESPACES['ds']}}}Transform").set("Algorithm", algorithm)
    assert company.refused(role, encoded(root)) == UNSIGNED


LAUGHS = b'<!DOCTYPE a [<!ENTITY a "ada"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
FILE = b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("document_type", [LAUGHS, FILE, b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'>"])
def test_entities_are_refused(company, role, document_type):
    plain = base64.b64decode(company.provider.assertion(company.claims(role)))
    attack = base64.b64encode(document_type + plain.replace(b">ada<", b">&a;<")).decode()
    assert company.refused(role, attack) == REFUSED


@pytest.mark.parametrize(
    "document",
    [
        b"no XML at all",
        b"\xff\xfe\xfd\xfc",
        b"<a/>",
        b"<a>" * 1000,
        '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"),
    ],
)
def test_what_is_no_response_is_refused(company, role, document):
    assert company.refused(role, base64.b64encode(document).decode()) == REFUSED


def test_what_is_no_base64_is_refused(company, role):
    assert company.refused(role, "%%%%") == REFUSED
