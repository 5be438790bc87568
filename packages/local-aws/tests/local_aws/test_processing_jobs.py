"""Processing jobs really run: their inputs, program, outputs, end, and what a client sees of them."""

from __future__ import annotations

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.launcher import ROOT, running_local_aws
from tests.local_aws.plain_processing import PROCESSING, ProcessingJobs

SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
SLEEPER = """
    import time
    print("begun", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def processing(plain_aws, bucket):
    return ProcessingJobs(plain_aws, bucket)


@pytest.fixture(scope="module")
def real():
    """Jobs on the real scikit-learn image, whose environment is kept between runs."""
    with running_local_aws("--cache", str(ROOT / ".local-aws/cache"), "--stop-grace", "2") as aws:
        bucket = f"bucket-{uuid.uuid4().hex[:12]}"
        aws.client("s3").create_bucket(Bucket=bucket)
        yield ProcessingJobs(aws, bucket, SKLEARN)


def test_inputs_come_and_outputs_go_by_their_names(processing):
    processing.put("in/a.csv", "1")
    processing.put("in/deep/b.csv", "2")
    job = processing.run(
        """
        from pathlib import Path
        for path in Path("processing/input/data").rglob("*.csv"):
            target = Path("processing/output/out", path.relative_to("processing/input/data"))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path.read_text() * 2)
        """,
        processing.input("data", f"s3://{processing.bucket}/in/"),
        outputs=[processing.output("out", "result")],
    )
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert processing.get("result/a.csv") == b"11"
    assert processing.get("result/deep/b.csv") == b"22"


def test_a_manifest_names_the_objects_of_an_input(processing):
    processing.put("data/a", "A")
    processing.put("data/b", "B")
    manifest = processing.put("manifest.json", json.dumps([{"prefix": f"s3://{processing.bucket}/data/"}, "b"]))
    job = processing.run(
        "import os; print(os.listdir('processing/input/data'))",
        processing.input("data", manifest, S3DataType="ManifestFile"),
    )
    assert processing.log_lines(job["ProcessingJobName"]) == ["['b']"]


def test_a_manifest_of_a_thousand_objects_keeps_their_folders(processing):
    names = [f"churn/AllTraffic/2026/02/19/{number % 24:02d}/{number:04d}.jsonl" for number in range(1000)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: processing.put(f"captured/{name}", name), names))
    manifest = processing.put("m.json", json.dumps([{"prefix": f"s3://{processing.bucket}/captured/"}, *names]))
    job = processing.run(
        """
        from pathlib import Path
        root = Path("processing/input/captured")
        files = [path for path in root.rglob("*") if path.is_file()]
        print(len(files), all(path.read_text() == str(path.relative_to(root)) for path in files))
        """,
        processing.input("captured", manifest, S3DataType="ManifestFile"),
    )
    assert processing.log_lines(job["ProcessingJobName"]) == ["1000 True"]


def test_objects_are_shared_out_over_the_instances(processing):
    for number in range(4):
        processing.put(f"shards/{number}", "x")
    name = processing.start(
        """
        import json, os
        config = json.load(open("config/resourceconfig.json"))
        print(config["current_host"], config["hosts"], sorted(os.listdir("processing/input/data")))
        """,
        processing.input("data", f"s3://{processing.bucket}/shards/", S3DataDistributionType="ShardedByS3Key"),
        count=2,
    )
    assert processing.wait(name)["ProcessingJobStatus"] == "Completed"
    assert processing.log_lines(name, "algo-1") == ["algo-1 ['algo-1', 'algo-2'] ['0', '2']"]
    assert processing.log_lines(name, "algo-2") == ["algo-2 ['algo-1', 'algo-2'] ['1', '3']"]


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


def test_missing_input_fails_the_job_and_names_the_place(processing):
    job = processing.run("print()", processing.input("data", f"s3://{processing.bucket}/nothing/"))
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Failed to download data. No S3 objects found under S3 URL")
    assert "nothing/" in job["FailureReason"]


def test_an_upload_that_is_interrupted_fails_the_job_and_names_the_output(processing):
    bucket = f"bucket-{uuid.uuid4().hex[:12]}"
    processing.aws.client("s3").create_bucket(Bucket=bucket)
    output = processing.output("out", "x")
    output["S3Output"]["S3Uri"] = f"s3://{bucket}/x"
    name = processing.start(
        """
        import time
        print("begun", flush=True)
        time.sleep(1)
        open("processing/output/out/file", "w").write("x")
        """,
        outputs=[output],
    )
    processing.wait_for_line(name, "begun")
    processing.aws.client("s3").delete_bucket(Bucket=bucket)
    job = processing.wait(name)
    assert job["ProcessingJobStatus"] == "Failed"
    assert f"Failed to upload output out to s3://{bucket}/x" in job["FailureReason"]


def test_a_continuous_output_is_in_s3_while_the_job_runs(processing):
    name = processing.start(
        """
        import time
        open("processing/output/live/early", "w").write("first")
        print("begun", flush=True)
        time.sleep(60)
        """,
        outputs=[processing.output("live", "live", "Continuous")],
    )
    processing.wait_for_line(name, "begun")
    deadline = time.monotonic() + 10
    while not processing.keys("live/") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processing.get("live/early") == b"first"
    assert processing.wait(name, "InProgress")
    processing.sagemaker.stop_processing_job(ProcessingJobName=name)
    assert processing.wait(name)["ProcessingJobStatus"] == "Stopped"


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
    ("change", "message"),
    [
        ({"LocalPath": "/data"}, "LocalPath must begin with /opt/ml/processing/"),
        ({"LocalPath": f"{PROCESSING}/../code"}, "LocalPath must begin with /opt/ml/processing/"),
        ({"S3InputMode": "Pipe"}, "S3InputMode Pipe; set it to File"),
    ],
)
def test_what_an_input_can_not_be_is_refused(processing, change, message):
    request = processing.request("print()", processing.input("data", f"s3://{processing.bucket}/x", **change))
    with pytest.raises(ClientError, match=message):
        processing.sagemaker.create_processing_job(**request)


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


def test_a_framework_image_has_opt_ml_and_its_packages(real):
    real.put("numbers/a.csv", "1\n2\n3\n")
    name = real.start(
        """
        import pathlib, sys
        import pandas, sklearn
        rows = pandas.read_csv("/opt/ml/processing/input/numbers/a.csv", header=None)
        pathlib.Path("/opt/ml/processing/output/sum/total.txt").write_text(str(rows[0].sum()))
        print("sklearn", sklearn.__version__.split(".")[0], sys.argv[1])
        """,
        real.input("numbers", f"s3://{real.bucket}/numbers/"),
        outputs=[real.output("sum", "sums")],
        arguments=["/opt/ml/processing/output/sum"],
    )
    job = real.wait(name, seconds=240)
    assert job["ProcessingJobStatus"] == "Completed", (job.get("FailureReason"), real.log_lines(name))
    assert real.get("sums/total.txt") == b"6"
    assert real.log_lines(name)[-1] == "sklearn 1 /opt/ml/processing/output/sum"


def test_network_isolation_cuts_the_script_off(real):
    name = real.start(
        """
        import os, urllib.request
        print("credentials" if "AWS_ACCESS_KEY_ID" in os.environ else "no credentials")
        try:
            urllib.request.urlopen("{url}", timeout=3)
            print("reached")
        except OSError as error:
            print("cut off")
        """.replace("{url}", real.aws.url),
        NetworkConfig={"EnableNetworkIsolation": True},
    )
    assert real.wait(name, seconds=240)["ProcessingJobStatus"] == "Completed"
    lines = real.log_lines(name)
    if any("NOT in force" in line for line in lines):
        pytest.skip("this machine gives no Linux namespaces")
    assert lines == ["no credentials", "cut off"]


def test_a_framework_image_without_an_entrypoint_is_refused(real):
    job = real.run("print()", AppSpecification={"ImageUri": SKLEARN})
    assert job["ProcessingJobStatus"] == "Failed"
    assert "name a program in ContainerEntrypoint" in job["FailureReason"]
