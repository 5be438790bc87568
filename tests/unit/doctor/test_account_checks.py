"""Credentials, bootstrap and stacks: what the first call to AWS would stumble over."""

from __future__ import annotations

import datetime

import pytest

from launchpad.doctor import account, bootstrap, stack_states
from launchpad.doctor.deployment import Deployment
from launchpad.doctor.examination import examine
from tests.unit.doctor.conftest import ACCOUNT, assembly, only, verdicts

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
NEEDS = assembly(requiresBootstrapStackVersion=6)


def identity(number=ACCOUNT):
    return [("get_caller_identity", {"Account": number, "Arn": f"arn:aws:iam::{number}:user/ada", "UserId": "A"})]


def stack(name, status, *, protected=False):
    return {"StackName": name, "StackStatus": status, "CreationTime": NOW, "EnableTerminationProtection": protected}


def test_credentials_of_the_account_are_named(deploy):
    finding = only(account.credentials(deploy({"sts": identity()})))
    assert (str(finding.status), finding.text) == ("ok", f"arn:aws:iam::{ACCOUNT}:user/ada")


def test_credentials_of_another_account_are_a_problem(deploy):
    finding = only(account.credentials(deploy({"sts": identity("999999999999")})))
    assert str(finding.status) == "problem"
    assert "is in account 123456789012, but your credentials are those of" in finding.text
    assert "AWS_PROFILE" in finding.remedy


def test_a_config_without_an_account_is_warned_about(deploy):
    findings = list(account.credentials(deploy({"sts": identity()}, {"account": None})))
    assert verdicts(findings) == ["ok", "warning"]
    assert 'write `account: "123456789012"` into config/dev.yaml' in findings[1].remedy


def test_a_local_aws_that_is_not_running_is_a_problem(deploy):
    finding = only(account.credentials(deploy(connection=None, unreachable="it isn't running; start it")))
    assert (str(finding.status), finding.text, finding.remedy) == ("problem", "it isn't running", "start it")


@pytest.mark.parametrize(("version", "verdict"), [("5", "problem"), ("6", "ok"), ("30", "ok")])
def test_the_bootstrap_needs_the_version_of_the_templates(deploy, version, verdict):
    answers = {"ssm": [("get_parameter", {"Parameter": {"Value": version}})]}
    finding = only(bootstrap.version(deploy(answers, assembly=NEEDS)))
    assert str(finding.status) == verdict
    assert ("launchpad bootstrap --env dev" in finding.remedy) == (verdict == "problem")


def test_an_account_without_bootstrap_is_a_problem(deploy):
    finding = only(bootstrap.version(deploy({"ssm": [("get_parameter", "ParameterNotFound")]}, assembly=NEEDS)))
    assert str(finding.status) == "problem"
    assert "`launchpad bootstrap --env dev`" in finding.remedy


def test_a_caller_who_may_not_read_the_version_is_no_problem(deploy):
    deployment = deploy({"ssm": [("get_parameter", "AccessDeniedException")]}, assembly=NEEDS)
    rows = examine(deployment, [check for check in bootstrap.checks() if check.name == "version"])
    assert [str(row.status) for row in rows] == ["unknown"]


def test_the_stack_of_the_bootstrap_may_be_missing(deploy):
    answers = {"cloudformation": [("describe_stacks", {"Stacks": []})]}
    assert verdicts(bootstrap.toolkit(deploy(answers))) == ["ok"]


@pytest.mark.parametrize(("is_local", "verdict"), [(True, "ok"), (False, "problem")])
def test_only_the_local_aws_is_bootstrapped_meanwhile(deploy, monkeypatch, is_local, verdict):
    monkeypatch.setattr(Deployment, "is_local", is_local)
    toolkit = stack("CDKToolkit", "CREATE_IN_PROGRESS")
    answers = {"cloudformation": [("describe_stacks", {"Stacks": [toolkit]})]}
    assert verdicts(bootstrap.toolkit(deploy(answers))) == [verdict]


@pytest.mark.parametrize(
    ("status", "protected", "verdict", "remedy"),
    [
        ("CREATE_COMPLETE", False, "ok", ""),
        ("UPDATE_ROLLBACK_COMPLETE", False, "ok", ""),
        ("REVIEW_IN_PROGRESS", False, "ok", ""),
        ("ROLLBACK_COMPLETE", False, "warning", "the deploy deletes it"),
        ("ROLLBACK_COMPLETE", True, "warning", "the deploy deletes it"),
        ("ROLLBACK_FAILED", True, "warning", "the deploy deletes it"),
        ("UPDATE_IN_PROGRESS", False, "problem", "wait"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", False, "problem", "wait"),
        ("UPDATE_ROLLBACK_FAILED", False, "problem", "continue-update-rollback --stack-name launchpad-dev-jobs"),
        ("DELETE_FAILED", False, "problem", "delete-stack --stack-name launchpad-dev-jobs"),
        ("CREATE_FAILED", False, "problem", "delete-stack"),
        ("UPDATE_FAILED", False, "problem", "rollback-stack"),
    ],
)
def test_each_state_of_a_stack_has_its_verdict(status, protected, verdict, remedy):
    finding = stack_states.state(stack("launchpad-dev-jobs", status, protected=protected))
    assert str(finding.status) == verdict
    assert remedy in finding.remedy
    assert finding.name == "launchpad-dev-jobs"


def test_only_stacks_of_the_environment_count(deploy):
    stacks = [
        stack("launchpad-dev-storage", "CREATE_COMPLETE"),
        stack("launchpad-devil-storage", "DELETE_FAILED"),
        stack("launchpad-dev-gone", "DELETE_COMPLETE"),
    ]
    finding = only(stack_states.states(deploy({"cloudformation": [("describe_stacks", {"Stacks": stacks})]})))
    assert (str(finding.status), finding.text) == ("ok", "1 deployed, all in a state to deploy from")


def test_a_stack_that_stops_the_deploy_has_a_row(deploy):
    stacks = [stack("launchpad-dev-a", "CREATE_COMPLETE"), stack("launchpad-dev-b", "UPDATE_ROLLBACK_FAILED")]
    finding = only(stack_states.states(deploy({"cloudformation": [("describe_stacks", {"Stacks": stacks})]})))
    assert (str(finding.status), finding.name) == ("problem", "launchpad-dev-b")


TAGGED = {"Tags": [{"Key": "launchpad:environment", "Value": "dev"}]}


@pytest.mark.parametrize(("tags", "verdict"), [(TAGGED, "warning"), ({}, "ok")])
def test_a_stack_that_the_config_no_longer_has_stops_no_deploy(deploy, tags, verdict):
    left = {**stack("launchpad-dev-studio", "DELETE_FAILED"), **tags}
    answers = {"cloudformation": [("describe_stacks", {"Stacks": [left]})]}
    assert str(only(stack_states.states(deploy(answers, assembly=NEEDS))).status) == verdict
