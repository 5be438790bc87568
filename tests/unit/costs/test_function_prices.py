"""The prices in the functions' asset: those of the environment's region, with the user's own."""

from __future__ import annotations

import json

import pytest

from launchpad import paths
from launchpad.catalogue import Catalogue
from stacks.constructs.function_code import function_files

LIST = """\
region: eu-west-1
prices:
  AmazonSageMaker:
    Train:ml.m5.large: {usd: 0.2, unit: hour, date: '2026-11-01', source: a test}
    Processing:ml.m5.large: {usd: 0.3, unit: hour, date: '2026-11-02', source: a test}
  AmazonCloudWatch:
    CW:AlarmMonitorUsage: {usd: 0.1, unit: alarm-month, date: '2026-11-03', source: a test}
"""


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "PRICE_LISTS", tmp_path)
    monkeypatch.setattr(paths, "PRICES", tmp_path / "own.yaml")
    (tmp_path / "eu-west-1.yaml").write_text(LIST)

    def read(region="eu-west-1"):
        return json.loads(function_files(Catalogue({}, {}), region)["prices.json"])

    return read


def test_functions_have_the_prices_of_jobs_and_storage(shipped):
    assert shipped() == {
        "region": "eu-west-1",
        "date": "2026-11-03",
        "prices": {"AmazonSageMaker/Train:ml.m5.large": 0.2, "AmazonSageMaker/Processing:ml.m5.large": 0.3},
    }


def test_own_prices_of_training_replace_those_of_the_list(shipped, tmp_path):
    (tmp_path / "own.yaml").write_text("prices: {ml.m5.large: 0.07, ml.p5.48xlarge: 50}\n")
    prices = shipped()["prices"]
    assert prices["AmazonSageMaker/Train:ml.m5.large"] == 0.07
    assert prices["AmazonSageMaker/Train:ml.p5.48xlarge"] == 50
    assert prices["AmazonSageMaker/Processing:ml.m5.large"] == 0.3


def test_a_region_without_a_list_has_no_prices(shipped):
    assert shipped("eu-central-1") == {"region": "eu-central-1", "date": None, "prices": {}}
