"""Idle clusters of EMR and kept workers of EMR Serverless: only what certainly has no work goes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.housekeeping_function.account import Account, ago, notebook

CLUSTER = {
    "Id": "j-1",
    "Name": "launchpad-dev-1",
    "ClusterArn": "arn:aws:elasticmapreduce:eu-west-1:123456789012:cluster/j-1",
    "TerminationProtected": False,
    "Tags": [{"Key": "launchpad:environment", "Value": "dev"}],
}


def cluster(account: Account, idle: list[float], **members: Any) -> None:
    status = {"State": "WAITING", "Timeline": {"ReadyDateTime": ago(days=3)}}
    account.responses["ListClusters"] = {"Clusters": [{"Id": "j-1", "Name": "launchpad-dev-1"}]}
    account.responses["DescribeCluster"] = {"Cluster": {**CLUSTER, "Status": status, **members}}
    account.values["IsIdle"] = idle


def test_a_cluster_without_work_is_terminated_if_the_config_says_so(function, account):
    run = function("emr")
    cluster(account, [1.0, 1.0])
    (row,) = run()["rows"]
    assert row["monthly_usd"] == pytest.approx(3 * (730 * 0.25 + 128 * 0.1))
    assert account.called("TerminateJobFlows") == [{"JobFlowIds": ["j-1"]}]


def test_a_cluster_that_has_work_by_now_is_not_terminated(function, account):
    run = function("emr")
    cluster(account, [1.0, 1.0])
    idle = account.responses["DescribeCluster"]["Cluster"]
    busy = {**idle, "Status": {**idle["Status"], "State": "RUNNING"}}
    account.responses["DescribeCluster"] = iter([{"Cluster": idle}, {"Cluster": busy}])
    response = run()
    assert response["failures"] == ["EMR cluster launchpad-dev-1: it is RUNNING by now"]
    assert (response["rows"][0]["done"], account.called("TerminateJobFlows")) == ("", [])


def test_a_cluster_of_which_only_some_values_are_known_is_left_alone(function, account):
    run = function("emr")
    cluster(account, [1.0])
    account.status = "InternalError"
    response = run()
    assert (response["rows"], account.called("TerminateJobFlows")) == ([], [])
    assert response["failures"] == [
        "emr: CloudWatch doesn't have all values of IsIdle at the moment: InternalError",
    ]


def test_what_is_idle_is_stopped_before_anything_else_is_looked_at(function, account):
    run = function("notebooks")
    notebook(account, LastModifiedTime=ago(hours=100))
    run()
    operations = [operation for operation, _ in account.calls]
    assert operations.index("StopNotebookInstance") < operations.index("ListDomains")


@pytest.mark.parametrize("idle", [[], [1.0, 0.0]], ids=["not measured", "had work"])
def test_a_cluster_that_may_have_had_work_is_left_alone(run, account, idle):
    cluster(account, idle)
    assert run()["rows"] == []


def test_a_protected_cluster_is_only_reported(function, account):
    run = function("emr")
    cluster(account, [1.0], TerminationProtected=True)
    (row,) = run()["rows"]
    assert (row["action"], account.called("TerminateJobFlows")) == ("report", [])


def test_workers_of_emr_serverless_that_are_kept_are_let_go(function, account):
    run = function("emr")
    worker = {"cpu": "4 vCPU", "memory": "16 GB"}
    account.responses["GetApplication"]["application"] = {
        "applicationId": "00a",
        "name": "spark",
        "arn": "arn:aws:emr-serverless:eu-west-1:123456789012:/applications/00a",
        "state": "STARTED",
        "updatedAt": ago(days=2),
        "initialCapacity": {"DRIVER": {"workerCount": 2, "workerConfiguration": worker}},
    }
    (row,) = run()["rows"]
    assert row["monthly_usd"] == pytest.approx(2 * 730 * (4 * 0.05 + 16 * 0.005))
    assert account.called("StopApplication") == [{"applicationId": "00a"}]
