"""Requests of every job but training, and of packages: what the API accepts, and what was asked for."""

from __future__ import annotations

import dataclasses

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import validate_parameters

from launchpad.requests import (
    RequestError,
    package_group_request,
    package_request,
    processing_request,
    spark_request,
    transform_request,
    tuning_request,
)
from launchpad.requests.names import LONGEST_TUNING, job_name
from tests.unit.service_model import violations

TUNING = """\
tuning:
  objective: {metric: r2, goal: Maximize}
  max_jobs: 8
  ranges:
    test-size: {min: 0.1, max: 0.4}
    random-state: {type: integer, min: 1, max: 100}
    solver: {type: categorical, values: [svd, lsqr]}
"""

PROCESSING = """\
prepare:
  entry_point: prepare.py
  instance: {type: ml.m5.large}
  arguments: ["--rows", "1000"]
  inputs: {raw: {prefix: raw/houses}}
  outputs: {training: {prefix: boston-housing/training}}
evaluate:
  entry_point: evaluate.py
  instance: {type: ml.m5.large}
  inputs: {model: {model: true}, test: {prefix: boston-housing/test}}
"""

TRANSFORM = """\
transform:
  instance: {type: ml.m5.large}
  input: {prefix: boston-housing/test, content_type: text/csv, split: Line}
  accept: text/csv
  assemble: Line
  filters: {input: "$[1:]", join_input: true}
  strategy: MultiRecord
  max_concurrent: 4
  max_payload_mb: 6
  timeout_seconds: 60
"""

SPARK = """\
spark:
  entry_point: prepare.py
  arguments: ["--input", "{data}/raw/", "--output", "{data}/clean/"]
  configuration: {spark.executor.memory: 2g}
"""


