"""The requests are what AWS accepts, and secure where nothing was configured."""

from __future__ import annotations

import dataclasses
import json

import pytest

from launchpad.config_files.instance_types import allowed_values
from launchpad.requests import (
    Environment,
    RequestError,
    Run,
    endpoint_config_request,
    endpoint_request,
    model_request,
    training_request,
    transform_request,
    tuning_request,
)
from launchpad.requests.names import content_name, endpoint_name, job_name
from launchpad.requests.quality import check_quality
from tests.unit.service_model import violations

MODEL_DATA = "s3://model-bucket/boston-housing/models/job/0/model.tar.gz"


def test_the_training_request_is_what_the_api_accepts(definition, environment, run):
    assert violations("CreateTrainingJob", training_request(definition, environment, run)) == []


def test_a_spot_training_request_is_valid_and_keeps_checkpoints(definition, environment, run):
    definition["training"]["spot"] = {"max_wait_minutes": 90}
    request = training_request(definition, environment, run)
    assert violations("CreateTrainingJob", request) == []
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 5400}
    assert request["CheckpointConfig"]["S3Uri"].startswith("s3://model-bucket/boston-housing/checkpoints/")


def test_the_serving_requests_are_what_the_api_accepts(definition, environment):
    model = model_request(definition, environment, MODEL_DATA)
    config = endpoint_config_request(definition, environment, model["ModelName"])
    endpoint = endpoint_request(definition, environment, config["EndpointConfigName"])
    assert violations("CreateModel", model) == []
    assert violations("CreateEndpointConfig", config) == []
    assert violations("CreateEndpoint", endpoint) == []


def test_a_model_from_a_registered_version_needs_no_image(definition, environment):
    version = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/dev-boston-housing/3"
    request = model_request(definition, environment, version)
    assert violations("CreateModel", request) == []
    assert request["PrimaryContainer"] == {"ModelPackageName": version}


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (("ResourceConfig", "InstanceType"), "ml.m5.larg", "enum"),
        (("TrainingJobName",), "bad_name", "does not match"),
        (("TrainingJobName",), "x" * 64, "does not match"),
        (("StoppingCondition", "MaxRuntimeInSeconds"), 0, "size 0"),
        (("HyperParameters", "a"), 1, "not of type str"),
        (("Nonsense",), 1, "unknown"),
    ],
)
def test_the_check_against_the_api_model_sees_each_kind_of_mistake(
    definition, environment, run, path, value, complaint
):
    request = training_request(definition, environment, run)
    target = request
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    assert any(complaint in text for text in violations("CreateTrainingJob", request))


def test_a_job_is_encrypted_isolated_bounded_and_tagged_by_default(definition, environment, run):
    request = training_request(definition, environment, run)
    assert request["OutputDataConfig"]["KmsKeyId"] == environment.kms_key_arn
    assert request["ResourceConfig"]["VolumeKmsKeyId"] == environment.kms_key_arn
    assert request["EnableNetworkIsolation"] is True
    assert request["EnableInterContainerTrafficEncryption"] is True
    assert request["StoppingCondition"]["MaxRuntimeInSeconds"] == 3600
    assert request["VpcConfig"]["Subnets"] == ["subnet-11111111", "subnet-22222222"]
    assert {"Key": "launchpad:workload", "Value": "boston-housing"} in request["Tags"]
    assert {"Key": "cost-center", "Value": "data-science"} in request["Tags"]


def test_the_volume_is_as_large_as_the_workload_says(definition, environment, run):
    definition["training"]["instance"]["volume_gb"] = 123
    request = training_request(definition, environment, run)
    assert request["ResourceConfig"]["VolumeSizeInGB"] == 123
    assert violations("CreateTrainingJob", request) == []


def test_an_environment_without_subnets_sends_no_vpc_config(definition, environment, run):
    request = training_request(definition, dataclasses.replace(environment, subnet_ids=()), run)
    assert "VpcConfig" not in request


@pytest.mark.parametrize("instance_type", ["ml.g4dn.xlarge", "ml.p4d.24xlarge", "ml.m5d.large", "ml.trn1.2xlarge"])
def test_an_instance_with_local_storage_gets_no_volume_key(definition, environment, run, instance_type):
    definition["training"]["instance"]["type"] = instance_type
    assert "VolumeKmsKeyId" not in training_request(definition, environment, run)["ResourceConfig"]


