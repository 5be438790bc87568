"""A Spark job run as the arguments of Step Functions' integration of EMR Serverless."""

from __future__ import annotations

import boto3
import pytest

from tests.unit.functions import imported


@pytest.fixture
def arguments(tmp_path, monkeypatch):
    """`state_arguments` for EMR Serverless's StartJobRun."""
    model = boto3.client("emr-serverless", region_name="eu-west-1").meta.service_model
    shape = model.operation_model("StartJobRun").input_shape
    with imported(tmp_path, monkeypatch, "state_arguments", {}) as module:
        yield lambda request: module.state_arguments(shape, request)


def test_members_are_in_pascal_case_on_every_level(arguments):
    request = {
        "applicationId": "00a",
        "jobDriver": {"sparkSubmit": {"entryPoint": "s3://b/k", "entryPointArguments": ["a"]}},
    }
    driver = {"SparkSubmit": {"EntryPoint": "s3://b/k", "EntryPointArguments": ["a"]}}
    assert arguments(request) == {"ApplicationId": "00a", "JobDriver": driver}


def test_members_of_a_lists_items_are_in_pascal_case(arguments):
    settings = {"applicationConfiguration": [{"classification": "spark-defaults", "properties": {"spark.x": "1"}}]}
    converted = {"ApplicationConfiguration": [{"Classification": "spark-defaults", "Properties": {"spark.x": "1"}}]}
    assert arguments({"configurationOverrides": settings}) == {"ConfigurationOverrides": converted}


def test_keys_of_a_map_stay_as_they_are(arguments):
    assert arguments({"tags": {"launchpad:workload": "x"}}) == {"Tags": {"launchpad:workload": "x"}}
