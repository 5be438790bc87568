"""What brings an endpoint back that doesn't exist: a command, or where a config pins it, the deploy of its stack."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from launchpad.cli.pinning import refuse_pinned
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.endpoints import NoEndpointError
from launchpad.platform_client.invocations import explained

STACK = "launchpad-staging-endpoint-demo"
RECIPE = (
    "there is no endpoint staging-demo, which config/staging.yaml pins: it was deleted, but its stack still exists."
    f" Delete the stack (`aws cloudformation delete-stack --stack-name {STACK}`), then run"
    " `launchpad deploy --env staging`, which makes both again (docs/backup.md)"
)
ABSENT = ClientError({"Error": {"Code": "ValidationException", "Message": "Could not find endpoint."}}, "Any")


def connected(*, pinned: bool = True, stack: bool = True, direct: bool = False, serves: bool = False) -> Any:
    """An environment whose endpoint is absent, unless it `serves`."""

    def describe_stacks(StackName: str) -> dict[str, Any]:  # noqa: N803 -- boto3's name
        if not stack:
            message = f"Stack with id {StackName} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")
        assert StackName == STACK
        return {"Stacks": [{}]}

    def describe_endpoint(**_: str) -> dict[str, str]:
        if not serves:
            raise ABSENT
        return {"EndpointStatus": "InService"}

    clients = {
        "cloudformation": SimpleNamespace(describe_stacks=describe_stacks),
        "sagemaker": SimpleNamespace(describe_endpoint=describe_endpoint),
    }
    pins = [SimpleNamespace(workload="demo")] if pinned else []
    settings = SimpleNamespace(endpoints=pins, direct_deploy=direct)
    return SimpleNamespace(name="staging", settings=settings, client=clients.__getitem__)


@pytest.mark.parametrize(
    ("connection", "remedy"),
    [
        (connected(), RECIPE),
        (connected(stack=False), "yet; config/staging.yaml pins it: run `launchpad deploy --env staging`"),
        (
            connected(pinned=False),
            "pins none of that name: pin a model (docs/promotion.md), then run `launchpad deploy",
        ),
        (connected(direct=True), "; run `launchpad serve demo --env staging` first"),
    ],
)
def test_a_question_to_an_absent_endpoint_names_what_brings_it_back(connection, remedy):
    error = explained(connection, ABSENT, "staging-demo")
    assert isinstance(error, NoEndpointError)
    assert remedy in str(error)


@pytest.mark.parametrize(
    ("direct", "remedy"),
    [
        (False, "yet; config/staging.yaml pins it: run `launchpad deploy --env staging`"),
        (True, "; run `launchpad serve boston-housing-north --env staging` first"),
    ],
)
def test_an_absent_shared_endpoint_is_that_of_its_workloads(direct, remedy):
    connection = connected(stack=False, direct=direct)
    connection.settings.endpoints[0].workload = "boston-housing-north"
    assert remedy in str(explained(connection, ABSENT, "staging-boston-housing-models"))


def test_serving_directly_looks_for_the_shared_endpoint():
    names: list[str] = []
    connection = connected(serves=True)
    connection.client("sagemaker").describe_endpoint = lambda **request: names.append(request["EndpointName"]) or {}
    with pytest.raises(LaunchpadError, match=r"serves what config/staging\.yaml pins"):
        refuse_pinned(connection, "boston-housing-north")
    assert names == ["staging-boston-housing-models"]


@pytest.mark.parametrize(
    ("connection", "message"),
    [
        (connected(), RECIPE),
        (connected(serves=True), "propose another pin with `launchpad promote demo --from ENV --to staging --pull"),
    ],
)
def test_serving_directly_is_refused_where_a_config_pins(connection, message):
    with pytest.raises(LaunchpadError) as refusal:
        refuse_pinned(connection, "demo")
    assert message in str(refusal.value)
