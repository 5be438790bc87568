"""The functions log each decision as one line of JSON, with the fields to search by and nothing else of the event."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from types import ModuleType
from typing import Any

import pytest
from botocore.stub import Stubber

from tests.unit.conftest import WORKLOAD, rendered
from tests.unit.functions import CONTEXT, ENVIRONMENT, imported, objects_of

NAME = "dev-boston-housing"
JOB = f"{NAME}-once"
ARN = f"arn:aws:sagemaker:eu-west-1:123456789012:training-job/{JOB}"
PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/dev-boston-housing/1"
INVOCATION = {"function": CONTEXT.function_name, "request_id": CONTEXT.aws_request_id, "workload": "boston-housing"}
LAUNCH = {"workload": "boston-housing", "token": "once"}
DEPLOY = {"workload": "boston-housing", "training_job_name": JOB}
MODEL = f"s3://{ENVIRONMENT['model_bucket']}/boston-housing/{JOB}/output/model.tar.gz"
FINISHED = {
    "TrainingJobName": JOB,
    "TrainingJobArn": ARN,
    "ModelArtifacts": {"S3ModelArtifacts": MODEL},
    "TrainingJobStatus": "Completed",
    "SecondaryStatus": "Completed",
    "AlgorithmSpecification": {"TrainingInputMode": "File"},
    "ResourceConfig": {"VolumeSizeInGB": 1},
    "StoppingCondition": {},
    "CreationTime": 0,
    "FinalMetricDataList": [{"MetricName": "r2", "Value": 0.75}],
}
ENDPOINT = {
    "EndpointName": NAME,
    "EndpointArn": ARN,
    "EndpointStatus": "InService",
    "CreationTime": 0,
    "LastModifiedTime": 0,
}
VERSION = {
    "ModelPackageName": "dev-boston-housing",
    "ModelPackageArn": PACKAGE,
    "CreationTime": 0,
    "ModelPackageStatus": "Completed",
    "ModelPackageStatusDetails": {"ValidationStatuses": []},
    "InferenceSpecification": {"Containers": [{"Image": "image", "ModelDataUrl": MODEL}]},
}
SUMMARY = ("ModelPackageName", "CreationTime", "ModelPackageStatus")
SECTIONS = ("training", "evaluate", "serving")
EVALUATION = "evaluate: {entry_point: judge.py, instance: {type: ml.m5.large}, inputs: {model: {model: true}}}\n"


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def without_scripts(definition: dict[str, Any]) -> dict[str, Any]:
    """The same workload with containers that have their own programs, so that nothing is put into S3."""
    scripts = {"source": None, "entry_point": None}
    return {key: {**value, **scripts} if key in SECTIONS and value else value for key, value in definition.items()}


@pytest.fixture
def function(tmp_path, monkeypatch, capsys):
    """Imports a function; gives its module, SageMaker's answers, and a way to read the lines it logged."""
    monkeypatch.setenv("DIRECT_DEPLOY", "true")
    monkeypatch.setenv("CAPACITY_RETRIES", "2")
    with ExitStack() as stack:

        def load(name: str, more: str = "") -> tuple[ModuleType, Stubber, Callable[[], list[dict[str, Any]]]]:
            catalogue = {"boston-housing": without_scripts(rendered(WORKLOAD + more))}
            module = stack.enter_context(imported(tmp_path, monkeypatch, name, catalogue))
            sagemaker = stack.enter_context(Stubber(module.sagemaker))
            objects_of(sys.modules["platform_access"].s3())
            return module, sagemaker, lambda: lines(capsys.readouterr().out)

        yield load


def test_a_launch_is_logged_with_its_job_and_token(function):
    module, sagemaker, log = function("launch")
    sagemaker.add_response("create_training_job", {"TrainingJobArn": ARN}, None)
    module.handler(dict(LAUNCH), CONTEXT)
    expected = {"message": f"launched {JOB}", "action": "launched", "job": JOB, "kind": "training", "token": "once"}
    assert log() == [{"level": "INFO", **INVOCATION, **expected}]


def test_the_request_id_is_the_token_of_a_launch_without_one(function):
    module, sagemaker, log = function("launch")
    sagemaker.add_response("create_training_job", {"TrainingJobArn": ARN}, None)
    module.handler({"workload": "boston-housing"}, CONTEXT)
    assert log()[0]["token"] == CONTEXT.aws_request_id


