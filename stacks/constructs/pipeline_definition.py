"""The pipeline's state machine in Amazon States Language (JSONata): one for all workloads.

The pipeline function renders a plan from the workload, and the state machine skips stages that are not in it. Requests
are never built here: each job's whole request comes from the plan.
"""

from __future__ import annotations

from typing import Any

State = dict[str, Any]

LAMBDA_RETRY = {
    "ErrorEquals": [
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
    ],
    "IntervalSeconds": 2,
    "MaxAttempts": 5,
    "BackoffRate": 2,
    "JitterStrategy": "FULL",
}
JOB_RETRY = {
    "ErrorEquals": [
        "SageMaker.ResourceLimitExceededException",
        "SageMaker.SdkClientException",
        "ElasticMapReduce.ThrottlingException",
        "EMRServerless.ThrottlingException",
    ],
    "IntervalSeconds": 30,
    "MaxAttempts": 8,
    "BackoffRate": 2,
    "MaxDelaySeconds": 900,
    "JitterStrategy": "FULL",
}
THROTTLED_RETRY = {
    "ErrorEquals": ["SageMaker.AmazonSageMakerException", "SageMaker.SageMakerException"],
    "IntervalSeconds": 1,
    "MaxAttempts": 3,
    "BackoffRate": 2,
    "JitterStrategy": "FULL",
}
"""A throttled call has the name of all errors that SageMaker's API has no class for, by the integration and by the SDK.
So it is retried for seconds only, because a wrong request has that name too; then `failures.py` waits for capacity.
Source: the retriers of the sample "Preprocess data and train a machine learning model" (Step Functions' guide)."""
BUSY_ENDPOINT_RETRY = {
    "ErrorEquals": ["BusyEndpointError"],
    "IntervalSeconds": 30,
    "MaxAttempts": 60,
    "BackoffRate": 1,
}
"""Half an hour for an endpoint that is being scaled or updated, as `launchpad serve` waits (`lambda/deploy.py`)."""
CAPACITY_WAIT_SECONDS = 600
ENDPOINT_POLL_SECONDS = 15
MOVING = "['Creating', 'Updating', 'SystemUpdating', 'RollingBack']"
"""The values of EndpointStatus that another one follows."""
SERVES_IT = "$endpoint.EndpointStatus = 'InService' and $endpoint.EndpointConfigName = $result.endpoint_config_name"
"""Note: after a failed update, an endpoint is InService again with its earlier configuration and a FailureReason."""
CALLER = {"by": "pipeline", "run": "{% $states.context.Execution.Name %}"}
"""What the endpoint's history says of who deployed."""
ENDPOINT_FAILURE = (
    "{% $string({'EndpointName': $endpoint.EndpointName, 'EndpointStatus': $endpoint.EndpointStatus,"
    " 'EndpointConfigName': $endpoint.EndpointConfigName,"
    " 'FailureReason': $exists($endpoint.FailureReason) ? $endpoint.FailureReason : ''}) %}"
)
REFUSED = (
    "{% $stage = 'createTrainingJob' ? $plan.training : $stage = 'createHyperParameterTuningJob' ? $plan.tuning : null"
    " %}"
)
"""The request that failed of a job that has a run in MLflow: the run ends with it if no job was created."""

CODE = {"workload": "{% $workload %}", "working_copy": "{% $working_copy %}", "origin": "{% $origin %}"}
"""What every step passes on, so that all of a run uses the code of its first step."""
LAUNCH = {**CODE, "token": "{% $token %}", "overrides": "{% $overrides %}", "attempt": "{% $attempt %}"}
"""What the steps get that render the requests of jobs."""


def pipeline_definition(pipeline_function: str, deploy_function: str, partition: str = "aws") -> State:
    """The state machine; the arguments are the functions' ARNs and the partition of the integrations'."""
    machine: State = {
        "Comment": "Prepare, train or tune, evaluate, baseline, judge and register, deploy: what the workload has",
        "QueryLanguage": "JSONata",
        "StartAt": "Begin",
        "States": {
            **_planning(pipeline_function),
            **_jobs(pipeline_function),
            **_release(pipeline_function, deploy_function),
            **_failure(pipeline_function),
        },
    }
    for state in machine["States"].values():
        if "Resource" in state:
            state["Resource"] = f"arn:{partition}:states:::{state['Resource']}"
    return machine


