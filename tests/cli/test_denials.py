"""What a person reads whose credentials may not run a command."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from launchpad.cli.denials import denies, remedy
from launchpad.cli.errors import explain
from launchpad.platform_client.denied_objects import name_denied_objects

READ = "s3:GetObject on s3://models/w/a"
REFUSAL = "User: arn:aws:sts::123456789012:assumed-role/{}/ada is not authorized to perform: {} on resource: *"


@pytest.mark.parametrize(
    ("role", "action", "command", "words"),
    [
        (
            "launchpad-dev-data-scientist",
            "sagemaker:UpdateModelPackage",
            "approve boston-housing --env dev",
            (
                "sagemaker:UpdateModelPackage is missing: `launchpad approve` is for the approver: use a profile with"
                " the role launchpad-dev-approver (AWS_PROFILE=..., docs/people.md)"
            ),
        ),
        (
            "launchpad-dev-approver",
            "states:StopExecution",
            "--debug pipeline stop boston-housing",
            (
                "states:StopExecution is missing: `launchpad pipeline stop` is for the data-scientist and the on-call:"
                " use a profile with the role launchpad-dev-data-scientist or launchpad-dev-on-call (AWS_PROFILE=...,"
                " docs/people.md)"
            ),
        ),
        (
            "somebody",
            "lambda:InvokeFunction",
            "run boston-housing",
            (
                "lambda:InvokeFunction is missing: `launchpad run` is for the data-scientist: use a profile with the"
                " role launchpad-ENV-data-scientist (AWS_PROFILE=..., docs/people.md)"
            ),
        ),
        (
            "launchpad-dev-on-call",
            "sts:AssumeRole",
            "deploy --env dev",
            (
                "sts:AssumeRole is missing: `launchpad deploy` is an administrator's: ask one, or use an"
                " administrator's credentials (AWS_PROFILE=...)"
            ),
        ),
        (
            "launchpad-dev-on-call",
            "lambda:InvokeFunction",
            "idle --env dev",
            "lambda:InvokeFunction is missing: deploy dev anew with this checkout, which gives it to the on-call",
        ),
    ],
)
def test_a_refusal_names_the_permission_and_who_has_it(role, action, command, words):
    assert remedy(REFUSAL.format(role, action), command.split()) == words


def test_the_running_costs_are_an_administrators():
    message = REFUSAL.format("launchpad-dev-auditor", "sagemaker:ListTrainingJobs")
    assert "`launchpad cost --running` is an administrator's" in remedy(message, ["cost", "--running", "--env", "dev"])


def test_words_of_the_cdk_are_known_for_a_denial():
    assert denies(REFUSAL.format("launchpad-dev-on-call", "cloudformation:GetTemplate"))
    assert not denies(REFUSAL.format("cdk-hnb659fds-cfn-exec-role-123456789012-eu-west-1", "iam:CreateRole"))
    assert not denies("no such stack")


def test_a_refusal_without_a_command_names_the_permission():
    message = REFUSAL.format("ada", "s3:GetObject")
    words = "s3:GetObject is missing: ask for this permission, or use other credentials (AWS_PROFILE=...)"
    assert remedy(message, []) == words


def test_a_role_of_another_environment_is_named_with_the_right_one():
    message = REFUSAL.format("launchpad-dev-data-scientist", "cloudformation:DescribeStacks")
    for arguments in (
        "runs boston-housing --env staging",
        "runs boston-housing --env=staging",
        "promote w --from staging",
    ):
        assert remedy(message, arguments.split()) == (
            "cloudformation:DescribeStacks is missing: the role launchpad-dev-data-scientist is for environment dev,"
            " and this command is about staging: use a profile with the role launchpad-staging-data-scientist"
            " (AWS_PROFILE=..., docs/people.md)"
        )


def test_the_role_that_is_named_is_that_of_the_commands_environment():
    message = REFUSAL.format("launchpad-dev-approver", "cloudformation:DescribeStacks")
    assert "the role launchpad-staging-on-call (" in remedy(message, ["idle", "-e", "staging"])


def test_without_a_command_of_the_table_duties_are_named():
    words = remedy(REFUSAL.format("ada", "sagemaker:UpdateModelPackage"), ["validate"])
    assert words.endswith("or use other credentials (AWS_PROFILE=...); the approver may have it (docs/people.md)")


@pytest.fixture
def s3():
    """An S3 client of a data approver's session, to whom every request is answered as S3 denies it."""
    session = boto3.Session("k", "s", region_name="eu-west-1")
    name_denied_objects(session.events, lambda: "arn:aws:sts::123456789012:assumed-role/launchpad-dev-approver/ada")
    client = session.client("s3")

    def deny(model: Any, **_: object) -> tuple[Any, dict[str, Any]]:
        body = model.name.startswith("Head")  # no body, so no code but that of HTTP
        error = (
            {"Code": "403", "Message": "Forbidden"} if body else {"Code": "AccessDenied", "Message": "Access Denied"}
        )
        return SimpleNamespace(status_code=403, headers={}), {"Error": error, "ResponseMetadata": {}}

    client.meta.events.register("before-call.s3", deny)
    return client


@pytest.mark.parametrize(
    ("operation", "arguments", "words"),
    [
        (
            "head_object",
            {"Key": "w/a"},
            "s3:GetObject on s3://models/w/a (or s3:ListBucket on the bucket, if it does not",
        ),
        (
            "get_object",
            {"Key": "w/a"},
            "s3:GetObject on s3://models/w/a (or s3:ListBucket on the bucket, if it does not",
        ),
        ("list_objects_v2", {}, "s3:ListBucket on s3://models is missing"),
        ("put_object", {"Key": "w/a", "Body": b""}, "s3:PutObject on s3://models/w/a is missing"),
    ],
)
def test_what_s3_denies_without_words_names_permission_and_object(monkeypatch, s3, operation, arguments, words):
    monkeypatch.setattr("sys.argv", ["launchpad", "get", "dev-boston-housing-1"])
    with pytest.raises(ClientError) as refusal:
        getattr(s3, operation)(Bucket="models", **arguments)
    text = explain(refusal.value)
    assert words in text
    assert "`launchpad get` is for the data-scientist: use a profile with the role launchpad-dev-data-scientist" in text


def test_a_key_that_is_denied_is_named_as_s3_names_it():
    message = (
        "User: arn:aws:sts::123456789012:assumed-role/launchpad-dev-approver/ada is not authorized to perform:"
        " kms:Decrypt on resource: arn:aws:kms:eu-west-1:123456789012:key/k because no identity-based policy allows"
    )
    words = remedy(message, ["get", "dev-w-1"], {"Denied": {"actions": ["s3:GetObject"], "words": "s3:GetObject"}})
    assert words.startswith("kms:Decrypt is missing: `launchpad get` is for the data-scientist")
