"""Which permission a request of the runtime API needs, on which endpoint, with which condition keys."""

from __future__ import annotations

import pytest

from local_aws.api.service import Scope
from local_aws.front.signatures import SignedRequest
from local_aws.iam.enforcement import Need
from local_aws.iam.sagemaker import refused_invocation

SCOPE = Scope("123456789012", "us-east-1")
ENDPOINT = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/churn"


class Denying:
    """Denies everything, and keeps what it was asked for."""

    def __init__(self):
        self.needs = []

    def decide(self, _scope, _access_key, need):
        self.needs.append(need)
        return "no"


def need_of(path, **headers):
    enforcement = Denying()
    request = SignedRequest("POST", path, {}, {name.replace("_", "-"): value for name, value in headers.items()})
    refusal = refused_invocation(enforcement, SCOPE, "AKIA", request)
    assert (refusal.code, refusal.status) == ("AccessDeniedException", 403)
    return enforcement.needs[0]


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("invocations", "sagemaker:InvokeEndpoint"),
        ("invocations-response-stream", "sagemaker:InvokeEndpoint"),
        ("async-invocations", "sagemaker:InvokeEndpointAsync"),
    ],
)
def test_each_operation_needs_its_action_on_the_endpoint(operation, action):
    assert need_of(f"/endpoints/Churn/{operation}") == Need(action, ENDPOINT)


def test_an_encoded_name_does_not_hide_the_endpoint():
    assert need_of("/endpoints/%63hurn/invocations").resource == ENDPOINT


def test_targets_are_condition_keys():
    need = need_of("/endpoints/churn/invocations", x_amzn_sagemaker_target_model="a.tar.gz")
    assert need.context == (("sagemaker:targetmodel", "a.tar.gz"),)
