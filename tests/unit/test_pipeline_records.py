"""The records of a pipeline's jobs: a training's is written when its data are, not when the run is planned."""

from __future__ import annotations

import json
import sys

import pytest

from tests.unit.conftest import WORKLOAD, rendered
from tests.unit.functions import CONTEXT, imported

PREPARE = """
prepare:
  image: {uri: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/own:1}
  instance: {type: ml.m5.large}
  outputs: {training: {prefix: boston-housing/training}}
"""
EVENT = {"workload": "boston-housing", "token": "once", "overrides": {}, "attempt": 0, "origin": None}
TRAINING = "model-bucket/boston-housing/records/dev-boston-housing-once.json"


@pytest.fixture
def pipeline(tmp_path, monkeypatch):
    """The function, and the objects in S3."""
    definition = rendered(WORKLOAD + PREPARE)
    for section in ("training", "prepare"):
        definition[section] |= {"source": None, "entry_point": None}
    monkeypatch.setenv("DIRECT_DEPLOY", "true")
    with imported(tmp_path, monkeypatch, "pipeline", {"boston-housing": definition}) as module:
        yield module, sys.modules["platform_access"].s3().objects_in_memory


def test_a_plan_records_the_job_that_writes_the_data_only(pipeline):
    module, objects = pipeline
    plan = module.handler({"step": "plan", **EVENT}, CONTEXT)
    assert plan["record"] is True
    assert list(objects) == ["model-bucket/boston-housing/records/dev-boston-housing-once-prepare.json"]


def test_the_trainings_record_has_what_was_prepared(pipeline):
    module, objects = pipeline
    plan = module.handler({"step": "plan", **EVENT}, CONTEXT)
    objects["data-bucket/boston-housing/training/rows.csv"] = b"1"
    request = module.handler({"step": "record", **EVENT}, CONTEXT)["training"]
    assert json.loads(objects[TRAINING])["data"]["training"]["objects"] == 1
    assert request["TrainingJobName"] == plan["training"]["TrainingJobName"]
    assert "launchpad:data" in {tag["Key"] for tag in request["Tags"]}


def test_a_plan_creates_no_run_in_mlflow_before_the_data_are_ready(pipeline, monkeypatch):
    module, _ = pipeline
    runs: list[str] = []

    def with_run(kind, _definition, request):
        runs.extend([kind] if kind == "training" else [])
        return request

    for name in ("pipeline", "job_kinds"):
        monkeypatch.setattr(sys.modules[name], "with_run", with_run, raising=False)
    module.handler({"step": "plan", **EVENT}, CONTEXT)
    assert runs == []
    module.handler({"step": "record", **EVENT}, CONTEXT)
    assert runs == ["training"]
