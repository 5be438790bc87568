"""IAM's SAML providers: a metadata document is read when it comes in."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.local_aws.identity_providers import IdentityProvider

HOME = "arn:aws:iam::123456789012:saml-provider/"
KEY = "-----BEGIN PRIVATE KEY-----"
SMALL = (
    "MIIBeTCCASOgAwIBAgIUBNk5QoMc707zzWcSy06K1YIkLpUwDQYJKoZIhvcNAQELBQAwEDEOMAwGA1UEAwwFc21hbGwwIBcNMjYxMTMwMDYwOTQw"
    "WhgPMjEyNjExMDYwNjA5NDBaMBAxDjAMBgNVBAMMBXNtYWxsMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALZqoz7kNaVpLcmGN+0G5Ry+/T9JH5+P"
    "vTyqEeXcMa7GTRaa5swjKchW4iI8cDpfpwUjhDcQcZwHVvs965vUP+UCAwEAAaNTMFEwHQYDVR0OBBYEFBSfXCx8yR/NZ/3v4FF9+2isTVqMMB8G"
    "A1UdIwQYMBaAFBSfXCx8yR/NZ/3v4FF9+2isTVqMMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADQQB1JvbhMUiEA+4I2H0l0lnewXfB"
    "svXJeh1BCdP+GvYH71qnqheZNIDk+yd+T/bGkUUu+asby2mCyAIVb2XZ3N7V"
)
"""A certificate of a key with 512 bits, which the libraries here no longer make."""


@pytest.fixture(scope="module")
def iam(plain_aws):
    return plain_aws.client("iam")


@pytest.fixture(scope="module")
def document():
    return IdentityProvider().metadata()


@pytest.fixture
def name(iam):
    """The name of a provider that a test may create."""
    chosen = f"company-{uuid.uuid4().hex[:8]}"
    yield chosen
    if f"{HOME}{chosen}" in arns(iam):
        iam.delete_saml_provider(SAMLProviderArn=f"{HOME}{chosen}")


def arns(iam):
    return [each["Arn"] for each in iam.list_saml_providers()["SAMLProviderList"]]


def refused(call, **request):
    with pytest.raises(ClientError) as error:
        call(**request)
    details = error.value.response["Error"]
    return details["Code"], details["Message"]


def test_a_provider_is_created_read_changed_and_deleted(iam, document, name):
    tags = [{"Key": "team", "Value": "risk"}, {"Key": "cost", "Value": "1"}]
    created = iam.create_saml_provider(Name=name, SAMLMetadataDocument=document, Tags=tags)
    arn = created["SAMLProviderArn"]
    assert arn == f"{HOME}{name}"
    assert [tag["Key"] for tag in created["Tags"]] == ["cost", "team"]
    provider = iam.get_saml_provider(SAMLProviderArn=arn)
    assert provider["SAMLMetadataDocument"] == document
    assert provider["ValidUntil"].year == datetime.now(UTC).year + 100
    assert provider["Tags"] == created["Tags"]
    other = IdentityProvider("https://other.example.com/saml").metadata(' validUntil="2040-02-29T10:00:00Z"')
    assert iam.update_saml_provider(SAMLProviderArn=arn, SAMLMetadataDocument=other)["SAMLProviderArn"] == arn
    changed = iam.get_saml_provider(SAMLProviderArn=arn)
    assert changed["SAMLMetadataDocument"] == other
    assert changed["ValidUntil"] == datetime(2040, 2, 29, 10, tzinfo=UTC)
    iam.delete_saml_provider(SAMLProviderArn=arn)
    assert arn not in arns(iam)


def test_a_name_is_taken_once(iam, document, name):
    iam.create_saml_provider(Name=name, SAMLMetadataDocument=document)
    refusal = refused(iam.create_saml_provider, Name=name, SAMLMetadataDocument=document)
    assert refusal == ("EntityAlreadyExists", f"Provider with name {name} already exists.")


def test_an_account_sees_its_own_providers_only(plain_aws, iam, document, name):
    arn = iam.create_saml_provider(Name=name, SAMLMetadataDocument=document)["SAMLProviderArn"]
    other = plain_aws.client("iam", aws_access_key_id="210987654321")
    assert other.list_saml_providers()["SAMLProviderList"] == []
    missing = ("NoSuchEntity", f"Manifest not found for arn {arn}")
    assert refused(other.get_saml_provider, SAMLProviderArn=arn) == missing
    assert refused(other.delete_saml_provider, SAMLProviderArn=arn) == missing


BROKEN = {
    "no XML": lambda document: document.replace("</md:EntityDescriptor>", ""),
    "a byte order mark": lambda document: f"\ufeff{document}",
    "an entity": lambda document: f'<!DOCTYPE a [<!ENTITY a "b">]>{document}',
    "another root": lambda document: document.replace("md:EntityDescriptor", "md:EntitiesDescriptor"),
    "no entity id": lambda document: document.replace("entityID=", "name="),
    "another protocol": lambda document: document.replace("SAML:2.0:protocol", "SAML:1.1:protocol"),
    "no sign-in page": lambda document: document.replace("md:SingleSignOnService", "md:SingleLogoutService"),
    "no certificate": lambda document: document.replace("ds:X509Certificate", "ds:X509SubjectName"),
    "a certificate for encryption only": lambda document: document.replace('use="signing"', 'use="encryption"'),
    "a broken certificate": lambda document: document.replace("Certificate>MII", "Certificate>AAA"),
    "no time": lambda document: document.replace(" entityID", ' validUntil="soon" entityID'),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_what_is_no_metadata_is_refused(iam, document, name, fault):
    code, words = refused(iam.create_saml_provider, Name=name, SAMLMetadataDocument=BROKEN[fault](document))
    assert code == "InvalidInput"
    assert words.startswith("Could not parse metadata (")


def test_a_small_key_is_refused(iam, name):
    document = IdentityProvider(bits=1024).metadata()
    assert iam.create_saml_provider(Name=name, SAMLMetadataDocument=document)
    small = with_a_small_key(document)
    words = "Could not parse metadata (the key of a certificate has less than 1024 bits)"
    refusal = refused(iam.update_saml_provider, SAMLProviderArn=f"{HOME}{name}", SAMLMetadataDocument=small)
    assert refusal == ("InvalidInput", words)


def with_a_small_key(document):
    before, _, rest = document.partition("<ds:X509Certificate>")
    return f"{before}<ds:X509Certificate>{SMALL}</ds:X509Certificate>{rest.partition('</ds:X509Certificate>')[2]}"


def test_a_broken_update_changes_nothing(iam, document, name):
    arn = iam.create_saml_provider(Name=name, SAMLMetadataDocument=document)["SAMLProviderArn"]
    refused(iam.update_saml_provider, SAMLProviderArn=arn, SAMLMetadataDocument="<a/>".ljust(1000))
    assert iam.get_saml_provider(SAMLProviderArn=arn)["SAMLMetadataDocument"] == document
    words = "Unable to update identity provider. No updates are defined for metadata or encryption assertion."
    assert refused(iam.update_saml_provider, SAMLProviderArn=arn) == ("InvalidInput", words)


@pytest.mark.parametrize("encryption", [{"AssertionEncryptionMode": "Allowed"}, {"AddPrivateKey": KEY}])
def test_encryption_is_refused_by_name(iam, document, name, encryption):
    code, words = refused(iam.create_saml_provider, Name=name, SAMLMetadataDocument=document, **encryption)
    assert code == "InvalidInput"
    assert next(iter(encryption)) in words


def test_a_document_has_a_smallest_size(plain_aws, name):
    unchecked = plain_aws.client("iam", config=Config(parameter_validation=False))
    code, words = refused(unchecked.create_saml_provider, Name=name, SAMLMetadataDocument="<a/>".ljust(999))
    assert code == "ValidationError"
    assert "greater than or equal to 1000" in words
