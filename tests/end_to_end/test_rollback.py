"""An endpoint's history, and the way back to what it served before."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.end_to_end.conftest import WORKLOAD, Platform

UNSERVED, UNUSED = f"local-{WORKLOAD}-unserved", f"local-{WORKLOAD}-unused"


@pytest.fixture(scope="module")
def unserved(platform, endpoint):
    """A job whose model nothing serves, and a model that no endpoint configuration has."""
    platform.succeeds("run", WORKLOAD, "--set", "hyperparameters.test-size=0.4", "--token", "unserved")
    sagemaker = platform.client("sagemaker")
    config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    (variant,) = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
    served = sagemaker.describe_model(ModelName=variant["ModelName"])
    sagemaker.create_model(
        ModelName=UNUSED,
        PrimaryContainer=served["PrimaryContainer"],
        ExecutionRoleArn=served["ExecutionRoleArn"],
        Tags=[{"Key": "launchpad:environment", "Value": "local"}],
    )
    return UNSERVED


@pytest.fixture(scope="module")
def newer(platform, endpoint, unserved):
    """A newer job of the workload, which the endpoint serves after the shared one."""
    platform.succeeds("run", WORKLOAD, "--set", "hyperparameters.test-size=0.3", "--token", "newer")
    platform.succeeds("serve", WORKLOAD, "--job", f"local-{WORKLOAD}-newer")
    return f"local-{WORKLOAD}-newer"


@pytest.fixture(scope="module")
def rolled_back(platform, newer):
    """What `launchpad rollback` printed."""
    return platform.succeeds("rollback", WORKLOAD)


def history(platform):
    return json.loads(platform.succeeds("history", WORKLOAD, "--json"))


def test_a_rollback_serves_the_job_before_and_is_in_the_history(platform, job, newer, rolled_back):
    assert f"local-{WORKLOAD} (updated)" in rolled_back
    back, newest, first = history(platform)[:3]
    assert (back["job"], back["by"], back["outcome"]) == (job, "rollback", "current")
    assert (newest["job"], newest["by"], newest["outcome"]) == (newer, "serve", "served")
    assert (first["job"], first["outcome"], back["restores"]) == (job, "served", first["name"])
    assert back["endpoint_config"] == first["endpoint_config"]
    assert round(back["metrics"]["r2"], 2) == 0.63
    described = platform.client("sagemaker").describe_endpoint(EndpointName=f"local-{WORKLOAD}")
    assert described["EndpointConfigName"] == back["endpoint_config"]


def test_the_table_has_one_line_per_change(platform, job, newer, rolled_back):
    lines = platform.succeeds("history", WORKLOAD, "--limit", 2).splitlines()
    assert [line.split()[2] for line in lines if line.lstrip().startswith("20")] == [job, newer]


def test_serve_does_not_return_to_a_job_that_was_rolled_back(platform, newer, rolled_back):
    result = platform("serve", WORKLOAD)
    assert result.returncode == 1
    assert f"rolled back from it to local-{WORKLOAD}-shared" in result.stderr
    assert f"serve it with --job {newer}" in result.stderr


def test_a_model_whose_archive_is_gone_is_made_anew_or_refused(platform, job, newer, rolled_back):
    change = next(change for change in history(platform) if change["job"] == newer)
    s3 = platform.client("s3")
    bucket, _, key = change["model_data"].removeprefix("s3://").partition("/")
    described = platform.client("sagemaker").describe_training_job(TrainingJobName=newer)
    artifact = described["ModelArtifacts"]["S3ModelArtifacts"].removeprefix(f"s3://{bucket}/")
    copy = f"{artifact}.kept"
    s3.copy_object(Bucket=bucket, Key=copy, CopySource={"Bucket": bucket, "Key": artifact})
    for deleted_key in (key, artifact):
        s3.delete_object(Bucket=bucket, Key=deleted_key)
    refused = platform("rollback", WORKLOAD, "--to", newer)
    assert refused.returncode == 1
    assert f"the model of {newer} is gone" in refused.stderr
    s3.copy_object(Bucket=bucket, Key=artifact, CopySource={"Bucket": bucket, "Key": copy})
    assert newer in platform.succeeds("rollback", WORKLOAD, "--to", newer)
    assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] > 0


def old(platform: Platform, **event: Any) -> dict[str, Any]:
    """What the weekly function answers as of in four years, when the newest things are old by every rule."""
    now = (datetime.now(UTC) + timedelta(days=1500)).isoformat()
    response = platform.client("lambda").invoke(
        FunctionName=platform.output("observability", "HousekeepingFunctionName"),
        Payload=json.dumps({"only": "retention", "now": now, **event}).encode(),
    )
    report: dict[str, Any] = json.loads(response["Payload"].read())
    assert "errorMessage" not in report, report
    return report


@pytest.fixture(scope="module")
def emptied(platform, newer, rolled_back):
    """The rows of what was old, and what was answered when it was deleted."""
    rows = old(platform, dry_run=True)["rows"]
    return rows, old(platform, dry_run=False)


def test_what_nothing_refers_to_is_deleted(platform, emptied):
    rows, outcome = emptied
    names = {(row["kind"], row["name"]) for row in rows}
    assert {("artifact", UNSERVED), ("model", UNUSED)} <= names
    assert (outcome["failures"], outcome["left"]) == ([], 0)
    assert old(platform, dry_run=True)["rows"] == []
    models = [model["ModelName"] for model in platform.client("sagemaker").list_models(MaxResults=100)["Models"]]
    assert UNUSED not in models
    refused = platform("serve", WORKLOAD, "--job", UNSERVED)
    assert refused.returncode == 1
    assert f"the model of {UNSERVED} is gone" in refused.stderr


def test_what_is_served_or_can_be_gone_back_to_stays(platform, job, newer, emptied):
    rows, _ = emptied
    assert not {job, newer} & {row["name"] for row in rows}
    assert platform.succeeds("predict", WORKLOAD)
    for target in (job, newer):
        assert target in platform.succeeds("serve", WORKLOAD, "--job", target)
        assert platform.succeeds("predict", WORKLOAD)
    assert f"local-{WORKLOAD} (updated)" in platform.succeeds("rollback", WORKLOAD)


def test_a_deleted_artifact_is_still_there_as_a_version(platform, emptied):
    (arn,) = (row["arn"] for row in emptied[0] if (row["kind"], row["name"]) == ("artifact", UNSERVED))
    bucket, _, prefix = arn.removeprefix("s3://").partition("/")
    versions = platform.client("s3").list_object_versions(Bucket=bucket, Prefix=prefix)
    assert versions["Versions"] and versions["DeleteMarkers"]


def test_the_command_shows_the_rules_and_that_nothing_is_old_yet(platform, emptied):
    document = json.loads(platform.succeeds("retention", "--json"))
    assert {kind["kind"]: kind["count"] for kind in document["kinds"]}["artifact"] == 0
    assert document["deletes"] is True
    assert "artifacts_days: 365" in platform.succeeds("retention")
    assert "nothing is old" in platform("retention", "--apply", "--yes").stderr