def test_a_processing_script_runs_from_its_input_folder(with_sections, environment, run):
    run = dataclasses.replace(run, source_uri="s3://data-bucket/code/boston-housing/0/files")
    request = processing_request(with_sections(PROCESSING), environment, run, "prepare")
    assert violations("CreateProcessingJob", request) == []
    assert request["AppSpecification"]["ContainerEntrypoint"] == ["python3", "/opt/ml/processing/input/code/prepare.py"]
    assert request["AppSpecification"]["ContainerArguments"] == ["--rows", "1000"]
    assert [item["InputName"] for item in request["ProcessingInputs"]] == ["raw", "code"]
    output = request["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]
    assert output["LocalPath"] == "/opt/ml/processing/output/training"
    assert output["S3Uri"] == "s3://data-bucket/boston-housing/training"


def test_a_processing_job_is_encrypted_isolated_and_bounded_by_default(with_sections, environment, run):
    request = processing_request(with_sections(PROCESSING), environment, run, "prepare")
    assert request["NetworkConfig"]["EnableNetworkIsolation"] is True
    assert request["NetworkConfig"]["EnableInterContainerTrafficEncryption"] is True
    assert request["ProcessingOutputConfig"]["KmsKeyId"] == environment.kms_key_arn
    assert request["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == environment.kms_key_arn
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600}


def test_evaluation_needs_a_model_and_says_so(with_sections, environment, run):
    definition = with_sections(PROCESSING)
    with pytest.raises(RequestError, match="there is no model yet"):
        processing_request(definition, environment, run, "evaluate")
    run = dataclasses.replace(run, model_uri="s3://model-bucket/m/model.tar.gz", model_job="dev-boston-housing-1")
    request = processing_request(definition, environment, run, "evaluate")
    assert violations("CreateProcessingJob", request) == []
    assert request["ProcessingOutputConfig"]["Outputs"][-1]["S3Output"] == {
        "S3Uri": "s3://model-bucket/boston-housing/evaluations/dev-boston-housing-1",
        "LocalPath": "/opt/ml/processing/output/metrics",
        "S3UploadMode": "EndOfJob",
    }


def test_a_tuning_request_leaves_the_tuned_hyperparameters_to_sagemaker(with_sections, environment, run):
    run = dataclasses.replace(run, name=job_name("dev", "boston-housing", "20261120-114455-3fa2", LONGEST_TUNING))
    request = tuning_request(with_sections(TUNING), environment, run)
    assert violations("CreateHyperParameterTuningJob", request) == []
    fixed = request["TrainingJobDefinition"]["StaticHyperParameters"]
    assert "normalize" in fixed
    assert not {"test-size", "random-state", "solver"} & set(fixed)
    ranges = request["HyperParameterTuningJobConfig"]["ParameterRanges"]
    assert ranges["IntegerParameterRanges"][0]["MaxValue"] == "100"
    assert ranges["CategoricalParameterRanges"][0]["Values"] == ['"svd"', '"lsqr"']


@pytest.mark.parametrize(
    ("strategy", "more"),
    [
        ("Random", "  seed: 1\n"),
        ("Bayesian", "  warm_start: {jobs: [earlier]}\n"),
        ("Hyperband", "  early_stopping: false\n  hyperband: {min_resource: 1, max_resource: 9}\n"),
    ],
)
def test_every_strategy_gives_a_request_that_the_api_accepts(with_sections, environment, run, strategy, more):
    request = tuning_request(with_sections(f"{TUNING}  strategy: {strategy}\n{more}"), environment, run)
    assert violations("CreateHyperParameterTuningJob", request) == []
    assert request["HyperParameterTuningJobConfig"]["Strategy"] == strategy


def test_a_grid_needs_no_number_of_jobs(with_sections, environment, run):
    grid = TUNING.split("    test-size")[0].replace("  max_jobs: 8\n", "  strategy: Grid\n  early_stopping: false\n")
    grid += "    solver: {type: categorical, values: [svd, lsqr]}\n"
    request = tuning_request(with_sections(grid), environment, run)
    assert violations("CreateHyperParameterTuningJob", request) == []
    assert "MaxNumberOfTrainingJobs" not in request["HyperParameterTuningJobConfig"]["ResourceLimits"]


@pytest.mark.parametrize("workload", ["a", "boston-housing", "x" * 40])
def test_a_tuning_jobs_name_fits_its_shorter_limit(workload):
    name = job_name("longenvnam", workload, "20261120-114455-3fa2", LONGEST_TUNING)
    assert violations("DescribeHyperParameterTuningJob", {"HyperParameterTuningJobName": name}) == []


def test_a_transform_request_splits_filters_joins_and_puts_together_again(with_sections, environment, run):
    request = transform_request(with_sections(TRANSFORM), environment, run, "dev-boston-housing-model")
    assert violations("CreateTransformJob", request) == []
    assert request["TransformInput"]["SplitType"] == "Line"
    assert request["DataProcessing"] == {"InputFilter": "$[1:]", "JoinSource": "Input"}
    assert request["TransformOutput"]["KmsKeyId"] == environment.kms_key_arn
    assert request["ModelClientConfig"] == {"InvocationsTimeoutInSeconds": 60}


def test_a_transforms_overrides_are_in_its_request(with_sections, environment, run):
    changed = dataclasses.replace(run, overrides={"accept": "text/csv", "instance.type": "ml.m5.xlarge"})
    request = transform_request(with_sections(TRANSFORM), environment, changed, "dev-boston-housing-model")
    assert request["TransformOutput"]["Accept"] == "text/csv"
    assert request["TransformResources"]["InstanceType"] == "ml.m5.xlarge"


def test_a_time_limit_for_a_step_on_a_cluster_is_refused(with_sections, environment, run):
    environment = dataclasses.replace(environment, spark={"cluster_id": "j-1"})
    changed = dataclasses.replace(run, overrides={"max_runtime_minutes": 5})
    with pytest.raises(RequestError, match="a step on an EMR cluster has no time limit"):
        spark_request(with_sections(SPARK), environment, changed)


def test_an_override_of_a_tuned_hyperparameter_is_refused(with_sections, environment, run):
    changed = dataclasses.replace(run, overrides={"hyperparameters.test-size": 0.3})
    with pytest.raises(RequestError, match=r"the tuning chooses its values from tuning\.ranges\.test-size"):
        tuning_request(with_sections(TUNING), environment, changed)


def test_a_model_package_carries_its_metrics_and_waits_for_approval(definition, environment):
    artefact, metrics = "s3://model-bucket/m/model.tar.gz", "s3://model-bucket/m/metrics.json"
    group = package_group_request(definition, environment)
    package = package_request(definition, environment, artefact, {"r2": 0.63}, metrics)
    assert violations("CreateModelPackageGroup", group) == []
    assert violations("CreateModelPackage", package) == []
    assert package["ModelPackageGroupName"] == group["ModelPackageGroupName"]
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    assert package["CustomerMetadataProperties"] == {"r2": "0.63"}


def accepted_by(service, operation, request):
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    validate_parameters(request, model.operation_model(operation).input_shape)
    return request


def test_a_spark_step_submits_the_script_with_the_environments_buckets(with_sections, environment, run):
    run = dataclasses.replace(run, source_uri="s3://data-bucket/code/boston-housing/0/files")
    request = accepted_by("emr", "AddJobFlowSteps", spark_request(with_sections(SPARK), environment, run))
    arguments = request["Steps"][0]["HadoopJarStep"]["Args"]
    assert arguments[:3] == ["spark-submit", "--deploy-mode", "cluster"]
    assert arguments[3:5] == ["--conf", "spark.executor.memory=2g"]
    assert arguments[5:] == [
        "s3://data-bucket/code/boston-housing/0/files/prepare.py",
        "--input",
        "s3://data-bucket/raw/",
        "--output",
        "s3://data-bucket/clean/",
    ]


def test_a_spark_step_runs_with_the_clusters_role_of_steps(with_sections, environment, run):
    role = "arn:aws:iam::123456789012:role/spark-step"
    environment = dataclasses.replace(environment, spark={"cluster_id": "j-1234567890ABC", "role_arn": role})
    request = accepted_by("emr", "AddJobFlowSteps", spark_request(with_sections(SPARK), environment, run))
    assert request["ExecutionRoleArn"] == role


def test_a_serverless_environment_gets_a_job_run(with_sections, environment, run):
    role = "arn:aws:iam::123456789012:role/spark"
    environment = dataclasses.replace(environment, spark={"application_id": "00abcdef", "role_arn": role})
    request = accepted_by("emr-serverless", "StartJobRun", spark_request(with_sections(SPARK), environment, run))
    assert request["jobDriver"]["sparkSubmit"]["sparkSubmitParameters"] == "--conf spark.executor.memory=2g"


def test_an_environment_without_spark_says_what_to_write(with_sections, environment, run):
    with pytest.raises(RequestError, match="write a `spark` section in its config"):
        spark_request(with_sections(SPARK), dataclasses.replace(environment, spark={}), run)


@pytest.mark.parametrize("section", ["prepare", "evaluate"])
def test_a_section_that_is_not_there_is_named(definition, environment, run, section):
    with pytest.raises(RequestError, match=f"no `{section}` section"):
        processing_request(definition, environment, run, section)
