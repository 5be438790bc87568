"""What an endpoint serves, changes to, or can be rolled back to stays, with its logs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.retention.resources import ARCHIVE, IMAGE, JOB, NOW

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


def test_logs_of_the_job_of_a_served_model_stay(old_job, old):
    old_job.record(JOB, 800)
    for job in (JOB, "dev-demo-gone"):
        old_job.log("TrainingJobs", f"{job}/algo-1-7", 900)
    assert old("job log") == ["dev-demo-gone"]
