"""An execution that is stopped or too late stops its job, and other calls are answered meanwhile."""

from __future__ import annotations

import time

from tests.local_aws.state_machines import SLEEPER, catching, task


def test_stopping_the_execution_stops_the_job_and_no_retry_starts_another(machines, processing):
    request = processing.request(SLEEPER)
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 3}]
    state = task("sagemaker:createProcessingJob.sync", request, Retry=retry, **catching("Cleanup"))
    arn = machines.start({"Run": state, "Cleanup": {"Type": "Pass", "End": True}})
    processing.wait_for_line(request["ProcessingJobName"], "begun")
    machines.client.stop_execution(executionArn=arn, cause="enough")
    assert processing.wait(request["ProcessingJobName"])["ProcessingJobStatus"] == "Stopped"
    time.sleep(1.5)
    assert machines.wait(arn)["status"] == "ABORTED"


def test_a_state_that_times_out_stops_its_job_and_can_be_caught(machines, processing):
    request = processing.request(SLEEPER)
    output = machines.output(
        {
            "Run": task(
                "sagemaker:createProcessingJob.sync",
                request,
                TimeoutSeconds="{% $states.input.patience %}",
                **catching("Late", error="{% $states.errorOutput.Error %}"),
            ),
            "Late": {"Type": "Succeed", "Output": "{% $error %}"},
        },
        {"patience": 2},
    )
    assert output == "States.Timeout"
    assert processing.wait(request["ProcessingJobName"])["ProcessingJobStatus"] == "Stopped"


def test_an_execution_that_times_out_stops_its_job(machines, processing):
    request = processing.request(SLEEPER)
    execution = machines.run({"Run": task("sagemaker:createProcessingJob.sync", request)}, TimeoutSeconds=2)
    assert execution["status"] == "TIMED_OUT"
    assert processing.wait(request["ProcessingJobName"])["ProcessingJobStatus"] == "Stopped"


def test_other_calls_are_answered_while_a_machine_waits_for_a_job(machines, processing):
    request = processing.request("import time; time.sleep(3)")
    arn = machines.start({"Run": task("sagemaker:createProcessingJob.sync", request)})
    slowest = 0.0
    for _ in range(20):
        start = time.monotonic()
        processing.sagemaker.list_processing_jobs()
        slowest = max(slowest, time.monotonic() - start)
        time.sleep(0.05)
    assert slowest < 1
    assert machines.wait(arn)["status"] == "SUCCEEDED"
