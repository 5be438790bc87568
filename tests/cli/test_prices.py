"""`launchpad prices update` as it is typed, with a public list that was written for this test."""

from __future__ import annotations

import io

import pytest
from typer.testing import CliRunner

from launchpad import paths
from launchpad.cli.application import application
from launchpad.costs import price_feed
from launchpad.costs.price_list import load_price_list
from tests.unit.costs.answers import feed


@pytest.fixture(autouse=True)
def public_lists(tmp_path, monkeypatch):
    """AWS has the prices of two uses of an instance."""

    def open_url(address: str) -> io.BytesIO:
        service = address.split("/")[6]
        rows = [("A", "EU-Host:ml.m5.large", "0", "0.128"), ("B", "EU-Train:ml.m5.large", "0", "0.13")]
        return feed(service, *(rows if service == "AmazonSageMaker" else ()))

    monkeypatch.setattr(price_feed, "_open", open_url)
    monkeypatch.setattr(paths, "PRICE_LISTS", tmp_path)


def test_an_update_writes_the_list_and_names_what_is_missing():
    result = CliRunner().invoke(application(), ["prices", "update", "--region", "eu-west-1"])
    assert result.exit_code == 0, result.output
    assert "2 prices changed" in result.stdout
    assert "AmazonSageMaker/Host:ml.m5.large: $0.128 per hour" in result.stdout
    assert "AmazonVPC/VpcEndpoint-Hours: not in AWS's answer; unknown" in result.stderr
    price = load_price_list("eu-west-1").get("AmazonSageMaker/Train:ml.m5.large")
    assert price is not None
    assert (price.usd, price.source) == (0.13, "AWS's public price list, SKU B, effective 2026-11-01")


def test_a_region_without_environments_is_refused():
    result = CliRunner().invoke(application(), ["prices", "update", "--region", "ap-south-1"])
    assert result.exit_code == 1
    assert "no environment is in ap-south-1" in result.stderr
