"""Each mode of serving becomes requests that AWS accepts; a workload that says nothing new has yesterday's."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from launchpad.requests import (
    RequestError,
    Variant,
    endpoint_config_request,
    endpoint_request,
    endpoint_update_request,
    model_request,
    package_request,
    shared_model_request,
)
from launchpad.requests.context import Environment
from launchpad.requests.release import deployment_config
from launchpad.requests.shared_endpoints import target_model
from tests.unit.conftest import ACCOUNT, WORKLOAD, rendered
from tests.unit.service_model import violations

MODEL_DATA = "s3://model-bucket/boston-housing/models/job/0/model.tar.gz"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:launchpad-dev-alerts"
ENDPOINT = "dev-boston-housing"
RELEASE = {"traffic": "canary", "percent": 20, "bake_minutes": 5}


def serving(keys: str, instance: str = "  instance: {type: ml.m5.large}\n") -> dict[str, Any]:
    """Boston housing with other keys below `serving`."""
    return rendered(WORKLOAD.replace("  instance: {type: ml.m5.large}\nquality", f"{instance}{keys}quality"))


SERVERLESS = "  mode: serverless\n  network_isolation: false\n"
SERVERLESS_SECTION = "  serverless: {memory_mb: 4096, max_concurrency: 9, provisioned_concurrency: 2}\n"
MODES = {
    "pools": serving("", "  instance: {types: [ml.m5.large, ml.c5.xlarge], count: 2}\n"),
    "serverless": serving(SERVERLESS, ""),
    "provisioned": serving(SERVERLESS + SERVERLESS_SECTION, ""),
    "async": serving("  mode: async\n"),
    "async that notifies": serving("  mode: async\n  async: {concurrency_per_instance: 4, notify: true}\n"),
    "scaled": serving("  scaling: {minimum: 2, maximum: 4, concurrency: 8}\n"),
}


@pytest.fixture
def allowing(environment: Environment) -> Environment:
    """An environment that allows everything."""
    return dataclasses.replace(environment, allow_serverless=True, alert_topic_arn=TOPIC)


def config(definition: dict[str, Any], environment: Environment, **more: Any) -> dict[str, Any]:
    models = more.pop("models", "model")
    request = endpoint_config_request(definition, environment, models, **more)
    assert violations("CreateEndpointConfig", request) == []
    return request


def only_variant(request: dict[str, Any]) -> dict[str, Any]:
    (variant,) = request["ProductionVariants"]
    return variant


@pytest.mark.parametrize("definition", MODES.values(), ids=MODES)
def test_the_requests_of_each_mode_are_what_the_api_accepts(definition, allowing):
    model = model_request(definition, allowing, MODEL_DATA)
    assert violations("CreateModel", model) == []
    config(definition, allowing)
    assert violations("CreateEndpoint", endpoint_request(definition, allowing, "config")) == []


def test_names_of_yesterdays_workloads_have_not_changed(definition, environment):
    model = model_request(definition, environment, MODEL_DATA)
    assert model["ModelName"] == "dev-boston-housing-c31bf0bfe55f"
    assert config(definition, environment)["EndpointConfigName"] == "dev-boston-housing-2c624cd875c6"
    older = {**definition, "serving": {key: definition["serving"][key] for key in OLDER_KEYS}}
    assert model_request(older, environment, MODEL_DATA) == model
    assert config(older, environment) == config(definition, environment)


OLDER_KEYS = ("entry_point", "image", "instance", "environment", "network_isolation", "source")
"""What a record of the endpoint's history has that was written before there were modes."""


def test_instance_pools_are_preferred_in_their_order(environment):
    variant = only_variant(config(MODES["pools"], environment))
    assert "InstanceType" not in variant
    assert [(pool["InstanceType"], pool["Priority"]) for pool in variant["InstancePools"]] == [
        ("ml.m5.large", 1),
        ("ml.c5.xlarge", 2),
    ]
    assert variant["InitialInstanceCount"] == 2


