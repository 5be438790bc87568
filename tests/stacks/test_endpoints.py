"""A pinned endpoint serves what the config says, and comes through an update unharmed."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from launchpad.catalogue.pinned_endpoints import load_pins
from launchpad.messages.errors import InvalidFileError
from launchpad.requests import Environment, Variant, endpoint_config_request, model_request
from launchpad.settings import EnvironmentSettings, load_settings
from tests.stacks.inspection import only, resources

ARTEFACT = "s3://launchpad-prod-models/boston-housing/models/job-1/0123456789abcdef/model.tar.gz"
VERSION = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/prod-boston-housing/7"
NAME = "prod-boston-housing"


@pytest.fixture(scope="module")
def endpoint(templates):
    """A function from a pin's keys to the template of its stack."""

    def synthesize(**keys: Any) -> dict[str, Any]:
        pin = {"workload": "boston-housing", **({} if "model_package" in keys else {"model_data": ARTEFACT}), **keys}
        return templates(name="prod", region="eu-west-1", endpoints=[pin])["endpoint-boston-housing"]

    return synthesize


def endpoint_properties(template) -> dict[str, Any]:
    return only(template, "AWS::SageMaker::Endpoint")


def routing(template) -> dict[str, Any]:
    return endpoint_properties(template)["DeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]


def variant(template) -> dict[str, Any]:
    (production_variant,) = only(template, "AWS::SageMaker::EndpointConfig")["ProductionVariants"]
    return production_variant


def test_each_pinned_endpoint_is_a_separate_stack(templates):
    pinned = templates(
        name="prod", region="eu-west-1", endpoints=[{"workload": "boston-housing", "model_data": ARTEFACT}]
    )
    assert [part for part in pinned if part.startswith("endpoint-")] == ["endpoint-boston-housing"]


def test_the_role_pulls_images_of_workloads_that_are_only_pinned(templates):
    pin = {"workload": "boston-housing", "model_data": ARTEFACT}
    pinned = templates(name="prod", region="eu-west-1", workloads=(), endpoints=[pin])
    image = only(pinned["endpoint-boston-housing"], "AWS::SageMaker::Model")["PrimaryContainer"]["Image"]
    policies = resources(pinned["access"], "AWS::IAM::Policy")
    (serving,) = (json.dumps(policy) for name, policy in policies.items() if name.startswith("ServingRole"))
    assert f"repository/{image.partition('/')[2].partition(':')[0]}" in serving


def test_without_pins_there_is_no_endpoint_stack(dev):
    assert [part for part in dev if part.startswith("endpoint-")] == []


def test_model_and_config_match_the_deploy_functions_requests(endpoint):
    (pin,) = load_pins(
        EnvironmentSettings.model_validate(
            {
                "name": "prod",
                "region": "eu-west-1",
                "endpoints": [{"workload": "boston-housing", "model_data": ARTEFACT}],
            }
        )
    )
    template = endpoint()
    model, config = only(template, "AWS::SageMaker::Model"), only(template, "AWS::SageMaker::EndpointConfig")
    environment = dataclasses.replace(
        Environment("prod", "eu-west-1", "", "", config["KmsKeyId"], "", model["ExecutionRoleArn"]),
        subnet_ids=tuple(model["VpcConfig"]["Subnets"]),
        security_group_ids=tuple(model["VpcConfig"]["SecurityGroupIds"]),
    )
    expected = model_request(pin.definition, environment, ARTEFACT)
    assert model == {key: value for key, value in expected.items() if key != "ModelName"}
    expected = endpoint_config_request(
        pin.definition, environment, [Variant(config["ProductionVariants"][0]["ModelName"])]
    )
    assert config == {key: value for key, value in expected.items() if key != "EndpointConfigName"}


def test_only_the_endpoint_is_named_by_hand(endpoint):
    template = endpoint()
    assert endpoint_properties(template)["EndpointName"] == NAME
    assert "ModelName" not in only(template, "AWS::SageMaker::Model")
    assert "EndpointConfigName" not in only(template, "AWS::SageMaker::EndpointConfig")


def test_the_container_is_isolated_in_the_vpc_and_encrypted(endpoint):
    model = only(endpoint(), "AWS::SageMaker::Model")
    assert model["EnableNetworkIsolation"] is True
    assert model["VpcConfig"]["Subnets"]
    assert "storage" in str(only(endpoint(), "AWS::SageMaker::EndpointConfig")["KmsKeyId"])


def test_a_registered_version_can_be_pinned_in_place_of_an_artifact(endpoint):
    template = endpoint(model_package=VERSION)
    assert only(template, "AWS::SageMaker::Model")["PrimaryContainer"] == {"ModelPackageName": VERSION}
    assert resources(template, "AWS::IAM::Policy") == {}


def test_another_model_keeps_the_names_of_endpoint_and_variant(endpoint):
    first, second = endpoint(), endpoint(model_data=ARTEFACT.replace("job-1", "job-2"))
    assert only(first, "AWS::SageMaker::Model") != only(second, "AWS::SageMaker::Model")
    assert endpoint_properties(first) == endpoint_properties(second)
    assert variant(first)["VariantName"] == variant(second)["VariantName"]


def test_an_alarm_on_5xx_or_on_latency_rolls_back_and_is_published(endpoint):
    template = endpoint()
    alarms = resources(template, "AWS::CloudWatch::Alarm")
    rollback = endpoint_properties(template)["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    assert sorted(alarm["AlarmName"]["Ref"] for alarm in rollback) == sorted(alarms)
    assert {alarm["Properties"]["MetricName"] for alarm in alarms.values()} == {"Invocation5XXErrors", "ModelLatency"}
    for alarm in alarms.values():
        assert {"Name": "EndpointName", "Value": NAME} in alarm["Properties"]["Dimensions"]
        assert "observability" in str(alarm["Properties"]["AlarmActions"])
        assert alarm["Properties"]["TreatMissingData"] == "notBreaching"


def test_the_latency_alarm_is_in_microseconds_of_the_slowest_percent(templates):
    pins = [{"workload": "boston-housing", "model_data": ARTEFACT}]
    template = templates(name="prod", region="eu-west-1", endpoints=pins, alarms={"latency_milliseconds": 40})
    (alarm,) = [
        alarm["Properties"]
        for alarm in resources(template["endpoint-boston-housing"], "AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["MetricName"] == "ModelLatency"
    ]
    assert (alarm["ExtendedStatistic"], alarm["Threshold"]) == ("p99", 40_000)


TWO = {"instance": {"type": "ml.m5.large", "count": 2}}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (TWO, {"Type": "CANARY", "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10}}),
        (
            {**TWO, "traffic": "linear", "traffic_percent": 25},
            {"Type": "LINEAR", "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 25}},
        ),
        ({**TWO, "traffic": "all-at-once"}, {"Type": "ALL_AT_ONCE"}),
        ({}, {"Type": "ALL_AT_ONCE"}),
        ({"traffic": "linear"}, {"Type": "ALL_AT_ONCE"}),
    ],
)
def test_traffic_shifts_as_the_config_says_with_several_instances(endpoint, keys, expected):
    assert routing(endpoint(**keys)) == {**expected, "WaitIntervalInSeconds": 600}


def test_an_update_has_time_for_all_its_steps(endpoint):
    policy = endpoint_properties(endpoint(**TWO, traffic="linear", bake_minutes=42))["DeploymentConfig"]
    assert policy["BlueGreenUpdatePolicy"]["MaximumExecutionTimeoutInSeconds"] == 8 * 3600


def test_without_bounds_nothing_is_scaled(endpoint):
    template = endpoint()
    assert resources(template, "AWS::ApplicationAutoScaling::ScalableTarget") == {}
    assert "RetainAllVariantProperties" not in endpoint_properties(template)


def test_an_endpoint_with_bounds_is_scaled_by_load(endpoint):
    template = endpoint(minimum_instances=2, maximum_instances=6, invocations_per_instance=1200)
    target = only(template, "AWS::ApplicationAutoScaling::ScalableTarget")
    policy = only(template, "AWS::ApplicationAutoScaling::ScalingPolicy")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 6)
    assert target["ResourceId"] == f"endpoint/{NAME}/variant/{variant(template)['VariantName']}"
    tracking = policy["TargetTrackingScalingPolicyConfiguration"]
    assert tracking["TargetValue"] == 1200
    assert "SageMakerVariantInvocationsPerInstance" in json.dumps(tracking)
    assert variant(template)["InitialInstanceCount"] == 2
    assert endpoint_properties(template)["RetainAllVariantProperties"] is True


def test_scaling_waits_for_the_endpoint(endpoint):
    template = endpoint(minimum_instances=1, maximum_instances=2)
    (target,) = resources(template, "AWS::ApplicationAutoScaling::ScalableTarget").values()
    assert target["DependsOn"] == ["Endpoint"]


def test_the_model_waits_for_the_permission_to_read_its_artifact(endpoint):
    template = endpoint()
    (model,) = resources(template, "AWS::SageMaker::Model").values()
    ((policy_id, policy),) = resources(template, "AWS::IAM::Policy").items()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == (
        "s3:GetObject",
        "arn:aws:s3:::launchpad-prod-models/boston-housing/models/*",
    )
    assert model["DependsOn"] == [policy_id]


def test_of_an_artifact_elsewhere_only_the_object_and_its_key_are_open(endpoint):
    key = "arn:aws:kms:eu-west-1:210987654321:key/01234567-89ab-cdef-0123-456789abcdef"
    template = endpoint(model_data="s3://partner/release/model.tar.gz", model_data_key=key)
    read, decrypt = only(template, "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert read["Resource"] == "arn:aws:s3:::partner/release/model.tar.gz"
    assert (decrypt["Action"], decrypt["Resource"]) == ("kms:Decrypt", key)


def test_the_network_lets_a_pinned_artifact_of_any_bucket_through(templates, dev):
    pins = [{"workload": "boston-housing", "model_data": ARTEFACT}]
    network = templates(name="prod", region="eu-west-1", endpoints=pins)["network"]
    (statement,) = statements(network, "PinnedModels")
    assert statement["Action"] == ["s3:GetObject"]
    assert "s3:::launchpad-prod-models/boston-housing/models/*" in json.dumps(statement["Resource"])
    assert statements(dev["network"], "PinnedModels") == []


def statements(network: dict[str, Any], name: str) -> list[dict[str, Any]]:
    policies = [
        item["Properties"].get("PolicyDocument") for item in resources(network, "AWS::EC2::VPCEndpoint").values()
    ]
    return [item for policy in policies if policy for item in policy["Statement"] if item.get("Sid") == name]


def test_policies_of_two_endpoints_have_different_names(templates, workloads):
    pins = [{"workload": name, "model_data": ARTEFACT.replace("boston-housing", name)} for name in ("first", "second")]
    stacks = templates(workloads, name="prod", region="eu-west-1", endpoints=pins)
    names = {only(stacks[f"endpoint-{name}"], "AWS::IAM::Policy")["PolicyName"] for name in ("first", "second")}
    assert len(names) == 2


@pytest.fixture(scope="module")
def workloads(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workloads")
    for name, sections in {"first": SERVING, "second": SERVING, "trains-only": ""}.items():
        (folder / name / "src").mkdir(parents=True)
        (folder / name / "src" / "inference.py").write_text("def model_fn(path): ...\n")
        (folder / name / "workload.yaml").write_text(
            f"name: {name}\ndescription: A test.\nimage: {{framework: sklearn}}\n{sections}"
        )
    return folder


SERVING = "serving: {entry_point: inference.py, instance: {type: ml.m5.large}}\n"


@pytest.mark.parametrize(
    ("pin", "complaint"),
    [
        (
            "workload: frist",
            "staging.yaml:4: endpoints.0.workload: there is no workload 'frist'; did you mean 'first'?",
        ),
        ("workload: trains-only", "staging.yaml:4: endpoints.0.workload: 'trains-only' has no `serving` section"),
        (
            "workload: first\n    instance: {type: ml.g5.xlarge}",
            "staging.yaml:5: endpoints.0.instance.type: AWS builds sklearn 1.9-0 for inference only for cpu",
        ),
    ],
)
def test_a_pin_that_fits_no_workload_is_reported_with_its_line(workloads, tmp_path, pin, complaint):
    path = tmp_path / "staging.yaml"
    model = ARTEFACT.replace("boston-housing", "first")
    path.write_text(f"name: staging\nregion: eu-west-1\nendpoints:\n  - {pin}\n    model_data: {model}\n")
    with pytest.raises(InvalidFileError) as error:
        load_pins(load_settings(path), workloads)
    assert complaint in str(error.value)
