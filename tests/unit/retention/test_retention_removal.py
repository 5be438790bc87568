"""What is deleted, what is refused at the last moment, and what `launchpad retention` is answered."""

from __future__ import annotations

import json

import pytest

from tests.unit.retention.resources import BUCKET, KINDS, NOW, days_ago, fill


def rows_of(module, kind):
    return [row for row in module.find(NOW) if row.kind == kind]


def test_all_that_is_old_goes_and_the_rest_stays(account, retention):
    fill(account)
    module = retention()
    outcome = module.answer(NOW, dry_run=False)
    assert outcome == {"removed": {**dict.fromkeys(KINDS, 1), "checkpoints": 1}, "failures": [], "left": 0}
    assert not account.models and not account.endpoint_configs and not account.images
    assert [package["ModelPackageVersion"] for package in account.packages.values()] == [2]
    assert set(account.objects) == {
        "demo/jobs/dev-demo-2/output/model.tar.gz",
        "demo/checkpoints/dev-demo-2/1.pt",
    }
    assert account.streams == {"/aws/sagemaker/TrainingJobs": {}}
    assert module.answer(NOW, dry_run=False) == {"removed": {}, "failures": [], "left": 0}


def test_a_dry_run_deletes_nothing(account, retention):
    fill(account)
    before = dict(account.objects)
    module = retention()
    outcome = module.answer(NOW, dry_run=True)
    assert account.objects == before and len(account.models) == 1
    assert outcome["deletes"] is True
    assert {row["kind"] for row in outcome["rows"]} == KINDS
    json.dumps(outcome)


def test_a_summary_has_number_size_cost_and_age_of_a_kind(account, retention):
    for number, days in enumerate((500, 400, 1)):
        account.train(f"dev-demo-{number}", days)
    kinds = {each["kind"]: each for each in retention().answer(NOW, dry_run=True)["kinds"]}
    artifacts = kinds["artifact"]
    assert (artifacts["count"], artifacts["bytes"], artifacts["oldest"]) == (2, 10, days_ago(500).isoformat())
    assert artifacts["monthly_usd"] == pytest.approx(10 / 2**30 * 0.023)
    assert artifacts["rule"] == {"artifacts_days": 365}
    assert (kinds["model"]["count"], kinds["model"]["bytes"], kinds["model"]["unreadable"]) == (0, None, None)


def test_a_summary_never_adds_up_what_is_only_partly_known(account, retention):
    account.log("TrainingJobs", "dev-demo-1/algo-1-7", 900)
    account.denied.add("list_tags")
    account.create_config("dev-demo-1", 900)
    kinds = {each["kind"]: each for each in retention().answer(NOW, dry_run=True)["kinds"]}
    assert (kinds["job log"]["monthly_usd"], kinds["job log"]["bytes"]) == (None, None)
    assert kinds["job log"]["price_unknown"] == ["the size of log streams"]
    assert kinds["endpoint configuration"]["count"] == 0
    assert "not authorized to perform list_tags" in kinds["endpoint configuration"]["unreadable"]


def test_an_environment_that_only_reports_refuses_to_delete(account, retention):
    fill(account)
    module = retention(delete=False)
    with pytest.raises(module.RequestError, match=r"write `retention: \{delete: true\}` into its config, then deploy"):
        module.answer(NOW, dry_run=False)
    assert account.models


def test_a_version_that_was_approved_meanwhile_stays(account, retention):
    arn = account.register(1, 900, "Rejected")
    account.register(2, 1, "Approved")
    module = retention()
    (row,) = rows_of(module, "model package")
    account.packages[arn]["ModelApprovalStatus"] = "Approved"
    with pytest.raises(module.RequestError, match="it is Approved by now"):
        module.remove(row)
    assert arn in account.packages


def test_a_folder_that_was_written_to_meanwhile_stays(account, retention):
    account.train("dev-demo-1", 900)
    account.train("dev-demo-2", 1)
    module = retention()
    (row,) = rows_of(module, "artifact")
    account.put("demo/jobs/dev-demo-1/output/model.tar.gz", 0)
    with pytest.raises(module.RequestError, match="it was written to meanwhile"):
        module.remove(row)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_is_gone_already_is_no_failure(account, retention, kind):
    fill(account)
    module = retention()
    (row,) = rows_of(module, kind)
    module.remove(row)
    module.remove(row)


def test_one_that_aws_keeps_does_not_keep_the_others(account, retention):
    for number, days in enumerate((500, 400, 1)):
        account.train(f"dev-demo-{number}", days)
    key = "demo/jobs/dev-demo-0/output/model.tar.gz"
    account.kept_by_s3.add(key)
    outcome = retention(checkpoints_days=0, resumable_days=0).answer(NOW, dry_run=False)
    assert outcome["removed"] == {"artifact": 1}
    assert outcome["failures"] == [f"artifact dev-demo-0: {key}: AccessDenied: no"]


