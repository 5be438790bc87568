"""Values of a workload that SageMaker's API refuses are refused before a job is launched, with line and remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from launchpad.config_files.yaml_source import load
from launchpad.messages.errors import InvalidFileError
from launchpad.workload import Workload
from tests.unit.conftest import WORKLOAD

ONE_LINE = "write some text on one line"
PREPARE = {"image": {"uri": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:1"}, "instance": {"type": "ml.m5.large"}}
TRANSFORM = {
    "instance": {"type": "ml.m5.large"},
    "input": {"prefix": "a", "content_type": "text/csv"},
    "filters": {},
}


def tuning(**more: Any) -> dict[str, Any]:
    """A tuning section of one job."""
    objective = {"metric": "r2", "goal": "Maximize"}
    ranges = {"test-size": {"min": 0.1, "max": 0.4}}
    return {"objective": objective, "ranges": ranges, "max_jobs": 1, "max_parallel_jobs": 1, **more}


def reading_and_writing(source: str, target: str) -> dict[str, Any]:
    """A preparation that reads one folder and writes another."""
    return {**PREPARE, "inputs": {"i": {"prefix": source}}, "outputs": {"o": {"prefix": target}}}


PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/{}"
REFUSED: tuple[tuple[str, Any, str], ...] = (
    ("description", "one\ntwo", ONE_LINE),
    ("description", "", ONE_LINE),
    ("training.environment", {"A": "x" * 513}, "should have at most 512 characters"),
    ("training.environment", {"a" * 513: "x"}, "should have at most 512 characters"),
    ("training.hyperparameters", {"a": "x" * 2500}, "a value has at most 2500 characters, not 2502"),
    ("training.hyperparameters", {"a" * 257: 1}, "should have at most 256 characters"),
    ("training.hyperparameters", {"a\nb": 1}, "use no blank and no `=`"),
    ("training.hyperparameters", {"l r": 1}, "use no blank and no `=`"),
    ("training.hyperparameters", {"a": float("nan")}, "must be a finite number, not nan"),
    ("training.hyperparameters", {"a": float("inf")}, "must be a finite number, not inf"),
    ("training.metrics", [{"name": "r2", "regex": "a([0-9])"}] * 2, "two metrics are called 'r2'"),
    ("training.metrics.0.regex", "(.*)", "its group also matches an empty text"),
    ("training.distribution", {"torchrun": True}, "sklearn has no PyTorch; use framework pytorch"),
    ("training.channels.training", {"prefix": "s3://bucket/x"}, "'s3://bucket/x' is a URI; write a folder"),
    ("quality_gate.at_least", float("nan"), "should be a finite number"),
    ("tuning", tuning(ranges={"lrr": {"min": 1, "max": 2}}), "is not among training.hyperparameters ("),
    ("tuning", tuning(max_parallel_jobs=8), "can't be above max_jobs (1), but is 8"),
    ("prepare", reading_and_writing("raw", "raw"), "is within what inputs.i reads"),
    ("prepare", reading_and_writing("raw", "raw/clean"), "is within what inputs.i reads"),
    ("evaluate", PREPARE, "inputs: there is nothing to judge; write"),
    ("transform", {**TRANSFORM, "filters": {"output": "$[["}}, "write a JSONPath such as $, $.name"),
    ("transform", {**TRANSFORM, "accept": "foo"}, "write a media type such as text/csv, not 'foo'"),
    (
        "transform",
        {**TRANSFORM, "input": {"prefix": "a", "content_type": "csv"}},
        "write a media type such as text/csv, not 'csv'",
    ),
    ("training.metrics.0.name", "a\nb", ONE_LINE),
    ("training.initial_model", {"training_job": "a_b"}, "use letters, digits and inner hyphens"),
    ("training.initial_model", {"model_package": "arn:x"}, "write the ARN of a version of a model package"),
    ("training.initial_model", {"model_package": PACKAGE.format("demo")}, "write the ARN of a version of a model"),
    ("training.channels.training", {"prefix": "x" * 901}, "should have at most 900 characters"),
    ("training.channels.training", {"uri": "s3://a..b/c"}, "no bucket can be called 'a..b', with two dots together"),
    ("training.channels.training", {"uri": "s3://10.0.0.1/c"}, "no bucket can be called '10.0.0.1', an IP address"),
    ("training.channels.training", {"uri": f"s3://models/{'x' * 1024}"}, "should have at most 1024 characters"),
    ("training.profiler", {"interval_milliseconds": 500.0}, "write a whole number, not 500.0"),
    ("serving.environment", {"A": "x" * 1025}, "should have at most 1024 characters"),
    ("prepare", {**PREPARE, "environment": {"A": "x" * 257}}, "should have at most 256 characters"),
    ("prepare", {**PREPARE, "arguments": ["a\nb"]}, ONE_LINE),
    ("transform", {**TRANSFORM, "environment": {"A": "x" * 10_241}}, "should have at most 10240 characters"),
    (
        "transform",
        {**TRANSFORM, "filters": {"input": "rows"}},
        "write a JSONPath such as $, $.name",
    ),
    ("spark", {"entry_point": "a.py", "configuration": {"memory": "1g"}}, "use Spark's own names, which begin with"),
    ("image.version", 9.9, 'valid string, not 9.9; write it in quotes: "9.9"'),
)
"""The key, the value, the message."""


@pytest.mark.parametrize(("key", "value", "message"), REFUSED)
def test_what_the_api_refuses_is_refused_here(tmp_path: Path, key: str, value: Any, message: str):
    document = yaml.safe_load(WORKLOAD)
    section, *steps = document, *key.split(".")
    for step in steps[:-1]:
        section = section[int(step) if step.isdigit() else step]
    section[steps[-1]] = value
    path = tmp_path / "workload.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    with pytest.raises(InvalidFileError) as error:
        load(path, Workload)
    (problem,) = [each for each in error.value.problems if message in each.message]
    assert problem.key.startswith(key)
    assert problem.line
