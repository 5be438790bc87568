"""A job that goes on from another's checkpoints: which jobs can be resumed, and what is copied."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from botocore.stub import ANY, Stubber

from tests.unit.conftest import WORKLOAD, rendered
from tests.unit.functions import CONTEXT, imported

EARLIER = "dev-boston-housing-first"
FOLDER = f"s3://model-bucket/boston-housing/checkpoints/{EARLIER}"
NEW = "model-bucket/boston-housing/checkpoints/dev-boston-housing-once"


@pytest.fixture
def launch(tmp_path, monkeypatch):
    """The function, SageMaker's answers to it, and the objects in S3."""
    definition = rendered(WORKLOAD)
    definition["training"] |= {"source": None, "entry_point": None, "checkpoints": True}
    definition["evaluate"] = None
    with (
        imported(tmp_path, monkeypatch, "launch", {"boston-housing": definition}) as module,
        Stubber(module.sagemaker) as answers,
    ):
        s3 = sys.modules["platform_access"].s3()
        monkeypatch.setattr(sys.modules["checkpoints"].boto3, "client", lambda _name: s3)
        yield module, answers, s3.objects_in_memory


def described(**more):
    return {
        "TrainingJobName": EARLIER,
        "TrainingJobArn": f"arn:aws:sagemaker:eu-west-1:123456789012:training-job/{EARLIER}",
        "ModelArtifacts": {"S3ModelArtifacts": "s3://b/k"},
        "TrainingJobStatus": "Failed",
        "SecondaryStatus": "Failed",
        "CreationTime": 0,
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "ResourceConfig": {"VolumeSizeInGB": 1},
        "StoppingCondition": {},
        "OutputDataConfig": {"S3OutputPath": "s3://model-bucket/boston-housing/jobs"},
        "CheckpointConfig": {"S3Uri": FOLDER},
        **more,
    }


def resume(module, **more):
    return module.handler({"workload": "boston-housing", "token": "once", "resumed_from": EARLIER, **more}, CONTEXT)


def copies(objects):
    """The new job's checkpoints, by their names below its folder."""
    return {name.removeprefix(f"{NEW}/"): body for name, body in objects.items() if name.startswith(NEW)}


def absent(answers):
    answers.add_client_error("describe_training_job", "ValidationException", "Requested resource not found.")


@pytest.mark.parametrize("ended", [{}, {"TrainingJobStatus": "Stopped", "SecondaryStatus": "MaxRuntimeExceeded"}])
def test_checkpoints_are_copied_below_the_new_jobs_name(launch, ended):
    module, answers, objects = launch
    objects[f"{FOLDER.removeprefix('s3://')}/epoch/1.pt"] = b"1"
    objects[f"{FOLDER.removeprefix('s3://')}-other/2.pt"] = b"2"
    answers.add_response("describe_training_job", described(**ended), {"TrainingJobName": EARLIER})
    absent(answers)
    answers.add_response("create_training_job", {"TrainingJobArn": described()["TrainingJobArn"]}, None)
    resume(module)
    assert copies(objects) == {"epoch/1.pt": b"1"}


def test_a_call_that_copies_late_keeps_the_jobs_newer_checkpoints(launch):
    module, answers, objects = launch
    objects |= {f"{FOLDER.removeprefix('s3://')}/{name}": b"older" for name in ("state.json", "optimizer.pt")}
    objects[f"{NEW}/state.json"] = b"newer"
    answers.add_response("describe_training_job", described(), {"TrainingJobName": EARLIER})
    absent(answers)  # when this call looks, the other one has not created the job
    answers.add_response("create_training_job", {"TrainingJobArn": described()["TrainingJobArn"]}, None)
    resume(module)
    assert copies(objects) == {"state.json": b"newer", "optimizer.pt": b"older"}


