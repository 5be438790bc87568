"""Step Functions drive SageMaker's jobs and endpoints for real, and refuse what AWS has not."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.local_aws.plain_endpoints import server
from tests.local_aws.state_machines import SLEEPER, StateMachines, task


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


@pytest.mark.parametrize(
    "resource", ["sagemaker:createNothing", "sagemaker:createModel.sync", "sagemaker:describeTrainingJob"]
)
def test_a_resource_that_aws_has_not_fails(machines, resource):
    execution = machines.run({"Run": task(resource, {})})
    assert (execution["error"], execution["status"]) == ("States.Runtime", "FAILED")


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
