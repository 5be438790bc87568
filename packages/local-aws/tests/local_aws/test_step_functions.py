"""Step Functions drive SageMaker's jobs for real, and JSONata state machines do what AWS says."""

from __future__ import annotations

import json
import time
import uuid

import pytest

from tests.local_aws.launcher import create_function
from tests.local_aws.plain_endpoints import server
from tests.local_aws.plain_processing import ProcessingJobs
from tests.local_aws.state_machines import StateMachines, task

SLEEPER = "import time; print('begun', flush=True); time.sleep(60)"


@pytest.fixture
def machines(plain_aws):
    return StateMachines(plain_aws)


@pytest.fixture
def processing(plain_aws, bucket):
    return ProcessingJobs(plain_aws, bucket)


def catching(following, **assign):
    return {"Catch": [{"ErrorEquals": ["States.ALL"], "Assign": assign, "Next": following}]}


def test_a_training_job_from_one_expression_results_in_its_description(machines, jobs):
    request = jobs.request("open('model/weights', 'w').write('1')")
    result = machines.output(
        {"Train": task("sagemaker:createTrainingJob.sync", "{% $states.input.request %}")}, {"request": request}
    )
    job = jobs.describe(request["TrainingJobName"])
    assert result["TrainingJobStatus"] == "Completed"
    assert result["ModelArtifacts"] == job["ModelArtifacts"]
    assert result["CreationTime"] == pytest.approx(job["CreationTime"].timestamp() * 1000, abs=1)
    assert isinstance(result["CreationTime"], int)


def test_without_sync_the_state_does_not_wait(machines, jobs):
    request = jobs.request(SLEEPER)
    result = machines.output({"Train": task("sagemaker:createTrainingJob", request)})
    assert result["TrainingJobArn"].endswith(request["TrainingJobName"])
    assert jobs.describe(request["TrainingJobName"])["TrainingJobStatus"] == "InProgress"
    jobs.aws.client("sagemaker").stop_training_job(TrainingJobName=request["TrainingJobName"])


def test_a_failed_job_fails_the_task_with_its_description_as_the_cause(machines, jobs):
    request = jobs.request("raise SystemExit(4)")
    execution = machines.run({"Train": task("sagemaker:createTrainingJob.sync", request)})
    assert (execution["status"], execution["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(execution["cause"])
    assert cause["TrainingJobName"] == request["TrainingJobName"]
    assert "exit code: 4" in cause["FailureReason"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"RoleArn": "no role"}, "SageMaker.AmazonSageMakerException"),
        ({}, "SageMaker.ResourceInUseException"),
    ],
)
def test_a_refused_request_fails_with_the_error_s_name(machines, jobs, change, error):
    request = jobs.request("print()")
    jobs.aws.client("sagemaker").create_training_job(**request)
    execution = machines.run({"Train": task("sagemaker:createTrainingJob.sync", {**request, **change})})
    assert (execution["error"], execution["status"]) == (error, "FAILED")


def test_a_machine_runs_processing_then_a_model_then_a_transform(machines, processing, endpoints, plain_aws):
    script = "open('processing/output/rows/a.csv', 'w').write('1\\n2\\n')"
    process = processing.request(script, outputs=[processing.output("rows", "in/")])
    suffix = uuid.uuid4().hex[:12]
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/plain:1"
    container = {"Image": image, "ModelDataUrl": endpoints.archive(server())}
    data = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{processing.bucket}/in/"}}
    transform = {
        "TransformJobName": f"transform-{suffix}",
        "ModelName": "{% $model %}",
        "TransformInput": {"DataSource": data, "ContentType": "text/csv"},
        "TransformOutput": {"S3OutputPath": f"s3://{processing.bucket}/out"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    model = {"ModelName": f"model-{suffix}", "ExecutionRoleArn": process["RoleArn"], "PrimaryContainer": container}
    result = machines.output(
        {
            "Prepare": task("sagemaker:createProcessingJob.sync", process, Next="Model"),
            "Model": task(
                "sagemaker:createModel",
                model,
                Assign={"model": "{% $split($states.result.ModelArn, '/')[1] %}"},
                Next="Predict",
            ),
            "Predict": task("sagemaker:createTransformJob.sync", transform),
        }
    )
    assert result["TransformJobStatus"] == "Completed"
    assert processing.get("out/a.csv.out") == b"1:1\n2\n"


def test_an_endpoint_is_created_watched_by_the_sdk_integration_and_updated(machines, endpoints):
    configs = [endpoints.config(endpoints.variant(endpoints.model())) for _ in range(2)]
    name = f"endpoint-{uuid.uuid4().hex[:12]}"
    watch = {
        "Look": task(
            "aws-sdk:sagemaker:describeEndpoint",
            {"EndpointName": name},
            Assign={"endpoint": "{% $states.result %}"},
            Next="Ready?",
        ),
        "Ready?": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $endpoint.EndpointStatus = 'InService' %}", "Next": "Done"}],
            "Default": "Pause",
        },
        "Pause": {"Type": "Wait", "Seconds": 1, "Next": "Look"},
        "Done": {"Type": "Succeed", "Output": "{% $endpoint.EndpointConfigName %}"},
    }
    for verb, config in zip(("create", "update"), configs, strict=True):
        request = {"EndpointName": name, "EndpointConfigName": config}
        states = {"Begin": task(f"sagemaker:{verb}Endpoint", request, Next="Look"), **watch}
        assert machines.output(states) == config