def _planning(function: str) -> dict[str, State]:
    return {
        "Begin": {
            "Type": "Pass",
            "Assign": {
                "workload": "{% $exists($states.input.workload) ? $states.input.workload : null %}",
                "token": "{% $exists($states.input.token) ? $states.input.token : $states.context.Execution.Name %}",
                "overrides": "{% $exists($states.input.overrides) ? $states.input.overrides : {} %}",
                "working_copy": "{% $exists($states.input.working_copy) ? $states.input.working_copy : null %}",
                "origin": "{% $exists($states.input.origin) ? $states.input.origin : null %}",
                "plan": {"training": None, "tuning": None},
                "attempt": 0,
                "result": {},
            },
            "Next": "Plan",
        },
        "Plan": {
            **_step(function, "plan", LAUNCH),
            "Assign": {"plan": "{% $states.result.Payload %}", "workload": "{% $states.result.Payload.workload %}"},
            "Next": "Prepare?",
        },
    }


def _jobs(function: str) -> dict[str, State]:
    return {
        "Prepare?": _when("$plan.prepare != null", "Prepare", "Spark?"),
        "Prepare": _job("sagemaker:createProcessingJob.sync", "{% $plan.prepare %}", "Spark?"),
        "Spark?": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $plan.spark != null and $plan.spark.service = 'emr' %}", "Next": "Spark"},
                {"Condition": "{% $plan.spark != null %}", "Next": "Spark serverless"},
            ],
            "Default": "Record?",
        },
        "Spark": _job("elasticmapreduce:addStep.sync", "{% $plan.spark.request %}", "Record?"),
        "Spark serverless": _job("emr-serverless:startJobRun.sync", "{% $plan.spark.request %}", "Record?"),
        "Record?": _when("$plan.record", "Record", "Train?"),
        "Record": {
            **_step(function, "record", LAUNCH),
            "Assign": {"plan": "{% $merge([$plan, $states.result.Payload]) %}"},
            "Next": "Train?",
        },
        "Train?": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $plan.tuning != null %}", "Next": "Tune"},
                {"Condition": "{% $plan.training != null %}", "Next": "Train"},
            ],
            "Default": "Done",
        },
        "Train": {
            **_job("sagemaker:createTrainingJob.sync", "{% $plan.training %}", "Evaluate?"),
            "Assign": {"job": "{% $plan.training.TrainingJobName %}"},
        },
        "Tune": {
            **_job("sagemaker:createHyperParameterTuningJob.sync", "{% $plan.tuning %}", "Evaluate?"),
            "Assign": {"job": "{% $states.result.BestTrainingJob.TrainingJobName %}"},
        },
        "Evaluate?": _when("$plan.evaluate", "Evaluation request", "Baseline?"),
        "Evaluation request": _model_step(function, "evaluation", "Evaluate"),
        "Evaluate": _job("sagemaker:createProcessingJob.sync", "{% $evaluation %}", "Baseline?"),
        "Baseline?": _when("$plan.baseline", "Baseline request", "Register?"),
        "Baseline request": _model_step(function, "baseline", "Baseline"),
        "Baseline": _job("sagemaker:createProcessingJob.sync", "{% $baseline %}", "Predictions request"),
        "Predictions request": _model_step(function, "predictions", "Baseline predictions"),
        "Baseline predictions": _job("sagemaker:createTransformJob.sync", "{% $predictions %}", "Register?"),
    }


def _model_step(function: str, step: str, following: str) -> State:
    """Ask for the request of a job that works on the new model; a variable of the step's name keeps it."""
    model = {**CODE, "token": "{% $token %}", "attempt": "{% $attempt %}", "training_job_name": "{% $job %}"}
    return {**_step(function, step, model), "Assign": {step: "{% $states.result.Payload %}"}, "Next": following}