def test_a_repeated_launch_is_logged_as_found(function):
    module, sagemaker, log = function("launch")
    request = module.render("training", module.definition_of(LAUNCH, module.KEYS), "once", LAUNCH)
    same = {key: copy.deepcopy(request[key]) for key in module.IDENTITY if key in request}
    sagemaker.add_client_error("create_training_job", service_error_code="ResourceInUse")
    sagemaker.add_response("describe_training_job", {**FINISHED, **same}, {"TrainingJobName": JOB})
    module.handler(dict(LAUNCH), CONTEXT)
    (line,) = log()
    assert (line["action"], line["job"]) == ("found", JOB)
    assert line["message"] == f"found {JOB}, which an earlier call with this token started"


def test_a_refused_launch_is_a_warning_with_the_reason(function):
    module, _, log = function("launch")
    with pytest.raises(Exception, match="no kind of job 'dance'") as refusal:
        module.handler({**LAUNCH, "kind": "dance"}, CONTEXT)
    reason = str(refusal.value)
    expected = {"message": f"refused: {reason}", "action": "refused", "reason": reason, "token": "once"}
    assert log() == [{"level": "WARNING", **INVOCATION, **expected}]


def test_a_failed_call_is_an_error_with_its_traceback(function):
    module, sagemaker, log = function("launch")
    sagemaker.add_client_error("create_training_job", "ResourceLimitExceeded", "0 Instances")
    with pytest.raises(module.sagemaker.exceptions.ResourceLimitExceeded):
        module.handler(dict(LAUNCH), CONTEXT)
    (line,) = log()
    assert (line["level"], line["action"], line["reason"]) == ("ERROR", "failed", "ResourceLimitExceeded")
    assert line["exception"].startswith("Traceback (most recent call last)")
    assert "0 Instances" in line["message"]


def test_a_hyperparameter_of_a_launch_is_never_logged(function, capsys):
    module, sagemaker, _ = function("launch")
    sagemaker.add_response("create_training_job", {"TrainingJobArn": ARN}, None)
    module.handler({**LAUNCH, "overrides": {"hyperparameters.solver": "hunter2"}}, CONTEXT)
    output = capsys.readouterr().out
    assert JOB in output
    assert "hunter2" not in output


@pytest.mark.parametrize("name", ['x"}\n{"level": "INFO", "action": "launched"}', "x\u2028y", "\x1b[2J"])
def test_a_workload_name_can_not_forge_a_line(function, name):
    module, _, log = function("launch")
    with pytest.raises(Exception, match="no workload"):
        module.handler({"workload": name}, CONTEXT)
    (line,) = log()
    assert (line["action"], line["workload"]) == ("refused", name)


def test_a_long_string_of_a_caller_is_cut(function):
    module, _, log = function("launch")
    with pytest.raises(Exception, match="no workload"):
        module.handler({"workload": "x" * 1_000_000}, CONTEXT)
    assert max(len(value) for value in log()[0].values()) == 4_000


def test_a_field_that_is_not_text_is_not_logged(function):
    module, _, log = function("launch")
    with pytest.raises(Exception, match="no workload"):
        module.handler({"workload": 7, "token": {"password": "x"}}, CONTEXT)
    assert not {"workload", "token"} & set(log()[0])


def deploy(module, sagemaker, described, status="InService"):
    """Deploy the finished job's model next to an endpoint as DescribeEndpoint describes it, or next to none."""
    if described is None:
        sagemaker.add_client_error("describe_endpoint", "ValidationException", "Could not find endpoint")
    else:
        served = {**ENDPOINT, "EndpointConfigName": described, "EndpointStatus": status}
        sagemaker.add_response("describe_endpoint", served, None)
    sagemaker.add_response("describe_training_job", FINISHED, {"TrainingJobName": JOB})
    sagemaker.add_response("create_model", {"ModelArn": ARN}, None)
    sagemaker.add_response("create_endpoint_config", {"EndpointConfigArn": ARN}, None)
    if described is None:
        sagemaker.add_response("create_endpoint", {"EndpointArn": ARN}, None)
    else:
        variants = [{"VariantName": "AllTraffic", "ModelName": "m", "InstanceType": "ml.m5.large"}]
        config = {
            "EndpointConfigName": "c",
            "EndpointConfigArn": ARN,
            "CreationTime": 0,
            "ProductionVariants": variants,
        }
        for _ in ("before", "after"):
            sagemaker.add_response("describe_endpoint_config", config, None)
        sagemaker.add_response("update_endpoint", {"EndpointArn": ARN}, None)
    return module.handler(dict(DEPLOY), CONTEXT)


