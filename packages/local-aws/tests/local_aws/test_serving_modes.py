"""What the modes of serving exclude is refused when an endpoint is configured or changed."""

from __future__ import annotations

import pytest

from local_aws.api.errors import AwsError
from local_aws.sagemaker.hosting.mode_checks import check_capacities, check_config, check_update

SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
ASYNC = {"OutputConfig": {"S3OutputPath": "s3://bucket/output"}}
PLAIN_MODEL = {"PrimaryContainer": {"Image": "image", "ModelDataUrl": "s3://bucket/model.tar.gz"}}


def variant(name: str = "AllTraffic", **members: object) -> dict:
    return {"VariantName": name, "ModelName": "model", **members}


def instances(name: str = "AllTraffic", **members: object) -> dict:
    return variant(name, InstanceType="ml.m5.large", InitialInstanceCount=1, **members)


def serverless(**members: object) -> dict:
    return {"ProductionVariants": [variant(ServerlessConfig={**SERVERLESS, **members})]}


def check(config: dict, **model: object) -> None:
    check_config(config, lambda _name: {**PLAIN_MODEL, **model})


def refused(config: dict, words: str, **model: object) -> None:
    with pytest.raises(AwsError, match=words) as caught:
        check(config, **model)
    assert caught.value.code == "ValidationException"


def test_each_mode_alone_is_accepted():
    check({"ProductionVariants": [instances("a"), instances("b")]})
    check({"ProductionVariants": [instances()], "AsyncInferenceConfig": ASYNC})
    check({"ProductionVariants": [instances()], "ShadowProductionVariants": [instances("shadow")]})
    check(serverless(ProvisionedConcurrency=5))


@pytest.mark.parametrize(
    "model, words",
    [
        ({"EnableNetworkIsolation": True}, "Network isolation is not supported for serverless endpoint"),
        ({"VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}, "a VPC"),
        ({"PrimaryContainer": None, "Containers": [{"Image": "a"}, {"Image": "b"}]}, "inference pipelines"),
        ({"PrimaryContainer": {"Image": "a", "Mode": "MultiModel"}}, "multi-model"),
        (
            {"PrimaryContainer": {"ModelDataSource": {"S3DataSource": {"CompressionType": "None"}}}},
            "without compression",
        ),
    ],
    ids=["isolation", "vpc", "pipeline", "multi-model", "uncompressed"],
)
def test_serverless_refuses_what_its_model_may_not_have(model, words):
    refused(serverless(), words, **model)


@pytest.mark.parametrize(
    "members",
    [
        {"DataCaptureConfig": {"EnableCapture": True}},
        {"DataCaptureConfig": {"InitialSamplingPercentage": 20}},
        {"AsyncInferenceConfig": ASYNC},
        {"ShadowProductionVariants": [instances("shadow")]},
        {"ProductionVariants": [*serverless()["ProductionVariants"], instances("b")]},
    ],
    ids=["capture", "capture by default", "async", "shadow", "several variants"],
)
def test_serverless_refuses_other_features(members):
    refused({**serverless(), **members}, "One or more endpoint features are not supported using this configuration")


@pytest.mark.parametrize(
    "members, words",
    [
        ({"MemorySizeInMB": 1500}, "1 GB increments"),
        ({"ProvisionedConcurrency": 6}, "less than or equal to MaxConcurrency 5"),
    ],
)
def test_serverless_sizes_are_checked(members, words):
    refused(serverless(**members), words)


def test_a_serverless_variant_has_no_instances():
    refused({"ProductionVariants": [instances(ServerlessConfig=SERVERLESS)]}, "both ServerlessConfig and InstanceType")


@pytest.mark.parametrize("names", [(["a", "b"], ["s"]), (["a"], ["s", "t"])], ids=["two productions", "two shadows"])
def test_a_shadow_needs_exactly_one_of_each(names):
    production, shadows = ([instances(name) for name in group] for group in names)
    config = {"ProductionVariants": production, "ShadowProductionVariants": shadows}
    refused(config, "you can only specify one variant for ProductionVariants and one variant")


def test_async_and_shadow_exclude_each_other():
    config = {"ProductionVariants": [instances()], "ShadowProductionVariants": [instances("shadow")]}
    refused({**config, "AsyncInferenceConfig": ASYNC}, "asynchronous endpoint")


def test_async_refuses_an_inference_pipeline():
    config = {"ProductionVariants": [instances()], "AsyncInferenceConfig": ASYNC}
    refused(config, "inference pipeline", PrimaryContainer=None, Containers=[{"Image": "a"}, {"Image": "b"}])


def test_an_endpoint_changes_from_serverless_to_instances_only():
    with_instances = {"ProductionVariants": [instances()]}
    check_update(serverless(), with_instances)
    check_update(serverless(), serverless(MaxConcurrency=9))
    with pytest.raises(AwsError, match="is currently not supported"):
        check_update(with_instances, serverless())


def test_only_asynchronous_endpoints_scale_to_zero():
    settings = [{"VariantName": "AllTraffic", "DesiredInstanceCount": 0}]
    config = {"ProductionVariants": [instances()]}
    check_capacities({**config, "AsyncInferenceConfig": ASYNC}, settings)
    with pytest.raises(AwsError, match="only asynchronous endpoints scale to zero"):
        check_capacities(config, settings)


@pytest.mark.parametrize(
    "config, item, words",
    [
        (serverless(), {"DesiredInstanceCount": 1}, "has no DesiredInstanceCount"),
        (serverless(), {"ServerlessUpdateConfig": {"ProvisionedConcurrency": 9}}, "less than or equal"),
        (
            {"ProductionVariants": [instances()]},
            {"ServerlessUpdateConfig": {"MaxConcurrency": 9}},
            "has no ServerlessUpdateConfig",
        ),
    ],
)
def test_capacities_fit_the_variants_mode(config, item, words):
    with pytest.raises(AwsError, match=words):
        check_capacities(config, [{"VariantName": "AllTraffic", **item}])
