"""What the committed environments and samples cost a month, against a calculation by hand, resource by resource.

The prices are round ones of this test, so that a renewed price list changes nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from launchpad import paths
from launchpad.costs.cost_changes import cost_changes, cost_tables
from launchpad.costs.environment_cost import EnvironmentCost, environment_cost
from launchpad.costs.price_list import Price, PriceList, load_price_list
from launchpad.costs.rules import BY_USE, FREE, RULES
from launchpad.settings import environment_names, load_environment
from tests.stacks.test_samples import BASELINES, NAMES
from tools import cost_of_a_month

MONTH = 730
USD = {
    "AmazonVPC/VpcEndpoint-Hours": 0.01,
    "AmazonVPC/PublicIPv4:InUseAddress": 0.005,
    "AmazonEC2/NatGateway-Hours": 0.05,
    "AmazonCloudWatch/CW:AlarmMonitorUsage": 0.1,
    "AmazonCloudWatch/DashboardsUsageHour": 3.0,
    "awskms/KMS-Keys": 1.0,
    "AmazonSageMaker/Host:ml.m5.xlarge": 0.25,
    "AmazonSageMaker/Notebk:VolumeUsage.gp2": 0.15,
    "AmazonSageMaker/Notebk:ml.t3.medium": 0.06,
    "AmazonSageMaker/Notebk:ml.t3.xlarge": 0.2,
    "AmazonSageMaker/MlflowTrackingServer:Medium": 1.0,
    "AmazonEC2/BoxUsage:m5.xlarge": 0.2,
    "AmazonEC2/BoxUsage:m5.2xlarge": 0.4,
    "AmazonEC2/EBS:VolumeUsage.gp3": 0.1,
    "ElasticMapReduce/BoxUsage:m5.xlarge": 0.05,
    "ElasticMapReduce/BoxUsage:m5.2xlarge": 0.1,
}
PRICES = PriceList(
    "eu-west-1", {key: Price(usd=usd, unit="hour", date="2026-01-01", source="this test") for key, usd in USD.items()}
)


def interface_endpoints(zones: int, *names: str) -> dict[str, float]:
    return dict.fromkeys(names, 0.01 * zones * MONTH)


def alarms(*names: str) -> dict[str, float]:
    return dict.fromkeys((f"{name}{kind}" for name in names for kind in ("Errors", "DeadLetters")), 0.1)


WORKPLACE = ("Functions", "Logs", "SageMakerApi", "SageMakerRuntime", "Sts")
ENDPOINTS = ("EcrApi", "EcrDocker", "Keys", "Logs", "Metrics", "SageMakerApi", "SageMakerRuntime", "Sts")
KEY = {"Key961B73FD": 1.0}
FUNCTIONS = alarms("Deploy", "Housekeeping", "Launch", "Steps")
WATCHED = {"OverviewDashboardCC572813": 3.0, "PipelineFailed": 0.1, **FUNCTIONS}
TRACKED, IDLE = alarms("Track"), alarms("Idle")
TEAM = "teamInstanceD1DDFD78"
CLUSTER_HOURLY = 1 * (0.2 + 0.05) + 2 * (0.4 + 0.1)

BY_HAND: Mapping[str, Mapping[str, float]] = {
    "local": {**KEY, **WATCHED, **TRACKED, **IDLE},
    "dev": {**KEY, **WATCHED, **TRACKED, **IDLE},
    "staging": {**KEY, **WATCHED},
    "prod": {**KEY, **WATCHED},
    "minimal": {
        **interface_endpoints(1, *WORKPLACE),
        **KEY,
        **WATCHED,
        **IDLE,
        TEAM: 20 * 0.15 + 160 * 0.06,
    },
    "github": {**KEY, **WATCHED},
    "spark-serverless": {**interface_endpoints(2, "Keys"), **KEY, **WATCHED, **TRACKED},
    "comprehensive": {
        **interface_endpoints(3, *ENDPOINTS, "Functions", "Notebook", "Studio", "Emr", "Tracking"),
        "NetworkNat3769BF30": 0.05 * MONTH,
        "NetworkNatAddress608763D4": 0.005 * MONTH,
        **KEY,
        **WATCHED,
        **TRACKED,
        TEAM: 300 * 0.15 + 160 * 0.2,
        "SparkCluster7F7B43B2": CLUSTER_HOURLY * MONTH + 3 * 128 * 0.1,
        "Server": 1.0 * MONTH,
        "Endpoint": 2 * 0.25 * MONTH,
        "Latency": 0.1,
        "ServerErrors": 0.1,
        "ScalingPolicy": 0.2,
    },
}
"""What each resource costs a month; every other one costs nothing, or by use."""


@pytest.fixture(scope="module")
def workloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One workload, because another one is no other resource."""
    folder = tmp_path_factory.mktemp("workloads")
    (folder / "boston-housing").symlink_to(paths.WORKLOADS / "boston-housing")
    return folder


