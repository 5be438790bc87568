"""Clusters that end before they are ready."""

from __future__ import annotations

import time

STEP = {"ActionOnFailure": "CONTINUE", "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["true"]}}


def test_the_steps_of_a_cluster_that_fails_are_cancelled(plain_aws):
    emr = plain_aws.client("emr")
    groups = [{"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1}]
    cluster = emr.run_job_flow(
        Name="failing",
        ReleaseLabel="emr-7.12.0",
        Instances={"InstanceGroups": groups, "KeepJobFlowAliveWhenNoSteps": True},
        JobFlowRole="no-such-profile",
        ServiceRole="service",
        Steps=[{"Name": "in the request", **STEP}],
    )["JobFlowId"]
    emr.add_job_flow_steps(JobFlowId=cluster, Steps=[{"Name": "while it fails", **STEP}])
    deadline = time.monotonic() + 20
    while emr.describe_cluster(ClusterId=cluster)["Cluster"]["Status"]["State"] != "TERMINATED_WITH_ERRORS":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    states = [step["Status"]["State"] for step in emr.list_steps(ClusterId=cluster)["Steps"]]
    assert states == ["CANCELLED", "CANCELLED"]
