"""Metrics of AWS's own algorithms, XGBoost's framework image among them, are AWS's to define."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from launchpad.catalogue import load_workload
from launchpad.images import image_lock
from launchpad.requests import training_request
from launchpad.workload.schema import Workload


def with_metric(workload: str, metric: dict[str, str], **image: str) -> Workload:
    """A workload with one metric, which its gate reads."""
    definition = load_workload(workload).model_dump(mode="json", exclude_none=True)
    definition["training"]["metrics"] = [metric]
    definition["quality_gate"]["metric"] = metric["name"]
    return Workload.model_validate({**definition, **({"image": image} if image else {})})


@pytest.mark.parametrize("name", ["validation:auc", "train:ndcg@5", "validation:gamma-nloglik"])
def test_xgboosts_image_has_its_own_metrics(name):
    assert with_metric("direct-marketing", {"name": name}).training


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ({"name": "auc"}, "print a line such as `.0.<tab>validation-auc:0.9`, and name it validation:auc"),
        ({"name": "validation:auc", "regex": "auc: ([0-9.]+)"}, "is refused by AWS, whose image has its own metrics"),
    ],
)
def test_others_than_the_images_own_are_refused(metric, message):
    with pytest.raises(ValidationError, match=message):
        with_metric("direct-marketing", metric)


def test_any_other_image_needs_a_regex():
    with pytest.raises(ValidationError, match="is missing: write one with one group"):
        with_metric("boston-housing", {"name": "r2"})


def test_a_metric_of_the_image_is_not_sent(environment, run):
    definition = load_workload("direct-marketing").model_dump(mode="json")
    definition["training"]["image"] = image_lock.resolve("xgboost", None, "training", "ml.m5.xlarge", "us-west-2")
    assert "MetricDefinitions" not in training_request(definition, environment, run)["AlgorithmSpecification"]
