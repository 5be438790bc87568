"""Debugger and its profiler: refused where an account can't have them, and rendered where it has had them before."""

from __future__ import annotations

import pytest

from launchpad.catalogue.definitions import load_workload, render
from launchpad.images import image_lock
from launchpad.messages.errors import InvalidFileError
from launchpad.settings import EnvironmentSettings

TEXT = """\
name: one
description: A test.
image: {framework: pytorch}
training:
  entry_point: train.py
  instance: {type: ml.g5.xlarge}
  channels: {training: {prefix: one/training}}
"""
RULES = "  debugger_rules: [{name: LossNotDecreasing}]\n"
PROFILER = "  profiler: {rules: [{name: LowGPUUtilization}]}\n"


@pytest.fixture
def definition(tmp_path):
    """Render the training of a workload with more keys, for an environment with more settings."""

    def rendered(more: str, **settings):
        folder = tmp_path / "one"
        (folder / "src").mkdir(parents=True)
        (folder / "workload.yaml").write_text(TEXT + more)
        (folder / "src/train.py").touch()
        environment = EnvironmentSettings(name="dev", region="eu-west-1", **settings)
        return render(load_workload("one", tmp_path), environment, folder)[0]["training"]

    return rendered


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        (RULES, r"8: training.debugger_rules: AWS closed SageMaker Debugger .* log to MLflow or TensorBoard"),
        (PROFILER, r"8: training.profiler: AWS closed Debugger's profiler .* 2027-06-30.* `launchpad report JOB`"),
    ],
    ids=["rules", "profiler"],
)
def test_debugger_is_refused_with_the_reason_and_what_to_use(definition, keys, complaint):
    with pytest.raises(InvalidFileError, match=complaint) as refusal:
        definition(keys)
    assert "`closed_services: true` in dev.yaml" in str(refusal.value)


def test_both_are_reported_at_once(definition):
    with pytest.raises(InvalidFileError) as refusal:
        definition(RULES + PROFILER)
    assert len(refusal.value.problems) == 2


@pytest.mark.parametrize("keys", [RULES, PROFILER])
def test_an_account_that_had_debugger_keeps_it(definition, keys):
    image = definition(keys, closed_services=True)["rule_image"]
    assert "/sagemaker-debugger-rules:" in image


def test_tensorboard_and_experiments_are_open(definition):
    training = definition("  tensorboard: true\n  experiment: {name: houses}\n")
    assert training["tensorboard"]
    assert "rule_image" not in training


def test_debuggers_image_is_none_of_those_that_any_job_may_pull():
    assert not [image for image in image_lock.images_in("eu-west-1") if "debugger" in image.repository]
