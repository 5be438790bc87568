"""The demo's page and its summary: whole, self-contained, and true to the numbers."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from launchpad.report.charts import ticks, timeline
from launchpad.report.page import render
from launchpad.report.predictions import predicted_against_true
from launchpad.report.result import DemoResult, Phase, Resource, Stack, mean_absolute_error, r_squared

ACTUALS = [15.0, 26.6, 45.4, 20.8, 34.9, 21.9]
PREDICTIONS = [17.68, 27.8, 38.85, 18.28, 30.18, 36.22]


@pytest.fixture
def result():
    return DemoResult(
        workload="boston-housing",
        description="Predict median house values <fast> & well.",
        environment="local",
        account="123456789012",
        region="us-east-1",
        start=datetime(2026, 11, 20, 11, 53, 40, tzinfo=UTC),
        target="medv",
        steps=[Phase("start", "Start the local AWS", 0.0, 1.5), Phase("train", "Train", 1.5, 4.0)],
        job_phases=[Phase("Training", "Training", 2.5, 2.2)],
        stacks=[
            Stack(
                "launchpad-local-storage",
                "CREATE_COMPLETE",
                (Resource("AWS::S3::Bucket", "DataBucketE3889A50", "data-bucket-1", "CREATE_COMPLETE"),),
            )
        ],
        launched=[("AWS::SageMaker::Endpoint", "local-boston-housing")],
        job={
            "TrainingJobName": "local-boston-housing-1",
            "TrainingJobStatus": "Completed",
            "ModelArtifacts": {"S3ModelArtifacts": "s3://models/model.tar.gz"},
            "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large"},
            "AlgorithmSpecification": {"TrainingImage": "image:1.9-0"},
            "HyperParameters": {"test-size": "0.1", "sagemaker_program": '"train.py"'},
        },
        endpoint={"EndpointName": "local-boston-housing", "EndpointStatus": "InService"},
        metrics={"r2": 0.63},
        gate="R² of at least 0.5",
        log=["Mean squared error: 41.82"],
        predictions=PREDICTIONS,
        actuals=ACTUALS,
        versions={"CDK CLI": "2.1148.1"},
    )


class Page(HTMLParser):
    """Notes every tag and address, and whether all that opens is closed."""

    VOID = ("meta", "br", "circle", "line", "rect")

    def __init__(self, html):
        super().__init__()
        self.tags, self.addresses, self.open = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href", "action", "srcset")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, _attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_the_page_is_well_formed_and_loads_nothing(result):
    html = render(result, "thousands of dollars")
    page = Page(html)
    assert page.open == []
    assert page.addresses == []
    assert not {"script", "link", "iframe", "img"} & set(page.tags)
    assert "url(" not in html
    assert "@import" not in html


def test_the_page_names_everything_that_was_created(result):
    html = render(result, "thousands of dollars")
    for name in ("launchpad-local-storage", "data-bucket-1", "AWS::S3::Bucket", "local-boston-housing-1"):
        assert name in html


def test_names_and_texts_are_never_markup(result):
    result.log = ["<script>alert(1)</script>"]
    html = render(result, "<b>dollars</b>")
    assert "<script>" not in html
    assert "<b>" not in html
    assert "house values &lt;fast&gt; &amp; well" in html


def test_the_page_shows_each_step_and_the_jobs_own_phases(result):
    html = render(result, "dollars")
    assert html.count('<rect class="bar"') == 2
    assert html.count('<rect class="phase"') == 1


def test_toolkit_hyperparameters_are_not_the_users(result):
    html = render(result, "dollars")
    assert "test-size" in html
    assert "sagemaker_program" not in html


def test_there_is_a_dot_for_every_row_on_the_diagonal_if_it_is_right():
    drawing = predicted_against_true([10.0, 20.0, 30.0], [10.0, 20.0, 30.0], "dollars")
    dots = re.findall(r'<circle class="dot" cx="([0-9.]+)" cy="([0-9.]+)"', drawing)
    (diagonal,) = re.findall(r'<polyline points="([0-9.]+),([0-9.]+) ([0-9.]+),([0-9.]+)"', drawing)
    x1, y1, x2, y2 = map(float, diagonal)
    assert len(dots) == 3
    for x, y in dots:
        assert float(y) == pytest.approx(y1 + (y2 - y1) / (x2 - x1) * (float(x) - x1), abs=0.2)


def test_bars_start_where_their_time_begins():
    drawing = timeline([Phase("a", "A", 0, 5), Phase("b", "B", 5, 5)])
    (first, width), (second, _) = [
        (float(x), float(w))
        for x, w in re.findall(r'<rect class="bar" x="([0-9.]+)" y="[0-9.]+" width="([0-9.]+)"', drawing)
    ]
    assert second == pytest.approx(first + width, abs=0.2)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (7.2, 50, [0, 10, 20, 30, 40, 50]),
        (0, 16.3, [0, 5, 10, 15, 20]),
        (-0.4, 0.9, [-0.5, -0.25, 0, 0.25, 0.5, 0.75, 1]),
        (3, 3, [2, 2.5, 3, 3.5, 4]),
    ],
)
def test_an_axis_has_round_numbers_that_hold_all_values(low, high, expected):
    assert ticks(low, high) == expected


def test_r_squared_is_that_of_its_definition():
    assert r_squared([1, 2, 3], [1, 2, 3]) == 1
    assert r_squared([1, 2, 3], [2, 2, 2]) == 0
    assert r_squared([1, 2, 3, 4], [1.1, 1.9, 3.2, 3.7]) == pytest.approx(1 - 0.15 / 5)
    assert mean_absolute_error([1, 2], [2, 4]) == 1.5


@pytest.mark.parametrize(("actuals", "predictions"), [([1], [1]), ([1, 2], [1]), ([2, 2], [1, 2])])
def test_r_squared_of_what_has_none_is_refused(actuals, predictions):
    with pytest.raises(ValueError, match=r"needs two values|all true values"):
        r_squared(actuals, predictions)


def test_the_summary_has_the_promised_keys_and_is_json(result):
    summary = json.loads(json.dumps(result.summary()))
    assert summary["environment"] == "local"
    assert summary["stacks"] == ["launchpad-local-storage"]
    assert summary["training_job"]["name"] == "local-boston-housing-1"
    assert (summary["training_job"]["status"], summary["training_job"]["metrics"]) == ("Completed", {"r2": 0.63})
    assert summary["endpoint"] == {"name": "local-boston-housing", "status": "InService"}
    assert (summary["predictions"], summary["actuals"]) == (PREDICTIONS, ACTUALS)
    assert summary["seconds"] == {"start": 1.5, "train": 4.0}