def _release(function: str, deploy_function: str) -> dict[str, State]:
    model = {**CODE, "training_job_name": "{% $job %}"}
    describe = _task(
        "aws-sdk:sagemaker:describeEndpoint",
        {"EndpointName": "{% $result.endpoint_name %}"},
        "Endpoint",
        JOB_RETRY,
        THROTTLED_RETRY,
    )
    return {
        "Register?": _when("$plan.register", "Register", "Done"),
        "Register": {
            **_step(function, "register", model),
            "Assign": {"result": "{% $states.result.Payload %}"},
            "Next": "Deploy?",
        },
        "Deploy?": _when("$plan.deploy", "Deploy", "Done"),
        "Deploy": {
            **_invoke(deploy_function, {**model, **CALLER}, "Deploy", BUSY_ENDPOINT_RETRY),
            "Assign": {"result": "{% $merge([$result, $states.result.Payload]) %}"},
            "Next": "Endpoint starting",
        },
        "Endpoint starting": {"Type": "Wait", "Seconds": ENDPOINT_POLL_SECONDS, "Next": "Endpoint"},
        "Endpoint": {**describe, "Assign": {"endpoint": "{% $states.result %}"}, "Next": "Endpoint ready?"},
        "Endpoint ready?": {
            "Type": "Choice",
            "Choices": [
                {"Condition": f"{{% {SERVES_IT} %}}", "Next": "Done"},
                {"Condition": f"{{% $endpoint.EndpointStatus in {MOVING} %}}", "Next": "Endpoint starting"},
            ],
            "Default": "Endpoint failed",
        },
        "Endpoint failed": {
            "Type": "Pass",
            "Assign": {"stage": "deploy", "error": "EndpointFailed", "cause": ENDPOINT_FAILURE},
            "Next": "Failure",
        },
        "Done": {"Type": "Succeed", "Output": "{% $result %}"},
    }


def _failure(function: str) -> dict[str, State]:
    return {
        "Failure": {
            "Type": "Task",
            "Resource": "lambda:invoke",
            "Arguments": {
                "FunctionName": function,
                "Payload": {
                    "step": "failure",
                    "stage": "{% $stage %}",
                    "error": "{% $error %}",
                    "cause": "{% $cause %}",
                    "attempt": "{% $attempt %}",
                    "request": REFUSED,
                },
            },
            "Retry": [LAMBDA_RETRY],
            "Assign": {"failure": "{% $states.result.Payload %}", "attempt": "{% $states.result.Payload.attempt %}"},
            "Next": "Again?",
        },
        "Again?": _when("$failure.retry", "Wait for capacity", "Failed"),
        "Wait for capacity": {"Type": "Wait", "Seconds": CAPACITY_WAIT_SECONDS, "Next": "Plan"},
        "Failed": {
            "Type": "Fail",
            "Error": "{% $error %}",
            "Cause": "{% $failure.message & ($failure.log != null ? ' (log: ' & $failure.log & ')' : '') %}",
        },
    }


def _when(condition: str, then: str, otherwise: str) -> State:
    return {"Type": "Choice", "Choices": [{"Condition": f"{{% {condition} %}}", "Next": then}], "Default": otherwise}


def _job(integration: str, arguments: str, following: str) -> State:
    """Run a whole request and wait for its end; stopping the execution stops the job."""
    stage = integration.partition(":")[2].removesuffix(".sync")
    return {**_task(integration, arguments, stage, JOB_RETRY, THROTTLED_RETRY), "Next": following}


def _step(function: str, step: str, payload: dict[str, Any]) -> State:
    return _invoke(function, {"step": step, **payload}, step)


def _invoke(function: str, payload: dict[str, Any], stage: str, *retries: dict[str, Any]) -> State:
    return _task("lambda:invoke", {"FunctionName": function, "Payload": payload}, stage, LAMBDA_RETRY, *retries)


def _task(integration: str, arguments: Any, stage: str, *retries: dict[str, Any]) -> State:
    remembered = {
        "stage": stage,
        "error": "{% $states.errorOutput.Error %}",
        "cause": "{% $exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : '' %}",
    }
    return {
        "Type": "Task",
        "Resource": integration,
        "Arguments": arguments,
        "Retry": list(retries),
        "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": remembered, "Next": "Failure"}],
    }
