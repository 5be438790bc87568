"""No action is a wildcard, every wildcard in a resource has its reason, and the table of them is up to date."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from launchpad import paths
from launchpad.settings import load_environment
from security import permissions
from security.__main__ import documents
from security.environments import SAMPLES, Stack, all_settings, synthesize
from security.statements import statements


@pytest.fixture
def with_statement(assembly, tmp_path):
    """The access stack of the development environment with another statement in the training role's policy."""
    stack = next(stack for stack in assembly.stacks if (stack.environment.name, stack.part) == ("dev", "access"))

    def changed(**statement) -> list[Stack]:
        template = json.loads(json.dumps(stack.template))
        policy = next(name for name in template["Resources"] if name.startswith("TrainingRoleDefaultPolicy"))
        document = template["Resources"][policy]["Properties"]["PolicyDocument"]
        document["Statement"].append({"Effect": "Allow", "Resource": "arn:aws:s3:::one", "Action": "s3:A"} | statement)
        (tmp_path / stack.file.name).write_text(json.dumps(template))
        metadata = stack.file.name.replace(".template.", ".metadata.")
        (tmp_path / metadata).write_bytes((stack.file.parent / metadata).read_bytes())
        return [replace(stack, file=tmp_path / stack.file.name)]

    return changed


def test_no_policy_allows_a_wildcard_action(assembly):
    assert permissions.wildcard_actions(assembly.stacks) == []


def test_every_wildcard_resource_has_its_reason(assembly):
    assert permissions.unexplained(assembly.stacks) == []


@pytest.mark.parametrize("action", ["*", "s3:*", "s3:Get*"])
def test_a_wildcard_action_is_seen(with_statement, action):
    wildcards = permissions.wildcard_actions(with_statement(Action=["s3:GetObject", action]))
    assert wildcards == [("access/TrainingRole/DefaultPolicy/Resource", action)]


def test_everything_but_some_actions_is_a_wildcard_too(with_statement):
    (stack,) = with_statement(NotAction=["iam:*"])
    assert permissions.wildcard_actions([stack]) == [("access/TrainingRole/DefaultPolicy/Resource", "*")]


@pytest.mark.parametrize("resource", ["arn:aws:s3:::*", "arn:aws:s3:::another-bucket/*"])
def test_a_wildcard_resource_without_a_reason_is_seen(with_statement, resource):
    wildcards = permissions.unexplained(with_statement(Resource=resource))
    assert wildcards == [("access/TrainingRole/DefaultPolicy/Resource", resource)]


def test_what_is_denied_may_be_as_wide_as_it_likes(with_statement):
    changed = with_statement(Effect="Deny", Action="s3:*", Resource="*")
    assert (permissions.wildcard_actions(changed), permissions.unexplained(changed)) == ([], [])


def test_policies_are_found_in_every_kind_of_resource(assembly):
    kinds = {statement.kind for statement in statements(assembly.stacks)}
    assert kinds >= {
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::KMS::Key",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::Logs::ResourcePolicy",
        "AWS::EC2::VPCEndpoint",
    }


def test_an_adopters_config_changes_no_document(tmp_path):
    """README's first step, with another region: the documents stay as they are committed."""
    samples = [each for each in all_settings() if SAMPLES in each.source.parents]
    own = load_environment("dev").model_copy(update={"account": "111111111111", "region": "eu-central-1"})
    written = documents(synthesize(tmp_path, settings=[*samples, own]))
    assert written["permissions.md"] == (paths.ROOT / "docs" / "permissions.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["controls.md", "permissions.md"])
def test_the_documents_are_up_to_date(assembly, name):
    committed = (paths.ROOT / "docs" / name).read_text("utf-8")
    assert committed == documents(assembly)[name], "run `make security-docs`"