@pytest.fixture
def templates_of(templates, workloads):
    def read(name: str) -> Mapping[str, Any]:
        if name in NAMES:
            return {file.stem: json.loads(file.read_text()) for file in (BASELINES / name).glob("*.json")}
        return templates(workloads, **load_environment(name).model_dump(mode="json", exclude_unset=True))

    return read


CHEAP = 10.0


@pytest.mark.parametrize("name", environment_names())
def test_an_idle_environment_with_default_settings_is_cheap(name, templates_of):
    """The committed prices of its region (and this test's, where one is missing) apply, with what is free on AWS."""
    prices = load_price_list(load_environment(name).region)
    known = {**PRICES.prices, **prices.prices}
    cost = environment_cost(templates_of(name), PriceList(prices.region, known))
    assert cost.total.unknown == ()
    assert cost.total.usd < CHEAP


def monthly(cost: EnvironmentCost) -> dict[str, float]:
    amounts: dict[str, float] = {}
    for row in cost.fixed:
        assert row.monthly is not None, row
        amounts[row.logical_id] = amounts.get(row.logical_id, 0) + row.monthly
    return amounts


@pytest.mark.parametrize("name", [*environment_names(), *NAMES])
def test_the_cost_agrees_with_a_calculation_by_hand(name, templates_of):
    cost = environment_cost(templates_of(name), PRICES)
    assert cost.unruled == (), "write rules for these types in launchpad/costs/rules.py"
    assert monthly(cost) == pytest.approx(dict(BY_HAND[name]))
    assert cost.total.usd == pytest.approx(sum(BY_HAND[name].values()))
    assert cost.total.unknown == ()


def test_a_resource_type_without_a_rule_is_named():
    template = {"Resources": {"Cluster": {"Type": "AWS::SageMaker::Cluster"}}}
    cost = environment_cost({"jobs": template}, PRICES)
    assert cost.unruled == (("jobs", "Cluster", "AWS::SageMaker::Cluster"),)


def test_no_type_is_both_free_and_charged():
    assert not FREE & {*BY_USE, *RULES.keys() - FREE - BY_USE.keys()}
    assert not FREE & BY_USE.keys()


def test_a_new_resource_without_a_rule_is_an_unknown_cost():
    empty: Mapping[str, Any] = {("dev", "jobs"): {"Resources": {}}}
    head = {("dev", "jobs"): {"Resources": {"Cluster": {"Type": "AWS::SageMaker::Cluster"}}}}
    (change,) = cost_changes(empty, head, {"dev": "eu-west-1"}, {}, {"dev": 100})
    assert change.is_too_much
    assert "and what is not known (AWS::SageMaker::Cluster)" in change.complaint
    (table,) = cost_tables([change])
    assert table.rows == ("| dev | $0.00 | $0.00 | **$0.00 + unknown** |",)


def test_equal_templates_have_no_cost_table(dev):
    side = {("dev", part): template for part, template in dev.items()}
    assert cost_changes(side, side, {"dev": "eu-west-1"}, {}, {"dev": 0}) == []


def test_the_page_of_a_month_is_up_to_date(templates_of, request):
    prices = load_price_list(cost_of_a_month.REGION)
    costs = {name: environment_cost(templates_of(name), prices) for name in cost_of_a_month.ENVIRONMENTS}
    text = cost_of_a_month.page(costs, prices)
    if request.config.getoption("--update-baselines", default=False):
        cost_of_a_month.PAGE.write_text(text, "utf-8")
    assert cost_of_a_month.PAGE.read_text("utf-8") == text, (
        "write it anew: pytest tests/stacks/test_costs.py --update-baselines"
    )
