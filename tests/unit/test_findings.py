"""What a report concludes from the samples of a job's hosts, and what it doesn't."""

from __future__ import annotations

import pytest

from launchpad.report.findings import findings, slow_download

GPU_TYPE, CPU_TYPE = ["ml.g5.xlarge"], ["ml.m5.4xlarge"]


def series(*values):
    return [(60.0 * number, float(value)) for number, value in enumerate(values)]


def hosts(**metrics):
    """Samples of one host."""
    return {f"{name}Utilization": {"algo-1": series(*values)} for name, values in metrics.items()}


def titles(utilisation, types=CPU_TYPE):
    return [finding.title for finding in findings(utilisation, types)]


def test_a_gpu_that_is_hardly_used_is_reported():
    (finding,) = findings(hosts(GPU=[0, 0, 2, 1, 0, 3], CPU=[100] * 6), GPU_TYPE)
    assert (finding.title, finding.numbers) == (
        "The GPU is idle",
        "On algo-1 95 % of the samples are at most 2.8 %.",
    )
    assert "type without one" in finding.remedy


@pytest.mark.parametrize("gpu", [[60] * 6, [0, 0, 0, 0, 80, 90]])
def test_a_gpu_at_work_is_not_idle(gpu):
    assert titles(hosts(GPU=gpu, CPU=[100] * 6), GPU_TYPE) == []


def test_a_gpu_is_not_judged_by_a_few_samples():
    assert titles(hosts(GPU=[0] * 4, CPU=[10] * 4), GPU_TYPE) == []


def test_a_gpu_that_waits_for_the_processors_is_reported_as_that():
    (finding,) = findings(hosts(GPU=[5, 5, 5, 90, 90, 5], CPU=[390, 380, 395, 200, 200, 100]), GPU_TYPE)
    assert finding.title == "The GPU waits for the processors"
    assert finding.numbers.endswith("in 50% of the samples.")


@pytest.mark.parametrize(
    ("metric", "title"), [("Memory", "Memory is nearly full"), ("Disk", "The volume is nearly full")]
)
def test_a_limit_that_is_near_is_reported_from_ninety_percent(metric, title):
    assert titles(hosts(**{metric: [20, 90.0]})) == [title]
    assert titles(hosts(**{metric: [20, 89.9]})) == []


def test_the_fullest_host_is_named():
    samples = {"MemoryUtilization": {"algo-1": series(20), "algo-2": series(95)}}
    assert findings(samples)[0].numbers == "At most 95.0 %, on algo-2."


def test_uneven_work_names_the_busiest_and_the_idlest_host():
    samples = {"CPUUtilization": {"algo-1": series(*[180] * 5), "algo-2": series(*[40] * 5)}}
    (finding,) = findings(samples, ["ml.m5.large", "ml.m5.large"])
    assert finding.numbers == "CPUUtilization is 180.0 % on average on algo-1, 40.0 % on algo-2."


@pytest.mark.parametrize("load", [(100, 60), (10, 1)])
def test_even_work_and_idle_hosts_are_not_uneven(load):
    samples = {"CPUUtilization": {f"algo-{number}": series(*[value] * 5) for number, value in enumerate(load)}}
    assert titles(samples, ["ml.m5.large"]) == []


@pytest.mark.parametrize(
    ("downloading", "training", "reported"), [(300, 120, True), (100, 120, False), (50, 10, False)]
)
def test_a_job_that_copies_longer_than_it_trains_is_reported(downloading, training, reported):
    phases = [("Starting", 500.0), ("Downloading", float(downloading)), ("Training", float(training))]
    assert bool(list(slow_download(phases))) is reported
