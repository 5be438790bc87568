"""Every kind of a workload's jobs, and the pipeline that joins them, from the command line."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from tests.end_to_end.conftest import until
from tests.end_to_end.test_faults import failure

LINE, CALLER = "line", "caller"
POINTS = "1;2\n2;4\n3;6\n"
QUESTIONS = [7, 1, 5, 3, 9, 2]


@pytest.fixture(scope="module")
def data_bucket(platform):
    """The environment's, with points to train on and questions for the batch."""
    s3, bucket = platform.client("s3"), platform.output("storage", "DataBucketName")
    s3.put_object(Bucket=bucket, Key=f"{LINE}/raw/points.txt", Body=POINTS.encode())
    s3.put_object(Bucket=bucket, Key=f"{LINE}/questions/x.csv", Body="\n".join(map(str, QUESTIONS)).encode())
    return bucket


@pytest.fixture(scope="module")
def prepared(platform, data_bucket):
    """What `launchpad job prepare` printed."""
    return platform.succeeds("job", "prepare", LINE, "--token", "p")


@pytest.fixture(scope="module")
def trained(platform, prepared):
    """A completed training job of the line."""
    platform.succeeds("run", LINE, "--token", "t")
    return f"local-{LINE}-t"


@pytest.fixture(scope="module")
def pipeline(platform, data_bucket):
    """What a whole run of the pipeline printed."""
    return platform.succeeds("pipeline", "run", LINE, "--token", "whole")


def lines_of(platform, uri):
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return platform.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode().splitlines()


def machine(platform, name="StateMachine"):
    """A state machine's ARN, by the beginning of its logical id."""
    resources = platform.client("cloudformation").describe_stack_resources(StackName="launchpad-local-pipeline")
    (arn,) = [
        resource["PhysicalResourceId"]
        for resource in resources["StackResources"]
        if resource["ResourceType"] == "AWS::StepFunctions::StateMachine"
        and resource["LogicalResourceId"].startswith(name)
    ]
    return arn


def runs(platform, status="SUCCEEDED", name="StateMachine"):
    """The pipeline's runs of this status."""
    states = platform.client("stepfunctions")
    executions = states.list_executions(stateMachineArn=machine(platform, name), statusFilter=status)
    return {execution["executionArn"] for execution in executions["executions"]}


def test_a_prepare_job_writes_the_training_channel_and_shows_its_log(platform, prepared, data_bucket):
    assert "3 points" in prepared
    assert f"s3://{data_bucket}/line/training" in prepared
    assert lines_of(platform, f"s3://{data_bucket}/line/training/points.csv") == ["1,2", "2,4", "3,6"]


def test_an_evaluation_writes_its_numbers_below_the_jobs_name(platform, trained):
    output = platform.succeeds("job", "evaluate", LINE, "--from-job", trained, "--token", "e")
    (uri,) = [word for word in output.split() if word.endswith(f"/line/evaluations/{trained}")]
    assert json.loads(lines_of(platform, f"{uri}/metrics.json")[0])["error"] == pytest.approx(0)


def test_an_evaluation_without_a_model_names_what_is_missing(platform, data_bucket):
    assert "inputs.model: there is no model yet" in failure(platform("job", "evaluate", LINE))


def test_a_batch_is_predicted_in_the_order_of_its_lines(platform, trained):
    output = platform.succeeds("job", "transform", LINE, "--from-job", trained, "--token", "b")
    (uri,) = [word for word in output.split() if word.startswith("s3://")]
    assert [float(line) for line in lines_of(platform, f"{uri}/x.csv.out")] == [2 * x for x in QUESTIONS]


def test_one_token_is_one_job(platform, prepared):
    again = platform.succeeds("job", "prepare", LINE, "--token", "p")
    assert again.splitlines()[0] == prepared.splitlines()[0]
    jobs = platform.client("sagemaker").list_processing_jobs(NameContains="local-line-p")["ProcessingJobSummaries"]
    assert len(jobs) == 1


def test_a_token_that_began_another_job_is_refused(platform, trained):
    message = failure(platform("run", LINE, "--token", "t", "--set", "hyperparameters.bias=1.0"))
    assert f"{trained}: this token already started a job with other HyperParameters; use another" in message


def test_an_unknown_kind_of_job_is_answered_with_the_known_ones(platform):
    assert "no kind of job 'prepair'; did you mean 'prepare'?" in failure(platform("job", "prepair", LINE))


def test_a_kind_that_the_workload_lacks_is_reported_with_its_file(platform):
    message = failure(platform("job", "tuning", LINE))
    assert "workloads/line/workload.yaml has no `tuning` section" in message


def test_an_unknown_override_is_answered_with_its_likely_name(platform, prepared):
    message = failure(platform("run", LINE, "--set", "hyperparameters.bais=1"))
    assert "hyperparameters.bais: can't be set for a run; did you mean 'hyperparameters.bias'?" in message


