"""Roles of people: who may assume each, and what the environment has of what their commands need."""

from __future__ import annotations

import json

import pytest

from launchpad.duties import Duty
from tests.stacks.inspection import resources

ACCOUNT = "123456789012"
PROVIDERS = f"arn:aws:iam::{ACCOUNT}:"
OIDC = f"{PROVIDERS}oidc-provider/login.example.com/oauth2"
SETTINGS = {"name": "dev", "region": "eu-west-1", "account": ACCOUNT}
SETS = {duty.key: {"permission_set": duty.value.title()} for duty in Duty}
CHARACTERS = 10_240
"""The most that IAM allows in a role's inline policies, without white space."""


@pytest.fixture(scope="module")
def people(templates):
    return templates(**SETTINGS, people=SETS)["people"]


def roles(template):
    all_roles = resources(template, "AWS::IAM::Role").values()
    return {role["Properties"]["RoleName"]: role["Properties"] for role in all_roles}


SESSION = {"sts:SetSourceIdentity", "sts:TagSession"}


def trust(role):
    """The one condition and principal of all of a role's trust; what the principal may do but name its session."""
    statements = role["AssumeRolePolicyDocument"]["Statement"]
    actions = {action for statement in statements for action in listed(statement["Action"])}
    [(principal, condition)] = {(json.dumps(each["Principal"]), json.dumps(each["Condition"])) for each in statements}
    assert actions > SESSION
    return {"Action": actions - SESSION, "Principal": json.loads(principal), "Condition": json.loads(condition)}


def allowed(template, duty):
    name = duty.value.title().replace("-", "")
    (policy,) = (
        policy["Properties"]["PolicyDocument"]["Statement"]
        for key, policy in resources(template, "AWS::IAM::Policy").items()
        if key.startswith(name)
    )
    return {action for statement in policy if statement["Effect"] == "Allow" for action in listed(statement["Action"])}


def listed(value):
    return value if isinstance(value, list) else [value]


def test_an_environment_without_the_section_has_no_such_stack(dev):
    assert "people" not in dev


def test_the_other_stacks_do_not_change_with_the_section(templates):
    with_it = templates(**SETTINGS, people=SETS)
    assert {part: template for part, template in with_it.items() if part != "people"} == templates(**SETTINGS)


def test_a_duty_that_is_not_listed_has_no_role(templates):
    some = templates(**SETTINGS, people={"approver": {"permission_set": "Approver"}})["people"]
    assert set(roles(some)) == {"launchpad-dev-approver"}


def test_a_permission_sets_role_is_trusted_by_its_whole_name(people):
    statement = trust(roles(people)["launchpad-dev-approver"])
    path = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com"
    name = "AWSReservedSSO_Approver_" + "?" * 16
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert statement["Condition"] == {"ArnLike": {"aws:PrincipalArn": [f"{path}/{name}", f"{path}/*/{name}"]}}
    assert roles(people)["launchpad-dev-approver"]["MaxSessionDuration"] == 3600


@pytest.mark.parametrize(
    ("region", "partition", "domain"),
    [
        ("eu-west-1", "aws", "aws.amazon.com"),
        ("cn-north-1", "aws-cn", "amazonaws.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws-us-gov.com"),
    ],
)
def test_a_saml_assertion_is_for_the_sign_in_page(templates, region, partition, domain):
    provider = f"arn:{partition}:iam::{ACCOUNT}:saml-provider/okta"
    settings = {"identity_provider": provider, "session_hours": 8, "auditor": {}}
    template = templates(name="dev", region=region, account=ACCOUNT, people=settings)["people"]
    role = roles(template)["launchpad-dev-auditor"]
    assert trust(role) == {
        "Action": {"sts:AssumeRoleWithSAML"},
        "Condition": {
            "StringEquals": {"SAML:aud": [f"https://signin.{domain}/saml", f"https://{region}.signin.{domain}/saml"]}
        },
        "Principal": {"Federated": provider},
    }
    assert role["MaxSessionDuration"] == 8 * 3600


def test_a_token_of_a_provider_is_for_the_dutys_client(templates):
    settings = {"identity_provider": OIDC, "on_call": {"client_id": "0oa1"}}
    role = roles(templates(**SETTINGS, people=settings)["people"])["launchpad-dev-on-call"]
    statement = trust(role)
    assert statement["Action"] == {"sts:AssumeRoleWithWebIdentity"}
    assert statement["Principal"] == {"Federated": OIDC}
    assert statement["Condition"] == {"StringEquals": {"login.example.com/oauth2:aud": "0oa1"}}


def test_each_role_fits_into_iams_limit(templates):
    everything = {"direct_deploy": True, "tracking": {}, "spark_serverless": {}, "allow_serverless": True}
    template = templates(**SETTINGS, **everything, people=SETS)["people"]
    sizes = [
        len(json.dumps(policy["Properties"]["PolicyDocument"], separators=(",", ":")))
        for policy in resources(template, "AWS::IAM::Policy").values()
    ]
    assert len(sizes) == len(Duty)
    assert max(sizes) < CHARACTERS


def test_a_boundary_of_the_organisation_holds_people_too(templates):
    boundary = f"{PROVIDERS}policy/boundary"
    template = templates(**SETTINGS, permissions_boundary=boundary, people=SETS)["people"]
    assert {role["PermissionsBoundary"] for role in roles(template).values()} == {boundary}


def test_what_an_environment_lacks_is_not_allowed(templates, people):
    spark = templates(**SETTINGS, spark_serverless={}, people=SETS)["people"]
    assert not [action for action in allowed(people, Duty.ON_CALL) if "emr" in action or "elasticmapreduce" in action]
    assert "emr-serverless:CancelJobRun" in allowed(spark, Duty.ON_CALL)
    assert "sagemaker:CreatePresignedMlflowAppUrl" not in allowed(people, Duty.DATA_SCIENTIST)
    tracked = templates(**SETTINGS, tracking={}, people=SETS)["people"]
    presigned = {action for action in allowed(tracked, Duty.DATA_SCIENTIST) if "Presigned" in action}
    assert presigned == {"sagemaker:CreatePresignedMlflowAppUrl"}


def test_only_a_direct_deploy_lets_people_serve(templates):
    def functions(**settings):
        policies = resources(templates(**SETTINGS, **settings, people=SETS)["people"], "AWS::IAM::Policy").values()
        return sum("DeployFunction" in json.dumps(policy) for policy in policies)

    assert functions() == 0
    assert functions(direct_deploy=True, allow_serverless=True) == 2
