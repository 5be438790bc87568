"""What is old by each rule, how large it is, and what a month of it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.retention.resources import KINDS, NOW, OWN, REGISTRY, days_ago, fill


def test_a_configuration_and_its_model_are_old_when_no_endpoint_uses_them(account, old, retention):
    account.create_model("dev-demo-old", 91)
    account.create_config("dev-demo-old", 91, "dev-demo-old")
    account.create_model("dev-demo-new", 89)
    account.create_config("dev-demo-new", 89, "dev-demo-new")
    rows = retention().find(NOW)
    assert [(row.kind, row.name) for row in rows] == [
        ("endpoint configuration", "dev-demo-old"),
        ("model", "dev-demo-old"),
    ]
    assert rows[0].reason == "no endpoint uses it; 91 days old; models_days: 90"
    assert (rows[0].monthly_usd, rows[0].action) == (0.0, "remove")


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("devious", OWN),
        ("prod-demo", {"launchpad:environment": "prod"}),
        ("dev-demo", {}),
        ("dev-demo", {**OWN, "aws:cloudformation:stack-name": "launchpad-dev-endpoint-demo"}),
        ("a-dev-demo", OWN),
    ],
)
def test_what_is_not_the_platforms_own_is_left_alone(account, old, name, tags):
    account.create_model(name, 500, tags=tags)
    account.create_config(name, 500, name, tags=tags)
    assert old("model") == []


def test_a_newer_configuration_keeps_its_older_model(account, old):
    account.create_model("dev-demo-old", 500)
    account.create_config("dev-demo-new", 1, "dev-demo-old")
    assert old("model") == []


def test_only_unapproved_versions_but_the_newest_are_old(account, retention):
    account.register(1, 400, "Approved")
    account.register(2, 400, "Rejected")
    account.register(3, 400, "PendingManualApproval")
    account.register(4, 300, "Rejected")
    account.register(5, 400, "PendingManualApproval")
    rows = retention().find(NOW)
    assert [row.name for row in rows] == ["dev-demo/2", "dev-demo/3"]
    assert rows[0].reason.startswith("it was rejected; 400 days old")
    assert rows[1].reason.startswith("it was never approved")


def test_a_version_that_was_rejected_lately_is_not_old(account, old):
    arn = account.register(1, 400, "Rejected")
    account.packages[arn]["LastModifiedTime"] = days_ago(3)
    account.register(2, 1, "Approved")
    assert old("model package") == []


def test_an_artifact_is_old_with_all_its_archives(account, retention):
    account.train("dev-demo-1", 400)
    account.put("demo/models/dev-demo-1/0a/model.tar.gz", 399, b"1234")
    account.train("dev-demo-2", 300)
    rows = [row for row in retention().find(NOW) if row.kind == "artifact"]
    assert [(row.arn, row.bytes) for row in rows] == [
        ("s3://model-bucket/demo/jobs/dev-demo-1/", 5),
        ("s3://model-bucket/demo/models/dev-demo-1/", 4),
    ]
    assert rows[0].since == days_ago(399)
    assert rows[0].monthly_usd == pytest.approx(5 / 2**30 * 0.023)


def test_an_archive_made_lately_keeps_the_jobs_output(account, old):
    account.train("dev-demo-1", 400)
    account.put("demo/models/dev-demo-1/0a/model.tar.gz", 10)
    account.train("dev-demo-2", 1)
    assert old("artifact") == []


def test_the_newest_and_the_last_evaluated_job_of_a_workload_stay(account, old):
    for number, days in enumerate((600, 500, 400), 1):
        account.train(f"dev-demo-{number}", days)
    account.put("demo/evaluations/dev-demo-2/metrics.json", 499)
    assert old("artifact") == ["dev-demo-1"]


def test_a_newer_job_that_failed_is_not_the_newest_that_can_be_served(account, old):
    for job, days, status in (("old", 900, "Completed"), ("good", 800, "Completed"), ("bad", 10, "Failed")):
        account.train(f"dev-demo-{job}", days, status=status)
    assert old("artifact") == ["dev-demo-old"]


def test_an_older_job_that_is_served_late_is_not_the_newest(account, old):
    account.train("dev-demo-old", 900)
    account.train("dev-demo-new", 800)
    account.put("demo/models/dev-demo-old/0a/model.tar.gz", 400)
    assert old("artifact") == ["dev-demo-old", "dev-demo-old"]


def test_the_newest_evaluated_job_stays_if_an_older_one_is_evaluated_later(account, old):
    for number, days in enumerate((900, 800, 700), 1):
        account.train(f"dev-demo-{number}", days)
    account.put("demo/evaluations/dev-demo-2/metrics.json", 799)
    account.put("demo/evaluations/dev-demo-1/metrics.json", 400)
    assert old("artifact") == ["dev-demo-1"]


def test_all_jobs_of_the_newest_tuning_stay(account, old):
    for job, days in {"dev-demo-t-001-0a1b2c3d": 401, "dev-demo-t-002-0a1b2c3e": 400, "dev-demo-x": 402}.items():
        account.train(job, days)
    assert old("artifact") == ["dev-demo-x"]


def test_other_folders_are_never_looked_at(account, old):
    for key in ("mlflow/jobs/dev-x/a", "captured/jobs/dev-x/a", "_shared/models/dev-x/a", "demo/jobs/prod-demo-1/a"):
        account.put(key, 4000)
    for folder in ("baselines", "evaluations", "monitoring", "records", "history-of-mine"):
        account.put(f"demo/{folder}/dev-demo-1/a.json", 4000)
    assert old("artifact") == []


@pytest.mark.parametrize(
    ("status", "days", "is_old"),
    [
        ("Completed", 31, True),
        ("Completed", 29, False),
        ("Failed", 31, False),
        ("Failed", 181, True),
        ("Stopped", 179, False),
        ("InProgress", 400, False),
        ("Stopping", 400, False),
    ],
)
def test_checkpoints_stay_as_long_as_their_job_may_be_resumed(account, old, status, days, is_old):
    account.train("dev-demo-1", days, status=status)
    assert old("checkpoints") == (["dev-demo-1"] if is_old else [])


def test_checkpoints_of_a_tuning_or_without_a_job_are_no_ones(account, old):
    account.train("dev-demo-1", 31, status="Failed")
    account.jobs["dev-demo-1"]["TuningJobArn"] = "arn:tuning"
    account.put("demo/checkpoints/dev-demo-gone/1.pt", 31)
    assert old("checkpoints") == ["dev-demo-1", "dev-demo-gone"]


def test_job_logs_are_old_by_their_last_line(account, retention):
    for stream, days in {"dev-demo-1/algo-1-7": 500, "dev-demo-1/algo-2-7": 400, "dev-demo-2/algo-1-8": 3}.items():
        account.log("TrainingJobs", stream, days)
    account.log("TrainingJobs", "devious/algo-1", 900)
    account.log("ProcessingJobs", "dev-demo-p/algo-1-9", 366)
    rows = retention().find(NOW)
    assert [(row.name, row.arn) for row in rows] == [
        ("dev-demo-1", "/aws/sagemaker/TrainingJobs:dev-demo-1/"),
        ("dev-demo-p", "/aws/sagemaker/ProcessingJobs:dev-demo-p/"),
    ]
    assert rows[0].since == days_ago(400)
    assert (rows[0].monthly_usd, rows[0].price_unknown) == (None, "the size of log streams")


def test_an_unused_image_is_old_but_not_that_of_today(account, retention):
    account.push("today", 900)
    account.push("old", 181)
    account.push("new", 179)
    (row,) = retention().find(NOW)
    assert (row.name, row.bytes, row.monthly_usd) == ("launchpad/dev/box:old", 2**30, 0.1)


def test_an_image_in_use_is_reported_before_ecr_deletes_it(account, retention):
    account.create_model("dev-demo-old", 1, Image=f"{REGISTRY}/launchpad/dev/box:used")
    account.push("used", 10)
    for number in range(44):
        account.push(f"other{number}", 1)
    (row,) = retention().find(NOW)
    assert (row.kind, row.action, row.name) == ("image in danger", "report", "launchpad/dev/box:used")
    assert "after 6 more pushes ECR deletes it" in row.reason


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("model", ["models_days"]),
        ("endpoint configuration", ["models_days"]),
        ("model package", ["model_packages_days"]),
        ("artifact", ["artifacts_days"]),
        ("checkpoints", ["checkpoints_days", "resumable_days"]),
        ("job log", ["job_logs_days"]),
        ("image", ["images_days"]),
    ],
)
def test_a_rule_of_0_days_is_never(account, old, kind, keys):
    fill(account)
    assert old(kind, **dict.fromkeys(keys, 0)) == []


@pytest.mark.parametrize("key", ["checkpoints_days", "resumable_days"])
def test_either_rule_of_checkpoints_may_be_never(account, old, key):
    account.train("dev-demo-1", 900)
    account.train("dev-demo-2", 900, status="Failed")
    expected = {"checkpoints_days": ["dev-demo-2"], "resumable_days": ["dev-demo-1"]}[key]
    assert old("checkpoints", **{key: 0}) == expected


def test_what_may_not_be_deleted_is_only_reported(account, retention):
    fill(account)
    rows = retention(delete=False).find(NOW)
    assert {row.action for row in rows} == {"report"}
    assert {row.kind for row in rows} == KINDS


def test_a_price_that_is_not_known_is_named(account, retention):
    fill(account)
    rows = retention(prices={}).find(NOW)
    unknown = {row.kind: row.price_unknown for row in rows if row.monthly_usd is None}
    assert unknown["artifact"] == unknown["checkpoints"] == "AmazonS3/TimedStorage-ByteHrs"
    assert unknown["image"] == "AmazonECR/TimedStorage-ByteHrs"


def test_each_rule_counts_from_the_time_of_the_event(account, retention):
    account.create_model("dev-demo-1", 0)
    module = retention()
    assert [module.find(NOW + timedelta(days=days)) == [] for days in (89, 91)] == [True, False]
