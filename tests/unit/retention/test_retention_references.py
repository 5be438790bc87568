"""Pins, workloads, versions, models and wider prefixes keep what they name; without a reference all of it is old."""

from __future__ import annotations

import pytest

from tests.unit.retention.resources import ARCHIVE, ARTIFACT, BUCKET, IMAGE, JOB, NOW, days_ago

VERSION = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/dev-demo/1"


def test_without_a_reference_all_of_it_is_old(old_job, old):
    assert old("artifact") == [JOB, JOB]


def test_without_a_reference_version_and_image_are_old(old_job, retention):
    names = {row.kind: row.name for row in retention().find(NOW)}
    assert names["model package"] == "dev-demo/1"
    assert names["image"] == "launchpad/dev/box:old"


@pytest.mark.parametrize("pin", [ARTIFACT, ARCHIVE])
def test_an_artifact_that_any_config_pins_stays(old_job, old, pin):
    assert old("artifact", pins=[pin]) == []


def test_a_version_that_any_config_pins_stays_with_its_artifact(old_job, retention):
    kinds = {row.kind for row in retention(pins=[VERSION]).find(NOW)}
    assert not kinds & {"model package", "artifact"}


@pytest.mark.parametrize(
    "initial_model",
    [{"training_job": JOB}, {"model_data": ARTIFACT}, {"model_package": VERSION}],
)
def test_what_a_workload_begins_with_stays(old_job, old, initial_model):
    catalogue = {"demo": {"training": {"initial_model": initial_model}}}
    assert old("artifact", catalogue=catalogue) == []


def test_an_approved_version_keeps_its_artifact_and_image(old_job, retention):
    arn = old_job.register(3, 900, "Approved", ARCHIVE)
    old_job.packages[arn]["InferenceSpecification"]["Containers"][0]["Image"] = IMAGE
    assert not {row.kind for row in retention().find(NOW)} & {"artifact", "image"}


def test_a_version_of_another_environment_keeps_the_artifact(old_job, old):
    old_job.register(1, 900, "Approved", ARCHIVE, group="prod-demo")
    assert old("artifact") == []


def test_an_approved_version_without_a_group_keeps_the_artifact(old_job, old):
    arn = old_job.register(1, 900, "Approved", ARCHIVE, group="")
    assert arn
    assert old("artifact") == []


def test_a_model_of_several_containers_keeps_all_artifacts(old_job, old):
    old_job.create_model("dev-demo-model", 1)
    old_job.models["dev-demo-model"] |= {"PrimaryContainer": {}, "Containers": [{}, {"ModelDataUrl": ARCHIVE}]}
    assert old("artifact") == []


def test_a_model_of_a_stack_keeps_its_artifact_and_version(old_job, retention):
    old_job.create_model("Model-4x7", 900, tags={}, ModelPackageName=VERSION, ModelDataUrl=ARTIFACT)
    assert not {row.kind for row in retention().find(NOW)} & {"model package", "artifact"}


def test_what_only_an_old_model_uses_is_old_too(old_job, old):
    old_job.create_model("dev-demo-model", 900, ModelDataUrl=ARCHIVE)
    old_job.create_config("dev-demo-config", 900, "dev-demo-model")
    assert old("artifact") == [JOB, JOB]


def test_an_old_model_that_stays_keeps_its_artifact(old_job, old):
    old_job.create_model("dev-demo-model", 900, ModelDataUrl=ARCHIVE)
    assert old("artifact", models_days=0) == []


@pytest.mark.parametrize("folder", [f"s3://{BUCKET}/demo/models/", f"s3://{BUCKET}/demo/models/{JOB}/"])
def test_what_a_pinned_folder_of_models_holds_stays(old_job, retention, folder):
    uris = {row.arn for row in retention(pins=[folder]).find(NOW) if row.kind == "artifact"}
    assert f"s3://{BUCKET}/demo/models/{JOB}/" not in uris


def test_what_a_models_or_a_jobs_wider_prefix_holds_stays(old_job, old):
    for room in ("jobs", "models"):
        source = {"S3DataSource": {"S3Uri": f"s3://{BUCKET}/demo/{room}/", "S3DataType": "S3Prefix"}}
        old_job.create_model(f"by-hand-{room}", 1, tags={}, ModelDataSource=source)
    assert old("artifact") == []


def test_a_version_that_is_gone_meanwhile_keeps_nothing(old_job, old, monkeypatch):
    old_job.register(3, 1, "Approved")
    old_job.packages["gone"] = {
        **old_job.packages[VERSION],
        "ModelPackageArn": f"{VERSION}0",
        "CreationTime": days_ago(1),
    }
    assert old("artifact") == [JOB, JOB]
