"""A GitHub workflow's way to AWS, on the local AWS with IAM enforced: its token is exchanged for a role's credentials,
and the role that `stacks/github.py` makes deploys the whole environment with them, and can do nothing else.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from launchpad.image_builds.assembly_images import AssemblyImage
from launchpad.image_builds.preparation import prepare_docker
from launchpad.platform_client.connection import Connection
from launchpad.settings import EnvironmentSettings
from tests.end_to_end.conftest import BYTECODE, CACHE, LINKED, ROOT, WORKLOAD, Checkout, linked_checkout
from tests.image_builds.conftest import docker
from tests.local_aws.launcher import LocalAws, running_local_aws

__all__ = ["docker"]
NAME, ACCOUNT, REPOSITORY = "ci", "123456789012", "example/platform"
DEPLOY, PLAN = f"launchpad-{NAME}-github-deploy", f"launchpad-{NAME}-github-plan"
MAIN, ENVIRONMENT = f"repo:{REPOSITORY}:ref:refs/heads/main", f"repo:{REPOSITORY}:environment:{NAME}"
CONFIG = f"""\
name: {NAME}
account: "{ACCOUNT}"
region: us-east-1
retain_data: false
github: {{repository: {REPOSITORY}}}
"""


@dataclass(frozen=True)
class Account:
    """An account with nothing in it yet, and a checkout that deploys to it."""

    checkout: Checkout
    aws: LocalAws
    state: Path

    def launchpad(self, *arguments: str, **credentials: str) -> subprocess.CompletedProcess[str]:
        """Run `launchpad`, as the account's administrator or with these credentials."""
        return self._run(self.checkout.command(*arguments), credentials)

    def make(self, *arguments: str, **credentials: str) -> subprocess.CompletedProcess[str]:
        """Run `make` as a workflow does after `make setup`."""
        return self._run(["make", "--old-file=setup", *arguments], credentials)

    def _run(self, command: list[str], credentials: dict[str, str]) -> subprocess.CompletedProcess[str]:
        variables = self.checkout.variables(**{**self.aws.environment, "CI": "true", **credentials})
        return subprocess.run(
            command,
            env=variables,
            cwd=self.checkout.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
        )

    def credentials(self, role: str, subject: str, audience: str = "sts.amazonaws.com") -> dict[str, str]:
        """Exchange a job's token, as aws-actions/configure-aws-credentials does."""
        claims = {"iss": "https://token.actions.githubusercontent.com", "aud": audience, "sub": subject}
        sts = self.aws.client("sts")
        # On AWS the request is unsigned: the token is all that counts. The local AWS answers nothing unsigned.
        sts.meta.events.register_first(
            "choose-signer.sts.AssumeRoleWithWebIdentity", lambda **_: "v4", unique_id="signed"
        )
        arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
        answer = sts.assume_role_with_web_identity(
            RoleArn=arn, RoleSessionName="GitHubActions", WebIdentityToken=token(claims)
        )["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": answer["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": answer["SecretAccessKey"],
            "AWS_SESSION_TOKEN": answer["SessionToken"],
        }

    def calls(self, role: str) -> list[dict[str, Any]]:
        """IAM's decisions about a role's sessions."""
        lines = (self.state / "iam-calls.jsonl").read_text("utf-8").splitlines()
        return [call for call in map(json.loads, lines) if f":assumed-role/{role}/" in call["principal"]]


def token(claims: dict[str, str]) -> str:
    """A token with these claims; the local AWS believes every signature."""
    parts = (json.dumps({"alg": "none"}), json.dumps(claims), "signature")
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account in which an administrator has done what comes before the first workflow."""
    root, state = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("state")
    linked = {*LINKED, ".venv", "Makefile"} - {"config"}
    checkout = linked_checkout(root, sorted(linked))
    (root / "config").mkdir()
    (root / "config" / f"{NAME}.yaml").write_text(CONFIG)
    shutil.copytree(ROOT / "workloads" / WORKLOAD, root / "workloads" / WORKLOAD, ignore=BYTECODE)
    options = ("--cache", str(CACHE), "--state", str(state), "--iam", "--stop-grace", "2")
    with running_local_aws(*options) as aws:
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
    found = account.aws.client("cloudformation").describe_stacks()["Stacks"]
    return {each["StackName"] for each in found if each["StackStatus"].endswith("_COMPLETE")}


def test_the_first_deploy_makes_the_identities_and_nothing_else(account):
    assert {"CDKToolkit", f"launchpad-{NAME}-github"} <= stacks(account)


@pytest.mark.parametrize(
    ("role", "subject"),
    [
        (DEPLOY, MAIN),
        (DEPLOY, f"repo:{REPOSITORY}:environment:other"),
        (DEPLOY, f"repo:other/platform:environment:{NAME}"),
        (PLAN, f"repo:{REPOSITORY}:pull_request"),
        (PLAN, f"repo:{REPOSITORY}:ref:refs/heads/feature"),
        (PLAN, "repo:other/platform:ref:refs/heads/main"),
    ],
)
def test_another_jobs_token_is_refused(account, role, subject):
    with pytest.raises(ClientError, match="Not authorized to perform sts:AssumeRoleWithWebIdentity"):
        account.credentials(role, subject)


def test_a_token_for_another_audience_is_refused(account):
    with pytest.raises(ClientError, match="Not authorized to perform sts:AssumeRoleWithWebIdentity"):
        account.credentials(DEPLOY, ENVIRONMENT, audience="https://github.com/example")


def test_the_deploy_role_alone_deploys_the_whole_environment(deployed):
    made = stacks(deployed)
    parts = ("storage", "network", "registry", "access", "jobs", "pipeline", "observability", "github")
    assert {f"launchpad-{NAME}-{part}" for part in parts} <= made
    assert f"launchpad-{NAME}-tracking" not in made
    assert {call["action"] for call in deployed.calls(DEPLOY) if not call["allowed"]} == set()


def test_the_deploy_role_logs_docker_in_and_looks_at_images(deployed, docker, monkeypatch):
    [name, *_] = [each["repositoryName"] for each in deployed.aws.client("ecr").describe_repositories()["repositories"]]
    image = AssemblyImage(name, "not-pushed", frozenset({"763104351884.dkr.ecr.us-east-1.amazonaws.com"}))
    connection = Connection(EnvironmentSettings(name=NAME, region="us-east-1"), caller=docker.variables)
    for variable, value in {**deployed.aws.environment, **deployed.credentials(DEPLOY, ENVIRONMENT)}.items():
        monkeypatch.setenv(variable, value)
    assert prepare_docker(connection, [image]) == sorted(image.base_registries)
    used = {call["action"] for call in deployed.calls(DEPLOY) if call["allowed"]}
    assert {"ecr:DescribeImages", "ecr:GetAuthorizationToken"} <= used


@pytest.fixture
def plan(deployed: Account) -> dict[str, str]:
    return deployed.credentials(PLAN, MAIN)


def test_the_plan_role_alone_compares_a_commit_with_what_is_deployed(deployed, plan):
    config = deployed.checkout.root / "config" / f"{NAME}.yaml"
    config.write_text(CONFIG + "log_retention_days: 180\n")
    changed = deployed.make("cloud-diff", f"ENV={NAME}", **plan)
    config.write_text(CONFIG)
    same = deployed.make("cloud-diff", f"ENV={NAME}", **plan)
    assert (changed.returncode, same.returncode) == (0, 0), changed.stderr + same.stderr
    assert "RetentionInDays" in changed.stdout + changed.stderr
    assert "Number of stacks with differences: 0" in same.stdout + same.stderr


def test_a_plan_is_refused_nothing_but_the_roles_of_the_cdk(deployed, plan):
    deployed.make("cloud-diff", f"ENV={NAME}", **plan)
    refused = {call["action"] for call in deployed.calls(PLAN) if not call["allowed"]}
    allowed = {call["action"] for call in deployed.calls(PLAN) if call["allowed"]}
    assert refused == {"sts:AssumeRole"}
    assert allowed <= {"cloudformation:DescribeStacks", "cloudformation:GetTemplate", "sts:GetCallerIdentity"}


def test_the_plan_role_deploys_nothing(deployed, plan):
    result = deployed.launchpad("deploy", "--env", NAME, "--yes", **plan)
    assert result.returncode == 1
    assert "is not authorized to perform" in result.stderr


@pytest.mark.parametrize("role", [DEPLOY, PLAN])
def test_the_boundary_holds_a_role_whatever_is_attached_to_it(deployed, role):
    everything = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    )
    deployed.aws.client("iam").put_role_policy(RoleName=role, PolicyName="Everything", PolicyDocument=everything)
    credentials = deployed.credentials(role, ENVIRONMENT if role == DEPLOY else MAIN)
    client = deployed.aws.client(
        "iam",
        aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=credentials["AWS_SESSION_TOKEN"],
    )
    with pytest.raises(ClientError, match="is not authorized to perform: iam:CreateUser"):
        client.create_user(UserName="intruder")
    deployed.aws.client("iam").delete_role_policy(RoleName=role, PolicyName="Everything")


USED = ["sts:AssumeRole", "ecr:DescribeImages", "ecr:DescribeRepositories"]
"""What a deploy calls by itself. Pulling and pushing need Docker, which isn't run here."""


@pytest.mark.parametrize("action", USED)
def test_a_deploy_uses_what_its_role_is_allowed(deployed, action):
    used = {call["action"] for call in deployed.calls(DEPLOY) if call["allowed"]}
    assert action in used


@pytest.fixture
def deployer(deployed: Account) -> Iterator[dict[str, str]]:
    """A person who may deploy but for the files, and ask IAM about it."""
    iam, assumed = (
        deployed.aws.client("iam"),
        f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-deploy-role-{ACCOUNT}-us-east-1",
    )
    arn = iam.create_user(UserName="ada")["User"]["Arn"]
    statements = [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": assumed},
        {"Effect": "Allow", "Action": "iam:SimulatePrincipalPolicy", "Resource": arn},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName="ada", PolicyName="deploy", PolicyDocument=document)
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    yield {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    iam.delete_access_key(UserName="ada", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="ada", PolicyName="deploy")
    iam.delete_user(UserName="ada")


def test_the_doctor_names_a_role_that_the_caller_may_not_assume(deployed, deployer):
    result = deployed.launchpad("doctor", "--env", NAME, "--json", **deployer)
    rows = json.loads(result.stdout)["checks"]
    problems = [row for row in rows if row["status"] == "problem"]
    files = f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-file-publishing-role-{ACCOUNT}-us-east-1"
    assert result.returncode == 1
    assert f"sts:AssumeRole on {files} is not granted" in [row["finding"] for row in problems]
    assert {row["group"] for row in problems} == {"permissions"}
    assert [row["status"] for row in rows if row["group"] in ("bootstrap", "stacks")] == ["ok", "ok", "ok"]
    assert "unknown" in [row["status"] for row in rows if row["group"] == "quotas"]


def test_it_all_goes_again_by_an_administrators_hand(deployed):
    result = deployed.launchpad("destroy", "--env", NAME, "--yes")
    assert result.returncode == 0, result.stdout + result.stderr
    assert stacks(deployed) == {"CDKToolkit"}
    assert deployed.aws.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"] == []
