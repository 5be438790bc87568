"""What the rules say about endpoints: smaller instances, serverless, scaled to zero, and too little data."""

from __future__ import annotations

import pytest

from launchpad.costs.endpoint_sizing import EndpointUse, advise_endpoint, exclusions
from launchpad.costs.instance_choice import Instances
from launchpad.costs.measured import measured

SECONDS = 730 * 3600
PRICES = {
    "AmazonSageMaker/Host:ml.m5.large": 0.115,
    "AmazonSageMaker/Host:ml.m5.xlarge": 0.23,
    "AmazonSageMaker/AsyncInf:ml.m5.xlarge": 0.23,
    **{f"AmazonSageMaker/ServerlessInf:Mem-{size}GB": size * 0.00002 for size in range(1, 7)},
}
CONFIG = {"ProductionVariants": [{"VariantName": "main", "InstanceType": "ml.m5.xlarge", "ModelName": "m"}]}


def use(hours=168, invocations=1000.0, seconds=0.0, busy_hours=168, cpu=300.0, memory=20.0) -> EndpointUse:
    series = [(3600.0 * hour, 1.0) for hour in range(hours)]
    utilisation = {
        "CPUUtilization": {"main": [(at, cpu) for at, _ in series]},
        "MemoryUtilization": {"main": [(at, memory) for at, _ in series]},
    }
    return EndpointUse(measured(utilisation if hours else {}, 1, 16), hours, invocations, seconds, busy_hours)


def advice(observed, excluded=(), count=1, prices=PRICES, mode="Host", **more):
    instances = Instances(mode, "ml.m5.xlarge", count, 730, "month", can_shrink=False)
    return advise_endpoint(observed, instances, excluded, prices, **more)


def titles(*arguments, **more):
    return [each.title for each in advice(*arguments, **more)]


@pytest.mark.parametrize("observed", [use(hours=159), use(hours=0, invocations=5), use(invocations=0)])
def test_less_than_a_week_or_no_requests_is_too_little_data(observed):
    (verdict,) = advice(observed)
    assert (verdict.title, verdict.remedy) == ("No advice on the size", "")
    assert "too little data: it needs 160 of the 168 hours, and requests" in verdict.numbers


def test_a_smaller_type_is_advised_by_the_month_and_with_as_many_instances():
    busy = 2 * SECONDS  # always busy, so that serverless is no choice
    (verdict,) = advice(use(cpu=100, seconds=busy), count=2)
    assert (verdict.instance_type, verdict.count, verdict.per) == ("ml.m5.large", 2, "month")
    assert verdict.saving_usd == pytest.approx(2 * 0.115 * 730)


def test_the_instances_of_an_endpoint_are_not_made_fewer():
    assert titles(use(cpu=150, seconds=2 * SECONDS), count=3) == ["No smaller instance would do"]


def test_little_traffic_costs_less_serverless():
    # 20 % of 16 GiB need 5 GB. 1 % of the week: 6048 s of answers, in a month 1 % of 730 h.
    serverless = advice(use(seconds=6048), prices={**PRICES, "AmazonSageMaker/AsyncInf:ml.m5.xlarge": 9})[-1]
    monthly, usd = 0.23 * 730, 0.01 * SECONDS * 0.0001
    assert serverless.title == "Serverless would cost less"
    assert serverless.saving_usd == pytest.approx(monthly - usd)
    assert "busy 1.00% of 168 h; serverless costs less below 64%" in serverless.numbers
    assert "`serverless.memory_mb: 5120`" in serverless.remedy
    assert f"about ${usd:.2f} a month instead of ${monthly:.2f}" in serverless.remedy


def test_the_break_even_is_that_of_the_published_example():
    """A 3 GB model at $0.00006 a second against ml.m5.large at $83.95: 53 % of the time."""
    instances = Instances("Host", "ml.m5.large", 1, 730, "month", can_shrink=False)
    observed = EndpointUse(measured({"MemoryUtilization": {"main": [(0, 27)]}}, 1, 8), 168, 10, 60.0, 168)
    prices = {"AmazonSageMaker/Host:ml.m5.large": 0.115, "AmazonSageMaker/ServerlessInf:Mem-3GB": 0.00006}
    assert "serverless costs less below 53%" in advise_endpoint(observed, instances, [], prices)[-1].numbers


