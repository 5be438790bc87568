"""`--set` takes effect or is refused, for every kind of job and within the limits of workload.yaml."""

from __future__ import annotations

import pytest
import yaml

from launchpad.cli.run_settings import settings_of
from launchpad.messages.errors import LaunchpadError
from launchpad.requests.overrides import OVERRIDABLE
from launchpad.workload import Workload

JOB = "{entry_point: a.py, instance: {type: ml.m5.large}}"
TEXT = f"""
name: demo
description: d
image: {{framework: sklearn}}
prepare:
  entry_point: a.py
  instance: {{type: ml.m5.large}}
  inputs: {{raw: {{prefix: demo/raw}}}}
  outputs: {{training: {{prefix: demo/training}}}}
evaluate:
  entry_point: a.py
  instance: {{type: ml.m5.large}}
  inputs: {{model: {{model: true}}, test: {{prefix: demo/test}}}}
spark: {{entry_point: a.py, configuration: {{spark.executor.memory: 2g}}}}
serving: {JOB}
transform:
  instance: {{type: ml.m5.large}}
  input: {{prefix: demo/batch, content_type: text/csv}}
training:
  entry_point: train.py
  instance: {{type: ml.m5.large}}
  hyperparameters: {{rate: 0.1, depth: 3}}
  channels:
    training: {{prefix: demo/training}}
    extra: {{prefix: demo/extra}}
    elsewhere: {{uri: "s3://bucket/data"}}
  metrics: [{{name: loss, regex: "loss: ([0-9.]+)"}}]
  spot: {{max_wait_minutes: 90}}
tuning:
  objective: {{metric: loss, goal: Minimize}}
  max_jobs: 4
  ranges: {{rate: {{min: 0.1, max: 1}}}}
"""


@pytest.fixture(scope="module")
def workload() -> Workload:
    return Workload.model_validate(yaml.safe_load(TEXT), strict=False)


def refusal(workload: Workload, kind: str, option: str) -> str:
    with pytest.raises(LaunchpadError) as raised:
        settings_of(workload, kind, [option])
    return str(raised.value)


@pytest.mark.parametrize(
    ("kind", "option"),
    [
        ("training", "hyperparameters.rate=0.5"),
        ("tuning", "hyperparameters.depth=4"),
        ("prepare", "instance.volume_gb=60"),
        ("evaluate", "max_runtime_minutes=5"),
        ("transform", "accept=text/csv"),
        ("transform", "strategy=SingleRecord"),
        ("transform", "retries=0"),
        ("transform", "instance.type=ml.m5.xlarge"),
        ("spark", "configuration.spark.executor.memory=4g"),
        ("training", "channels.training.prefix=demo/more"),
        ("tuning", "channels.training.prefix=demo/more"),
        ("prepare", "inputs.raw.prefix=demo/more"),
        ("evaluate", "inputs.test.prefix=demo/more"),
        ("transform", "input.prefix=demo/more"),
        ("training", "initial_model.training_job=local-demo-1"),
        ("tuning", "initial_model.training_job=local-demo-1"),
    ],
)
def test_every_kind_of_job_takes_its_own_settings(workload, kind, option):
    assert list(settings_of(workload, kind, [option])) == [option.partition("=")[0]]


def test_a_monitored_workload_takes_settings_too():
    columns = "monitoring: {columns: {y: categorical, age: numeric}, target: y}\n"
    monitored = Workload.model_validate(yaml.safe_load(TEXT + columns), strict=False)
    assert settings_of(monitored, "training", ["hyperparameters.rate=0.5"]) == {"hyperparameters.rate": 0.5}
    assert monitored.monitoring.columns == {"y": "categorical", "age": "numeric"}


@pytest.mark.parametrize("kind", [*OVERRIDABLE, "tuning"])
def test_every_kind_of_job_refuses_an_unknown_setting(workload, kind):
    assert "nonsense: can't be set for a run" in refusal(workload, kind, "nonsense=1")


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("instance.volume_gb=99999999", "instance.volume_gb: should be less than or equal to 16384"),
        ("instance.count=5000", "instance.count: should be less than or equal to 100"),
        ("max_runtime_minutes=99999999", "max_runtime_minutes: should be less than or equal to 40320"),
        ("instance.type=ml.m5.nope", "did you mean 'ml.m5."),
        ("max_runtime_minutes=120", "spot.max_wait_minutes (90) must be at least max_runtime_minutes (120)"),
        ("hyperparameters.rate=.nan", "hyperparameters.rate: "),
    ],
)
def test_a_setting_has_the_limits_of_the_yaml(workload, option, words):
    message = refusal(workload, "training", option)
    assert words in message
    assert len(message) < 200


@pytest.mark.parametrize(
    ("option", "words"),
    [("strategy=Both", "strategy: should be 'MultiRecord' or 'SingleRecord'"), ("retries=4", "retries: should be")],
)
def test_a_transforms_settings_have_their_limits(workload, option, words):
    assert words in refusal(workload, "transform", option)


def test_a_tuned_hyperparameter_is_not_to_be_set(workload):
    message = refusal(workload, "tuning", "hyperparameters.rate=0.5")
    assert "the tuning chooses its values from tuning.ranges.rate" in message


@pytest.mark.parametrize(
    ("kind", "option", "words"),
    [
        ("training", "channels.training.prefix=/demo", "channels.training.prefix: write a folder of the data bucket"),
        ("training", "channels.training.prefix=s3://b/demo", "channels.training.prefix: write a folder"),
        ("training", "channels.training.prefix=demo/extra/more", "channels 'extra' and 'training' overlap"),
        ("training", "channels.elsewhere.prefix=demo", "channels.elsewhere.prefix: can't be set for a run"),
        ("training", "channels.training.mode=Pipe", "channels.training.mode: can't be set for a run"),
        ("prepare", "inputs.raw.prefix=demo/training", "outputs.training.prefix: "),
        ("evaluate", "inputs.model.prefix=demo", "inputs.model.prefix: can't be set for a run"),
        ("training", "initial_model.training_job=a_b", "initial_model.training_job: write the name of a training job"),
        ("training", "initial_model.model_data=s3://b/m", "initial_model.model_data: can't be set for a run"),
    ],
)
def test_a_folder_or_a_model_that_yaml_refuses_is_refused(workload, kind, option, words):
    assert words in refusal(workload, kind, option)


def test_an_algorithm_without_a_model_channel_begins_with_none():
    text = TEXT.replace("training:\n  entry_point: train.py", "training:\n  image: {algorithm: xgboost}")
    text = text.replace(', regex: "loss: ([0-9.]+)"', "")
    algorithm = Workload.model_validate(yaml.safe_load(text), strict=False)
    message = refusal(algorithm, "training", "initial_model.training_job=local-demo-1")
    assert "xgboost can't begin with an earlier model; of the algorithms, image-classification" in message


def test_a_workload_that_is_scaled_takes_settings():
    scaled = {**yaml.safe_load(JOB), "scaling": {"maximum": 2, "concurrency": 4}}
    workload = Workload.model_validate({**yaml.safe_load(TEXT), "serving": scaled}, strict=False)
    assert settings_of(workload, "training", ["hyperparameters.depth=4"]) == {"hyperparameters.depth": 4}