def test_a_copy_that_conflicts_with_another_calls_is_repeated(launch, monkeypatch):
    module, answers, objects = launch
    objects[f"{FOLDER.removeprefix('s3://')}/1.pt"] = b"1"
    conflict = {"Error": {"Code": "ConditionalRequestConflict", "Message": "The conditional request cannot succeed"}}
    refusals, waited = [conflict], []
    s3 = sys.modules["platform_access"].s3()
    s3.meta.events.register_first(
        "before-call.s3.CopyObject",
        lambda **_: (SimpleNamespace(status_code=409), refusals.pop()) if refusals else None,
    )
    monkeypatch.setattr("time.sleep", waited.append)
    answers.add_response("describe_training_job", described(), {"TrainingJobName": EARLIER})
    absent(answers)
    answers.add_response("create_training_job", {"TrainingJobArn": described()["TrainingJobArn"]}, None)
    resume(module)
    assert copies(objects) == {"1.pt": b"1"}
    assert waited == [1]


def test_a_repeated_event_copies_nothing_over_newer_checkpoints(launch):
    module, answers, objects = launch
    objects[f"{FOLDER.removeprefix('s3://')}/1.pt"] = b"1"
    answers.add_response("describe_training_job", described(), {"TrainingJobName": EARLIER})
    answers.add_response("describe_training_job", described(TrainingJobStatus="InProgress"), {"TrainingJobName": ANY})
    answers.add_client_error("create_training_job", service_error_code="ResourceInUse")
    answers.add_response("describe_training_job", described(), {"TrainingJobName": ANY})
    with pytest.raises(Exception, match="this token already started a job with other"):
        resume(module)
    assert copies(objects) == {}


@pytest.mark.parametrize(
    ("job", "words"),
    [
        ({"TrainingJobStatus": "InProgress"}, "it is InProgress; wait for its end, or stop it first"),
        ({"TrainingJobStatus": "Completed"}, f"it has completed; to begin with its model, use `--from {EARLIER}`"),
        ({"OutputDataConfig": {"S3OutputPath": "s3://model-bucket/other/jobs"}}, "it did not train workload"),
        ({"TuningJobArn": "arn:aws:sagemaker:eu-west-1:123456789012:x/y"}, "it belongs to a tuning job"),
    ],
)
def test_a_job_that_can_not_be_resumed_is_refused(launch, job, words):
    module, answers, objects = launch
    answers.add_response("describe_training_job", described(**job), {"TrainingJobName": EARLIER})
    with pytest.raises(Exception, match=f"resumed_from '{EARLIER}': {words}"):
        resume(module)
    assert copies(objects) == {}


def test_a_job_without_checkpoints_is_refused(launch):
    module, answers, _objects = launch
    job = described()
    del job["CheckpointConfig"]
    answers.add_response("describe_training_job", job, {"TrainingJobName": EARLIER})
    with pytest.raises(Exception, match="it kept no checkpoints; write"):
        resume(module)


def test_a_job_that_wrote_no_checkpoint_is_refused(launch):
    module, answers, _objects = launch
    answers.add_response("describe_training_job", described(), {"TrainingJobName": EARLIER})
    absent(answers)
    with pytest.raises(Exception, match="it ended before it wrote a checkpoint"):
        resume(module)


def test_a_job_that_does_not_exist_is_named_with_the_key(launch):
    module, answers, _objects = launch
    absent(answers)
    with pytest.raises(Exception, match=f"resumed_from '{EARLIER}': Requested resource not found"):
        resume(module)


@pytest.mark.usefixtures("launch")
def test_only_a_training_job_is_resumed():
    with pytest.raises(Exception, match="only a training job can be resumed, not one of kind 'tuning'"):
        sys.modules["checkpoints"].begin_with_checkpoints("tuning", {}, EARLIER, {})


def test_a_refused_resumption_creates_no_run_in_mlflow(launch, monkeypatch):
    module, answers, _ = launch
    runs: list[str] = []
    for name in ("launch", "job_kinds"):
        monkeypatch.setattr(
            sys.modules[name], "with_run", lambda kind, _, request: runs.append(kind) or request, raising=False
        )
    answers.add_response("describe_training_job", described(TrainingJobStatus="Completed"), None)
    with pytest.raises(Exception, match="it has completed"):
        resume(module)
    assert runs == []
