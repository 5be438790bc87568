"""The launch function: one token, one job; a token that asks for something else is refused."""

from __future__ import annotations

import copy
import sys

import pytest
from botocore.stub import Stubber

from tests.unit.conftest import WORKLOAD, rendered
from tests.unit.functions import CONTEXT, imported

NAME = "dev-boston-housing-once"


@pytest.fixture
def catalogue():
    """Boston housing, but with nothing to put into S3: a container that has its own program."""
    definition = rendered(WORKLOAD)
    definition["training"] |= {"source": None, "entry_point": None}
    return {"boston-housing": definition}


@pytest.fixture
def launch(tmp_path, monkeypatch, catalogue):
    """The function, and SageMaker's answers to it."""
    with (
        imported(tmp_path, monkeypatch, "launch", catalogue) as module,
        Stubber(module.sagemaker) as answers,
    ):
        yield module, answers


def event(**more):
    return {"workload": "boston-housing", "token": "once", **more}


def request_of(module, **more):
    """The request that an event leads to."""
    definition = module.definition_of(event(**more), module.KEYS)
    request = module.render("training", definition, "once", event(**more))
    return module.tagged(request, module.job_record("training", NAME, definition, request, event(**more)))


def taken(module, answers, described):
    answers.add_client_error("create_training_job", service_error_code="ResourceInUse")
    answers.add_response("describe_training_job", described, {"TrainingJobName": NAME})


def described(request):
    """What DescribeTrainingJob answers of a job of this request."""
    members = ("TrainingJobName", "HyperParameters", "InputDataConfig", "AlgorithmSpecification", "ResourceConfig")
    return {
        **{key: copy.deepcopy(request[key]) for key in (*members, "StoppingCondition") if key in request},
        "TrainingJobArn": f"arn:aws:sagemaker:eu-west-1:123456789012:training-job/{NAME}",
        "ModelArtifacts": {"S3ModelArtifacts": "s3://b/k"},
        "TrainingJobStatus": "InProgress",
        "SecondaryStatus": "Training",
        "CreationTime": 0,
    }


def test_a_first_launch_creates_the_job(launch):
    module, answers = launch
    arn = f"arn:aws:sagemaker:eu-west-1:123456789012:training-job/{NAME}"
    answers.add_response("create_training_job", {"TrainingJobArn": arn}, request_of(module))
    assert module.handler(event(), CONTEXT) == {
        "workload": "boston-housing",
        "kind": "training",
        "training_job_name": NAME,
        "created": True,
    }


def test_the_same_token_again_finds_the_job(launch):
    module, answers = launch
    taken(module, answers, described(request_of(module)))
    response = module.handler(event(), CONTEXT)
    assert (response["training_job_name"], response["created"]) == (NAME, False)


def test_a_token_reused_with_other_hyperparameters_is_refused(launch):
    module, answers = launch
    taken(module, answers, described(request_of(module)))
    with pytest.raises(Exception, match=f"{NAME}: this token already started a job with other HyperParameters; use"):
        module.handler(event(overrides={"hyperparameters.test-size": 0.3}), CONTEXT)


def test_defaults_that_describe_adds_make_no_other_job(launch):
    module, answers = launch
    job = described(request_of(module))
    job["InputDataConfig"][0] |= {"CompressionType": "None", "RecordWrapperType": "None"}
    taken(module, answers, job)
    assert module.handler(event(), CONTEXT)["created"] is False


@pytest.mark.parametrize("override", [{"instance.type": "ml.m5.xlarge"}, {"max_runtime_minutes": 7}])
def test_the_same_token_with_other_machines_or_time_is_refused_too(launch, override):
    module, answers = launch
    taken(module, answers, described(request_of(module)))
    with pytest.raises(Exception, match="this token already started a job with other"):
        module.handler(event(overrides=override), CONTEXT)


def test_without_a_token_the_invocations_id_is_one(launch):
    module, answers = launch
    for _ in range(2):
        answers.add_response("create_training_job", {"TrainingJobArn": "arn:aws:sagemaker:eu-west-1:1:x/y"}, None)
    first, second = (module.handler({"workload": "boston-housing"}, CONTEXT)["training_job_name"] for _ in range(2))
    assert first == second


def test_another_error_of_sagemaker_passes_through(launch):
    module, answers = launch
    answers.add_client_error("create_training_job", service_error_code="ResourceLimitExceeded")
    with pytest.raises(module.sagemaker.exceptions.ResourceLimitExceeded):
        module.handler(event(), CONTEXT)


@pytest.mark.parametrize(
    ("invalid_event", "message"),
    [
        ({"workload": "bostn"}, "no workload 'bostn' is deployed in 'dev'; deployed: boston-housing"),
        ({"workload": "boston-housing", "kind": "dance"}, "no kind of job 'dance'; known: baseline, baseline-pred"),
        (
            {"workload": "boston-housing", "tokn": "t"},
            "unknown keys in the event: tokn; known: kind, overrides",
        ),
        ({"workload": "boston-housing", "kind": "tuning"}, "`tuning` section"),
        (event(overrides={"image": "x"}), "image: can't be set for a run"),
    ],
)
def test_an_event_that_means_nothing_is_refused_before_any_call(launch, invalid_event, message):
    module, answers = launch
    with pytest.raises(Exception, match=message):
        module.handler(invalid_event, CONTEXT)
    answers.assert_no_pending_responses()


def test_an_earlier_model_of_a_missing_job_is_named_with_its_key(launch):
    _module, answers = launch
    answers.add_client_error("describe_training_job", "ValidationException", "Requested resource not found.")
    origin = {"training_job": "gone", "model_package": None, "model_data": None}
    words = r"training\.initial_model\.training_job 'gone': Requested resource not found; write the name"
    with pytest.raises(Exception, match=words):
        sys.modules["models"].earlier_model(origin)


def test_the_deployed_definition_is_described_by_its_fingerprints(launch):
    module, answers = launch
    response = module.handler({"workload": "boston-housing", "kind": "definition"}, CONTEXT)
    assert {"training", "serving", "pipeline"} <= response["fingerprints"].keys()
    answers.assert_no_pending_responses()
