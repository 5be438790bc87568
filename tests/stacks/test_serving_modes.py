"""A pin of each mode of serving becomes the resources that its requests say, with no more permissions than it needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from launchpad.images.containers import repository_name
from tests.stacks.inspection import only, resources

HEAD = """\
name: {}
description: A test.
image: {{framework: sklearn}}
serving:
  entry_point: inference.py
"""
INSTANCE = "  instance: {type: ml.m5.large}\n"
WORKLOADS = {
    "plain": INSTANCE,
    "open": f"{INSTANCE}  network_isolation: false\n",
    "piped": f"{INSTANCE}  preprocessors: [plain]\n",
    "shared": f"{INSTANCE}  shared_endpoint: many\n",
    "later": f"{INSTANCE}  mode: async\n  async: {{notify: true}}\n",
    "scaled": "  instance: {type: ml.m5.large}\n  scaling: {minimum: 2, maximum: 4, concurrency: 8}\n"
    "  release: {traffic: rolling, percent: 50}\n",
    "watched": f"{INSTANCE}training:\n  entry_point: train.py\n  instance: {{type: ml.m5.large}}\n"
    "  channels: {train: {uri: 's3://team-data/watched'}}\n"
    "monitoring:\n  capture: {percent: 5}\n  task: binary\n  quality: {metric: auc, at_least: 0.8}\n",
    "steps": "  instance: {types: [ml.m5.large, ml.c5.large], count: 2}\n"
    "  release: {traffic: canary, percent: 20, bake_minutes: 5}\n",
}


def artifact(workload: str, job: str = "job-1") -> str:
    return f"s3://launchpad-prod-models/{workload}/models/{job}/0123456789abcdef/model.tar.gz"


@pytest.fixture(scope="module")
def workloads(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("workloads")
    for name, text in WORKLOADS.items():
        (folder / name / "src").mkdir(parents=True)
        for script in ("inference.py", "train.py"):
            (folder / name / "src" / script).write_text("def model_fn(path): ...\n")
        (folder / name / "workload.yaml").write_text(HEAD.format(name) + text)
    return folder


PINS: dict[str, dict[str, Any]] = {
    "plain": {"shadow": {"model_data": artifact("plain", "job-2"), "percent": 50}},
    "open": {"mode": "serverless", "serverless": {"memory_mb": 3072, "provisioned_concurrency": 1}},
    "piped": {"preprocessors": {"plain": artifact("plain")}},
    "shared": {"models": "s3://launchpad-dev-models/_shared/many/"},
    "later": {
        "scaling": {"minimum": 0, "maximum": 3, "backlog": 5, "schedule": [{"cron": "0 7 ? * * *", "minimum": 1}]}
    },
    "scaled": {"variants": [{"name": "challenger", "model_data": artifact("scaled", "job-2"), "weight": 0.25}]},
    "watched": {"shadow": {"model_data": artifact("watched", "job-2")}},
    "steps": {},
}


@pytest.fixture(scope="module")
def platform(templates, workloads) -> dict[str, Any]:
    pins = [
        {"workload": name, **({} if "models" in keys else {"model_data": artifact(name)}), **keys}
        for name, keys in PINS.items()
    ]
    return templates(workloads, name="prod", region="eu-west-1", allow_serverless=True, endpoints=pins)


@pytest.fixture(scope="module")
def stacks(platform) -> dict[str, Any]:
    """The template of each pin's stack, by workload."""
    return {name: platform[f"endpoint-{name}"] for name in PINS}


def statements(template: dict[str, Any], name: str) -> list[dict[str, Any]]:
    policies = [each["Properties"] for each in resources(template, "AWS::IAM::Policy").values()]
    (policy,) = [policy for policy in policies if policy["PolicyName"].startswith(name)]
    return policy["PolicyDocument"]["Statement"]


def routing(template: dict[str, Any]) -> dict[str, Any]:
    return only(template, "AWS::SageMaker::Endpoint")["DeploymentConfig"]


@pytest.mark.parametrize("name", PINS)
def test_the_resources_are_what_cloudformations_schemas_allow(stacks, name):
    for kind in ("SageMaker::Model", "SageMaker::EndpointConfig", "SageMaker::Endpoint"):
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-west-1", f"AWS::{kind}").schema
        for resource in resources(stacks[name], f"AWS::{kind}").values():
            assert set(resource["Properties"]) <= set(schema["properties"])
    config = only(stacks[name], "AWS::SageMaker::EndpointConfig")
    definitions = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-west-1", "AWS::SageMaker::EndpointConfig").schema
    for variant in (*config["ProductionVariants"], *config.get("ShadowProductionVariants", ())):
        known = definitions["definitions"]["ProductionVariant"]["properties"]
        assert set(variant) <= set(known)