def test_a_deploy_is_logged_with_its_endpoint_model_and_job(function):
    module, sagemaker, log = function("deploy")
    model = deploy(module, sagemaker, None)["model_name"]
    expected = {
        "message": f"created endpoint {NAME}",
        "action": "created",
        "endpoint": NAME,
        "model": model,
        "job": JOB,
    }
    protected, deployed = log()
    assert (protected["action"], protected["group"]) == ("protected", f"/aws/sagemaker/Endpoints/{NAME}")
    assert deployed == {"level": "INFO", **INVOCATION, **expected}


def test_a_deploy_of_another_model_is_logged_as_updated(function):
    module, sagemaker, log = function("deploy")
    deploy(module, sagemaker, "of-another-model")
    assert log()[0]["message"] == f"updated endpoint {NAME}"


@pytest.mark.parametrize("status", ["InService", "SystemUpdating"])
def test_a_deploy_of_the_same_model_is_logged_as_unchanged(function, status):
    module, sagemaker, log = function("deploy")
    config = deploy(module, sagemaker, None)["endpoint_config_name"]
    deploy(module, sagemaker, config, status)
    assert [line["action"] for line in log()] == ["protected", "created", "unchanged"]


def test_a_plan_is_logged_with_its_stages_and_its_job(function):
    module, _, log = function("pipeline")
    module.handler({"step": "plan", **LAUNCH, "attempt": 1}, CONTEXT)
    stages = "training, register, deploy"
    expected = {"action": "planned", "message": f"planned {stages}", "stages": stages, "job": f"{JOB}-r1"}
    assert log() == [{"level": "INFO", **INVOCATION, "step": "plan", "token": "once-r1", **expected}]


def test_a_planned_evaluation_is_logged_with_its_job(function):
    module, sagemaker, log = function("pipeline", EVALUATION)
    sagemaker.add_response("describe_training_job", FINISHED, {"TrainingJobName": JOB})
    module.handler({"step": "evaluation", **LAUNCH, "training_job_name": JOB}, CONTEXT)
    (line,) = log()
    assert (line["action"], line["job"], line["step"]) == ("planned", f"{JOB}-evaluate", "evaluation")


@pytest.mark.parametrize(("earlier", "action"), [([], "registered"), ([PACKAGE], "found")])
def test_a_registration_is_logged_with_its_model_package(function, earlier, action):
    module, sagemaker, log = function("pipeline")
    sagemaker.add_response("describe_training_job", FINISHED, {"TrainingJobName": JOB})
    sagemaker.add_response("create_model_package_group", {"ModelPackageGroupArn": ARN}, None)
    summary = {key: value for key, value in VERSION.items() if key in SUMMARY}
    summaries = [{**summary, "ModelPackageArn": arn} for arn in earlier]
    sagemaker.add_response("list_model_packages", {"ModelPackageSummaryList": summaries}, None)
    if earlier:
        sagemaker.add_response("describe_model_package", VERSION, None)
    else:
        sagemaker.add_response("create_model_package", {"ModelPackageArn": PACKAGE}, None)
    with Stubber(module.s3()) as s3:
        s3.add_response("put_object", {})
        module.handler({"step": "register", **DEPLOY}, CONTEXT)
    (line,) = log()
    assert (line["action"], line["model_package"], line["job"]) == (action, PACKAGE, JOB)


@pytest.mark.parametrize(("attempt", "action"), [(0, "retry"), (2, "stop")])
def test_a_failed_stage_is_logged_with_what_follows(function, attempt, action):
    module, _, log = function("pipeline")
    event = {"step": "failure", "stage": "training", "error": "SageMaker.ThrottlingException", "cause": "Rate exceeded"}
    module.handler({**event, "attempt": attempt}, CONTEXT)
    (line,) = log()
    assert (line["level"], line["action"], line["stage"]) == ("INFO", action, "training")
    assert line["message"] == f"{action} after training: Rate exceeded"


def test_a_missed_quality_gate_is_a_warning_of_its_step(function):
    module, sagemaker, log = function("pipeline")
    bad = [{"MetricName": "r2", "Value": 0.25}]
    sagemaker.add_response("describe_training_job", {**FINISHED, "FinalMetricDataList": bad})
    with pytest.raises(Exception, match="quality gate"):
        module.handler({"step": "register", **DEPLOY}, CONTEXT)
    (line,) = log()
    assert (line["level"], line["action"], line["step"]) == ("WARNING", "refused", "register")