@pytest.mark.parametrize("instance_type", ["ml.m5.large", "ml.c5.xlarge", "ml.p3.2xlarge", "ml.r6i.large"])
def test_every_other_instance_gets_a_volume_key(definition, environment, run, instance_type):
    assert instance_type in allowed_values("TrainingInstanceType")
    definition["training"]["instance"]["type"] = instance_type
    assert "VolumeKmsKeyId" in training_request(definition, environment, run)["ResourceConfig"]


def test_an_isolated_script_travels_as_a_channel(definition, environment, run):
    request = training_request(definition, environment, run)
    code = next(channel for channel in request["InputDataConfig"] if channel["ChannelName"] == "code")
    assert code["DataSource"]["S3DataSource"]["S3Uri"] == run.source_uri
    submitted = json.loads(request["HyperParameters"]["sagemaker_submit_directory"])
    assert submitted == "/opt/ml/input/data/code/sourcedir.tar.gz"


def test_a_script_with_network_is_fetched_by_the_toolkit(definition, environment, run):
    definition["training"]["network_isolation"] = False
    request = training_request(definition, environment, run)
    assert [channel["ChannelName"] for channel in request["InputDataConfig"]] == ["training"]
    assert json.loads(request["HyperParameters"]["sagemaker_submit_directory"]) == run.source_uri


def test_script_mode_hyperparameters_are_json_as_the_toolkit_reads_them(definition, environment, run):
    hyperparameters = training_request(definition, environment, run)["HyperParameters"]
    assert (hyperparameters["normalize"], hyperparameters["test-size"], hyperparameters["solver"]) == (
        "true",
        "0.1",
        '"svd"',
    )


def test_an_algorithms_hyperparameters_are_plain_text(definition, environment, run):
    definition["training"] |= {"entry_point": None}
    hyperparameters = training_request(definition, environment, run)["HyperParameters"]
    assert hyperparameters == {"normalize": "true", "test-size": "0.1", "random-state": "123", "solver": "svd"}


def test_a_channel_does_not_swallow_a_folder_whose_name_begins_alike(definition, environment, run):
    request = training_request(definition, environment, run)
    assert request["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"].endswith("/boston-housing/training/")


def test_a_run_overrides_a_hyperparameter_and_leaves_the_workload_alone(definition, environment, run):
    changed = dataclasses.replace(run, overrides={"hyperparameters.test-size": 0.2, "instance.type": "ml.c5.xlarge"})
    request = training_request(definition, environment, changed)
    assert request["HyperParameters"]["test-size"] == "0.2"
    assert request["ResourceConfig"]["InstanceType"] == "ml.c5.xlarge"
    assert definition["training"]["hyperparameters"]["test-size"] == 0.1


@pytest.mark.parametrize(
    ("path", "value", "remedy"),
    [
        ("hyperparameters.test_size", 0.2, "did you mean 'hyperparameters.test-size'"),
        ("image", "evil", "can't be set"),
        ("network_isolation", False, "can't be set"),
        ("hyperparameters.random-state", "abc", "expected int like 123"),
        ("hyperparameters.normalize", 1, "expected bool"),
        ("instance.count", 0, "at least 1"),
    ],
)
def test_an_override_that_cant_be_is_refused_with_a_remedy(definition, environment, run, path, value, remedy):
    with pytest.raises(RequestError, match=remedy):
        training_request(definition, environment, dataclasses.replace(run, overrides={path: value}))


def test_a_run_cant_ask_for_more_instances_than_the_environment_allows(definition, environment, run):
    limited = dataclasses.replace(environment, instance_limits={"ml.m5.large": 2})
    most = dataclasses.replace(run, overrides={"instance.count": 2})
    assert training_request(definition, limited, most)["ResourceConfig"]["InstanceCount"] == 2
    with pytest.raises(RequestError, match=r"3 instances of ml\.m5\.large: environment 'dev' allows 2"):
        training_request(definition, limited, dataclasses.replace(run, overrides={"instance.count": 3}))


def test_jobs_of_a_tuning_that_run_at_once_count_together(with_sections, environment, run):
    tuning = "tuning:\n  objective: {metric: r2, goal: Maximize}\n  max_jobs: 4\n  max_parallel_jobs: 3\n"
    definition = with_sections(f"{tuning}  ranges: {{test-size: {{type: continuous, min: 0.1, max: 0.3}}}}\n")
    limited = dataclasses.replace(environment, instance_limits={"ml.m5.large": 2})
    with pytest.raises(RequestError, match=r"3 instances of ml\.m5\.large: environment 'dev' allows 2"):
        tuning_request(definition, limited, run)