def test_an_sdk_call_for_what_is_not_there_names_the_sdk_s_error(machines):
    request = {"HyperParameterTuningJobName": "no-such-job"}
    execution = machines.run({"Look": task("aws-sdk:sagemaker:describeHyperParameterTuningJob", request)})
    assert execution["error"] == "SageMaker.ResourceNotFoundException"


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


@pytest.mark.parametrize(
    "resource", ["sagemaker:createNothing", "sagemaker:createModel.sync", "sagemaker:describeTrainingJob"]
)
def test_a_resource_that_aws_has_not_fails(machines, resource):
    execution = machines.run({"Run": task(resource, {})})
    assert (execution["error"], execution["status"]) == ("States.Runtime", "FAILED")


def test_a_caught_job_failure_reaches_the_cause_of_a_fail_state(machines, jobs):
    request = jobs.request("raise SystemExit(9)")
    remembered = {
        "stage": "Train",
        "cause": "{% $parse($states.errorOutput.Cause).FailureReason %}",
        "error": "{% $states.errorOutput.Error %}",
    }
    execution = machines.run(
        {
            "Train": task("sagemaker:createTrainingJob.sync", request, **catching("Failed", **remembered)),
            "Failed": {"Type": "Fail", "Error": "{% $error %}", "Cause": "{% $stage & ': ' & $cause %}"},
        }
    )
    assert execution["error"] == "States.TaskFailed"
    assert execution["cause"].startswith("Train: AlgorithmError") and "9" in execution["cause"]


def test_a_catcher_s_output_is_the_next_state_s_input(machines):
    state = task("sagemaker:createTrainingJob", {})
    state["Catch"] = [
        {"ErrorEquals": ["States.ALL"], "Output": {"why": "{% $states.errorOutput.Error %}"}, "Next": "End"}
    ]
    assert machines.output({"Try": state, "End": {"Type": "Succeed"}}) == {"why": "SageMaker.AmazonSageMakerException"}


def test_assign_keeps_values_of_every_type_and_sees_what_was_before(machines):
    output = machines.output(
        {
            "First": {
                "Type": "Pass",
                "Assign": {"number": 1, "nothing": None, "map": {"a": [1, "{% $states.input.x %}"]}, "empty": {}},
                "Next": "Second",
            },
            "Second": {
                "Type": "Pass",
                "Assign": {"number": "{% $number + 1 %}", "old": "{% $number %}"},
                "Next": "Done",
            },
            "Done": {"Type": "Succeed", "Output": "{% [$number, $old, $nothing = null, $map, $empty] %}"},
        },
        {"x": "given"},
    )
    assert output == [2, 1, True, {"a": [1, "given"]}, {}]


def test_the_execution_s_name_defaults_and_merges_are_there(machines):
    name = f"run-{uuid.uuid4().hex[:8]}"
    output = machines.output(
        {
            "Begin": {
                "Type": "Pass",
                "Assign": {
                    "token": "{% $exists($states.input.t) ? $states.input.t : $states.context.Execution.Name %}",
                    "merged": "{% $merge([{'a': 1}, {'b': 2}]) %}",
                },
                "Next": "Done",
            },
            "Done": {"Type": "Succeed", "Output": {"token": "{% $token %}", "merged": "{% $merged %}"}},
        },
        name=name,
    )
    assert output == {"token": name, "merged": {"a": 1, "b": 2}}


def test_choice_and_wait_evaluate_expressions(machines):
    states = {
        "Wait": {"Type": "Wait", "Seconds": "{% $states.input.seconds %}", "Next": "Choose"},
        "Choose": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $states.input.kind in ['a', 'b'] and $states.input.job != null %}", "Next": "Yes"}
            ],
            "Default": "No",
        },
        "Yes": {"Type": "Succeed", "Output": "yes"},
        "No": {"Type": "Succeed", "Output": "no"},
    }
    start = time.monotonic()
    assert machines.output(states, {"kind": "a", "seconds": 1, "job": {"x": 1}}) == "yes"
    assert time.monotonic() - start > 1
    assert machines.output(states, {"kind": "a", "seconds": 0, "job": None}) == "no"


