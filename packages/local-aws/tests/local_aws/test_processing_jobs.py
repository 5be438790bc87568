"""Processing jobs really run: their program, its end, and what a client sees of them."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

SLEEPER = """
    import time
    print("begun", flush=True)
    time.sleep(60)
"""


def test_the_program_gets_arguments_environment_and_configuration(processing):
    name = processing.start(
        """
        import json, os, sys
        config = json.load(open("config/processingjobconfig.json"))
        print(sys.argv[1:], os.environ["COLOUR"], os.environ["AWS_REGION"])
        print(config["ProcessingJobName"], config["AppSpecification"]["ContainerArguments"])
        """,
        arguments=["--rows", "5"],
        Environment={"COLOUR": "blue"},
    )
    assert processing.wait(name)["ProcessingJobStatus"] == "Completed"
    assert processing.log_lines(name) == ["['--rows', '5'] blue us-east-1", f"{name} ['--rows', '5']"]


def test_a_failing_script_fails_the_job_and_keeps_partial_outputs(processing):
    job = processing.run(
        """
        import pathlib, sys
        pathlib.Path("processing/output/out/part").write_text("so far")
        pathlib.Path("output/message").write_text("no rows left")
        sys.exit(3)
        """,
        outputs=[processing.output("out", "partial")],
    )
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: See job logs for more information, exit code: 3"
    assert job["ExitMessage"] == "no rows left"
    assert processing.get("partial/part") == b"so far"


def test_an_exit_message_is_cut_to_one_kilobyte(processing):
    job = processing.run("open('output/message', 'w').write('m' * 5000)")
    assert (job["ProcessingJobStatus"], len(job["ExitMessage"])) == ("Completed", 1024)


def test_one_host_that_fails_ends_the_others(processing):
    job = processing.run(  # which waits for a minute, so that the job is not over when the first host is
        """
        import json, sys, time
        if json.load(open("config/resourceconfig.json"))["current_host"] == "algo-2":
            sys.exit(7)
        time.sleep(600)
        """,
        count=2,
    )
    assert job["FailureReason"].endswith("exit code: 7")


def test_stop_ends_the_program_and_the_job_is_stopped(processing):
    name = processing.start(SLEEPER)
    processing.wait_for_line(name, "begun")
    processing.sagemaker.stop_processing_job(ProcessingJobName=name)
    job = processing.wait(name)
    assert job["ProcessingJobStatus"] == "Stopped"
    assert job["ProcessingEndTime"] >= job["ProcessingStartTime"]
    with pytest.raises(ClientError, match="status Stopped"):
        processing.sagemaker.stop_processing_job(ProcessingJobName=name)


def test_a_job_that_takes_too_long_is_stopped(processing):
    job = processing.run(SLEEPER, StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert job["ProcessingJobStatus"] == "Stopped"


def test_jobs_are_listed_and_deleted_once_over(processing):
    name = processing.start("print()")
    processing.wait(name)
    summaries = processing.sagemaker.list_processing_jobs(NameContains=name)["ProcessingJobSummaries"]
    assert [(item["ProcessingJobName"], item["ProcessingJobStatus"]) for item in summaries] == [(name, "Completed")]
    processing.sagemaker.delete_processing_job(ProcessingJobName=name)
    with pytest.raises(ClientError, match="Could not find requested job"):
        processing.sagemaker.describe_processing_job(ProcessingJobName=name)


def test_a_name_that_is_taken_is_refused(processing):
    request = processing.request("print()")
    processing.sagemaker.create_processing_job(**request)
    with pytest.raises(processing.sagemaker.exceptions.ResourceInUse):
        processing.sagemaker.create_processing_job(**request)


def test_state_changes_go_to_eventbridge(processing):
    events, queues = processing.aws.client("events"), processing.aws.client("sqs")
    request = processing.request("print()")
    name = request["ProcessingJobName"]
    queue = queues.create_queue(QueueName=name)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {
        "detail-type": ["SageMaker Processing Job State Change"],
        "detail": {"ProcessingJobName": [name], "ProcessingJobStatus": ["Completed"]},
    }
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    processing.sagemaker.create_processing_job(**request)
    (message,) = queues.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    assert json.loads(message["Body"])["detail"]["ProcessingJobArn"].endswith(f":processing-job/{name}")


@pytest.mark.parametrize(
    ("repository", "service"),
    [
        ("sagemaker-clarify-processing:1.0", "Clarify"),
        ("sagemaker-model-monitor-analyzer", "Model Monitor"),
        (f"sagemaker-debugger-rules@sha256:{'0' * 64}", "Debugger"),
    ],
)
def test_images_of_services_closed_to_new_accounts_are_refused(processing, repository, service):
    image = f"306415355426.dkr.ecr.us-west-2.amazonaws.com/{repository}"
    with pytest.raises(ClientError, match=f"Amazon SageMaker {service} is no longer open to new customers"):
        processing.sagemaker.create_processing_job(**processing.request("0", AppSpecification={"ImageUri": image}))
