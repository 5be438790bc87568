"""Each feature of training: the request is what the API accepts, and says what was asked for."""

from __future__ import annotations

import dataclasses
import json

import pytest

from launchpad.requests import training_request
from tests.unit.service_model import violations

TRACKING = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/dev-tracking"


def trained(definition, environment, run, /, **changes):
    """The training request of `definition` with some of its training section changed."""
    definition["training"] |= changes
    request = training_request(definition, environment, run)
    assert violations("CreateTrainingJob", request) == []
    return request


@pytest.mark.parametrize("mode", ["File", "FastFile", "Pipe"])
def test_a_channel_has_its_mode(definition, environment, run, mode):
    definition["training"]["channels"]["training"]["mode"] = mode
    assert trained(definition, environment, run)["InputDataConfig"][0]["InputMode"] == mode


def test_a_channel_is_shuffled_sharded_unpacked_and_unwrapped(definition, environment, run):
    definition["training"]["channels"]["training"] |= {
        "mode": "Pipe",
        "shuffle_seed": 7,
        "sharded": True,
        "compression": "Gzip",
        "record_wrapper": "RecordIO",
    }
    channel = trained(definition, environment, run)["InputDataConfig"][0]
    assert channel["ShuffleConfig"] == {"Seed": 7}
    assert channel["DataSource"]["S3DataSource"]["S3DataDistributionType"] == "ShardedByS3Key"
    assert (channel["CompressionType"], channel["RecordWrapperType"]) == ("Gzip", "RecordIO")


def test_an_augmented_manifest_is_an_object_with_attributes(definition, environment, run):
    definition["training"]["channels"]["training"] |= {"prefix": "boxes/train.manifest", "attributes": ["source-ref"]}
    source = trained(definition, environment, run)["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    assert source["S3DataType"] == "AugmentedManifestFile"
    assert source["S3Uri"] == "s3://data-bucket/boxes/train.manifest"
    assert source["AttributeNames"] == ["source-ref"]


def test_several_instances_with_torchrun_tell_the_toolkit_so(definition, environment, run):
    definition["training"]["instance"]["count"] = 2
    request = trained(definition, environment, run, distribution={"torchrun": True, "mpi": None})
    assert request["ResourceConfig"]["InstanceCount"] == 2
    assert request["HyperParameters"]["sagemaker_torch_distributed_enabled"] == "true"


def test_mpi_tells_the_toolkit_its_processes_and_options(definition, environment, run):
    mpi = {"processes_per_host": 4, "options": "--verbose"}
    hyperparameters = trained(definition, environment, run, distribution={"torchrun": False, "mpi": mpi})[
        "HyperParameters"
    ]
    assert hyperparameters["sagemaker_mpi_enabled"] == "true"
    assert hyperparameters["sagemaker_mpi_num_of_processes_per_host"] == "4"
    assert json.loads(hyperparameters["sagemaker_mpi_custom_mpi_options"]) == "--verbose"


def test_a_heterogeneous_cluster_has_groups_and_channels_for_them(definition, environment, run):
    groups = [{"name": "cpu", "type": "ml.c5.xlarge", "count": 1}, {"name": "gpu", "type": "ml.p3.2xlarge", "count": 2}]
    definition["training"]["channels"]["training"]["instance_groups"] = ["cpu"]
    definition["training"]["instance"] |= {"type": None, "groups": groups}
    request = trained(definition, environment, run)
    assert [group["InstanceGroupName"] for group in request["ResourceConfig"]["InstanceGroups"]] == ["cpu", "gpu"]
    assert "InstanceType" not in request["ResourceConfig"]
    assert request["InputDataConfig"][0]["DataSource"]["S3DataSource"]["InstanceGroupNames"] == ["cpu"]


@pytest.mark.parametrize("own", [{}, {"MLFLOW_TRACKING_URI": "http://mine"}])
def test_a_job_with_network_gets_the_tracking_uri_as_default(definition, environment, run, own):
    tracked = dataclasses.replace(environment, tracking_uri=TRACKING, jobs_reach_tracking=True)
    request = trained(definition, tracked, run, network_isolation=False, environment={"A": "b", **own})
    experiment = {"MLFLOW_EXPERIMENT_NAME": "launchpad-dev/boston-housing"}
    assert request["Environment"] == {"A": "b", "MLFLOW_TRACKING_URI": TRACKING, **experiment, **own}


@pytest.mark.parametrize(("isolated", "reached"), [(True, True), (False, False)])
def test_a_job_gets_no_address_of_a_server_that_it_can_not_reach(definition, environment, run, isolated, reached):
    tracked = dataclasses.replace(environment, tracking_uri=TRACKING, jobs_reach_tracking=reached)
    assert "Environment" not in trained(definition, tracked, run, network_isolation=isolated, environment={})


def test_incremental_training_gets_the_earlier_model_as_a_channel(definition, environment, run):
    request = trained(definition, environment, dataclasses.replace(run, model_uri="s3://model-bucket/old/model.tar.gz"))
    channel = request["InputDataConfig"][-1]
    assert (channel["ChannelName"], channel["ContentType"]) == ("model", "application/x-sagemaker-model")


def test_checkpoints_may_be_had_without_spot(definition, environment, run):
    request = trained(definition, environment, run, checkpoints=True)
    assert "CheckpointConfig" in request
    assert "EnableManagedSpotTraining" not in request


def test_insight_is_opt_in_and_lies_below_the_job(definition, environment, run):
    plain = trained(definition, environment, run)
    assert not {"ProfilerConfig", "DebugRuleConfigurations", "TensorBoardOutputConfig", "ExperimentConfig"} & set(plain)
    request = trained(
        definition,
        environment,
        run,
        profiler={"interval_milliseconds": 1000, "rules": [{"name": "LowGPUUtilization", "parameters": {}}]},
        debugger_rules=[{"name": "LossNotDecreasing", "parameters": {"num_steps": "10"}}],
        tensorboard=True,
        experiment={"name": "houses", "run": "first"},
        rule_image=definition["training"]["image"],
    )
    assert request["ProfilerConfig"]["ProfilingIntervalInMilliseconds"] == 1000
    assert request["TensorBoardOutputConfig"]["S3OutputPath"].endswith("/jobs/dev-boston-housing-1/tensorboard")
    rule = request["DebugRuleConfigurations"][0]["RuleParameters"]
    assert rule == {"rule_to_invoke": "LossNotDecreasing", "num_steps": "10"}
    assert request["ExperimentConfig"] == {"ExperimentName": "houses", "RunName": "first"}


def test_retries_warm_pool_and_environment_are_passed_on(definition, environment, run):
    request = trained(definition, environment, run, retries=3, keep_alive_minutes=10, environment={"A": "1"})
    assert request["RetryStrategy"] == {"MaximumRetryAttempts": 3}
    assert request["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 600
    assert request["Environment"] == {"A": "1"}
