"""EMR Serverless: applications have AWS's states, and job runs really run on Spark. pytest -m spark."""

from __future__ import annotations

import uuid

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.emr_steps import EmrSteps, Serverless
from tests.local_aws.launcher import ROOT, running_local_aws
from tests.local_aws.state_machines import StateMachines, task

pytestmark = pytest.mark.spark
ROWS = """
import sys
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.range(int(sys.argv[2])).coalesce(1).write.mode("overwrite").csv(sys.argv[1])
print("written", spark.conf.get("spark.app.colour"))
"""
SPARK_SECONDS = 240
SLEEPER = "import time\ntime.sleep(200)\n"


@pytest.fixture(scope="module")
def steps():
    with running_local_aws("--cache", str(ROOT / ".local-aws/cache")) as aws:
        bucket = f"bucket-{uuid.uuid4().hex[:12]}"
        aws.client("s3").create_bucket(Bucket=bucket)
        yield EmrSteps(aws, bucket)


@pytest.fixture(scope="module")
def serverless(steps):
    return Serverless.create(steps)


def test_a_job_run_writes_s3_leaves_its_log_and_one_token_is_one_run(serverless, steps):
    script = steps.put("code/rows.py", ROWS)
    request = serverless.request(script, f"s3://{steps.bucket}/rows", "3", clientToken="once", name="rows")
    request["jobDriver"]["sparkSubmit"]["sparkSubmitParameters"] = "--conf spark.app.colour=green"
    run = serverless.client.start_job_run(**request)["jobRunId"]
    assert serverless.client.start_job_run(**request)["jobRunId"] == run
    job_run = serverless.wait(run)
    assert job_run["state"] == "SUCCESS", job_run["stateDetails"]
    (part,) = [key for key in steps.keys("rows/") if key.endswith(".csv")]
    assert steps.get(part) == b"0\n1\n2\n"
    assert serverless.log(run, "stdout") == "written green\n"
    (summary,) = serverless.client.list_job_runs(applicationId=serverless.application, states=["SUCCESS"])["jobRuns"]
    assert (summary["id"], summary["name"]) == (run, "rows")
    application = serverless.client.get_application(applicationId=serverless.application)["application"]
    assert application["state"] == "STARTED"


def test_a_failing_script_leaves_its_words_where_the_application_says(steps):
    logs = {"s3MonitoringConfiguration": {"logUri": f"s3://{steps.bucket}/serverless/"}}
    serverless = Serverless.create(steps, monitoringConfiguration=logs)
    request = serverless.request(steps.put("code/fail.py", "raise SystemExit('no rows today')"))
    del request["configurationOverrides"]
    run = serverless.client.start_job_run(**request)["jobRunId"]
    job_run = serverless.wait(run)
    assert job_run["state"] == "FAILED"
    assert job_run["stateDetails"].endswith("no rows today")
    assert "no rows today" in serverless.log(run, "stdout")


def test_a_run_is_cancelled(serverless, steps):
    run = serverless.client.start_job_run(**serverless.request(steps.put("code/sleep.py", SLEEPER)))["jobRunId"]
    serverless.wait(run, "RUNNING")
    serverless.client.cancel_job_run(applicationId=serverless.application, jobRunId=run)
    assert serverless.wait(run)["state"] == "CANCELLED"


def test_a_state_machine_runs_a_job_and_its_result_is_the_run(serverless, steps):
    script = steps.put("code/rows.py", ROWS.replace('spark.conf.get("spark.app.colour")', "1"))
    request = {
        "ApplicationId": serverless.application,
        "ExecutionRoleArn": "arn:aws:iam::123456789012:role/spark",
        "Name": "from-states",
        "JobDriver": {
            "SparkSubmit": {"EntryPoint": script, "EntryPointArguments": [f"s3://{steps.bucket}/states", "2"]}
        },
    }
    result = StateMachines(steps.aws).output(
        {"Run": task("emr-serverless:startJobRun.sync", request)}, seconds=SPARK_SECONDS
    )
    assert result["JobRun"]["State"] == "SUCCESS"
    assert result["JobRun"]["JobDriver"]["SparkSubmit"]["EntryPoint"] == script


def test_applications_go_through_their_states_and_are_deleted_when_stopped(steps):
    application = Serverless.create(steps, autoStartConfiguration={"enabled": False})
    client, key = application.client, {"applicationId": application.application}
    with pytest.raises(ClientError, match="is not started"):
        client.start_job_run(**application.request("s3://code/job.py"))
    client.start_application(**key)
    with pytest.raises(ClientError, match="stop it first"):
        client.delete_application(**key)
    client.stop_application(**key)
    client.delete_application(**key)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_application(**key)


def test_what_can_not_run_is_refused(steps):
    with pytest.raises(ClientError, match="type HIVE: set type to SPARK"):
        Serverless.create(steps, type="HIVE")
