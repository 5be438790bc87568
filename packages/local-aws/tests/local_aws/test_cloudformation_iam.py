"""OIDC and SAML providers of IAM as resource types."""

from __future__ import annotations

import pytest

from tests.local_aws.identity_providers import IdentityProvider
from tests.local_aws.networks import get, ref, resource
from tests.local_aws.stacks import Stack

URL = "https://tokens.example.com"


@pytest.fixture
def stack(plain_aws):
    stack = Stack(plain_aws)
    yield stack
    stack.delete()


@pytest.fixture
def iam(plain_aws):
    return plain_aws.client("iam")


def provider(**properties):
    return {"Provider": resource("IAM::OIDCProvider", Url=URL, **properties)}


def test_an_oidc_provider_is_made_changed_and_removed(stack, iam):
    assert stack.apply(provider(ClientIdList=["one"]), {"Ref": ref("Provider"), "Arn": get("Provider", "Arn")}) == (
        "CREATE_COMPLETE"
    )
    arn = "arn:aws:iam::123456789012:oidc-provider/tokens.example.com"
    assert stack.outputs() == {"Ref": arn, "Arn": arn}
    assert stack.apply(provider(ClientIdList=["two"]), {"Ref": ref("Provider"), "Arn": get("Provider", "Arn")}) == (
        "UPDATE_COMPLETE"
    )
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"] == ["two"]
    stack.delete()
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []


def test_an_account_has_one_oidc_provider_for_an_issuer(stack, iam):
    arn = iam.create_open_id_connect_provider(Url=URL)["OpenIDConnectProviderArn"]
    assert stack.apply(provider()) == "ROLLBACK_COMPLETE"
    assert any("already exists" in reason for reason in stack.reasons())
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)


def saml_provider(**properties):
    return {"Provider": resource("IAM::SAMLProvider", **properties)}


def test_a_saml_provider_is_made_changed_and_removed(stack, iam):
    first, second = (IdentityProvider(f"https://{name}.example.com").metadata() for name in ("one", "two"))
    outputs = {"Ref": ref("Provider"), "Arn": get("Provider", "Arn"), "Id": get("Provider", "SamlProviderUUID")}
    assert stack.apply(saml_provider(Name="of-a-stack", SamlMetadataDocument=first), outputs) == "CREATE_COMPLETE"
    arn = "arn:aws:iam::123456789012:saml-provider/of-a-stack"
    provider = iam.get_saml_provider(SAMLProviderArn=arn)
    assert stack.outputs() == {"Ref": arn, "Arn": arn, "Id": provider["SAMLProviderUUID"]}
    tags = [{"Key": "team", "Value": "risk"}]
    changed = saml_provider(Name="of-a-stack", SamlMetadataDocument=second, Tags=tags)
    assert stack.apply(changed, outputs) == "UPDATE_COMPLETE"
    provider = iam.get_saml_provider(SAMLProviderArn=arn)
    assert provider["SAMLMetadataDocument"] == second
    assert tags[0] in provider["Tags"]
    stack.delete()
    assert arn not in [each["Arn"] for each in iam.list_saml_providers()["SAMLProviderList"]]


def test_a_stack_fails_with_broken_metadata(stack):
    assert stack.apply(saml_provider(SamlMetadataDocument="<a/>".ljust(1000))) == "ROLLBACK_COMPLETE"
    assert any("Could not parse metadata" in reason for reason in stack.reasons())
