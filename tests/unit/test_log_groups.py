"""SageMaker's log groups: an endpoint's has the environment's key and retention, a shared one only if it is its own."""

from __future__ import annotations

import sys

import pytest

from launchpad.checks.validation import Folders, Validation
from stacks.permissions.function_permissions import SHARED_LOGS
from tests.unit.functions import CONTEXT, ENVIRONMENT, imported, log_groups_of

KEY = ENVIRONMENT["kms_key_arn"]
GROUP = "/aws/sagemaker/Endpoints/dev-boston-housing"


def called(function, *arguments):
    """Call a function as a handler does, which may log decisions."""
    sys.modules["decision_log"].logs_decisions(lambda *_: function(*arguments))({}, CONTEXT)


@pytest.fixture
def module(tmp_path, monkeypatch):
    with imported(tmp_path, monkeypatch, "log_groups", {}) as module:
        yield module


def test_an_endpoint_gets_a_group_with_key_and_retention(module):
    called(module.protect_endpoint_logs, "dev-boston-housing")
    assert log_groups_of(module.logs()) == {GROUP: {"kmsKeyId": KEY, "retentionInDays": 90}}


def test_a_group_that_sagemaker_created_gets_key_and_retention(module):
    groups = log_groups_of(module.logs())
    groups[GROUP] = {}
    called(module.protect_endpoint_logs, "dev-boston-housing")
    assert groups == {GROUP: {"kmsKeyId": KEY, "retentionInDays": 90}}


def test_a_group_that_another_function_changes_is_left_to_it(module):
    groups = log_groups_of(module.logs())
    groups[GROUP] = {"busy": True}
    called(module.protect_endpoint_logs, "dev-boston-housing")
    assert groups == {GROUP: {"busy": True}}


def test_a_group_that_is_created_at_this_moment_gets_key_and_retention(module):
    groups = log_groups_of(module.logs())
    groups[GROUP] = {"just_created": True}
    called(module.protect_endpoint_logs, "dev-boston-housing")
    assert groups == {GROUP: {"kmsKeyId": KEY, "retentionInDays": 90}}


def test_shared_groups_are_left_alone_by_default(module):
    called(module.protect_shared_logs)
    assert log_groups_of(module.logs()) == {}


@pytest.mark.parametrize(("key", "association"), [(KEY, {"kmsKeyId": KEY}), ("", {})])
def test_shared_groups_of_the_owner_are_set(tmp_path, monkeypatch, key, association):
    monkeypatch.setenv("SHARED_LOGS_KEY", key)
    with imported(tmp_path, monkeypatch, "log_groups", {}) as module:
        called(module.protect_shared_logs)
        groups = log_groups_of(module.logs())
    assert set(groups) == {f"/aws/sagemaker/{name}" for name in SHARED_LOGS}
    assert all(group == {**association, "retentionInDays": 90} for group in groups.values())


def test_a_pinned_endpoint_gets_them_by_an_event(tmp_path, monkeypatch):
    monkeypatch.setenv("DIRECT_DEPLOY", "false")
    with imported(tmp_path, monkeypatch, "deploy", {}) as module:
        assert module.handler({"logs_of": "dev-boston-housing"}, CONTEXT)["action"] == "logs protected"
        with pytest.raises(ValueError, match="'prod-boston-housing' is no endpoint of environment 'dev'"):
            module.handler({"logs_of": "prod-boston-housing"}, CONTEXT)


@pytest.mark.parametrize(
    ("second", "problems"),
    [
        ("region: eu-west-1\nowns_job_logs: true\n", ["owns_job_logs: environment 'one' owns the log groups"]),
        ("region: eu-west-1\n", []),
        ("region: eu-central-1\nowns_job_logs: true\n", []),
        ("region: eu-west-1\naccount: '111111111111'\nowns_job_logs: true\n", []),
    ],
)
def test_only_one_environment_of_an_account_owns_the_shared_logs(tmp_path, second, problems):
    (tmp_path / "workloads").mkdir()
    (tmp_path / "one.yaml").write_text("name: one\nregion: eu-west-1\nowns_job_logs: true\nworkloads: []\n")
    (tmp_path / "two.yaml").write_text(f"name: two\nworkloads: []\n{second}")
    reported = Validation(Folders(config=tmp_path, workloads=tmp_path / "workloads")).all().problems
    assert len(reported) == len(problems)
    assert all(words in str(problem) for words, problem in zip(problems, reported, strict=True))
