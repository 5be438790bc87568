"""Price lists as data: how they are read and renewed. Nothing here has ever asked AWS."""

from __future__ import annotations

import io
import re

import boto3
import pytest
from botocore.stub import Stubber

from launchpad import paths
from launchpad.costs.keys import STANDARD, is_own_name, plain_usage
from launchpad.costs.offers import Offer, renewed
from launchpad.costs.price_api import api_offers
from launchpad.costs.price_feed import feed_offers
from launchpad.costs.price_list import Price, PriceList, load_price_list, with_own_prices, write_price_list
from launchpad.costs.rules import BY_USE
from launchpad.costs.update import keys_of_region, regions, update
from launchpad.messages.errors import InvalidFileError, LaunchpadError
from tests.unit.costs.answers import feed, page, product

KEY = "AmazonSageMaker/Host:ml.m5.large"
OLD = Price(usd=0.1, unit="hour", date="2026-01-01", source="a test")


def offer(usd: float = 0.128, sku: str = "A", published: str = "2026-11-20") -> Offer:
    return Offer(KEY, sku, usd, "Hrs", published, "AWS")


@pytest.fixture
def pricing():
    client = boto3.client("pricing", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


def expected(*filters: tuple[str, str, str], token: str | None = None) -> dict:
    content = {
        "ServiceCode": "AmazonSageMaker",
        "Filters": [{"Type": kind, "Field": field, "Value": value} for kind, field, value in filters],
        "FormatVersion": "aws_v1",
        "MaxResults": 100,
    }
    return {**content, **({"NextToken": token} if token else {})}


HOSTING = (
    ("TERM_MATCH", "regionCode", "eu-west-1"),
    ("TERM_MATCH", "component", "Hosting"),
    ("TERM_MATCH", "instanceName", "ml.m5.large"),
)


def test_the_api_is_asked_by_component_over_all_pages(pricing):
    client, stubber = pricing
    stubber.add_response(
        "get_products", page(product("EU-AsyncInf:ml.m5.large", ("0", "9")), token="2"), expected(*HOSTING)
    )
    answer = page(product("EU-Host:ml.m5.large", ("0", "0.128"), sku="B"))
    stubber.add_response("get_products", answer, expected(*HOSTING, token="2"))
    (host,) = api_offers(client, "eu-west-1", [KEY])
    assert (host.key, host.sku, host.usd, host.published) == (KEY, "B", 0.128, "2026-11-20")
    assert host.source == "AWS Price List API, SKU B, effective 2026-11-01"


def test_what_has_no_component_is_asked_by_usage_type(pricing):
    client, stubber = pricing
    filters = (("TERM_MATCH", "regionCode", "eu-west-1"), ("CONTAINS", "usagetype", "NatGateway-Hours"))
    products = [
        product("EU-NatGateway-Hours", ("0", "0.048"), sku="N"),
        product("EU-RegionalNatGateway-Hours", ("0", "0.05"), sku="R"),
    ]
    stubber.add_response("get_products", page(*products), {**expected(*filters), "ServiceCode": "AmazonEC2"})
    assert [each.sku for each in api_offers(client, "eu-west-1", ["AmazonEC2/NatGateway-Hours"])] == ["N"]


def test_a_free_tier_is_not_the_price(pricing):
    client, stubber = pricing
    stubber.add_response("get_products", page(product("EU-Host:ml.m5.large", ("10", "0.2"), ("0", "0"))))
    assert [each.usd for each in api_offers(client, "eu-west-1", [KEY])] == [0.2]


def test_the_public_list_gives_the_same_offer_without_credentials():
    addresses = []

    def open_url(address: str):
        addresses.append(address)
        rows = [("A", "EU-Host:ml.m5.large", "0", "0"), ("A", "EU-Host:ml.m5.large", "10", "0.128")]
        return feed("AmazonSageMaker", *rows, ("B", "EU-Train:ml.m5.large", "0", "0.2"))

    (host,) = feed_offers("eu-west-1", [KEY], open_url)
    assert (host.key, host.sku, host.usd, host.published) == (KEY, "A", 0.128, "2026-11-20")
    assert addresses == [
        "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonSageMaker/current/eu-west-1/index.csv"
    ]


def test_another_form_of_the_public_list_is_refused():
    with pytest.raises(LaunchpadError, match="doesn't begin as one: AWS changed its form"):
        list(feed_offers("eu-west-1", [KEY], lambda _: io.BytesIO(b"<html>\n" * 9)))


def test_a_list_that_can_not_be_read_is_an_error_with_its_address():
    def refused(address: str):
        raise OSError("connection refused")

    with pytest.raises(LaunchpadError, match=r"AmazonSageMaker/current/eu-west-1.*connection refused"):
        list(feed_offers("eu-west-1", [KEY], refused))


def test_several_products_for_one_key_are_refused_by_name():
    with pytest.raises(LaunchpadError, match=re.escape(f"{KEY}: A, B")):
        renewed(PriceList("eu-west-1"), {KEY}, [offer(sku="B"), offer(sku="A")])


def test_a_newer_list_is_not_overwritten():
    prices = PriceList("eu-west-1", {KEY: Price(usd=1, unit="hour", date="2026-12-01", source="x")})
    with pytest.raises(LaunchpadError, match=re.escape(f"{KEY} (2026-12-01, AWS's answer 2026-11-20)")):
        renewed(prices, {KEY}, [offer()])


def test_a_price_that_aws_does_not_list_stays_and_is_named():
    other = "AmazonSageMaker/Train:ml.m5.large"
    renewal = renewed(PriceList("eu-west-1", {other: OLD}), {KEY, other}, [offer()])
    assert (renewal.changed, renewal.missing) == ((KEY,), (other,))
    assert renewal.prices.get(other) == OLD
    assert renewal.prices.get(KEY) == Price(usd=0.128, unit="hour", date="2026-11-20", source="AWS")


def test_a_list_is_written_the_same_whatever_the_order(tmp_path):
    keys = ["AmazonVPC/VpcEndpoint-Hours", KEY, "AWSLambda/Lambda-GB-Second"]
    texts = [
        write_price_list(PriceList("eu-west-1", dict.fromkeys(order, OLD)), tmp_path).read_text()
        for order in (keys, keys[::-1])
    ]
    assert texts[0] == texts[1]
    assert load_price_list("eu-west-1", tmp_path) == PriceList("eu-west-1", dict.fromkeys(sorted(keys, key=str), OLD))


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1"])
def test_a_committed_list_is_as_it_would_be_written(region, tmp_path):
    text = write_price_list(load_price_list(region), tmp_path).read_text()
    assert text == (paths.PRICE_LISTS / f"{region}.yaml").read_text()


def test_every_region_of_an_environment_has_a_list():
    assert [region for region in regions() if not load_price_list(region).prices] == []


def test_a_price_of_zero_is_refused(tmp_path):
    text = (paths.PRICE_LISTS / "us-east-1.yaml").read_text()
    (tmp_path / "us-east-1.yaml").write_text(text.replace("usd: 3.0", "usd: 0.0"))
    with pytest.raises(InvalidFileError, match="should be greater than 0"):
        load_price_list("us-east-1", tmp_path)


def test_a_region_without_a_list_knows_no_price():
    assert load_price_list("ap-south-1") == PriceList("ap-south-1")


def test_own_prices_come_before_the_list(tmp_path, monkeypatch):
    (tmp_path / "prices.yaml").write_text("prices: {ml.m5.large: 0.07}\n")
    monkeypatch.setattr(paths, "PRICES", tmp_path / "prices.yaml")
    listed = load_price_list("us-east-1")
    price = with_own_prices(listed).get("AmazonSageMaker/Train:ml.m5.large")
    assert price is not None
    assert with_own_prices(listed).dates == listed.dates
    assert (price.usd, price.source) == (0.07, "config/prices.yaml")


def test_an_update_asks_for_all_that_an_environment_may_need(tmp_path):
    keys = keys_of_region("eu-west-1", tmp_path)
    assert {KEY, "AmazonSageMaker/Train:ml.m5.xlarge", "AmazonVPC/VpcEndpoint-Hours"} <= keys


def test_an_answer_without_prices_leaves_the_list(tmp_path):
    with pytest.raises(LaunchpadError, match="the list stays as it is"):
        update("eu-west-1", lambda *_: [], tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("usage", "plain"),
    [
        ("EU-Host:ml.m5.large", "Host:ml.m5.large"),
        ("USE1-Train:ml.m5.large", "Train:ml.m5.large"),
        ("eu-west-1-KMS-Keys", "KMS-Keys"),
        ("NatGateway-Hours", "NatGateway-Hours"),
        ("EU-CW:AlarmMonitorUsage", "CW:AlarmMonitorUsage"),
        ("DashboardsUsageHour", "DashboardsUsageHour"),
    ],
)
def test_a_usage_type_is_compared_without_its_region(usage, plain):
    assert plain_usage(usage, "eu-west-1") == plain


def test_an_ec2_instance_is_the_one_without_other_software():
    rows = [("L", "EU-BoxUsage:m5.xlarge", "0", "0.2")]
    windows = feed("AmazonEC2", *rows).getvalue().replace(b"RunInstance,", b"RunInstances:0002,")
    linux = feed("AmazonEC2", *rows).getvalue().replace(b"RunInstance,", b"RunInstances,")
    keys = ["AmazonEC2/BoxUsage:m5.xlarge"]
    assert [each.sku for each in feed_offers("eu-west-1", keys, lambda _: io.BytesIO(linux))] == ["L"]
    assert list(feed_offers("eu-west-1", keys, lambda _: io.BytesIO(windows))) == []


def test_what_costs_by_use_is_renewed_too():
    by_use = {key for kinds in BY_USE.values() for _, key in kinds if not is_own_name(key)}
    assert by_use <= set(STANDARD)