def test_each_type_of_a_pool_is_held_to_the_environments_limit(environment):
    limited = dataclasses.replace(environment, instance_limits={"ml.c5.xlarge": 1})
    with pytest.raises(RequestError, match=r"2 instances of ml\.c5\.xlarge: environment 'dev' allows 1"):
        endpoint_config_request(MODES["pools"], limited, "model")


def test_a_serverless_endpoint_has_memory_in_place_of_instances(allowing):
    request = config(MODES["provisioned"], allowing)
    variant = only_variant(request)
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 4096, "MaxConcurrency": 9, "ProvisionedConcurrency": 2}
    assert not {"InstanceType", "InitialInstanceCount"} & variant.keys()
    assert "KmsKeyId" not in request


def test_a_serverless_model_is_outside_the_network(allowing):
    model = model_request(MODES["serverless"], allowing, MODEL_DATA)
    assert model["EnableNetworkIsolation"] is False
    assert "VpcConfig" not in model


def test_the_model_of_a_transform_job_stays_in_the_network(allowing):
    model = model_request(MODES["serverless"], allowing, MODEL_DATA, allowing.processing_role_arn)
    assert model["VpcConfig"]["Subnets"] == list(allowing.subnet_ids)


def test_serverless_needs_the_environments_consent(environment):
    with pytest.raises(RequestError, match="allows no serverless endpoints, which are outside its network"):
        endpoint_config_request(MODES["serverless"], environment, "model")


def test_an_async_endpoint_writes_below_its_workload(environment):
    output = config(MODES["async"], environment)["AsyncInferenceConfig"]["OutputConfig"]
    assert output == {
        "S3OutputPath": "s3://model-bucket/boston-housing/async/output/",
        "S3FailurePath": "s3://model-bucket/boston-housing/async/failures/",
        "KmsKeyId": environment.kms_key_arn,
    }


def test_an_async_endpoint_notifies_the_alert_topic(allowing):
    settings = config(MODES["async that notifies"], allowing)["AsyncInferenceConfig"]
    assert settings["ClientConfig"] == {"MaxConcurrentInvocationsPerInstance": 4}
    assert settings["OutputConfig"]["NotificationConfig"] == {"SuccessTopic": TOPIC, "ErrorTopic": TOPIC}


def test_notifications_need_the_environments_topic(environment):
    with pytest.raises(RequestError, match="has no alert topic"):
        endpoint_config_request(MODES["async that notifies"], environment, "model")


def test_variants_share_the_requests_by_weight(definition, environment):
    request = config(definition, environment, models=[Variant("a"), Variant("b", "challenger", 0.25)])
    assert [
        (each["VariantName"], each["ModelName"], each["InitialVariantWeight"]) for each in request["ProductionVariants"]
    ] == [("AllTraffic", "a", 1.0), ("challenger", "b", 0.25)]


def test_a_shadow_variant_gets_copies(definition, environment):
    request = config(definition, environment, shadow=Variant("b", "Shadow", 0.5))
    (shadow,) = request["ShadowProductionVariants"]
    assert (shadow["ModelName"], shadow["InitialVariantWeight"]) == ("b", 0.5)
    assert request["EndpointConfigName"] != config(definition, environment)["EndpointConfigName"]


def test_a_pipeline_runs_its_preprocessors_first(definition, environment):
    other = {**rendered(WORKLOAD), "name": "scaler"}
    request = model_request(definition, environment, MODEL_DATA, preprocessors=[(other, "s3://b/scaler/model.tar.gz")])
    assert violations("CreateModel", request) == []
    assert [container["ContainerHostname"] for container in request["Containers"]] == ["scaler", "boston-housing"]
    assert request["InferenceExecutionConfig"] == {"Mode": "Serial"}
    assert "PrimaryContainer" not in request