def test_a_shadow_has_its_model_and_its_share(stacks):
    config = only(stacks["plain"], "AWS::SageMaker::EndpointConfig")
    (shadow,) = config["ShadowProductionVariants"]
    assert (shadow["VariantName"], shadow["InitialVariantWeight"]) == ("Shadow", 0.5)
    models = resources(stacks["plain"], "AWS::SageMaker::Model")
    assert models["ModelShadow"]["Properties"]["PrimaryContainer"]["ModelDataUrl"] == artifact("plain", "job-2")


def test_a_serverless_pin_has_no_instances_and_no_network(stacks):
    config = only(stacks["open"], "AWS::SageMaker::EndpointConfig")
    (variant,) = config["ProductionVariants"]
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 3072, "MaxConcurrency": 5, "ProvisionedConcurrency": 1}
    assert "InstanceType" not in variant
    assert "KmsKeyId" not in config
    assert "VpcConfig" not in only(stacks["open"], "AWS::SageMaker::Model")
    assert "DeploymentConfig" not in only(stacks["open"], "AWS::SageMaker::Endpoint")


def test_a_pipeline_reads_the_artifacts_of_its_containers_alone(stacks):
    model = only(stacks["piped"], "AWS::SageMaker::Model")
    assert [each["ModelDataUrl"] for each in model["Containers"]] == [artifact("plain"), artifact("piped")]
    (read,) = statements(stacks["piped"], "Read-piped")
    assert read["Resource"] == [
        "arn:aws:s3:::launchpad-prod-models/piped/models/*",
        "arn:aws:s3:::launchpad-prod-models/plain/models/*",
    ]


def test_a_shared_endpoint_lists_only_its_folder(stacks):
    container = only(stacks["shared"], "AWS::SageMaker::Model")["PrimaryContainer"]
    assert (container["Mode"], container["ModelDataUrl"]) == ("MultiModel", "s3://launchpad-dev-models/_shared/many/")
    read, look = statements(stacks["shared"], "Read-shared")
    assert read["Resource"] == "arn:aws:s3:::launchpad-dev-models/_shared/many/*"
    assert look["Action"] == "s3:ListBucket"
    assert look["Condition"] == {"StringLike": {"s3:prefix": "_shared/many/*"}}
    assert only(stacks["shared"], "AWS::SageMaker::Endpoint")["EndpointName"] == "prod-many"


