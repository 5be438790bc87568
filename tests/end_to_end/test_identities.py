"""GitHub's workflows and people, on the local AWS with IAM enforced: each does its own with a role, and nothing else.

A workflow's token is exchanged for the credentials of the role that `stacks/github.py` makes, with which the whole
environment is deployed. People sign in by a permission set, and each duty's role (`stacks/people.py`) runs its
commands. At the end the environment's people come from a SAML provider.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from launchpad.duties import BY_NAME, Duty, role_name
from launchpad.image_builds.assembly_images import AssemblyImage
from launchpad.image_builds.preparation import prepare_docker
from launchpad.platform_client.connection import Connection
from launchpad.settings import EnvironmentSettings
from security import iam_report
from tests.end_to_end.duty_walks import APPROVER, AUDITOR, BY_AN_ADMINISTRATOR, NAME, SCIENTIST, WORKLOAD
from tests.end_to_end.enforced_account import NUMBER as ACCOUNT
from tests.end_to_end.enforced_account import PERSON, SETS, Account, lower
from tests.end_to_end.identities import CONFIG, DEPLOY, ENVIRONMENT, MAIN, PLAN, REPOSITORY, account, deployed, stacks
from tests.end_to_end.people_at_work import attempted, refused, worked, working
from tests.end_to_end.saml_people import LINES, company
from tests.end_to_end.saml_people import PERSON as PERSON_BY_SAML
from tests.image_builds.conftest import docker

__all__ = ["account", "attempted", "company", "deployed", "docker", "refused", "worked", "working"]


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
    deployed_stacks = stacks(deployed)
    parts = ("storage", "network", "registry", "access", "jobs", "pipeline", "observability", "github", "people")
    assert {f"launchpad-{NAME}-{part}" for part in parts} <= deployed_stacks
    assert f"launchpad-{NAME}-tracking" not in deployed_stacks
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


@dataclass(frozen=True)
class Plans:
    """The plans of a changed config and of the deployed one, and IAM's decisions about both."""

    changed: subprocess.CompletedProcess[str]
    same: subprocess.CompletedProcess[str]
    calls: list[dict[str, Any]]


@pytest.fixture(scope="module")
def plans(deployed: Account) -> Plans:
    config, plan = deployed.checkout.root / "config" / f"{NAME}.yaml", deployed.credentials(PLAN, MAIN)
    config.write_text(CONFIG + "log_retention_days: 180\n")
    changed = deployed.make("cloud-diff", f"ENV={NAME}", **plan)
    config.write_text(CONFIG)
    same = deployed.make("cloud-diff", f"ENV={NAME}", **plan)
    return Plans(changed, same, deployed.calls(PLAN))


def test_the_plan_role_alone_compares_a_commit_with_what_is_deployed(plans):
    changed, same = plans.changed, plans.same
    assert (changed.returncode, same.returncode) == (0, 0), changed.stderr + same.stderr
    assert "RetentionInDays" in changed.stdout + changed.stderr
    assert "Number of stacks with differences: 0" in same.stdout + same.stderr
    assert "a deploy would delete no stack" in same.stdout


def test_a_plan_is_refused_nothing_but_the_roles_of_the_cdk(plans):
    refused = {call["action"] for call in plans.calls if not call["allowed"]}
    allowed = {call["action"] for call in plans.calls if call["allowed"]}
    assert refused == {"sts:AssumeRole"}
    reading = {f"cloudformation:{name}" for name in ("DescribeStacks", "GetTemplate", "ListStacks")}
    assert allowed <= {*reading, "sts:GetCallerIdentity"}


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


MACHINE = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:launchpad-other-pipeline"
OWN = "the duty's own role"


def test_each_duty_is_refused_nothing_of_the_environment(refused):
    assert refused == set()


def test_what_a_duty_does_not_use_has_a_reason(worked):
    roles = {f"people/{duty}": (role_name(NAME, duty), worked.statements(role_name(NAME, duty))) for duty in Duty}
    calls = [call for duty in Duty for call in worked.calls(role_name(NAME, duty))]
    uses = iam_report.use(roles, calls)
    unexplained, needless = (find(uses, "unused_by_people") for find in (iam_report.unexplained, iam_report.needless))
    assert not unexplained + needless, "\n".join(["unused:", *unexplained, "used after all:", *needless])


def test_what_is_another_dutys_is_refused_with_the_permission_and_the_duty(attempted):
    assert len(attempted) > 30
    for duty, command, ending in attempted:
        assert ending.code == 1, f"{duty} could: {command.name}"
        assert f"is missing: `launchpad {command.name}` is for the {command.duties[0]}" in ending.output


def test_records_have_the_person_of_the_session(working):
    history = working.launchpad("history", WORKLOAD, "--env", NAME, "--json", **working.person(AUDITOR))
    names = {change["origin"].get("by", "") for change in json.loads(history.stdout)}
    assert PERSON in names
    assert names <= {PERSON, ""}


