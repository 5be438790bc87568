"""Scaling and releases of an endpoint: steps, alarms that roll back, and what goes with a section of the config."""

from __future__ import annotations

import pytest

from tests.unit.deploy_modes.account import ENDPOINT, LINEAR
from tests.unit.functions import CONTEXT

SCALING = {
    "minimum": 1,
    "maximum": 4,
    "invocations_per_minute": 600,
    "scale_out_cooldown": 60,
    "scale_in_cooldown": 300,
    "schedule": [],
}
CANARY = {"traffic": "canary", "percent": 10, "bake_minutes": 1}
TO_ZERO = {**SCALING, "minimum": 0, "invocations_per_minute": None, "backlog": 5}


def test_a_release_shifts_traffic_and_is_rolled_back_by_new_alarms(function):
    function.account.serves(("AllTraffic", "old", 1.0))
    function.definition["serving"]["instance"]["count"] = 4
    function(release=LINEAR)
    (update,) = function.account.of("update_endpoint")
    routing = update["DeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert (routing["Type"], routing["LinearStepSize"]["Value"]) == ("LINEAR", 20)
    names = [request["AlarmName"] for request in function.account.of("put_metric_alarm")]
    alarms = update["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    assert names == [alarm["AlarmName"] for alarm in alarms]
    assert len(names) == 2


def test_another_instance_type_of_a_scaled_variant_ends_its_scaling_first(function):
    function.account.serves(("AllTraffic", "old", 1.0), kind="ml.c5.xlarge")
    function()
    names = [name for name, _ in function.account.calls]
    assert names.index("deregister_scalable_target") < names.index("update_endpoint")


def test_the_same_instance_type_keeps_its_scaling(function):
    function.account.serves(("AllTraffic", "old", 1.0), kind=function.definition["serving"]["instance"]["type"])
    function()
    assert function.account.of("deregister_scalable_target") == []


def test_an_endpoint_in_service_is_scaled_as_its_record_says(function):
    function.account.serves(("AllTraffic", "old", 1.0))
    function.remembers(serving={**function.definition["serving"], "scaling": SCALING})
    function.account.policies = [{"PolicyName": "of-yesterday"}]
    assert function.module.handler({"settled": ENDPOINT}, CONTEXT)["scaled"] == ["AllTraffic"]
    (target,) = function.account.of("register_scalable_target")
    assert (target["ResourceId"], target["MaxCapacity"]) == (f"endpoint/{ENDPOINT}/variant/AllTraffic", 4)
    assert function.account.of("delete_scaling_policy")[0]["PolicyName"] == "of-yesterday"


def test_an_endpoint_that_is_no_longer_scaled_is_deregistered(function):
    function.account.serves(("AllTraffic", "old", 1.0))
    function.remembers()
    assert function.module.handler({"settled": ENDPOINT}, CONTEXT)["scaled"] == []
    assert function.account.of("deregister_scalable_target")


@pytest.mark.parametrize(("scaling", "removed"), [(None, 1), (SCALING, 1), (TO_ZERO, 0)])
def test_the_alarm_that_wakes_an_endpoint_up_goes_with_scaling_to_zero(function, scaling, removed):
    function.account.serves(("AllTraffic", "old", 1.0))
    section = {**function.definition["serving"], "mode": "async" if scaling is TO_ZERO else "realtime"}
    function.remembers(serving={**section, "scaling": scaling})
    function.module.handler({"settled": ENDPOINT}, CONTEXT)
    names = [name for request in function.account.of("delete_alarms") for name in request["AlarmNames"]]
    assert names.count(f"launchpad-dev-endpoint-{ENDPOINT}-AllTraffic-BacklogWithoutCapacity") == removed
    assert len(function.account.of("put_metric_alarm")) == 1 - removed


@pytest.mark.parametrize(("release", "removed"), [(None, ["Latency", "ServerErrors"]), (CANARY, [])])
def test_the_alarms_of_releases_go_with_the_section(function, release, removed):
    function.account.serves(("AllTraffic", "old", 1.0))
    function.remembers(serving={**function.definition["serving"], "release": release})
    function.module.handler({"settled": ENDPOINT}, CONTEXT)
    names = [name for request in function.account.of("delete_alarms") for name in request["AlarmNames"]]
    prefix = f"launchpad-dev-endpoint-{ENDPOINT}-AllTraffic-"
    of_releases = {f"{prefix}Latency", f"{prefix}ServerErrors"}
    assert sorted(of_releases & {*names}) == [f"{prefix}{kind}" for kind in removed]


def test_an_endpoint_that_the_function_did_not_serve_is_left_alone(function):
    function.account.serves(("AllTraffic", "old", 1.0))
    assert function.module.handler({"settled": ENDPOINT}, CONTEXT)["scaled"] == []
    assert function.account.calls == []
