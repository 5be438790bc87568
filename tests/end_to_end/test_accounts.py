"""A model's way over three accounts, with IAM enforced: what is served in prod are the bytes that dev trained.

The walk is that of `make demo-accounts`, step by step; the tests look behind it while its local AWS still runs.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from launchpad.cli.demo.accounts import ACCOUNTS, REGION, WORKLOAD, Walk
from launchpad.cli.progress import LiveLine
from launchpad.image_builds.assembly_images import AssemblyImage
from launchpad.image_builds.promoted_images import missing_promoted, take_over
from launchpad.images.containers import repository_name
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.shared_versions import share_versions
from launchpad.requests.names import promotion_readers, promotion_role_name
from launchpad.settings import load_environment
from tests.end_to_end.conftest import Checkout
from tests.end_to_end.three_accounts import CONTAINER, Accounts

PROMOTED = ("staging", "prod")
GITHUB = "github: {repository: example/platform}\n"


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    folder = tmp_path_factory.mktemp("walk")
    walk, line = Walk(folder, folder / "commands.log"), LiveLine("walk")
    try:
        walk.start(line)
        for config in (walk.checkout / "config").glob("*.yaml"):
            config.write_text(f"{config.read_text()}containers: [{CONTAINER}]\n{GITHUB * (config.stem == 'prod')}")
        walk.bootstrap(line)
        walk.deploy(line, "dev")
        walk.train(line)
        walk.approve(line)
        for source, target in zip(ACCOUNTS, PROMOTED, strict=False):
            walk.promote(line, source, target)
            walk.serve(line, target)
        yield Accounts(walk)
    finally:
        if walk.server:
            walk.server.stop()


@pytest.fixture(scope="module")
def refused(accounts: Accounts) -> list[dict[str, Any]]:
    """Read before a test tries what must be refused."""
    return accounts.refused


def test_no_role_was_refused_anything(refused: list[dict[str, Any]]) -> None:
    assert refused == []


@pytest.mark.parametrize("environment", PROMOTED)
def test_each_environment_serves_its_own_copy_of_the_same_bytes(
    refused: Any, accounts: Accounts, environment: str
) -> None:
    uri = accounts.served(environment)
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    assert bucket == accounts.output(environment, "ModelBucketName")
    assert key == accounts.served("dev").removeprefix("s3://").partition("/")[2]
    content = accounts.client(environment, "s3").get_object(Bucket=bucket, Key=key)
    assert hashlib.sha256(content["Body"].read()).hexdigest() == accounts.walk.pinned(environment)
    assert content["SSEKMSKeyId"] == accounts.output(environment, "KeyArn")


def test_all_endpoints_predict_the_same(refused: Any, accounts: Accounts) -> None:
    assert len(accounts.walk.answers) == len(ACCOUNTS)
    assert len(set(accounts.walk.answers.values())) == 1


@pytest.mark.parametrize(("bucket", "key"), [("ModelBucketName", "records"), ("DataBucketName", "training")])
def test_staging_reads_nothing_of_dev_but_what_is_pinned(
    refused: Any, accounts: Accounts, bucket: str, key: str
) -> None:
    name = accounts.output("dev", bucket)
    listed = accounts.client("dev", "s3").list_objects_v2(Bucket=name, Prefix=f"{WORKLOAD}/{key}/")["Contents"]
    with pytest.raises(ClientError, match="AccessDenied"):
        accounts.promotion("staging", "s3").get_object(Bucket=name, Key=listed[0]["Key"])


@pytest.mark.parametrize(("environment", "is_let_in"), [("staging", True), ("prod", False)])
def test_the_next_environments_roles_and_no_others_are_let_in_to_baselines(
    refused: Any, accounts: Accounts, environment: str, is_let_in: bool
) -> None:
    bucket, key = accounts.output("dev", "ModelBucketName"), f"{WORKLOAD}/baselines/job/baseline.json"
    accounts.client("dev", "s3").put_object(Bucket=bucket, Key=key, Body=b"{}")
    statement = {"Effect": "Allow", "Action": ["s3:GetObject", "kms:Decrypt"], "Resource": "*"}
    as_if_pinned = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    for role in promotion_readers(environment):
        s3, policy = accounts.assumed(environment, role, "s3"), {"RoleName": role, "PolicyName": "AsIfPinned"}
        with pytest.raises(ClientError, match="no identity-based policy allows"):
            s3.get_object(Bucket=bucket, Key=key)
        accounts.client(environment, "iam").put_role_policy(**policy, PolicyDocument=as_if_pinned)
        if is_let_in:
            assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"{}"
        else:
            with pytest.raises(ClientError, match="AccessDenied"):
                s3.get_object(Bucket=bucket, Key=key)
        accounts.client(environment, "iam").delete_role_policy(**policy)


def test_the_pin_of_prod_says_who_trained_the_model_in_dev(refused: Any, accounts: Accounts) -> None:
    texts = [(accounts.walk.checkout / "config" / f"{name}.yaml").read_text() for name in PROMOTED]
    facts = [text.partition("trained:")[2] for text in texts]
    assert " by: root\n" in facts[0]
    assert facts[0] == facts[1]


def test_pins_are_checked_across_accounts_with_a_role_that_only_reads(refused: Any, accounts: Accounts) -> None:
    assert "the environment has its copy" in accounts.walk.check_pins("prod")
    version = f"arn:aws:sagemaker:{REGION}:{ACCOUNTS['dev']}:model-package/dev-{WORKLOAD}/1"
    registry = accounts.client("dev", "sagemaker")
    registry.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Rejected")
    with pytest.raises(LaunchpadError, match=f"version 1 of dev-{WORKLOAD} is Rejected"):
        accounts.walk.check_pins("prod")
    registry.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Approved")


def test_the_same_image_is_in_every_account(refused: Any, accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    (tag,) = {accounts.image_uri(environment).rpartition(":")[2] for environment in ACCOUNTS}
    publishing = accounts.session("dev", "launchpad-dev-image-publishing")
    digest = accounts.repository("dev", publishing).push(tag).headers["docker-content-digest"]
    for source, environment in zip(ACCOUNTS, PROMOTED, strict=False):
        image = AssemblyImage(repository_name(environment, CONTAINER), tag, frozenset())
        for name, value in accounts.walk.variables(environment).items():
            monkeypatch.setenv(name, value)
        connection = Connection(load_environment(environment, accounts.walk.checkout / "config"))
        (copied,) = take_over(connection, missing_promoted(connection, [image]), print)
        assert copied == f"image {CONTAINER} is copied from {source}: {digest}"
        assert accounts.digest(environment, tag) == digest
    for environment, status in (("staging", 200), ("prod", 403)):
        of_dev = accounts.repository("dev", accounts.session(environment, promotion_role_name(environment)))
        assert of_dev.send("GET", f"/v2/{of_dev.name}/manifests/{tag}").status == status
        assert of_dev.send("PUT", f"/v2/{of_dev.name}/manifests/other", b"{}").status == 403


def test_githubs_plan_role_checks_pins_across_accounts(
    refused: Any, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(accounts.refused)
    keys, own = accounts.planning("prod"), accounts.walk.variables
    monkeypatch.setattr(accounts.walk, "variables", lambda environment: {**own(environment), **keys})
    assert "the environment has its copy" in accounts.walk.check_pins("prod")
    assert accounts.refused[before:] == []


def test_a_workload_that_left_the_config_is_no_longer_shared(
    refused: Any, accounts: Accounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in accounts.walk.variables("dev").items():
        monkeypatch.setenv(name, value)
    for file in (accounts.walk.checkout / "config").glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text().partition("endpoints:")[0])
    config, sagemaker = tmp_path / "dev.yaml", accounts.client("dev", "sagemaker")
    config.write_text(config.read_text().replace(f"workloads: [{WORKLOAD}]", "workloads: [spam-filter]"))
    group = {"ModelPackageGroupName": f"dev-{WORKLOAD}"}
    policy = sagemaker.get_model_package_group_policy(**group)["ResourcePolicy"]
    assert share_versions(Connection(load_environment("dev", tmp_path))) is None
    with pytest.raises(ClientError, match="Cannot find resource policy"):
        sagemaker.get_model_package_group_policy(**group)
    sagemaker.put_model_package_group_policy(**group, ResourcePolicy=policy)


def test_what_let_others_in_goes_with_the_name_in_promotes_to(
    refused: Any, accounts: Accounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in accounts.walk.variables("dev").items():
        monkeypatch.setenv(name, value)
    for file in (accounts.walk.checkout / "config").glob("*.yaml"):
        text = file.read_text().partition("endpoints:")[0]
        (tmp_path / file.name).write_text(text.replace("promotes_to: [staging]\n", ""))
    sagemaker, group = accounts.client("dev", "sagemaker"), f"dev-{WORKLOAD}"
    policy = sagemaker.get_model_package_group_policy(ModelPackageGroupName=group)["ResourcePolicy"]
    assert len(json.loads(policy)["Statement"]) == 4  # two roles of staging and of prod
    sagemaker.put_model_package_group_policy(
        ModelPackageGroupName=group, ResourcePolicy=policy.replace("-pin-checks", "-of-a-friend")
    )
    connection = Connection(load_environment("dev", tmp_path))
    assert share_versions(connection) is None
    assert "of-a-friend" in sagemaker.get_model_package_group_policy(ModelPackageGroupName=group)["ResourcePolicy"]
    sagemaker.put_model_package_group_policy(ModelPackageGroupName=group, ResourcePolicy=policy)
    assert share_versions(connection) is None
    with pytest.raises(ClientError, match="Cannot find resource policy"):
        sagemaker.get_model_package_group_policy(ModelPackageGroupName=group)
    assert share_versions(Connection(load_environment("dev", accounts.walk.checkout / "config"))) is None
    assert sagemaker.get_model_package_group_policy(ModelPackageGroupName=group)["ResourcePolicy"] == policy


def test_prod_reads_the_artifact_of_staging_and_not_of_dev(refused: Any, accounts: Accounts) -> None:
    s3 = accounts.promotion("prod", "s3")
    bucket, _, key = accounts.served("staging").removeprefix("s3://").partition("/")
    assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] > 0
    with pytest.raises(ClientError) as error:
        s3.head_object(Bucket=accounts.output("dev", "ModelBucketName"), Key=key)
    assert error.value.response["Error"]["Code"] == "403"


def test_prod_sees_the_version_that_dev_approved(refused: Any, accounts: Accounts) -> None:
    version = f"arn:aws:sagemaker:{REGION}:{ACCOUNTS['dev']}:model-package/dev-{WORKLOAD}/1"
    described = accounts.promotion("prod", "sagemaker").describe_model_package(ModelPackageName=version)
    assert described["ModelApprovalStatus"] == "Approved"


def test_every_file_that_a_command_named_is_kept(accounts: Accounts, tmp_path: Path) -> None:
    accounts.walk.keep_files(tmp_path)
    log = accounts.walk.log.read_text("utf-8")
    names = set(re.findall(r"(?<![\w/])(?:config|build)/[\w./-]+\.(?:yaml|md|log)", log))
    assert {"config/staging.yaml", "build/promotion.md", "build/logs/deploy-prod.log"} <= names
    assert [name for name in sorted(names) if not (tmp_path / name).is_file()] == []


def test_a_deleted_version_is_made_again_by_the_pipeline_and_stops_no_pin(refused: Any, accounts: Accounts) -> None:
    """The recipe of docs/backup.md."""
    sagemaker, group, line = accounts.client("dev", "sagemaker"), f"dev-{WORKLOAD}", LiveLine("restore")
    (summary,) = sagemaker.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
    sagemaker.delete_model_package(ModelPackageName=summary["ModelPackageArn"])
    accounts.walk.train(line)
    assert accounts.walk.approve(line) == f"version 2 of {group} is approved"
    assert "the environment has its copy" in accounts.walk.check_pins("staging")
    accounts.walk.promote(line, "dev", "staging")
    pinned = (accounts.walk.checkout / "config" / "staging.yaml").read_text()
    assert f"model-package/{group}/2" in pinned
    assert "the next deploy copies it" in accounts.walk.check_pins("staging")


def test_an_administrator_of_staging_is_not_the_promotion_role(refused: Any, accounts: Accounts) -> None:
    bucket, _, key = accounts.served("dev").removeprefix("s3://").partition("/")
    with pytest.raises(ClientError) as error:
        accounts.client("staging", "s3").head_object(Bucket=bucket, Key=key)
    assert error.value.response["Error"]["Code"] == "403"


def test_ctrl_c_in_the_demo_leaves_no_process_and_no_state(checkout: Checkout) -> None:
    process = checkout.start("demo", "--accounts")
    assert process.stdout
    for line in process.stdout:
        if "2/10" in line:
            break
    os.killpg(process.pid, signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 130, rest
    assert rest.splitlines()[-1].startswith("interrupted; the demo's local AWS")
    assert list((checkout.root / ".local-aws").glob("demo-*")) == []
    assert _processes_of(checkout.root) == []


def _processes_of(root: Path) -> list[str]:
    """The commands of all processes that were started in the checkout, or in one of the demo's below it."""
    mark, commands = f"LAUNCHPAD_ROOT={root}".encode(), []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (entry / "environ").read_bytes() and int(entry.name) != os.getpid():
                commands.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return commands