def test_an_administrator_reads_what_no_duty_does(working):
    lines = [f"{name} --env {NAME}" for name in BY_AN_ADMINISTRATOR]
    for line, ending in zip(lines, working.in_one_process(lines, {}), strict=True):
        assert "denied" not in ending.output.lower(), f"{line}: {ending.output}"
        assert "error: " not in ending.output, f"{line}: {ending.output}"
    for line, ending in zip(lines, working.in_one_process(lines, working.person(AUDITOR)), strict=True):
        row = next(name for name in BY_NAME if line.startswith(f"{name} "))
        # The doctor says what it could not look at, and goes on.
        words = "is denied" if row == "doctor" else f"is missing: `launchpad {row}` is an administrator's"
        assert words in ending.output, f"the auditor could: {line}"


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("iam", "put_role_policy", {"RoleName": OWN, "PolicyName": "more", "PolicyDocument": "{}"}),
        ("iam", "update_assume_role_policy", {"RoleName": OWN, "PolicyDocument": "{}"}),
        ("sts", "assume_role", {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{DEPLOY}", "RoleSessionName": "ada"}),
        ("sagemaker", "delete_model", {"ModelName": f"{NAME}-{WORKLOAD}"}),
        ("sagemaker", "describe_training_job", {"TrainingJobName": "other-boston-housing-1"}),
        ("sagemaker", "stop_training_job", {"TrainingJobName": "other-boston-housing-1"}),
        ("stepfunctions", "start_execution", {"stateMachineArn": MACHINE}),
        ("cloudformation", "delete_stack", {"StackName": f"launchpad-{NAME}-people"}),
        ("s3", "list_buckets", {}),
    ],
)
def test_no_duty_changes_policies_or_reaches_elsewhere(worked, service, operation, arguments):
    for duty in Duty:
        client = worked.aws.client(service, **lower(worked.person(duty)))
        own = {name: value.replace(OWN, role_name(NAME, duty)) for name, value in arguments.items()}
        with pytest.raises(ClientError, match="AccessDenied"):
            getattr(client, operation)(**own)


def test_scripts_of_jobs_are_not_the_scientists_to_write(worked):
    credentials = lower(worked.person(SCIENTIST))
    outputs = worked.aws.client("cloudformation").describe_stacks(StackName=f"launchpad-{NAME}-storage")["Stacks"][0]
    bucket = {each["OutputKey"]: each["OutputValue"] for each in outputs["Outputs"]}["DataBucketName"]
    with pytest.raises(ClientError, match="AccessDenied"):
        worked.aws.client("s3", **credentials).put_object(Bucket=bucket, Key=f"code/{WORKLOAD}/x", Body=b"")


def test_another_permission_set_does_not_have_the_duty(worked):
    for other in (SETS[SCIENTIST], f"{SETS[APPROVER]}_Junior"):
        with pytest.raises(ClientError, match="is not authorized to perform: sts:AssumeRole"):
            worked.person(APPROVER, other)


def test_a_scientist_of_a_saml_provider_does_the_dutys_work(company):
    credentials = company.person(SCIENTIST)
    lines = [f"{line} --env {NAME}" for line in LINES]
    for line, ending in zip(lines, company.account.in_one_process(lines, credentials), strict=True):
        assert ending.code == 0, f"{line}: {ending.output}"
    calls = [each for each in company.account.calls(role_name(NAME, SCIENTIST)) if PERSON_BY_SAML in each["principal"]]
    assert calls
    assert [call for call in calls if not call["allowed"]] == []


def test_a_saml_provider_says_who_has_which_duty(company):
    with pytest.raises(ClientError, match="Not authorized to perform sts:AssumeRoleWithSAML"):
        company.person(APPROVER, has=SCIENTIST)
    with pytest.raises(ClientError, match="Not authorized to perform sts:AssumeRoleWithSAML"):
        company.person(SCIENTIST, recipient="https://eu-west-1.signin.aws.amazon.com/saml")
    line = f"approve {WORKLOAD} --version 1 --reject --yes --env {NAME}"
    [ending] = company.account.in_one_process([line], company.person(SCIENTIST))
    assert "is missing: `launchpad approve` is for the approver" in ending.output


def test_a_permission_set_has_no_duty_any_more(company):
    with pytest.raises(ClientError, match="is not authorized to perform: sts:AssumeRole"):
        company.account.person(SCIENTIST)


def test_it_all_goes_again_by_an_administrators_hand(deployed):
    result = deployed.launchpad("destroy", "--env", NAME, "--yes")
    assert result.returncode == 0, result.stdout + result.stderr
    assert stacks(deployed) == {"CDKToolkit"}
    assert deployed.aws.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"] == []
