"""The workflows' identities: one repository, one environment each, and no more than a deploy or a plan needs."""

from __future__ import annotations

import pytest

from launchpad.images.containers import container_names
from tests.stacks.inspection import only, resources

ISSUER = "token.actions.githubusercontent.com"
ACCOUNT = "123456789012"
SETTINGS = {"name": "dev", "region": "eu-west-1", "account": ACCOUNT, "github": {"repository": "example/platform"}}


@pytest.fixture(scope="module")
def github(templates):
    return templates(**SETTINGS)["github"]


@pytest.fixture(scope="module")
def roles(github):
    found = resources(github, "AWS::IAM::Role").values()
    return {role["Properties"]["RoleName"]: role["Properties"] for role in found}


def trust(role):
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    return statement


def allowed(template, prefix):
    (policy,) = (
        policy["Properties"]["PolicyDocument"]["Statement"]
        for name, policy in resources(template, "AWS::IAM::Policy").items()
        if name.startswith(prefix)
    )
    return {
        (action, resource)
        for statement in policy
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def listed(value):
    return value if isinstance(value, list) else [value]


def test_an_environment_without_the_section_has_no_such_stack(dev):
    assert "github" not in dev


def test_the_other_stacks_do_not_change_with_the_section(templates):
    """But for the alarms' runbooks: the section says where this repository's page of them is."""
    runbooks = {"alarms": {"runbooks": "https://wiki.example.com/runbooks"}}
    plain = templates(**{key: section for key, section in SETTINGS.items() if key != "github"}, **runbooks)
    assert plain == {part: template for part, template in templates(**SETTINGS, **runbooks).items() if part != "github"}


def test_the_deploy_role_trusts_one_environment_of_one_repository(roles):
    statement = trust(roles["launchpad-dev-github-deploy"])
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": "repo:example/platform:environment:dev"}
    }


def test_the_plan_role_trusts_the_main_branch_and_no_pull_request(roles):
    condition = trust(roles["launchpad-dev-github-plan"])["Condition"]
    assert condition["StringEquals"][f"{ISSUER}:sub"] == "repo:example/platform:ref:refs/heads/main"
    assert list(condition) == ["StringEquals"]


def test_a_repository_with_numbers_is_trusted_by_them(templates):
    numbered = {"repository": "example/platform", "owner_id": 123456, "repository_id": 456789}
    roles = resources(templates(**{**SETTINGS, "github": numbered})["github"], "AWS::IAM::Role").values()
    subjects = [trust(role["Properties"])["Condition"]["StringEquals"][f"{ISSUER}:sub"] for role in roles]
    assert sorted(subjects) == [
        "repo:example@123456/platform@456789:environment:dev",
        "repo:example@123456/platform@456789:ref:refs/heads/main",
    ]


def test_the_provider_has_one_audience_and_no_thumbprint(github):
    provider = only(github, "AWS::IAM::OIDCProvider")
    assert provider["ClientIdList"] == ["sts.amazonaws.com"]
    assert provider["Url"] == f"https://{ISSUER}"
    assert "ThumbprintList" not in provider


def test_an_existing_provider_is_used_by_its_arn(templates):
    template = templates(**{**SETTINGS, "github": {"repository": "example/platform", "new_provider": False}})["github"]
    assert resources(template, "AWS::IAM::OIDCProvider") == {}
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
    for role in resources(template, "AWS::IAM::Role").values():
        assert trust(role["Properties"])["Principal"] == {"Federated": arn}


def test_a_deploy_may_assume_the_cdk_clis_roles_of_its_region_only(github):
    assumed = {resource for action, resource in allowed(github, "DeployRole") if action == "sts:AssumeRole"}
    cdk = f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds"
    assert assumed == {
        *(f"{cdk}-{purpose}-role-{ACCOUNT}-eu-west-1" for purpose in ("deploy", "file-publishing")),
        f"arn:aws:iam::{ACCOUNT}:role/launchpad-dev-image-publishing",
    }


def test_a_deploy_pulls_the_base_images_that_the_containers_name(github):
    pulled = {resource for action, resource in allowed(github, "DeployRole") if action == "ecr:BatchGetImage"}
    others = {resource for resource in pulled if f":{ACCOUNT}:" not in resource}
    assert others == {"arn:aws:ecr:eu-west-1:763104351884:repository/pytorch-training"}
    assert ("ecr:GetAuthorizationToken", "*") in allowed(github, "DeployRole")


def test_a_deploy_pushes_to_this_environments_repositories_only(github):
    pushed = {resource for action, resource in allowed(github, "DeployRole") if action == "ecr:PutImage"}
    assert pushed == {f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/launchpad/dev/{name}" for name in container_names()}


def test_a_platform_without_such_images_logs_in_to_no_registry(templates, tmp_path):
    containers, workloads = tmp_path / "containers", tmp_path / "workloads"
    containers.mkdir()
    workloads.mkdir()
    template = templates(workloads, containers, **SETTINGS)["github"]
    assert not any(action.startswith("ecr:") for action, _ in allowed(template, "DeployRole"))


def test_a_plan_reads_this_environments_stacks_and_assumes_no_role(github):
    stacks = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/launchpad-dev-*"
    assert allowed(github, "PlanRole") == {
        ("cloudformation:DescribeStacks", stacks),
        ("cloudformation:GetTemplate", stacks),
        ("cloudformation:ListStacks", "*"),
    }


def test_a_deploy_may_last_as_long_as_a_job_on_githubs_runners(roles):
    assert roles["launchpad-dev-github-deploy"]["MaxSessionDuration"] == 6 * 3600
    assert roles["launchpad-dev-github-plan"]["MaxSessionDuration"] == 3600


def test_both_roles_are_held_by_a_boundary_of_what_they_are_allowed(github, roles):
    (name,) = resources(github, "AWS::IAM::ManagedPolicy")
    assert [role["PermissionsBoundary"] for role in roles.values()] == [{"Ref": name}] * 2
    statements = only(github, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    held = {(a, r) for each in statements for a in listed(each["Action"]) for r in listed(each["Resource"])}
    assert held == allowed(github, "DeployRole") | allowed(github, "PlanRole")


def test_an_organisations_boundary_comes_first(templates):
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/organisation-boundary"
    template = templates(**SETTINGS, permissions_boundary=boundary)["github"]
    assert resources(template, "AWS::IAM::ManagedPolicy") == {}
    roles = resources(template, "AWS::IAM::Role").values()
    assert {role["Properties"]["PermissionsBoundary"] for role in roles} == {boundary}
