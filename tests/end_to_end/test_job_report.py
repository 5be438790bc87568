"""`launchpad report`: a page for a job that went well, and one that explains a job that did not."""

from __future__ import annotations

import re

import pytest

from tests.end_to_end.conftest import Platform
from tests.end_to_end.test_faults import failure

LINE = "line"


def reported(platform: Platform, job: str, folder) -> str:
    page = folder / f"{job}.html"
    platform.succeeds("report", job, "--output", page)
    return page.read_text("utf-8")


def samples(metric: str, page: str) -> list[float]:
    """The values of the first host in one plot."""
    (drawing,) = re.findall(rf'aria-label="{metric}">(.*?)</svg>', page, re.DOTALL)
    return [float(value) for value in re.findall(r"<title>algo-1: ([0-9.e+-]+) at", drawing)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def steady(platform, folder):
    """The page of a job that was busy for three seconds and told a loss twelve times."""
    name = platform.output("storage", "DataBucketName")
    platform.client("s3").put_object(Bucket=name, Key=f"{LINE}/training/points.csv", Body=b"1,2\n2,4\n")
    platform.succeeds("run", LINE, "--token", "steady", "--set", "hyperparameters.mood=steady")
    return reported(platform, "local-line-steady", folder)


@pytest.fixture(scope="module")
def angry(platform, steady, folder):
    """The page of a job whose script raised."""
    failure(platform("run", LINE, "--token", "raised", "--set", "hyperparameters.mood=angry"))
    return reported(platform, "local-line-raised", folder)


def test_the_page_shows_the_status_and_every_value_of_each_metric(steady):
    assert '<dd class="good">Completed' in steady
    assert "loss · 0.0833 at the end" in steady
    (drawing,) = re.findall(r'aria-label="loss">(.*?)</svg>', steady, re.DOTALL)
    assert drawing.count("<circle") == 12


def test_its_memory_is_compared_with_its_instances_and_no_type_is_advised(steady):
    assert "<h2>Size</h2>" in steady
    assert re.search(r"Measured on this machine: at most [\d.]+ GiB of memory, of 8 GiB that ml.m5.large has", steady)


def test_a_metric_that_was_reported_once_is_a_number_and_no_plot(steady):
    assert "<dt>slope</dt><dd>2<small>reported once" in steady
    assert 'aria-label="slope"' not in steady


def test_the_page_shows_cloudwatchs_samples_of_the_host(steady):
    used = samples("CPUUtilization", steady)
    assert max(used) > 20
    assert len(used) >= 2  # one a second, of three
    assert "MemoryUtilization" in steady


def test_the_page_shows_each_secondary_status_that_took_time(steady):
    (drawing,) = re.findall(r'aria-label="What took how long">(.*?)</svg>', steady, re.DOTALL)
    assert ">Training<" in drawing


def test_a_failed_jobs_page_says_why_and_where_its_log_is(angry):
    assert '<dd class="bad">Failed' in angry
    assert re.search(r'<pre class="reason">AlgorithmError:[^<]*no line goes through these points', angry)
    assert "<dt>exit code</dt><dd>1</dd>" in angry
    (last,) = re.findall(r"<pre>(.*?)</pre>", angry, re.DOTALL)
    assert last.splitlines()[0] == "Traceback (most recent call last):"
    assert "ValueError: no line goes through these points" in last
    assert "/aws/sagemaker/TrainingJobs, local-line-raised/" in angry


def test_what_there_is_no_sample_of_is_said_in_a_sentence(angry):
    assert "It reported none: no line of its log fits an expression" in angry


def test_a_job_that_does_not_exist_is_reported(platform):
    assert "`launchpad status` lists what exists" in failure(platform("report", "local-nothing"))


def test_the_page_loads_nothing_and_runs_nothing(steady, angry):
    for page in (steady, angry):
        assert not re.search(r"<script|<link|src=|https?://(?!www\.w3\.org)|@import", page)
