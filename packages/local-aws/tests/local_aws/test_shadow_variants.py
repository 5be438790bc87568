"""Shadow variants get copies of the requests, and nothing of theirs reaches a caller."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from local_aws.sagemaker.hosting.shadow import share
from tests.local_aws.plain_async import until
from tests.local_aws.plain_endpoints import PlainEndpoints, server

CRASHING = "Handler.predict = lambda self, body: os._exit(1)"
SLOW = "Handler.predict = lambda self, body: (time.sleep(20), self.answer(200, body))"


def serving(endpoints: PlainEndpoints, shadow_program: str, weight: float = 1.0) -> str:
    """An endpoint with a shadow variant of this program, in service."""
    shadow = endpoints.variant(endpoints.model(server(shadow_program)), "Shadow", InitialVariantWeight=weight)
    production = endpoints.variant(endpoints.model())
    name = endpoints.start(endpoints.config(production, ShadowProductionVariants=[shadow]))
    described = endpoints.wait(name)
    assert described["EndpointStatus"] == "InService", described.get("FailureReason")
    return name


def lines(endpoints: PlainEndpoints, name: str, variant: str) -> list[str]:
    """What the containers of a variant have printed."""
    logs, group = endpoints.aws.client("logs"), f"/aws/sagemaker/Endpoints/{name}"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=variant)["logStreams"]
    return [event["message"] for stream in streams for event in _events(logs, group, stream["logStreamName"])]


def _events(logs: Any, group: str, stream: str) -> list[dict[str, Any]]:
    return list(logs.get_log_events(logGroupName=group, logStreamName=stream)["events"])


def test_the_shadow_gets_copies_and_its_answers_stay_unseen(endpoints):
    name = serving(endpoints, "VERSION = b'shadow:'")
    answers = {endpoints.predict(name, str(number).encode()) for number in range(5)}
    assert answers == {f"1:{number}".encode() for number in range(5)}
    until(lambda: {f"got {number}" for number in range(5)} <= set(lines(endpoints, name, "Shadow")))
    (shadow,) = endpoints.describe(name)["ShadowProductionVariants"]
    assert (shadow["VariantName"], shadow["CurrentInstanceCount"]) == ("Shadow", 1)


def test_the_share_is_the_weight_relative_to_production(endpoints):
    name = serving(endpoints, "", weight=0.0)
    assert endpoints.predict(name, b"alone") == b"1:alone"
    until(lambda: "got alone" in lines(endpoints, name, "AllTraffic"))
    assert not lines(endpoints, name, "Shadow")


@pytest.mark.parametrize("production, shadow, expected", [(1, 1, 1), (2, 1, 0.5), (1, 3, 1), (1, 0, 0), (0, 1, 0)])
def test_equal_weights_copy_everything(production, shadow, expected):
    assert share(SimpleNamespace(weight=production), SimpleNamespace(weight=shadow)) == expected


def test_a_crashing_shadow_changes_nothing_for_callers(endpoints):
    name = serving(endpoints, CRASHING)
    assert [endpoints.predict(name, b"row") for _ in range(10)] == [b"1:row"] * 10
    assert endpoints.describe(name)["EndpointStatus"] == "InService"


def test_a_slow_shadow_changes_nothing_for_callers(endpoints):
    name = serving(endpoints, SLOW)
    assert [endpoints.predict(name, b"row") for _ in range(5)] == [b"1:row"] * 5
    endpoints.sagemaker.delete_endpoint(EndpointName=name)
    until(lambda: name not in [each["EndpointName"] for each in endpoints.sagemaker.list_endpoints()["Endpoints"]])
