"""What comes before the first deploy: bootstrapping an account, and deploying one stack alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from launchpad.cli.deploying import BOOTSTRAP_STACK
from tests.end_to_end.conftest import BYTECODE, LINKED, ROOT, WORKLOAD, Checkout, Platform, linked_checkout
from tests.local_aws.launcher import LocalAws

REGION = "eu-west-1"


@pytest.fixture
def account(checkout: Checkout, aws: LocalAws) -> Platform:
    """The command line, without anything deployed for it."""
    return Platform(checkout, aws)


def bootstrapped(account: Platform, region: str = REGION) -> bool:
    stacks = account.aws.client("cloudformation", region_name=region).describe_stacks()["Stacks"]
    return BOOTSTRAP_STACK in {stack["StackName"] for stack in stacks}


def test_bootstrapping_an_account_says_what_it_makes_and_asks(account):
    result = account("bootstrap", "--env", "staging", rows="n\n")
    assert result.returncode == 1
    assert "AdministratorAccess" in result.stderr
    assert f"Create or renew it in account 123456789012, {REGION}?" in result.stdout + result.stderr
    assert not bootstrapped(account)


def test_a_second_bootstrap_renews_what_the_first_one_made(account):
    first = account.succeeds("bootstrap", "--env", "dev", "--yes")
    assert f"account 123456789012, {REGION} is bootstrapped" in first
    assert bootstrapped(account)
    assert "is bootstrapped" in account.succeeds("bootstrap", "--env", "dev", "--yes")


def test_the_local_aws_is_bootstrapped_without_a_question(account):
    assert "account 123456789012, us-east-1 is bootstrapped" in account.succeeds("bootstrap")
    assert bootstrapped(account, "us-east-1")


def test_credentials_of_another_account_bootstrap_nothing(tmp_path, aws):
    checkout = linked_checkout(tmp_path, sorted({*LINKED} - {"config"}))
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "far.yaml").write_text("name: far\nregion: eu-west-2\naccount: '999999999999'\n")
    account = Platform(checkout, aws)
    result = account("bootstrap", "--env", "far", "--yes")
    assert result.returncode == 1
    assert "environment 'far' is in account 999999999999, but your credentials are those of" in result.stderr
    assert not bootstrapped(account, "eu-west-2")


def test_one_stack_is_deployed_alone(account):
    account.succeeds("bootstrap", "--env", "dev", "--yes")
    assert "stack launchpad-dev-storage is deployed" in account.succeeds(
        "deploy", "--env", "dev", "--yes", "--only", "storage"
    )
    stacks = account.aws.client("cloudformation", region_name=REGION).describe_stacks()["Stacks"]
    assert {stack["StackName"] for stack in stacks} == {BOOTSTRAP_STACK, "launchpad-dev-storage"}
    account.succeeds("destroy", "--env", "dev", "--yes")


def test_a_stack_that_the_environment_lacks_is_refused_by_name(account):
    result = account("deploy", "--env", "dev", "--yes", "--only", "storag")
    assert result.returncode == 1
    assert "environment 'dev' has no stack 'storag'; did you mean 'storage'?" in result.stderr


NEW = "eu-west-3"
"""A region that no other test bootstraps."""


@pytest.fixture
def fresh(tmp_path: Path, aws: LocalAws) -> Platform:
    """An environment in an account and region in which nothing was done yet."""
    checkout = linked_checkout(tmp_path, sorted({*LINKED} - {"config"}))
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "fresh.yaml").write_text(f"name: fresh\nregion: {NEW}\naccount: '123456789012'\n")
    shutil.copytree(ROOT / "workloads" / WORKLOAD, tmp_path / "workloads" / WORKLOAD, ignore=BYTECODE)
    return Platform(checkout, aws)


def problems(platform: Platform) -> tuple[int, list[dict[str, Any]]]:
    """The exit code of the doctor, and its rows that are problems."""
    result = platform("doctor", "--env", "fresh", "--json")
    return result.returncode, [row for row in json.loads(result.stdout)["checks"] if row["status"] == "problem"]


def test_the_doctor_and_the_deploy_name_a_missing_bootstrap(fresh):
    code, (row,) = problems(fresh)
    assert (code, row["group"], row["name"]) == (1, "bootstrap", "version")
    assert row["remedy"] == "as an administrator: `launchpad bootstrap --env fresh`"
    refused = fresh("deploy", "--env", "fresh", "--yes")
    assert refused.returncode == 1
    assert row["finding"] in refused.stderr
    assert row["remedy"] in refused.stderr
    assert fresh.aws.client("cloudformation", region_name=NEW).describe_stacks()["Stacks"] == []
    fresh.succeeds("bootstrap", "--env", "fresh", "--yes")
    assert problems(fresh) == (0, [])