def test_an_endpoint_has_no_more_instances_than_the_environment_allows(definition, environment):
    limited = dataclasses.replace(environment, instance_limits={"ml.m5.large": 0})
    with pytest.raises(RequestError, match=r"1 instances of ml\.m5\.large: environment 'dev' allows 0"):
        endpoint_config_request(definition, limited, "model")


def test_a_transform_job_is_limited_when_it_is_launched(with_sections, environment, run):
    definition = with_sections(
        "transform:\n  instance: {type: ml.m5.large}\n  input: {prefix: a, content_type: text/csv}\n"
    )
    limited = dataclasses.replace(environment, instance_limits={"ml.m5.large": 2})
    many = dataclasses.replace(run, overrides={"instance.count": 3})
    with pytest.raises(RequestError, match=r"3 instances of ml\.m5\.large: environment 'dev' allows 2"):
        transform_request(definition, limited, many, "model")


def test_a_workload_without_training_says_so(definition, environment, run):
    definition["training"] = None
    with pytest.raises(RequestError, match="no `training` section"):
        training_request(definition, environment, run)


@pytest.mark.parametrize("workload", ["a", "x" * 40, "a-" * 19 + "b"])
@pytest.mark.parametrize("token", ["20261120-114455-3fa2", "ümlaut und Leerzeichen", "UPPER_CASE", "x" * 300, "-"])
def test_names_are_valid_whatever_the_workload_and_token(workload, token):
    name = job_name("longenvnam", workload, token)
    assert violations("DescribeTrainingJob", {"TrainingJobName": name}) == []
    assert violations("DescribeEndpoint", {"EndpointName": endpoint_name("longenvnam", workload)}) == []


def test_long_workload_names_that_begin_alike_do_not_collide():
    first, second = (job_name("staging", "x" * 39 + last, "20261120-114455-3fa2") for last in "ab")
    assert first != second


def test_one_token_gives_one_name():
    assert job_name("dev", "boston-housing", "t") == job_name("dev", "boston-housing", "t")
    assert job_name("dev", "boston-housing", "t") != job_name("dev", "boston-housing", "u")


def test_a_content_name_changes_with_the_content_and_not_with_its_order():
    assert content_name("dev", "w", {"a": 1, "b": 2}) == content_name("dev", "w", {"b": 2, "a": 1})
    assert content_name("dev", "w", {"a": 1}) != content_name("dev", "w", {"a": 2})


def test_another_model_artifact_gives_another_model_and_the_same_endpoint(definition, environment):
    first = model_request(definition, environment, MODEL_DATA)
    second = model_request(definition, environment, MODEL_DATA.replace("job", "other"))
    assert first["ModelName"] != second["ModelName"]
    assert (
        endpoint_request(definition, environment, "one")["EndpointName"]
        == endpoint_request(definition, environment, "two")["EndpointName"]
    )


@pytest.mark.parametrize(("value", "gate"), [(0.5, {"at_least": 0.5}), (0.4, {"at_most": 0.5})])
def test_a_model_at_or_within_its_bound_passes_the_gate(definition, value, gate):
    definition["quality_gate"] = {"metric": "r2", "at_least": None, "at_most": None, **gate}
    check_quality(definition, {"r2": value})


@pytest.mark.parametrize(
    ("value", "gate"),
    [
        (0.49, {"at_least": 0.5}),
        (0.51, {"at_most": 0.5}),
        (float("nan"), {"at_least": 0.5}),
        (float("nan"), {"at_most": 0.5}),
    ],
)
def test_a_model_beyond_its_bound_is_refused(definition, value, gate):
    definition["quality_gate"] = {"metric": "r2", "at_least": None, "at_most": None, **gate}
    with pytest.raises(RequestError, match="quality gate: r2 is"):
        check_quality(definition, {"r2": value})


def test_a_metric_that_was_never_reported_is_refused(definition):
    with pytest.raises(RequestError, match="'r2' was never reported; reported: mse"):
        check_quality(definition, {"mse": 1.0})


def test_the_environment_reads_lists_that_are_known_only_at_deploy_time(environment):
    values = dataclasses.asdict(environment) | {"subnet_ids": "subnet-1,subnet-2", "security_group_ids": ""}
    read = Environment.from_json(json.dumps(values))
    assert (read.subnet_ids, read.security_group_ids) == (("subnet-1", "subnet-2"), ())


def test_a_run_without_packaged_source_is_refused_for_a_script(definition, environment):
    with pytest.raises(RequestError, match="source_uri"):
        training_request(definition, environment, Run("dev-x-1"))
