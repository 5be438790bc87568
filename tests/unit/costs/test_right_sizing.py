"""Which instances the rules advise, against calculations by hand, and when they advise nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from launchpad.costs.instance_choice import Instances
from launchpad.costs.job_sizing import job_advice
from launchpad.costs.measured import measured
from launchpad.costs.right_sizing import Advice, advise

HOURLY = {
    "ml.m5.large": 0.1,
    "ml.m5.xlarge": 0.2,
    "ml.m5.2xlarge": 0.4,
    "ml.m5.4xlarge": 0.8,
    "ml.c5.2xlarge": 0.35,
    "ml.r5.xlarge": 0.25,
    "ml.g5.xlarge": 1.4,
    "ml.g5.12xlarge": 7.0,
    "ml.t3.large": 0.01,
}
PRICES = {f"AmazonSageMaker/Train:{name}": usd for name, usd in HOURLY.items()}
MINUTE = 60.0


def series(*values: float, samples: int = 10) -> list[tuple[float, float]]:
    values = values * samples if len(values) == 1 else values
    return [(MINUTE * number, value) for number, value in enumerate(values)]


def hosts(samples: int = 10, **loads: list[float]) -> dict:
    """Samples of as many hosts as each metric has values."""
    return {
        f"{name}Utilization": {f"algo-{number}": series(load, samples=samples) for number, load in enumerate(values, 1)}
        for name, values in loads.items()
    }


def advice(utilisation, instance_type, count=1, prices=PRICES, memory=None, hours=2.0, **more) -> list[Advice]:
    gib = {"m5.large": 8, "m5.xlarge": 16, "m5.2xlarge": 32, "m5.4xlarge": 64, "g5.xlarge": 16, "g5.12xlarge": 192}
    memory = memory or gib[instance_type.removeprefix("ml.")]
    local = more.pop("local", False)
    used = measured(utilisation, count, memory, comparable_cpus=not local)
    return advise(used, Instances("Train", instance_type, count, hours, "run", **more), prices, local=local)


def only(listed: list[Advice]) -> Advice:
    (each,) = listed
    return each


def test_the_cheapest_size_of_the_family_that_fits_is_advised():
    # 250 % is 2.5 processors: 62.5 % of 4, 125 % of 2. 20 % of 64 GiB is 12.8 GiB: 80 % of 16, 40 % of 32.
    verdict = only(advice(hosts(CPU=[250], Memory=[20]), "ml.m5.4xlarge"))
    assert (verdict.instance_type, verdict.count) == ("ml.m5.2xlarge", 1)
    assert verdict.saving_usd == pytest.approx((0.8 - 0.4) * 2)
    assert verdict.numbers == "It used at most 2.5 of 16 processors, 12.8 of 64 GiB of memory (10 samples over 9 min)."
    assert verdict.remedy == (
        "write `type: ml.m5.2xlarge`: expected processors 31%, memory 40%; $0.80 instead of $1.60 per run, saves $0.80"
    )
    assert "at most 70% busy" in verdict.rule
    assert "at most 75% full" in verdict.rule


@pytest.mark.parametrize(("cpu", "advised"), [(140, "ml.m5.large"), (141, "ml.m5.xlarge")])
def test_processors_are_expected_at_most_seventy_percent_busy(cpu, advised):
    assert only(advice(hosts(CPU=[cpu], Memory=[1]), "ml.m5.4xlarge")).instance_type == advised


@pytest.mark.parametrize(("memory", "advised"), [(75 / 8, "ml.m5.large"), (75 / 8 + 0.1, "ml.m5.xlarge")])
def test_memory_is_expected_at_most_three_quarters_full(memory, advised):
    assert only(advice(hosts(CPU=[10], Memory=[memory]), "ml.m5.4xlarge")).instance_type == advised


def test_a_peak_of_processors_in_few_samples_does_not_count():
    cpu = {"CPUUtilization": {"algo-1": series(*[100] * 39, 1600)}, **hosts(40, Memory=[5])}
    assert only(advice(cpu, "ml.m5.4xlarge")).instance_type == "ml.m5.large"


def test_a_peak_of_memory_counts():
    memory = {"MemoryUtilization": {"algo-1": series(*[5] * 39, 40)}, **hosts(40, CPU=[100])}
    assert only(advice(memory, "ml.m5.4xlarge")).title == "No smaller instance would do"  # 25.6 GiB: 80 % of 32


def test_another_family_is_advised_where_the_same_has_none():
    # 5 processors are 63 % of 8, 3.2 GiB fit 16 GiB; every smaller m5 is too small.
    verdict = only(advice(hosts(CPU=[500], Memory=[10]), "ml.m5.2xlarge"))
    assert (verdict.instance_type, verdict.saving_usd) == ("ml.c5.2xlarge", pytest.approx(0.1))


def test_the_same_family_is_advised_before_a_cheaper_other():
    prices = {**PRICES, "AmazonSageMaker/Train:ml.c5.2xlarge": 0.01}
    assert only(advice(hosts(CPU=[100], Memory=[2]), "ml.m5.4xlarge", prices=prices)).instance_type == "ml.m5.large"


def test_less_than_a_tenth_saved_is_no_advice():
    prices = {**PRICES, "AmazonSageMaker/Train:ml.c5.2xlarge": 0.361}
    verdict = only(advice(hosts(CPU=[500], Memory=[10]), "ml.m5.2xlarge", prices=prices))
    assert (verdict.title, verdict.remedy, verdict.saving_usd) == ("No smaller instance would do", "", None)


def test_a_burstable_type_is_never_advised():
    prices = {key: usd for key, usd in PRICES.items() if "t3" in key or "4xlarge" in key}
    assert only(advice(hosts(CPU=[10], Memory=[1]), "ml.m5.4xlarge", prices=prices)).instance_type == ""


def test_fewer_hosts_are_advised_where_all_work_fits_them():
    # 4 hosts with 0.3 processors and 1.2 GiB each: together 1.2 processors (60 % of 2) and 4.8 GiB (60 % of 8).
    verdict = only(advice(hosts(CPU=[30] * 4, Memory=[15] * 4), "ml.m5.large", 4))
    assert (verdict.instance_type, verdict.count) == ("ml.m5.large", 1)
    assert "`count: 1`" in verdict.remedy
    assert verdict.saving_usd == pytest.approx(3 * 0.1 * 2)


def test_the_memory_of_all_hosts_has_to_fit_the_fewer_ones():
    verdict = only(advice(hosts(CPU=[30] * 4, Memory=[40] * 4), "ml.m5.large", 4))
    assert verdict.count == 3  # 12.8 GiB: 53 % of 3 x 8, 80 % of 2 x 8


def test_a_gpu_that_was_not_used_gives_way_to_a_type_without():
    verdict = only(advice(hosts(CPU=[100], Memory=[10], GPU=[1], GPUMemory=[2]), "ml.g5.xlarge"))
    assert (verdict.title, verdict.instance_type) == ("It needs no GPU", "ml.m5.large")
    assert "with an image for processors" in verdict.remedy


@pytest.mark.parametrize("used", [{"GPU": [30], "GPUMemory": [2]}, {"GPU": [1], "GPUMemory": [40]}])
def test_a_gpu_that_was_used_stays(used):
    assert only(advice(hosts(CPU=[100], Memory=[10], **used), "ml.g5.xlarge")).title == "No smaller instance would do"


def test_fewer_gpus_are_advised_where_one_carries_the_load():
    # Four GPUs add up to 60 %: one that is 60 % busy, with its memory 70 % full.
    verdict = only(advice(hosts(CPU=[100], Memory=[4], GPU=[60], GPUMemory=[70]), "ml.g5.12xlarge"))
    assert verdict.instance_type == "ml.g5.xlarge"
    assert only(advice(hosts(CPU=[100], Memory=[4], GPU=[80], GPUMemory=[70]), "ml.g5.12xlarge")).instance_type == ""


def test_a_gpu_without_samples_is_not_judged():
    verdict = only(advice(hosts(CPU=[100], Memory=[10]), "ml.g5.xlarge"))
    assert verdict.numbers == "CloudWatch has no samples of its GPUs."


def test_nearly_full_memory_advises_the_next_larger_type():
    # 15.5 GiB: 48 % of 32. Processors that are busy all the time need no more of them.
    verdict = only(advice(hosts(2, CPU=[400], Memory=[97]), "ml.m5.xlarge"))
    assert (verdict.title, verdict.instance_type) == ("It needs more memory", "ml.m5.2xlarge")
    assert verdict.saving_usd == pytest.approx(-0.4)
    assert verdict.remedy.endswith("$0.80 instead of $0.40 per run, costs $0.40 more")


def test_memory_may_grow_in_another_family_alone():
    prices = {key: usd for key, usd in PRICES.items() if "m5.2x" not in key and "m5.4x" not in key}
    assert only(advice(hosts(CPU=[400], Memory=[92]), "ml.m5.xlarge", prices=prices)).instance_type == "ml.r5.xlarge"


def test_nearly_full_memory_is_said_without_prices_too():
    verdict = only(advice(hosts(CPU=[400], Memory=[92]), "ml.m5.xlarge", prices={}))
    assert (verdict.instance_type, verdict.remedy) == ("", "")
    assert verdict.numbers.endswith("No larger type that fits has a known price.")


@pytest.mark.parametrize("samples", [0, 1, 4])
def test_few_samples_are_too_little_data(samples):
    utilisation = hosts(samples, CPU=[10], Memory=[1]) if samples else {}
    verdict = only(advice(utilisation, "ml.m5.4xlarge"))
    assert (verdict.title, verdict.instance_type) == ("No advice on the size", "")
    assert "are too little data: it needs 5 of the processors" in verdict.numbers


def test_five_samples_are_enough():
    assert only(advice(hosts(5, CPU=[10], Memory=[1]), "ml.m5.4xlarge")).instance_type == "ml.m5.large"


def test_samples_of_one_host_of_two_are_too_little_data():
    verdict = only(advice(hosts(CPU=[10], Memory=[1]), "ml.m5.4xlarge", 2))
    assert verdict.numbers.startswith("0 samples")


def test_a_type_with_unknown_price_is_named_and_not_advised():
    prices = {"AmazonSageMaker/Train:ml.m5.4xlarge": 0.8}
    verdict = only(advice(hosts(CPU=[250], Memory=[20]), "ml.m5.4xlarge", prices=prices))
    assert (verdict.title, verdict.instance_type, verdict.remedy) == ("A smaller instance may do", "", "")
    assert "Unknown price: AmazonSageMaker/Train:ml.m5.2xlarge" in verdict.numbers


def test_the_unknown_price_of_the_used_type_is_named():
    verdict = only(advice(hosts(CPU=[250], Memory=[20]), "ml.m5.4xlarge", prices={}))
    assert verdict.title == "No advice on the size"
    assert "Unknown price: AmazonSageMaker/Train:ml.m5.4xlarge;" in verdict.numbers


@pytest.mark.parametrize(
    ("instance_type", "reason"),
    [
        ("ml.p3.2xlarge", "What ml.p3.2xlarge has is unknown"),
        ("ml.t3.large", "may have been throttled"),
        ("ml.trn1.2xlarge", "No metric measures the accelerators"),
    ],
)
def test_a_type_that_can_not_be_judged_says_why(instance_type, reason):
    verdict = only(advice(hosts(CPU=[10], Memory=[1]), instance_type, memory=8))
    assert reason in verdict.numbers
    assert verdict.instance_type == ""


def test_on_this_machine_only_memory_is_compared():
    verdict = only(advice(hosts(CPU=[10], Memory=[10]), "ml.m5.large", memory=16, local=True))
    assert (verdict.title, verdict.instance_type) == ("No advice on the size", "")
    assert verdict.numbers.startswith("Measured on this machine: at most 1.6 GiB of memory, of 8 GiB that ml.m5.large")


def test_what_needed_more_memory_here_than_the_type_has_is_said():
    verdict = only(advice(hosts(2, CPU=[10], Memory=[60]), "ml.m5.large", memory=16, local=True))
    assert (verdict.title, verdict.instance_type) == ("It needs more memory", "ml.m5.xlarge")  # 9.6 GiB
    assert verdict.numbers == "It used at most 9.6 of 8 GiB of memory (2 samples over 1 min)."


def test_a_volume_that_is_hardly_used_may_be_smaller():
    prices = {**PRICES, "AmazonSageMaker/Train:VolumeUsage.gp2": 0.146}
    utilisation = hosts(CPU=[140], Memory=[40], Disk=[6])
    verdict = advice(utilisation, "ml.m5.large", prices=prices, volume_gb=500, hours=10)
    volume = verdict[-1]
    assert volume.remedy.startswith("write `instance.volume_gb: 40`")  # 30 GB are 75 % of 40
    assert volume.saving_usd == pytest.approx(460 * 0.146 * 10 / 730)


@pytest.mark.parametrize(
    ("disk", "gigabytes", "instance_type"),
    [(40, 500, "ml.m5.large"), (6, 30, "ml.m5.large"), (6, 500, "ml.g5.xlarge")],
)
def test_a_volume_stays_if_it_is_used_or_cheap_or_local(disk, gigabytes, instance_type):
    prices = {**PRICES, "AmazonSageMaker/Train:VolumeUsage.gp2": 0.146}
    gpu = {"GPU": [90], "GPUMemory": [50]} if "g5" in instance_type else {}
    utilisation = hosts(CPU=[140], Memory=[40], Disk=[disk], **gpu)
    verdict = advice(utilisation, instance_type, prices=prices, volume_gb=gigabytes, hours=1)
    assert [each.title for each in verdict] == ["No smaller instance would do"]


@pytest.mark.parametrize(
    ("disk", "volume", "advised"),
    [
        (4.9, 30, "ml.g5.xlarge"),  # 186 GB of the 3800 of ml.g5.12xlarge: 74 % of the 250 that ml.g5.xlarge has
        (5, 30, ""),
        (1, 260, ""),
    ],
)
def test_local_disks_have_to_hold_the_files_and_the_volume_asked_for(disk, volume, advised):
    utilisation = hosts(CPU=[100], Memory=[4], Disk=[disk], GPU=[60], GPUMemory=[70])
    assert only(advice(utilisation, "ml.g5.12xlarge", volume_gb=volume)).instance_type == advised


def test_a_volume_in_place_of_a_local_disk_has_to_hold_its_files():
    unused = {"CPU": [100], "Memory": [10], "GPU": [1], "GPUMemory": [2]}
    assert only(advice(hosts(**unused, Disk=[60]), "ml.g5.xlarge", volume_gb=30)).instance_type == ""
    assert only(advice(hosts(**unused, Disk=[8]), "ml.g5.xlarge", volume_gb=30)).instance_type == "ml.m5.large"


def test_the_files_of_all_hosts_have_to_fit_the_fewer_ones():
    utilisation = hosts(CPU=[30] * 4, Memory=[15] * 4, Disk=[30] * 4)
    verdict = only(advice(utilisation, "ml.m5.large", 4, volume_gb=100))
    assert verdict.count == 2  # 120 GB: 60 % of 2 x 100


def test_a_smaller_volume_is_not_advised_next_to_fewer_hosts():
    prices = {**PRICES, "AmazonSageMaker/Train:VolumeUsage.gp2": 0.146}
    utilisation = hosts(CPU=[30] * 4, Memory=[15] * 4, Disk=[6] * 4)
    verdict = only(advice(utilisation, "ml.m5.large", 4, prices=prices, volume_gb=500, hours=10))
    assert verdict.count == 1


def test_a_training_job_is_paid_for_its_billable_seconds():
    job = {
        "TrainingJobName": "local-x",
        "TrainingJobStatus": "Completed",
        "ResourceConfig": {"InstanceType": "ml.m5.4xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
        "BillableTimeInSeconds": 7200,
    }
    verdict = only(job_advice(job, hosts(CPU=[250], Memory=[20]), PRICES))
    assert (verdict.instance_type, verdict.per, verdict.saving_usd) == ("ml.m5.2xlarge", "run", pytest.approx(0.8))


def test_a_processing_job_is_paid_from_start_to_end():
    start = datetime(2026, 11, 29, 12, tzinfo=UTC)
    job = {
        "ProcessingJobName": "local-x",
        "ProcessingJobStatus": "Completed",
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
        },
        "ProcessingStartTime": start,
        "ProcessingEndTime": start + timedelta(minutes=30),
    }
    prices = {"AmazonSageMaker/Processing:ml.m5.xlarge": 0.2, "AmazonSageMaker/Processing:ml.m5.large": 0.1}
    assert only(job_advice(job, hosts(CPU=[100], Memory=[20]), prices)).saving_usd == pytest.approx(0.05)


@pytest.mark.parametrize("status", ["InProgress", "Failed", "Stopped"])
def test_a_job_that_has_not_completed_may_only_need_more_memory(status):
    resources = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
    job = {"TrainingJobName": "local-x", "TrainingJobStatus": status, "ResourceConfig": resources}
    assert "has not completed" in only(job_advice(job, hosts(CPU=[10], Memory=[1]), PRICES)).numbers
    verdict = only(job_advice(job, hosts(CPU=[10], Memory=[95]), PRICES))
    assert (verdict.instance_type, verdict.per, verdict.saving_usd) == ("ml.m5.2xlarge", "hour", pytest.approx(-0.2))


def test_groups_of_several_types_are_not_judged():
    groups = [{"InstanceType": f"ml.{name}", "InstanceCount": 1} for name in ("m5.large", "g5.xlarge")]
    resources = {"InstanceGroups": groups}
    job = {"TrainingJobName": "local-x", "TrainingJobStatus": "Completed", "ResourceConfig": resources}
    assert "several types" in only(job_advice(job, {}, PRICES)).numbers
