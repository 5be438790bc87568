"""OIDC providers of IAM as a resource type."""

from __future__ import annotations

import pytest

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
