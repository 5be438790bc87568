"""A pull request that adds a NAT gateway and a pinned endpoint, as `launchpad diff` reports it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from launchpad import paths
from launchpad.cli.application import application
from launchpad.costs.charge import Charge, hourly
from launchpad.costs.cost_changes import CostChange
from launchpad.costs.environment_cost import EnvironmentCost, Row
from launchpad.costs.price_list import Price, PriceList, write_price_list
from launchpad.settings import EnvironmentSettings

MONTH = 730
USD = {
    "AmazonVPC/VpcEndpoint-Hours": 0.01,
    "AmazonVPC/PublicIPv4:InUseAddress": 0.005,
    "AmazonEC2/NatGateway-Hours": 0.05,
    "AmazonEC2/NatGateway-Bytes": 0.048,
    "AmazonSageMaker/Host:ml.m5.xlarge": 0.25,
}
PRICES = PriceList(
    "eu-west-1", {key: Price(usd=usd, unit="hour", date="2026-01-01", source="a test") for key, usd in USD.items()}
)
BASE: dict[str, Any] = {"name": "dev", "region": "eu-west-1"}
PIN = {"workload": "boston-housing", "model_data": f"s3://models/boston-housing/models/x/{'0' * 16}/model.tar.gz"}
HEAD = {**BASE, "network": {"nat": True}, "endpoints": [{**PIN, "instance": {"type": "ml.m5.xlarge"}}]}


@pytest.fixture
def comment(templates, tmp_path, monkeypatch) -> tuple[int, str]:
    """The exit code and the report, with a threshold in the config of dev that the change exceeds."""
    write_price_list(PRICES, tmp_path / "prices")
    monkeypatch.setattr(paths, "PRICE_LISTS", tmp_path / "prices")
    settings = EnvironmentSettings.model_validate({**BASE, "cost": {"max_monthly_increase_usd": 100}})
    monkeypatch.setattr("launchpad.settings.environment_names", lambda: ["dev"])
    monkeypatch.setattr("launchpad.settings.load_environment", lambda _name: settings)
    workloads = tmp_path / "workloads"
    workloads.mkdir()
    (workloads / "boston-housing").symlink_to(paths.WORKLOADS / "boston-housing")
    folders = [
        write(tmp_path / side, templates(workloads, **config)) for side, config in (("base", BASE), ("head", HEAD))
    ]
    result = CliRunner().invoke(application(), ["diff", "--templates", *folders])
    return result.exit_code, result.stdout


def write(folder: Path, parts: Mapping[str, Any]) -> str:
    environment = folder / "dev"
    environment.mkdir(parents=True)
    for part, template in parts.items():
        (environment / f"{part}.template.json").write_text(json.dumps(template))
    return str(folder)


def rows_below(text: str, heading: str) -> list[str]:
    """The rows of the table that has this heading."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(heading)) + 2
    end = next((number for number in range(start, len(lines)) if not lines[number].startswith("|")), len(lines))
    return lines[start:end]


def test_the_comment_has_the_sum_and_asks_for_consent(comment):
    exit_code, text = comment
    assert exit_code >= 10
    increase = (0.05 + 0.005 + 0.25) * MONTH
    (total,) = rows_below(text, "| Cost per month")
    assert total.startswith("| dev |")
    assert f"**+${increase:.2f} + unknown**" in total  # the endpoint's alarms, whose price this list doesn't have
    assert f"dev would cost ${increase:.2f} more per month" in text


def test_both_are_among_the_fixed_rows(comment):
    fixed = rows_below(comment[1], "| Fixed cost of")
    (nat,) = (row for row in fixed if "EC2::NatGateway" in row)
    (endpoint,) = (row for row in fixed if "SageMaker::Endpoint" in row)
    assert nat.endswith("| dev | nothing → $36.50: NAT gateway |")
    assert endpoint.endswith("| dev | nothing → $182.50: 1 x ml.m5.xlarge |")


def test_what_they_cost_by_use_stands_apart(comment):
    by_use = rows_below(comment[1], "| Cost by use of")
    assert any("EC2::NatGateway" in row and "added: GB through it, $0.048 per hour" in row for row in by_use)
    assert any("SageMaker::Endpoint" in row and "added: GB in requests, unknown price" in row for row in by_use)
    fixed = rows_below(comment[1], "| Fixed cost of")
    assert not any("GB" in row for row in fixed)


def unpriced(*charges: Charge) -> EnvironmentCost:
    return EnvironmentCost(tuple(Row("jobs", f"R{number}", "T", each, None) for number, each in enumerate(charges)))


@pytest.mark.parametrize(
    ("head", "added"),
    [
        (unpriced(hourly("the same in other words", "Service/Key")), []),
        (unpriced(hourly("half", "Service/Key", 0.5)), []),
        (unpriced(hourly("twice", "Service/Key", 2)), ["Service/Key"]),
        (unpriced(hourly("it", "Service/Key"), hourly("another", "Service/Key")), ["Service/Key"]),
        (unpriced(hourly("it", "Service/Other")), ["Service/Other"]),
        (replace(unpriced(hourly("it", "Service/Key")), unruled=(("jobs", "Renamed", "AWS::A::B"),)), []),
        (
            replace(
                unpriced(hourly("it", "Service/Key")),
                unruled=(("jobs", "Old", "AWS::A::B"), ("jobs", "New", "AWS::A::B")),
            ),
            ["AWS::A::B"],
        ),
    ],
)
def test_only_more_of_an_unknown_price_counts_as_added(head, added):
    base = replace(unpriced(hourly("it", "Service/Key")), unruled=(("jobs", "Old", "AWS::A::B"),))
    assert CostChange("dev", base, head, PRICES).added_unknown == added