def test_an_expression_without_a_value_fails_as_a_query_error(machines):
    execution = machines.run({"Bad": {"Type": "Pass", "Output": "{% $states.input.missing %}", "End": True}})
    assert execution["error"] == "States.QueryEvaluationError"


def test_parallel_branches_take_arguments_and_their_results_are_assigned(machines):
    def branch(expression):
        return {"StartAt": "P", "States": {"P": {"Type": "Pass", "Output": expression, "End": True}}}

    output = machines.output(
        {
            "Both": {
                "Type": "Parallel",
                "Arguments": {"x": "{% $states.input.n %}"},
                "Branches": [branch("{% $states.input.x + 1 %}"), branch("{% $states.input.x + 2 %}")],
                "Assign": {"sum": "{% $sum($states.result) %}"},
                "Output": "{% $states.result %}",
                "Next": "Done",
            },
            "Done": {"Type": "Succeed", "Output": {"each": "{% $states.input %}", "sum": "{% $sum %}"}},
        },
        {"n": 10},
    )
    assert output == {"each": [11, 12], "sum": 23}


def test_a_lambda_s_payload_renders_the_request_that_a_job_runs(machines, jobs):
    request = jobs.request("print()")
    name = f"plan-{uuid.uuid4().hex[:8]}"
    create_function(
        jobs.aws, name, "def handler(event, context):\n    return {'training': event['request'], 'tuning': None}"
    )
    output = machines.output(
        {
            "Plan": task(
                "lambda:invoke",
                {"FunctionName": name, "Payload": {"request": "{% $states.input.request %}"}},
                Assign={"plan": "{% $states.result.Payload %}"},
                Next="Tune?",
            ),
            "Tune?": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $plan.tuning != null %}", "Next": "Never"}],
                "Default": "Train",
            },
            "Never": {"Type": "Fail"},
            "Train": task(
                "sagemaker:createTrainingJob.sync",
                "{% $plan.training %}",
                Assign={"job": "{% $plan.training.TrainingJobName %}"},
                Next="Done",
            ),
            "Done": {"Type": "Succeed", "Output": "{% $job %}"},
        },
        {"request": request},
    )
    assert output == request["TrainingJobName"]


@pytest.mark.parametrize("ending", ["'busy\\n'", "'busy'); error.add_note('a note'", "''); error.add_note('a note'"])
def test_the_class_of_an_exception_is_found_before_line_breaks_and_notes(plain_aws, ending):
    name = f"noted-{uuid.uuid4().hex[:8]}"
    code = f"def handler(event, context):\n    error = KeyboardError({ending})\n    raise error"
    create_function(plain_aws, name, f"class KeyboardError(Exception):\n    pass\n\n{code}")
    payload = json.loads(plain_aws.client("lambda").invoke(FunctionName=name)["Payload"].read())
    assert payload["errorType"] == "KeyboardError"


def test_an_exception_of_a_function_has_its_class_and_stack_trace(plain_aws, machines):
    name = f"busy-{uuid.uuid4().hex[:8]}"
    code = "class BusyError(Exception):\n    pass\n\ndef handler(event, context):\n    raise BusyError('busy: a\\nb')"
    create_function(plain_aws, name, code)
    payload = json.loads(plain_aws.client("lambda").invoke(FunctionName=name)["Payload"].read())
    assert (payload["errorType"], payload["errorMessage"]) == ("BusyError", "busy: a\nb")
    (frame,) = payload["stackTrace"]
    assert "in handler\n" in frame
    state = task("lambda:invoke", {"FunctionName": name})
    state["Catch"] = [{"ErrorEquals": ["BusyError"], "Next": "Caught"}]
    assert machines.output({"Call": state, "Caught": {"Type": "Succeed", "Output": "caught"}}) == "caught"


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"applicationId": "00a"}, "applicationId"),
        ({"ApplicationId": "00a", "JobDriver": {"sparkSubmit": {"EntryPoint": "s3://a/b"}}}, "sparkSubmit"),
        ({"ApplicationId": "00a", "JobDriver": {"SparkSubmit": {"entryPoint": "s3://a/b"}}}, "entryPoint"),
    ],
)
def test_a_field_in_camel_case_is_not_supported(plain_aws, arguments, field):
    state = task("emr-serverless:startJobRun.sync", arguments)
    state["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    execution = StateMachines(plain_aws).run({"Run": state, "Caught": {"Type": "Succeed"}})
    assert (execution["status"], execution["error"]) == ("FAILED", "States.Runtime")
    assert f"The field '{field}' is not supported by Step Functions" in execution["cause"]
