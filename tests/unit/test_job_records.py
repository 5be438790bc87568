"""The record of a job: written before the job, once, with its code, its data's versions and where it came from."""

from __future__ import annotations

import json
import sys

import pytest
from botocore.stub import ANY, Stubber

from tests.unit.conftest import WORKLOAD, rendered
from tests.unit.functions import CONTEXT, imported, objects_of

NAME = "dev-boston-housing-once"
RECORD = f"model-bucket/boston-housing/records/{NAME}.json"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
CREATED = {"TrainingJobArn": f"arn:aws:sagemaker:eu-west-1:123456789012:training-job/{NAME}"}


@pytest.fixture
def launch(tmp_path, monkeypatch):
    """The function, SageMaker's answers to it, and the objects in S3."""
    definition = rendered(WORKLOAD)
    definition["training"] |= {"source": None, "entry_point": None}
    with (
        imported(tmp_path, monkeypatch, "launch", {"boston-housing": definition}) as module,
        Stubber(module.sagemaker) as answers,
    ):
        objects = objects_of(sys.modules["platform_access"].s3())
        objects["data-bucket/boston-housing/training/a.csv"] = b"1"
        yield module, answers, objects


@pytest.fixture
def tags_of(launch):
    """Launch, and return the tags of the job's request."""
    module, answers, _objects = launch
    tags = {}

    def keep(params, **_more):
        tags.update({tag["Key"]: tag["Value"] for tag in params["Tags"]})

    module.sagemaker.meta.events.register("provide-client-params.sagemaker.CreateTrainingJob", keep)

    def launched(**more):
        tags.clear()
        answers.add_response("create_training_job", CREATED, None)
        module.handler(event(**more), CONTEXT)
        return dict(tags)

    return launched


def event(**more):
    return {"workload": "boston-housing", "token": "once", **more}


def test_a_record_says_what_a_job_runs(launch):
    module, answers, objects = launch
    answers.add_response("create_training_job", CREATED, None)
    origin = {"commit": COMMIT, "dirty": True, "by": "ada"}
    module.handler(event(origin=origin, overrides={"hyperparameters.test-size": 0.3}), CONTEXT)
    record = json.loads(objects[RECORD])
    assert (record["job"], record["kind"], record["workload"]) == (NAME, "training", "boston-housing")
    assert record["origin"] == origin
    assert record["overrides"] == {"hyperparameters.test-size": 0.3}
    assert record["definition"]["training"]["hyperparameters"]["test-size"] == 0.1
    assert record["code"] == {"serving": "0" * 64}
    assert (record["working_copy"], record["from_job"], record["resumed_from"]) == (False, None, None)


def test_a_record_has_the_version_of_each_channel(launch):
    module, answers, objects = launch
    answers.add_response("create_training_job", CREATED, None)
    module.handler(event(), CONTEXT)
    data = json.loads(objects[RECORD])["data"]["training"]
    assert data["uri"] == "s3://data-bucket/boston-housing/training/"
    assert (data["objects"], data["bytes"], data["truncated"]) == (1, 1, False)
    assert len(data["version"]) == 16


def test_the_tags_name_commit_and_data(tags_of):
    tags = tags_of(origin={"commit": COMMIT, "dirty": False, "by": "ada"})
    assert (tags["launchpad:commit"], tags["launchpad:dirty"]) == (COMMIT, "false")
    assert len(tags["launchpad:data"]) == 16


def test_what_is_unknown_has_no_tag(tags_of):
    assert not {"launchpad:commit", "launchpad:dirty", "launchpad:code"} & tags_of().keys()


def test_the_record_is_there_before_the_job(launch):
    module, answers, objects = launch
    answers.add_client_error("create_training_job", service_error_code="ResourceLimitExceeded")
    with pytest.raises(module.sagemaker.exceptions.ResourceLimitExceeded):
        module.handler(event(), CONTEXT)
    assert RECORD in objects


def test_a_repeated_event_keeps_the_first_record(launch):
    module, answers, objects = launch
    answers.add_response("create_training_job", CREATED, None)
    module.handler(event(), CONTEXT)
    first = objects[RECORD]
    answers.add_client_error("create_training_job", service_error_code="ResourceInUse")
    answers.add_response("describe_training_job", described(), {"TrainingJobName": ANY})
    with pytest.raises(Exception, match="this token already started a job with other"):
        module.handler(event(overrides={"hyperparameters.test-size": 0.3}), CONTEXT)
    assert objects[RECORD] == first


def test_the_record_of_a_refused_request_is_replaced(launch):
    module, answers, objects = launch
    answers.add_client_error("create_training_job", service_error_code="ResourceLimitExceeded")
    with pytest.raises(module.sagemaker.exceptions.ResourceLimitExceeded):
        module.handler(event(), CONTEXT)
    answers.add_response("create_training_job", CREATED, None)
    module.handler(event(overrides={"hyperparameters.test-size": 0.3}), CONTEXT)
    assert json.loads(objects[RECORD])["overrides"] == {"hyperparameters.test-size": 0.3}


@pytest.mark.parametrize(
    ("origin", "message"),
    [
        ("main", "origin: write an object with the keys commit, dirty, by"),
        ({"branch": "main"}, "origin: write an object with the keys commit, dirty, by"),
        ({"commit": "main", "dirty": False}, "origin.commit: write 40 hexadecimal digits or nothing, not 'main'"),
        ({"commit": COMMIT, "dirty": "no"}, "origin.dirty: expected bool, not 'no'"),
        ({"commit": "", "dirty": False, "by": "a" * 257}, "origin.by: at most 256 characters"),
    ],
)
def test_a_wrong_origin_is_refused(launch, origin, message):
    module, _answers, objects = launch
    with pytest.raises(Exception, match=message):
        module.handler(event(origin=origin), CONTEXT)
    assert RECORD not in objects


def described():
    return {
        **CREATED,
        "TrainingJobName": NAME,
        "ModelArtifacts": {"S3ModelArtifacts": "s3://b/k"},
        "TrainingJobStatus": "InProgress",
        "SecondaryStatus": "Training",
        "CreationTime": 0,
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "ResourceConfig": {"VolumeSizeInGB": 1},
        "StoppingCondition": {},
    }
