"""How an endpoint serves, and how far an update of it has come, in words."""

from __future__ import annotations

import pytest

from launchpad.platform_client.endpoint_modes import in_words
from launchpad.platform_client.traffic import shift

ONE = {"VariantName": "AllTraffic", "CurrentWeight": 1.0, "CurrentInstanceCount": 2}
SERVERLESS = {"VariantName": "AllTraffic", "CurrentServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
HALVES = [{**ONE, "CurrentWeight": 0.8}, {**ONE, "VariantName": "b", "CurrentWeight": 0.2}]


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ({}, ""),
        ({"ProductionVariants": [ONE]}, "2 instances"),
        ({"ProductionVariants": HALVES}, "AllTraffic 80%, b 20%"),
        ({"ProductionVariants": [SERVERLESS]}, "serverless, 2048 MB"),
        (
            {"ProductionVariants": [{**ONE, "CurrentInstanceCount": 0}], "AsyncInferenceConfig": {"x": 1}},
            "async, 0 instances",
        ),
        (
            {"ProductionVariants": [ONE], "ShadowProductionVariants": [{"VariantName": "Shadow"}]},
            "2 instances, shadow Shadow",
        ),
    ],
)
def test_an_endpoints_mode_and_shares_are_said(endpoint, words):
    assert in_words(endpoint) == words


def updating(status: str, message: str, current: int = 1) -> dict[str, object]:
    state = [{"Status": "Creating"}, {"Status": status, "StatusMessage": message}]
    variant = {"VariantName": "AllTraffic", "CurrentInstanceCount": current, "DesiredInstanceCount": 3}
    pending = {"ProductionVariants": [{**variant, "VariantStatus": state}]}
    return {"EndpointStatus": "Updating", "PendingDeploymentSummary": pending}


def test_an_update_says_how_many_new_instances_get_requests():
    text = shift(updating("Baking", "Baking for 600s"))
    assert text == "Updating: AllTraffic: 1 of 3 new instances get requests (Baking for 600s)"


def test_instances_that_start_get_no_requests():
    assert shift(updating("Creating", "Launching 3 instance(s)")) == "Updating: AllTraffic: Launching 3 instance(s)"


def test_an_endpoint_without_an_update_has_its_status_only():
    assert shift({"EndpointStatus": "InService"}) == "InService"