def test_an_async_pin_writes_below_its_workload_and_notifies(stacks):
    template = stacks["later"]
    output = only(template, "AWS::SageMaker::EndpointConfig")["AsyncInferenceConfig"]["OutputConfig"]
    assert "observability" in str(output["NotificationConfig"]["ErrorTopic"])
    write, key, publish = statements(template, "Answer-later")
    assert write["Action"] == ["s3:AbortMultipartUpload", "s3:PutObject"]
    assert json.dumps(write["Resource"]).endswith('"/later/async/*"]]}')
    assert key["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert publish["Action"] == "sns:Publish"
    (config,) = resources(template, "AWS::SageMaker::EndpointConfig").values()
    assert any("Answer" in name for name in config["DependsOn"])


def test_an_async_pin_scales_to_zero_and_wakes_up(stacks):
    target = only(stacks["later"], "AWS::ApplicationAutoScaling::ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (0, 3)
    (action,) = target["ScheduledActions"]
    assert (action["Schedule"], action["Timezone"]) == ("cron(0 7 ? * * *)", "UTC")
    assert action["ScalableTargetAction"] == {"MinCapacity": 1}
    policies = resources(stacks["later"], "AWS::ApplicationAutoScaling::ScalingPolicy")
    assert policies["WakeUpPolicy"]["Properties"]["PolicyType"] == "StepScaling"
    alarm = resources(stacks["later"], "AWS::CloudWatch::Alarm")["BacklogWithoutCapacity"]["Properties"]
    assert alarm["AlarmActions"] == [{"Ref": "WakeUpPolicy"}]


def test_variants_are_scaled_and_watched_one_by_one(stacks):
    targets = resources(stacks["scaled"], "AWS::ApplicationAutoScaling::ScalableTarget")
    assert sorted(targets) == ["ScalableTarget", "ScalableTargetchallenger"]
    alarms = resources(stacks["scaled"], "AWS::CloudWatch::Alarm")
    assert sorted(alarms) == ["Latency", "Latencychallenger", "ServerErrors", "ServerErrorschallenger"]


def test_variants_may_come_and_go_because_no_guardrail_is_set(stacks):
    endpoint = only(stacks["scaled"], "AWS::SageMaker::Endpoint")
    assert "DeploymentConfig" not in endpoint
    assert endpoint["RetainAllVariantProperties"] is True


def test_a_pin_releases_as_its_workload_says(stacks):
    policy = routing(stacks["steps"])["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert policy == {
        "Type": "CANARY",
        "WaitIntervalInSeconds": 300,
        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 20},
    }


def test_a_pin_may_roll_with_its_own_release(templates, workloads):
    release = {"traffic": "rolling", "percent": 50, "bake_minutes": 1}
    pin = {"workload": "steps", "model_data": artifact("steps"), "release": release}
    template = templates(workloads, name="prod", region="eu-west-1", endpoints=[pin])["endpoint-steps"]
    assert routing(template)["RollingUpdatePolicy"]["MaximumBatchSize"]["Value"] == 50
    assert [each["AlarmName"]["Ref"] for each in routing(template)["AutoRollbackConfiguration"]["Alarms"]]


@pytest.fixture(scope="module")
def tried_out(templates, workloads):
    return templates(workloads, name="dev", region="eu-west-1", direct_deploy=True, allow_serverless=True)


def test_the_deploy_function_finds_the_alert_topic(tried_out):
    parameter = only(tried_out["observability"], "AWS::SSM::Parameter")
    assert parameter["Name"] == "/launchpad/dev/alert-topic"
    functions = json.dumps(resources(tried_out["jobs"], "AWS::Lambda::Function"))
    assert "/launchpad/dev/alert-topic" in functions
    assert "allow_serverless" in functions


def test_endpoints_that_are_tried_out_may_notify_and_answer_later(tried_out):
    (find,) = statements(tried_out["observability"], "FindAlertTopic")
    assert find["Action"] == "ssm:GetParameter"
    assert next(each["Action"] for each in statements(tried_out["observability"], "NotifyOfAnswers")) == "sns:Publish"
    roles = json.dumps(resources(tried_out["access"], "AWS::IAM::Policy"))
    assert "/*/async/*" in roles


def test_where_a_config_pins_no_function_knows_the_topic(dev):
    assert resources(dev["observability"], "AWS::SSM::Parameter") == {}
    assert "/*/async/*" not in json.dumps(resources(dev["access"], "AWS::IAM::Policy"))


def test_a_monitored_pin_captures_requests_and_answers(stacks):
    capture = only(stacks["watched"], "AWS::SageMaker::EndpointConfig")["DataCaptureConfig"]
    assert capture["InitialSamplingPercentage"] == 5
    assert capture["KmsKeyId"] == only(stacks["watched"], "AWS::SageMaker::EndpointConfig")["KmsKeyId"]
    assert "/captured/watched" in json.dumps(capture["DestinationS3Uri"])
    assert "DataCaptureConfig" not in only(stacks["plain"], "AWS::SageMaker::EndpointConfig")


def test_a_monitored_pins_alarms_reach_the_topic_and_roll_nothing_back(stacks):
    alarms = resources(stacks["watched"], "AWS::CloudWatch::Alarm")
    kinds = {"Drift", "Quality", "Heartbeat", "DiskUse", "DiskUseShadow"}
    assert set(alarms) == kinds | {"ServerErrors", "Latency"}
    assert all(alarms[kind]["Properties"]["AlarmActions"] for kind in kinds)
    watching = routing(stacks["watched"])["AutoRollbackConfiguration"]["Alarms"]
    assert [alarm["AlarmName"]["Ref"] for alarm in watching] == ["ServerErrors", "Latency"]
    assert alarms["Drift"]["Properties"]["Dimensions"] == [{"Name": "Endpoint", "Value": "prod-watched"}]


def test_monitored_endpoints_may_write_what_they_capture(platform):
    assert [each for each in role_statements(platform, "ServingRole") if "captured/" in json.dumps(each["Resource"])]


def test_a_monitoring_job_may_write_baselines_and_reports(platform):
    text = json.dumps(role_statements(platform, "ProcessingRole"))
    assert "/*/baselines/*" in text
    assert "/*/monitoring/*" in text
    assert f"repository/{repository_name('prod', 'monitoring')}" in text
    assert "arn:aws:s3:::team-data/watched*" in text


def role_statements(platform: dict[str, Any], role: str) -> list[dict[str, Any]]:
    return [
        statement
        for policy in resources(platform["access"], "AWS::IAM::Policy").values()
        if role in json.dumps(policy["Properties"]["Roles"])
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
