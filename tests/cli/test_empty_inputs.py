"""A job that would read nothing is refused before its start, with the command that fills its folder."""

from __future__ import annotations

from types import SimpleNamespace

import boto3
import pytest

from launchpad import paths
from launchpad.checks.earlier_models import earlier_model_problems
from launchpad.cli.empty_inputs import fill_channels, fill_pipeline, refuse_empty_inputs
from launchpad.messages.errors import LaunchpadError
from launchpad.workload import Workload
from tests.unit.functions import objects_of

SCRIPT = {"entry_point": "script.py", "instance": {"type": "ml.m5.large"}}
PREPARE = {**SCRIPT, "inputs": {"raw": {"prefix": "wine/raw"}}, "outputs": {"train": {"prefix": "wine/training"}}}
TRAINING = {**SCRIPT, "channels": {"train": {"prefix": "wine/training"}}}
PLATFORM = SimpleNamespace(data_bucket="data")


def workload(**sections):
    image = {"framework": "sklearn"}
    return Workload.model_validate({"name": "wine", "description": "Wine.", "image": image, **sections})


@pytest.fixture
def aws(tmp_path, monkeypatch):
    """A connection to an S3 without objects, and workloads `wine` with a data.py and `grapes`."""
    for name in ("wine", "grapes"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "workload.yaml").touch()
    (tmp_path / "wine" / "data.py").touch()
    monkeypatch.setattr(paths, "WORKLOADS", tmp_path)
    monkeypatch.setattr("launchpad.cli.empty_inputs.data_script", lambda wine: tmp_path / wine.name / "data.py")
    s3 = boto3.client("s3", "eu-west-1", aws_access_key_id="none", aws_secret_access_key="none")
    return SimpleNamespace(client=lambda _service: s3, objects=objects_of(s3))


def test_an_empty_channel_names_the_job_that_writes_it(aws):
    with pytest.raises(LaunchpadError, match="channel 'train' is empty; fill it with `launchpad job prepare wine`"):
        fill_channels(aws, PLATFORM, workload(prepare=PREPARE, training=TRAINING))


def test_an_empty_input_of_that_job_names_the_data(aws):
    with pytest.raises(LaunchpadError, match="input 'raw' is empty; fill it with `launchpad data wine`"):
        refuse_empty_inputs(aws, PLATFORM, workload(prepare=PREPARE, training=TRAINING), "prepare", {})


def test_an_empty_folder_of_another_workload_names_that_one(aws):
    training = {**SCRIPT, "channels": {"train": {"prefix": "grapes/training"}}}
    with pytest.raises(LaunchpadError, match="channel 'train' is empty; fill it with `launchpad data grapes`"):
        refuse_empty_inputs(aws, PLATFORM, workload(training=training), "tuning", {})


@pytest.mark.parametrize(("sections", "words"), [({"prepare": PREPARE}, "input 'raw'"), ({}, "channel 'train'")])
def test_a_pipeline_needs_what_its_first_job_reads(aws, tmp_path, monkeypatch, sections, words):
    monkeypatch.setattr("launchpad.cli.empty_inputs.data_script", lambda _wine: None)
    with pytest.raises(LaunchpadError, match=f"{words} is empty"):
        fill_pipeline(aws, PLATFORM, workload(training=TRAINING, **sections))


def test_the_folder_of_this_run_is_the_one_that_counts(aws):
    aws.objects["data/wine/2026/rows.csv"] = b"1"
    refuse_empty_inputs(
        aws, PLATFORM, workload(prepare=PREPARE, training=TRAINING), "prepare", {"inputs.raw.prefix": "wine/2026"}
    )


@pytest.mark.parametrize(("job", "problems"), [("local-wine-1", 0), ("wine-1", 1)])
def test_an_earlier_job_that_no_environment_can_have_is_a_mistake(tmp_path, job, problems):
    (tmp_path / "wine").mkdir()
    (tmp_path / "wine" / "workload.yaml").write_text("name: wine\n")
    training = {**TRAINING, "initial_model": {"training_job": job}}
    result = list(earlier_model_problems([workload(training=training)], ["dev", "local"], tmp_path))
    assert len(result) == problems
