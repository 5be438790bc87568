"""An execution of a pipeline whose server ends is Failed, and a retry on the next server completes it."""

from __future__ import annotations

import uuid

from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import running_local_aws
from tests.local_aws.plain_endpoints import PlainEndpoints
from tests.local_aws.plain_jobs import PlainJobs
from tests.local_aws.workflow_steps import Workflows

PAUSE = """
    import os, time
    while not any(name.endswith("go") for name in os.listdir("input/data/flag")):
        time.sleep(60)
"""


def test_an_execution_goes_on_after_a_restart_by_a_retry(tmp_path):
    options = (*PLAIN, "--state", str(tmp_path / "state"))
    with running_local_aws(*options) as server:
        server.client("s3").create_bucket(Bucket="restart")
        workflows = Workflows(PlainJobs(server, "restart"), PlainEndpoints(server, "restart"))
        workflows.jobs.put("flag/wait", "x")
        step = workflows.training("Wait", PAUSE)
        step["Arguments"]["InputDataConfig"].append(workflows.jobs.channel("flag", "flag/"))
        arn = workflows.start(workflows.create(workflows.training("First"), {**step, "DependsOn": ["First"]}))
        while "Metadata" not in workflows.steps(arn).get("Wait", {}):
            workflows.wait(arn, "Executing")
    with running_local_aws(*options) as server:
        workflows = Workflows(PlainJobs(server, "restart"), PlainEndpoints(server, "restart"))
        execution = workflows.wait(arn, "Failed")
        assert "the local AWS was stopped" in execution["FailureReason"]
        assert workflows.steps(arn)["First"]["StepStatus"] == "Succeeded"
        workflows.jobs.put("flag/go", "x")
        token = uuid.uuid4().hex
        workflows.client.retry_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=token)
        assert workflows.wait(arn)["PipelineExecutionStatus"] == "Succeeded"