def test_a_pipeline_prepares_trains_evaluates_registers_and_deploys(platform, pipeline):
    sagemaker = platform.client("sagemaker")
    assert sagemaker.describe_endpoint(EndpointName="local-line")["EndpointStatus"] == "InService"
    (package,) = sagemaker.list_model_packages(ModelPackageGroupName="local-line")["ModelPackageSummaryList"]
    assert package["ModelPackageArn"] in pipeline
    assert platform.succeeds("predict", LINE, "--data", "-", rows="21\n").split() == ["42.000"]


def test_a_registered_version_is_approved_with_its_metrics_in_view(platform, pipeline):
    output = platform.succeeds("approve", LINE, "--yes")
    assert re.search(r"metrics +.*error 0", output)
    assert re.search(r"quality gate +passed", output)
    assert "version 1 of local-line is approved" in output
    bucket, key = re.search(r"model_data: s3://([^/]+)/(line/models/\S+/model.tar.gz)", output).groups()
    assert platform.client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"]
    key_arn = re.search(r"model_data_key: (\S+)", output)[1]
    assert platform.client("kms").describe_key(KeyId=key_arn)["KeyMetadata"]["Enabled"]


def test_a_version_is_rejected_and_then_no_version_waits(platform, pipeline):
    assert "version 1 of local-line is rejected" in platform.succeeds("approve", LINE, "--version", 1, "--reject", "-y")
    message = failure(platform("approve", LINE))
    assert "local-line has no version that waits for approval; its versions: 1 (Rejected)" in message
    assert "group local-slow has no version; `launchpad pipeline run slow" in failure(platform("approve", "slow"))


def test_a_pipeline_shows_each_of_its_states_once(pipeline):
    states = [line.strip() for line in pipeline.splitlines() if line.startswith("    ")]
    assert len(states) == len(set(states))
    order = ["Plan", "Prepare", "Train", "Evaluate", "Register", "Deploy", "Done"]
    assert [state for state in states if state in order] == order


def test_a_pipeline_says_what_its_jobs_would_cost_together(platform, pipeline, tmp_path):
    rows = re.findall(r"^ +(would cost|Prepare|Train|Evaluate) +(<?\$0\.\d{4})", pipeline, re.MULTILINE)
    labels, amounts = zip(*rows, strict=True)
    assert labels == ("would cost", "Prepare", "Train", "Evaluate")
    sagemaker = platform.client("sagemaker")
    seconds = sagemaker.describe_training_job(TrainingJobName="local-line-whole")["BillableTimeInSeconds"]
    for part in ("prepare", "evaluate"):
        job = sagemaker.describe_processing_job(ProcessingJobName=f"local-line-whole-{part}")
        seconds += (job["ProcessingEndTime"] - job["ProcessingStartTime"]).total_seconds()
    usd = seconds / 3600 * 0.115  # of an ml.m5.large in us-east-1, in training and processing (prices/us-east-1.yaml)
    assert float(amounts[0].lstrip("<$")) == pytest.approx(usd, abs=0.0001)
    page = tmp_path / "p.html"
    platform.succeeds("report", "line-whole", "--output", page)
    html = unescape(page.read_text("utf-8"))
    assert re.findall(r'<td class="number">(<?\$[0-9.]+)</td>', html) == list(amounts[1:])
    assert f'<dt>Would cost</dt><dd class="">{amounts[0]}<' in html


def test_a_model_that_misses_the_gate_is_not_registered_or_deployed(platform, pipeline):
    sagemaker = platform.client("sagemaker")
    served = sagemaker.describe_endpoint(EndpointName="local-line")["EndpointConfigName"]
    message = failure(platform("pipeline", "run", LINE, "--token", "gate", "--set", "hyperparameters.bias=9.0"))
    assert "register: quality gate: error is 9, it must be at most 0.5" in message
    (package,) = sagemaker.list_model_packages(ModelPackageGroupName="local-line")["ModelPackageSummaryList"]
    assert package["ModelPackageArn"] in pipeline
    assert sagemaker.describe_endpoint(EndpointName="local-line")["EndpointConfigName"] == served


def test_a_pipeline_names_the_failed_job_its_reason_and_log(platform, data_bucket):
    message = failure(platform("pipeline", "run", LINE, "--token", "angry", "--set", "hyperparameters.mood=angry"))
    assert "createTrainingJob: local-line-angry: AlgorithmError" in message
    assert "no line goes through these points" in message
    assert message.splitlines()[-1] == "its log: `launchpad logs line-angry`"


def test_the_log_of_a_run_has_its_states_and_what_the_failed_job_printed(platform, data_bucket):
    platform("pipeline", "run", LINE, "--token", "wrong", "--set", "hyperparameters.mood=angry")
    log = platform.succeeds("logs", "line-wrong")
    assert re.search(r"Z  Prepare  local-line-wrong-prepare\n(.*\n)*.*Z  Train  local-line-wrong\n", log)
    assert "==> local-line-wrong <==\nTraceback" in log
    assert "==> local-line-wrong-prepare <==" not in log
    lines = [json.loads(line) for line in platform.succeeds("logs", LINE, "--kind", "pipeline", "--json").splitlines()]
    assert {line["source"] for line in lines} == {"line-wrong", "local-line-wrong"}


def test_a_processing_job_has_a_log(platform, prepared):
    assert "3 points" in platform.succeeds("logs", "local-line-p-prepare")


