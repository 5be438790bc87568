"""The functions submit Spark steps to the cluster that there is now, whatever its id was when they were deployed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from types import ModuleType

import boto3
import pytest
from botocore.stub import Stubber

from launchpad import paths
from launchpad.catalogue.packaging import source_files
from launchpad.requests import Environment

PARAMETER = "/launchpad/dev/spark/cluster-id"
VALUES = {
    "name": "dev",
    "region": "eu-west-1",
    "data_bucket": "data-bucket",
    "model_bucket": "model-bucket",
    "kms_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/1",
    "training_role_arn": "arn:aws:iam::123456789012:role/training",
    "serving_role_arn": "arn:aws:iam::123456789012:role/serving",
    "spark": {"cluster_parameter": PARAMETER, "role_arn": "arn:aws:iam::123456789012:role/step"},
}


@pytest.fixture
def job_kinds(tmp_path, monkeypatch) -> Iterator[ModuleType]:
    """The module that the functions share, as it is in their asset: next to a catalogue."""
    for name, path in source_files(paths.ROOT / "lambda").items():
        (tmp_path / name).write_bytes(path.read_bytes())
    (tmp_path / "catalogue.json").write_text("{}")
    monkeypatch.setenv("LAUNCHPAD_ENVIRONMENT", json.dumps(VALUES))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    import job_kinds

    yield job_kinds
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(tmp_path) in str(sys.modules[name].__file__):
            del sys.modules[name]


def test_the_clusters_id_is_read_from_its_parameter(job_kinds, monkeypatch):
    ssm = boto3.client("ssm")
    with Stubber(ssm) as answers:
        answers.add_response("get_parameter", {"Parameter": {"Value": "j-2AXXXXXXGAPLF"}}, {"Name": PARAMETER})
        monkeypatch.setattr(boto3, "client", {"ssm": ssm}.__getitem__)
        environment = job_kinds._with_cluster(job_kinds.ENVIRONMENT)
    assert environment.spark["cluster_id"] == "j-2AXXXXXXGAPLF"
    assert environment.spark["role_arn"].endswith("role/step")


def test_an_environment_without_a_cluster_calls_no_service(job_kinds, monkeypatch):
    monkeypatch.setattr(boto3, "client", lambda _service: pytest.fail("no call was to be made"))
    without = Environment(**{**VALUES, "spark": {}})
    assert job_kinds._with_cluster(without) is without


def test_a_step_for_a_cluster_that_has_ended_says_how_to_get_another(job_kinds, monkeypatch):
    emr = boto3.client("emr")
    request = {
        "JobFlowId": "j-2AXXXXXXGAPLF",
        "Steps": [{"Name": "step", "HadoopJarStep": {"Jar": "command-runner.jar"}}],
    }
    monkeypatch.setattr(job_kinds, "record_spark", lambda *_: ("emr", request))
    monkeypatch.setattr(boto3, "client", {"emr": emr}.__getitem__)
    ended = "A job flow that is shutting down, terminated, or finished may not be modified."
    with Stubber(emr) as answers:
        answers.add_response("list_steps", {"Steps": []})
        answers.add_client_error("add_job_flow_steps", "ValidationException", ended)
        with pytest.raises(job_kinds.RequestError, match=r"raise `spark.generation` in config/dev.yaml by one"):
            job_kinds.submit_spark({}, "token", {})
