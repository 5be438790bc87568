"""What a workload's jobs cost at most, against calculations by hand."""

from __future__ import annotations

import pytest

from launchpad.costs.environment_cost import Total
from launchpad.costs.price_list import Price, PriceList
from launchpad.costs.work import WorkCost
from launchpad.costs.workload_cost import workload_costs
from tests.unit.conftest import WORKLOAD, rendered

HOURLY = {"Train": 0.12, "Processing": 0.13, "Tsform": 0.14, "Host": 0.15, "WarmPool": 0.12}
USD = {f"AmazonSageMaker/{use}:ml.m5.large": usd for use, usd in HOURLY.items()}
USD |= {"AmazonSageMaker/Train:VolumeUsage.gp2": 0.73, "AmazonSageMaker/Processing:VolumeUsage.gp2": 0.73}
USD |= {"AmazonSageMaker/ServerlessInf:Mem-2GB": 0.00004, "AmazonSageMaker/AsyncInf:ml.m5.large": 0.2}
PRICES = PriceList(
    "eu-west-1", {key: Price(usd=usd, unit="hour", date="2026-01-01", source="x") for key, usd in USD.items()}
)
VOLUME = 30 * 0.73 / 730
"""An hour of a volume of 30 GB."""


def costs(text: str, prices: PriceList = PRICES) -> dict[str, WorkCost]:
    return {cost.what: cost for cost in workload_costs(rendered(text), prices)}


def usd(cost: WorkCost) -> float:
    assert cost.total.unknown == ()
    return cost.total.usd


def with_training(line: str) -> str:
    return WORKLOAD.replace("  entry_point: train.py\n", f"  entry_point: train.py\n  {line}\n")


def test_a_run_costs_its_instances_and_volumes_for_the_whole_time():
    text = with_training("max_runtime_minutes: 90").replace(
        "{type: ml.m5.large}\n  hyper", "{type: ml.m5.large, count: 2}\n  hyper"
    )
    run = costs(text)["run"]
    assert usd(run) == pytest.approx(1.5 * 2 * (0.12 + VOLUME))
    assert (run.per, run.how) == ("run", "2 x ml.m5.large for 90 min")


def test_spot_is_counted_on_demand_and_said():
    run = costs(with_training("spot: {max_wait_minutes: 120}"))["run"]
    assert usd(run) == pytest.approx(0.12 + VOLUME)
    assert run.how.endswith("; spot: usually less")


def test_a_warm_pool_costs_as_long_as_it_waits():
    run = costs(with_training("keep_alive_minutes: 30"))["run"]
    assert usd(run) == pytest.approx(0.12 + VOLUME + 0.06)


def test_instances_with_local_disks_have_no_volume():
    text = WORKLOAD.replace("{type: ml.m5.large}\n  hyper", "{type: ml.g5.xlarge}\n  hyper")
    prices = PriceList("eu-west-1", {"AmazonSageMaker/Train:ml.g5.xlarge": PRICES.prices[next(iter(USD))]})
    assert usd(costs(text, prices)["run"]) == pytest.approx(0.12)


TUNING = """\
tuning:
  objective: {metric: r2, goal: Maximize}
  ranges: {test-size: {min: 0.1, max: 0.3}}
  max_jobs: 10
  max_parallel_jobs: 2
"""


def test_a_tuning_costs_all_its_jobs():
    tuning = costs(WORKLOAD + TUNING)["tuning"]
    assert usd(tuning) == pytest.approx(10 * (0.12 + VOLUME))


def test_a_tuning_costs_no_more_than_its_own_time_allows():
    tuning = costs(f"{WORKLOAD}{TUNING}  max_runtime_minutes: 120\n")["tuning"]
    assert usd(tuning) == pytest.approx(2 * 2 * (0.12 + VOLUME))
    assert tuning.how.startswith("2 jobs at once for 120 min")


JOBS = """\
prepare: {entry_point: a.py, instance: {type: ml.m5.large}, max_runtime_minutes: 30}
evaluate: {entry_point: b.py, instance: {type: ml.m5.large}, inputs: {model: {model: true}}, max_runtime_minutes: 15}
transform: {instance: {type: ml.m5.large, count: 3}, input: {prefix: x, content_type: text/csv}}
"""


def test_a_pipeline_costs_its_jobs_together():
    by_what = costs(WORKLOAD + JOBS)
    assert usd(by_what["pipeline"]) == pytest.approx(0.75 * (0.13 + VOLUME) + 0.12 + VOLUME)
    assert by_what["pipeline"].how == "prepare + run + evaluate"


def test_a_tuned_pipeline_has_the_tuning_in_place_of_the_run():
    assert costs(WORKLOAD + TUNING)["pipeline"].how == "tuning"


def test_a_transform_job_has_no_limit_so_an_hour_is_priced():
    transform = costs(WORKLOAD + JOBS)["transform"]
    assert (usd(transform), transform.per) == (pytest.approx(3 * 0.14), "hour")


def endpoint(serving: str) -> WorkCost:
    return costs(WORKLOAD.replace("  entry_point: inference.py\n  instance: {type: ml.m5.large}\n", serving))[
        "endpoint"
    ]


def test_an_endpoint_costs_all_instances_that_scaling_may_start():
    text = "  entry_point: i.py\n  instance: {type: ml.m5.large}\n  scaling: {maximum: 4, concurrency: 5}\n"
    cost = endpoint(text)
    assert (usd(cost), cost.per) == (pytest.approx(4 * 0.15 * 730), "month")


def test_an_asynchronous_endpoint_has_its_own_price():
    text = "  entry_point: i.py\n  mode: async\n  instance: {type: ml.m5.large}\n"
    assert usd(endpoint(text)) == pytest.approx(0.2 * 730)


def test_a_serverless_endpoint_costs_an_hour_of_answers():
    cost = endpoint(
        "  entry_point: i.py\n  mode: serverless\n  network_isolation: false\n  serverless: {max_concurrency: 3}\n"
    )
    assert (usd(cost), cost.per) == (pytest.approx(3 * 3600 * 0.00004), "hour")


def test_of_a_choice_of_instances_the_dearest_counts_and_is_known():
    cost = endpoint("  entry_point: i.py\n  instance: {types: [ml.m5.large, ml.c5.xlarge]}\n")
    assert cost.total == Total(0.0, ("AmazonSageMaker/Host:ml.c5.xlarge",))


def test_an_endpoint_of_pins_is_not_counted_twice():
    assert "endpoint" not in {cost.what for cost in workload_costs(rendered(WORKLOAD), PRICES, served=False)}


def test_monitoring_costs_a_month_of_its_schedule():
    section = {
        "schedule": "rate(12 hours)",
        "instance": {"type": "ml.m5.large", "volume_gb": 30},
        "max_runtime_minutes": 60,
    }
    by_what = {cost.what: cost for cost in workload_costs({**rendered(WORKLOAD), "monitoring": section}, PRICES)}
    assert (usd(by_what["monitoring"]), by_what["monitoring"].per) == (
        pytest.approx(730 / 12 * (0.13 + VOLUME)),
        "month",
    )
    left_out = "the transform job of its baseline's predictions is not counted"
    assert by_what["pipeline"].how == f"run + baseline; {left_out}"


def test_an_unknown_price_is_named_and_never_zero():
    run = costs(WORKLOAD, PriceList("eu-west-1"))["run"]
    assert run.total == Total(0, ("AmazonSageMaker/Train:VolumeUsage.gp2", "AmazonSageMaker/Train:ml.m5.large"))
