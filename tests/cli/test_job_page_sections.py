"""The sections of a training job's page: gate, data, code, evaluation, pictures, predictions and utilisation."""

from __future__ import annotations

import base64
import math
import re
from dataclasses import replace
from datetime import timedelta

from launchpad.platform_client.job_insight import JobInsight
from launchpad.platform_client.outputs import Picture
from launchpad.report.job_page import render_job
from launchpad.runs.run import Gate
from tests.cli.pages import is_safe, run
from tests.cli.test_job_page import BEGAN, job


def job_page(insight=None, **values):
    described = values.pop("description", job())
    return render_job(insight or JobInsight(described, [], {}, {}), "dev", {}, replace(run(1), **values))


def test_a_jobs_page_has_the_verdict_of_the_gate():
    html = job_page(gate=Gate(False, "auc is 0.7, it must be at least 0.8"))
    assert '<dd class="bad">missed' in html
    assert "Missed: auc is 0.7, it must be at least 0.8." in html


def test_a_jobs_page_has_its_data_with_versions():
    channel = {"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": "s3://data/a/train/"}}}
    data = {"train": {"version": "0123456789abcdef", "objects": 3, "bytes": 4096}}
    html = job_page(description=job(InputDataConfig=[channel]), record={"data": data})
    assert "s3://data/a/train/" in html
    assert "0123456789abcdef · 3 objects, 4,096 bytes" in html


def test_a_jobs_page_has_its_code_and_what_it_began_from():
    record = {"code": {"training": "f" * 64}, "origin": {"by": "me"}, "overrides": {"lr": 1}, "resumed_from": "dev-a-0"}
    html = job_page(commit="c" * 40, dirty=True, record=record)
    for text in (f"{'c' * 40} with changes that are not committed", "f" * 64, "dev-a-0", "lr=1"):
        assert text in html


def test_a_jobs_page_hides_the_values_of_secrets():
    html = job_page(description=job(Environment={"MODE": "fast", "HF_TOKEN": "hf_123"}))
    assert '<dt>MODE</dt><dd class="">fast' in html
    assert "HF_TOKEN" in html
    assert "hf_123" not in html


def test_a_jobs_page_has_the_evaluation():
    assert "by the evaluation" in job_page(evaluation={"error": 0.25})


def test_a_jobs_picture_is_an_image_and_no_markup():
    content = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    insight = JobInsight(job(), [], {}, {}, {}, (Picture("plots/<p>.svg", "image/svg+xml", content),))
    html = job_page(insight)
    assert f'src="data:image/svg+xml;base64,{base64.b64encode(content).decode()}"' in html
    assert "<h3>plots/&lt;p&gt;.svg</h3>" in html
    is_safe(html)


def test_predictions_are_judged_and_drawn():
    insight = JobInsight(job(), [], {}, {}, {"predictions.csv": "true,predicted\n1,1\n2,2\n3,4\n"})
    html = job_page(insight)
    assert "R² 0.5 · mean error 0.3333 · 3 rows" in html
    assert html.count('<circle class="dot"') == 3


def test_a_page_of_twenty_thousand_values_is_small():
    points = [(BEGAN.timestamp() + step / 100, math.sin(step)) for step in range(20_000)]
    insight = JobInsight(job(), [], {"loss": points, "auc": points}, {"CPUUtilization": {"algo-1": points}})
    assert len(job_page(insight)) < 300_000


def test_utilisation_begins_with_the_job():
    before = [(BEGAN.timestamp() - 1, 5.0), (BEGAN.timestamp() + 1, 7.0)]
    ended = job(TrainingEndTime=BEGAN + timedelta(seconds=7))
    html = job_page(JobInsight(ended, [], {}, {"CPUUtilization": {"algo-1": before}}))
    (chart,) = re.findall(r'aria-label="CPUUtilization">(.*?)</svg>', html, re.DOTALL)
    marks = [float(mark) for mark in re.findall(r'text-anchor="middle">(-?[0-9.]+)<', chart)]
    assert (min(marks), max(marks) >= 7) == (0.0, True)


def test_savings_on_the_local_aws_are_its_rule_and_no_money():
    spot = job(EnableManagedSpotTraining=True, BillableTimeInSeconds=36)
    local = render_job(JobInsight(spot, [], {}, {}), "local", {})
    assert "by a fixed rate of the local AWS; nothing is paid" in local
    assert "of the price on demand" in render_job(JobInsight(spot, [], {}, {}), "dev", {})


def test_time_on_the_local_aws_may_contain_the_building_of_the_environment():
    assert "with the building of the environment" in render_job(JobInsight(job(), [], {}, {}), "local", {})