def test_workloads_of_a_shared_endpoint_make_the_same_model(environment):
    first = serving("  shared_endpoint: many\n")
    second = {**first, "name": "other", "serving": {**first["serving"], "source": "1" * 64}}
    request = shared_model_request(first, environment)
    assert violations("CreateModel", request) == []
    assert request == shared_model_request(second, environment)
    assert request["PrimaryContainer"]["Mode"] == "MultiModel"
    assert request["PrimaryContainer"]["ModelDataUrl"] == "s3://model-bucket/_shared/many/"
    assert config(first, environment) == config(second, environment)
    assert endpoint_request(first, environment, "c") == endpoint_request(second, environment, "c")
    assert endpoint_request(first, environment, "c")["EndpointName"] == "dev-many"


def test_another_model_of_a_shared_endpoint_has_another_key():
    definition = serving("  shared_endpoint: many\n")
    first, second = target_model(definition, MODEL_DATA), target_model(definition, MODEL_DATA.replace("job", "job2"))
    assert first != second
    assert first.startswith("boston-housing/")


def test_a_serverless_model_is_registered_without_instances(allowing):
    definition = {**MODES["serverless"], "pipeline": {"approval": "PendingManualApproval"}}
    package = package_request(definition, allowing, MODEL_DATA, {}, "s3://b/metrics.json")
    assert violations("CreateModelPackage", package) == []
    assert "SupportedRealtimeInferenceInstanceTypes" not in package["InferenceSpecification"]


@pytest.mark.parametrize(
    ("traffic", "instances", "policy"),
    [
        ("canary", 2, {"Type": "CANARY", "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 20}}),
        ("linear", 2, {"Type": "LINEAR", "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 20}}),
        ("all-at-once", 2, {"Type": "ALL_AT_ONCE"}),
        ("linear", 1, {"Type": "ALL_AT_ONCE"}),
        ("rolling", 1, {"Type": "ALL_AT_ONCE"}),
    ],
)
def test_blue_green_updates_shift_traffic_in_their_steps(traffic, instances, policy):
    made = deployment_config({**RELEASE, "traffic": traffic}, instances, ["alarm"])
    assert made["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"] == {**policy, "WaitIntervalInSeconds": 300}
    assert made["AutoRollbackConfiguration"] == {"Alarms": [{"AlarmName": "alarm"}]}
    assert violations("UpdateEndpoint", {**UPDATE, "DeploymentConfig": made}) == []


UPDATE = {"EndpointName": ENDPOINT, "EndpointConfigName": "c"}


def test_a_rolling_update_replaces_batches():
    made = deployment_config({**RELEASE, "traffic": "rolling"}, 4, ["alarm"])
    assert made["RollingUpdatePolicy"] == {
        "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 20},
        "WaitIntervalInSeconds": 300,
        "MaximumExecutionTimeoutInSeconds": (5 * 5 + 60) * 60,
    }
    assert violations("UpdateEndpoint", {**UPDATE, "DeploymentConfig": made}) == []


def test_an_update_without_a_release_is_yesterdays(definition, environment):
    assert endpoint_update_request(definition, environment, "c") == UPDATE


def test_an_update_keeps_what_scaling_has_set_and_is_watched(allowing):
    request = endpoint_update_request(MODES["scaled"], allowing, "c", ["alarm"], RELEASE)
    assert violations("UpdateEndpoint", request) == []
    assert request["RetainAllVariantProperties"] is True
    assert request["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"] == [{"AlarmName": "alarm"}]


def test_a_serverless_update_shifts_no_instances(allowing):
    assert endpoint_update_request(MODES["serverless"], allowing, "c", ["alarm"], RELEASE) == UPDATE


def test_an_update_of_the_variants_has_no_guardrail(definition, environment):
    request = endpoint_update_request(definition, environment, "c", ["alarm"], RELEASE, same_variants=False)
    assert request == UPDATE


def test_a_scaled_endpoint_begins_with_the_least(environment):
    assert only_variant(config(MODES["scaled"], environment))["InitialInstanceCount"] == 2
    to_zero = serving("  mode: async\n  scaling: {minimum: 0, maximum: 4, backlog: 5}\n")
    assert only_variant(config(to_zero, environment))["InitialInstanceCount"] == 1
