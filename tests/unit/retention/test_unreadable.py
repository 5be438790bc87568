"""What can't be read keeps all that it may name: an operation that AWS denies, a config with mistakes."""

from __future__ import annotations

import pytest

from tests.unit.retention.account import Account
from tests.unit.retention.resources import JOB, NOW

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
