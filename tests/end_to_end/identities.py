"""An account with the identities of GitHub's workflows and of people, and the environment that a workflow deploys."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import pytest

from tests.end_to_end.conftest import BYTECODE, CACHE, LINKED, ROOT, linked_checkout
from tests.end_to_end.duty_walks import NAME, QUEUE, SLOW, WORKLOAD
from tests.end_to_end.enforced_account import NUMBER as ACCOUNT
from tests.end_to_end.enforced_account import SETS, Account
from tests.local_aws.launcher import FAST_PIPELINES, running_local_aws

REPOSITORY = "example/platform"
PARSED = "    options = parse_options()\n"
DEPLOY, PLAN = f"launchpad-{NAME}-github-deploy", f"launchpad-{NAME}-github-plan"
MAIN, ENVIRONMENT = f"repo:{REPOSITORY}:ref:refs/heads/main", f"repo:{REPOSITORY}:environment:{NAME}"
CONFIG = f"""\
name: {NAME}
account: "{ACCOUNT}"
region: us-east-1
retain_data: false
direct_deploy: true
promotes_to: [qa]
containers: [sklearn-custom, pytorch-extended]
github: {{repository: {REPOSITORY}}}
people:
"""
CONFIG += "".join(f"  {duty.key}: {{permission_set: {name}}}\n" for duty, name in SETS.items())

NEXT = f'name: qa\naccount: "{ACCOUNT}"\nregion: us-east-1\n'
MORE = f"""
tuning:
  objective: {{metric: r2, goal: Maximize}}
  ranges:
    test-size: {{min: 0.1, max: 0.3}}
  max_jobs: 2
  max_parallel_jobs: 2
transform:
  instance: {{type: ml.m5.large}}
  input: {{prefix: {WORKLOAD}/rows, content_type: text/csv}}
"""


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account in which an administrator has done what comes before the first workflow."""
    root, state = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("state")
    linked = {*LINKED, ".venv", "Makefile"} - {"config"}
    checkout = linked_checkout(root, sorted(linked))
    (root / "config").mkdir()
    (root / "config" / f"{NAME}.yaml").write_text(CONFIG)
    (root / "config" / "qa.yaml").write_text(NEXT)
    for name in (WORKLOAD, QUEUE):
        shutil.copytree(ROOT / "workloads" / name, root / "workloads" / name, ignore=BYTECODE)
    with (root / "workloads" / WORKLOAD / "workload.yaml").open("a") as file:
        file.write(MORE)
    script = root / "workloads" / WORKLOAD / "src" / "train.py"
    slow = f"import time\n    time.sleep({SLOW} * (options.random_state == {SLOW}))\n"
    script.write_text(script.read_text().replace(PARSED, f"{PARSED}    {slow}"))
    options = ("--cache", str(CACHE), "--state", str(state), "--iam", "--stop-grace", "2")
    with running_local_aws(*options, environment=FAST_PIPELINES) as aws:
        account = Account(checkout, aws, state)
        for arguments in (("bootstrap",), ("deploy", "--only", "github")):
            result = account.launchpad(*arguments, "--env", NAME, "--yes")
            assert result.returncode == 0, result.stdout + result.stderr
        yield account


@pytest.fixture(scope="module")
def deployed(account: Account) -> Account:
    """The environment, deployed under the role alone, after its config has lost a section."""
    tags = [{"Key": "launchpad:environment", "Value": NAME}]
    resources = {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"Tags": tags}}}
    account.aws.client("cloudformation").create_stack(
        StackName=f"launchpad-{NAME}-tracking",
        TemplateBody=json.dumps({"Resources": resources}),
        RoleARN=f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-us-east-1",
        EnableTerminationProtection=True,
    )
    result = account.launchpad("deploy", "--env", NAME, "--yes", **account.credentials(DEPLOY, ENVIRONMENT))
    assert result.returncode == 0, result.stdout + result.stderr
    return account


def stacks(account: Account) -> set[str]:
    described = account.aws.client("cloudformation").describe_stacks()["Stacks"]
    return {each["StackName"] for each in described if each["StackStatus"].endswith("_COMPLETE")}