def test_serverless_above_half_the_cost_is_not_worth_it():
    half = 0.5 * 0.23 / 3600 / 0.0001  # of the time
    assert "Serverless would cost less" in titles(use(seconds=half * 168 * 3600 - 1))
    assert "Serverless would cost less" not in titles(use(seconds=half * 168 * 3600 + 60))


def test_what_excludes_serverless_is_named_and_nothing_advised():
    serverless = advice(use(seconds=60), ["its model is in a VPC"])[-1]
    assert (serverless.title, serverless.remedy, serverless.saving_usd) == ("Serverless is excluded", "", None)
    assert "but its model is in a VPC" in serverless.numbers


def test_more_memory_than_serverless_has_excludes_it():
    serverless = advice(use(seconds=60, memory=40))[-1]
    assert "it needs more than 6 GB of memory" in serverless.numbers


def test_an_unknown_serverless_price_gives_no_advice():
    prices = {key: usd for key, usd in PRICES.items() if "Serverless" not in key}
    assert titles(use(seconds=60), prices=prices) == ["No smaller instance would do"]


def test_requests_in_few_hours_may_scale_to_zero():
    (verdict,) = [each for each in advice(use(seconds=60, busy_hours=21)) if each.title.startswith("Scaled")]
    assert verdict.saving_usd == pytest.approx(0.23 * 730 * (1 - 21 / 168))
    assert "`mode: async`" in verdict.remedy
    assert "Scaled to zero it would cost less" not in titles(use(seconds=60, busy_hours=85))


@pytest.mark.parametrize(
    "config",
    [
        {"ProductionVariants": [*CONFIG["ProductionVariants"], {"VariantName": "b", "InstanceType": "ml.m5.xlarge"}]},
        {**CONFIG, "ShadowProductionVariants": [{"VariantName": "shadow"}]},
    ],
)
def test_several_variants_are_not_advised_to_become_asynchronous(config):
    assert not any(title.startswith("Scaled") for title in titles(use(busy_hours=2), exclusions(config, [])))


def test_several_models_are_not_advised_to_become_asynchronous():
    models = [{"PrimaryContainer": {"Mode": "MultiModel"}}]
    assert not any(title.startswith("Scaled") for title in titles(use(busy_hours=2), exclusions(CONFIG, models)))


def test_an_asynchronous_endpoint_is_not_advised_to_become_serverless():
    (reason,) = exclusions({**CONFIG, "AsyncInferenceConfig": {"OutputConfig": {}}}, [])
    assert "60 s" in reason


def test_an_asynchronous_endpoint_is_not_advised_to_become_one():
    prices = {**PRICES, "AmazonSageMaker/AsyncInf:ml.m5.large": 0.2}
    assert not any(title.startswith("Scaled") for title in titles(use(busy_hours=2), prices=prices, mode="AsyncInf"))


def test_on_this_machine_no_mode_is_advised():
    (verdict,) = advice(use(seconds=60, busy_hours=2), local=True)
    assert verdict.numbers.startswith("Measured on this machine")


def test_nearly_full_memory_needs_no_week():
    assert titles(use(hours=2, memory=95), prices={}) == ["It needs more memory"]


@pytest.mark.parametrize(
    ("config", "model", "reason"),
    [
        ({}, {"VpcConfig": {"Subnets": ["subnet-1"]}}, "its model is in a VPC"),
        ({}, {"EnableNetworkIsolation": True}, "its model is isolated (`network_isolation: false` allows it)"),
        ({}, {"Containers": [{}, {}]}, "its model has several containers"),
        ({}, {"PrimaryContainer": {"Mode": "MultiModel"}}, "it serves several models"),
        ({"DataCaptureConfig": {"EnableCapture": True}}, {}, "its requests are captured"),
        ({"ShadowProductionVariants": [{"VariantName": "shadow"}]}, {}, "it has several variants"),
        ({"ProductionVariants": [{"InstanceType": "ml.g5.xlarge"}]}, {}, "its instances have GPUs"),
    ],
)
def test_each_feature_that_excludes_serverless_is_found(config, model, reason):
    assert exclusions({**CONFIG, **config}, [model]) == [reason]
    assert exclusions(CONFIG, [{"PrimaryContainer": {}}]) == []
