"""Each kind of reference keeps what it names, and what can't be read keeps all of its kind."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.functions import ENVIRONMENT
from tests.unit.retention.account import BUCKET, NOW, REGISTRY, Account, days_ago

JOB, ARTIFACT = "dev-demo-old", f"s3://{BUCKET}/demo/jobs/dev-demo-old/output/model.tar.gz"
ARCHIVE = f"s3://{BUCKET}/demo/models/{JOB}/0a/model.tar.gz"
IMAGE = f"{REGISTRY}/launchpad/dev/box:old"
VERSION = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/dev-demo/1"


@pytest.fixture
def old_job(account):
    """An old job next to a new one, with an archive, and an old version and image."""
    account.train(JOB, 900)
    account.put(f"demo/models/{JOB}/0a/model.tar.gz", 900)
    account.train("dev-demo-new", 1)
    account.register(1, 900, "Rejected", ARCHIVE)
    account.register(2, 1, "Approved")
    account.push("old", 900)
    return account


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


SERVING: dict[str, Any] = {
    "variant": {},
    "shadow": {
        "ProductionVariants": [],
        "ShadowProductionVariants": [{"VariantName": "s", "ModelName": "dev-demo-model"}],
    },
    "pool": {"ProductionVariants": [{"VariantName": "v", "InstancePools": [{"ModelNameOverride": "dev-demo-model"}]}]},
}


@pytest.mark.parametrize("how", SERVING)
@pytest.mark.parametrize("endpoint", ["dev-demo", "made-by-hand"])
def test_what_an_endpoint_serves_stays(old_job, retention, how, endpoint):
    old_job.create_model("dev-demo-model", 900, ModelDataUrl=ARCHIVE, Image=IMAGE)
    old_job.create_config("dev-demo-config", 900, "dev-demo-model", **SERVING[how])
    old_job.create_endpoint(endpoint, "dev-demo-config")
    kinds = {row.kind for row in retention().find(NOW)}
    assert not kinds & {"endpoint configuration", "model", "artifact", "image"}


def test_an_endpoint_whose_configuration_is_gone_keeps_all(old_job, retention):
    old_job.create_model("dev-demo-model", 900, ModelDataUrl=ARCHIVE, Image=IMAGE)
    old_job.create_endpoint("made-by-hand", "gone")
    rows = retention().find(NOW)
    assert not [row for row in rows if row.kind in ("model", "artifact", "image") and row.name != "all"]
    assert "endpoint made-by-hand serves configuration gone, which is deleted" in rows[0].reason


def test_what_an_endpoint_changes_to_stays(old_job, retention):
    old_job.create_model("dev-demo-model", 900, ModelDataUrl=ARCHIVE)
    old_job.create_config("dev-demo-config", 900, "dev-demo-model")
    old_job.create_config("dev-demo-current", 1)
    pending = {"EndpointConfigName": "dev-demo-config"}
    old_job.create_endpoint("dev-demo", "dev-demo-current", PendingDeploymentSummary=pending)
    assert not {row.kind for row in retention().find(NOW)} & {"endpoint configuration", "model", "artifact"}


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


@pytest.mark.parametrize("how", ["job", "variants", "preprocessors"])
def test_what_a_rollback_can_go_back_to_stays(old_job, old, how):
    members: dict[str, Any] = {
        "job": {},
        "variants": {"variants": [{"name": "b", "job": JOB}]},
        "preprocessors": {"preprocessors": {"demo": JOB}},
    }
    old_job.record(JOB if how == "job" else "dev-other-1", 800, workload="other", **members[how])
    assert old("artifact") == []


def test_a_rollbacks_model_configuration_and_image_stay(old_job, retention):
    old_job.create_model("dev-demo-model", 900)
    old_job.create_config("dev-demo-config", 900, "dev-demo-model")
    old_job.record(
        JOB,
        800,
        model="dev-demo-model",
        endpoint_config="dev-demo-config",
        serving={"image": IMAGE},
        model_data=ARCHIVE,
    )
    assert {row.kind for row in retention().find(NOW)} <= {"model package", "checkpoints"}


def test_a_rollback_reaches_so_many_models_and_no_further(old_job, old):
    old_job.record(JOB, 800)
    for days, job in {700: "dev-demo-b", 600: "dev-demo-c", 500: "dev-demo-b"}.items():
        old_job.record(job, days)
    assert old("artifact", rollback_models=2) == [JOB, JOB]


def test_a_rollback_with_more_models_reaches_further(old_job, old):
    old_job.record(JOB, 800)
    for days, job in {700: "dev-demo-b", 600: "dev-demo-c", 500: "dev-demo-b"}.items():
        old_job.record(job, days)
    assert old("artifact", rollback_models=3) == []


def test_a_refused_change_counts_for_no_rollback(old_job, old):
    old_job.record(JOB, 800)
    for number in range(3):
        old_job.record(f"dev-demo-{number}", 700 - number, outcome="refused")
    assert old("artifact", rollback_models=2) == []


JOBS: dict[str, dict[str, Any]] = {
    "training_job": {
        "TrainingJobName": "dev-x-1",
        "TrainingJobStatus": "InProgress",
        "InputDataConfig": [{"DataSource": {"S3DataSource": {"S3Uri": ARTIFACT}}}],
    },
    "processing_job": {
        "ProcessingJobName": "dev-x-1",
        "ProcessingJobStatus": "Stopping",
        "ProcessingInputs": [{"S3Input": {"S3Uri": ARCHIVE}}],
    },
    "transform_job": {"TransformJobName": "dev-x-1", "TransformJobStatus": "InProgress", "ModelName": "dev-demo-model"},
    "hyper_parameter_tuning_job": {
        "HyperParameterTuningJobName": "dev-x-1",
        "HyperParameterTuningJobStatus": "InProgress",
        "TrainingJobDefinition": {"StaticHyperParameters": {"model": f'"{ARTIFACT}"'}},
    },
}


@pytest.mark.parametrize("kind", JOBS)
def test_what_a_running_job_reads_stays(old_job, old, kind):
    old_job.create_model("dev-demo-model", 900, ModelDataUrl=ARCHIVE)
    if kind == "training_job":
        old_job.jobs["dev-x-1"] = JOBS[kind]
    else:
        old_job.other_jobs[kind] = [JOBS[kind]]
    assert old("artifact") == []


@pytest.mark.parametrize("member", ["HyperParameterTuningJobName", "parent"])
def test_the_jobs_of_a_running_tuning_and_of_its_parents_stay(account, old, member):
    account.train("dev-demo-t-001-0a1b2c3d", 900)
    account.train("dev-demo-new", 1)
    tuning = {"HyperParameterTuningJobName": "dev-demo-t", "HyperParameterTuningJobStatus": "InProgress"}
    if member == "parent":
        parents = [{"HyperParameterTuningJobName": "dev-demo-t"}]
        tuning |= {
            "HyperParameterTuningJobName": "dev-demo-u",
            "WarmStartConfig": {"ParentHyperParameterTuningJobs": parents},  # type: ignore[dict-item]
        }
    account.other_jobs["hyper_parameter_tuning_job"] = [tuning]
    assert old("artifact") == []


def test_logs_of_a_job_that_runs_stay(account, old):
    account.train(JOB, 900, status="InProgress")
    account.log("TrainingJobs", f"{JOB}/algo-1-7", 900)
    assert old("job log") == []


def test_what_a_running_execution_was_started_with_stays(old_job, old):
    old_job.executions["e"] = {"startDate": days_ago(1), "input": f'{{"training_job_name": "{JOB}"}}'}
    assert old("artifact") == []


def test_what_is_newer_than_a_running_execution_stays(old_job, retention):
    old_job.log("TrainingJobs", f"{JOB}/algo-1-7", 900)
    old_job.executions["e"] = {"startDate": days_ago(901), "input": "{}"}
    assert not {row.kind for row in retention().find(NOW)} & {"artifact", "checkpoints", "job log"}


FILES = {"image", "artifact", "checkpoints", "job log"}
ENDPOINTS = {"endpoint configuration", "model", *FILES}
UNREADABLE = {
    "list_endpoints": ENDPOINTS,
    "describe_endpoint": ENDPOINTS,
    "get_object": {*ENDPOINTS, "model package"},
    "list_models": {"model", "model package", *FILES},
    "list_model_package_groups": {"model package", *FILES},
    "list_executions": {"model", "model package", *FILES},
    "list_training_jobs": {"model", "model package", *FILES},
    "list_tags": {"endpoint configuration", "model package"},
    "describe_log_streams": {"job log"},
    "describe_images": {"image", "image in danger"},
}
"""An operation that AWS denies, and the kinds of which nothing is deleted then."""


@pytest.mark.parametrize("operation", UNREADABLE)
def test_what_cant_be_read_keeps_all_of_its_kind(old_job, retention, operation):
    use_everything(old_job)
    old_job.denied.add(operation)
    rows = retention().find(NOW)
    unknown = {row.kind: row for row in rows if row.name == "all"}
    assert set(unknown) == UNREADABLE[operation]
    assert not {row.kind for row in rows if row.name != "all"} & set(unknown)
    for row in unknown.values():
        assert row.action == "report"
        assert f"not authorized to perform {operation}" in row.reason
        assert (row.monthly_usd, bool(row.price_unknown)) == (None, True)


def test_a_config_that_could_not_be_read_keeps_what_it_may_pin(old_job, retention):
    old_job.log("TrainingJobs", f"{JOB}/algo-1-7", 900)
    rows = retention(unreadable=["prod.yaml"]).find(NOW)
    unknown = {row.kind for row in rows if row.name == "all"}
    assert unknown == {"model package", *FILES}
    assert "prod.yaml had mistakes when this environment was deployed; deploy again" in rows[0].reason


def use_everything(account: Account) -> None:
    """Something old of every kind, and an endpoint."""
    account.create_model("dev-demo-1", 900)
    account.create_config("dev-demo-1", 900, "dev-demo-1")
    account.create_config("dev-demo-2", 1)
    account.create_endpoint("dev-demo", "dev-demo-2")
    account.record("dev-demo-new", 1)
    account.log("TrainingJobs", "dev-demo-1/algo-1-7", 900)


def test_logs_of_the_job_of_a_served_model_stay(old_job, old):
    old_job.record(JOB, 800)
    for job in (JOB, "dev-demo-gone"):
        old_job.log("TrainingJobs", f"{job}/algo-1-7", 900)
    assert old("job log") == ["dev-demo-gone"]


@pytest.mark.parametrize("folder", [f"s3://{BUCKET}/demo/models/", f"s3://{BUCKET}/demo/models/{JOB}/"])
def test_what_a_pinned_folder_of_models_holds_stays(old_job, retention, folder):
    uris = {row.arn for row in retention(pins=[folder]).find(NOW) if row.kind == "artifact"}
    assert f"s3://{BUCKET}/demo/models/{JOB}/" not in uris


def test_what_a_models_or_a_jobs_wider_prefix_holds_stays(old_job, old):
    for room in ("jobs", "models"):
        source = {"S3DataSource": {"S3Uri": f"s3://{BUCKET}/demo/{room}/", "S3DataType": "S3Prefix"}}
        old_job.create_model(f"by-hand-{room}", 1, tags={}, ModelDataSource=source)
    assert old("artifact") == []


def test_where_a_running_job_writes_to_keeps_no_earlier_job(old_job, old):
    output = {"S3OutputPath": f"s3://{BUCKET}/demo/jobs"}
    old_job.jobs["dev-x-1"] = {**JOBS["training_job"], "InputDataConfig": [], "OutputDataConfig": output}
    assert old("artifact") == [JOB, JOB]


def test_a_version_that_is_gone_meanwhile_keeps_nothing(old_job, old, monkeypatch):
    old_job.register(3, 1, "Approved")
    old_job.packages["gone"] = {
        **old_job.packages[VERSION],
        "ModelPackageArn": f"{VERSION}0",
        "CreationTime": days_ago(1),
    }
    assert old("artifact") == [JOB, JOB]


@pytest.mark.parametrize(("transform", "rows"), [({"data": "x"}, 0), (None, 3)])
def test_the_model_of_a_workloads_last_transform_job_stays(old_job, retention, transform, rows):
    old_job.create_model("dev-demo-model", 900, ModelDataUrl=ARCHIVE)
    job = {"TransformJobName": "dev-demo-t", "TransformJobStatus": "Completed", "ModelName": "dev-demo-model"}
    output = {"S3OutputPath": f"s3://{ENVIRONMENT['data_bucket']}/demo/transform/dev-demo-t"}
    old_job.other_jobs["transform_job"] = [{**job, "TransformOutput": output}]
    found = retention(catalogue={"demo": {"name": "demo", "transform": transform}}).find(NOW)
    assert len([row for row in found if row.kind in ("model", "artifact")]) == rows