def test_an_image_that_a_list_has_is_a_failure(account, retention):
    account.push("listed", 900)
    outcome = retention().answer(NOW, dry_run=False)
    assert outcome["failures"] == ["image launchpad/dev/box:listed: ImageReferencedByManifestList: a list has it"]


def test_a_call_ends_after_a_minute_and_says_what_is_left(account, retention, monkeypatch):
    for number in range(4):
        account.create_model(f"dev-demo-{number}", 900)
    module = retention()
    moments = iter((0, 1, 2, 100, 101))
    monkeypatch.setattr(module, "monotonic", lambda: next(moments))
    assert module.answer(NOW, dry_run=False) == {"removed": {"model": 2}, "failures": [], "left": 2}


def test_the_weekly_function_leaves_the_rest_to_the_next_week(account, retention, monkeypatch):
    for number in range(3):
        account.create_model(f"dev-demo-{number}", 900)
    module = retention()
    monkeypatch.setattr(module, "MOST_REMOVED", 2)
    rows = module.find_some(NOW)
    assert [row.action for row in rows] == ["remove", "remove", "report"]
    assert rows[2].reason.endswith("; next week")


def test_a_row_has_a_time_unless_its_kind_cant_be_read(account, retention):
    fill(account)
    assert all(row.since for row in retention(delete=False).find(NOW))


MEANWHILE = -8000
"""So many days ago is after any present time, so after `find`."""


@pytest.fixture
def unused(account):
    """A configuration, its model and the artifact, all of them old, and each with a different name."""
    account.train("dev-demo-job", 900)
    account.train("dev-demo-new", 1)
    uri = f"s3://{BUCKET}/demo/jobs/dev-demo-job/output/model.tar.gz"
    account.create_config("dev-demo-config", 900, account.create_model("dev-demo-model", 900, ModelDataUrl=uri))
    return account


def test_what_is_served_again_meanwhile_stays_with_model_and_artifact(unused, retention):
    module = retention(checkpoints_days=0, resumable_days=0)
    rows = module.find(NOW)
    unused.create_endpoint("dev-demo", "dev-demo-config", LastModifiedTime=days_ago(MEANWHILE))
    assert module._apply(rows)["failures"] == [
        "endpoint configuration dev-demo-config: it is in use by now",
        "model dev-demo-model: it is in use by now",
        "artifact dev-demo-job: it is in use by now",
    ]


def test_an_artifact_stays_with_a_model_that_is_made_of_it_meanwhile(account, retention):
    fill(account)
    module = retention()
    (row,) = rows_of(module, "artifact")
    uri = f"s3://{BUCKET}/demo/jobs/dev-demo-1/output/model.tar.gz"
    account.create_model("dev-demo-again", MEANWHILE, ModelDataUrl=uri)
    with pytest.raises(module.RequestError, match="it is in use by now"):
        module.remove(row)


def test_the_artifact_of_a_version_that_was_approved_meanwhile_stays(account, retention):
    fill(account)
    uri = f"s3://{BUCKET}/demo/jobs/dev-demo-1/output/model.tar.gz"
    arn = account.register(3, 900, "Rejected", uri)
    account.register(4, 1, "Rejected")
    module = retention()
    rows = module.find(NOW)
    account.packages[arn]["ModelApprovalStatus"] = "Approved"
    assert "artifact dev-demo-1" in {f"{row.kind} {row.name}" for row in rows}
    failures = module._apply(rows)["failures"]
    assert failures == [
        "model package dev-demo/3: it is Approved by now",
        "artifact dev-demo-1: it is in use by now",
    ]


def test_what_a_configuration_that_aws_keeps_names_stays(unused, retention, monkeypatch):
    def refuse(**_):
        raise RuntimeError("AccessDenied")

    monkeypatch.setattr(unused, "delete_endpoint_config", refuse, raising=False)
    outcome = retention(checkpoints_days=0, resumable_days=0).answer(NOW, dry_run=False)
    assert outcome["failures"] == [
        "endpoint configuration dev-demo-config: AccessDenied",
        "model dev-demo-model: it is in use by now",
        "artifact dev-demo-job: it is in use by now",
    ]


def test_nothing_of_it_goes_while_what_stayed_can_not_be_described(unused, retention, monkeypatch):
    module = retention(checkpoints_days=0, resumable_days=0)
    rows = module.find(NOW)

    def refuse(**_):
        raise RuntimeError("AccessDenied")

    for operation in ("delete_endpoint_config", "describe_endpoint_config"):
        monkeypatch.setattr(unused, operation, refuse, raising=False)
    outcome = module._apply(rows)
    assert (outcome["removed"], len(outcome["failures"])) == ({}, 3)
    assert unused.models
