"""Names that are taken, and the caller's permissions."""

from __future__ import annotations

import datetime

import pytest

from launchpad.doctor import names, permissions
from launchpad.image_builds.assembly_images import AssemblyImage
from tests.unit.doctor.conftest import ACCOUNT, assembly, only, verdicts

ROLE = "launchpad-dev-image-publishing"
TRUST = {"Path": "/", "RoleId": "A" * 16, "CreateDate": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)}
ADA = f"arn:aws:iam::{ACCOUNT}:user/ada"
ASSUMED = {"assumeRoleArn": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-deploy"}
DEPLOY_ROLE = f"arn:aws:iam::{ACCOUNT}:role/cdk-deploy"


@pytest.fixture
def own(monkeypatch):
    """The physical ids of the environment's deployed resources, which a test adds to."""
    ids: list[str] = []
    monkeypatch.setattr(names, "stacks", lambda _connection: [{"StackName": "launchpad-dev-one"}])
    monkeypatch.setattr(names, "resources", lambda *_: [{"PhysicalResourceId": each} for each in ids])
    return ids


def role(name=ROLE):
    return {"Role": {**TRUST, "RoleName": name, "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}"}}


def test_a_role_that_no_stack_has_is_a_problem(deploy, own):
    planned = assembly(("AWS::IAM::Role", {"RoleName": ROLE}))
    finding = only(names.taken(deploy({"iam": [("get_role", role())]}, assembly=planned)))
    assert (str(finding.status), ROLE in finding.text, "cdk import" in finding.remedy) == ("problem", True, True)


def test_a_free_name_and_a_generated_one_are_fine(deploy, own):
    planned = assembly(("AWS::IAM::Role", {"RoleName": ROLE}), ("AWS::IAM::Role", {}))
    finding = only(names.taken(deploy({"iam": [("get_role", "NoSuchEntity")]}, assembly=planned)))
    assert (str(finding.status), finding.text) == ("ok", "0 are this environment's, 1 are free")


@pytest.mark.parametrize("physical_id", [ROLE, f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"])
def test_what_the_environment_has_is_not_looked_up(deploy, own, physical_id):
    own.append(physical_id)
    finding = only(names.taken(deploy({"iam": []}, assembly=assembly(("AWS::IAM::Role", {"RoleName": ROLE})))))
    assert finding.text == "1 are this environment's, 0 are free"


@pytest.mark.parametrize(("code", "verdict"), [("404", "ok"), ("403", "problem")])
def test_a_bucket_of_another_account_is_a_problem(deploy, own, code, verdict):
    name = {"Fn::Join": ["-", ["launchpad", {"Ref": "AWS::AccountId"}, {"Fn::Sub": "${AWS::Region}"}]]}
    planned = assembly(("AWS::S3::Bucket", {"BucketName": name}))
    finding = only(names.taken(deploy({"s3": [("head_bucket", code)]}, assembly=planned)))
    assert str(finding.status) == verdict
    assert verdict == "ok" or f"launchpad-{ACCOUNT}-eu-west-1 is another account's" in finding.text


def test_a_name_that_may_not_be_looked_up_is_unknown(deploy, own):
    planned = assembly(("AWS::SSM::Parameter", {"Name": "/a"}))
    assert verdicts(names.taken(deploy({"ssm": [("get_parameter", "AccessDeniedException")]}, assembly=planned))) == [
        "unknown"
    ]


def test_the_accounts_only_oidc_provider_has_a_remedy(deploy, own):
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.example.com"
    planned = assembly((names.PROVIDER, {"Url": "https://token.example.com"}))
    answer = {"OpenIDConnectProviderList": [{"Arn": arn}]}
    deployment = deploy({"iam": [("list_open_id_connect_providers", answer)] * 2}, assembly=planned)
    finding = only(names.provider(deployment))
    assert (str(finding.status), "new_provider: false" in finding.remedy) == ("problem", True)
    own.append(arn)
    assert verdicts(names.provider(deployment)) == ["ok"]


@pytest.mark.parametrize(("retains", "verdict"), [(True, "ok"), (False, "problem")])
def test_a_repository_that_was_left_is_taken_back(deploy, own, retains, verdict):
    planned = assembly(("AWS::ECR::Repository", {"RepositoryName": "launchpad/dev/mlflow"}))
    answers = {"ecr": [("describe_repositories", {"repositories": [{"repositoryName": "launchpad/dev/mlflow"}]})]}
    finding = only(names.taken(deploy(answers, {"retain_data": retains}, assembly=planned)))
    assert (str(finding.status), "launchpad/dev/mlflow" in finding.text) == (verdict, True)


def test_a_notebook_that_is_in_the_way_is_to_be_saved_first(deploy, own):
    planned = assembly(("AWS::SageMaker::NotebookInstance", {"NotebookInstanceName": "dev-team"}))
    answers = {"sagemaker": [("describe_notebook_instance", {"NotebookInstanceName": "dev-team"})]}
    finding = only(names.taken(deploy(answers, assembly=planned)))
    assert "save the work on its volume" in finding.remedy
    assert "--notebook-instance-name dev-team" in finding.remedy


def identity(arn):
    return [("get_caller_identity", {"Account": ACCOUNT, "Arn": arn, "UserId": "A"})]


def result(decision, missing=()):
    specific = {"EvalResourceName": DEPLOY_ROLE, "EvalResourceDecision": decision, "MissingContextValues": [*missing]}
    whole = {"EvalActionName": "sts:AssumeRole", "EvalResourceName": "*", "EvalDecision": decision}
    return {"EvaluationResults": [{**whole, "ResourceSpecificResults": [specific]}], "IsTruncated": False}


@pytest.mark.parametrize(
    ("answer", "verdict", "text"),
    [
        (result("allowed"), "ok", f"1 permissions are granted to {ADA}"),
        (result("implicitDeny"), "problem", f"sts:AssumeRole on {DEPLOY_ROLE} is not granted"),
        (result("explicitDeny"), "problem", f"sts:AssumeRole on {DEPLOY_ROLE} is not granted"),
        (
            result("implicitDeny", ["aws:SourceIp"]),
            "unknown",
            f"sts:AssumeRole on {DEPLOY_ROLE} depends on aws:SourceIp",
        ),
    ],
)
def test_the_simulator_decides_about_the_caller(deploy, answer, verdict, text):
    answers = {"sts": identity(ADA), "iam": [("simulate_principal_policy", answer)]}
    finding = only(permissions.deploying(deploy(answers, assembly=assembly(**ASSUMED))))
    assert (str(finding.status), finding.text) == (verdict, text)


def test_the_role_of_a_session_is_simulated_with_its_path(deploy):
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/ada"
    answers = {
        "sts": identity(session),
        "iam": [("get_role", role("sso/admin")), ("simulate_principal_policy", result("allowed"))],
    }
    finding = only(permissions.deploying(deploy(answers, assembly=assembly(**ASSUMED))))
    assert finding.text == f"1 permissions are granted to arn:aws:iam::{ACCOUNT}:role/sso/admin"


@pytest.mark.parametrize(
    ("arn", "verdict"),
    [(f"arn:aws:iam::{ACCOUNT}:root", "ok"), (f"arn:aws:sts::{ACCOUNT}:federated-user/ada", "unknown")],
)
def test_callers_that_have_no_policies_are_not_simulated(deploy, arn, verdict):
    assert verdicts(permissions.deploying(deploy({"sts": identity(arn)}, assembly=assembly(**ASSUMED)))) == [verdict]


AWS_BASED = AssemblyImage("launchpad/dev/pytorch-extended", "1a2b", frozenset())
"""An image whose base is AWS's own, so that it is pulled from AWS's registry."""


def test_building_images_needs_the_registries(deploy):
    needed = dict(permissions.needs(deploy(assembly=assembly(**ASSUMED), images=[AWS_BASED])))
    actions = {action for group in needed for action in group}
    assert {"sts:AssumeRole", "ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:PutImage"} <= actions
    assert needed[("sts:AssumeRole",)] == (DEPLOY_ROLE,)


@pytest.mark.parametrize(("status", "verdict"), [("InService", "ok"), ("Failed", "problem")])
def test_an_endpoint_that_was_served_directly_is_taken_over(deploy, own, status, verdict):
    description = {
        "EndpointName": "dev-wine",
        "EndpointArn": f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:endpoint/dev-wine",
        "EndpointConfigName": "config",
        "EndpointStatus": status,
        "CreationTime": 0,
        "LastModifiedTime": 0,
    }
    planned = assembly(("AWS::SageMaker::Endpoint", {"EndpointName": "dev-wine"}))
    answers = {"sagemaker": [("describe_endpoint", description)]}
    (finding, *_) = names.taken(deploy(answers, assembly=planned))
    assert str(finding.status) == verdict
    assert "takes it over" in finding.text + finding.remedy
