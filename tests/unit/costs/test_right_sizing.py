"""Which instances the rules advise, against calculations by hand, and when they advise nothing."""

from __future__ import annotations

import pytest

from tests.unit.costs.sizing import PRICES, advice, hosts, only, series


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
