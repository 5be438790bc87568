"""Whatever a config loses is deployed, as is what it gains: one environment, with everything on, off and on again.

The CDK CLI deploys for real, with IAM enforced. The endpoint's container is a plain one, because the stacks are what is
proven here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from launchpad.settings import EnvironmentSettings
from tests.end_to_end.account_contents import promote
from tests.end_to_end.conftest import CACHE, LINKED, WORKLOAD, linked_checkout
from tests.end_to_end.switched_account import (
    AGAIN,
    BASE,
    CONTAINER,
    NAME,
    OFF,
    ON,
    OTHER,
    THEIRS,
    Account,
    existing_network,
    model_package,
)
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import FAST_SERVICES, running_local_aws

NO_RESOURCES = {
    *("allow_serverless", "captured_data_days", "closed_services", "containers", "cost", "instance_limits"),
    *("log_retention_days", "new_data_quiet_seconds", "tags", "workloads"),
}
"""Keys of a config that create nothing: they change other resources (`test_every_section.py`), or only commands."""
COSTLY = {
    "applications",
    "clusters",
    "domains",
    "endpoints",
    "notebook instances",
    "tracking servers",
    "OIDC providers",
    "anomaly monitors",
    "budgets",
    "trails",
}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    root: Path = tmp_path_factory.mktemp("checkout")
    checkout = linked_checkout(root, sorted({*LINKED} - {"config", "containers"}))
    for folder in ("config", "containers", "workloads"):
        (root / folder).mkdir()
    with running_local_aws(*PLAIN, "--cache", str(CACHE), "--iam", environment=FAST_SERVICES) as aws:
        account = Account(checkout, aws)
        account.bring("workloads", WORKLOAD)
        promote(aws)
        (root / "config" / f"{NAME}.yaml").write_text(yaml.safe_dump(OFF))
        topic = {"Topic": {"Type": "AWS::SNS::Topic"}}
        account.cloudformation.create_stack(StackName=THEIRS, TemplateBody=json.dumps({"Resources": topic}))
        result = account.launchpad("bootstrap", "--env", NAME, "--yes")
        assert result.returncode == 0, result.stdout + result.stderr
        yield account


@pytest.fixture(scope="module")
def before(account: Account) -> dict[str, set[str]]:
    """What there is without any section."""
    account.deployed(OFF)
    return account.resources()


@pytest.fixture(scope="module")
def on(account: Account, before: dict[str, set[str]]) -> dict[str, set[str]]:
    """Everything switched on, over a stack whose first creation has failed and that is protected."""
    account.bring("workloads", OTHER)
    account.bring("containers", CONTAINER)
    account.fail_to_create("tracking")
    output = account.deployed(ON)
    assert f"launchpad-{NAME}-tracking was never created (ROLLBACK_COMPLETE): lifted its termination" in output
    return account.resources()


@pytest.fixture(scope="module")
def off(account: Account, on: dict[str, set[str]]) -> str:
    """Everything switched off again: what the deploy printed. One stack is protected, as all are that retain data."""
    account.take("workloads", OTHER)
    account.take("containers", CONTAINER)
    account.aws.client("s3").put_object(Bucket=account.bucket("Audit"), Key="AWSLogs/record.json", Body=b"{}")
    account.cloudformation.update_termination_protection(
        StackName=f"launchpad-{NAME}-studio", EnableTerminationProtection=True
    )
    return account.deployed(OFF)


@pytest.fixture(scope="module")
def without(account: Account, off: str) -> dict[str, set[str]]:
    return account.resources()


@pytest.fixture(scope="module")
def again(account: Account, without: dict[str, set[str]]) -> dict[str, set[str]]:
    """Everything switched on a second time, with Spark of the other kind, and with one notebook less."""
    account.deployed(AGAIN)
    return account.resources()


@pytest.fixture(scope="module")
def moved(account: Account, again: dict[str, set[str]]) -> str:
    """The environment in an existing VPC, its endpoint on a model package, without the workplaces of people."""
    vpc, *subnets = existing_network(account.aws)
    kept = {key: value for key, value in AGAIN.items() if key not in ("network", "notebooks", "studio")}
    pin = {"workload": WORKLOAD, "model_package": model_package(account.aws, account.bucket("Model"))}
    account.deployed({**kept, "network": {"existing": {"vpc_id": vpc, "subnet_ids": subnets}}, "endpoints": [pin]})
    return vpc


def test_every_key_of_a_config_is_switched():
    switched = (OFF.keys() | ON.keys() | AGAIN.keys()) - BASE.keys()
    assert switched.isdisjoint(NO_RESOURCES)
    assert switched | NO_RESOURCES | BASE.keys() == EnvironmentSettings.model_fields.keys()


def test_every_section_makes_something(before, on):
    assert {kind for kind in COSTLY if on[kind] - before[kind]} == COSTLY - {"applications"}


def test_what_is_switched_off_is_named_with_what_costs_money(off):
    assert f"config/{NAME}.yaml no longer has these stacks" in off
    for part, content in (
        (f"endpoint-{WORKLOAD}", "a running endpoint"),
        ("spark", "a Spark cluster"),
        ("studio", "a Studio domain"),
        ("notebooks", "a notebook instance (2)"),
        (f"image-{CONTAINER}", "1 resource"),
    ):
        assert f"launchpad-{NAME}-{part:<{40 - len(f'launchpad-{NAME}-')}} {content}" in off


def test_what_is_switched_off_leaves_nothing_behind(before, off, without):
    changes = {kind: sorted(names ^ before[kind]) for kind, names in without.items() if names != before[kind]}
    # An interface endpoint that loses a subnet gets other network interfaces, but no more of them.
    changes.pop("network interfaces", None)
    (left,) = changes.pop("buckets")
    assert f"could not delete what left it, AWS::S3::Bucket {left.rpartition(', ')[2]}: " in off
    assert not changes, json.dumps(changes, indent=1)
    assert len(without["network interfaces"]) == len(before["network interfaces"])


def test_a_bucket_that_is_not_empty_is_named_when_it_stays(off):
    assert f"launchpad-{NAME}-storage could not delete what left it, AWS::S3::Bucket launchpad-{NAME}-storage-" in off
    assert "The bucket you tried to delete is not empty" in off


def test_no_stack_of_a_section_is_left(account, off):
    assert account.stacks().keys() == {"storage", "network", "access", "jobs", "pipeline", "observability"}
    assert {status for status in account.stacks().values() if "ROLLBACK" in status or "FAILED" in status} == set()


def test_another_teams_stack_with_such_a_name_stays(account, off):
    assert THEIRS not in off
    assert account.cloudformation.describe_stacks(StackName=THEIRS)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"


def test_another_range_of_addresses_is_refused_before_anything_changes(account, off):
    before = account.events()
    refusal = account.deploy({**OFF, "network": {"cidr": "10.77.0.0/16"}})
    assert refusal.returncode == 1
    assert f"NetworkVpcFAC8F4A5 of launchpad-{NAME}-network would be replaced (CidrBlock)" in refusal.stderr
    assert account.events() == before


def test_what_was_switched_off_is_switched_on_again(before, again):
    assert {kind for kind in COSTLY if again[kind] - before[kind]} == COSTLY - {"clusters"}
    assert again["notebook instances"] - before["notebook instances"] != set()


def test_an_environment_moves_to_an_existing_vpc(account, again, moved):
    groups = account.aws.client("ec2").describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [moved]}])
    assert "Jobs, endpoints and notebooks" in {group["Description"] for group in groups["SecurityGroups"]}


def test_the_old_vpc_is_gone_after_the_move(account, moved):
    vpcs = account.aws.client("ec2").describe_vpcs()["Vpcs"]
    assert moved in {vpc["VpcId"] for vpc in vpcs}
    assert {"Key": "launchpad:environment", "Value": NAME} not in [tag for vpc in vpcs for tag in vpc.get("Tags", [])]


def test_a_pin_changes_from_an_artifact_to_a_package(account, moved):
    sagemaker = account.aws.client("sagemaker")
    endpoint = sagemaker.describe_endpoint(EndpointName=f"{NAME}-{WORKLOAD}")
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
    assert endpoint["EndpointStatus"] == "InService"
    assert "ModelPackageName" in model["PrimaryContainer"]
