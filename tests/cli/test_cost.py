"""`launchpad cost` as it is typed: what it prints of a small environment's templates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from launchpad import paths
from launchpad.cli.application import application
from launchpad.cli.commands import cost as command

ENDPOINT = {"VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.eu-west-1.sts", "SubnetIds": ["a", "b"]}
TEMPLATES = {
    "network": {
        "Sts": {"Type": "AWS::EC2::VPCEndpoint", "Properties": ENDPOINT},
        "Nat": {"Type": "AWS::EC2::NatGateway"},
        "Odd": {"Type": "AWS::SageMaker::Cluster"},
    },
    "storage": {"Key": {"Type": "AWS::KMS::Key"}, "Bucket": {"Type": "AWS::S3::Bucket"}},
}
PRICES = """\
region: eu-west-1
prices:
  AmazonVPC:
    VpcEndpoint-Hours: {usd: 0.02, unit: hour, date: '2026-10-01', source: a test}
  awskms:
    KMS-Keys: {usd: 1.0, unit: key-month, date: '2026-11-01', source: a test}
"""


@pytest.fixture(autouse=True)
def assembly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cloud assembly with these templates in place of a synth, and a price list."""
    artifacts = {}
    for part, resources in TEMPLATES.items():
        (tmp_path / f"{part}.template.json").write_text(json.dumps({"Resources": resources}))
        artifacts[f"dev{part}"] = {
            "type": "aws:cloudformation:stack",
            "displayName": f"dev/{part}",
            "properties": {"templateFile": f"{part}.template.json", "stackName": f"launchpad-dev-{part}"},
        }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    (tmp_path / "eu-west-1.yaml").write_text(PRICES)
    monkeypatch.setattr(command, "synthesize", lambda *_: tmp_path)
    monkeypatch.setattr(paths, "PRICE_LISTS", tmp_path)


def launchpad_cost(*arguments: str) -> Any:
    result = CliRunner().invoke(application(), ["cost", "--env", "dev", *arguments])
    assert result.exit_code == 0, result.output
    return result


def test_each_resource_has_its_amount_and_each_stack_its_sum():
    lines = [line.split() for line in launchpad_cost().stdout.splitlines()]
    assert ["network", "Sts", "interface", "endpoint", "sts,", "zones:", "2", "$29.20"] in lines
    assert ["network", "Nat", "NAT", "gateway", "unknown"] in lines
    assert ["network", "$29.20", "+", "unknown"] in lines
    assert ["together", "$30.20", "+", "unknown"] in lines


def test_what_is_not_counted_is_named():
    result = launchpad_cost()
    assert "unknown price: AmazonEC2/NatGateway-Hours" in result.stderr
    assert "no rule says what it costs: network Odd (AWS::SageMaker::Cluster)" in result.stderr
    assert "S3::Bucket" in result.stdout.partition("By use")[2]


def test_the_region_and_dates_of_the_prices_are_printed():
    assert "list prices in eu-west-1, of 2026-10-01 to 2026-11-01; no free tier" in launchpad_cost().stdout


def test_workloads_are_priced_at_most():
    assert "boston-housing " in launchpad_cost().stdout.partition("Workloads, at most")[2]


def test_the_document_has_keys_prices_and_sources():
    document = json.loads(launchpad_cost("--json").stdout)
    assert document["monthly"] == {"usd": 30.2, "unknown": ["AmazonEC2/NatGateway-Hours"]}
    assert document["prices"] == {"oldest": "2026-10-01", "newest": "2026-11-01"}
    (sts,) = [each for each in document["resources"] if each["resource"] == "Sts"]
    assert (sts["quantity"], sts["monthly_usd"]) == (1460, 29.2)
    assert sts["price"]["source"] == "a test"
    assert {each["what"] for each in document["workloads"] if each["workload"] == "boston-housing"} == {
        "run",
        "pipeline",
        "endpoint",
    }