def test_status_lists_every_kind_of_work_and_the_job_that_is_served(platform, pipeline):
    content = json.loads(platform.succeeds("status", LINE, "--json"))
    assert {"pipeline", "processing", "training"} <= {work["kind"] for work in content["work"]}
    assert {work["workload"] for work in content["work"]} == {LINE}
    (endpoint,) = content["endpoints"]
    assert endpoint["name"] == "local-line"
    assert endpoint["job"].startswith("local-line-")
    lines = platform.succeeds("status").splitlines()
    assert any(re.fullmatch(r"line-whole +pipeline run +SUCCEEDED .*", line) for line in lines)


def test_a_failed_endpoint_update_fails_the_pipeline(platform, pipeline):
    message = failure(platform("pipeline", "run", LINE, "--token", "mute", "--set", "hyperparameters.mood=mute"))
    assert "deploy: endpoint local-line: not updated, it still serves local-line-" in message
    assert "this line does not answer" in message
    assert "/aws/sagemaker/" not in message
    assert platform.succeeds("predict", LINE, "--data", "-", rows="21\n").split() == ["42.000"]


def test_serve_reports_a_failed_update_and_what_still_serves(platform, trained):
    platform.succeeds("job", "evaluate", LINE, "--from-job", trained, "--token", "good")
    platform.succeeds("serve", LINE, "--job", trained)
    platform.succeeds("run", LINE, "--token", "mute-alone", "--set", "hyperparameters.mood=mute")
    job = f"local-{LINE}-mute-alone"
    platform.succeeds("job", "evaluate", LINE, "--from-job", job, "--token", "mute-alone")
    message = failure(platform("serve", LINE))  # the newest evaluated job
    assert "endpoint local-line was not updated" in message
    assert "this line does not answer" in message
    assert f"it still serves the model of {trained} (" in message


def test_stopping_a_pipeline_stops_the_job_that_it_waits_for(platform, data_bucket):
    sagemaker = platform.client("sagemaker")
    settings = ("--token", "slow", "--set", "hyperparameters.mood=slow", "--detach")
    run = platform.succeeds("pipeline", "run", LINE, *settings).strip()
    jobs = lambda status: sagemaker.list_training_jobs(  # noqa: E731
        NameContains="local-line-slow", StatusEquals=status
    )["TrainingJobSummaries"]
    until(lambda: jobs("InProgress"), 180)
    output = platform.succeeds("pipeline", "stop", run)
    assert output.splitlines() == [f"{run} is stopping", "local-line-slow is stopping"]
    until(lambda: jobs("Stopped"), 180)
    execution = f"{machine(platform).replace(':stateMachine:', ':execution:')}:{run}"
    described = platform.client("stepfunctions").describe_execution(executionArn=execution)
    assert described["status"] == "ABORTED"


def test_one_token_is_one_run_of_the_pipeline(platform, pipeline):
    before = runs(platform)
    assert platform.succeeds("pipeline", "run", LINE, "--token", "whole").splitlines()[0] == pipeline.splitlines()[0]
    assert runs(platform) == before


def test_a_token_of_another_run_of_the_pipeline_is_refused(platform, pipeline):
    message = failure(platform("pipeline", "run", LINE, "--token", "whole", "--set", "hyperparameters.bias=1.0"))
    assert "token 'whole' already started a run with other settings" in message


def test_a_batch_of_new_data_starts_one_run_and_later_data_one_more(platform, data_bucket, pipeline):
    before, s3 = runs(platform), platform.client("s3")
    for name in "abcde":
        s3.put_object(Bucket=data_bucket, Key=f"{LINE}/arrivals/{name}.csv", Body=b"4;8\n")
    until(lambda: runs(platform, "RUNNING"), 180)
    for name in "fg":
        s3.put_object(Bucket=data_bucket, Key=f"{LINE}/arrivals/{name}.csv", Body=b"4;8\n")
    until(lambda: len(runs(platform) - before) == 2, 180)
    until(lambda: not runs(platform, "RUNNING", "NewDataGates"), 180)
    assert len(runs(platform) - before) == 2
    assert not runs(platform, "RUNNING")


@pytest.fixture(scope="module")
def calls(platform, data_bucket):
    """What the environment made for the workload that calls STS."""
    platform.client("s3").put_object(Bucket=data_bucket, Key=f"{CALLER}/training/x.csv", Body=b"1\n")
    endpoints = platform.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    return {endpoint["ServiceName"] for endpoint in endpoints if endpoint["VpcEndpointType"] == "Interface"}


def test_a_program_reaches_the_service_that_its_workload_names(platform, calls):
    assert calls == {"com.amazonaws.us-east-1.sts"}
    assert "sts answered: 200" in platform.succeeds("run", CALLER, "--token", "sts")


def test_a_program_does_not_reach_a_service_that_it_does_not_name(platform, calls):
    result = platform("run", CALLER, "--token", "sqs", "--set", "hyperparameters.service=sqs")
    assert result.returncode != 0
    assert "com.amazonaws.us-east-1.sqs" in result.stdout + result.stderr
